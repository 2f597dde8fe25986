"""What the page shows: items as data for its script, every text fit to be looked at."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from s3transfer_tl.build.review import Candidate, Item
from s3transfer_tl.report.text import printable
from s3transfer_tl.review import alignment


def item(one: Item, taken: Callable[[str], str | None]) -> dict[str, Any]:
    """Return ``one`` as the page's script takes it; ``taken`` names the video, of those that are not on
    the page, that a transcription is chosen for."""
    folder, name = _apart(one.video)
    end = alignment.ending(name)
    return {
        "video": one.video,
        "folder": printable(folder),
        "name": _shown(name),
        "end": printable(name[end:]),
        "kind": one.kind,
        "facts": _facts(one.video, one.size, one.last_modified),
        "candidates": [
            {**_candidate(folder, name[:end], other), "taken": printable(taken(other.uri) or "")}
            for other in one.candidates
        ],
    }


def _candidate(video_folder: str, video_stem: str, other: Candidate) -> dict[str, Any]:
    folder, name = _apart(other.uri)
    end = alignment.ending(name)
    return {
        "uri": other.uri,
        "name": _shown(name),
        "end": printable(name[end:]),
        "parts": _parts(video_stem, name[:end]),
        "folder": _parts(video_folder, folder),
        "facts": _facts(other.uri, other.size, other.last_modified),
        "language": other.language,
        "rule": printable(other.rule or ""),
        "why": printable(other.why),
    }


def _parts(video: str, other: str) -> list[list[str | bool]]:
    return [
        [part.same, printable(part.video), printable(part.other)] for part in alignment.align(video, other)
    ]


def _apart(uri: str) -> tuple[str, str]:
    folder, slash, name = uri.rpartition("/")
    return folder + slash, name


def _shown(name: str) -> str:
    """Return ``name`` with a space at its beginning or end, which nobody would see, escaped too."""
    middle = name.strip(" ")
    before, _, after = name.partition(middle) if middle else (name, "", "")
    return "\\x20" * len(before) + printable(middle) + "\\x20" * len(after)


def _facts(uri: str, size: int | None, last_modified: str | None) -> list[str]:
    """Return size and time, as far as they are known, and what tells two names apart that look alike."""
    form = "" if unicodedata.is_normalized("NFC", uri) else "not in Unicode NFC"
    return [text for text in (_bytes(size), _time(last_modified), form) if text]


def _bytes(size: int | None) -> str:
    if size is None:
        return ""
    if size < 1_000:
        return f"{size} B"
    number, units = size / 1_000, iter(("kB", "MB", "GB"))
    unit = next(units)
    while number >= 999.5:
        number, unit = number / 1_000, next(units, "TB")
    return f"{number:.3g} {unit}"


def _time(text: str | None) -> str:
    """Return a time as day and minute in UTC; as the source wrote it where it is of no known form."""
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return printable(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d %H:%M}"
