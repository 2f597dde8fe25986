"""The objects that a manifest names, each once, without keeping their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from s3transfer_tl import manifest
from s3transfer_tl.lint.column import Column
from s3transfer_tl.lint.rules import URIS
from s3transfer_tl.sources import rows

_TEXT = r'[^"\\\x00-\x1f]*+'
_PLAIN = manifest.pattern(_TEXT, _TEXT, f"({_TEXT})", f"({_TEXT})")  # an entry in a tenth of the time


class Named:
    """The videos and transcriptions of the manifest in ``fp``, which is read again for each walk.

    A byte an entry and field stays in memory (8 more while it is counted), and the URIs that several
    entries have. What is broken, or names no object, is the linter's business and left out.
    """

    def __init__(self, fp: BinaryIO) -> None:
        self._fp = fp
        columns = {name: Column() for name in URIS}
        counts = Counter[str]()
        entries = 0
        for uris in _entries(fp):
            entries += 1
            for name, uri in zip(URIS, uris, strict=True):
                columns[name].append(uri)
                counts[name] += uri is not None
        self._repeated = {name: _flags(column, entries) for name, column in columns.items()}
        if any(map(any, self._repeated.values())):
            counts = Counter(name for _, name in self.walk(*URIS))
        self.counts = counts

    def walk(self, *names: str) -> Iterator[tuple[str, str]]:
        """Yield each object of the fields ``names`` as its URI and the first field that has it there."""
        seen: dict[str, set[str]] = {name: set() for name in names}
        for number, uris in enumerate(_entries(self._fp)):
            for name, uri in zip(URIS, uris, strict=True):
                if uri is None or name not in seen:
                    continue
                if self._repeated[name][number]:
                    if uri in seen[name]:
                        continue
                    seen[name].add(uri)
                yield uri, name

    def videos(self) -> Iterator[tuple[str, str | None, bool]]:
        """Yield each video, the transcription of its first entry, and whether it has further entries."""
        seen: set[str] = set()
        for number, (uri, transcription) in enumerate(_entries(self._fp)):
            if uri is None or uri in seen:
                continue
            is_repeated = bool(self._repeated["object"][number])
            if is_repeated:
                seen.add(uri)
            yield uri, transcription, is_repeated

    def pairs(self) -> Iterator[list[str | None]]:
        """Yield the video and the transcription of each entry."""
        yield from _entries(self._fp)


def _entries(fp: BinaryIO) -> Iterator[list[str | None]]:
    """Yield what each readable entry has in the fields ``URIS``; None for what names no object."""
    fp.seek(0)
    for item in manifest.runs(fp, _PLAIN):
        if isinstance(item, manifest.Run):
            for uris in item.groups:
                yield [*map(_object, uris)]
        elif isinstance(item, manifest.RawEntry) and isinstance(item.value, dict):
            yield [_object(item.value.get(name)) for name in URIS]


def _object(uri: object) -> str | None:
    if not isinstance(uri, str):
        return None
    try:
        rows.split(uri)
        uri.encode()
    except ValueError:  # no bucket, no key, or half a character
        return None
    return uri


def _flags(column: Column, count: int) -> bytearray:
    flags = bytearray(count)
    for number in column.repeated():
        flags[number] = 1
    return flags
