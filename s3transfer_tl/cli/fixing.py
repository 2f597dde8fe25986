"""What --fix, --unsafe-fixes and --diff ask for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import click


class Fixing(NamedTuple):
    """What to do about fixes: ``fix`` writes the files, ``diff`` shows the changes, ``unsafe`` takes the
    fixes that rest on a guess too."""

    fix: bool = False
    unsafe: bool = False
    diff: bool = False

    def __bool__(self) -> bool:
        return self.fix or self.diff


def fixing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--fix``, ``--unsafe-fixes`` and ``--diff``; pass them as ``fixing`` (Fixing)."""

    @click.option("--fix", is_flag=True, help="Mend what can be mended safely; then judge what is left.")
    @click.option("--unsafe-fixes", "unsafe", is_flag=True, help="With --fix or --diff: guess, too.")
    @click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
    @functools.wraps(function)
    def command(*args: Any, fix: bool, unsafe: bool, diff: bool, **options: Any) -> Any:
        return function(*args, fixing=Fixing(fix, unsafe, diff), **options)

    return command
