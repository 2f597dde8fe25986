"""The findings of a run, however many: a few stay in memory, more go to a temporary file in blocks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple, overload

from s3transfer_tl.errors import OutputError
from s3transfer_tl.model import Finding

FEW = 20_000  # findings that stay in memory: 30 MB
_BLOCK = 1000  # findings that are written and read at once


class _Block(NamedTuple):
    file: _File
    offset: int
    length: int
    size: int

    def read(self) -> list[Finding]:
        import pickle

        found: list[Finding] = pickle.loads(self.file.read(self.offset, self.length))  # noqa: S301  # ours
        return found


class _File:
    """A temporary file without a name, which goes with the last block in it."""

    def __init__(self) -> None:
        import tempfile  # for long reviews only, as the next
        import weakref

        self._fp: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._end = 0
        weakref.finalize(self, self._fp.close)

    def write(self, findings: Sequence[Finding]) -> _Block:
        import pickle

        data = pickle.dumps(findings, pickle.HIGHEST_PROTOCOL)
        self._fp.seek(self._end)
        self._fp.write(data)
        block = _Block(self, self._end, len(data), len(findings))
        self._end += len(data)
        return block

    def read(self, offset: int, length: int) -> bytes:
        self._fp.seek(offset)
        return self._fp.read(length)


class Findings(Sequence[Finding]):
    """Findings in blocks on disk; each pass reads them anew (measured: 2 us a finding, as to write it)."""

    def __init__(self, blocks: Iterable[_Block]) -> None:
        self.blocks = tuple(blocks)
        self._ends = [*itertools.accumulate(block.size for block in self.blocks)]

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[Finding]:
        for block in self.blocks:
            yield from block.read()

    @overload
    def __getitem__(self, at: int) -> Finding: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Finding]: ...
    def __getitem__(self, at: int | slice) -> Finding | Sequence[Finding]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        import bisect

        number = range(len(self))[at]
        place = bisect.bisect_right(self._ends, number)
        return self.blocks[place].read()[number - self._ends[place]]

    def __reduce__(self) -> tuple[type, tuple[list[Finding]]]:
        return tuple, (list(self),)  # another process has no part in the file


def gather(parts: Iterable[Iterable[Finding]]) -> Sequence[Finding]:
    """Return the findings of ``parts``, in their order. What is on disk already is not copied.

    Raises ``OutputError`` where there is no room for a temporary file.
    """
    blocks: list[_Block] = []
    held: list[Finding] = []
    file: _File | None = None

    def write() -> None:
        nonlocal file
        file = file or _File()
        for at in range(0, len(held), _BLOCK):
            blocks.append(file.write(held[at : at + _BLOCK]))
        held.clear()

    try:
        for part in parts:
            if isinstance(part, Findings):
                if held:
                    write()
                blocks += part.blocks
                continue
            for finding in part:
                held.append(finding)
                if len(held) >= (_BLOCK if blocks else FEW):
                    write()
        if not blocks:
            return tuple(held)
        if held:
            write()
    except OSError as error:
        raise OutputError(
            f"there is no room for the findings: {error.strerror or error}",
            "set TMPDIR to a folder with more room",
        ) from error
    return Findings(blocks)
