"""Ctrl-C and SIGTERM: remembered, raised, and held back while a request must be seen through.

Signals belong to the process, so what is known of them is kept here, in the module.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from s3transfer_tl import errors

AGAIN = "nothing was left half written; run the same command again"

_received: list[int] = []
_held_back = 0  # how many blocks that must be seen through we are in


def note() -> Sequence[int]:
    """Have SIGINT and SIGTERM raise in the main thread; return the list that remembers them."""
    global _held_back  # noqa: PLW0603
    _held_back = 0
    _received.clear()
    if threading.current_thread() is threading.main_thread():
        for one in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(one) is not signal.SIG_IGN:  # nohup and `&` mean it
                signal.signal(one, _note)
    return _received


@contextmanager
def see_through() -> Iterator[None]:
    """Hold the first signal back until the block is done; a second one raises at once."""
    global _held_back  # noqa: PLW0603 - the handler has no other way to know
    before = len(_received)
    _held_back += 1
    try:
        yield
    finally:
        _held_back -= 1
    if len(_received) > before:
        raise _stop(_received[before])


def _note(signum: int, frame: FrameType | None) -> None:
    _received.append(signum)
    if _held_back and len(_received) == 1:
        # not through sys.stderr: the signal may have come in the middle of a write to it
        os.write(2, b"\nfinishing the request that is under way; once more stops at once\n")
        return
    raise _stop(signum)


def _stop(signum: int) -> BaseException:
    if signum == signal.SIGINT:
        return KeyboardInterrupt()
    return errors.Stopped("stopped by SIGTERM", AGAIN, errors.TERMINATED)
