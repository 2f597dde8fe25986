"""The section of a submission: where every entry stands, states over time, failures as they were told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from s3transfer_tl.report.page.parts import (
    Bar,
    Column,
    Curve,
    Facts,
    Part,
    Section,
    Step,
    Table,
    Tile,
    filled,
    slices,
)
from s3transfer_tl.report.page.submitted import STATES, WORDS, Submitted
from s3transfer_tl.report.text import counted


class Refusal(NamedTuple):
    """A request that was refused or whose answer was lost: when, what became of it, how many entries it
    carried, and the platform's words."""

    time: str
    outcome: str
    entries: int
    status: int | None
    code: str | None
    message: str | None
    advice: str | None


def section(
    name: str,
    submitted: Submitted,
    facts: Facts = (),
    *,
    curve: Curve | None = None,
    refusals: Iterable[Refusal] = (),
    option: str = "",
) -> Section:
    """Return what the page shows of a submission; ``option`` is what commands about its ledger need."""
    states, total = submitted.states, submitted.every.total
    ready, bad = states["ready"], states["failed"] + states["rejected"]
    doubtful = states["unknown"] + states["held"]
    way = total - ready - bad - doubtful
    return Section(
        kind="Submission",
        name=name,
        verdict=_verdict(total, ready, way, bad, doubtful),
        tone="bad" if bad else "warn" if doubtful else "info" if way else "good",
        facts=facts,
        tiles=(
            Tile("entries", total),
            Tile("ready", ready, "good"),
            Tile("under way", way, "info"),
            Tile("failed", states["failed"], "bad"),
            Tile("rejected", states["rejected"], "bad"),
            Tile("outcome unknown", doubtful, "warn"),
        ),
        steps=tuple(_steps(submitted, option)),
        parts=filled(_parts(submitted, curve, refusals)),
    )


def _verdict(total: int, ready: int, way: int, bad: int, doubtful: int) -> str:
    entries = counted(total, "entry", "entries")
    if ready == total:
        return f"{entries}, {'ready' if total == 1 else 'all ready'}."
    others = ((way, "under way"), (bad, "failed or rejected"), (doubtful, "of unknown outcome"))
    told = "".join(f", {count:,} {words}" for count, words in others if count)
    return f"{ready:,} of {entries} ready{told}."


def _steps(submitted: Submitted, option: str) -> Iterator[Step]:
    states = submitted.states
    mended = {"failed": "check the video and lint its transcription", "rejected": "mend what was named"}
    for state, mend in mended.items():
        uploads = submitted.uploads[state]
        if listed := states[state] - uploads:
            what = counted(listed, "entry", "entries")
            retry = f"s3transfer-tl retry --state {state}{option}"
            yield Step(f"{what} {state}: {mend}, then send anew.", "words", (retry,))
        if uploads:
            again = " with --again" if state == "failed" else ""
            what = counted(uploads, "upload")
            yield Step(f"{what} {state}: {mend}, then type the same upload{again}.", "words")
    if doubtful := states["unknown"] + states["held"]:
        what = counted(doubtful, "entry", "entries")
        said = f"{what} of unknown outcome, not sent again: resolve asks the platform, or takes your word."
        yield Step(said, "words", (f"s3transfer-tl resolve{option}",))
    if way := states["accepted"] + states["indexing"]:
        what = counted(way, "entry", "entries")
        watch = f"s3transfer-tl status --watch{option}"
        yield Step(f"{what} under way: follow to the end.", "entries", (watch,))
    if waiting := states["planned"] + states["sending"]:
        what = counted(waiting, "entry", "entries")
        yield Step(f"{what} not sent yet: type the command that planned it again.", "entries")


def _parts(submitted: Submitted, curve: Curve | None, refusals: Iterable[Refusal]) -> Iterator[Part]:
    bar = slices(*((state, submitted.states[state], tone) for state, tone in STATES.items()))
    yield Part("states", "Where the entries stand", bars=(Bar("Entries", bar),))
    if curve is not None:
        yield Part(
            "time", "States over time", "From the first change to shortly after the last.", curve=curve
        )
    said = "What the platform answered, word for word; where no answer came, what was noted of it."
    tables = submitted.words(), submitted.troubled.slim()
    yield Part("words", "In trouble", said, submitted.troubled.total, tables=tables)
    requests = _requests(refusals)
    said = "One request carries many entries, which may have gone well since in another."
    yield Part("requests", "Refused requests", said, requests.total, tables=(requests,))
    every = submitted.every
    yield Part("entries", "Every entry", "", every.total, tables=(every.slim(),))


def _requests(refusals: Iterable[Refusal]) -> Table:
    columns = (
        *(Column("When"), Column("Outcome", "choice"), Column("Entries", "number"), Column("HTTP", "number")),
        *(Column("Code", "choice"), WORDS, Column("Way out")),
    )
    requests = Table("Requests that were refused, or whose answer was lost", columns)
    for refusal in refusals:
        requests.add(*refusal)
    return requests.slim()
