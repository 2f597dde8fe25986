"""What a matching found, read from DuckDB as a stream."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from s3transfer_tl.matching import clauses
from s3transfer_tl.model import Ambiguity, Orphan, Pair

if TYPE_CHECKING:
    import duckdb

NFC_NOTE = "names differ in Unicode form (NFC)"
_ROWS = 20_000
_STRETCH = 200_000


class Counts(NamedTuple):
    """How many there are. ``excluded`` counts objects with their side's extension that include or
    exclude kept out; ``ambiguous`` counts videos, also those that a policy then decided."""

    videos: int
    transcriptions: int
    paired: int
    unmatched_videos: int
    orphan_transcriptions: int
    ambiguous: int
    excluded: int


class RuleCount(NamedTuple):
    """What one rule of the config (``spec`` from 0) did: the pairs it won, and how many videos and
    transcriptions its patterns matched."""

    spec: int
    name: str
    pairs: int
    videos: int
    transcriptions: int


class Refusal(NamedTuple):
    """A transcription that has a video's name but ends in what is neither language nor flag."""

    transcription: str
    video: str
    rule: str
    problem: str


class Told(NamedTuple):
    """A pair as the report tells it: ``json`` is an object without ``access``, which the caller knows.

    Put together in SQL: a dict and a ``json.dumps`` would take 15 us a pair.
    """

    json: str
    object: str
    transcription: str
    index_id: str | None


class Excluded(NamedTuple):
    """An object that include or exclude kept out of its side."""

    uri: str
    side: str  # "video" or "transcription"


class Problem(NamedTuple):
    """Why transcriptions were refused, how many for this, and the first of them with its video."""

    problem: str
    refused: int
    transcription: str
    video: str


class Matching:
    """The outcome, while its ``match`` block lasts. Each iterator reads from DuckDB as it goes, in
    code point order of the URIs; several may be open at once."""

    def __init__(self, con: duckdb.DuckDBPyConnection, counts: Counts, filled: Mapping[str, str]) -> None:
        self._con = con
        self._filled = filled
        self._detailed = False
        self.counts = counts

    def pairs(self) -> Iterator[Pair]:
        """Yield what the policies leave for the manifest, sorted by object.

        Under ``include`` the unmatched videos are among them, with no transcription and rule "".
        """
        for ids in self._stretches():
            yield from self.stretch(**ids)

    def stretch(self, first: int, last: int) -> Iterator[Pair]:
        """Yield those of ``pairs`` whose video has a number from ``first`` to ``last``."""
        for video, transcription, index_id, language, rule, nfc in self.rows(
            "entries", {"first": first, "last": last}
        ):
            yield Pair(video, transcription, index_id, language, rule, NFC_NOTE if nfc else None)

    def told(self) -> Iterator[Told]:
        """Yield the pairs for the report, sorted by object, with what the listings say of both files."""
        if not self._detailed:
            self._con.execute(self._filled["details"])
            if next(self.rows("repeated")) == (True,):
                self._con.execute(clauses.step("single"))
            self._detailed = True
        for ids in self._stretches():
            yield from map(Told._make, self.rows("pairs_told", ids))

    def excluded(self) -> Iterator[Excluded]:
        """Yield what include or exclude kept out."""
        return map(Excluded._make, self.rows("excluded") if self._filled["excluded"] else ())

    def unmatched(self) -> Iterator[str]:
        """Yield the URIs of videos without a transcription; ambiguous ones only where a policy other
        than ``fail`` treats them so."""
        return (uri for (uri,) in self.rows("unmatched_videos"))

    def orphans(self) -> Iterator[Orphan]:
        """Yield the transcriptions in no pair, and why."""
        return (Orphan(*row) for row in self.rows("orphans"))

    def problems(self) -> Iterator[Problem]:
        """Yield why transcriptions were refused, in the order of the reasons."""
        return (Problem(*row) for row in self.rows("problems"))

    def ambiguities(self) -> Iterator[Ambiguity]:
        """Yield every video that the rules alone do not decide, whatever the policy made of it."""
        rows = self.rows("ambiguities")
        for (video, reason), tied in itertools.groupby(rows, key=lambda row: (row[0], row[2])):
            yield Ambiguity(video, tuple(candidate for _, candidate, _ in tied), reason)

    def refusals(self) -> Iterator[Refusal]:
        """Yield the transcriptions that a rule left out because of their tail (an unknown language)."""
        return (Refusal(*row) for row in self.rows("refusals"))

    def rules(self) -> tuple[RuleCount, ...]:
        """Return what each rule of the config did, in the config's order."""
        return tuple(RuleCount(*row) for row in self.rows("rule_counts"))

    def _stretches(self) -> Iterator[dict[str, int]]:
        last = self.counts.videos + self.counts.transcriptions
        for first in range(1, last + 1, _STRETCH):
            yield {"first": first, "last": first + _STRETCH - 1}

    def rows(
        self, step: str, parameters: Mapping[str, int | str] | None = None, **filled: str
    ) -> Iterator[tuple[Any, ...]]:
        """Yield what a step of ``matching.sql`` selects."""
        cursor = self._con.cursor()
        try:
            cursor.execute(self._filled.get(step) or clauses.step(step, **filled), parameters)
            while rows := cursor.fetchmany(_ROWS):
                yield from rows
        finally:
            cursor.close()
