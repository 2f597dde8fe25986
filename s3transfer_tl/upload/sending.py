"""Uploads on their way: one thread each for the bytes, this one for the ledger."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from s3transfer_tl.errors import PlatformError
from s3transfer_tl.ledger import Event, Ledger, Moved, Ready, Row
from s3transfer_tl.submit import Follower, Tell
from s3transfer_tl.twelvelabs import (
    AnswerLost,
    BrokenOff,
    Client,
    Form,
    RateLimited,
    Unsendable,
    holds_for_all,
    task_form,
)
from s3transfer_tl.upload.files import is_url

_TICK = 0.1  # seconds between two pictures of how far it is
_WINDOW = 64  # planned entries among which one is sought that may go now
_TRIES = 3  # times that one upload may break off in a run
_LAST_ANSWERS = 10.0  # seconds that answers may take once we are asked to stop


class Line(NamedTuple):
    """How many uploads go at a time, and the seconds after which a silent connection is given up. With
    ``disable_video_stream`` the platform keeps no stream of the videos."""

    jobs: int = 4
    timeout: float = 600.0
    disable_video_stream: bool = False


class Sent(NamedTuple):
    """How far it is: bytes that left, bytes in all, uploads that are done, uploads in all."""

    done: int
    total: int
    files: int
    of: int


@dataclass(slots=True, eq=False)
class _Flight:
    """One upload: its batch in the ledger, its entry, and the form once the files were opened."""

    batch: int
    row: Ready
    form: Form | None = None


class Sending:
    """Sends the planned uploads of a run, ``line.jobs`` at a time. Two with the same index and file name
    are never on their way together: of a lost answer the platform's list could not tell whose it is."""

    def __init__(
        self,
        run: int,
        ledger: Ledger,
        client: Client,
        follower: Follower,
        line: Line,
        urls: Mapping[str, str],
        *,
        tell: Tell,
        show: Callable[[Sent], object],
    ) -> None:
        self._run, self._ledger, self._client, self._follower = run, ledger, client, follower
        self._line, self._urls, self._tell, self._show = line, urls, tell, show
        self._flying: list[_Flight] = []
        self._landed: queue.SimpleQueue[tuple[_Flight, str | BaseException]] = queue.SimpleQueue()
        self._limited: RateLimited | None = None
        self._refusals = 0  # 429 in a row
        self._broken: Counter[int] = Counter()  # by entry
        self._after = -1  # no entry up to this position is planned
        self._sent = Sent(0, 0, 0, 0)

    def everything(self) -> Iterator[Event]:
        """Upload until nothing is planned that can go."""
        rows = list(self._ledger.rows(self._run, "planned"))
        self._after = -1
        done, _, files, _ = self._sent
        self._sent = Sent(done, done + sum(map(_size, rows)), files, files + len(rows))
        try:
            while True:
                yield from self._start()
                if self._flying:
                    yield from self._land()
                elif self._limited:
                    self._client.pause(self._limited.wait, self._refusals, self._limited.message)
                    self._limited = None
                elif self._ledger.summary(self._run).get("planned"):
                    # what is left has the name of one that is unknown: nothing can go before that is settled
                    yield from self._follower.look(only_without_task=True)
                    self._after = -1
                    if not self._ledger.planned(self._run, -1, 1)[0]:
                        return
                else:
                    return
        except BaseException:
            self._halt()
            raise

    def _start(self) -> Iterator[Event]:
        while not self._limited and len(self._flying) < self._line.jobs and (row := self._next()):
            if self._ledger.names_waiting(self._client.endpoint, [row]):
                if self._flying:
                    self._after = -1
                    return  # their tasks would be taken for the one that is looked for
                yield from self._follower.look(only_without_task=True)
            batch, events = self._ledger.intend(self._run, [row], self._client.now())
            flight = _Flight(batch, row)
            self._flying.append(flight)
            yield from events
            try:
                flight.form = self._form(row)
            except Unsendable as error:
                self._landed.put((flight, error))
            else:
                # a daemon: a connection that hangs must not keep the process from ending
                threading.Thread(target=self._fly, args=(flight, flight.form), daemon=True).start()

    def _next(self) -> Ready | None:
        busy = {(flight.row.index_id, flight.row.name) for flight in self._flying}
        after = self._after
        for _ in range(_WINDOW):
            rows, last = self._ledger.planned(self._run, after, 1)
            if not rows:
                return None
            if (rows[0].index_id, rows[0].name) not in busy:
                if after == self._after:  # nothing before it is left
                    self._after = last
                return rows[0]
            after = last
        return None

    def _form(self, row: Ready) -> Form:
        names = (row.object, row.transcription)
        video, transcription = map(self._file, names)
        assert video is not None
        etags = zip((video, transcription), self._ledger.etags(row), strict=True)
        return task_form(
            row.index_id,
            video=video,
            transcription=transcription,
            language=row.language or None,
            disable_video_stream=self._line.disable_video_stream,
            stamps={file: etag for file, etag in etags if isinstance(file, Path)},
        )

    def _file(self, name: str | None) -> Path | str | None:
        if name is None:
            return None
        return self._urls.get(name, name) if is_url(name) else Path(name)

    def _fly(self, flight: _Flight, form: Form) -> None:
        patience = self._line.timeout
        try:
            answer: str | BaseException = self._client.create_task(
                form, timeout=(min(patience, 60.0), patience)
            )
        except BaseException as error:  # whatever it is, the thread that keeps the ledger judges it
            answer = error
        self._landed.put((flight, answer))

    def _land(self) -> Iterator[Event]:
        try:
            flight, answer = self._landed.get(timeout=_TICK)
        except queue.Empty:
            self._picture()
            return
        self._flying.remove(flight)
        yield from self._settle(flight, answer)
        self._picture()

    def _settle(self, flight: _Flight, answer: str | BaseException) -> Moved:
        ledger, batch, name = self._ledger, flight.batch, flight.row.object
        if isinstance(answer, str):
            self._count(flight)
            return ledger.settle(batch, "accepted", task_id=answer)
        match answer:
            case RateLimited():
                self._limited, self._refusals = answer, self._refusals + 1
                return self._note(flight, "refused", answer)
            case AnswerLost():
                self._count(flight)
                self._tell(f"{name}: {answer.message}; unknown until the platform's list tells")
                return self._note(flight, "lost", answer)
            case BrokenOff():
                return self._broke_off(flight, answer)
            case Unsendable():
                self._count(flight)
                self._tell(f"{answer.message}; {answer.hint}")
                return ledger.settle(batch, "rejected", answer.message)
            case PlatformError() if not holds_for_all(answer):
                self._count(flight)
                self._tell(f"{name}: {answer.message}; rejected: {answer.hint}")
                return self._note(flight, "rejected", answer)
            case PlatformError():
                self._note(flight, "refused", answer)
            case _:  # a bug
                whole = flight.form is not None and flight.form.whole
                ledger.settle(batch, "lost" if whole else "refused", repr(answer))
        raise answer

    def _note(
        self, flight: _Flight, outcome: Literal["rejected", "refused", "lost"], error: PlatformError
    ) -> Moved:
        status = error.status or None
        if outcome == "refused":
            self._after = -1  # it is planned once more
        return self._ledger.settle(flight.batch, outcome, error.message, http_status=status, code=error.code)

    def _broke_off(self, flight: _Flight, error: BrokenOff) -> Moved:
        events = self._note(flight, "refused", error)
        self._broken[flight.row.id] += 1
        tries = self._broken[flight.row.id]
        if tries == _TRIES:
            raise error
        self._tell(f"{flight.row.object}: {error.message}; it was not taken, and is sent again")
        self._client.pause(None, tries, error.message)
        return events

    def _halt(self) -> None:
        """Stop what is on its way and note what is known of it: what had not left whole stays planned;
        for the answers to the rest there is a moment yet."""
        waiting = [flight for flight in self._flying if flight.form and flight.form.halt()]
        for flight in self._flying:
            if flight not in waiting:
                self._ledger.settle(flight.batch, "refused", "stopped before it was sent whole")
        self._flying = waiting
        try:
            self._last_answers()
        finally:
            for flight in self._flying:
                self._ledger.settle(flight.batch, "lost", "stopped before the answer came", ended=True)
            self._flying = []

    def _last_answers(self) -> None:
        if self._flying:
            self._tell("stopping as soon as the answers are here; Ctrl-C again: at once")
        deadline = time.monotonic() + min(_LAST_ANSWERS, self._line.timeout)
        while self._flying:
            try:
                flight, answer = self._landed.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return
            if flight in self._flying:
                if isinstance(answer, str):
                    self._ledger.settle(flight.batch, "accepted", task_id=answer)
                elif isinstance(answer, PlatformError) and not isinstance(answer, AnswerLost):
                    self._ledger.settle(flight.batch, "refused", answer.message)
                else:
                    self._ledger.settle(flight.batch, "lost", "stopped before the answer came", ended=True)
                self._flying.remove(flight)

    def _count(self, flight: _Flight) -> None:
        self._refusals = 0
        done, total, files, of = self._sent
        self._sent = Sent(done + _size(flight.row), total, files + 1, of)

    def _picture(self) -> None:
        done, total, files, of = self._sent
        flying = sum(flight.form.handed for flight in self._flying if flight.form)
        self._show(Sent(min(done + flying, total), total, files, of))


def _size(row: Ready | Row) -> int:
    """Return the bytes of a video that is here; 0 where that cannot be told."""
    try:
        return 0 if is_url(row.object) else Path(row.object).stat().st_size
    except OSError:
        return 0
