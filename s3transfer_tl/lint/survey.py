"""The first pass over a manifest: which entries need a closer look, in bounded memory.

An entry costs 41 bytes: offset, length, index, flag and three 8-byte digests. A digest that occurs
twice only raises a suspicion; the second pass reads the suspects again and compares the values.
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, BinaryIO, NamedTuple, TypeGuard

from s3transfer_tl import manifest
from s3transfer_tl.lint import index_id
from s3transfer_tl.lint.proof import Proof
from s3transfer_tl.lint.rules import Facts, Whole

_NONE = 0  # the digest of what takes no part in a comparison
_NO_ID = 0xFFFFFFFF


class Suspect(NamedTuple):
    """An entry for the second pass: its position in the array and its bytes in the file."""

    number: int
    offset: int
    length: int


def folded(uri: str) -> str:
    """Return ``uri`` without the differences of case and Unicode form."""
    if uri.isascii():
        return uri.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", uri).casefold())


def file_name(uri: str) -> str:
    """Return what follows the last slash."""
    return uri.rpartition("/")[2]


def names_a_file(uri: object) -> TypeGuard[str]:
    """Tell whether ``uri`` may be compared: a bare prefix is another complaint's business."""
    return isinstance(uri, str) and "/" in uri and not uri.endswith("/")


def _comparable(value: Any) -> tuple[str | None, str | None, str | None]:
    """Return index id, object and transcription of an entry of any shape, None for what cannot be
    compared with others."""
    if type(value) is not dict:
        return None, None, None
    known, uri, transcription = value.get("index_id"), value.get("object"), value.get("transcription")
    return (
        known if isinstance(known, str) and index_id.WELL_FORMED.fullmatch(known) else None,
        uri if names_a_file(uri) else None,
        transcription if names_a_file(transcription) else None,
    )


class Survey:
    """What the first pass found. ``entries`` counts array elements, broken ones included."""

    def __init__(self, fp: BinaryIO, facts: Facts) -> None:
        self.faults: list[manifest.Fault] = []
        self._offsets = array("Q")
        self._lengths = array("I")
        self._flags = bytearray()
        self._ids: dict[str, int] = {}  # well-formed index id: its ordinal
        self._ordinals = array("I")
        self._objects, self._transcriptions, self._names = array("q"), array("q"), array("q")
        verdicts = (facts.access or {}).values()
        self._unreadable = {verdict.uri for verdict in verdicts if verdict.access in ("denied", "missing")}
        self._read(fp)
        self.whole = self._count_ids()
        for digests in (self._objects, self._transcriptions, self._names):
            self._flag_repeated(digests)

    @property
    def entries(self) -> int:
        """How many elements the array has."""
        broken = max((fault.entry for fault in self.faults if fault.entry is not None), default=-1)
        return max(len(self._offsets), broken + 1)

    def suspects(self) -> Iterator[Suspect]:
        """Yield the entries that need a closer look, in file order."""
        number = self._flags.find(1)
        while number >= 0:
            yield Suspect(number, self._offsets[number], self._lengths[number])
            number = self._flags.find(1, number + 1)

    def _read(self, fp: BinaryIO) -> None:
        holds = Proof().holds
        for item in manifest.read(fp):
            if isinstance(item, manifest.Fault):
                self.faults.append(item)
                continue
            while len(self._offsets) < item.number:  # a broken element: the place in an array is the number
                self._add(0, 0, None, None, None, suspect=False)
            fields = item.value
            if type(fields) is dict and holds(fields):
                self._add(
                    item.offset,
                    item.length,
                    fields["index_id"],
                    fields["object"],
                    fields.get("transcription"),
                    suspect=False,
                )
            else:
                known, uri, transcription = _comparable(fields)
                self._add(item.offset, item.length, known, uri, transcription, suspect=True)

    def _add(
        self,
        offset: int,
        length: int,
        known: str | None,
        uri: str | None,
        transcription: str | None,
        *,
        suspect: bool,
    ) -> None:
        """Remember one entry; None for what takes no part in a comparison."""
        self._offsets.append(offset)
        self._lengths.append(length)
        self._flags.append(suspect or transcription in self._unreadable)
        ordinal = _NO_ID
        if known is not None:
            ordinal = self._ids.get(known, -1)
            if ordinal < 0:
                ordinal = self._ids[known] = len(self._ids)
        self._ordinals.append(ordinal)
        self._transcriptions.append(_NONE if transcription is None else hash(transcription))
        if uri is None:
            self._objects.append(_NONE)
            self._names.append(_NONE)
        else:
            self._objects.append(hash(uri.lower() if uri.isascii() else folded(uri)))
            self._names.append(hash((uri[uri.rindex("/") :], ordinal)))

    def _count_ids(self) -> Whole:
        """Count the ids, and flag the entries of all but the main one."""
        ids = {known: self._ordinals.count(ordinal) for known, ordinal in self._ids.items()}
        main = max(ids, key=lambda known: ids[known], default=None)
        if main is not None and len(ids) > 1:
            for number, ordinal in enumerate(self._ordinals):
                if ordinal not in (self._ids[main], _NO_ID):
                    self._flags[number] = 1
        return Whole(ids, main)

    def _flag_repeated(self, digests: array[int]) -> None:
        if len(set(digests)) + max(digests.count(_NONE) - 1, 0) == len(digests):
            return  # no digest twice: the common case, at the speed of C
        ordered = sorted(digests)
        repeated = {digest for digest, other in pairwise(ordered) if digest == other} - {_NONE}
        for number, digest in enumerate(digests):
            if digest in repeated:
                self._flags[number] = 1
