"""What a matching found, read from DuckDB as a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from s3transfer_tl.decisions import Decision
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
    """What one rule of the config (``spec`` from 0) did: the pairs it won, how many videos and
    transcriptions its patterns matched, and how many pairs that it brought were made by decision."""

    spec: int
    name: str
    pairs: int
    videos: int
    transcriptions: int
    decided: int = 0


class Refusal(NamedTuple):
    """A transcription that has a video's name but ends in what is neither language nor flag."""

    transcription: str
    video: str
    rule: str
    problem: str


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


class Stale(NamedTuple):
    """A decision about what is not listed as a video or a transcription, and which of the two it is."""

    decision: Decision
    video: bool
    transcription: bool


class Honoured(NamedTuple):
    """What became of the decisions: how many gave a video its transcription, how many said that it has
    none, and those that did not count."""

    applied: int
    none: int
    stale: tuple[Stale, ...]


class Left(NamedTuple):
    """A video that has no transcription by a decision: one about it, or the one that gave ``wanted``, its
    best candidate, to ``taker``."""

    uri: str
    wanted: str | None
    taker: str | None


NOTHING_DECIDED = Honoured(0, 0, ())


class Matching:
    """The outcome, while its ``match`` block lasts. Each iterator reads from DuckDB as it goes, in
    code point order of the URIs; several may be open at once."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        counts: Counts,
        filled: Mapping[str, str],
        honoured: Honoured = NOTHING_DECIDED,
    ) -> None:
        self._con = con
        self._filled = filled
        self._stopped = False
        self.counts = counts
        self.honoured = honoured

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

    def leave_out(self, is_known: Callable[[str | None, str, str | None], bool]) -> int:
        """Leave those of ``pairs`` out of ``written`` whose index, object and transcription are known;
        return how many."""
        count = 0
        for ids in self._stretches():
            known = [number for number, *told in self.rows("to_be_known", ids) if is_known(*told)]
            insert(self._con, "known", [(number,) for number in known])
            count += len(known)
        return count

    def note_access(self, verdicts: Iterable[tuple[str, str]]) -> None:
        """Take what ``reported`` is to say of transcriptions: URI and verdict."""
        insert(self._con, "verdicts", list(verdicts))

    def lacking(self) -> tuple[str, bool] | None:
        """Return the first object of ``written`` without an index or a language, and whether it is the
        index; None where there is none."""
        return next(self._all("lacking"), None)

    def written(self) -> Iterator[str]:
        """Yield what is new of ``pairs`` as the manifest has it: JSON text that begins with its line end.

        Put together in SQL, as is ``reported``: a text costs 1.5 us, a ``Pair`` and its text 5.
        """
        return map(itemgetter(0), self._all("written"))

    def reported(self, otherwise: str) -> Iterator[str]:
        """Yield the pairs as the report has them, JSON text sorted by object, with what the listings say
        of both files; ``otherwise`` is the access of what ``note_access`` did not name."""
        return map(itemgetter(0), self._all("reported", otherwise=otherwise))

    def unchecked(self) -> Iterator[str]:
        """Yield the transcriptions of ``written``."""
        return map(itemgetter(0), self._all("unchecked"))

    def paired(self) -> Iterator[tuple[str, str]]:
        """Yield object and transcription of every pair, known ones too, sorted by object."""
        return self._all("paired")

    def excluded(self) -> Iterator[Excluded]:
        """Yield what include or exclude kept out."""
        return map(Excluded._make, self.rows("excluded") if self._filled["excluded"] else ())

    def unmatched(self) -> Iterator[str]:
        """Yield the URIs of videos without a transcription; ambiguous ones only where a policy other
        than ``fail`` treats them so."""
        return (uri for (uri,) in self.rows("unmatched_videos"))

    def left_by_decision(self) -> Iterator[Left]:
        """Yield those of ``unmatched`` that decisions left so, and why."""
        return (Left(*row) for row in self.rows("left_by_decision"))

    def orphans(self) -> Iterator[Orphan]:
        """Yield the transcriptions in no pair, and why."""
        return (Orphan(*row) for row in self.rows("orphans"))

    def problems(self) -> Iterator[Problem]:
        """Yield why transcriptions were refused, in the order of the reasons."""
        return (Problem(*row) for row in self.rows("problems"))

    def ambiguities(self) -> Iterator[Ambiguity]:
        """Yield every video that the rules alone do not decide, whatever the policy made of it."""
        rows = self.rows("ambiguities")
        for (video, reason), tied in groupby(rows, key=lambda row: (row[0], row[2])):
            yield Ambiguity(video, tuple(candidate for _, candidate, _ in tied), reason)

    def refusals(self) -> Iterator[Refusal]:
        """Yield the transcriptions that a rule left out because of their tail (an unknown language)."""
        return (Refusal(*row) for row in self.rows("refusals"))

    def rules(self) -> tuple[RuleCount, ...]:
        """Return what each rule of the config did, in the config's order."""
        return tuple(RuleCount(*row) for row in self.rows("rule_counts"))

    def stop(self) -> None:
        """End what other threads are reading, with ``InterruptedError``."""
        self._stopped = True

    def _stretches(self) -> Iterator[dict[str, int]]:
        for first in range(0, self.counts.videos + self.counts.transcriptions, _STRETCH):
            yield {"first": first, "last": first + _STRETCH - 1}

    def _all(self, step: str, **more: str) -> Iterator[tuple[Any, ...]]:
        """Yield what a step selects, a stretch of ids at a time."""
        return chain.from_iterable(self.rows(step, {**ids, **more}) for ids in self._stretches())

    def rows(
        self, step: str, parameters: Mapping[str, int | str | list[Any]] | None = None, **filled: str
    ) -> Iterator[tuple[Any, ...]]:
        """Yield what a step of ``matching.sql`` selects."""
        cursor = self._con.cursor()
        try:
            cursor.execute(self._filled.get(step) or clauses.step(step, **filled), parameters)
            while rows := cursor.fetchmany(_ROWS):
                if self._stopped:
                    raise InterruptedError("the matching was let go of")
                yield from rows
        finally:
            cursor.close()


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert ``rows`` into ``table``."""
    # Lists, not executemany: that takes 0.4 ms a row.
    if rows:
        columns = ", ".join(["unnest(?)"] * len(rows[0]))
        con.execute(f"INSERT INTO {table} SELECT {columns}", [list(c) for c in zip(*rows, strict=True)])
