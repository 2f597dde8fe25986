"""What the caption validators say: a fault has a code, a severity, a place and a way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from s3transfer_tl.model import Severity

_SHOWN = 40


class Fault(NamedTuple):
    """One fault of a caption file.

    ``line`` and ``column`` are 1-based, columns count code points, ``end_column`` is exclusive; lines
    end at CR LF, LF or CR, and a byte order mark has no column. ERROR: a cue or the file is lost;
    WARNING: it is shown, but oddly; INFO: style.
    """

    code: str
    severity: Severity
    line: int
    column: int
    end_column: int
    message: str
    hint: str


class Cue(NamedTuple):
    """A cue that can be read: times in milliseconds, text lines joined by LF, line of its timing."""

    start_ms: int
    end_ms: int
    text: str
    line: int


class Span(NamedTuple):
    """Lines ``first`` up to ``last`` (0-based, exclusive) that need a look; of the sound cue above them the
    times in milliseconds and, in SRT, the number. All 0 where there is none."""

    first: int
    last: int
    start_ms: int = 0
    end_ms: int = 0
    number: int = 0


class Problem(NamedTuple):
    """A fault before its line is known: ``start`` and ``end`` are 0-based offsets in some text."""

    code: str
    severity: Severity
    start: int
    end: int
    message: str
    hint: str


def at(problem: Problem, line: int, shift: int = 0) -> Fault:
    """Place a problem whose offsets count from column ``shift`` (0-based) of ``line`` (1-based)."""
    code, severity, start, end, message, hint = problem
    return Fault(code, severity, line, shift + start + 1, shift + end + 1, message, hint)


def within(problems: Iterable[Problem], text: str, line: int) -> Iterator[Fault]:
    """Place problems whose offsets count in ``text``, several lines that start at ``line``; sorted."""
    begin = seen = 0
    for problem in problems:
        line += text.count("\n", seen, problem.start)
        begin = text.rfind("\n", seen, problem.start) + 1 or begin
        seen = problem.start
        stop = text.find("\n", problem.start, problem.end)
        end = problem.end if stop < 0 else stop
        yield at(problem._replace(start=problem.start - begin, end=end - begin), line)


def whole(code: str, severity: Severity, number: int, line: str, message: str, *, hint: str) -> Fault:
    """Return a fault that marks the whole of ``line``, which is line ``number`` (1-based)."""
    return Fault(code, severity, number, 1, len(line) + 1, message, hint)


def shown(text: str) -> str:
    """Return ``text`` as a message may quote it: short, printable, between backquotes."""
    short = text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
    return "`" + "".join(char if char.isprintable() else "?" for char in short) + "`"
