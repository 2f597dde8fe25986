"""Which config counts where none is named: the environment's, the folder's, or one of a folder above."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from s3transfer_tl.cli import environment
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.errors import UsageError

NAMES = ("transfer.yaml", "transfer.yml")
BY_WORD = "the command line"
MAKE = "name one with -c FILE, or make one: s3transfer-tl init SOURCE -o transfer.yaml"

Command = Callable[..., Any]


class Found(NamedTuple):
    """A config: its ``path`` as one would type it here, and ``how`` it was found, for people."""

    path: str
    how: str = "the working directory"

    @property
    def is_near(self) -> bool:
        """Tell whether it lies in the working directory and was not named."""
        return self.path in NAMES


def find() -> Found | None:
    """Return the config that nobody named: the first of ``NAMES`` in the first of ``folders()``."""
    here = Path.cwd()
    for folder in folders(here):
        for name in NAMES:
            if _is_config(folder / name):
                if folder == here:
                    return Found(name)
                return Found(os.path.relpath(folder / name, here), "a folder above")
    return None


def folders(here: Path) -> Iterator[Path]:
    """Yield ``here`` and the folders above that may hold its config, up to the root of the repository
    (a folder with ``.git``), to the home folder, or to the root of the file system.

    A folder above that anyone may write to, as ``/tmp``, is left out: its config may be a stranger's.
    """
    home = Path(os.path.expanduser("~"))
    for folder in (here, *here.parents):
        if folder == here or not _is_anyones(folder):
            yield folder
        if (folder / ".git").exists() or folder == home or _is_same(folder, home):
            return


def choose(given: str | None) -> Found | None:
    """Return the config that counts: ``given``, which the command line or the environment names, or else
    what ``find`` finds; None where there is none."""
    if given is None:
        return find()
    context = click.get_current_context(silent=True)
    variable = environment.source(context, "--config") if context else None
    return Found(given, variable or BY_WORD)


def is_named(given: str | None) -> bool:
    """Tell whether the command line itself names a config: ``given`` may be the environment's."""
    found = choose(given) if given else None
    return found is not None and found.how == BY_WORD


def say(talk: Talk, found: Found, *, near: bool = False) -> None:
    """Tell which config is used, where neither the command line nor the working directory says so; one in
    the working directory only where ``near``."""
    if found.how != BY_WORD and (near or not found.is_near):
        talk.say(f"using {found.path} ({found.how})")


def none(hint: str = MAKE) -> UsageError:
    """Return the error for a command that needs a config and finds none; it says where was looked."""
    places = ", ".join(map(str, folders(Path.cwd())))
    return UsageError(
        f"no config: neither {NAMES[0]} nor {NAMES[1]} is in {places}",
        hint,
    )


def option(text: str, *, required: bool = False) -> Callable[[Command], Command]:
    """Add ``-c``/``--config`` with the help ``text``; pass the config's path as ``config_path``.

    Where it is ``required`` and not given, it is found, or a ``UsageError`` says where was looked; else
    None is passed, and the command calls ``find`` if it wants one.
    """

    def decorate(function: Command) -> Command:
        @click.option(
            "-c",
            "--config",
            "config_path",
            metavar="FILE",
            help=f"{text} [default: {NAMES[0]}, here or above]",
        )
        @functools.wraps(function)
        def command(*args: Any, config_path: str | None, **options: Any) -> Any:
            if required:
                config_path = needed(config_path)
            return function(*args, config_path=config_path, **options)

        return command

    return decorate


def needed(given: str | None, hint: str = MAKE) -> str:
    """Return the path of the config that counts, after saying which it is. Raises ``UsageError``."""
    found = choose(given)
    if found is None:
        raise none(hint)
    context = click.get_current_context()
    if not context.params.get("quiet"):
        say(context.ensure_object(Talk), found)
    return found.path


def _is_config(path: Path) -> bool:
    return path.is_file() or path.is_symlink()  # a link to nowhere is told, and not passed over


def _is_anyones(folder: Path) -> bool:
    try:
        mode = folder.stat().st_mode
    except OSError:
        return True
    return os.name == "posix" and bool(mode & stat.S_IWOTH)


def _is_same(folder: Path, home: Path) -> bool:
    try:
        return folder.samefile(home)
    except OSError:
        return False
