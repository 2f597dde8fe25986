"""Fixes of subtitle files: of a line or a block where that is enough, else of the whole file."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import BinaryIO

from s3transfer_tl import captions
from s3transfer_tl.captions import Fault, Kind, timing
from s3transfer_tl.lint.fixes import blocks, recoding
from s3transfer_tl.lint.fixes.blocks import Lines
from s3transfer_tl.lint.rules import Remedy, Rule
from s3transfer_tl.model import Edit, Fix, Severity

_TIME = r"(?:([0-9]{1,3}):)?([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?"
_ARROW = r"(?:-->|-+ *-*>|=+>|[\u2012-\u2014]+>|[\u2192\u21d2\u27f6\u27f9])"
_TIMING = re.compile(rf"\s*{_TIME}\s*{_ARROW}\s*{_TIME}(?=\s|$)(.*)", re.DOTALL)


class Mending:
    """Finds the fixes for the faults of one file, which must be of ``rules``."""

    def __init__(self, data: bytes, kind: Kind, faults: Sequence[Fault], rules: dict[str, Rule]) -> None:
        self._data, self._kind, self._faults, self._rules = data, kind, faults, rules
        self._lines: Lines | None = None
        self._works: dict[str, bool] = {}

    def fix(self, fault: Fault) -> Fix | None:
        """Return the fix for one of the faults, None where there is none."""
        rule = self._rules[fault.code]
        if rule.fix is None:
            return None
        if rule.fix.rewrite:
            return self._whole(rule, rule.fix)
        self._lines = self._lines or Lines(self._data)
        edit = _EDITS[fault.code](self, self._lines, fault)
        return Fix(rule.fix.applicability, rule.fix.does, (edit,)) if edit else None

    @functools.cached_property
    def _says_something(self) -> bool:
        """Tell whether cues can be told from each other, and some have text. Reads the file once, however
        many are empty."""
        empty = sum(fault.code == "TL712" for fault in self._faults)
        return blocks.sound(self._faults) and len(captions.cues(self._data, self._kind)) > empty

    def _whole(self, rule: Rule, remedy: Remedy) -> Fix | None:
        if rule.code not in self._works:
            mended = _ANEW[rule.code](self._data, self._kind, self._faults)
            self._works[rule.code] = mended is not None
        return Fix(remedy.applicability, remedy.does) if self._works[rule.code] else None

    def timing_line(self, lines: Lines, fault: Fault) -> Edit | None:
        """Spell the timing line as the format has it, where each number in it is plain."""
        number = fault.line - 1
        line = lines.text(number)
        spelt = well_spelt(line, self._kind)
        read = timing.read(spelt, self._kind) if spelt else None
        if spelt is None or not isinstance(read, timing.Timing) or read.odd:
            return None
        if fault.severity is Severity.ERROR and read.end <= read.start:
            return None  # it would be an error still, another one
        return Edit(*lines.span(number), spelt.encode())

    def blank_line(self, lines: Lines, fault: Fault) -> Edit | None:
        """Part the cue from the one above: before its number, if it has one."""
        number = fault.line - 1
        above = lines.text(number - 1)
        if above.isspace():
            return Edit(*lines.span(number - 1), b"")
        if blocks.is_number(above) and self._belongs_to_next(lines, number - 1):
            number -= 1
        start = lines.span(number)[0]
        return Edit(start, start, lines.end)

    def _belongs_to_next(self, lines: Lines, number: int) -> bool:
        if timing.ARROW in lines.text(number - 1):
            return False  # then it is all the text that the cue above has
        if self._kind == "srt":
            return True
        upper = next((n for n in range(number, 0, -1) if timing.ARROW in lines.text(n)), 0)
        return upper > 0 and blocks.is_number(lines.text(upper - 1))

    def no_cue(self, lines: Lines, fault: Fault) -> Edit | None:
        """Remove a cue without text, if cues with text stay."""
        if not self._says_something:
            return None
        first, after = fault.line - 1, fault.line
        if first and lines.text(first - 1).strip():
            first -= 1
        while after < len(lines) and not lines.text(after).strip():
            after += 1
        if after < len(lines):
            return Edit(lines.span(first)[0], lines.span(after)[0], b"")
        while first and not lines.text(first - 1).strip():
            first -= 1
        return Edit(lines.span(first)[0], len(self._data), b"")


_EDITS: dict[str, Callable[[Mending, Lines, Fault], Edit | None]] = {
    "TL704": Mending.timing_line,
    "TL707": Mending.blank_line,
    "TL712": Mending.no_cue,
}
_ANEW: dict[str, Callable[[bytes, Kind, Sequence[Fault]], bytes | None]] = {
    "TL701": recoding.to_utf8,
    "TL702": recoding.to_kind,
    "TL710": blocks.in_order,
    "TL711": blocks.numbered,
}


def rewrite(code: str, source: BinaryIO, target: BinaryIO, kind: Kind) -> bool:
    """Write ``source`` to ``target`` without the faults called ``code``; False where that cannot be."""
    data = source.read()
    mended = _ANEW[code](data, kind, captions.check(data, kind))
    if mended is not None:
        target.write(mended)
    return mended is not None


def well_spelt(line: str, kind: Kind) -> str | None:
    """Return a timing line as ``kind`` spells it, None where that takes a guess: one or two digits of
    milliseconds (readers differ: ``1,5`` is 1.5 s or 1.005 s), minutes above 59, words."""
    found = _TIMING.fullmatch(line)
    if not found:
        return None
    start, end = _time(*found.groups()[:4], kind=kind), _time(*found.groups()[4:8], kind=kind)
    return f"{start} {timing.ARROW} {end}{found[9].rstrip()}" if start and end else None


def _time(hours: str | None, minutes: str, seconds: str, fraction: str | None, *, kind: Kind) -> str | None:
    if int(minutes) > 59 or int(seconds) > 59 or (fraction is None and hours is None):
        return None
    if fraction is not None and len(fraction) < 3:
        return None
    if hours is None and kind == "srt":
        hours = "0"
    head = f"{hours:0>2}:" if hours is not None else ""
    point = "," if kind == "srt" else "."
    return f"{head}{minutes:0>2}:{seconds:0>2}{point}{(fraction or '000')[:3]}"
