"""Two names side by side: what they share and where they differ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}\Z")
_WORTH = 2  # letters at an end of two words; one alone is chance


class Part(NamedTuple):
    """A stretch of both names; ``same`` says that they agree there, but for Unicode's normal form."""

    same: bool
    video: str
    other: str


def ending(name: str) -> int:
    """Return where the format (``.mp4``) begins in ``name``; its length where there is none."""
    found = _ENDING.search(name)
    return found.start() if found and found.start() else len(name)


def align(video: str, other: str) -> tuple[Part, ...]:
    """Return both names as parts, in turn the same and different.

    Words and numbers are compared whole, so that a letter which two words happen to share does not
    break them up; of two words that differ, what they begin and end with alike is the same then. A key
    has at most 1,024 bytes, which bounds the time.
    """
    from rapidfuzz.distance import Indel

    ours, theirs = _words(video), _words(other)
    changes = Indel.opcodes([_form(word) for word in ours], [_form(word) for word in theirs])
    parts = (
        Part(
            change.tag == "equal",
            "".join(ours[change.src_start : change.src_end]),
            "".join(theirs[change.dest_start : change.dest_end]),
        )
        for change in changes
    )
    return tuple(_joined(piece for part in _joined(parts) for piece in _trimmed(part)))


def _joined(parts: Iterable[Part]) -> Iterable[Part]:
    """Yield ``parts`` with neighbours of one kind as one, and without empty ones."""
    last: Part | None = None
    for part in parts:
        if not part.video and not part.other:
            continue
        if last is not None and last.same is part.same:
            last = Part(part.same, last.video + part.video, last.other + part.other)
            continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last


def _trimmed(part: Part) -> tuple[Part, ...]:
    """Return a part that differs with what its sides begin and end alike apart."""
    if part.same:
        return (part,)
    head = _alike(part.video, part.other)
    mine, yours = part.video[head:], part.other[head:]
    tail = _alike(mine[::-1], yours[::-1])
    start, end = part.video[:head], mine[len(mine) - tail :]
    middle = Part(False, mine[: len(mine) - tail], yours[: len(yours) - tail])
    return (Part(True, start, start), middle, Part(True, end, end))


def _alike(one: str, two: str) -> int:
    """Return how many code points both begin with, whole numbers and whole letters with their accents."""
    length = 0
    while length < min(len(one), len(two)) and one[length] == two[length]:
        length += 1
    while length and (_cuts(one, length) or _cuts(two, length)):
        length -= 1
    return length if length >= _WORTH else 0


def _cuts(text: str, place: int) -> bool:
    """Tell whether a number or an accented letter would be cut in two at ``place``."""
    around = text[place - 1 : place + 1]
    return len(around) > 1 and (around.isdecimal() or any(map(unicodedata.combining, around)))


def _words(name: str) -> list[str]:
    """Return ``name`` in words, numbers and single signs; accents stay with their letter."""
    words: list[str] = []
    kind = None
    for sign in name:
        own = "number" if sign.isdecimal() else "word" if sign.isalpha() else None
        if words and (unicodedata.combining(sign) or (own is not None and own == kind)):
            words[-1] += sign
        else:
            words.append(sign)
            kind = own
    return words


def _form(word: str) -> str:
    return unicodedata.normalize("NFC", word)
