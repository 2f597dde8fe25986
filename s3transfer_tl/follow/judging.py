"""What a listing makes of entries: which task is whose, and what became of those that show none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from s3transfer_tl.follow.sight import MARGIN, Sight
from s3transfer_tl.ledger import Event, Ledger, Row
from s3transfer_tl.model import Task
from s3transfer_tl.report.text import counted
from s3transfer_tl.twelvelabs import seconds_of

ENDS = ("ready", "failed")
_GONE = "the platform no longer knows the task"
_NO_REASON = "the platform failed the task; it gives no reason"
_SENDS = 3  # lost answers to the same entry, all of them absent from the list, that are enough


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait for what, in seconds. ``quiet_period`` is how long after its intent an
    unknown entry must stay absent from two listings before it may be sent again."""

    quiet_period: float = 60.0
    poll: float = 5.0
    time_limit: float | None = None

    @property
    def gap(self) -> float:
        """The least time between two listings that count as two."""
        return min(5.0, self.quiet_period / 12)


def judge(ledger: Ledger, rows: Sequence[Row], sight: Sight, pace: Pace) -> Iterator[Event]:
    """Move the entries of one index to where the platform shows them; call inside a transaction."""
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.task_id is None:
            by_name[row.name].append(row)
        elif row.task_id in sight.ours:
            yield from _progress(ledger, row, sight.ours[row.task_id])
    for name, group in by_name.items():
        group.sort(key=lambda row: (row.since or 0.0, row.id))
        yield from _pair(ledger, group, sight.free.get(name, []), sight.nameless, pace)


def _pair(
    ledger: Ledger, rows: list[Row], tasks: list[Task], nameless: list[Task], pace: Pace
) -> Iterator[Event]:
    """Bring the entries of one index and file name together with the tasks of that name.

    Accepted entries take tasks in the order they were sent; the name is all that tells them apart.
    Unknown ones are judged by count: as many tasks as entries: all were accepted; none: all absent;
    some: nobody can say which.
    """
    doubtful = [row for row in rows if row.state in ("unknown", "held")]
    if doubtful:
        first = min(row.since or 0.0 for row in doubtful) - MARGIN
        older = [task for task in tasks if _made(task) < first]
    else:
        older = tasks
    sure = [row for row in rows if row.state == "accepted"]
    for row, task in zip(sure, older, strict=False):
        yield from _take(ledger, row, task)
    sure = sure[len(older) :]
    if not doubtful:
        yield from _miss(ledger, sure, nameless, pace)
        return
    recent = [task for task in tasks if _made(task) >= first]
    if len(recent) >= len(sure) + len(doubtful):
        for row, task in zip([*sure, *doubtful], recent, strict=False):
            yield from _take(ledger, row, task)
        return
    blur = f"{counted(len(recent), 'task')} for {len(sure) + len(doubtful)} entries" if recent else None
    if nameless and not blur:
        blur = "tasks without a file name"
    naming = any(task.status not in ENDS for task in nameless)  # one of them may get this name yet
    for row in doubtful:
        if row.state == "unknown":
            yield from _doubt(ledger, row, blur, pace, may_clear_up=naming)


def _made(task: Task) -> float:
    """Return when the task was made; one that does not say counts as new."""
    made = seconds_of(task.created_at)
    return float("inf") if made is None else made


def _take(ledger: Ledger, row: Row, task: Task) -> Iterator[Event]:
    if row.state != "accepted":
        yield ledger.move(row, "accepted", task=task)
        row = row._replace(state="accepted", task_id=task.id, status=task.status)
    yield from _progress(ledger, row, task)


def _progress(ledger: Ledger, row: Row, task: Task | None) -> Iterator[Event]:
    if task is None:
        yield ledger.move(row._replace(status="failed"), "failed", message=_GONE)
        return
    # a status that nobody knows is shown and waited on
    state = task.status if task.status in ENDS else "indexing"
    if (state, task.status) != (row.state, row.status):
        yield ledger.move(row, state, task=task, message=_NO_REASON if state == "failed" else None)


def _miss(ledger: Ledger, rows: Iterable[Row], nameless: list[Task], pace: Pace) -> Iterator[Event]:
    """Hold accepted entries for which no task ever appears: waiting for them would never end."""
    for row in rows:
        if nameless or not _twice(ledger, row, pace):
            continue
        yield ledger.move(
            row,
            "held",
            message="the platform accepted it, but lists no task for it; it may have had the video before",
        )


def _doubt(ledger: Ledger, row: Row, blur: str | None, pace: Pace, *, may_clear_up: bool) -> Iterator[Event]:
    """Judge an unknown entry whose task is not plainly there; ``blur`` is what may or may not be it."""
    assert row.intent is not None
    if blur:
        ledger.looked(row, absent=False)
        if not may_clear_up and row.intent.elapsed(ledger.clock.now()) >= pace.quiet_period:
            yield ledger.move(row, "held", message=f"the platform lists {blur}, looking for {row.name}")
    elif _twice(ledger, row, pace):
        to = "planned" if row.losses < _SENDS else "rejected"
        told = f"sent {row.losses} times and never taken; at last: {row.message}"
        absent = "absent from two listings of the platform"
        yield ledger.move(row, to, message=absent if to == "planned" else told)


def _twice(ledger: Ledger, row: Row, pace: Pace) -> bool:
    """Note that a listing does not show ``row``; tell whether two have not, and the quiet period is over."""
    now = ledger.clock.now()
    assert row.intent is not None
    if not row.looks or row.looked is None:
        ledger.looked(row, absent=True)
        return False
    return row.intent.elapsed(now) >= pace.quiet_period and row.looked.elapsed(now) >= pace.gap
