"""A stream of events, as submit and status print it with ``--format jsonl``: what it says of each entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

_OF_STATUS = frozenset({"ready", "failed"})


class Told:
    """The events as they came. An entry is known by its object and its index; the latest event of each says
    where it stands."""

    def __init__(self) -> None:
        self.events = 0
        self.moves: list[tuple[float, tuple[str, str], str]] = []
        self._latest: dict[tuple[str, str], tuple[Any, ...]] = {}

    def take(self, one: Mapping[str, Any]) -> None:
        """Take an event. Raises ``ValueError`` for one without a time, an object or an index."""
        try:
            key = str(one["object"]), str(one["index_id"])
            time = datetime.fromisoformat(one["time"]).timestamp()
        except (KeyError, TypeError) as error:
            raise ValueError(f"no event: {error}") from error
        status = one.get("status")
        state = str(one["event"])
        if state == "status":
            state = status if status in _OF_STATUS else "indexing"
        self.events += 1
        self.moves.append((time, key, state))
        self._latest[key] = (state, status, one.get("task_id"), one.get("message"), one["time"])

    @property
    def span(self) -> tuple[float, float]:
        """Return the times of the first and the last event."""
        times = [time for time, _, _ in self.moves]
        return min(times), max(times)

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield each entry as ``status --format json`` has it, and when it last changed."""
        for (video, index_id), (state, status, task, message, time) in self._latest.items():
            yield {
                "object": video,
                "index_id": index_id,
                "state": state,
                "status": status,
                "task_id": task,
                "message": message,
                "updated": time,
            }
