"""One value of every entry, remembered as eight bytes: enough to suspect that it occurs twice."""

from __future__ import annotations

import operator
from array import array
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

_NONE = 0  # the digest of what takes no part in the comparison
_PART = 1 << 20  # digests that are compared at once: 100 MB


class Column:
    """The digests of one value, by the entry's number. Values that come in rising order, as those of a
    built manifest do, need no comparison."""

    def __init__(self) -> None:
        self._digests = array("q")
        self._rising = True
        self._last: Any = None

    def append(self, value: Hashable) -> None:
        """Add the value of the next entry; None takes no part in the comparison."""
        self._digests.append(_NONE if value is None else hash(value))
        if self._rising and value is not None:
            self._rising = self._last is None or self._last < value
            self._last = value

    def extend(self, values: Sequence[Any]) -> None:
        """Add the values of the next entries, which are of one type or None."""
        if None in values:
            self._digests.extend([_NONE if value is None else hash(value) for value in values])
            values = [value for value in values if value is not None]
        else:
            self._digests.extend(map(hash, values))
        if self._rising and values:
            self._rising = (self._last is None or self._last < values[0]) and all(
                map(operator.lt, values, islice(values, 1, None))
            )
            self._last = values[-1]

    def repeated(self) -> Iterator[int]:
        """Yield the numbers of the entries whose digest another one has too."""
        if self._rising:
            return
        parts = len(self._digests) // _PART + 1
        for part in range(parts):
            digests: Sequence[int] = self._digests
            if parts > 1:
                digests = [digest for digest in self._digests if digest % parts == part]
            twice = _twice(digests)
            if twice:
                yield from (number for number, digest in enumerate(self._digests) if digest in twice)

    def first(self, numbers: Iterable[int], most: int) -> Iterator[int]:
        """Yield of ``numbers`` the first ``most`` of each digest."""
        seen: Counter[int] = Counter()
        for number in numbers:
            digest = self._digests[number]
            seen[digest] += 1
            if seen[digest] <= most:
                yield number


def _twice(digests: Sequence[int]) -> set[int]:
    """Return what occurs more than once in ``digests``."""
    seen: set[int] = {_NONE}
    if len(seen.union(digests)) == len(digests) - digests.count(_NONE) + 1:
        return set()  # the common case, at the speed of C
    add = seen.add
    return {digest for digest in digests if digest in seen or add(digest)} - {_NONE}
