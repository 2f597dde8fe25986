"""What of a caption text needs a look: one ``findall`` tells the cues that are plainly sound from the rest.

The line scan is exact and slow; it reads only the spans named here. A cue is sound by its form and against
the cue above it, so the cue below an unsound one is looked at too. Timestamps of equal width compare as
text: no sound cue costs a number. Times per file are in docs/captions.md.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from s3transfer_tl.captions import markup, settings, timing
from s3transfer_tl.captions.fault import Span
from s3transfer_tl.captions.vtt import SIGNATURE

_TEXT = r"((?:.++\n)++\n++)"  # non-empty lines, then blank ones; alone, a block of another kind
_SRT_TIME = r"(\d\d:[0-5]\d:[0-5]\d,\d{3})"
_SRT = re.compile(rf"(\d{{1,9}})\n{_SRT_TIME} --> {_SRT_TIME}\n{_TEXT}|{_TEXT}", re.ASCII)
_VTT_TIME = r"((?:\d\d:)?[0-5]\d:[0-5]\d\.\d{3})"
_VTT = re.compile(
    rf"((?:(?!{_VTT_TIME[1:-1]}).++\n)?){_VTT_TIME} --> {_VTT_TIME}((?:[ \t].*+)?)\n{_TEXT}|{_TEXT}", re.ASCII
)
_SRT_REST = len("\n --> \n") + 2 * len("00:00:00,000")
_VTT_REST = len(" --> \n")
_SPACES = re.compile(r"\n[^\S\n]+(?=\n)")
_BLOCKS = ("NOTE", "STYLE", "REGION")
_SRT_SIMPLE = re.compile(r"[^<]*+(?:<([bisu])>[^<]*+</\1>[^<]*+)*+")  # text without a fault, told at once
_VTT_PLAIN = "[^<&]*+(?:&(?:amp|lt|gt|nbsp|lrm|rlm);[^<&]*+)*+"
_VTT_SIMPLE = re.compile(rf"{_VTT_PLAIN}(?:<([biu])>{_VTT_PLAIN}</\1>{_VTT_PLAIN})*+")
_LONG = len("00:00:00.000")
_LATEST = "02:00:00"  # timing.LATEST_MS, or a little before


class _Blocks(NamedTuple):
    """What the ``findall`` found, block by block; ``starts`` is empty for a block that is no plain cue."""

    starts: Sequence[str]
    ends: Sequence[str]
    texts: Sequence[str]
    lengths: Sequence[int]


def srt(text: str) -> list[Span] | None:
    """Return the spans of an SRT text with LF line ends that may have a fault; None: all of it."""
    body = f"\n{text}\n\n"
    if _SPACES.search(body):
        body = _SPACES.sub("\n", body)  # as good as blank there
    body = body.lstrip("\n")
    found = _SRT.findall(body)
    if not found:
        return None
    numbers, starts, ends, texts, others = zip(*found, strict=True)
    if not any(starts):
        return None
    suspects = _by_time(starts, ends)
    if numbers != tuple(map(str, range(1, len(found) + 1))):
        suspects.update(_misnumbered(numbers))
    suspects.update(_by_arrow(body, starts, texts))
    if "<" in body:
        simple = _SRT_SIMPLE.fullmatch
        suspects.update(n for n, said in enumerate(texts) if not simple(said) and markup.in_srt(said))
    if not suspects:
        return []
    lengths = [
        len(other) or len(number) + len(said) + _SRT_REST
        for number, said, other in zip(numbers, texts, others, strict=True)
    ]
    first = text.count("\n") + 2 - body.count("\n")
    return [
        span._replace(number=int(numbers[above])) if above >= 0 else span
        for above, span in _spans(suspects, body, first, _Blocks(starts, ends, texts, lengths))
    ]


def vtt(text: str) -> list[Span] | None:
    """Return the spans of a WebVTT text with LF line ends that may have a fault; None: all of it."""
    head, _, body = text.partition("\n\n")
    body = body.lstrip("\n") + "\n\n"
    found = _VTT.findall(body) if SIGNATURE.fullmatch(head.partition("\n")[0]) else []
    if not found:
        return None
    names, starts, ends, rests, texts, _ = zip(*found, strict=True)
    if not any(starts):
        return None
    if not {*map(len, starts), *map(len, ends)} <= {0, _LONG}:
        starts, ends = _long(starts), _long(ends)
    suspects = _by_time(starts, ends)
    suspects.update(_by_arrow(body, starts, texts, names))
    if wrong := {rest for rest in set(rests) if settings.of_cue(rest)}:
        suspects.update(n for n, rest in enumerate(rests) if rest in wrong)
    if "region:" in body:
        suspects.update(n for n, rest in enumerate(rests) if "region:" in rest)
    if any(name in body for name in _BLOCKS):
        suspects.update(n for n, name in enumerate(names) if name.startswith(_BLOCKS))
    if _SPACES.search(body):
        suspects.update(n for n, said in enumerate(texts) if said.isspace())
    if "<" in body or "&" in body:
        simple = _VTT_SIMPLE.fullmatch
        odd = [n for n, said in enumerate(texts) if not simple(said)]
        suspects.update(n for n in odd if _marked_up_wrongly(texts[n], starts[n], ends[n]))
    if "\n" in head:
        suspects.add(0)
    if not suspects:
        return []
    lengths = [sum(map(len, block)) + (0 if block[-1] else _VTT_REST) for block in found]
    first = text.count("\n") + 2 - body.count("\n")
    spans = [span for _, span in _spans(suspects, body, first, _Blocks(starts, ends, texts, lengths))]
    return [spans[0]._replace(first=0), *spans[1:]] if "\n" in head else spans


def _by_time(starts: Sequence[str], ends: Sequence[str]) -> set[int]:
    """Return the blocks whose times are not after each other, or beyond ``_LATEST``; and what is no cue."""
    found = {n for n, sound in enumerate(map(operator.lt, starts, ends)) if not sound}
    found.update(n for n, sound in enumerate(map(operator.ge, starts[1:], ends), 1) if not sound)
    latest = max(ends)
    if latest > _LATEST:
        found.add(ends.index(latest))
    return found


def _misnumbered(numbers: Sequence[str]) -> Iterator[int]:
    above = "0"
    for n, number in enumerate(numbers):
        if number and above and int(number) != int(above) + 1:
            yield n
        above = number


def _by_arrow(body: str, starts: Sequence[str], *parts: Sequence[str]) -> Iterator[int]:
    """Yield the blocks with ``-->``, or with what is meant as one, beside the timing line."""
    if body.count(timing.ARROW) != len(starts) - starts.count(""):
        for part in parts:
            yield from (n for n, said in enumerate(part) if timing.ARROW in said)
    if timing.any_misspelt(body):
        yield from (n for n, said in enumerate(parts[0]) if timing.any_misspelt(said))


def _spans(suspects: Iterable[int], body: str, line: int, blocks: _Blocks) -> Iterator[tuple[int, Span]]:
    """Yield the runs of ``suspects`` and of what stands below each, with the block above (-1: none)."""
    count = len(blocks.starts)
    wanted = {*suspects, *(n + 1 for n in suspects if n + 1 < count)}
    offsets = [0, *accumulate(blocks.lengths)]
    seen = 0
    for first in sorted(n for n in wanted if n - 1 not in wanted):
        last = first + 1
        while last in wanted:
            last += 1
        begin = line + body.count("\n", seen, offsets[first])
        line = begin + body.count("\n", offsets[first], offsets[last])
        seen = offsets[last]
        if first:
            yield first - 1, Span(begin, line, _ms(blocks.starts[first - 1]), _ms(blocks.ends[first - 1]))
        else:
            yield -1, Span(begin, line)


def _long(times: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("00:" + time if 0 < len(time) < _LONG else time for time in times)


def _ms(time: str) -> int:
    return timing.milliseconds(time[:2], time[3:5], time[6:8], time[9:])


def _marked_up_wrongly(text: str, start: str, end: str) -> bool:
    return bool(markup.in_vtt(text.rstrip("\n"), _ms(start), _ms(end)))
