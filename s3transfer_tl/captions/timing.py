"""Timing lines of both formats: what is right, what players still read, and what is wrong.

WebVTT's grammar is the specification's "WebVTT cue timings"; what a player reads beyond it is its
"collect WebVTT cue timings and settings". SubRip has no specification: the form is that of its first
program, with two or more digits for the hours.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from s3transfer_tl.captions.fault import Fault, Problem, at, shown
from s3transfer_tl.model import Severity

Kind = Literal["srt", "vtt"]

ARROW = "-->"
LATEST_MS = 2 * 3_600_000  # longer videos are rare, wrong hours are not
_BEYOND = "the latest cue ends after more than 2 hours"
_SRT_TIME = r"(\d{2,}):([0-5]\d):([0-5]\d),(\d{3})(?!\d)"
_VTT_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})(?!\d)"
_VTT_READ = r"(?:(\d+):)?(?<!\d)([0-5]\d):([0-5]\d)\.(\d{3})(?!\d)"
_STRICT = {
    "srt": re.compile(rf"{_SRT_TIME}[ \t]+-->[ \t]+{_SRT_TIME}(?=[ \t]|$)(.*)", re.ASCII),
    "vtt": re.compile(rf"{_VTT_TIME}[ \t]+-->[ \t]+{_VTT_TIME}(?=[ \t]|$)(.*)", re.ASCII),
}
_READ = {
    "srt": re.compile(rf"[ \t\f]*{_SRT_TIME}[ \t\f]*-->[ \t\f]*{_SRT_TIME}(?=\s|$)(.*)", re.ASCII),
    "vtt": re.compile(rf"[ \t\f]*{_VTT_READ}[ \t\f]*-->[ \t\f]*{_VTT_READ}(.*)", re.ASCII),
}
_MISSPELT = re.compile(
    r"\n[^\S\n]*\d+:\d+(?::\d+)?[.,]\d+[^\S\n]*"
    r"(->|-+ +-*>|=+>|[\u2013\u2014\u2012]+>|[\u2190-\u21ff\u27f5-\u27ff])"
    r"[^\S\n]*\d+:\d+(?::\d+)?[.,]\d+",
    re.ASCII,
)
_PARTS = re.compile(r"(?:(\d+):)?(\d+):(\d+)(?:([^\d\s])(\d*))?", re.ASCII)
_CLOCK = re.compile(r"\d\s*:\s*\d", re.ASCII)
_FORM = {"srt": "HH:MM:SS,mmm --> HH:MM:SS,mmm", "vtt": "HH:MM:SS.mmm --> HH:MM:SS.mmm"}
_POINT = {"srt": ",", "vtt": "."}
_FORMAT = {"srt": "SRT", "vtt": "WebVTT"}
_FAR = 10**9  # hours; more digits than any clock has, and a bound for int()


class Timing(NamedTuple):
    """A timing line that can be read: milliseconds, then where each part stands (0-based offsets)."""

    start: int
    end: int
    start_at: int
    start_to: int
    end_at: int
    end_to: int
    odd: Problem | None  # read all the same, against the grammar


def milliseconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> int:
    """Return a timestamp's parts in milliseconds; absurd hours are cut to ``10**9``."""
    whole = 0 if not hours else int(hours) if len(hours) < 10 else _FAR
    return ((whole * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(thousandths)


def read(line: str, kind: Kind) -> Timing | Problem:
    """Read a timing line; a Problem (TL704, error) where no cue can come of it."""
    if found := _STRICT[kind].match(line):
        return _timing(found, None)
    if found := _READ[kind].match(line):
        return _timing(found, _oddity(line, found, kind))
    return _wrong_line(line, kind)


def _timing(found: re.Match[str], odd: Problem | None) -> Timing:
    h1, m1, s1, f1, h2, m2, s2, f2, _ = found.groups()
    return Timing(
        milliseconds(h1, m1, s1, f1),
        milliseconds(h2, m2, s2, f2),
        found.start(1 if h1 else 2),
        found.end(4),
        found.start(5 if h2 else 6),
        found.end(8),
        odd,
    )


def _oddity(line: str, found: re.Match[str], kind: Kind) -> Problem | None:
    """Say why a line that players read is against the grammar; None: the settings' check says it."""
    spot = found.start(1 if found[1] else 2)
    stop = found.start(5 if found[5] else 6)
    if spot:
        start, end, why = 0, spot, "white space before the start time"
    elif (found[1] and len(found[1]) < 2) or (found[5] and len(found[5]) < 2):
        start, end = (spot, found.end(4)) if found[1] and len(found[1]) < 2 else (stop, found.end(8))
        why = f"one digit for the hours in {shown(line[start:end])}"
    elif not re.fullmatch(r"[ \t]+-->[ \t]+", line[found.end(4) : stop]):
        start, end, why = found.end(4), stop, f"no space around `{ARROW}`"
    else:
        return None
    return Problem("TL704", Severity.WARNING, start, end, why, f"write it as {_FORM[kind]}")


def _wrong_line(line: str, kind: Kind) -> Problem:
    arrow, length = line.find(ARROW), len(ARROW)
    why = None
    if arrow < 0 and (found := _MISSPELT.match("\n" + line)):
        arrow, length = found.start(1) - 1, len(found[1])
        why = f"{shown(found[1])} instead of `{ARROW}` between the times"
    left, right = line[:arrow], line[arrow + length :]
    start, end = arrow, arrow + length
    for name, side, shift in (("start", left, 0), ("end", right, arrow + length)):
        if why:
            break
        words = side.split(None, 1) if name == "end" else [side.strip()]
        token = words[0] if words else ""
        if said := _wrong_time(token, kind):
            why = f"the {name} time {said}"
            if token:
                start = shift + side.index(token)
                end = start + len(token)
    why = why or f"only spaces and tabs may stand beside `{ARROW}`"
    return Problem("TL704", Severity.ERROR, start, end, why, f"write it as {_FORM[kind]}")


def _wrong_time(token: str, kind: Kind) -> str | None:
    """Say what is wrong with a timestamp, None where nothing is."""
    if not token:
        return "is missing"
    found = _PARTS.match(token)
    if not found or found.end() != len(token):
        return f"{shown(token)} is not a timestamp"
    hours, minutes, seconds, point, thousandths = found.groups()
    name, want = shown(token), _POINT[kind]
    if point and point != want:
        return f"{name} has `{point}` before the milliseconds; {_FORMAT[kind]} has `{want}`"
    if kind == "srt" and hours is None:
        return f"{name} has no hours; SRT needs them"
    if kind == "srt" and len(hours) < 2:
        return f"{name} has one digit for the hours"
    if len(minutes) != 2 or len(seconds) != 2:
        return f"{name} needs two digits each for minutes and seconds"
    if minutes > "59" or seconds > "59":
        return f"{name} has {'minutes' if minutes > '59' else 'seconds'} above 59"
    if len(thousandths or "") != 3:
        return f"{name} needs three digits of milliseconds"
    return None


def looks_like(line: str) -> bool:
    """Tell whether a line among text, with ``-->`` in it, is meant as a timing line."""
    return ARROW in line and _CLOCK.search(line) is not None


def misspelt(line: str) -> bool:
    """Tell whether a line is two timestamps with something else than ``-->`` between them."""
    return _MISSPELT.match("\n" + line) is not None


def any_misspelt(text: str) -> bool:
    """Tell whether any line of ``text`` is ``misspelt``: one search for the many files without."""
    if text.isascii() and text.count(">") == text.count(ARROW):
        return False
    return _MISSPELT.search("\n" + text) is not None


class Chronology:
    """Judges each cue's times against the cue before it (TL705, TL709, TL710), and the latest of them
    against the length that a video may have (TL716).

    Against the cue before, not against all before: one cue with a wrong time is one fault. ``start`` and
    ``end`` are that cue's.
    """

    def __init__(self, overlap: Severity) -> None:
        self.overlap = overlap
        self.start = self.end = 0
        self._latest: tuple[Timing, int] | None = None

    def beyond(self) -> list[Fault]:
        """Return TL716 for the latest cue, if it ends after ``LATEST_MS``."""
        if self._latest is None:
            return []
        late, line = self._latest
        hint = "check the time; if the video is that long, index it in parts, each with its own captions"
        problem = Problem("TL716", Severity.WARNING, late.end_at, late.end_to, _BEYOND, hint)
        return [at(problem, line)]

    def faults(self, timing: Timing, line: int) -> list[Fault]:
        """Return what is wrong with a cue whose timing line is ``line`` (1-based)."""
        found = []
        if timing.end > (self._latest[0].end if self._latest else LATEST_MS):
            self._latest = timing, line
        previous_start, previous_end = self.start, self.end
        self.start, self.end = timing.start, max(timing.start, timing.end)
        if timing.end <= timing.start:
            hint = "a cue must end after it starts: correct one of the two times"
            said = "the end time is not after the start time"
            problem = Problem("TL705", Severity.ERROR, timing.end_at, timing.end_to, said, hint)
            found.append(at(problem, line))
        if timing.start < previous_start:
            hint = "sort the cues by start time"
            said = "this cue starts before the cue above it"
            problem = Problem("TL710", Severity.WARNING, timing.start_at, timing.start_to, said, hint)
            found.append(at(problem, line))
        elif timing.start < previous_end:
            hint = "end the cue above at or before this start, if the two are not meant to show together"
            said = "this cue starts before the cue above it has ended"
            problem = Problem("TL709", self.overlap, timing.start_at, timing.start_to, said, hint)
            found.append(at(problem, line))
        return found
