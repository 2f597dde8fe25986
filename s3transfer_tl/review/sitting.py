"""One sitting: what is decided about each video, and what of it is on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from s3transfer_tl.decisions import Decision
from s3transfer_tl.errors import TransferError

# Writes what changed, by video; None takes a decision back. Raises a ``TransferError``
Save = Callable[[Mapping[str, Decision | None]], None]


class Sitting:
    """What every tab of the page shares. The last word on a video wins; words on others are kept.

    ``decisions`` are all that there are, also about videos that are not among the ``videos`` here.
    """

    def __init__(self, videos: Sequence[str], decisions: Iterable[Decision], save: Save) -> None:
        self.videos = tuple(videos)
        self.written = 0  # words of this sitting that are on disk
        self.trouble: TransferError | None = None
        self._places = {video: place for place, video in enumerate(self.videos)}
        self._decided = {one.video: one for one in decisions}
        self._takers = {one.transcription: one.video for one in self._decided.values() if one.transcription}
        self._save = save
        self._unsaved: dict[str, Decision | None] = {}
        self._changed: list[int] = []  # the place of each change, in their order

    def __contains__(self, video: str) -> bool:
        return video in self._places

    @property
    def decided(self) -> int:
        """Return how many of the videos here are decided."""
        return sum(video in self._decided for video in self.videos)

    @property
    def unsaved(self) -> int:
        """Return how many words are not on disk."""
        return len(self._unsaved)

    def taker(self, transcription: str | None) -> str | None:
        """Return the video that ``transcription`` is chosen for; a transcription serves one."""
        return None if transcription is None else self._takers.get(transcription)

    def taken_elsewhere(self, transcription: str) -> str | None:
        """Return the taker, where it is none of the videos here."""
        taker = self.taker(transcription)
        return None if taker is None or taker in self else taker

    def take(self, video: str, decision: Decision | None) -> None:
        """Take a decision about ``video``, or take it back where it is None. Its transcription must be
        free."""
        before = self._decided.pop(video, None)
        if before is not None and before.transcription is not None:
            del self._takers[before.transcription]
        if decision is not None:
            self._decided[video] = decision
            if decision.transcription is not None:
                self._takers[decision.transcription] = video
        self._unsaved[video] = decision
        self._changed.append(self._places[video])

    def save(self) -> bool:
        """Write what is not on disk; tell whether all is. ``trouble`` says why it is not."""
        self.trouble = None
        if self._unsaved:
            try:
                self._save(self._unsaved)
            except TransferError as error:
                self.trouble = error
                return False
            self.written += len(self._unsaved)
            self._unsaved.clear()
        return True

    def state(self, since: int = 0) -> dict[str, Any]:
        """Return what a tab must know that has seen the first ``since`` changes; 0: everything."""
        changed = self._changed[since:] if 0 < since <= len(self._changed) else range(len(self.videos))
        return {
            "seen": len(self._changed),
            "changes": [[place, self._told(place)] for place in sorted(set(changed))],
            "unsaved": self.unsaved,
            "trouble": None if self.trouble is None else f"{self.trouble.message}; {self.trouble.hint}",
        }

    def _told(self, place: int) -> dict[str, str | None] | None:
        decision = self._decided.get(self.videos[place])
        if decision is None:
            return None
        return {"transcription": decision.transcription, "language": decision.language}
