"""What the ledger tells: entries, counts and events, of a run or of all, chosen by what they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import filelock

from s3transfer_tl.ledger import file, health
from s3transfer_tl.ledger.clock import Clock, rfc3339
from s3transfer_tl.ledger.database import ROW
from s3transfer_tl.ledger.past import Past
from s3transfer_tl.ledger.states import EVENTS, STATES, Event, Row

# Entries that the platform's list has something to tell about.
OPEN = ("accepted", "indexing", "unknown", "held")
_AT_REST = ("planned", "sending", "ready")
OF_RUN = " JOIN run_entries r ON r.entry_id = e.id AND r.run_id = ? "


class Choice(NamedTuple):
    """Which entries: of a run, in one of ``states``, for one of ``index_ids``, with one of ``reasons`` in
    their message in any case, at one platform; uploads only, or only what a manifest carries (None and empty:
    whichever)."""

    run: int | None = None
    states: tuple[str, ...] = ()
    index_ids: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    endpoint: str | None = None
    uploads: bool | None = None


ALL = Choice()


class Run(NamedTuple):
    """A command that planned something: its number, what it read, and when it began (RFC 3339)."""

    number: int
    command: str
    source: str
    began: str


class Telling(Past):
    """The part of the ledger that only reads."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, clock: Clock, held: filelock.BaseFileLock | None
    ) -> None:
        super().__init__(path, connection, held)
        self.clock = clock

    def rows(self, run: int | None = None, state: str | None = None) -> Iterator[Row]:
        """Yield the entries of ``run`` in the manifest's order, or all ever submitted, in ``state``."""
        return self.chosen(Choice(run, (state,) if state else ()))

    def chosen(self, choice: Choice) -> Iterator[Row]:
        """Yield the entries of a choice: in the manifest's order those of a run, else as they came."""
        of_run, order = (OF_RUN, "r.position") if choice.run is not None else ("", "e.id")
        where, values = _where(choice)
        yield from self._rows(f"{ROW} {of_run} {where} ORDER BY {order}", values)

    def summary(self, run: int | None = None) -> dict[str, int]:
        """Return the number of entries in each state that occurs, in the order of their life."""
        return self.counts(Choice(run))

    def counts(self, choice: Choice) -> dict[str, int]:
        """Return ``summary`` of a choice."""
        of_run = OF_RUN if choice.run is not None else ""
        where, values = _where(choice)
        if choice == Choice(states=choice.states):
            sql = f"SELECT e.state, e.entries FROM tallies e {where}"
        else:
            sql = f"SELECT e.state, count(*) FROM entries e {of_run} {where} GROUP BY e.state"
        counts = {state: count for state, count in self._execute(sql, values) if count}
        return {state: counts[state] for state in STATES if state in counts}

    def left(self, command: str, source: str | None, choice: Choice) -> Iterator[Row]:
        """Yield those of a choice that runs of ``command`` planned, runs about ``source`` where one is given,
        and that are still to be sent; their state and message are no longer what they were chosen by."""
        of_run, order = (OF_RUN, "r.position") if choice.run is not None else ("", "e.id")
        where, values = _where(choice._replace(states=("planned",), reasons=()))
        runs = "SELECT id FROM runs WHERE command = ? AND manifest = ifnull(?, manifest)"
        theirs = f"AND e.id IN (SELECT entry_id FROM run_entries WHERE run_id IN ({runs}))"
        yield from self._rows(f"{ROW} {of_run} {where} {theirs} ORDER BY {order}", (*values, command, source))

    def events(self, run: int | None = None, state: str | None = None) -> Iterator[Event]:
        """Yield the latest event of each entry: where it stands, as the event stream tells it."""
        return self.latest(Choice(run, (state,) if state else ()))

    def latest(self, choice: Choice) -> Iterator[Event]:
        """Yield ``events`` of a choice."""
        of_run, order = (OF_RUN, "r.position") if choice.run is not None else ("", "e.id")
        where, values = _where(choice)
        columns = "e.updated, e.state, e.object, e.index_id, e.task_id, e.status, e.message"
        sql = f"SELECT {columns} FROM entries e {of_run} {where} ORDER BY {order}"
        for updated, state, *rest in self._each(sql, values):
            yield Event(rfc3339(updated), EVENTS[state], *rest)

    def endpoints(self) -> list[str]:
        """Return every platform address that has an open entry."""
        sql = f"SELECT DISTINCT endpoint FROM entries WHERE state IN {OPEN} AND {afoot()} ORDER BY 1"
        return [endpoint for (endpoint,) in self._execute(sql)]

    def waiting(self, choice: Choice = ALL) -> int:
        """Return how many entries of a choice the platform's list will still settle or move; one that
        somebody vouched for, and that no task shows, is none of them."""
        of_run = OF_RUN if choice.run is not None else ""
        where, values = _where(choice._replace(states=("accepted", "indexing", "unknown")))
        sql = f"SELECT count(*) FROM entries e {of_run} {where} AND NOT (e.vouched AND e.task_id IS NULL)"
        count: int = self._execute(sql, values).fetchone()[0]
        return count

    def since(self, event: int) -> Iterator[tuple[int, Event]]:
        """Yield all that happened after the event of a number (0: from the beginning), with its number, which
        entries that moved together share."""
        sql = (
            "SELECT id, time, state, object, index_id, task_id, status, message"
            " FROM moves WHERE id > ? ORDER BY id, entry_id"
        )
        for number, time, state, *rest in self._execute(sql, (event,)):
            yield number, Event(rfc3339(time), EVENTS[state], *rest)

    def last_event(self) -> int:
        """Return the number of the latest event, 0 where nothing has happened yet."""
        number: int = self._execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
        return number

    def sent_otherwise(self, run: int) -> int:
        """Return how many entries that ``run`` has yet to send have an object that went to the same index
        before as another entry: with another language, transcription or ETag. None that failed counts."""
        sql = (
            f"SELECT count(*) FROM entries e {OF_RUN} WHERE e.state = 'planned' AND EXISTS ("
            "SELECT 1 FROM entries o WHERE o.endpoint = e.endpoint AND o.index_id = e.index_id"
            " AND o.object = e.object AND o.id <> e.id AND o.state NOT IN ('planned', 'rejected', 'failed'))"
        )
        count: int = self._execute(sql, (run,)).fetchone()[0]
        return count

    def prove(self) -> None:
        """Raise ``LedgerError`` where the file is damaged: damage can look like an empty ledger."""
        try:
            for said in health.complaints(self._connection, "quick_check"):
                raise sqlite3.DatabaseError(f"malformed: {said}")
        except sqlite3.Error as error:
            raise file.unusable(self.path, error) from error

    def codes(self, run: int) -> list[str]:
        """Return the platform's codes for the requests of ``run`` that it rejected, each once."""
        sql = (
            "SELECT DISTINCT a.code FROM attempts a JOIN batches b ON b.id = a.batch_id"
            " WHERE b.run_id = ? AND a.outcome = 'rejected' AND a.code IS NOT NULL ORDER BY 1"
        )
        return [code for (code,) in self._execute(sql, (run,))]

    def runs(self) -> Iterator[Run]:
        """Yield the runs, the latest first."""
        for number, command, source, began in self._execute(
            "SELECT id, command, manifest, began FROM runs ORDER BY id DESC"
        ):
            yield Run(number, command, source, rfc3339(began))

    def has_run(self, run: int) -> bool:
        """Tell whether there is a run of this number."""
        return self._execute("SELECT 1 FROM runs WHERE id = ?", (run,)).fetchone() is not None


def afoot(table: str = "") -> str:
    """Return the condition of the index ``entries_afoot``: SQLite uses it where that is repeated."""
    return " AND ".join(f"{table}state <> '{state}'" for state in _AT_REST)


def _where(choice: Choice) -> tuple[str, list[int | str]]:
    """Return the clause of a choice, and the values of its statement from ``OF_RUN`` on."""
    values: list[int | str] = [] if choice.run is None else [choice.run]
    clauses = []
    for column, wanted in (("state", choice.states), ("index_id", choice.index_ids)):
        if wanted:
            clauses.append(f"e.{column} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    if choice.run is None and choice.states and not {*_AT_REST} & {*choice.states}:
        clauses.append(afoot("e."))
    if choice.endpoint is not None:
        clauses.append("e.endpoint = ?")
        values.append(choice.endpoint)
    if choice.uploads is not None:
        clauses.append(f"e.object {'NOT ' if choice.uploads else ''}GLOB 's3://*'")
    if choice.reasons:
        clauses.append(f"({' OR '.join(['instr(lower(e.message), ?)'] * len(choice.reasons))})")
        values += [reason.lower() for reason in choice.reasons]
    return f"WHERE {' AND '.join(clauses)}" if clauses else "", values
