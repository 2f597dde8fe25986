"""Verdicts on their way past a bucket's facts, which are asked for meanwhile, once a bucket."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from s3transfer_tl.access import facts
from s3transfer_tl.access.diagnosis import Diagnosis, settled
from s3transfer_tl.model import AccessVerdict, S3Settings

MOST_HELD = 10_000  # verdicts that wait for a bucket's facts
_BUCKET, _EXAMPLE = 1, 2  # how much is known


class Explainer:
    """Gives verdicts their causes. ``diagnoses`` holds what was learned, by bucket.

    ``public`` has buckets looked at whose objects are all readable, for conditions that only this
    network fulfils; otherwise a bucket without a refusal costs no request.
    """

    def __init__(self, s3: S3Settings, *, public: bool = False) -> None:
        self._s3 = s3
        self._public = public
        self._buckets: dict[str, _Bucket] = {}
        self._asker = _Asker()

    @property
    def diagnoses(self) -> dict[str, Diagnosis]:
        """What is known of each bucket that was asked about."""
        return {name: one.diagnosis for name, one in self._buckets.items() if one.diagnosis}

    def diagnosis(self, bucket: str) -> Diagnosis:
        """Return what is known of ``bucket``, one of whose verdicts was explained."""
        found = self._buckets[bucket].diagnosis
        assert found
        return found

    def explain(self, verdicts: Iterable[AccessVerdict]) -> Iterator[AccessVerdict]:
        """Yield each verdict once, explained; those that wait for facts come later than others."""
        try:
            for verdict in verdicts:
                if wanted := self._wanted(verdict):
                    bucket = self._bucket(verdict, wanted)
                    bucket.held.append(verdict)
                    if len(bucket.held) >= MOST_HELD:
                        bucket.wait()
                    yield from bucket.release()
                else:
                    yield verdict if verdict.access == "public" else settled(verdict)
            for bucket in self._buckets.values():
                bucket.wait()
                yield from bucket.release()
        finally:
            self._asker.close()

    def _wanted(self, verdict: AccessVerdict) -> int:
        if verdict.access == "denied":
            return _EXAMPLE
        return _BUCKET if self._public and verdict.access == "public" else 0

    def _bucket(self, verdict: AccessVerdict, wanted: int) -> _Bucket:
        """Return the verdict's bucket, having asked for what is wanted."""
        name = verdict.uri.removeprefix("s3://").partition("/")[0]
        found = self._buckets.get(name)
        if found is None:
            found = self._buckets[name] = _Bucket()
            self._ask(found, _BUCKET, lambda: facts.collect(name, self._s3))
        if wanted > found.asked:
            self._ask(found, _EXAMPLE, lambda: facts.look(found.learned, verdict.uri, self._s3))
        return found

    def _ask(self, bucket: _Bucket, stage: int, ask: Callable[[], facts.Facts]) -> None:
        bucket.asked = stage
        self._asker.add(lambda: bucket.learn(stage, ask))


def explain(verdicts: Iterable[AccessVerdict], *, s3: S3Settings) -> Iterator[AccessVerdict]:
    """Yield each verdict once, with cause, hint and a reason that tells why where it is not public.

    For each bucket with a refusal up to ten GET and HEAD requests are made with the user's credentials,
    beside the check: none is needed for the verdict, and each that is refused makes a weaker sentence.
    """
    return Explainer(s3).explain(verdicts)


@dataclass(slots=True)
class _Bucket:
    """What is known and asked of one bucket, and the verdicts that wait for it."""

    asked: int = 0
    known: int = 0
    learned: facts.Facts = field(init=False)
    diagnosis: Diagnosis | None = None
    trouble: BaseException | None = None
    held: deque[AccessVerdict] = field(default_factory=deque)
    told: threading.Event = field(default_factory=threading.Event)

    def learn(self, stage: int, ask: Callable[[], facts.Facts]) -> None:
        """Ask, and take the facts; in the asking thread."""
        try:
            if not self.trouble:
                self.learned = ask()
                self.diagnosis = Diagnosis(self.learned)
        except BaseException as trouble:  # raised where the verdicts are waited for
            self.trouble = trouble
        self.known = stage
        self.told.set()

    def wait(self) -> None:
        """Wait until all that was asked is known."""
        while self.known < self.asked:
            self.told.wait(0.5)  # a signal gets through in between
            self.told.clear()

    def release(self) -> Iterator[AccessVerdict]:
        """Yield what waited, once all that was asked is known."""
        if self.known < self.asked:
            return
        if self.trouble:
            raise self.trouble
        while self.held and self.diagnosis:
            yield self.diagnosis.explained(self.held.popleft())


class _Asker:
    """One thread that asks S3, one question after the other; it never keeps the process alive."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def add(self, ask: Callable[[], None]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._asked.put(ask)

    def close(self) -> None:
        """Let the thread end once it has asked what it is asking; wait for nothing."""
        if self._thread:
            self._asked.put(None)
            self._thread = None

    def _run(self) -> None:
        while ask := self._asked.get():
            ask()
