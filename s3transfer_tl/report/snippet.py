"""A place in a source line, for a terminal: the line about it, and a caret under it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_MOST = 100  # cells of a source line
_FEWEST = 20  # however narrow the terminal is
_TAB = "    "  # of an indent; elsewhere a tab is a fault, and shown as \t


def lines(line: str, number: int, start: int, end: int, width: int) -> Iterator[str]:
    """Yield line ``number`` of a source, cut to ``width`` cells about its code points from ``start``
    (0-based) up to ``end``, and the carets under them."""
    gutter = len(str(number))
    room = max(_FEWEST, min(_MOST, width - gutter - len("   | ...") - len("...")))
    start = min(start, len(line))
    first, last = _window(line, start, room)
    shown = _shown(line[first:last], indented=first == 0)
    before, marked = "".join(shown[: start - first]), "".join(shown[start - first : max(end, start) - first])
    lead, tail = "..." if first else "", "..." if last < len(line) else ""
    yield f"  {number} | {lead}{''.join(shown)}{tail}"
    yield f"  {' ' * gutter} | {' ' * (len(lead) + cells(before))}{'^' * max(cells(marked), 1)}"


def _window(line: str, start: int, room: int) -> tuple[int, int]:
    """Return first and last code point of what is shown: a fifth of the room before the place, the rest
    behind it, and what is left over before it again."""
    behind = room - room // 5
    first, left = _back(line, start, room // 5)
    last, room = start, behind + left
    while last < len(line) and _cost(line[last]) <= room:
        room -= _cost(line[last])
        last += 1
    return _back(line, first, room)[0], last


def _back(line: str, first: int, room: int) -> tuple[int, int]:
    while first and _cost(line[first - 1]) <= room:
        first -= 1
        room -= _cost(line[first])
    return first, room


def _cost(char: str) -> int:
    # Never 0: a line of accents alone is cut too.
    return len(_TAB) if char == "\t" else max(cells(char), 1)


def _shown(text: str, indented: bool) -> list[str]:
    shown = []
    for char in text:
        indented = indented and char in "\t "
        shown.append(_TAB if indented and char == "\t" else printable(char))
    return shown


def printable(text: str) -> str:
    """Return ``text`` with everything that a terminal would obey instead of showing escaped."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


def cells(text: str) -> int:
    """Return how many cells of a terminal ``text`` takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_cells, printable(text)))


def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
