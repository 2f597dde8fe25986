"""Follow what was sent: find its tasks in the platform's own list, and settle what is unknown (floor 4).

The platform answers a transfer without task ids (204, API reference v1.2), so entries and tasks are
brought together by index, file name and time. One listing of an index, newest first, serves every
entry of it: those that wait for a task, those whose task moves, and those whose outcome is unknown.
``sight`` reads the list, ``judging`` says what it makes of the entries, here it is asked again in time.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from s3transfer_tl.errors import PlatformError, RemoteError
from s3transfer_tl.follow.judging import ENDS, Pace, judge
from s3transfer_tl.follow.sight import Sight, see
from s3transfer_tl.ledger import Choice, Event, Ledger, Row
from s3transfer_tl.model import Task
from s3transfer_tl.report.text import counted
from s3transfer_tl.twelvelabs import Client, seconds_of, unknown_id

__all__ = ["Follower", "Pace", "Resend"]

Resend = Callable[[], Iterable[Event]]

_USUAL = Pace()
_PATIENCE = 10  # looks in a row that may fail before a wait gives up


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
        pace: Pace = _USUAL,
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
                sight = see(self._ledger, self._client, index_id, rows)
            except PlatformError as error:
                if not unknown_id(error):
                    raise
                self._gone[index_id] = error
                if index_id not in known:
                    self._tell(f"index {index_id}: {error.message}")
                continue
            self._note_due(rows, sight)
            with self._ledger.transaction():
                events = list(judge(self._ledger, rows, sight, self._pace))
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
            sight = see(self._ledger, self._client, index_id, rows) if rows else Sight()
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

    def _note_due(self, rows: Sequence[Row], sight: Sight) -> None:
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


def _due(task: Task, now: float) -> float | None:
    """Return when the task should end by its own words, None where it has none."""
    return now + task.remaining if task.remaining else seconds_of(task.estimated_time or "")
