"""Which earlier entries a suspect shares something with; the values decide, not their digests."""

from __future__ import annotations

from typing import Any

from s3transfer_tl.lint.rules import Earlier, Relations
from s3transfer_tl.lint.survey import NAMESAKES, file_name, folded, names_a_file

UNRELATED = Relations()


class Acquaintances:
    """Remembers the first entry of each value. Only suspects come here, in file order: entries that
    share nothing are never remembered."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[Earlier, Any]] = {}
        self._folded: dict[str, Earlier] = {}
        self._transcriptions: dict[str, Earlier] = {}
        self._names: dict[tuple[str, str], list[Earlier]] = {}  # the first of each name, up to NAMESAKES

    def meet(self, number: int, line: int, value: Any) -> Relations:
        """Return what the entry ``value`` shares with earlier ones, and remember it."""
        uri = value.get("object") if isinstance(value, dict) else None
        if not names_a_file(uri):
            return UNRELATED
        this = Earlier(number, line, uri)
        same, same_value = self._objects.setdefault(uri, (this, value))
        near = self._folded.setdefault(folded(uri), this)
        transcription = value.get("transcription")
        shared = this
        if names_a_file(transcription):
            shared = self._transcriptions.setdefault(transcription, this)
        names = self._names.setdefault((file_name(uri), str(value.get("index_id"))), [])
        if len(names) < NAMESAKES:
            names.append(this)
        return Relations(
            entry=same if same is not this and same_value == value else None,
            object=same if same is not this else None,
            transcription=shared if shared.object != uri else None,
            folded_object=near if near.object != uri else None,
            file_name=names[0] if names[-1] is this and names[0].object != uri else None,
        )
