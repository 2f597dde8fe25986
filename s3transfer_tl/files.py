"""How a file is written (floor 1): beside its final place, fsynced, then renamed.

A run killed at any moment leaves the old file whole: a rename is the only thing that touches it, and
it comes after every byte is on disk.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from s3transfer_tl.errors import OutputError, UsageError

MOST_NAME = 200  # bytes; file systems take 255, and parts and temporary files have longer names


def check(path: Path, inputs: Iterable[Path] = (), *, option: str = "-o") -> None:
    """Raise ``UsageError`` for an output that could never be written, or that is one of ``inputs``,
    before anything is done. ``option`` is what names the output."""
    if len(os.fsencode(path.name)) > MOST_NAME:
        raise UsageError(f"the name {path.name} is too long", f"name another file with {option}")
    if path.is_dir():
        raise UsageError(f"{path} is a folder", f"name a file with {option}")
    folder = real(path).parent
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}", f"make it, or name another file with {option}")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"the folder {folder} cannot be written", f"name another file with {option}")
    if path.exists() and not path.is_file():
        # a rename would put a file in the device's or the pipe's place
        raise UsageError(f"{path} is not a file", f"leave {option} out to write to standard output")
    for one in inputs:
        if one.exists() and path.exists() and path.samefile(one):
            raise UsageError(f"{path} is an input of this run", f"name another file with {option}")


def write_beside(final: Path, fill: Callable[[BinaryIO], None]) -> Path:
    """Have ``fill`` write a file beside ``final``; return where it is, synced and ready to rename.

    Raises ``OutputError`` where the disk refuses.
    """
    made = temporary(final, final.parent)
    with disk(final), made.open("wb") as fp:
        fill(fp)
        sync(fp)
    return made


def put_in_place(pairs: Iterable[tuple[Path, Path]]) -> None:
    """Rename each (temporary, final) and sync the folders."""
    folders = set()
    for made, final in pairs:
        with disk(final):
            made.replace(real(final))
        folders.add(real(final).parent)
    if os.name == "posix":
        for folder in folders:
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def clean_up(path: Path | None) -> Iterator[None]:
    """Remove what this process left half written beside ``path``, however the run ends."""
    try:
        yield
    finally:
        if path is not None:
            for leftover in real(path).parent.glob(f".s3transfer-tl-{os.getpid()}-*"):
                leftover.unlink(missing_ok=True)


def temporary(final: Path | None, work: Path) -> Path:
    """Make an empty file in the final file's own folder, so that the rename never crosses a disk;
    in ``work`` where there is no final file."""
    import tempfile  # with shutil and its kin: 5 ms that who writes to standard output need not pay

    folder = work if final is None else real(final).parent
    with disk(final):
        descriptor, name = tempfile.mkstemp(prefix=f".s3transfer-tl-{os.getpid()}-", dir=folder)
        with contextlib.closing(os.fdopen(descriptor, "wb")):
            if final is not None:
                os.chmod(name, _mode(final))
    return Path(name)


def real(final: Path) -> Path:
    """Follow symbolic links: the file that a link names is written, and the link stays one."""
    return Path(os.path.realpath(final))


def sync(fp: BinaryIO) -> None:
    """Have the disk hold what was written to ``fp``."""
    fp.flush()
    os.fsync(fp.fileno())


@contextlib.contextmanager
def disk(final: Path | None) -> Iterator[None]:
    """Turn what the disk refuses about ``final`` (None: standard output) into ``OutputError``."""
    try:
        yield
    except OSError as error:
        what = final if final is not None else "standard output"
        raise OutputError(
            f"{what} could not be written: {error.strerror or error}",
            "the old file is as it was; free space or name another place",
        ) from error


def _mode(final: Path) -> int:
    """Return the mode the file has, or what a plain new file would get under the umask."""
    if final.exists():
        return final.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
