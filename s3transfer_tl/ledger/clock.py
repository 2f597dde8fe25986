"""Time that survives a restart: durations by a clock nobody sets, wall time only where it must be."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Instant(NamedTuple):
    """A moment: epoch seconds, seconds since boot, and which boot ("" where the system tells none)."""

    wall: float
    tick: float
    boot: str

    def elapsed(self, now: Instant) -> float:
        """Return the seconds from here to ``now``, never negative.

        Within one boot the ticks count, so a wall clock that jumps shortens no wait. After a
        reboot the wall clocks are all there is.
        """
        if self.boot and self.boot == now.boot:
            return max(0.0, now.tick - self.tick)
        return max(0.0, now.wall - self.wall)


def _boottime() -> float:
    # CLOCK_BOOTTIME also counts while a laptop sleeps; it is Linux's own
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks and the sleep that flows use; tests pass their own."""

    wall: Callable[[], float] = time.time
    tick: Callable[[], float] = _boottime
    boot: str = field(default_factory=_boot)
    sleep: Callable[[float], object] = time.sleep

    def now(self) -> Instant:
        """Return the present moment."""
        return Instant(self.wall(), self.tick(), self.boot)


@functools.lru_cache(maxsize=16)  # entries that move together do so at the same time
def rfc3339(seconds: float) -> str:
    """Return epoch seconds as the event stream writes them."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
