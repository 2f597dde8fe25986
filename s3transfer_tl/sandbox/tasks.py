"""The tasks of the sandbox: kept by id, index and file name, moving on a scripted clock.

A task's status is computed from its age whenever someone asks, so a hundred thousand tasks cost
no thread and no timer.
"""

from __future__ import annotations

import bisect
import itertools
import math
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

# Platform seconds in each status before the last one. The platform promises no times (docs:
# "minutes"); this order is that of the task object's page, with `queued` as late v1.2 has it.
SCRIPT = (("validating", 20.0), ("pending", 20.0), ("queued", 20.0), ("indexing", 120.0))
_ENDS = tuple(itertools.accumulate(seconds for _, seconds in SCRIPT))
VALIDATED, INDEXING_FROM, DONE = _ENDS[0], _ENDS[-2], _ENDS[-1]


@dataclass(slots=True, eq=False)
class Task:
    """One indexing task. ``created`` is epoch seconds. ``trouble`` is why it cannot become ready;
    it is told on stderr only, as the platform gives no reason. ``read`` is False while its objects
    are still being read: until then it is validating."""

    id: str
    index_id: str
    filename: str
    video_id: str
    created: float
    ending: str
    size: int = 0
    read: bool = True
    trouble: str | None = None

    @property
    def last(self) -> str:
        """Return the status that it ends in, as far as is known."""
        return "failed" if self.trouble else self.ending

    @property
    def end(self) -> float:
        """Return its age in platform seconds when it ends: what cannot be read fails validation."""
        return VALIDATED if self.trouble else DONE


class Tasks:
    """Every task, and the videos that came of them.

    ``clock`` gives epoch seconds, ``speed`` how many platform seconds pass in one of them, ``lag``
    after how many seconds a new task is listed. A video is the same when its source is the same
    (the S3 URI; a file's name and content; a URL): tasks for the same video in the same index end
    with the same video_id, so an index holds it once (documented: "the same video is not uploaded
    twice"), but each task is seen, so that whoever sends twice is found out.
    """

    def __init__(self, clock: Callable[[], float], *, speed: float = 1.0, lag: float = 0.0) -> None:
        self._clock = clock
        self._speed = speed
        self._lag = lag
        self._lock = threading.Lock()
        self._last = 0.0
        self._numbers = itertools.count(1)
        self._salt = os.urandom(5).hex()
        self._by_id: dict[str, Task] = {}
        self._all: list[Task] = []  # this and the next two in order of creation
        self._by_index: dict[str, list[Task]] = defaultdict(list)
        self._by_name: dict[tuple[str, str], list[Task]] = defaultdict(list)
        self._video_ids: dict[tuple[str, str], str] = {}
        self._open: dict[str, list[Task]] = defaultdict(list)  # per index: not known to have ended
        self._videos: dict[str, dict[str, Task]] = defaultdict(dict)  # per index: video_id -> ready task

    def now(self) -> float:
        """Return the sandbox's time in epoch seconds."""
        return self._clock()

    def new_id(self) -> str:
        """Return a new id of 24 hex digits that begins with the time, as the platform's do."""
        return f"{int(self.now()):08x}{self._salt}{next(self._numbers):06x}"

    def start(
        self,
        index_id: str,
        filename: str,
        source: str,
        *,
        ending: str,
        size: int = 0,
        read: bool = True,
        trouble: str | None = None,
    ) -> Task:
        """Add a task for the video that ``source`` identifies and return it."""
        with self._lock:
            # Whole milliseconds, as it is told. A clock set back must not break the listing's order.
            self._last = created = max(self._last, math.floor(self.now() * 1000) / 1000)
            video_id = self._video_ids.setdefault((index_id, source), self.new_id())
            task = Task(self.new_id(), index_id, filename, video_id, created, ending, size, read, trouble)
            self._by_id[task.id] = task
            for tasks in self._lists(task):
                tasks.append(task)
            self._open[index_id].append(task)
        return task

    def get(self, task_id: str) -> Task | None:
        """Return the task, listed or not yet."""
        return self._by_id.get(task_id)

    def everything(self) -> list[Task]:
        """Return every task, oldest first, listed or not yet."""
        with self._lock:
            return list(self._all)

    def delete(self, task: Task) -> None:
        """Forget ``task``."""
        with self._lock:
            if self._by_id.pop(task.id, None):
                for tasks in self._lists(task):
                    tasks.remove(task)

    def find(
        self,
        *,
        index_id: str | None = None,
        filename: str | None = None,
        since: float = -math.inf,
        until: float = math.inf,
    ) -> list[Task]:
        """Return the listed tasks created from ``since`` to ``until`` (inclusive), oldest first."""
        with self._lock:
            if index_id is None:
                tasks = self._all
            elif filename is None:
                tasks = self._by_index.get(index_id, [])
            else:
                tasks = self._by_name.get((index_id, filename), [])
            until = min(until, self.now() - self._lag)
            first = bisect.bisect_left(tasks, since, key=_created)
            found = tasks[first : bisect.bisect_right(tasks, until, key=_created)]
        if index_id is None and filename is not None:
            found = [task for task in found if task.filename == filename]
        return found

    def videos(self, index_id: str) -> dict[str, Task]:
        """Return the videos of an index: video_id to the task that made it, oldest first."""
        with self._lock:
            still_open = []
            for task in self._open[index_id]:
                status = self.status(task)
                if status == "ready":
                    self._videos[index_id].setdefault(task.video_id, task)
                elif status != task.last or not task.read:
                    still_open.append(task)
            self._open[index_id] = still_open
            return dict(self._videos[index_id])

    def delete_video(self, index_id: str, video_id: str) -> bool:
        """Take a video out of an index and tell whether it was there."""
        self.videos(index_id)
        with self._lock:
            return self._videos[index_id].pop(video_id, None) is not None

    def age(self, task: Task) -> float:
        """Return the task's age in platform seconds."""
        return (self.now() - task.created) * self._speed

    def status(self, task: Task) -> str:
        """Return where the task stands now."""
        age = self.age(task)
        if not task.read or age < VALIDATED:
            return "validating"
        if age >= task.end:
            return task.last
        return next(status for (status, _), end in zip(SCRIPT, _ENDS, strict=True) if age < end)

    def after(self, task: Task, platform_seconds: float) -> str:
        """Return the time when the task is so old, as text."""
        return rfc3339(task.created + platform_seconds / self._speed)

    def updated(self, task: Task) -> str:
        """Return when the task's status last changed, as text."""
        age = self.age(task) if task.read else 0.0
        steps = [end for end in _ENDS if end <= min(age, task.end)]
        return self.after(task, steps[-1] if steps else 0.0)

    def progress(self, task: Task) -> dict[str, float]:
        """Return ``process``: told while indexing; else zeros, as the documented ready task has."""
        if self.status(task) != "indexing" or task.ending == "indexing":
            return {"percentage": 0, "remain_seconds": 0}
        age = self.age(task)
        share = (age - INDEXING_FROM) / (DONE - INDEXING_FROM)
        return {"percentage": round(100 * share, 1), "remain_seconds": round((DONE - age) / self._speed, 1)}

    def _lists(self, task: Task) -> tuple[list[Task], ...]:
        return self._all, self._by_index[task.index_id], self._by_name[task.index_id, task.filename]


def _created(task: Task) -> float:
    return task.created


def rfc3339(seconds: float) -> str:
    """Return epoch seconds as the platform writes times: milliseconds, trailing zeros dropped (seen:
    ``09.16Z``)."""
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    text = moment.isoformat(timespec="milliseconds")
    return text.rstrip("0").rstrip(".") + "Z"
