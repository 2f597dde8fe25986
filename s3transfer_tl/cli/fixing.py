"""What --fix, --unsafe-fixes and --diff do: mend the judged files, or show how they would be."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import click

from s3transfer_tl import errors, files
from s3transfer_tl.cli import judged
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.lint.fixes import applying
from s3transfer_tl.model import Review
from s3transfer_tl.report import patch
from s3transfer_tl.report.text import counted

Judge = Callable[[str, BinaryIO], Review]


@dataclass(frozen=True, slots=True)
class Fixing:
    """What to do about fixes: ``fix`` writes the files, ``diff`` shows the changes, ``unsafe`` takes the
    fixes that rest on a guess too."""

    fix: bool = False
    unsafe: bool = False
    diff: bool = False

    def __bool__(self) -> bool:
        return self.fix or self.diff

    def run(
        self, sources: judged.Sources, names: Sequence[str], judge: Judge, talk: Talk, *, stdin: str | None
    ) -> bool:
        """Mend, or show mended, each of ``names``; tell whether any changes. ``stdin`` is the name of
        standard input, which is mended in ``sources``.

        Raises ``UsageError`` for a file that cannot be replaced, ``OutputError`` where the disk refuses:
        the files before it are mended, it and those after it are as they were.
        """
        fixed = changed = 0
        for name in names:
            source = sources.open(name)
            seen = _state(name)
            mended = applying.mend(source, name, functools.partial(judge, name), unsafe=self.unsafe)
            if mended.fp is None:
                continue
            with mended.fp:
                fixed, changed = fixed + mended.fixed, changed + 1
                if self.diff:
                    sys.stdout.buffer.writelines(patch.unified(source, mended.fp, name))
                elif name == stdin:
                    mended.fp.seek(0)
                    sources.keep(name, mended.fp)
                else:
                    _replace(Path(name), mended.fp, seen)
        sys.stdout.buffer.flush()
        verb = "would fix" if self.diff else "fixed"
        if fixed:
            talk.say(f"{verb} {counted(fixed, 'finding')} in {counted(changed, 'file')}")
        elif self.diff:
            talk.say("no fix would change anything")
        return changed > 0


def _state(name: str) -> tuple[int, int, int] | None:
    """Return what changes when a file is written, None where there is no file of that name."""
    try:
        found = os.stat(name)
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _replace(path: Path, mended: BinaryIO, seen: tuple[int, int, int] | None) -> None:
    """Put ``mended`` into the place of ``path``, with its mode, through links; ``seen`` is its state when
    it was read."""
    if not path.is_file() or not os.access(path, os.W_OK):
        raise errors.UsageError(
            f"{path} cannot be mended: it is no file that may be written", "check its permissions"
        )
    mended.seek(0)
    with files.clean_up(path):
        made = files.write_beside(path, functools.partial(shutil.copyfileobj, mended))
        if _state(str(path)) != seen:
            raise errors.UsageError(f"{path} changed while it was mended", "run the command again")
        files.put_in_place([(made, path)])


def fixing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--fix``, ``--unsafe-fixes`` and ``--diff``; pass them as ``fixing`` (Fixing)."""

    @click.option("--fix", is_flag=True, help="Mend what can be mended safely; then judge what is left.")
    @click.option("--unsafe-fixes", "unsafe", is_flag=True, help="With --fix or --diff: guess, too.")
    @click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
    @functools.wraps(function)
    def command(*args: Any, fix: bool, unsafe: bool, diff: bool, **options: Any) -> Any:
        return function(*args, fixing=Fixing(fix, unsafe, diff), **options)

    return command
