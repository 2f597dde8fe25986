"""Where a build goes: parts written beside their final place, then renamed together."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from s3transfer_tl import files
from s3transfer_tl.errors import UsageError
from s3transfer_tl.files import clean_up, put_in_place, write_beside

__all__ = [
    "Part",
    "check",
    "clean_up",
    "numbered",
    "put_in_place",
    "report_path",
    "stale_parts",
    "write_beside",
    "write_parts",
]

_AT_ONCE = 1_000  # entries


@dataclass(frozen=True, slots=True)
class Part:
    """One manifest file on its way: where it is now, its final place (None: standard output)."""

    temporary: Path
    final: Path | None
    entries: int
    sha256: str
    size: int  # bytes


def check(path: Path | None, inputs: Iterable[Path] = ()) -> None:
    """Raise ``UsageError`` for an output that could never be written, or that is one of ``inputs``,
    before anything is listed."""
    if path is None:
        return
    if len(os.fsencode(report_path(path).name)) > files.MOST_NAME:
        raise UsageError(f"the name {path.name} is too long", "name another file with -o")
    files.check(path, inputs)


def write_parts(entries: Iterable[str], path: Path | None, max_entries: int | None, work: Path) -> list[Part]:
    """Write ``entries``, texts that begin with their line ends, as one part, or as parts of
    ``max_entries`` called NAME-0001.json and so on.

    Raises ``OutputError`` where the disk refuses; nothing final is touched.
    """
    parts: list[Part] = []
    remaining = iter(entries)
    for first in remaining:
        rest = remaining if max_entries is None else islice(remaining, max_entries - 1)
        final = path if path is None or max_entries is None else numbered(path, len(parts) + 1)
        temporary = files.temporary(final, work)
        with files.disk(final), temporary.open("wb") as fp:
            count = _write(chain([first], rest), fp)
            files.sync(fp)
        parts.append(Part(temporary, final, count, _sha256(temporary), temporary.stat().st_size))
    return parts


def _write(entries: Iterable[str], fp: BinaryIO) -> int:
    """Write ``entries`` as ``manifest.write`` does; return how many."""
    count, start = 0, b"["
    remaining = iter(entries)
    while some := list(islice(remaining, _AT_ONCE)):
        fp.write(start + ",".join(some).encode())
        count, start = count + len(some), b","
    fp.write(b"\n]\n")
    return count


def numbered(path: Path, number: int) -> Path:
    """Return NAME-0001.json for NAME.json and 1."""
    return path.with_name(f"{path.stem}-{number:04d}{path.suffix}")


def stale_parts(path: Path, count: int) -> list[Path]:
    """Return parts that an earlier, larger split left beside the ``count`` parts of this one."""
    number, found = count + 1, []
    while (part := numbered(path, number)).exists():
        found.append(part)
        number += 1
    return found


def report_path(path: Path) -> Path:
    """Return NAME.report.json for NAME.json."""
    return path.with_name(f"{path.name.removesuffix('.json')}.report.json")


def _sha256(path: Path) -> str:
    with path.open("rb") as fp:
        return hashlib.file_digest(fp, "sha256").hexdigest()
