"""One video on its way to a verdict: what to do next, given what was read (no edges here)."""

from __future__ import annotations

from collections.abc import Callable

from s3transfer_tl.media import boxes, workers
from s3transfer_tl.media.parts import HEAD, MOST_BYTES, Lacking, Part, Parts
from s3transfer_tl.model import MediaVerdict

AT_ONCE = 256 << 10  # bytes of a read for PyAV, which goes forward and looks at the end
EXTRA = "pip install 's3transfer-tl[media]'"
_MOVIE = "mov,mp4,m4a,3gp,3g2,mj2"  # as FFmpeg calls it
_PARTLY = "only part of its header was found"


class Reading:
    """A video being read: a step is a part to read, a job for PyAV, or the verdict."""

    def __init__(self, uri: str, has_pyav: Callable[[], bool]) -> None:
        self.uri = uri
        self.etag: str | None = None
        self._has_pyav = has_pyav
        self._parts: Parts | None = None
        self._wanted = Part(0, HEAD)
        self._doubt = ""  # what the boxes leave open
        self._told: MediaVerdict | None = None  # by the boxes, without the duration

    def first(self) -> Part:
        """Return the first part to read."""
        return self._wanted

    def came(self, data: bytes, size: int, etag: str | None = None) -> Part | workers.Job | MediaVerdict:
        """Take the part that was wanted; return the next step."""
        if self._parts is None:
            self._parts, self.etag = Parts(size), etag
        elif size != self._parts.size:
            return self.unknown("it was replaced while it was read")
        if not size:
            return self.unknown("it is empty")
        self._parts.add(self._wanted.offset, data)
        if self._doubt or not boxes.is_movie(self._parts.held[0]):
            return self._ask_pyav(is_last=False)
        try:
            movie = boxes.read(self._parts)
        except Lacking as lacking:
            return self._want(lacking.part) or self.unknown("its header is in too many places")
        except boxes.Broken as broken:
            return self.unknown(str(broken))
        except boxes.Doubt as doubt:
            self._doubt = str(doubt)
            return self._ask_pyav(is_last=False)
        self._told = MediaVerdict(self.uri, *movie, container=_MOVIE)
        if movie.duration is None:
            self._doubt = "it is in fragments, and nothing tells their duration"
            if size <= MOST_BYTES:  # FFmpeg reads it to the end for that
                return self._ask_pyav(is_last=False)
            return self._told._replace(reason=self._doubt)
        return self._told

    def found(self, found: workers.Found) -> Part | workers.Job | MediaVerdict:
        """Take what PyAV found; return the next step."""
        if found.lacks is not None and self._parts and found.lacks < self._parts.size:
            part = self._want(self._parts.cut(found.lacks, AT_ONCE))
            return part or self._ask_pyav(is_last=True)
        reason = found.reason
        if not reason and None in (found.width, found.height, found.duration, found.has_audio):
            reason = self._doubt or (_PARTLY if found.width is None else "its header tells no duration")
        if self._told:
            return self._told._replace(duration=found.duration, reason=reason)
        return MediaVerdict(
            self.uri, found.width, found.height, found.duration, found.has_audio, found.container, reason
        )

    def unknown(self, reason: str) -> MediaVerdict:
        """Return the verdict where nothing could be learned."""
        return MediaVerdict(self.uri, reason=reason)

    def _want(self, part: Part) -> Part | None:
        """Note the next part; None where it would be more than may be read of a video."""
        assert self._parts is not None  # the first part is never asked for again
        if not part.length or not self._parts.allow(part):
            return None
        self._wanted = part
        return part

    def _ask_pyav(self, *, is_last: bool) -> workers.Job | MediaVerdict:
        assert self._parts is not None  # as above
        if not self._has_pyav():
            reason = self._doubt or "only MP4 and QuickTime are read without PyAV"
            return (self._told or self.unknown(""))._replace(reason=f"{reason}: {EXTRA}")
        return workers.Job(self, self._parts, is_last)
