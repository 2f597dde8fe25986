"""A stream of events, as submit and status print it with ``--format jsonl``: what it says of each entry."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from datetime import datetime
from sys import intern
from typing import Any

from s3transfer_tl.report.page.parts import MOST
from s3transfer_tl.report.page.submitted import TROUBLED

_OF_STATUS = ("ready", "failed")
_TOLD = ("state", "status", "task_id", "message", "updated")
_LATEST = 1e11  # epoch seconds; the year 5138


class Told:
    """The events as they came. An entry is known by its object and its index; the latest event of each says
    where it stands. Of entries beyond the first ``most`` that are in no trouble no more than that is kept:
    about 250 bytes, and 20 for each event."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._numbers: dict[tuple[str, str], int] = {}
        self._latest: list[tuple[Any, ...]] = []  # as _TOLD, or the state alone
        self._bare: dict[str, tuple[str]] = {}
        self._times, self._whose, self._states = array("d"), array("L"), list[str]()

    def take(self, one: Mapping[str, Any]) -> None:
        """Take an event. Raises ``ValueError`` for one without a time, an object or an index."""
        try:
            key = str(one["object"]), intern(str(one["index_id"]))
            written = one["time"]
            time = datetime.fromisoformat(written).timestamp()
        except (KeyError, TypeError) as error:
            raise ValueError(f"no event: {error}") from error
        if not 0 <= time < _LATEST:
            raise ValueError(f"no time of an event: {written}")
        status, state = one.get("status"), str(one["event"])
        if state == "status":
            state = str(status) if status in _OF_STATUS else "indexing"
        state = intern(state)
        number = self._numbers.setdefault(key, len(self._numbers))
        if number < self._most or state in TROUBLED:
            latest: tuple[Any, ...] = state, status, one.get("task_id"), one.get("message"), written
        else:
            latest = self._bare.setdefault(state, (state,))
        if number == len(self._latest):
            self._latest.append(latest)
        else:
            self._latest[number] = latest
        self._times.append(time)
        self._whose.append(number)
        self._states.append(state)

    def is_empty(self) -> bool:
        """Tell whether nothing happened."""
        return not self._times

    @property
    def span(self) -> tuple[float, float]:
        """Return the times of the first and the last event, epoch seconds."""
        return min(self._times), max(self._times)

    def moves(self) -> Iterator[tuple[float, int, str]]:
        """Yield time, entry and new state of each event, as they came."""
        return zip(self._times, self._whose, self._states, strict=True)

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield each entry as ``status --format json`` has it, and when it last changed."""
        for (video, index_id), latest in zip(self._numbers, self._latest, strict=True):
            yield {"object": video, "index_id": index_id, **dict(zip(_TOLD, latest, strict=False))}
