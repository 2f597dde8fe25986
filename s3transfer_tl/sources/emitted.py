"""Which keys have been handed on already: what makes a second listing exact where a first one failed."""

from __future__ import annotations

import marshal
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import IO, Any, Self

from s3transfer_tl.sources.decode import Columns

_KEYS_A_PART = 200_000  # a set of so many takes about 30 MB
_MOST_PARTS = 200  # two open files each


class Emitted:
    """A log of keys on disk, in memory never more than a page or a part; a context manager."""

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._keys = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._log.close()

    def add(self, keys: Sequence[str]) -> None:
        """Remember ``keys``. About 50 us a page."""
        marshal.dump(list(keys), self._log)
        self._keys += len(keys)

    def missing(self, pages: Iterable[Columns]) -> Iterator[Columns]:
        """Yield what of ``pages`` is not in the log."""
        if not self._keys:
            yield from pages
            return
        count = min(_MOST_PARTS, self._keys // _KEYS_A_PART + 1)
        with ExitStack() as files:
            known, found = (
                [files.enter_context(tempfile.TemporaryFile()) for _ in range(count)] for _ in range(2)
            )
            self._log.seek(0)
            for keys in _records(self._log):
                _deal(keys, keys, known)
            for columns in pages:
                full = (column or [None] * len(columns.key) for column in columns)
                _deal(list(zip(*full, strict=True)), columns.key, found)
            for known_part, found_part in zip(known, found, strict=True):
                known_part.seek(0)
                found_part.seek(0)
                keys = {key for keys in _records(known_part) for key in keys}
                for rows in _records(found_part):
                    if left := [row for row in rows if row[0] not in keys]:
                        yield Columns(*zip(*left, strict=True))


def _deal(rows: Sequence[Any], keys: Sequence[str], parts: Sequence[IO[bytes]]) -> None:
    """Write each row to the part that its key falls in."""
    dealt: dict[int, list[Any]] = {}
    for row, key in zip(rows, keys, strict=True):
        dealt.setdefault(hash(key) % len(parts), []).append(row)
    for part, some in dealt.items():
        marshal.dump(some, parts[part])


def _records(file: IO[bytes]) -> Iterator[Any]:
    while True:
        try:
            yield marshal.load(file)  # noqa: S302 - a file of this process, without a name
        except EOFError:
            return
