"""Files are mended, or shown as they would be."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from s3transfer_tl import errors, files
from s3transfer_tl.cli import judged
from s3transfer_tl.cli.fixing import Fixing
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.lint.fixes import applying
from s3transfer_tl.model import Review
from s3transfer_tl.report import patch
from s3transfer_tl.report.text import counted

Judge = Callable[[str, BinaryIO], Review]


def run(
    fixing: Fixing,
    sources: judged.Sources,
    names: Sequence[str],
    judge: Judge,
    talk: Talk,
    *,
    stdin: str | None,
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
        mended = applying.mend(source, name, functools.partial(judge, name), unsafe=fixing.unsafe)
        if mended.fp is None:
            continue
        with mended.fp:
            fixed, changed = fixed + mended.fixed, changed + 1
            if fixing.diff:
                sys.stdout.buffer.writelines(patch.unified(source, mended.fp, name))
            elif name == stdin:
                mended.fp.seek(0)
                sources.keep(name, mended.fp)
            else:
                _replace(Path(name), mended.fp, seen)
    sys.stdout.buffer.flush()
    verb = "would fix" if fixing.diff else "fixed"
    if fixed:
        talk.say(f"{verb} {counted(fixed, 'finding')} in {counted(changed, 'file')}")
    elif fixing.diff:
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
