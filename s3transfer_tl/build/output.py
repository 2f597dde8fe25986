"""Where a build goes: parts written beside their final place, fsynced, then renamed together.

A build killed at any moment leaves the old files whole: a rename is the only thing that touches
them, and it comes after every byte is on disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from s3transfer_tl import manifest
from s3transfer_tl.errors import OutputError, UsageError
from s3transfer_tl.model import Entry

MOST_NAME = 200  # bytes; file systems take 255, and parts and temporary files have longer names


@dataclass(frozen=True, slots=True)
class Part:
    """One manifest file on its way: where it is now, its final place (None: standard output)."""

    temporary: Path
    final: Path | None
    entries: int
    sha256: str


def check(path: Path | None, inputs: Iterable[Path] = ()) -> None:
    """Raise ``UsageError`` for an output that could never be written, or that is one of ``inputs``,
    before anything is listed."""
    if path is None:
        return
    if len(os.fsencode(report_path(path).name)) > MOST_NAME:
        raise UsageError(f"the name {path.name} is too long", "name another file with -o")
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "name a file with -o")
    folder = _real(path).parent
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}", "make it, or name another file with -o")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"the folder {folder} cannot be written", "name another file with -o")
    if path.exists() and not path.is_file():
        # a rename would put a file in the device's or the pipe's place
        raise UsageError(f"{path} is not a file", "leave -o out to write to standard output")
    for one in inputs:
        if one.exists() and path.exists() and path.samefile(one):
            raise UsageError(f"{path} is an input of this build", "name another file with -o")


def write_parts(
    entries: Iterable[Entry], path: Path | None, max_entries: int | None, work: Path
) -> list[Part]:
    """Write ``entries`` as one part, or as parts of ``max_entries`` called NAME-0001.json and so on.

    Raises ``OutputError`` where the disk refuses; nothing final is touched.
    """
    parts: list[Part] = []
    remaining = iter(entries)
    for first in remaining:
        rest = remaining if max_entries is None else islice(remaining, max_entries - 1)
        final = path if path is None or max_entries is None else numbered(path, len(parts) + 1)
        temporary = _temporary(final, work)
        with _disk(final), temporary.open("wb") as fp:
            count = manifest.write(chain([first], rest), fp)
            _sync(fp)
        parts.append(Part(temporary, final, count, _sha256(temporary)))
    return parts


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


def write_beside(final: Path, work: Path, fill: Callable[[BinaryIO], None]) -> Path:
    """Have ``fill`` write a file beside ``final``; return where it is, synced and ready to rename."""
    temporary = _temporary(final, work)
    with _disk(final), temporary.open("wb") as fp:
        fill(fp)
        _sync(fp)
    return temporary


def put_in_place(pairs: Iterable[tuple[Path, Path]]) -> None:
    """Rename each (temporary, final) and sync the folders."""
    folders = set()
    for temporary, final in pairs:
        with _disk(final):
            temporary.replace(_real(final))
        folders.add(_real(final).parent)
    if os.name == "posix":
        for folder in folders:
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def clean_up(path: Path | None) -> Iterator[None]:
    """Remove what this process left half written beside ``path``, however the build ends."""
    try:
        yield
    finally:
        if path is not None:
            for leftover in _real(path).parent.glob(f".s3transfer-tl-{os.getpid()}-*"):
                leftover.unlink(missing_ok=True)


def _temporary(final: Path | None, work: Path) -> Path:
    """Make an empty file in the final file's own folder, so that the rename never crosses a disk."""
    folder = work if final is None else _real(final).parent
    with _disk(final):
        descriptor, name = tempfile.mkstemp(prefix=f".s3transfer-tl-{os.getpid()}-", dir=folder)
        with contextlib.closing(os.fdopen(descriptor, "wb")):
            if final is not None:
                os.chmod(name, _mode(final))
    return Path(name)


def _real(final: Path) -> Path:
    """Follow symbolic links: the file that a link names is written, and the link stays one."""
    return Path(os.path.realpath(final))


def _mode(final: Path) -> int:
    """Return the mode the file has, or what a plain new file would get under the umask."""
    if final.exists():
        return final.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def _sync(fp: BinaryIO) -> None:
    fp.flush()
    os.fsync(fp.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as fp:
        return hashlib.file_digest(fp, "sha256").hexdigest()


@contextlib.contextmanager
def _disk(final: Path | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = final if final is not None else "standard output"
        raise OutputError(
            f"{what} could not be written: {error.strerror or error}",
            "the old file is as it was; free space or name another place with -o",
        ) from error
