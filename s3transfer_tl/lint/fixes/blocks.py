"""Subtitle files as blocks of lines: sorting and numbering, with every other byte kept."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from s3transfer_tl import captions
from s3transfer_tl.captions import Fault, Kind, timing
from s3transfer_tl.model import Severity

_NUMBER = re.compile(r"\s*\d{1,9}\s*", re.ASCII)
_ARROW = timing.ARROW.encode()


class Lines:
    """The lines of a file with their places in it; a byte order mark is in none."""

    def __init__(self, data: bytes) -> None:
        self._raw = data.splitlines(keepends=True)  # of bytes: at LF, CR and CR LF only
        self._starts = [0]
        for line in self._raw:
            self._starts.append(self._starts[-1] + len(line))
        self._mark = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
        first = self._raw[0] if self._raw else b""
        self.end = first[len(first.rstrip(b"\r\n")) :] or b"\n"

    def __len__(self) -> int:
        return len(self._raw)

    def span(self, number: int) -> tuple[int, int]:
        """Return where line ``number`` (0-based) begins and ends, without its line end."""
        start = self._starts[number]
        return start + (0 if number else self._mark), start + len(self._raw[number].rstrip(b"\r\n"))

    def text(self, number: int) -> str:
        """Return line ``number`` without its line end, as text."""
        if number >= len(self._raw):
            return ""
        raw = self._raw[number] if number else self._raw[number][self._mark :]
        return raw.rstrip(b"\r\n").decode("utf-8", "replace")


def is_number(line: str) -> bool:
    """Tell whether ``line`` is a cue's number and nothing else."""
    return _NUMBER.fullmatch(line) is not None


def sound(faults: Sequence[Fault]) -> bool:
    """Tell whether the file's blocks are what they seem: an end before its start harms no block."""
    return all(fault.severity is not Severity.ERROR or fault.code == "TL705" for fault in faults)


class Cue(NamedTuple):
    """A cue's bytes: ``number`` (SRT's line, with its end), ``body`` without the last line end."""

    start: int
    stop: int
    number: bytes
    body: bytes


def _cues(data: bytes, kind: Kind) -> Iterator[Cue]:
    """Yield the cues of a sound file. In WebVTT the comments above a cue are part of it, those above
    the first excepted."""
    lines = Lines(data)
    begin = None
    seen = False
    for first, last in _blocks(lines, kind):
        at = next((n for n in range(first, min(first + 2, last)) if timing.ARROW in lines.text(n)), None)
        if at is None:
            begin = first if begin is None and seen else begin
            continue
        start = lines.span(begin if begin is not None else first)[0]
        stop = lines.span(last - 1)[1]
        body = lines.span(at)[0] if kind == "srt" else start
        yield Cue(start, stop, data[start:body], data[body:stop])
        begin, seen = None, True


def _blocks(lines: Lines, kind: Kind) -> Iterator[tuple[int, int]]:
    """Yield the first line and the line after the last of each block between blank lines."""
    first = None
    for number in range(len(lines) + 1):
        text = lines.text(number)
        if text and not (kind == "srt" and text.isspace()):
            first = number if first is None else first
        elif first is not None:
            yield first, number
            first = None


def numbered(data: bytes, kind: Kind, faults: Sequence[Fault]) -> bytes | None:
    """Return SRT with its cues numbered 1, 2, 3 and so on, None where it is not clear what the cues are."""
    if kind != "srt" or not sound(faults):
        return None
    end = Lines(data).end
    written, at = [], 0
    for number, cue in enumerate(_cues(data, kind), 1):
        rest = cue.number.lstrip(b" \t0123456789") or end
        written += [data[at : cue.start], str(number).encode(), rest, cue.body]
        at = cue.stop
    return b"".join([*written, data[at:]])


def in_order(data: bytes, kind: Kind, faults: Sequence[Fault]) -> bytes | None:
    """Return the file with its cues by start time; SRT's numbers stay where they are.

    None where cues overlap then that did not before, or a cue is beyond any video: a time is wrong
    there, not the order.
    """
    if not sound(faults) or _count(faults, "TL716"):
        return None
    cues = list(_cues(data, kind))
    ordered = sorted(cues, key=lambda cue: _start(cue.body, kind))
    written, at = [], 0
    for place, cue in zip(cues, ordered, strict=True):
        written += [data[at : place.start], place.number, cue.body]
        at = place.stop
    mended = b"".join([*written, data[at:]])
    left = captions.check(mended, kind)
    if _count(left, "TL709") > _count(faults, "TL709") or _count(left, "TL710"):
        return None
    return mended


def _start(body: bytes, kind: Kind) -> int:
    line = next(line for line in body.splitlines() if _ARROW in line)
    read = timing.read(line.decode(), kind)
    return read.start if isinstance(read, timing.Timing) else 0


def _count(faults: Sequence[Fault], code: str) -> int:
    return sum(fault.code == code for fault in faults)
