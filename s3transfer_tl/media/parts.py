"""The parts of one video that have been read, and what it takes to read more (pure)."""

from __future__ import annotations

from typing import NamedTuple

MOST_REQUESTS = 8
MOST_BYTES = 2 << 20
HEAD = 32 << 10  # bytes of the first read: the header of most, and the signature of all


class Part(NamedTuple):
    """Bytes of a video that are wanted."""

    offset: int
    length: int


class Lacking(Exception):
    """A part that has not been read yet is wanted."""

    def __init__(self, part: Part) -> None:
        super().__init__(part)
        self.part = part


class Parts:
    """Parts of a video of ``size`` bytes; ``requests`` and ``read`` count what they took."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.requests = self.read = 0
        self.held: dict[int, bytes] = {}  # by offset; a part never begins inside another

    def add(self, offset: int, data: bytes) -> None:
        """Keep a part that was read by one request."""
        self.requests += 1
        self.read += len(data)
        self.held[offset] = data

    def get(self, offset: int, length: int, *, at_once: int) -> bytes:
        """Return bytes, fewer only where the video ends. Raises ``Lacking`` where they are not held: a part
        of ``at_once`` bytes, so that what follows comes with it."""
        end = min(offset + length, self.size)
        found = bytearray()
        while offset < end:
            start = next((at for at, data in self.held.items() if at <= offset < at + len(data)), None)
            if start is None:
                raise Lacking(self.cut(offset, max(at_once, end - offset)))
            found += self.held[start][offset - start : end - start]
            offset = start + len(self.held[start]) if end > start + len(self.held[start]) else end
        return bytes(found)

    def cut(self, offset: int, length: int) -> Part:
        """Return the part from ``offset`` on that is neither held nor beyond the end."""
        following = min((at for at in self.held if at > offset), default=self.size)
        return Part(offset, min(length, following - offset, self.size - offset))

    def allow(self, part: Part) -> bool:
        """Tell whether one more part is within what may be read of a video."""
        return self.requests < MOST_REQUESTS and self.read + part.length <= MOST_BYTES
