"""The first pass over a manifest: which entries need a closer look, in bounded memory.

An entry costs 43 bytes: offset, length, index, three flags and three 8-byte digests. A digest that occurs
twice only raises a suspicion; the second pass reads the suspects again and compares the values. Plain
entries come in runs and are remembered many at once (measured: 1 us an entry).
"""

from __future__ import annotations

import operator
import os
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple, TypeGuard

from s3transfer_tl import manifest
from s3transfer_tl.lint import index_id, language
from s3transfer_tl.lint.column import Column
from s3transfer_tl.lint.customs import Customs
from s3transfer_tl.lint.folders import odd_languages
from s3transfer_tl.lint.proof import Columns, Proof, doubtful, plain
from s3transfer_tl.lint.rules import Facts, Whole

_SMALL = 10_000  # bytes; of so few entries the rules hear before the proof is compiled
NAMESAKES = 4  # videos of one file name that are looked at: buckets with a folder a video have no others
_Values = tuple[str | None, str | None, str | None, str | None]


class Suspect(NamedTuple):
    """An entry for the second pass: its position in the array and its bytes in the file, with what may
    stand behind it before the next one. ``formed``: the rules of form have nothing to say of it."""

    number: int
    offset: int
    length: int
    formed: bool


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


def in_bucket(uri: str) -> bool:
    """Tell whether ``uri`` names a bucket and something in it."""
    return uri.startswith("s3://") and "/" in uri[5:]


def _comparable(value: Any) -> _Values:
    """Return the four values of an entry of any shape, None for what cannot be compared with others."""
    if type(value) is not dict:
        return None, None, None, None
    known, tag, uri, transcription = map(value.get, manifest.FIELDS)
    return (
        known if isinstance(known, str) and index_id.WELL_FORMED.fullmatch(known) else None,
        tag if isinstance(tag, str) else None,
        uri if names_a_file(uri) else None,
        transcription if names_a_file(transcription) else None,
    )


class Survey:
    """What the first pass found; ``entries`` counts array elements, broken ones included."""

    def __init__(self, fp: BinaryIO, facts: Facts) -> None:
        self.faults: list[manifest.Fault] = []
        self._offsets = array("Q")
        self._lengths = array("I")
        self._flags, self._formed = bytearray(), bytearray()
        self._ids: dict[str | None, int] = {}  # well-formed index id: its ordinal; None: no such id
        self._ordinals = array("I")
        self._counts: Counter[str | None] = Counter()
        self._objects, self._transcriptions, self._names = Column(), Column(), Column()
        self._doubted = facts.doubted()
        lint = facts.config.lint if facts.config else None
        self._known_tags = lint.languages if lint else ()
        self._tags: Counter[str] = Counter()
        self._customs = Customs()
        self._read(fp)
        self.whole = self._look_back(facts)
        if lint and lint.max_entries is not None and len(self._flags) > lint.max_entries:
            self._flags[lint.max_entries] = 1
        self._shared = bytearray(len(self._flags))
        for column in (self._objects, self._transcriptions):
            for number in column.repeated():
                self._flags[number] = self._shared[number] = 1
        namesakes = array("I", self._names.repeated())
        for number in namesakes:
            self._shared[number] = 1
        for number in self._names.first(namesakes, NAMESAKES):
            self._flags[number] = 1

    @property
    def entries(self) -> int:
        """How many elements the array has."""
        broken = max((fault.entry for fault in self.faults if fault.entry is not None), default=-1)
        return max(len(self._offsets), broken + 1)

    def shares(self, number: int) -> bool:
        """Tell whether the entry may share a value with another one; only such need be compared."""
        return self._shared[number] != 0

    def suspects(self) -> Iterator[Suspect]:
        """Yield the entries that need a closer look, in file order."""
        number = self._flags.find(1)
        while number >= 0:
            formed = self._formed[number] != 0
            yield Suspect(number, self._offsets[number], self._lengths[number], formed)
            number = self._flags.find(1, number + 1)

    def _read(self, fp: BinaryIO) -> None:
        small = fp.seek(0, os.SEEK_END) <= _SMALL
        fp.seek(0)
        proof = None if small else Proof()
        for item in manifest.read(fp) if small else manifest.runs(fp, plain()):
            if isinstance(item, manifest.Fault):
                self.faults.append(item)
                continue
            while len(self._offsets) < item.number:  # a broken element: the place in an array is the number
                self._add(0, 0, (None, None, None, None), suspect=False, formed=False)
            if isinstance(item, manifest.Run):
                self._extend(item)
                continue
            formed = proof is not None and type(item.value) is dict and proof.is_formed(item.value)
            sound = formed and proof is not None and proof.names_plainly(item.value)
            values = _comparable(item.value)
            self._add(item.offset, item.length, values, suspect=not sound, formed=formed)

    def _add(self, offset: int, length: int, values: _Values, *, suspect: bool, formed: bool) -> None:
        """Remember one entry; None for what takes no part in a comparison."""
        known, tag, uri, transcription = values
        number = len(self._offsets)
        self._offsets.append(offset)
        self._lengths.append(length)
        self._formed.append(formed)
        self._flags.append(suspect or transcription in self._doubted or uri in self._doubted)
        if tag is not None:
            self._tags[tag] += 1
            self._flags[number] |= not self._is_known(tag)
            if uri is not None and in_bucket(uri):
                pair = transcription if transcription is not None and in_bucket(transcription) else None
                self._customs.note(number, tag, uri, pair)
        self._counts[known] += 1
        ordinal = self._ids.setdefault(known, len(self._ids))
        self._ordinals.append(ordinal)
        self._transcriptions.append(transcription)
        self._objects.append(None if uri is None else folded(uri))
        self._names.append(None if uri is None else (file_name(uri), ordinal))

    def _extend(self, run: manifest.Run) -> None:
        """Remember the entries of ``run``: what ``_add`` does, many at once."""
        columns = Columns(*zip(*run.groups, strict=True))
        count = len(columns.ids)
        self._lengths.extend(map(operator.sub, run.offsets[1:], run.offsets))
        self._offsets.extend(run.offsets[:count])
        transcriptions = columns.transcriptions
        if doubted := self._doubted:
            told = map(doubted.__contains__, columns.videos), map(doubted.__contains__, transcriptions)
            self._flags.extend(map(operator.or_, *told))
        else:
            self._flags.extend(bytes(count))
        self._formed.extend(b"\1" * count)
        for number in self._customs.note_run(run.number, columns):
            self._flags[number] = 1
        for at in doubtful(columns):
            self._flags[run.number + at] = 1
            self._formed[run.number + at] = 0
        counted = Counter(columns.tags)
        for tag, times in counted.items():  # faster than Counter.update
            self._tags[tag] += times
        unknown = {tag for tag in counted if not self._is_known(tag)}
        if unknown:
            for number, tag in enumerate(columns.tags, run.number):
                self._flags[number] |= tag in unknown
        for known, times in Counter(columns.ids).items():
            self._counts[known] += times
            self._ids.setdefault(known, len(self._ids))
        ordinals = list(map(self._ids.__getitem__, columns.ids))
        self._ordinals.extend(ordinals)
        self._transcriptions.extend(transcriptions)
        in_ascii = all(map(str.isascii, columns.videos))
        self._objects.extend(list(map(str.lower if in_ascii else folded, columns.videos)))
        self._names.extend(list(zip(columns.names, ordinals, strict=True)))

    def _is_known(self, tag: str) -> bool:
        return not self._known_tags or language.supported(tag, self._known_tags)

    def _look_back(self, facts: Facts) -> Whole:
        """Return what the file holds as a whole, and flag the entries that it makes odd: those of all but
        the main index, and the exceptions from customs."""
        ids = {known: self._counts[known] for known in self._ids if known is not None}
        main = max(ids, key=lambda known: ids[known], default=None)
        if main is not None and len(ids) > 1:
            for number, ordinal in enumerate(self._ordinals):
                if ordinal not in (self._ids[main], self._ids.get(None)):
                    self._flags[number] = 1
        exceptions = self._customs.exceptions(names_are_judged=facts.hold("config"))
        if len(self._tags) > 1:
            exceptions.update((("TL305", at), said) for at, said in odd_languages(self._customs.folders))
        for _, number in exceptions:
            self._flags[number] = 1
        return Whole(ids, main, self.entries, len(self._tags), exceptions)
