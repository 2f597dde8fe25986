"""What the platform's list shows of the tasks of one index."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from s3transfer_tl.errors import PlatformError
from s3transfer_tl.ledger import Ledger, Row, base_name
from s3transfer_tl.model import Task
from s3transfer_tl.twelvelabs import Client, unknown_id

# Between the clocks: a Date header is whole seconds, a task's time may be too.
MARGIN = 3.0
# Up to so many open tasks of an index are asked for one by one instead of by a listing.
_FEW = 5


@dataclass(slots=True)
class Sight:
    """What one listing of an index showed: tasks of ours (None: the platform no longer knows it),
    tasks that nobody has yet (by file name, oldest first), and tasks that do not tell their name yet."""

    ours: dict[str, Task | None] = field(default_factory=dict)
    free: dict[str, list[Task]] = field(default_factory=lambda: defaultdict(list))
    nameless: list[Task] = field(default_factory=list)


def see(ledger: Ledger, client: Client, index_id: str, rows: Sequence[Row]) -> Sight:
    """Return what the platform shows of ``rows``, entries of one index. Raises ``PlatformError``."""
    wanted = {row.task_id for row in rows if row.task_id}
    if len(wanted) == len(rows) <= _FEW:
        return Sight({task_id: _ask(client, task_id) for task_id in wanted})
    sight, found = Sight(), []
    # a held entry waits for somebody's word; it must not make every listing reach back to it
    moving = [row for row in rows if row.state != "held"] or rows
    since = min(row.since for row in moving if row.since is not None) - MARGIN
    for task in client.tasks(index_id=index_id, created_at=since):
        if task.id in wanted:
            sight.ours[task.id] = task
            if len(sight.ours) == len(rows):
                break  # nobody waits for anything older
        else:
            found.append(task)
    taken = ledger.taken(client.endpoint, [task.id for task in found])
    for task in reversed(found):  # oldest first
        if task.id not in taken:
            _place(sight, task)
    for task_id in itertools.islice(sorted(wanted - sight.ours.keys()), _FEW):
        sight.ours[task_id] = _ask(client, task_id)
    return sight


def _place(sight: Sight, task: Task) -> None:
    if task.filename:
        sight.free[base_name(task.filename)].append(task)
    else:
        sight.nameless.append(task)


def _ask(client: Client, task_id: str) -> Task | None:
    try:
        return client.task(task_id)
    except PlatformError as error:
        if not unknown_id(error):
            raise
        return None
