"""Reads the headers of videos with PyAV, in a process of its own, for whoever started it.

A script: it imports the standard library and PyAV alone, and is started with no credentials in its
environment. Before the first byte of a video it gives up the right to open a file or a socket, so that a
playlist has nothing to fetch with, and memory beyond a limit. It gets a video's parts on its standard
input and answers a line of JSON: what it found, or the offset that it lacks.
"""

from __future__ import annotations

import contextlib
import json
import struct
import sys
from typing import Any, BinaryIO

MOST_MEMORY = 1 << 30  # bytes of address space; Python with PyAV alone has 130 MB
FORMATS = "mov,matroska,avi,mpeg,mpegvideo,mpegts,mxf,asf,flv,ogg"  # no playlist among them
_PROBED = str(1 << 20)  # bytes that FFmpeg reads to know the streams
_TOLD_FIRST = frozenset({"matroska,webm"})  # their header names all tracks and the duration


class Video:
    """A file of which some parts are there. What is not there is lacking, once; then nothing is."""

    def __init__(self, size: int, parts: dict[int, bytes]) -> None:
        self.size = size
        self.parts = parts
        self.at = 0
        self.lacks: int | None = None

    def read(self, length: int) -> bytes:
        """Return up to ``length`` bytes; none at the end, or where they are lacking."""
        if self.lacks is not None:
            return b""
        for start, data in self.parts.items():
            if start <= self.at < start + len(data):
                found = data[self.at - start : self.at - start + length]
                self.at += len(found)
                return found
        if self.at < self.size:
            self.lacks = self.at
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to an offset; one before the beginning is refused, as FFmpeg may ask for it."""
        to = offset + (0, self.at, self.size)[whence]
        if to < 0:
            raise OSError("before the beginning")
        self.at = to
        return to

    def tell(self) -> int:
        """Return the offset."""
        return self.at


def refuse(*_: Any) -> Any:
    """Open nothing that a file names."""
    raise PermissionError("a video is one file")


def facts(video: Video, is_last: bool) -> dict[str, Any]:
    """Return what PyAV tells of ``video``, or what it lacks; ``is_last``: what is lacking stays so."""
    import av

    try:
        with av.open(
            video,
            options={"format_whitelist": FORMATS, "probesize": _PROBED, "threads": "1"},
            io_open=refuse,
            metadata_errors="replace",
        ) as container:
            told = _told(container, video.lacks is None)
    except Exception as error:  # whatever PyAV makes of a broken file, the next one is read
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        told = {"reason": f"FFmpeg cannot read it: {said}"[:300]}
    if video.lacks is not None and not is_last:
        return {"lacks": video.lacks}
    if video.lacks is not None and "container" not in told:
        return {"reason": "its header was not found in what may be read of it"}
    return told


def _told(container: Any, is_whole: bool) -> dict[str, Any]:
    """Return what the container says; of one that was not read to the end of its header, what is sure."""
    name = container.format.name
    is_whole = is_whole or name in _TOLD_FIRST
    pictures = [one for one in container.streams.video if not one.disposition & one.disposition.attached_pic]
    picture = pictures[0] if pictures else None
    seconds = container.duration / 1e6 if container.duration and is_whole else None
    sound = bool(container.streams.audio)
    width, height = getattr(picture, "width", 0), getattr(picture, "height", 0)  # none without a decoder
    return {
        "container": name,
        "width": (width or None) if picture else 0 if is_whole else None,
        "height": (height or None) if picture else 0 if is_whole else None,
        "reason": "FFmpeg knows no size of its pictures" if picture and is_whole and not width else "",
        "duration": seconds,
        "has_audio": sound if sound or is_whole else None,
    }


def confine() -> None:
    """Give up what reading a video does not take. What is needed later must be loaded by now."""
    import av
    import av.audio.codeccontext
    import av.audio.stream
    import av.subtitles.codeccontext
    import av.subtitles.stream
    import av.video.codeccontext
    import av.video.stream

    av.logging.set_level(av.logging.PANIC)
    try:
        import resource
    except ImportError:  # not a Unix
        return
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # the standard streams are open already


def job(pipe: BinaryIO) -> tuple[Video, bool] | None:
    """Read one video's parts; None at the end."""
    head = pipe.read(17)
    if len(head) < 17:
        return None
    size, is_last, count = struct.unpack(">Q?Q", head)
    parts = {}
    for _ in range(count):
        offset, length = struct.unpack(">QQ", pipe.read(16))
        parts[offset] = pipe.read(length)
    return Video(size, parts), is_last


def main() -> None:
    """Answer until the input ends."""
    confine()
    sys.stdout.write("{}\n")  # ready
    sys.stdout.flush()
    while found := job(sys.stdin.buffer):
        sys.stdout.write(json.dumps(facts(*found)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
