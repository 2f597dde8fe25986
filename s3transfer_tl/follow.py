"""Follow what was sent: find its tasks in the platform's own list, and settle what is unknown (floor 4).

The platform answers a transfer without task ids (204, API reference v1.2), so entries and tasks are
brought together by index, file name and time. One listing of an index, newest first, serves every
entry of it: those that wait for a task, those whose task moves, and those whose outcome is unknown.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from s3transfer_tl.errors import PlatformError, RemoteError
from s3transfer_tl.ledger import Choice, Event, Ledger, Row, base_name
from s3transfer_tl.model import Task
from s3transfer_tl.report.text import counted
from s3transfer_tl.twelvelabs import Client, seconds_of, unknown_id

Resend = Callable[[], Iterable[Event]]

ENDS = ("ready", "failed")
# Between the clocks: a Date header is whole seconds, a task's time may be too.
MARGIN = 3.0
# Up to so many open tasks of an index are asked for one by one instead of by a listing.
_FEW = 5
_GONE = "the platform no longer knows the task"
_NO_REASON = "the platform failed the task; it gives no reason"
_SENDS = 3  # lost answers to the same entry, all of them absent from the list, that are enough
_PATIENCE = 10  # looks in a row that may fail before a wait gives up


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


@dataclass(slots=True)
class _Sight:
    """What one listing of an index showed: tasks of ours (None: the platform no longer knows it),
    tasks that nobody has yet (by file name, oldest first), and tasks that do not tell their name yet."""

    ours: dict[str, Task | None] = field(default_factory=dict)
    free: dict[str, list[Task]] = field(default_factory=lambda: defaultdict(list))
    nameless: list[Task] = field(default_factory=list)


class Follower:
    """Follows the entries of ``run``, or with None all at this platform. ``tell`` is given sentences
    for people. Raises ``PlatformError`` where the platform cannot be asked; the ledger holds what is
    known by then."""

    def __init__(
        self,
        ledger: Ledger,
        client: Client,
        run: int | None,
        *,
        pace: Pace = Pace(),
        tell: Callable[[str], object] = lambda text: None,
    ) -> None:
        self._ledger, self._client, self._run, self._pace, self._tell = ledger, client, run, pace, tell
        self._gone: dict[str, PlatformError] = {}  # indexes that the last look found unknown
        self._blind = False  # nothing can move outside of these
        # entry to the epoch seconds, by the platform's clock, at which it says that the task will end
        self.due: dict[int, float] = {}

    def look(self, *, only_without_task: bool = False) -> Iterator[Event]:
        """Ask once about every open entry and yield what moved.

        ``only_without_task`` leaves out entries whose task is known: the listing then reaches back
        no further than the last requests. An index that the platform no longer knows is told, once,
        and passed over.
        """
        known, self._gone, self._blind = self._gone, {}, False
        by_index: dict[str, list[Row]] = defaultdict(list)
        for row in self._ledger.open_rows(self._client.endpoint, self._run):
            # what somebody vouched for takes no task: it may have none, and others of its name need theirs
            if not (row.vouched and row.task_id is None) and not (only_without_task and row.task_id):
                by_index[row.index_id].append(row)
        for index_id, rows in by_index.items():
            try:
                sight = _see(self._ledger, self._client, index_id, rows)
            except PlatformError as error:
                if not unknown_id(error):
                    raise
                self._gone[index_id] = error
                if index_id not in known:
                    self._tell(f"index {index_id}: {error.message}")
                continue
            self._note_due(rows, sight)
            with self._ledger.transaction():
                events = list(_judge(self._ledger, rows, sight, self._pace))
            yield from events
        seen = (rows for index_id, rows in by_index.items() if index_id not in self._gone)
        held = all(row.state == "held" for row in itertools.chain.from_iterable(seen))
        self._blind = bool(self._gone) and held

    def candidates(self) -> Iterator[tuple[Row, list[Task]]]:
        """Yield each entry that waits for somebody's word, with the tasks that nobody has and that it might
        be: the same index and file name, made since it was sent."""
        open_rows = self._ledger.open_rows(self._client.endpoint, self._run)
        by_index = itertools.groupby(
            sorted(open_rows, key=lambda row: row.index_id), lambda row: row.index_id
        )
        for index_id, group in by_index:
            rows = [row for row in group if row.state == "held"]
            sight = _see(self._ledger, self._client, index_id, rows) if rows else _Sight()
            yield from ((row, sight.free.get(row.name, [])) for row in rows)

    def until_known(self) -> Iterator[Event]:
        """Look again and again until no outcome is unknown: each entry is found, absent (planned) or held.
        Raises as ``until_done``."""

        def unknown() -> int:
            return self._ledger.summary(self._run).get("unknown", 0)

        yield from self._until(lambda: (), unknown, only_without_task=True)

    def until_done(self, resend: Resend) -> Iterator[Event]:
        """Look again and again until every entry is ready, failed, rejected or held.

        ``resend`` is called after each look and sends what turned out never to have arrived. Raises
        ``RemoteError`` at the time limit, and ``PlatformError`` when the platform refuses, or ten
        times in a row gives no answer or knows none of the indexes that are left.
        """

        def moving() -> int:
            return self._ledger.waiting(Choice(self._run))

        yield from self._until(resend, moving, only_without_task=False)

    def _until(self, resend: Resend, left: Callable[[], int], *, only_without_task: bool) -> Iterator[Event]:
        clock = self._ledger.clock
        began, failures = clock.now(), 0
        while True:
            try:
                yield from self.look(only_without_task=only_without_task)
                failures = failures + 1 if self._blind else 0
            except PlatformError as error:
                failures += 1
                if 400 <= error.status < 500 or failures == _PATIENCE:
                    raise
                self._tell(f"{error.message}; looking again")
            if self._blind and failures == _PATIENCE:
                raise next(iter(self._gone.values()))
            yield from resend()
            waiting = left()
            if not waiting:
                return
            clock.sleep(self._pause(began.elapsed(clock.now()), waiting))

    def _note_due(self, rows: Sequence[Row], sight: _Sight) -> None:
        now = self._client.now()
        for row in rows:
            task = sight.ours.get(row.task_id or "")
            due = _due(task, now) if task and task.status not in ENDS else None
            self.due.pop(row.id, None)
            if due is not None and due > now:
                self.due[row.id] = due

    def settle(self, resend: Resend) -> Iterator[Event]:
        """Look once for the tasks of what was just sent, and settle what is unknown as far as that
        needs no wait that is worth mentioning."""
        yield from self.look(only_without_task=True)
        while (due := self._due()) is not None and due <= self._pace.gap:
            self._ledger.clock.sleep(due)
            yield from self.look(only_without_task=True)
            yield from resend()
        if due is not None:
            self._tell(f"what is unknown can be settled in {due:.0f} s: submit again then, or with --wait")

    def _pause(self, spent: float, waiting: int) -> float:
        limit = self._pace.time_limit
        if limit is None:
            return self._pace.poll
        if spent >= limit:
            raise RemoteError(
                f"the time limit of {limit:g} s is over; "
                f"{counted(waiting, 'entry is', 'entries are')} not at an end",
                "look later with status --refresh, or submit the manifest again with --wait: "
                "nothing is sent twice",
            )
        return min(self._pace.poll, limit - spent)

    def _due(self) -> float | None:
        """Return in how many seconds a look can settle an unknown entry, None where no look can:
        nothing is unknown, or something is in the way that time does not remove."""
        now, pace = self._ledger.clock.now(), self._pace
        waits = [
            max(pace.quiet_period - row.intent.elapsed(now), pace.gap - row.looked.elapsed(now), 0.0)
            for row in self._ledger.rows(self._run, "unknown")
            if row.intent and row.looked and row.looks
        ]
        return min(waits, default=None)


def _see(ledger: Ledger, client: Client, index_id: str, rows: Sequence[Row]) -> _Sight:
    wanted = {row.task_id for row in rows if row.task_id}
    if len(wanted) == len(rows) <= _FEW:
        return _Sight({task_id: _ask(client, task_id) for task_id in wanted})
    sight, found = _Sight(), []
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


def _place(sight: _Sight, task: Task) -> None:
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


def _judge(ledger: Ledger, rows: Sequence[Row], sight: _Sight, pace: Pace) -> Iterator[Event]:
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


def _due(task: Task, now: float) -> float | None:
    """Return when the task should end by its own words, None where it has none."""
    return now + task.remaining if task.remaining else seconds_of(task.estimated_time or "")


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
