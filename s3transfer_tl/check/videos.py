"""What the headers of videos tell, as it comes; only what a rule complains of is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from s3transfer_tl import captions
from s3transfer_tl.check.named import Named
from s3transfer_tl.lint import limits, subtitles, video
from s3transfer_tl.model import MediaVerdict

Probe = Callable[[Iterable[str]], Iterator[MediaVerdict]]


class _Asked(NamedTuple):
    """A video under way: where its transcription ends (seconds), and whether it has further entries."""

    end: float | None
    is_repeated: bool


class Videos:
    """The videos of one run, judged for ``platform``. 130 bytes a transcription stay in memory."""

    def __init__(self, platform: limits.Platform) -> None:
        self.platform = platform
        self.verdicts: dict[str, MediaVerdict] = {}
        self.cues: dict[str, float] = {}
        self._ends: dict[int, float] = {}  # by the hash of the transcription's URI
        self._asked: dict[str, _Asked] = {}

    def note_content(self, uri: str, data: bytes) -> None:
        """Note where the last cue of a transcription ends."""
        kind = subtitles.kind(uri)
        ends = [cue.end_ms for cue in captions.cues(data, kind)] if kind else []
        if ends:
            self._ends[hash(uri)] = max(ends) / 1000

    def wanted(self, named: Named, leave_out: Callable[[str], bool]) -> Iterator[str]:
        """Yield the videos whose headers are wanted."""
        for uri, transcription, is_repeated in named.videos():
            if not leave_out(uri):
                end = self._ends.get(hash(transcription)) if transcription else None
                self._asked[uri] = _Asked(end, is_repeated)
                yield uri

    def note(self, verdict: MediaVerdict) -> None:
        """Take what a header told."""
        asked = self._asked.pop(verdict.uri)
        if verdict.unread:
            return
        if asked.is_repeated or video.doubted(verdict, asked.end, self.platform):
            self.verdicts[verdict.uri] = verdict

    def recall(self, named: Named) -> None:
        """Find where the transcriptions of the videos that were kept end."""
        for uri, transcription in named.pairs() if self.verdicts else ():
            if uri in self.verdicts and transcription and (end := self._ends.get(hash(transcription))):
                self.cues[transcription] = end
