"""Cue settings and region settings (TL713, TL714), by the grammar of the WebVTT specification.

Sources: WebVTT, "WebVTT cue settings list" and "WebVTT region settings list".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from s3transfer_tl.captions.fault import Problem, shown
from s3transfer_tl.model import Severity

_PERCENT = r"0*(?:100(?:\.0+)?|\d{1,2}(?:\.\d+)?)%"
_LINE = rf"(?:-?\d+|{_PERCENT})(?:,(?:start|center|end))?"
_CUE = {
    "vertical": ("rl|lr", "rl or lr"),
    "line": (_LINE, "a whole number or 0% to 100%, then optionally ,start ,center or ,end"),
    "position": (
        rf"{_PERCENT}(?:,(?:line-left|center|line-right))?",
        "0% to 100%, then optionally ,line-left ,center or ,line-right",
    ),
    "size": (_PERCENT, "0% to 100%"),
    "align": ("start|center|end|left|right", "start, center, end, left or right"),
    "region": (r"(?:(?!-->)\S)+", "the id of a region"),
}
_REGION = {
    "id": (r"(?:(?!-->)\S)+", "a name without spaces"),
    "width": (_PERCENT, "0% to 100%"),
    "lines": (r"\d+", "a whole number"),
    "regionanchor": (f"{_PERCENT},{_PERCENT}", "two percentages, X%,Y%"),
    "viewportanchor": (f"{_PERCENT},{_PERCENT}", "two percentages, X%,Y%"),
    "scroll": ("up", "up"),
}
_Grammar = dict[str, tuple[re.Pattern[str], str]]
_COMPILED: dict[str, _Grammar] = {
    code: {name: (re.compile(form, re.ASCII), words) for name, (form, words) in table.items()}
    for code, table in (("TL713", _CUE), ("TL714", _REGION))
}
_RETIRED = {
    ("align", "middle"): "center",
    ("line", "middle"): "center",
    ("position", "middle"): "center",
    ("position", "start"): "line-left",
    ("position", "end"): "line-right",
}
_SRT_COORDINATES = re.compile(r"(?:\s+[XY][12]:-?\d+)+\s*", re.ASCII)
_TOKEN = re.compile(r"[^ \t]+")


@lru_cache(maxsize=1024)
def of_cue(text: str) -> tuple[Problem, ...]:
    """Return TL713 for each faulty setting in what follows a cue's end time."""
    problems = list(_settings(text, "TL713"))
    if text and text[0] not in " \t":
        end = next(_TOKEN.finditer(text)).end()
        said, hint = "no space between the end time and the settings", "put a space there"
        problems = [Problem("TL713", Severity.WARNING, 0, end, said, hint)]
    return tuple(problems)


def of_region(line: str, seen: set[str]) -> list[Problem]:
    """Return TL714 for each faulty setting in one line of a REGION block; ``seen`` holds its names."""
    return list(_settings(line, "TL714", seen))


def after_srt(text: str) -> list[Problem]:
    """Return TL713 for text after an SRT end time, other than the X1: X2: Y1: Y2: coordinates."""
    if not text.strip() or _SRT_COORDINATES.fullmatch(text):
        return []
    start = len(text) - len(text.lstrip())
    said = f"text after the end time: {shown(text.strip())}"
    hint = "SRT has no cue settings, and text belongs on the next line: move or remove it"
    return [Problem("TL713", Severity.WARNING, start, len(text.rstrip()), said, hint)]


def _settings(text: str, code: str, seen: set[str] | None = None) -> Iterator[Problem]:
    grammar = _COMPILED[code]
    seen = set() if seen is None else seen
    for token in _TOKEN.finditer(text):
        name, colon, value = token[0].partition(":")
        if not colon:
            why, hint = (
                f"{shown(token[0])} is no setting",
                f"write name:value, with a name of {_names(grammar)}",
            )
        elif name not in grammar:
            why, hint = f"there is no setting {shown(name)}", f"the settings are {_names(grammar)}"
        elif name in seen:
            why, hint = f"`{name}` is set twice", "keep one of them"
        elif grammar[name][0].fullmatch(value):
            seen.add(name)
            continue
        else:
            seen.add(name)
            why, hint = _wrong_value(name, value, grammar[name][1])
        yield Problem(code, Severity.WARNING, token.start(), token.end(), why, hint)


def _wrong_value(name: str, value: str, words: str) -> tuple[str, str]:
    head, _, alignment = value.rpartition(",")
    if better := _RETIRED.get((name, alignment)):
        return f"`{alignment}` in `{name}` was retired", f"write {name}:{head + ',' if head else ''}{better}"
    return f"{shown(value)} is no value of `{name}`", f"it takes {words}"


def _names(grammar: _Grammar) -> str:
    return ", ".join(grammar)
