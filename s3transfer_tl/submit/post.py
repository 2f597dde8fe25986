"""Sends what a run has planned, batch after batch: the intent before each request, the outcome after it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Protocol

from s3transfer_tl import errors, manifest
from s3transfer_tl.errors import LedgerError, PlatformError, TransferError
from s3transfer_tl.ledger import Event, Ledger, Moved, Outcome, Ready
from s3transfer_tl.model import Entry
from s3transfer_tl.report.text import counted
from s3transfer_tl.twelvelabs import AnswerLost, Client, RateLimited, holds_for_all, unknown_id

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


@dataclass(slots=True)
class _Batch:
    """One request to come: its rows, its body, the position of its last entry in the run; its number and
    what moved once its intent is noted."""

    rows: Sequence[Ready]
    data: bytes
    last: int
    number: int = 0
    departed: Moved | None = None


class Post:
    """Sends the planned entries of a run; ``sent`` counts them.

    While an answer is awaited the next request is made ready. A good answer and the next intent are noted
    in one transaction. ``see_through`` holds a wish to stop back until a request has its answer and its note.
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
        self._next: _Batch | None = None  # made ready, and still as it was read
        self._noted: int | None = None  # the request whose intent is noted, and of which no byte has left

    def events(self) -> Iterator[Event]:
        """Do ``everything``, event by event."""
        for events in self.everything():
            yield from events

    def everything(self) -> Iterator[Iterable[Event]]:
        """Send batch after batch until nothing is planned; yield what moved together. Raises ``Braked``."""
        try:
            yield from self._batches()
        finally:
            self._next = None
            if self._noted is not None:
                self._ledger.settle(self._noted, "refused", "stopped before anything was sent")
                self._noted = None

    def _batches(self) -> Iterator[Iterable[Event]]:
        after = -1
        while batch := self._next or self._read(after, self._left):
            if batch.departed is None:
                self._look_back()
                self._client.rest()
                yield from self._tell_apart(batch.rows)
                self._depart(batch)
                self._noted = batch.number
            self._next = None
            yield batch.departed or ()
            try:
                with self._see_through():
                    moved = self._request(batch)
            except RateLimited as error:
                self._client.pause(error.wait, self._refusals, error.message)
                continue  # the same batch comes again
            after = batch.last
            yield moved

    def _read(self, after: int, left: int | None) -> _Batch | None:
        """Make the request ready that comes behind a position, where ``left`` entries may still be sent."""
        size = self._size if left is None else min(self._size, left)
        rows, last = self._ledger.planned(self._run, after, size) if size else ([], after)
        return _Batch(rows, payload(row.entry for row in rows), last) if rows else None

    def _depart(self, batch: _Batch) -> None:
        batch.number, batch.departed = self._ledger.intend(self._run, batch.rows, self._client.now())

    def _brakes(self) -> bool:
        return len(self._recent) == _RECENT and sum(self._recent) * 100 > self._brake * _RECENT

    def _look_back(self) -> None:
        if not self._brakes():
            return
        counts = self._ledger.summary(self._run)
        raise Braked(
            f"{sum(self._recent)} of the last {_RECENT} requests were rejected or lost: sending stopped, "
            f"{counted(counts.get('planned', 0), 'entry', 'entries')} not sent",
            "see in `s3transfer-tl status` what the platform says, mend it, then run the same command again: "
            "nothing is sent twice; --brake 100 sends on regardless",
            exit_code(counts, wait=False) or errors.PARTLY,
        )

    def _tell_apart(self, rows: Sequence[Ready]) -> Iterator[Iterable[Event]]:
        """Find the tasks of earlier entries with the same index and file name before more of them
        are made: afterwards nothing could tell them apart."""
        if self._ledger.names_waiting(self._client.endpoint, rows):
            yield from singly(self._follower.look(only_without_task=True))

    def _request(self, batch: _Batch) -> Moved:
        """Send one request and note its outcome. Raises what must stop the run, or make it wait."""
        count = len(batch.rows)

        def meanwhile() -> None:
            left = None if self._left is None else self._left - count
            with suppress(LedgerError):  # it is told where the batch is read in its turn
                self._next = self._read(batch.last, left)

        try:
            self._noted = None
            self._client.transfer(batch.data, meanwhile=meanwhile)
        except BaseException as error:
            self._next = None  # what was read may not be planned any more
            return self._trouble(batch, error)
        self._count(count, bad=False)
        return self._accepted(batch)

    def _accepted(self, batch: _Batch) -> Moved:
        """Note a good answer, and with it the intent of the next request where nothing is in the way."""
        following = self._next
        if following and not (self._brakes() or self._client.spent):
            with suppress(LedgerError):  # no room for the intent: the answer is noted all the same
                with self._ledger.transaction():
                    moved = self._ledger.settle(batch.number, "accepted")
                    if not self._ledger.names_waiting(self._client.endpoint, following.rows):
                        self._depart(following)
                self._noted = following.number or None
                return moved
            self._next = None
        return self._ledger.settle(batch.number, "accepted")

    def _trouble(self, batch: _Batch, error: BaseException) -> Moved:
        """Note the outcome of a request that had no good answer. Raises what must stop the run, or make it
        wait."""
        count = len(batch.rows)
        who = counted(count, "entry is", "entries are")
        match error:
            case RateLimited():
                self._refusals += 1
                self._settle(batch, "refused", error)
            case AnswerLost():
                self._count(count, bad=True)
                self._tell(f"{error.message}; {who} unknown until the platform's list tells")
                return self._settle(batch, "lost", error)
            case PlatformError() if unknown_id(error) and (gone := self._gone(batch)):
                self._settle(batch, "refused", error)
                raise gone from None
            case PlatformError() if not holds_for_all(error):
                self._count(count, bad=True)
                self._tell(f"{error.message}; {who} rejected: {error.hint}")
                return self._settle(batch, "rejected", error)
            case PlatformError():
                self._settle(batch, "refused", error)
            case _:  # stopped between the first byte and the answer
                self._ledger.settle(batch.number, "lost", "stopped before the answer came", ended=True)
        raise error

    def _gone(self, batch: _Batch) -> PlatformError | None:
        """Return what to raise where an index of the batch is no longer there: it was when the run began."""
        for index_id in sorted({row.index_id for row in batch.rows}):
            try:
                self._client.index(index_id)
            except PlatformError as error:
                if unknown_id(error):
                    return PlatformError(
                        f"the platform no longer knows the index {index_id} ({error.message}); "
                        "what was not sent stays planned",
                        "check the index, or take its entries out of the manifest and submit that: "
                        "nothing is sent twice",
                        status=error.status,
                        code=error.code,
                        docs_url=error.docs_url,
                    )
        return None

    def _settle(self, batch: _Batch, outcome: Outcome, error: PlatformError) -> Moved:
        status = error.status or None
        return self._ledger.settle(batch.number, outcome, error.message, http_status=status, code=error.code)

    def _count(self, count: int, *, bad: bool) -> None:
        self._refusals = 0
        self._recent.append(bad)
        self.sent += count
        if self._left is not None:
            self._left -= count
