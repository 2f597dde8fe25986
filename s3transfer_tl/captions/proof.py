"""A cheap proof that a caption text has no fault: one ``findall`` that must account for every character.

Where the proof fails nothing is said; the line scan then tells what is wrong, if anything. Timestamps of
equal width compare as text, so no cue costs a number. Times per file are in docs/captions.md.
"""

from __future__ import annotations

import operator
import re

from s3transfer_tl.captions import markup, settings, timing
from s3transfer_tl.captions.vtt import SIGNATURE

_SRT = re.compile(
    r"^(\d{1,9})\n(\d\d:[0-5]\d:[0-5]\d,\d{3}) --> (\d\d:[0-5]\d:[0-5]\d,\d{3})\n((?:.++\n)++\n++)",
    re.MULTILINE | re.ASCII,
)
_VTT_TIME = r"((?:\d\d:)?[0-5]\d:[0-5]\d\.\d{3})"
_VTT = re.compile(
    rf"^((?:(?!{_VTT_TIME[1:-1]}).++\n)?){_VTT_TIME} --> {_VTT_TIME}((?:[ \t].*+)?)\n((?:.++\n)++\n++)",
    re.MULTILINE | re.ASCII,
)
_SRT_REST = len("\n --> \n") + 2 * len("00:00:00,000")
_VTT_REST = len(" --> \n")
_SPACES = re.compile(r"\n[^\S\n]+\n")
_BLOCK = re.compile(r"\n(?:NOTE|STYLE|REGION)")
_SIMPLE = re.compile(r"[^<&]*+(?:<([biu])>[^<&]*+</\1>[^<&]*+)*+")  # right in both formats
_LONG = len("00:00:00.000")


def srt(text: str) -> bool:
    """Return True only where an SRT text with LF line ends has no fault."""
    body = text.lstrip("\n") + "\n\n"
    found = _SRT.findall(body)
    if not found or body.count(timing.ARROW) != len(found) or _SPACES.search(body):
        return False
    numbers, starts, ends, texts = zip(*found, strict=True)
    return (
        sum(map(len, numbers)) + sum(map(len, texts)) + _SRT_REST * len(found) == len(body)
        and numbers == tuple(map(str, range(1, len(found) + 1)))
        and all(map(operator.lt, starts, ends))
        and all(map(operator.ge, starts[1:], ends))
        and not ("<" in body and any(not _SIMPLE.fullmatch(said) and markup.in_srt(said) for said in texts))
    )


def vtt(text: str) -> bool:
    """Return True only where a WebVTT text with LF line ends has no fault."""
    first, _, body = text.partition("\n")
    if not SIGNATURE.fullmatch(first) or not body.startswith("\n"):
        return False
    body = "\n" + body.lstrip("\n") + "\n\n"
    found = _VTT.findall(body)
    if not found or body.count(timing.ARROW) != len(found) or _SPACES.search(body) or _BLOCK.search(body):
        return False
    names, starts, ends, rests, texts = zip(*found, strict=True)
    length = sum(sum(map(len, part)) for part in (names, starts, ends, rests, texts))
    if length + _VTT_REST * len(found) != len(body) - 1 or any(map(settings.of_cue, set(rests))):
        return False
    if {*map(len, starts), *map(len, ends)} != {_LONG}:
        starts, ends = _long(starts), _long(ends)
    return (
        all(map(operator.lt, starts, ends))
        and all(map(operator.ge, starts[1:], ends))
        and not (("<" in body or "&" in body) and any(map(_marked_up_wrongly, texts, starts, ends)))
    )


def _long(times: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(time if len(time) == _LONG else "00:" + time for time in times)


def _marked_up_wrongly(text: str, start: str, end: str) -> bool:
    if _SIMPLE.fullmatch(text):
        return False
    read = timing.read(f"{start} --> {end}", "vtt")
    return not isinstance(read, timing.Timing) or bool(markup.in_vtt(text.rstrip("\n"), read.start, read.end))
