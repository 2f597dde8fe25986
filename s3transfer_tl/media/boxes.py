"""MP4 and QuickTime headers, box by box, without the sample tables (ISO/IEC 14496-12).

Two hours of video have 2 to 5 MB of sample tables, which FFmpeg reads to open the file; what is asked
here stands before them. Sizes in boxes are whoever made the file's word: each is checked against the
box around it, and every loop has an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from s3transfer_tl.media.parts import Parts

MOST_BOXES = 4096
_MOST_INDEX = 1 << 20  # bytes of a segment index, for 65,535 segments
_AT_ONCE = 16 << 10  # bytes of a read: a track's header, up to its sample tables
_FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp"})
_UNKNOWN = frozenset({0, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF})


class Doubt(Exception):
    """The boxes do not tell: FFmpeg may know more."""


class Broken(Doubt):
    """The boxes show that nobody can tell."""


class Movie(NamedTuple):
    """What the boxes tell: pixels as they are coded (0: there is no video track), seconds (None where the
    file is in fragments and no header or index tells)."""

    width: int
    height: int
    duration: float | None
    has_audio: bool


class _Box(NamedTuple):
    kind: bytes
    start: int  # of its content
    end: int


class _Track(NamedTuple):
    kind: bytes = b""  # of its media: vide, soun ...
    width: int = 0
    height: int = 0


def is_movie(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` is made of boxes."""
    return head[4:8] in _FIRST


def read(parts: Parts) -> Movie:
    """Read the header. Raises ``Lacking`` for the next part to read (call it again with that), and
    ``Doubt`` where the boxes do not say enough, ``Broken`` where they make no sense."""
    return _Reader(parts).movie()


class _Reader:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._left = MOST_BOXES

    def movie(self) -> Movie:
        moov = self._find(b"moov", 0)
        if moov is None:
            raise Broken("it has no movie header: it was not finished, or is cut off")
        duration, mvex = 0.0, None
        tracks: list[_Track] = []
        for box in self._inside(moov.start, moov.end):
            if box.kind == b"mvhd":
                duration = self._duration(box)
            elif box.kind == b"mvex":
                mvex = box
            elif box.kind == b"trak" and not _enough(tracks):
                tracks.append(self._track(box))
        if mvex:
            duration = self._extended(mvex, moov) or self._indexed(moov.end)
        elif not duration:
            raise Doubt("its header tells no duration")
        if not tracks:
            raise Doubt("its header names no tracks")
        video = next((track for track in tracks if track.kind == b"vide"), _Track())
        has_audio = any(track.kind == b"soun" for track in tracks)
        return Movie(video.width, video.height, duration or None, has_audio)

    def _find(self, kind: bytes, start: int) -> _Box | None:
        """Return the first outermost box of ``kind`` from ``start`` on; none beyond the first fragment."""
        for box in self._inside(start, self._parts.size):
            if box.kind == kind:
                return box
            if box.kind == b"moof":
                break
        return None

    def _inside(self, start: int, end: int) -> Iterator[_Box]:
        """Yield the boxes between two offsets."""
        while start + 8 <= end:
            self._left -= 1
            if not self._left:
                raise Broken(f"it has more than {MOST_BOXES} boxes")
            head = self._get(start, 16)
            size, kind, content = int.from_bytes(head[:4]), head[4:8], start + 8
            if size == 1:
                size, content = int.from_bytes(head[8:16]), start + 16
            elif size == 0:  # to the end of the file
                size = end - start
            if size < content - start or (start + size > end and kind != b"mdat"):
                raise Broken(f"its box {kind.decode('latin-1')!a} at byte {start:,} is cut off or damaged")
            yield _Box(kind, content, min(start + size, end))
            start += size

    def _track(self, trak: _Box) -> _Track:
        mdia = self._child(trak, b"mdia")
        hdlr = self._child(mdia, b"hdlr")
        kind = self._get(hdlr.start + 8, 4)
        if kind != b"vide":
            return _Track(kind)
        table = self._child(self._child(self._child(mdia, b"minf"), b"stbl"), b"stsd")
        size = self._get(table.start + 8 + 32, 4)  # past the count, in the first visual sample entry
        return _Track(kind, int.from_bytes(size[:2]), int.from_bytes(size[2:]))

    def _child(self, box: _Box, kind: bytes) -> _Box:
        for child in self._inside(box.start, box.end):
            if child.kind == kind:
                return child
        raise Doubt(f"a box {kind.decode()} is not there")

    def _duration(self, mvhd: _Box) -> float:
        """Return the seconds that a movie header tells; 0 where it tells none."""
        data = self._get(mvhd.start, 32)
        at, width = (20, 8) if data[:1] == b"\1" else (12, 4)
        scale, units = int.from_bytes(data[at : at + 4]), int.from_bytes(data[at + 4 : at + 4 + width])
        return units / scale if scale and units not in _UNKNOWN else 0.0

    def _extended(self, mvex: _Box, moov: _Box) -> float:
        """Return the seconds that the header of a fragmented file tells; 0 where it tells none."""
        mehd = next((box for box in self._inside(mvex.start, mvex.end) if box.kind == b"mehd"), None)
        if mehd is None:
            return 0.0
        units = int.from_bytes(self._get(mehd.start + 4, 8 if self._is_long(mehd) else 4))
        mvhd = self._child(moov, b"mvhd")
        scale = int.from_bytes(self._get(mvhd.start + (20 if self._is_long(mvhd) else 12), 4))
        return units / scale if scale and units not in _UNKNOWN else 0.0

    def _indexed(self, start: int) -> float:
        """Return the seconds that a segment index tells which covers the file to its end, or 0."""
        sidx = self._find(b"sidx", start)
        if sidx is None:
            return 0.0
        data = self._get(sidx.start, min(sidx.end - sidx.start, _MOST_INDEX))
        scale = int.from_bytes(data[8:12])
        at = 28 if self._is_long(sidx) else 20  # of the reserved field before the count
        covered = int.from_bytes(data[20:28] if self._is_long(sidx) else data[16:20])
        units = 0
        for entry in range(at + 4, at + 4 + 12 * int.from_bytes(data[at + 2 : at + 4]), 12):
            covered += int.from_bytes(data[entry : entry + 4]) & 0x7FFF_FFFF
            units += int.from_bytes(data[entry + 4 : entry + 8])
        rest = self._parts.size - sidx.end - covered  # an index of random access points, at most
        return units / scale if scale and 0 <= rest <= covered // 10 + 1024 else 0.0

    def _is_long(self, box: _Box) -> bool:
        """Tell whether a box's numbers have 64 bits: its version is 1."""
        return self._get(box.start, 1) == b"\1"

    def _get(self, offset: int, length: int) -> bytes:
        return self._parts.get(offset, length, at_once=_AT_ONCE)


def _enough(tracks: list[_Track]) -> bool:
    return {b"vide", b"soun"} <= {track.kind for track in tracks}
