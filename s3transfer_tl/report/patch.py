"""The difference between two files as a unified diff, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import islice
from typing import BinaryIO, NamedTuple

_CONTEXT = 3  # lines about a change
_SURE = 8  # equal lines that end a change
_FIRST, _LAST = 32, 2048  # lines compared at a time, at first and at most


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
            label = name.encode("utf-8", "surrogateescape")
            yield b"--- " + label + b"\n"
            yield b"+++ " + label + b"\n"
            headed = True
        yield from hunk


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
        opcodes = SequenceMatcher(None, [*before], [*after], autojunk=False).get_opcodes()
        tag, start, end, _, _ = opcodes[-1]
        if ended or size >= _LAST or (tag == "equal" and end - start >= _SURE):
            break
        size *= 4
    for tag, start, end, first, last in opcodes:
        if tag == "equal":
            for _ in range(start, end):
                yield _Step(b" ", before.popleft())
                after.popleft()
        else:
            yield from (_Step(b"-", before.popleft()) for _ in range(start, end))
            yield from (_Step(b"+", after.popleft()) for _ in range(first, last))


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
