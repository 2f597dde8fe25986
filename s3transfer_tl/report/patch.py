"""The difference between two files as a unified diff, in bounded memory."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import BinaryIO, NamedTuple

_CONTEXT = 3  # lines about a change
_SURE = 8  # equal lines that end a change
_FIRST, _LAST = 32, 2048  # lines compared at a time, at first and at most
_PAIRS = 4096  # equal lines to choose from where no line is unique; over that, choosing takes seconds


class _Step(NamedTuple):
    """One line: ``sign`` is a space (in both files), - (only in the old) or + (only in the new)."""

    sign: bytes
    line: bytes


def unified(old: BinaryIO, new: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield the lines of the diff from ``old`` to ``new``, both read from their start; none where they
    are the same. Changes far larger than a screen come out as all the old, then all the new lines."""
    old.seek(0)
    new.seek(0)
    headed = False
    for hunk in _hunks(_steps(old, new)):
        if not headed:
            label = _label(name)
            yield b"--- " + label + b"\n"
            yield b"+++ " + label + b"\n"
            headed = True
        yield from hunk


def _label(name: str) -> bytes:
    """Return the file's name, quoted as git does where a control character in it would break the line."""
    label = name.encode("utf-8", "surrogateescape")
    if not re.search(rb"[\x00-\x1f\x7f]", label):
        return label
    return b'"' + re.sub(rb"[\x00-\x1f\x7f\"\\]", lambda one: b"\\%03o" % ord(one[0]), label) + b'"'


def _steps(old: Iterable[bytes], new: Iterable[bytes]) -> Iterator[_Step]:
    """Yield every line of both files in an order that tells how the one becomes the other."""
    left, right = iter(old), iter(new)
    before: deque[bytes] = deque()  # lines that were read, and are not told yet
    after: deque[bytes] = deque()
    while True:
        before.extend(islice(left, 1 if not before else 0))
        after.extend(islice(right, 1 if not after else 0))
        if not before and not after:
            return
        if before and after and before[0] == after[0]:
            yield _Step(b" ", before.popleft())
            after.popleft()
        else:
            yield from _change(left, right, before, after)


def _change(
    left: Iterator[bytes], right: Iterator[bytes], before: deque[bytes], after: deque[bytes]
) -> Iterator[_Step]:
    """Yield the lines of a change, up to where the files agree again."""
    size = _FIRST
    while True:
        before.extend(islice(left, size - len(before)) if size > len(before) else ())
        after.extend(islice(right, size - len(after)) if size > len(after) else ())
        ended = len(before) < size and len(after) < size
        shared = _shared([*before], [*after])
        sure = len(before) >= _SURE and shared[-_SURE:] == [
            (len(before) - back, len(after) - back) for back in range(_SURE, 0, -1)
        ]
        if ended or size >= _LAST or sure:
            break
        size *= 4
    if ended or not shared:
        shared.append((len(before), len(after)))  # else what is behind the last equal line is told later
    old = new = 0
    for row, other in shared:
        yield from (_Step(b"-", before.popleft()) for _ in range(old, row))
        yield from (_Step(b"+", after.popleft()) for _ in range(new, other))
        if before and after:
            yield _Step(b" ", before.popleft())
            after.popleft()
        old, new = row + 1, other + 1


def _shared(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """Return which lines of ``old`` stay as which of ``new``, both ascending. Lines that occur once are
    settled first: those of a manifest differ in few of their lines, and choosing among all is slow."""
    shared: list[tuple[int, int]] = []
    at, there = 0, 0
    for row, other in [*_anchors(old, new), (len(old), len(new))]:
        mine, theirs = old[at:row], new[there:other]
        counts = Counter(theirs)
        if 0 < sum(counts[line] for line in mine) <= _PAIRS:
            for a, b, size in SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
                shared += ((at + a + step, there + b + step) for step in range(size))
        if row < len(old):
            shared.append((row, other))
        at, there = row + 1, other + 1
    return shared


def _anchors(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """Return the longest ascending run of lines that both sides have, and have once."""
    counts, others = Counter(old), Counter(new)
    places = {line: place for place, line in enumerate(new)}
    pairs = [(row, places[line]) for row, line in enumerate(old) if counts[line] == 1 and others[line] == 1]
    ends: list[int] = []  # the smallest place that a run of each length ends with
    lengths = []
    for _, place in pairs:
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        lengths.append(length)
    run: list[tuple[int, int]] = []
    want = len(ends) - 1
    for pair, length in zip(reversed(pairs), reversed(lengths), strict=True):
        if length == want:
            run.append(pair)
            want -= 1
    return run[::-1]


def _hunks(steps: Iterable[_Step]) -> Iterator[list[bytes]]:
    at = [1, 1]  # the next line of the old and of the new file
    hunk: list[_Step] = []
    lead: deque[_Step] = deque(maxlen=_CONTEXT)
    start, quiet = (1, 1), 0  # where the hunk begins; lines in both files at its end
    for step in steps:
        if step.sign != b" ":
            if not hunk:
                start = (at[0] - len(lead), at[1] - len(lead))
                hunk += lead
                lead.clear()
            quiet = 0
        if hunk or step.sign != b" ":
            hunk.append(step)
            quiet += step.sign == b" "
        else:
            lead.append(step)
        at[0] += step.sign != b"+"
        at[1] += step.sign != b"-"
        if quiet > 2 * _CONTEXT:
            yield _hunk(hunk[: _CONTEXT - quiet], start)
            lead.extend(hunk[-_CONTEXT:])
            hunk, quiet = [], 0
    if hunk:
        yield _hunk(hunk[: len(hunk) - max(quiet - _CONTEXT, 0)], start)


def _hunk(steps: list[_Step], start: tuple[int, int]) -> list[bytes]:
    olds = sum(step.sign != b"+" for step in steps)
    news = sum(step.sign != b"-" for step in steps)
    head = f"@@ -{_range(start[0], olds)} +{_range(start[1], news)} @@\n".encode()
    return [head, *(_written(step) for step in steps)]


def _range(start: int, count: int) -> str:
    """Return a hunk's range as GNU diff writes it: an empty one begins after the line before."""
    if count == 1:
        return str(start)
    return f"{start if count else start - 1},{count}"


def _written(step: _Step) -> bytes:
    line = step.sign + step.line
    return line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
