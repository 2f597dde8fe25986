"""The ledger itself: every change of state is one committed transaction with its event."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from s3transfer_tl.errors import LedgerError
from s3transfer_tl.ledger import file
from s3transfer_tl.ledger.clock import Clock
from s3transfer_tl.ledger.database import ROW, as_row
from s3transfer_tl.ledger.states import EVENTS, STATES, Event, Identity, Row, base_name
from s3transfer_tl.ledger.telling import OF_RUN, OPEN, Telling, rfc3339
from s3transfer_tl.model import Task

Outcome = Literal["accepted", "rejected", "refused", "lost"]
_STATE_AFTER = {"accepted": "accepted", "rejected": "rejected", "refused": "planned", "lost": "unknown"}
_NOTE = (
    "INSERT INTO events (entry_id, batch_id, time, state, status, task_id, message)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_BUG = "this is a bug; please report it"


class _Known(NamedTuple):
    id: int
    state: str
    object_etag: str | None
    transcription_etag: str | None


class Ledger(Telling):
    """What was sent, kept on disk before and after each request. One process at a time may write.

    ``open`` raises ``LedgerBusy``, ``NothingToDo`` or ``LedgerError``; every method raises
    ``LedgerError`` where the file can no longer be read or written.
    """

    @classmethod
    def open(cls, path: Path, *, clock: Clock | None = None, read_only: bool = False) -> Ledger:
        """Open the ledger; for writing, hold it until ``close``. A reader never waits and never blocks."""
        path = path.expanduser().resolve()  # the lock stands beside the file, not beside a link to it
        if read_only and file.is_older(path):  # a reader needs the columns of today, too
            Ledger.open(path, clock=clock).close()
        held = None if read_only else file.lock(path)
        try:
            connection = file.connect(path, read_only=read_only)
        except BaseException:
            if held is not None:
                held.release()
            raise
        return cls(path, connection, clock or Clock(), held)

    # Planning

    def begin(self, command: str, manifest: str, endpoint: str, version: str) -> int:
        """Note a run and return its number."""
        # a file's name may hold bytes that are no text, and SQLite takes text only
        manifest = manifest.encode("utf-8", "backslashreplace").decode()
        values = (command, manifest, endpoint, version, self.clock.wall())
        sql = "INSERT INTO runs (command, manifest, endpoint, version, began) VALUES (?, ?, ?, ?, ?)"
        number = self._execute(sql, values).lastrowid
        assert number is not None
        return number

    def end(self, run: int, exit_code: int) -> None:
        """Note how a run ended."""
        self._execute(
            "UPDATE runs SET ended = ?, exit_code = ? WHERE id = ?", (self.clock.wall(), exit_code, run)
        )

    def plan(self, run: int, identities: Iterable[Identity]) -> None:
        """Make each entry part of ``run``, planned if it is new; one that was rejected before is
        planned again (its request was refused, so nothing can double). Call inside a transaction."""
        for position, identity in enumerate(identities):
            known = self._known(identity)
            entry_id = self._insert(identity) if known is None else self._again(known, identity)
            sql = "INSERT OR IGNORE INTO run_entries (run_id, position, entry_id) VALUES (?, ?, ?)"
            self._execute(sql, (run, position, entry_id))

    def plan_again(self, run: int, rows: Sequence[Row]) -> None:
        """Make failed and rejected entries part of ``run``, planned. What a failed one's task was is
        remembered, so that nobody takes it for the next. Call inside a transaction."""
        numbers = [(run, position, row.id) for position, row in enumerate(rows)]
        self._executemany("INSERT INTO run_entries (run_id, position, entry_id) VALUES (?, ?, ?)", numbers)
        self._move_all(rows, "planned")

    def state_of(self, identity: Identity) -> str | None:
        """Return the state of an entry, None if the ledger does not know it."""
        known = self._known(identity)
        return known.state if known else None

    def etags(self, row: Row) -> tuple[str | None, str | None]:
        """Return the ETags of an entry's object and transcription, None where they are not known."""
        sql = "SELECT object_etag, transcription_etag FROM entries WHERE id = ?"
        video, transcription = self._execute(sql, (row.id,)).fetchone()
        return video, transcription

    def indexes_to_send(self, run: int) -> list[str]:
        """Return the distinct indexes of what ``run`` has yet to send."""
        sql = f"SELECT DISTINCT e.index_id FROM entries e {OF_RUN} WHERE e.state = 'planned' ORDER BY 1"
        return [index_id for (index_id,) in self._execute(sql, (run,))]

    def with_transcription(self, run: int, index_id: str) -> int:
        """Return how many entries of ``run`` for an index have a transcription."""
        sql = f"SELECT count(e.transcription) FROM entries e {OF_RUN} WHERE e.index_id = ?"
        count: int = self._execute(sql, (run, index_id)).fetchone()[0]
        return count

    # Sending

    def planned(self, run: int, after: int, size: int) -> tuple[list[Row], int]:
        """Return up to ``size`` planned entries of ``run`` behind position ``after``, in the manifest's
        order, and the position of the last. Entries that share index and file name with an unknown
        one are left out: once they are sent, nothing can settle it any more."""
        sql = (
            f"{_row_and('r.position')} {OF_RUN} WHERE e.state = 'planned' AND r.position > ? AND NOT EXISTS"
            " (SELECT 1 FROM entries u WHERE u.endpoint = e.endpoint AND u.index_id = e.index_id"
            " AND u.name = e.name AND u.state = 'unknown')"
        )
        found = self._execute(f"{sql} ORDER BY r.position LIMIT ?", (run, after, size)).fetchall()
        return [as_row(values[:-1]) for values in found], found[-1][-1] if found else after

    def names_waiting(self, endpoint: str, rows: Iterable[Row]) -> bool:
        """Tell whether an accepted entry that has no task yet shares index and file name with ``rows``."""
        sql = "SELECT 1 FROM entries WHERE endpoint = ? AND index_id = ? AND name = ? AND state = 'accepted'"
        return any(self._execute(sql, (endpoint, row.index_id, row.name)).fetchone() for row in rows)

    def intend(self, run: int, rows: Sequence[Row], since: float) -> tuple[int, list[Event]]:
        """Commit that ``rows`` are about to be sent as one request: from here to ``settle`` a crash
        leaves them ``sending``. ``since`` is now by the platform's clock."""
        digest = hashlib.sha256("".join(sorted(row.digest for row in rows)).encode()).hexdigest()
        with self.transaction():
            batch = self._execute(
                "INSERT INTO batches (run_id, digest, size, since, intent_wall, intent_tick, intent_boot)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (run, digest, len(rows), since, *self.clock.now()),
            ).lastrowid
            assert batch is not None
            self._attempt(batch, "intent", None, None, None)
            events = self._move_all([row._replace(batch_id=batch) for row in rows], "sending")
        return batch, events

    def settle(
        self,
        batch: int,
        outcome: Outcome,
        message: str | None = None,
        *,
        http_status: int | None = None,
        code: str | None = None,
        task_id: str | None = None,
        ended: bool = False,
    ) -> list[Event]:
        """Commit what became of a request, for every entry in it; ``task_id`` where the answer told it.
        ``ended`` says that an answer is lost because our own process ended, not for want of one."""
        with self.transaction():
            self._attempt(batch, outcome, http_status, code, message)
            rows = list(
                self._rows(f"{ROW} WHERE e.batch_id = ? AND e.state = 'sending' ORDER BY e.id", (batch,))
            )
            rows = [row._replace(task_id=task_id) for row in rows]
            if outcome == "lost" and not ended:
                rows = [row._replace(losses=row.losses + 1) for row in rows]
            return self._move_all(rows, _STATE_AFTER[outcome], message)

    def recover(self) -> list[Event]:
        """Turn what a dead process left ``sending`` into ``unknown``. We hold the lock, so nobody sends."""
        message = "the process that sent it ended before it noted the answer"
        batches = self._execute("SELECT DISTINCT batch_id FROM entries WHERE state = 'sending'").fetchall()
        return [event for (batch,) in batches for event in self.settle(batch, "lost", message, ended=True)]

    # Following

    def open_rows(self, endpoint: str, run: int | None = None) -> list[Row]:
        """Return the entries at ``endpoint`` that are neither planned nor at an end; of ``run`` where
        it is given, with whoever shares index and file name with an entry that has no task yet."""
        state = f"e.endpoint = ? AND e.state IN {OPEN}"
        if run is None:
            return list(self._rows(f"{ROW} WHERE {state} ORDER BY e.id", (endpoint,)))
        with_task = f"{ROW} {OF_RUN} WHERE {state} AND e.task_id IS NOT NULL"
        names = f"SELECT e.index_id, e.name FROM entries e {OF_RUN} WHERE {state} AND e.task_id IS NULL"
        without = f"{ROW} WHERE {state} AND e.task_id IS NULL AND (e.index_id, e.name) IN ({names})"
        rows = [*self._rows(with_task, (run, endpoint)), *self._rows(without, (endpoint, run, endpoint))]
        return sorted(rows, key=lambda row: row.id)

    def taken(self, endpoint: str, task_ids: Sequence[str]) -> set[str]:
        """Return those of ``task_ids`` that some entry has, or had before it was sent anew."""
        found: set[str] = set()
        for start in range(0, len(task_ids), 500):
            part = task_ids[start : start + 500]
            marks = ", ".join("?" * len(part))
            for table in ("entries", "retired_tasks"):
                sql = f"SELECT task_id FROM {table} WHERE endpoint = ? AND task_id IN ({marks})"
                found.update(task_id for (task_id,) in self._execute(sql, (endpoint, *part)))
        return found

    def move(self, row: Row, to: str, *, message: str | None = None, task: Task | None = None) -> Event:
        """Bring an entry from the state in ``row`` to ``to``, with its task where there is one, and
        note the event. Call inside a transaction. Raises ``LedgerError`` for a way that is not open."""
        if task is not None:
            row = row._replace(task_id=task.id, status=task.status)
        return self._move_all([row], to, message)[0]

    def looked(self, row: Row, *, absent: bool) -> None:
        """Note what a listing showed of an unknown entry: absence counts from the first look that
        found nothing, and starts anew when something is seen. Call inside a transaction."""
        sql = "UPDATE entries SET looks = ?, looked_wall = ?, looked_tick = ?, looked_boot = ? WHERE id = ?"
        self._execute(sql, (int(absent), *self.clock.now(), row.id))

    # What the rest is made of

    def _known(self, identity: Identity) -> _Known | None:
        columns = "SELECT id, state, object_etag, transcription_etag FROM entries WHERE"
        exact = self._execute(f"{columns} digest = ?", (identity.digest,)).fetchone()
        if exact:
            return _Known(*exact)
        # an ETag known on one side only (the build's report came or went) makes no other entry
        entry = identity.entry
        same = self._execute(
            f"{columns} endpoint = ?1 AND index_id = ?2 AND object = ?3 AND language = ?4"
            " AND transcription IS ?5 AND (object_etag IS NULL OR ?6 IS NULL OR object_etag = ?6)"
            " AND (transcription_etag IS NULL OR ?7 IS NULL OR transcription_etag = ?7)"
            " ORDER BY id DESC LIMIT 1",
            (
                *(identity.endpoint, entry.index_id, entry.object, entry.language, entry.transcription),
                *(identity.object_etag, identity.transcription_etag),
            ),
        ).fetchone()
        return _Known(*same) if same else None

    def _again(self, known: _Known, identity: Identity) -> int:
        """Plan what is known: keep ETags that the first submission lacked, so that a later change
        of the file shows; plan what was rejected once more."""
        full = identity._replace(
            object_etag=known.object_etag or identity.object_etag,
            transcription_etag=known.transcription_etag or identity.transcription_etag,
        )
        if full[2:] != known[2:]:
            self._execute(
                "UPDATE OR IGNORE entries SET digest = ?, object_etag = ?, transcription_etag = ?"
                " WHERE id = ?",
                (full.digest, *full[2:], known.id),
            )
        if known.state == "rejected":
            self.move(self._row(known.id), "planned")
        return known.id

    def _insert(self, identity: Identity) -> int:
        entry, now = identity.entry, self.clock.wall()
        number = self._execute(
            "INSERT INTO entries (digest, endpoint, index_id, language, object, object_etag, transcription,"
            " transcription_etag, name, state, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'planned', ?)",
            (
                *(identity.digest, identity.endpoint, entry.index_id, entry.language, entry.object),
                *(identity.object_etag, entry.transcription, identity.transcription_etag),
                *(base_name(entry.object), now),
            ),
        ).lastrowid
        assert number is not None
        self._execute(_NOTE, (number, None, now, "planned", None, None, None))
        return number

    def _attempt(
        self, batch: int, outcome: str, http_status: int | None, code: str | None, message: str | None
    ) -> None:
        self._execute(
            "INSERT INTO attempts (batch_id, time, outcome, http_status, code, message)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (batch, self.clock.wall(), outcome, http_status, code, message),
        )

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
        self._executemany(
            _NOTE, [(row.id, row.batch_id, now, to, row.status, row.task_id, message) for row in rows]
        )
        time, event = rfc3339(now), EVENTS[to]
        return [
            Event(time, event, row.object, row.index_id, row.task_id, row.status, message) for row in rows
        ]

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


def _row_and(column: str) -> str:
    head, _, tail = ROW.rpartition("\nFROM")
    return f"{head}, {column}\nFROM{tail}"
