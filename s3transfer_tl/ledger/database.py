"""The ledger's statements and transactions: every trouble with the file leaves as a sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import filelock

from s3transfer_tl.ledger import file
from s3transfer_tl.ledger.clock import Instant
from s3transfer_tl.ledger.states import Row

# The columns of a Row, with those of its batch; `as_row` reads them in this order.
ROW = """
SELECT e.id, e.digest, e.index_id, e.language, e.object, e.transcription, e.state, e.status, e.task_id,
  e.message, e.name, e.batch_id, b.since, b.intent_wall, b.intent_tick, b.intent_boot,
  e.looks, e.looked_wall, e.looked_tick, e.looked_boot, e.updated,
  e.losses, e.vouched
FROM entries e LEFT JOIN batches b ON b.id = e.batch_id
"""


class Database:
    """An open ledger file, with the lock of whoever may write. The only lines that touch SQLite."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, held: filelock.BaseFileLock | None
    ) -> None:
        self.path = path
        self._connection = connection
        self._held = held

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let the next process in."""
        self._connection.close()
        if self._held is not None:
            self._held.release()

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Commit everything inside at once, or nothing of it. What is ``durable`` is on the disk then; else
        the death of the process cannot harm it, but a power cut before the next durable one can. Inside of
        another transaction it is a part of that one."""
        if self._connection.in_transaction:
            yield
        elif durable:
            yield from self._committed()
        else:
            self._execute("PRAGMA synchronous = NORMAL")
            try:
                yield from self._committed()
            finally:
                self._execute("PRAGMA synchronous = FULL")

    def _committed(self) -> Iterator[None]:
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
            self._execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have rolled back by itself
                self._connection.rollback()
            raise

    def _rows(self, sql: str, values: Sequence[Any]) -> Iterator[Row]:
        return map(as_row, self._each(sql, values))

    def _each(self, sql: str, values: Sequence[Any]) -> Iterator[Any]:
        try:
            yield from self._connection.execute(sql, values)
        except sqlite3.Error as error:
            raise file.unusable(self.path, error) from error

    def _execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except sqlite3.Error as error:
            raise file.unusable(self.path, error) from error

    def _executemany(self, sql: str, values: Sequence[Sequence[Any]]) -> int:
        try:
            return self._connection.executemany(sql, values).rowcount
        except sqlite3.Error as error:
            raise file.unusable(self.path, error) from error


def as_row(values: Sequence[Any]) -> Row:
    """Make a Row of the columns of ``ROW``: three readings of a clock are one Instant."""
    intent = Instant(*values[13:16]) if values[13] is not None else None
    looked = Instant(*values[17:20]) if values[17] is not None else None
    return Row(*[*values[:13], intent, values[16], looked, *values[20:]])
