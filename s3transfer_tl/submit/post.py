"""Sends what a run has planned, batch after batch: the intent before each request, the outcome after it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from s3transfer_tl import errors, manifest
from s3transfer_tl.errors import PlatformError, TransferError
from s3transfer_tl.ledger import Event, Ledger, Moved, Outcome, Row
from s3transfer_tl.model import Entry
from s3transfer_tl.report.text import counted
from s3transfer_tl.twelvelabs import AnswerLost, Client, RateLimited, holds_for_all

_RECENT = 10  # requests that the brake looks back on

Tell = Callable[[str], object]
SeeThrough = Callable[[], AbstractContextManager[None]]


class Follower(Protocol):
    """What sending needs of ``follow.Follower``, which finds and follows what was sent."""

    def look(self, *, only_without_task: bool) -> Iterator[Event]:
        """Ask the platform once and yield what moved."""

    def until_done(self, resend: Callable[[], Iterable[Event]]) -> Iterator[Event]:
        """Ask until every entry is at an end; ``resend`` sends what never arrived."""

    def settle(self, resend: Callable[[], Iterable[Event]]) -> Iterator[Event]:
        """Ask as long as that needs no wait worth mentioning."""


class Braked(TransferError):
    """Too many of the last requests were rejected or lost; what was not sent stays planned."""

    def __init__(self, message: str, hint: str, exit_code: int) -> None:
        super().__init__(message, hint)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Portion:
    """How much is sent: entries a request, at most so many entries in this run (None: all), and how
    many of the last ten requests, in percent, may be rejected or lost before sending stops."""

    batch_size: int = 100
    limit: int | None = None
    brake: float = 50.0


def payload(entries: Iterable[Entry]) -> bytes:
    """Return the manifest that one request carries: exactly the bytes of the ``file`` part."""
    return manifest.dumps(entries)


def singly(events: Iterable[Event]) -> Iterator[Iterable[Event]]:
    """Yield each event as a move of its own."""
    return ((event,) for event in events)


def exit_code(counts: dict[str, int], *, wait: bool) -> int:
    """Return how a run ended: 6 where an outcome is unknown, 5 where some were rejected (or, having
    waited, failed), 0 otherwise."""
    if counts.get("unknown", 0) or counts.get("held", 0):
        return errors.UNKNOWN
    if counts.get("rejected", 0) or (wait and counts.get("failed", 0)):
        return errors.PARTLY
    return errors.OK


class Post:
    """Sends the planned entries of a run; ``sent`` counts them.

    ``see_through`` holds a wish to stop back until a request has its answer and its note.
    """

    def __init__(
        self,
        run: int,
        *,
        ledger: Ledger,
        client: Client,
        portion: Portion,
        follower: Follower,
        see_through: SeeThrough = nullcontext,
        tell: Tell,
    ) -> None:
        self._run, self._ledger, self._client, self._follower = run, ledger, client, follower
        self._see_through, self._tell = see_through, tell
        self._size, self._brake = portion.batch_size, portion.brake
        self._left = portion.limit  # what --limit still allows
        self.sent = 0
        self._refusals = 0  # 429 in a row
        self._recent: deque[bool] = deque(maxlen=_RECENT)  # True: rejected or lost

    def events(self) -> Iterator[Event]:
        """Do ``everything``, event by event."""
        for events in self.everything():
            yield from events

    def everything(self) -> Iterator[Iterable[Event]]:
        """Send batch after batch until nothing is planned; yield what moved together. Raises ``Braked``."""
        after = -1
        while True:
            size = self._size if self._left is None else min(self._size, self._left)
            rows, last = self._ledger.planned(self._run, after, size) if size else ([], after)
            if not rows:
                return
            self._look_back()
            self._client.rest()
            yield from self._tell_apart(rows)
            refused = self._refusals
            yield from self._batch(rows)
            if self._refusals == refused:
                after = last  # else the same batch comes again

    def _look_back(self) -> None:
        bad = sum(self._recent)
        if len(self._recent) < _RECENT or bad * 100 <= self._brake * _RECENT:
            return
        counts = self._ledger.summary(self._run)
        raise Braked(
            f"{bad} of the last {_RECENT} requests were rejected or lost: sending stopped, "
            f"{counted(counts.get('planned', 0), 'entry', 'entries')} not sent",
            "see in `s3transfer-tl status` what the platform says, mend it, then run the same command again: "
            "nothing is sent twice; --brake 100 sends on regardless",
            exit_code(counts, wait=False) or errors.PARTLY,
        )

    def _tell_apart(self, rows: Sequence[Row]) -> Iterator[Iterable[Event]]:
        """Find the tasks of earlier entries with the same index and file name before more of them
        are made: afterwards nothing could tell them apart."""
        if self._ledger.names_waiting(self._client.endpoint, rows):
            yield from singly(self._follower.look(only_without_task=True))

    def _batch(self, rows: Sequence[Row]) -> Iterator[Iterable[Event]]:
        data = payload(row.entry for row in rows)
        batch, moved = self._ledger.intend(self._run, rows, self._client.now())
        try:
            yield moved
        except BaseException:
            self._ledger.settle(batch, "refused", "stopped before anything was sent")
            raise
        try:
            with self._see_through():
                moved = self._request(batch, data, len(rows))
        except RateLimited as error:
            self._client.pause(error.wait, self._refusals, error.message)
            return
        yield moved

    def _request(self, batch: int, data: bytes, count: int) -> Moved:
        """Send one request and note its outcome. Raises what must stop the run, or make it wait."""
        try:
            self._client.transfer(data)
        except RateLimited as error:
            self._refusals += 1
            self._settle(batch, "refused", error)
            raise
        except AnswerLost as error:
            self._count(count, bad=True)
            who = counted(count, "entry is", "entries are")
            self._tell(f"{error.message}; {who} unknown until the platform's list tells")
            return self._settle(batch, "lost", error)
        except PlatformError as error:
            if holds_for_all(error):
                self._settle(batch, "refused", error)
                raise
            self._count(count, bad=True)
            who = counted(count, "entry is", "entries are")
            self._tell(f"{error.message}; {who} rejected: {error.hint}")
            return self._settle(batch, "rejected", error)
        except BaseException:  # stopped between the first byte and the answer
            self._ledger.settle(batch, "lost", "stopped before the answer came", ended=True)
            raise
        self._count(count, bad=False)
        return self._ledger.settle(batch, "accepted")

    def _settle(self, batch: int, outcome: Outcome, error: PlatformError) -> Moved:
        status = error.status or None
        return self._ledger.settle(batch, outcome, error.message, http_status=status, code=error.code)

    def _count(self, count: int, *, bad: bool) -> None:
        self._refusals = 0
        self._recent.append(bad)
        self.sent += count
        if self._left is not None:
            self._left -= count
