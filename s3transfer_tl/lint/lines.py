"""From byte offsets to lines and columns, in one walk forward through the file."""

from __future__ import annotations

from typing import BinaryIO

_CHUNK = 1 << 20
_CONTINUATION = bytes(range(0x80, 0xC0))  # bytes of UTF-8 that begin no code point


class Lines:
    """Tells lines and columns (1-based, in code points; ``\\n`` ends a line) of offsets that come in
    rising order. ``start`` is where line 1 begins: behind a byte order mark, if there is one."""

    def __init__(self, fp: BinaryIO, start: int = 0) -> None:
        self._fp = fp
        self._offset, self._line, self._column = start, 1, 1

    def at(self, offset: int) -> tuple[int, int]:
        """Return line and column of ``offset``; one that lies behind stays where the walk is."""
        while self._offset < offset:
            self._fp.seek(self._offset)
            chunk = self._fp.read(min(_CHUNK, offset - self._offset))
            if not chunk:
                break
            self._offset += len(chunk)
            breaks = chunk.count(b"\n")
            if breaks:
                self._line, self._column = self._line + breaks, 1
                chunk = chunk[chunk.rindex(b"\n") + 1 :]
            self._column += code_points(chunk)
        return self._line, self._column


def code_points(text: bytes) -> int:
    """Count the code points of UTF-8 ``text``."""
    return len(text) if text.isascii() else len(text.translate(None, _CONTINUATION))
