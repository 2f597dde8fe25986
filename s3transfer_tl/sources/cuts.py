"""Where to cut a range of keys so that neither half is empty: pure questions and answers.

A probe asks for the first key after a point. After ``stem + character + U+10FFFF`` comes whatever
follows all keys that begin with ``stem + character``: a sibling, or what is higher up. The leftmost
position at which a sibling is left inside the range is where most of the work is. Completeness never
depends on the characters that are tried: keys with another one stay with their left neighbour.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Generator, Mapping, Sequence

LAST = "\U0010ffff"  # no character is larger, and unlike a surrogate it can be sent
_DIGITS_READ = 6  # characters, to tell how far a range has been read

Answers = Mapping[str, str | None]  # point to the first key after it


def search(
    after: str, upto: str | None, start: int, sample: Sequence[str], wanted: int
) -> Generator[list[str], Answers, list[str]]:
    """Find up to ``wanted`` cuts inside ``(after, upto]``: yield points to probe, return the cuts.

    ``start`` is the length of what all keys have in common, ``sample`` are some keys read lately.
    Every cut has at least one key between itself and the next one, or ``upto``.
    """

    def inside(key: str | None) -> bool:
        return key is not None and (upto is None or key <= upto)

    low, high = _divergence(after, upto, start), len(after) - 1
    level, position = None, low  # the leftmost is the likeliest
    while low <= high:
        point = after[: position + 1] + LAST
        answers = yield [point]
        if inside(answers[point]):
            level, high = position, position - 1
            found = {point: answers[point]}
        else:
            low = position + 1
        position = (low + high) // 2
    if level is None:
        return []
    stem, own = after[:level], after[level]
    points = [stem + character + LAST for character in alphabet(sample, level) if character > own]
    if upto is not None:
        points = [point for point in points if point < upto]
    points = evenly(points, wanted)
    if points:
        answers = yield points
        found.update((point, answers[point]) for point in points if inside(answers[point]))
    cuts: list[str] = []
    last = None
    for point, key in found.items():
        if key != last:
            cuts.append(point)
            last = key
    return evenly(cuts, wanted)


def evenly(things: Sequence[str], wanted: int) -> list[str]:
    """Return at most ``wanted`` of ``things``, evenly spaced, neither end preferred."""
    if len(things) <= wanted:
        return list(things)
    return [things[(2 * n + 1) * len(things) // (2 * wanted)] for n in range(wanted)]


def alphabet(sample: Sequence[str], level: int) -> list[str]:
    """Return the characters that ``sample`` has from position ``level`` on, up to the next '.' or '/'."""
    seen: set[str] = set()
    for key in sample:
        rest = key[level:]
        seen.update(rest[:1], rest.partition("/")[0].partition(".")[0])
    return sorted(seen)


def rest(low: str, after: str, upto: str | None, start: int, sample: Sequence[str], read: int) -> float:
    """Return how many keys may be left in ``(after, upto]`` where ``(low, after]`` held ``read``:
    as if keys were spread evenly over the characters that are seen."""
    if upto is None:
        return float("inf")
    level = _divergence(low, upto, start)
    characters = alphabet([*sample, low, after, upto.removesuffix(LAST)], level)
    begun, now, end = (_value(text[level:], characters) for text in (low, after, upto))
    return read * (end - now) / (now - begun) if now > begun else float("inf")


def _divergence(left: str, right: str | None, start: int) -> int:
    if right is None:
        return start
    return max(start, len(os.path.commonprefix([left, right])))  # noqa: RUF071 - letter by letter it is


def _value(text: str, characters: Sequence[str]) -> float:
    """Return ``text`` as a fraction in the base of ``characters``."""
    value, scale = 0.0, 1.0
    for character in text[:_DIGITS_READ]:
        scale /= len(characters) + 1
        value += scale * bisect_left(characters, character)
    return value
