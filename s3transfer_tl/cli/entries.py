"""How submitted entries are shown: events as JSON lines, the whole as JSON or as a small table."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from s3transfer_tl.cli import streams
from s3transfer_tl.cli.progress import Progress, Step
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.ledger import Choice, Clock, Event, Ledger, Row, default_path
from s3transfer_tl.model import Entry
from s3transfer_tl.report.text import printable

ENDS = ("ready", "failed", "rejected", "held")  # states in which nothing moves any more
_TROUBLED = ("failed", "rejected", "held", "unknown")
_SHOWN = 50  # rows of a table for people
_PICTURE_SECONDS = 0.5  # how often the ledger is asked for the picture as a whole
_PICTURE_REST = 50  # times as long as that took, so that a large ledger is not asked all the time
ALL = Choice()
_FIELDS = ("object", "transcription", "index_id", "language", "state", "status", "task_id", "message")


class Stream:
    """Shows events as they come: JSON lines on stdout, and on stderr how far it is. ``sends`` is how many
    entries this run sends; ``more`` tells of it what the ledger does not know; ``what`` names the step in
    which nothing is sent. ``clock`` is for the ledger: before it lets anybody sleep, it shows how things
    stand, as nothing may come for long."""

    def __init__(
        self, talk: Talk, form: str, counts: Callable[[], Mapping[str, int]], what: str = "following"
    ) -> None:
        self._talk = talk
        self._what = what
        self.clock = Clock(sleep=self._sleep)
        self._jsonl = form == "jsonl"
        self._counts = counts
        self._progress = Progress(talk, data=self._jsonl)
        self._next = 0.0
        self._stay = 0  # planned entries that this run leaves so
        self.sends = 0
        self.more: Callable[[], tuple[str, ...]] = tuple

    def expect(self, planned: int, limit: int | None) -> None:
        """Take note that so many entries are planned, of which this run sends ``limit`` at most."""
        self.sends = min(planned, limit or planned)
        self._stay = planned - self.sends

    def show(self, event: Event) -> None:
        """Show one event, as soon as it is committed."""
        self.follow((event,))

    def follow(self, events: Iterable[Event]) -> None:
        """Show what moved together, as soon as it is committed."""
        if self._jsonl:
            try:
                for event in events:
                    echo_event(event)
            except BrokenPipeError:
                sys.stdout = None  # whoever read has gone; what is being sent must be seen through
                self._jsonl = False
        if time.monotonic() >= self._next:
            self._picture()

    def _picture(self) -> None:
        if self._progress.seen:
            began = time.monotonic()
            self._progress.show(self._step(self._counts()))
            ended = time.monotonic()
            self._next = ended + max(_PICTURE_SECONDS, (ended - began) * _PICTURE_REST)

    def _sleep(self, seconds: float) -> None:
        self._picture()
        time.sleep(seconds)

    def _step(self, counts: Mapping[str, int]) -> Step:
        left = counts.get("planned", 0) + counts.get("sending", 0) - self._stay
        if 0 < left <= self.sends:
            return Step("sending", self.sends - left, self.sends, "entry", more=self.more())
        ended = sum(counts.get(state, 0) for state in ENDS)
        return Step(self._what, ended, sum(counts.values()) - self._stay, "entry", more=(sentence(counts),))

    def moving(self, step: Step) -> None:
        """Show a step that is none of entries."""
        self._next = time.monotonic() + _PICTURE_SECONDS
        self._progress.show(step)

    def tell(self, text: str) -> None:
        """Say a sentence; what moves goes on below it."""
        self._talk.say(text)

    def finish(self) -> None:
        """Leave no moving line behind."""
        self._progress.finish()
        self._next = 0.0


def echo_event(event: Event) -> None:
    """Write one event as a JSON line."""
    streams.document(json.dumps(event._asdict(), ensure_ascii=False))
    sys.stdout.flush()


def echo_document(ledger: Ledger, choice: Choice = ALL) -> None:
    """Write the entries of a choice as one JSON document, row by row."""
    streams.document('{"format_version": 1, "entries": [', nl=False)
    for number, row in enumerate(ledger.chosen(choice)):
        fields = {name: getattr(row, name) for name in _FIELDS}
        streams.document(f"{',' if number else ''}\n  {json.dumps(fields, ensure_ascii=False)}", nl=False)
    streams.document(f'\n], "summary": {json.dumps(ledger.counts(choice))}}}')


def echo_planned(planned: Sequence[Entry], form: str) -> None:
    """Write entries that no ledger holds yet as ``echo_event`` or ``echo_document`` would."""
    if form == "jsonl":
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for entry in planned:
            echo_event(Event(now, "planned", entry.object, entry.index_id, None, None, None))
        return
    rows = [
        dict.fromkeys(_FIELDS) | {"state": "planned"} | {name: getattr(entry, name) for name in entry._fields}
        for entry in planned
    ]
    summary = {"planned": len(rows)} if rows else {}
    streams.document(
        json.dumps({"format_version": 1, "entries": rows, "summary": summary}, ensure_ascii=False)
    )


def echo_table(
    ledger: Ledger, choice: Choice = ALL, counts: Mapping[str, int] | None = None, *, all_rows: bool
) -> None:
    """Write the counts of a choice (``counts`` where they are known), and rows for people: every one where
    ``all_rows`` and they are few, else those in trouble."""
    counts = ledger.counts(choice) if counts is None else counts
    for name, count in counts.items():
        streams.line(f"{name:9} {count:>9,}")
    everything = all_rows and sum(counts.values()) <= _SHOWN
    left = _SHOWN
    states = [choice.states] if everything else [(state,) for state in _TROUBLED if state in counts]
    for some in states:
        for row in ledger.chosen(choice._replace(states=some)):
            if not left:
                troubled = tuple(state for state in _TROUBLED if state in counts)
                more = sum(counts[state] for state in troubled) - _SHOWN
                streams.line(f"and {more:,} more: {_Told(ledger).line(_all_of(choice, troubled))}")
                return
            left -= 1
            streams.line(_line(row))


def conclude(talk: Talk, book: Ledger, choice: Choice, form: str, what: str, *, all_rows: bool) -> None:
    """Show a choice as ``form`` says; say ``what`` was done and how it all stands, repeat what is in trouble
    where standard output does not end with that, and say what can be done next."""
    counts = book.counts(choice)
    if form == "json":
        echo_document(book, choice)
    elif form == "text":
        echo_table(book, choice, counts, all_rows=all_rows)
    talk.close(f"{what}; {sentence(counts)}")
    if form != "text":
        troubled = tuple(state for state in _TROUBLED if counts.get(state))
        count = sum(counts[state] for state in troubled)
        rows = book.chosen(choice._replace(states=troubled)) if troubled else ()
        shown = _Told(book).line(_all_of(choice, troubled))
        talk.repeat("in trouble", map(_line, rows), count, shown)
    advise(talk, book, choice, counts)


def _all_of(choice: Choice, states: Sequence[str]) -> str:
    """Return what to type for all entries of a choice in some states."""
    run = "" if choice.run is None else f" --run {choice.run}"
    return f"status{run}{''.join(f' --state {state}' for state in states)} --format jsonl"


def advise(talk: Talk, book: Ledger, choice: Choice, counts: Mapping[str, int]) -> None:
    """Say what can be done next about those of a choice that are not sent, under way or went wrong; so many
    are in each state."""
    told = _Told(book)
    if counts.get("planned"):
        talk.next("planned: not sent yet; the command that planned them sends them when it runs again")
    if counts.get("accepted") or counts.get("indexing"):
        talk.next(f"under way: {told.line('status --watch')} shows them to their end")
    if counts.get("rejected"):
        told.rejected(talk, choice)
    if counts.get("failed"):
        told.failed(talk, choice)
    if counts.get("held") or counts.get("unknown"):
        talk.next(f"of unknown outcome: {told.line('resolve')} asks the platform, or takes your word")


class _Told:
    """What to type about entries that went wrong in a ledger: uploads go again by another command."""

    def __init__(self, book: Ledger) -> None:
        self._book = book
        self._option = "" if book.path == default_path().resolve() else f" --ledger {book.path}"

    def line(self, words: str) -> str:
        """Return a command line of ours, about this ledger."""
        return f"`s3transfer-tl {words}{self._option}`"

    def rejected(self, talk: Talk, choice: Choice) -> None:
        """Say what to do about what the platform refused, code by code where the run is known."""
        from s3transfer_tl.twelvelabs import advice

        codes = self._book.codes(choice.run) if choice.run is not None else ()
        mend = "".join(f"; {code}: {advice(code)}" for code in codes if advice(code))
        again = self._again(choice, "rejected", self.line("retry"), "the same upload again")
        talk.next(f"rejected: mend what is named{mend}; then {again}")

    def failed(self, talk: Talk, choice: Choice) -> None:
        """Say what to do about tasks that ended badly."""
        again = self._again(choice, "failed", self.line("retry"), "the same upload with --again")
        talk.next(
            f"failed: lint the transcriptions and check the videos; {again}, what was mended goes as new"
        )

    def _again(self, choice: Choice, state: str, retry: str, upload: str) -> str:
        """Name who sends entries of a state anew: ``retry`` those of manifests, ``upload`` the others."""
        chosen = choice._replace(states=(state,))
        named = [
            who
            for who, uploads in ((retry, False), (upload, True))
            if self._book.counts(chosen._replace(uploads=uploads))
        ]
        return f"{', '.join(named)} sends the same anew"


def sentence(counts: Mapping[str, int]) -> str:
    """Return the counts as one line: ``3 ready, 1 failed``."""
    return ", ".join(f"{count:,} {state}" for state, count in counts.items()) or "no entry"


def _line(row: Row) -> str:
    status = f" ({row.status})" if row.status and row.status != row.state else ""
    task = f"  task {row.task_id}{status}" if row.task_id else ""
    message = f"  {row.message}" if row.message else ""
    return printable(f"{row.state:9} {row.object}{task}{message}")
