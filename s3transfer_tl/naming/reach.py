"""How far a pattern gets in a key that it does not match."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from s3transfer_tl.naming import names
from s3transfer_tl.naming.regexes import Lexeme, lexemes
from s3transfer_tl.naming.rules import Side

_LABELS = (
    (names.EXT, "{ext}"),
    (names.FORMAT, "{format}"),
    (names.LANG, "{lang}"),
    (names.FLAG_RUN, "{flags}"),
)
_REPEAT = re.compile(r"\{(\d+)(,\d*)?\}\Z")
_SPECIAL = set("^$.|?*+({)")


class Reach(NamedTuple):
    """How far a pattern got: ``offset`` code points of the key, then ``wants`` should have come."""

    offset: int
    wants: str


class _Cut(NamedTuple):
    """A place where a pattern may be cut off: ``end`` in its text, with the groups open there."""

    end: int
    opened: tuple[int, ...]
    captures: int  # capturing groups that begin before it
    inside: int | None  # the number of the innermost open capturing group


def reach(side: Side, key: str) -> Reach | None:
    """Return how far the pattern of ``side`` gets in ``key``, or None where it matches it.

    That is the end of the longest beginning of the pattern that matches a beginning of the key;
    of alternatives that stand alone, the one that gets furthest.
    """
    if side.captures(key) is not None:
        return None
    inner = side.pattern.removeprefix("^(").removesuffix(")$")
    folded = inner.startswith("(?i:") and _closes(inner)
    if folded:
        inner = inner[4:-1]
    reached, before = [], 0
    for branch in _branches(inner):
        reached.append(_branch(branch, key, side.groups[before:], "(?i)" if folded else ""))
        before += sum(text == "(" for _, text in lexemes(branch))
    return max(reached, key=lambda one: one.offset)


def _branch(pattern: str, key: str, groups: tuple[str, ...], flags: str) -> Reach:
    for cut in reversed(list(_cuts(pattern))):
        start = pattern[: cut.end]
        repeat = _REPEAT.search(start)
        fewer = [f"{start[: repeat.start()]}{{0,{repeat[1]}}}"] if repeat else []
        for text in (start, *fewer):
            found = _matching(f"{flags}^{text}{')' * len(cut.opened)}", key)
            if found is not None:
                return Reach(found, _wanted(pattern, cut, groups))
    return Reach(0, _wanted(pattern, _Cut(0, (), 0, None), groups))


def _cuts(pattern: str) -> Iterator[_Cut]:
    """Yield the places between the pieces of ``pattern``; a choice between alternatives is one piece."""
    opened: list[tuple[int, int | None]] = []
    captures = 0
    whole = dict(_choices(pattern))
    skip = 0
    for offset, text in lexemes(pattern):
        end = offset + len(text)
        captures += text == "("
        if offset < skip:
            continue
        if offset in whole:
            captures += sum(piece == "(" for _, piece in lexemes(pattern[end : whole[offset]]))
            skip = end = whole[offset]
        elif text.startswith("("):
            opened.append((offset, captures if text == "(" else None))
        elif text == ")" and opened:
            opened.pop()
        inside = next((number for _, number in reversed(opened) if number is not None), None)
        yield _Cut(end, tuple(start for start, _ in opened), captures, inside)


def _choices(pattern: str) -> list[tuple[int, int]]:
    """Return start and end of the groups with alternatives that are not inside another such group."""
    opened: list[tuple[int, bool]] = []
    found: list[tuple[int, int]] = []
    for offset, text in lexemes(pattern):
        if text.startswith("("):
            opened.append((offset, False))
        elif text == "|" and opened:
            opened[-1] = (opened[-1][0], True)
        elif text == ")" and opened:
            start, chooses = opened.pop()
            if chooses:
                found = [pair for pair in found if pair[0] < start] + [(start, offset + 1)]
    return found


def _branches(pattern: str) -> list[str]:
    """Return the alternatives that stand in no group."""
    parts, depth, start = [], 0, 0
    for offset, text in lexemes(pattern):
        depth += text.startswith("(") - (text == ")")
        if text == "|" and depth == 0:
            parts.append(pattern[start:offset])
            start = offset + 1
    return [*parts, pattern[start:]]


def _closes(pattern: str) -> bool:
    """Tell whether the group that begins ``pattern`` ends with it."""
    depth = 0
    for offset, text in lexemes(pattern):
        depth += text.startswith("(") - (text == ")")
        if depth == 0:
            return offset == len(pattern) - 1
    return False


def _wanted(pattern: str, cut: _Cut, groups: tuple[str, ...]) -> str:
    """Return what the pattern has behind ``cut``, as people write it."""
    rest = pattern[cut.end :]
    if cut.inside is not None:
        return f"{{{groups[cut.inside - 1]}}}"
    label = next((label for text, label in _LABELS if rest.startswith(text)), None)
    if label is not None:
        return label
    pieces = list(lexemes(rest.lstrip(")")))
    if not pieces:
        return "the end of the key"
    if pieces[0].text == "(":
        return f"{{{groups[cut.captures]}}}"
    literal = _literal(pieces)
    return f"`{literal or pieces[0].text}`"


def _literal(pieces: list[Lexeme]) -> str:
    """Return the text that ``pieces`` begin with and that stands for itself."""
    text = ""
    for _, piece in pieces:
        if len(piece) == 2 and piece[0] == "\\" and not piece[1].isalnum():
            text += piece[1]
        elif len(piece) == 1 and piece not in _SPECIAL:
            text += piece
        else:
            break
    return text


def _matching(pattern: str, key: str) -> int | None:
    """Return how many code points at the beginning of ``key`` a beginning of a pattern matches."""
    compiled = _lenient(pattern)
    found = compiled.match(key) if compiled is not None else None
    return None if found is None else int(found.end())


@functools.cache
def _lenient(pattern: str) -> Any:
    """Compile a beginning of a pattern, or return None where it is cut in a place that means nothing."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.longest_match = True
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None
