"""How entries go from state to state: each move is one change of a row and one event."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence

from s3transfer_tl.errors import LedgerError
from s3transfer_tl.ledger.clock import rfc3339
from s3transfer_tl.ledger.database import ROW
from s3transfer_tl.ledger.states import EVENTS, STATES, Event, Moved, Ready, Row
from s3transfer_tl.ledger.telling import Telling
from s3transfer_tl.model import Task

_NOTE = (
    "INSERT INTO events (entry_id, batch_id, time, state, status, task_id, message)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_BUG = "this is a bug; please report it"

_Span = tuple[int, int]  # the first and the last of entries whose numbers follow each other


class Moving(Telling):
    """The part of the ledger that moves entries. All of it belongs inside a transaction."""

    def move(self, row: Row, to: str, *, message: str | None = None, task: Task | None = None) -> Event:
        """Bring an entry from the state in ``row`` to ``to``, with its task where there is one, and
        note the event. Call inside a transaction. Raises ``LedgerError`` for a way that is not open."""
        if task is not None:
            row = row._replace(task_id=task.id, status=task.status)
        return self._move_all([row], to, message)[0]

    def _move_all(self, rows: Sequence[Row], to: str, message: str | None = None) -> list[Event]:
        """Bring ``rows`` to ``to`` with the task and batch they carry; all of them, or it is a bug."""
        for row in rows:
            if to not in STATES[row.state]:
                raise LedgerError(f"{row.object} cannot go from {row.state} to {to}", _BUG)
        if to == "planned":
            self._retire(rows)
            rows = [_planned(row) for row in rows]
        now = self.clock.wall()
        changed = self._executemany(
            "UPDATE entries SET state = ?, status = ?, task_id = ?, message = ?, batch_id = ?, losses = ?,"
            " vouched = ?, looks = 0, updated = ? WHERE id = ? AND state = ?",
            [
                (
                    *(to, row.status, row.task_id, message, row.batch_id, row.losses, row.vouched),
                    *(now, row.id, row.state),
                )
                for row in rows
            ],
        )
        if changed != len(rows):
            raise LedgerError(f"{len(rows) - changed} entries moved behind the ledger's back", _BUG)
        left = Counter(row.state for row in rows)
        self._tally({state: -count for state, count in left.items()} | {to: len(rows) - left[to]})
        self._executemany(
            _NOTE, [(row.id, row.batch_id, now, to, row.status, row.task_id, message) for row in rows]
        )
        time, event = rfc3339(now), EVENTS[to]
        return [
            Event(time, event, row.object, row.index_id, row.task_id, row.status, message) for row in rows
        ]

    def _depart(self, batch: int, rows: Sequence[Ready | Row]) -> Moved:
        """Bring planned ``rows`` to ``sending`` as one request."""
        now, spans = self.clock.wall(), _spans(sorted(row.id for row in rows))
        changed = self._executemany(
            "UPDATE entries SET state = 'sending', message = NULL, batch_id = ?, looks = 0, updated = ?"
            " WHERE id BETWEEN ? AND ? AND state = 'planned'",
            [(batch, now, *span) for span in spans],
        )
        if changed != len(rows):
            raise LedgerError(f"{len(rows) - changed} entries to send are not planned", _BUG)
        self._tally({"planned": -len(rows), "sending": len(rows)})
        self._tell("sending", now, spans, batch)
        return Moved(now, "sending", [(row.object, row.index_id) for row in rows])

    def _arrive(self, batch: int, to: str, message: str | None, *, task_id: str | None, losses: int) -> Moved:
        """Bring what is ``sending`` as ``batch`` to ``to``, and count ``losses`` on."""
        now = self.clock.wall()
        sql = (
            "SELECT e.id, e.object, e.index_id FROM events v CROSS JOIN entries e"
            " ON e.id BETWEEN v.entry_id AND ifnull(v.last_id, v.entry_id)"
            " WHERE v.batch_id = ?1 AND v.state = 'sending' AND e.batch_id = ?1 AND e.state = 'sending'"
            " ORDER BY e.id"
        )
        rows = self._execute(sql, (batch,)).fetchall()
        spans = _spans([number for number, _, _ in rows])
        self._executemany(
            "UPDATE entries SET state = ?, task_id = ?, message = ?, losses = losses + ?, updated = ?"
            " WHERE id BETWEEN ? AND ? AND state = 'sending'",
            [(to, task_id, message, losses, now, *span) for span in spans],
        )
        self._tally({"sending": -len(rows), to: len(rows)})
        self._tell(to, now, spans, batch, task_id, message)
        return Moved(now, to, [(uri, index_id) for _, uri, index_id in rows], task_id, message)

    def _tally(self, more: Mapping[str, int]) -> None:
        """Count so many entries more, or less, in each state."""
        self._executemany(
            "INSERT INTO tallies (state, entries) VALUES (?, ?)"
            " ON CONFLICT (state) DO UPDATE SET entries = entries + excluded.entries",
            [(state, count) for state, count in more.items() if count],
        )

    def _tell(
        self,
        state: str,
        time: float,
        spans: Sequence[_Span],
        batch: int | None = None,
        task_id: str | None = None,
        message: str | None = None,
    ) -> None:
        """Note that the entries of ``spans`` came to ``state``."""
        self._executemany(
            "INSERT INTO events (entry_id, last_id, batch_id, time, state, task_id, message)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(*span, batch, time, state, task_id, message) for span in spans],
        )

    def _retire(self, rows: Sequence[Row]) -> None:
        sql = "INSERT OR IGNORE INTO retired_tasks (endpoint, task_id, entry_id) SELECT endpoint, ?, id"
        gone = [(row.task_id, row.id) for row in rows if row.task_id]
        if gone:
            self._executemany(f"{sql} FROM entries WHERE id = ?", gone)

    def _row(self, entry_id: int) -> Row:
        return next(self._rows(f"{ROW} WHERE e.id = ?", (entry_id,)))


def _planned(row: Row) -> Row:
    """Return the row as it is when planned once more: losses count on until the platform answered."""
    losses = row.losses if row.state in ("unknown", "sending") else 0
    return row._replace(task_id=None, status=None, vouched=0, losses=losses)


def _spans(numbers: Sequence[int]) -> list[_Span]:
    """Return ``numbers``, which ascend, as spans."""
    ends = [place for place in range(1, len(numbers)) if numbers[place] > numbers[place - 1] + 1]
    borders = [0, *ends, len(numbers)] if numbers else []
    return [(numbers[first], numbers[end - 1]) for first, end in itertools.pairwise(borders)]
