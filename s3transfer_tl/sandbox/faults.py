"""Faults on request: what should go wrong, said as text and counted call by call."""

from __future__ import annotations

import fnmatch
import math
import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

CALLS = (
    "transfers",
    "create",
    "tasks",
    "task",
    "status",
    "delete",
    "indexes",
    "index",
    "videos",
    "delete-video",
)

GRAMMAR = """\
a fault is one of
  CALL:WHICH=EFFECT  these calls go wrong; of several faults that fit, the first
    CALL    transfers (POST /tasks/transfers), create (POST /tasks),
            tasks (GET /tasks), task (GET /tasks/ID), status, delete,
            indexes, index, videos, delete-video, or any
    WHICH   N the Nth such call, N-M, /N every Nth, * all
    EFFECT  STATUS   refused with this HTTP status (400 to 599), nothing kept;
                     from 502 on in HTML
            429:S    refused, may come again in S seconds (429 alone: 1)
            STATUS-after-accept  done, then answered with this status
            cut      done, then the connection is cut without an answer
            cut:N    the same, but only the first N entries are kept
            take:N   answered well, but only the first N entries are kept
            slow:S   done, then answered S seconds late
  ready:NAME=STATUS  tasks of videos with this file name (* stands for any text)
                     end as STATUS; any STATUS but failed is never left again
  lag=S              a new task is listed S seconds late
  limit=N/S          at most N calls of transfers and create in S seconds
  options:ID=A+B     the index ID has these engine options only, of visual,
                     conversation, text_in_video and logo"""


class FaultError(ValueError):
    """A fault that the grammar does not know."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to one call: ``keep`` entries are kept (None: all; 0: the call is not served),
    then the answer is ``status`` instead of the true one, or ``cut``, or ``delay`` seconds late."""

    keep: int | None = None
    status: int | None = None
    cut: bool = False
    delay: float = 0.0
    reset: float = 1.0  # seconds until a 429 may come again


@dataclass(frozen=True, slots=True)
class _Rule:
    call: str
    first: int
    last: float
    every: int
    effect: Effect

    def fits(self, call: str, nth: int) -> bool:
        return self.call in (call, "any") and self.first <= nth <= self.last and nth % self.every == 0


@dataclass(slots=True)
class Faults:
    """All faults of one sandbox, and how often each call came (``count``)."""

    rules: list[_Rule] = field(default_factory=list)
    endings: list[tuple[str, str]] = field(default_factory=list)
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lag: float = 0.0
    limit: tuple[int, float] | None = None
    count: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, call: str) -> Effect | None:
        """Count one ``call`` and return what goes wrong with it. ``any`` counts per call name."""
        with self._lock:
            self.count[call] += 1
            nth = self.count[call]
        return next((rule.effect for rule in self.rules if rule.fits(call, nth)), None)

    def ending(self, filename: str) -> str:
        """Return the last status of a task of a video called ``filename``."""
        for name, status in self.endings:
            if name == filename or fnmatch.fnmatchcase(filename, name):
                return status
        return "ready"


def parse(specs: Sequence[str]) -> Faults:
    """Return the faults that ``specs`` spell. Raises ``FaultError`` naming the one that is wrong."""
    faults = Faults()
    for spec in specs:
        try:
            _add(faults, spec)
        except ValueError as error:
            raise FaultError(f"cannot read the fault '{spec}': {error}") from None
    return faults


def _add(faults: Faults, spec: str) -> None:
    target, equals, effect = spec.rpartition("=")
    call, colon, which = target.partition(":")
    if not equals or not effect:
        raise ValueError("it has no =EFFECT")
    if target == "lag":
        faults.lag = _seconds(effect)
    elif target == "limit":
        calls, _, window = effect.partition("/")
        faults.limit = (_whole(calls), _seconds(window))
    elif not colon or not which:
        raise ValueError(f"'{target}' is not CALL:WHICH")
    elif call == "ready":
        faults.endings.append((which, effect))
    elif call == "options":
        faults.options[which] = tuple(effect.split("+"))
    elif call in (*CALLS, "any"):
        faults.rules.append(_Rule(call, *_which(which), _effect(effect)))
    else:
        raise ValueError(f"'{call}' is no call; calls: {', '.join(CALLS)}, any")


def _which(text: str) -> tuple[int, float, int]:
    if text == "*":
        return 1, math.inf, 1
    if text.startswith("/"):
        return 1, math.inf, _whole(text[1:])
    first, dash, last = text.partition("-")
    return _whole(first), _whole(last) if dash else _whole(first), 1


def _effect(text: str) -> Effect:
    name, colon, argument = text.partition(":")
    if status := re.fullmatch(r"([45][0-9][0-9])(-after-accept)?", name):
        keep = None if status[2] else 0
        if colon and status[1] != "429":
            raise ValueError("only 429 takes seconds")
        reset = _seconds(argument) if colon else 1.0
        return Effect(keep=keep, status=int(status[1]), reset=reset)
    if name == "slow":
        return Effect(delay=_seconds(argument))
    if name == "cut":
        return Effect(cut=True, keep=_count(argument) if colon else None)
    if name == "take":
        return Effect(keep=_count(argument))
    raise ValueError(f"'{text}' is no effect")


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(f"'{text}' is no number of entries")
    return int(text)


def _whole(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise ValueError(f"'{text}' is no number from 1")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise ValueError(f"'{text}' is no number of seconds")
    return float(text)
