"""What a viewer or a listener makes of the text: cues too fast to read (TL718), and in which letters it is.

The speeds are those of common subtitle guides, which ask for 17 to 25 characters a second and two lines.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from s3transfer_tl.captions.fault import Cue, Fault, whole
from s3transfer_tl.model import Severity

FASTEST = 25  # characters a second
MOST_LINES = 3
_TAG = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
SAMPLE = 6144  # bytes; enough letters to tell
_FEW = 40  # letters; fewer tell nothing
_MOST = 0.8
_LETTERS = {  # ISO 15924 codes; the blocks that hold a script's common letters
    name: re.compile(f"[{ranges}]")
    for name, ranges in (
        ("Latn", "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"),
        ("Cyrl", "\u0400-\u052f"),
        ("Grek", "\u0370-\u03ff\u1f00-\u1fff"),
        ("Hebr", "\u05d0-\u05ea"),
        ("Arab", "\u0620-\u064a\u066e-\u06d3\u0750-\u077f"),
        ("Deva", "\u0900-\u097f"),
        ("Beng", "\u0980-\u09ff"),
        ("Taml", "\u0b80-\u0bff"),
        ("Telu", "\u0c00-\u0c7f"),
        ("Thai", "\u0e00-\u0e7f"),
        ("Geor", "\u10a0-\u10ff"),
        ("Armn", "\u0530-\u058f"),
        ("Hang", "\uac00-\ud7af"),
        ("Hira", "\u3040-\u309f"),
        ("Kana", "\u30a0-\u30ff"),
        ("Hani", "\u3400-\u4dbf\u4e00-\u9fff"),
    )
}


class Letters(NamedTuple):
    """The script that nearly all letters of a text have, as its ISO 15924 code, and the first of them:
    line and column, 1-based."""

    script: str
    line: int
    column: int


def hurried(text: str, cues: list[Cue]) -> list[Fault]:
    """Return TL718, marking the timing line, for each of the ``cues`` of ``text`` that is shown for too
    short a time to be read, or has too many lines."""
    lines = text.split("\n")
    found = []
    for cue in cues:
        if said := _too_much(cue):
            hint = "show it longer, shorten it, or part it into two cues"
            found.append(whole("TL718", Severity.INFO, cue.line, lines[cue.line - 1], said, hint=hint))
    return found


def _too_much(cue: Cue) -> str | None:
    text = html.unescape(_TAG.sub("", cue.text)).strip()
    lines, length = text.count("\n") + 1, len(text.replace("\n", ""))
    if (cue.end_ms - cue.start_ms) * FASTEST < length * 1000 and cue.end_ms > cue.start_ms:
        speed = length * 1000 / (cue.end_ms - cue.start_ms)
        return f"{speed:.0f} characters a second: more than {FASTEST} are hard to read"
    if lines > MOST_LINES:
        return f"{lines} lines at once: more than {MOST_LINES} are hard to read"
    return None


def letters(text: str) -> Letters | None:
    """Tell in which script the cues of ``text`` are; None where it is mixed, too short
    to tell, or in letters that are not known here."""
    head, arrow, rest = text.partition("-->")
    lines = ["" if "-->" in line else _TAG.sub(_blank, line) for line in (arrow + rest).split("\n")]
    sample = "\n" * head.count("\n") + "\n".join(lines)
    if sample.isascii():
        counts = {"Latn": len(_LETTERS["Latn"].findall(sample))}
    else:
        counts = {name: len(pattern.findall(sample)) for name, pattern in _LETTERS.items()}
    script = max(counts, key=counts.__getitem__)
    if counts[script] < max(_FEW, _MOST * sum(map(str.isalpha, sample))):
        return None
    first = _LETTERS[script].search(sample)
    assert first  # it was counted
    begin = sample.rfind("\n", 0, first.start()) + 1
    return Letters(script, sample.count("\n", 0, begin) + 1, first.start() - begin + 1)


def _blank(tag: re.Match[str]) -> str:
    return " " * len(tag[0])
