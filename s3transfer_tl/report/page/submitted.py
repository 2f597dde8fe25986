"""What became of submitted entries, taken one by one: counts of all, rows of the first many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from s3transfer_tl.report.page.parts import MOST, Column, Table, Tone, text

LISTS = ("entries",)
"""The members of a submission's document whose elements ``Submitted.take`` wants one by one."""

STATES: Mapping[str, Tone] = {
    "ready": "good",
    "indexing": "info",
    "accepted": "info",
    "sending": "mute",
    "planned": "mute",
    "unknown": "warn",
    "held": "warn",
    "rejected": "bad",
    "failed": "bad",
}
"""Every state of an entry, the best first, as curves stack them and columns sort them."""

STATE = Column("State", "choice", STATES)
WORDS = Column("In the platform's words")
TROUBLED = ("failed", "rejected", "held", "unknown")
"""The states that want a person."""

_DIFFERENT = 1000  # messages that are told apart


class Submitted:
    """The entries of a submission. ``rest`` says where all of them can be read."""

    def __init__(self, rest: str, most: int = MOST) -> None:
        self.states: Counter[str] = Counter()
        self.uploads: Counter[str] = Counter()  # of each state: no manifest carries them
        self._words: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], str | None] = {}
        video, task = Column("Video", "key"), Column("Task", "key")
        index, changed = Column("Index", "choice"), Column("Last change")
        troubled = (STATE, video, WORDS, task, index, changed)
        self.troubled = Table("Entries in trouble", troubled, rest=rest, most=most)
        every = (
            *(STATE, video, Column("Transcription", "key"), Column("Language", "choice"), index),
            *(Column("Status", "choice"), task, Column("Message"), changed),
        )
        self.every = Table("Every entry", every, rest=rest, most=most)

    def take(self, name: str, value: Any) -> None:
        """Take a member of the document, or an element of one of ``LISTS``."""
        if name == "entries" and isinstance(value, dict):
            self.add(value)

    def add(self, one: Mapping[str, Any]) -> None:
        """Take an entry: the members of ``status --format json``, and ``updated`` where it is known."""
        get = {name: text(value) for name, value in one.items()}.get
        state, message = get("state") or "", get("message")
        video, task, index, updated = get("object"), get("task_id"), get("index_id"), get("updated")
        self.states[state] += 1
        self.uploads[state] += not (video or "").startswith("s3://")
        status = get("status")
        told = get("transcription"), get("language"), index, None if status == state else status
        self.every.add(state, video, *told, task, message, updated)
        if state in TROUBLED:
            self.troubled.add(state, video, message, task, index, updated)
            self._note(state, message or "nothing was said", video)

    def is_empty(self) -> bool:
        """Tell whether there is no entry."""
        return not self.every.total

    def words(self) -> Table:
        """Return what was said of entries in trouble, each message once."""
        columns = (STATE, WORDS, Column("Entries", "number"), Column("For example", "key"))
        table = Table("What was said of entries in trouble, the most frequent first", columns)
        for (state, message), count in self._words.most_common():
            table.add(state, message, count, self._first[state, message])
        return table

    def _note(self, state: str, message: str, video: str | None) -> None:
        said = state, message
        if said in self._words or len(self._words) < _DIFFERENT:
            self._words[said] += 1
            self._first.setdefault(said, video)
