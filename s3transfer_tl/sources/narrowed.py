"""Some parts of a place in S3, listed one after the other: what lies elsewhere is not asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from s3transfer_tl.model import S3Object

if TYPE_CHECKING:
    from s3transfer_tl.sources.s3 import S3Source


class NarrowedSource:
    """The objects of ``parts``, none of which lies below another. ``root`` is that of the whole place."""

    def __init__(self, root: str, parts: tuple[S3Source, ...]) -> None:
        self.root = root
        self._parts = parts
        self._done = 0

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What is listed: URIs that keys begin with."""
        return tuple(part.root for part in self._parts)

    @property
    def mode(self) -> str:
        """How the parts were listed so far."""
        return "+".join(dict.fromkeys(part.mode for part in self._parts[: self._done + 1]))

    @property
    def in_flight(self) -> int:
        """How many requests are on the wire."""
        return sum(part.in_flight for part in self._parts[self._done : self._done + 1])

    def pages(self) -> Iterator[Sequence[S3Object]]:
        """Yield pages of objects, each object once. Raises as each part does."""
        for self._done, part in enumerate(self._parts):  # noqa: B020 - it tells how far this is
            yield from part.pages()
