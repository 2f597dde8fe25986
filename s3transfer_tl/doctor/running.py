"""Looks side by side, each for as long as there is time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Generic, TypeVar

from s3transfer_tl.doctor.check import Check, Family
from s3transfer_tl.errors import TransferError

_Found = TypeVar("_Found")
Told = queue.SimpleQueue[Check | None]


class Once(Generic[_Found]):
    """Asks the first time it is called, in that thread; others wait for the answer, or for what it raised."""

    def __init__(self, ask: Callable[[], _Found]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._answer: Future[_Found] = Future()

    def __call__(self) -> _Found:
        """Return the answer, or raise what asking raised."""
        if self._lock.acquire(blocking=False):
            try:
                self._answer.set_result(self._ask())
            except BaseException as error:  # goes to all who ask
                self._answer.set_exception(error)
        return self._answer.result()

    @property
    def known(self) -> _Found | None:
        """The answer, where there is one by now."""
        return self._answer.result() if self._answer.done() and not self._answer.exception() else None


def started(family: Family) -> Told:
    """Let ``family`` look in a thread of its own; return where it tells. The thread is a daemon: what
    waits for nobody must not keep the process."""
    told: Told = queue.SimpleQueue()

    def look() -> None:
        name = family.names[0]
        try:
            for check in family.look():
                told.put(check)
                name = check.name
        except TransferError as error:
            told.put(Check(name, "error", error.message, error.hint, family.remote))
        except Exception as error:  # one family that stumbles must not silence the others
            said = f"the check itself failed: {type(error).__name__}"
            told.put(Check(name, "error", said, "report it, with what is told of the others"))
        told.put(None)

    threading.Thread(target=look, name=f"doctor {family.name}", daemon=True).start()
    return told


def until(family: Family, told: Told, ends: float) -> Iterator[Check]:
    """Yield what ``family`` tells until ``ends`` (by the monotonic clock), and then what it did not."""
    missing = list(family.names)
    while True:
        try:
            check = told.get(timeout=max(ends - time.monotonic(), 0.001))
        except queue.Empty:
            yield from (_late(name, family, is_first=name == missing[0]) for name in missing)
            return
        if check is None:
            return
        if check.name in missing:
            missing.remove(check.name)
        yield check


def _late(name: str, family: Family, *, is_first: bool) -> Check:
    if not is_first:  # it waits for the first
        return Check(name, "skipped", "not looked at in time")
    if family.remote:
        hint = "check the network, the proxy and what the profile calls; then run doctor again"
        return Check(name, "error", "no answer in time", hint, remote=True)
    return Check(name, "warning", "not done in time", "run doctor again when the machine has less to do")
