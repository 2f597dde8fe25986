"""The ledger itself: every change of state is one committed transaction with its event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from s3transfer_tl.ledger import file
from s3transfer_tl.ledger.clock import Clock
from s3transfer_tl.ledger.database import ROW
from s3transfer_tl.ledger.planning import Planning
from s3transfer_tl.ledger.states import Event, Moved, Ready, Row
from s3transfer_tl.ledger.telling import OF_RUN, OPEN, Choice, afoot

Outcome = Literal["accepted", "rejected", "refused", "lost"]
_STATE_AFTER = {"accepted": "accepted", "rejected": "rejected", "refused": "planned", "lost": "unknown"}


class Ledger(Planning):
    """What was sent, kept on disk before and after each request. One process at a time may write.

    ``open`` raises ``LedgerBusy``, ``NothingToDo`` or ``LedgerError``; every method raises
    ``LedgerError`` where the file can no longer be read or written.
    """

    @classmethod
    def open(cls, path: Path, *, clock: Clock | None = None, read_only: bool = False) -> Ledger:
        """Open the ledger; for writing, hold it until ``close``. A reader never waits and never blocks."""
        try:
            path = path.expanduser().resolve()  # the lock stands beside the file, not beside a link to it
        except RuntimeError as error:  # links that lead to each other, or no home to expand to
            raise file.unusable(path, error) from error
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

    # Sending

    def planned(self, run: int, after: int, size: int) -> tuple[list[Ready], int]:
        """Return up to ``size`` planned entries of ``run`` behind position ``after``, in the manifest's
        order, and the position of the last. Entries that share index and file name with an unknown
        one are left out: once they are sent, nothing can settle it any more."""
        sql = (
            "SELECT r.position, e.id, e.digest, e.index_id, e.language, e.object, e.transcription, e.name"
            f" FROM entries e {OF_RUN} WHERE e.state = 'planned' AND r.position > ? AND NOT EXISTS"
            " (SELECT 1 FROM entries u WHERE u.endpoint = e.endpoint AND u.index_id = e.index_id"
            f" AND u.name = e.name AND u.state = 'unknown' AND {afoot('u.')}) ORDER BY r.position LIMIT ?"
        )
        found = self._execute(sql, (run, after, size)).fetchall()
        return [Ready._make(values[1:]) for values in found], found[-1][0] if found else after

    def names_waiting(self, endpoint: str, rows: Sequence[Ready | Row]) -> bool:
        """Tell whether an accepted entry that has no task yet shares index and file name with ``rows``."""
        # CROSS JOIN keeps SQLite from walking through everything that was accepted
        sql = (
            "SELECT 1 FROM entries e CROSS JOIN entries w ON w.endpoint = ? AND w.index_id = e.index_id"
            f" AND w.name = e.name AND w.state = 'accepted' AND {afoot('w.')}"
            " WHERE e.id IN (SELECT value FROM json_each(?)) LIMIT 1"
        )
        ids = json.dumps([row.id for row in rows])
        return self._execute(sql, (endpoint, ids)).fetchone() is not None

    def intend(self, run: int, rows: Sequence[Ready | Row], since: float) -> tuple[int, Moved]:
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
            moved = self._depart(batch, rows)
        return batch, moved

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
    ) -> Moved:
        """Commit what became of a request, for every entry in it; ``task_id`` where the answer told it.
        ``ended`` says that an answer is lost because our own process ended, not for want of one."""
        # a power cut that takes the note of a good answer leaves the intent: the platform's list tells then
        with self.transaction(durable=outcome != "accepted"):
            self._attempt(batch, outcome, http_status, code, message)
            lost = outcome == "lost" and not ended
            return self._arrive(batch, _STATE_AFTER[outcome], message, task_id=task_id, losses=int(lost))

    def recover(self) -> list[Event]:
        """Turn what a dead process left ``sending`` into ``unknown``. We hold the lock, so nobody sends."""
        message = "the process that sent it ended before it noted the answer"
        if not self.counts(Choice(states=("sending",))):
            return []
        # an intent and its outcome are noted with what they do to the entries: one alone is under way
        sql = "SELECT batch_id FROM attempts GROUP BY batch_id HAVING count(*) = 1 ORDER BY 1"
        batches = self._execute(sql).fetchall()
        return [event for (batch,) in batches for event in self.settle(batch, "lost", message, ended=True)]

    # Following

    def open_rows(self, endpoint: str, run: int | None = None) -> list[Row]:
        """Return the entries at ``endpoint`` that are neither planned nor at an end; of ``run`` where
        it is given, with whoever shares index and file name with an entry that has no task yet."""
        # the plus keeps SQLite from walking through everything at this endpoint
        state = f"+e.endpoint = ? AND e.state IN {OPEN} AND {afoot('e.')}"
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

    def looked(self, row: Row, *, absent: bool) -> None:
        """Note what a listing showed of an unknown entry: absence counts from the first look that
        found nothing, and starts anew when something is seen. Call inside a transaction."""
        sql = "UPDATE entries SET looks = ?, looked_wall = ?, looked_tick = ?, looked_boot = ? WHERE id = ?"
        self._execute(sql, (int(absent), *self.clock.now(), row.id))

    def _attempt(
        self, batch: int, outcome: str, http_status: int | None, code: str | None, message: str | None
    ) -> None:
        self._execute(
            "INSERT INTO attempts (batch_id, time, outcome, http_status, code, message)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (batch, self.clock.wall(), outcome, http_status, code, message),
        )
