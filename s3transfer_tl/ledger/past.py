"""What happened, in order: the record of a run, the moves of its entries, the requests that went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from s3transfer_tl.ledger.database import Database


class Record(NamedTuple):
    """What is noted of a run, the last one of a ledger where all are asked for; times in epoch seconds.
    ``ended`` and ``exit_code`` are None for one that did not come to its end."""

    number: int
    command: str
    source: str
    endpoint: str
    version: str
    began: float
    ended: float | None
    exit_code: int | None


class Trouble(NamedTuple):
    """A request that was not accepted: when, what became of it, the entries it carried, and the words of
    whoever refused it."""

    time: float
    outcome: str
    entries: int
    http_status: int | None
    code: str | None
    message: str | None


class Past(Database):
    """The part of the ledger that looks back. ``run`` None is all runs together."""

    def record(self, run: int | None = None) -> Record | None:
        """Return what is noted of ``run``, None where there is no such run."""
        sql = "SELECT id, command, manifest, endpoint, version, began, ended, exit_code FROM runs"
        which = f"{sql} WHERE id = ifnull(?, id) ORDER BY id DESC LIMIT 1"
        found = self._execute(which, (run,)).fetchone()
        return Record._make(found) if found else None

    def span(self, run: int | None = None) -> tuple[float, float] | None:
        """Return the times of the first and the last move, from the run's beginning on; None without any."""
        sql = (
            f"SELECT min(v.time), max(v.time) FROM {'events' if run is None else 'moves'} v {_of(run)}"
            " WHERE v.time >= ifnull((SELECT began FROM runs WHERE id = ?), v.time)"
        )
        begin, end = self._execute(sql, (*_values(run), run)).fetchone()
        return None if begin is None else (begin, end)

    def moves(self, run: int | None = None) -> Iterator[tuple[float, int, str]]:
        """Yield every move of the entries of ``run``, before it too: time, entry and new state."""
        sql = f"SELECT v.time, v.entry_id, v.state FROM moves v {_of(run)} ORDER BY v.id, v.entry_id"
        yield from self._each(sql, _values(run))

    def troubles(self, run: int | None = None) -> Iterator[Trouble]:
        """Yield the requests of ``run`` that were not accepted, in order."""
        sql = (
            "SELECT a.time, a.outcome, b.size, a.http_status, a.code, a.message"
            " FROM attempts a JOIN batches b ON b.id = a.batch_id"
            " WHERE b.run_id = ifnull(?, b.run_id) AND a.outcome IN ('rejected', 'refused', 'lost')"
            " ORDER BY a.id"
        )
        yield from map(Trouble._make, self._each(sql, (run,)))


def _of(run: int | None) -> str:
    return "" if run is None else "JOIN run_entries r ON r.entry_id = v.entry_id AND r.run_id = ?"


def _values(run: int | None) -> tuple[int, ...]:
    return () if run is None else (run,)
