"""Settle what the platform's list cannot settle: by somebody's word, entry by entry (floor 4)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from s3transfer_tl.errors import NothingToDo, PlatformError, UsageError
from s3transfer_tl.ledger import Choice, Event, Ledger, Row
from s3transfer_tl.twelvelabs import Client, unknown_id

OPEN = ("unknown", "held")
_CANDIDATES = "`s3transfer-tl resolve` lists the tasks that it might be"


def doubtful(ledger: Ledger, objects: Collection[str] = ()) -> list[Row]:
    """Return the entries of unknown outcome, all or those of ``objects``.

    Raises ``NothingToDo`` where there is none, ``UsageError`` for an object that is none of them.
    """
    rows = list(ledger.chosen(Choice(states=OPEN)))
    if not rows:
        raise NothingToDo(
            "no entry is of unknown outcome", "see `s3transfer-tl status` for where each stands"
        )
    wanted, there = frozenset(objects), {row.object for row in rows}
    if others := sorted(wanted - there):
        raise UsageError(
            f"{others[0]} is no entry of unknown outcome",
            "name objects that `s3transfer-tl status --state unknown --state held` shows",
        )
    return [row for row in rows if not wanted or row.object in wanted]


def by_word(ledger: Ledger, rows: Collection[Row], word: Literal["accepted", "absent"]) -> list[Event]:
    """Settle entries by somebody's word: ``accepted`` says that the platform has them (nothing is sent
    again, and no task need ever show it), ``absent`` that it has not (the next submit sends them)."""
    with ledger.transaction():
        if word == "absent":
            return [ledger.move(row, "planned", message="absent, by your word") for row in rows]
        sure = [row._replace(vouched=1) for row in rows]
        return [ledger.move(row, "accepted", message="accepted, by your word") for row in sure]


def by_task(ledger: Ledger, client: Client, rows: Collection[Row], task_id: str) -> list[Event]:
    """Give the one entry in ``rows`` the task that somebody names.

    Raises ``UsageError`` where there are more entries, or the task is of another index, or taken.
    """
    if len(rows) != 1:
        raise UsageError(
            f"--task names one task, but {len(rows)} entries are meant", "name one object with it"
        )
    (row,) = rows
    try:
        task = client.task(task_id)
    except PlatformError as error:
        if not unknown_id(error):
            raise
        raise UsageError(
            f"the platform has no task {task_id}", "`s3transfer-tl resolve` lists candidates"
        ) from None
    if task.index_id != row.index_id:
        raise UsageError(
            f"task {task_id} is in index {task.index_id}, the entry goes to {row.index_id}",
            _CANDIDATES,
        )
    if ledger.taken(client.endpoint, [task_id]):
        raise UsageError(f"task {task_id} is another entry's", "see `s3transfer-tl status`")
    with ledger.transaction():
        return [ledger.move(row, "accepted", task=task, message="its task, by your word")]
