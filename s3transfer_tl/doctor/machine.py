"""The machine: room on its disks, a folder for temporary files, a terminal that shows any name."""

from __future__ import annotations

import codecs
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from s3transfer_tl.doctor.check import Check, Meaning, error, ok, warning

TIGHT, FULL = 1_000_000_000, 50_000_000  # bytes that are free
MEANINGS = (
    Meaning(
        "disk",
        "Is there room where the ledger, temporary files and outputs go? Under 1 GB is a warning, under 50 MB"
        " an error: a build keeps its listing on disk.",
        "make room, or go elsewhere: `--ledger FILE`, `TMPDIR`, `-o FILE`",
    ),
    Meaning(
        "temporary",
        "Can a file be made in the folder for temporary files?",
        "mend its permissions, or name another with `TMPDIR`",
    ),
    Meaning(
        "terminal",
        "Can the terminal show any name? Else some letters are escaped; files are UTF-8 all the same.",
        "`export LC_ALL=C.UTF-8` (Windows: `set PYTHONUTF8=1`)",
    ),
)


def look(places: Mapping[str, Path], encoding: str) -> Iterator[Check]:
    """Yield the checks of a machine; ``places`` are folders by what they are for."""
    yield from disks(places)
    yield temporary()
    yield terminal(encoding)


def disks(places: Mapping[str, Path]) -> Iterator[Check]:
    """Yield one check for each disk that ``places`` are on."""
    by_disk: dict[int, tuple[list[str], Path]] = {}
    for use, place in places.items():
        there = next((one for one in (place, *place.parents) if one.is_dir()), Path("/"))
        by_disk.setdefault(there.stat().st_dev, ([], there))[0].append(use)
    for uses, there in by_disk.values():
        yield room(", ".join(uses), there, shutil.disk_usage(there).free)


def room(uses: str, place: Path, free: int) -> Check:
    """Judge the bytes that are free at ``place``."""
    told = f"{free / 1e9:,.1f} GB" if free >= TIGHT else f"{free / 1e6:,.0f} MB"
    message = f"{told} free for {uses} ({place})"
    hint = f"make room on the disk of {place}"
    if free < FULL:
        return error("disk", message, hint)
    return warning("disk", message, hint) if free < TIGHT else ok("disk", message)


def temporary() -> Check:
    """Make a temporary file and remove it."""
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"0")
            file.flush()
    except OSError as trouble:
        return error(
            "temporary",
            f"no temporary file can be made: {trouble.strerror or trouble}",
            "name a folder that can be written to with TMPDIR",
        )
    return ok("temporary", f"{tempfile.gettempdir()} can be written to")


def terminal(encoding: str) -> Check:
    """Judge the encoding of standard output."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        name = encoding
    if name in ("utf-8", "utf-16", "utf-8-sig"):
        return ok("terminal", f"shows {name.upper()}")
    return warning(
        "terminal", f"shows {encoding}: other letters are escaped, or look wrong", "export LC_ALL=C.UTF-8"
    )
