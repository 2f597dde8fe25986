"""Markup in cue text (TL715): WebVTT's grammar of cue text, and SubRip's handful of tags.

Sources: WebVTT, "WebVTT caption or subtitle cue text"; HTML, "character references".
"""

from __future__ import annotations

import re
from typing import NamedTuple

from s3transfer_tl.captions import timing
from s3transfer_tl.captions.fault import Problem, shown
from s3transfer_tl.model import Severity

_PLAIN = ("c", "i", "b", "u", "ruby", "rt")
_ANNOTATED = ("v", "lang")
_PIECE = re.compile(r"<(/?[A-Za-z]|\d)?|&(#\d+;|#[xX][0-9A-Fa-f]+;|[A-Za-z][A-Za-z0-9]*;)?", re.ASCII)
_TAG = re.compile(r"([^.\s]*)((?:\.[^.\s]*)*)(\s.*)?", re.DOTALL | re.ASCII)
_TIME = re.compile(r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
_WELL_KNOWN = frozenset(("amp;", "lt;", "gt;", "lrm;", "rlm;", "nbsp;", "quot;", "apos;"))
_SRT_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9.]*)(?:[ \t][^<>\n]*)?/?>", re.ASCII)
_DEEP = 64  # tags inside each other; deeper, the rest is not read and the open ones are told
_SRT_TAGS = ("i", "b", "u", "s", "font")


class _Span(NamedTuple):
    name: str
    start: int
    end: int


def _problem(start: int, end: int, message: str, hint: str) -> Problem:
    return Problem("TL715", Severity.WARNING, start, end, message, hint)


def in_vtt(text: str, start_ms: int, end_ms: int) -> list[Problem]:
    """Return TL715 for each fault in a WebVTT cue's text; the times bound its timestamp tags."""
    return sorted(_CueText(text, start_ms, end_ms).problems)


def in_srt(text: str) -> list[Problem]:
    """Return TL715 for tags that are unknown, unclosed or never opened in an SRT cue's text."""
    problems = []
    opened: dict[str, list[_Span]] = {name: [] for name in _SRT_TAGS}
    for found in _SRT_TAG.finditer(text):
        name, start, end = found[2].lower(), found.start(), found.end()
        if name not in _SRT_TAGS:
            if not found[1]:
                hint = "SRT knows <i>, <b>, <u>, <s> and <font>; players show other tags or drop them"
                problems.append(_problem(start, end, f"unknown tag {shown(found[0])}", hint))
        elif not found[1]:
            opened[name].append(_Span(name, start, end))
        elif opened[name]:
            opened[name].pop()
        else:
            hint = f"remove it, or open it with <{name}>"
            problems.append(_problem(start, end, f"`</{name}>` without `<{name}>`", hint))
    for span in (span for spans in opened.values() for span in spans):
        hint = f"add </{span.name}>"
        problems.append(_problem(span.start, span.end, f"`<{span.name}>` is never closed", hint))
    return sorted(problems)


class _CueText:
    """One pass over a cue's text; ``problems`` holds what it found, in no order."""

    def __init__(self, text: str, start_ms: int, end_ms: int) -> None:
        self.text = text
        self.after, self.end_ms = start_ms, end_ms
        self.problems: list[Problem] = []
        self.open: list[_Span] = []
        self.strange: set[str] = set()  # names whose start tag was reported
        self.rubies: list[int] = []  # for each open ruby: where its last closed rt ended, or -1
        self._walk()
        self._close()

    def _say(self, start: int, end: int, message: str, hint: str) -> None:
        self.problems.append(_problem(start, end, message, hint))

    def _walk(self) -> None:
        place, last = 0, self.text.rfind(">")
        while len(self.open) < _DEEP and (found := _PIECE.search(self.text, place)):
            start, place = found.span()
            if found[0][0] == "&":
                self._reference(start, place, found[2])
            elif not found[1] or start > last:
                place = start + 1
                self._say(start, place, "a bare `<`", "write &lt; for the character itself")
            else:
                place = self.text.index(">", start) + 1
                self._tag(start, place, self.text[start + 1 : place - 1])

    def _tag(self, start: int, end: int, tag: str) -> None:
        if tag[0] == "/":
            self._end_tag(start, end, tag[1:])
        elif tag[0].isdigit():
            self._timestamp(start, end, tag)
        else:
            self._start_tag(start, end, tag)

    def _reference(self, start: int, end: int, name: str | None) -> None:
        if name is None:
            self._say(start, end, "a bare `&`", "write &amp; for the character itself")
        elif not _is_reference(name):
            hint = "write &amp; if the character itself is meant"
            self._say(start, end, f"there is no character {shown('&' + name)}", hint)

    def _start_tag(self, start: int, end: int, tag: str) -> None:
        found = _TAG.fullmatch(tag)
        assert found  # every text matches
        name, classes, rest = found[1], found[2], found[3]
        if name not in _PLAIN + _ANNOTATED:
            self.strange.add(name)
            self._say(start, end, f"unknown tag {shown('<' + tag + '>')}", "tags are c i b u ruby rt v lang")
            return
        if classes and not all(part and not {*"&<"} & {*part} for part in classes[1:].split(".")):
            self._say(start, end, f"a class of `<{name}>` is empty or has `&` or `<`", "write <c.name>")
        else:
            self._inside_tag(start, end, name, rest)
        top = self.open[-1].name if self.open else ""
        if name == "rt" and top != "ruby":
            self.strange.add(name)
            self._say(start, end, "`<rt>` outside `<ruby>`", "put it directly inside <ruby>")
        elif name == "v" and any(span.name == "v" for span in self.open):
            self.strange.add(name)
            self._say(start, end, "`<v>` inside `<v>`", "close the first voice with </v> before the second")
        else:
            if name == "ruby":
                self.rubies.append(-1)
            self.open.append(_Span(name, start, end))

    def _inside_tag(self, start: int, end: int, name: str, rest: str | None) -> None:
        """Judge what follows the name and the classes of a start tag: its annotation."""
        annotation = (rest or "").strip(" \t\n\f")
        if name in _PLAIN:
            if rest is not None:
                self._say(start, end, f"`<{name}>` takes no annotation", f"write <{name}>")
        elif not annotation:
            what = "the speaker's name" if name == "v" else "a language tag"
            self._say(
                start, end, f"`<{name}>` needs an annotation", f"write {what} after it, as in <{name} ...>"
            )
        elif "\n" in (rest or ""):
            self._say(start, end, f"a line end inside `<{name}>`", "write the tag on one line")
        elif name == "lang" and not _LANGUAGE.fullmatch(annotation):
            hint = "write a BCP 47 tag such as en or pt-BR"
            self._say(start, end, f"{shown(annotation)} is not a language tag", hint)
        else:
            for found in _PIECE.finditer(annotation.replace("<", " ")):
                if not found[2] or not _is_reference(found[2]):
                    self._say(start, end, f"a bare `&` inside `<{name}>`", "write &amp; instead")
                    return

    def _end_tag(self, start: int, end: int, name: str) -> None:
        bare = name.strip(" \t\n\f")
        if bare != name and bare in _PLAIN + _ANNOTATED:
            self._say(start, end, f"white space in `</{bare}>`", f"write </{bare}>")
        names = [span.name for span in self.open]
        if bare == "ruby" and names[-2:] == ["ruby", "rt"]:
            self.open.pop()
            self.rubies[-1] = end  # the last rt may stay open
            names.pop()
        elif bare == "ruby" and names[-1:] == ["ruby"]:
            self._ruby_ends(start, end)
        if bare not in names:
            if bare in self.strange:
                return
            hint = f"remove it, or open it with <{bare}>" if bare in _PLAIN + _ANNOTATED else "remove it"
            self._say(start, end, f"{shown('</' + name + '>')} has no start tag", hint)
            return
        if names[-1] != bare:
            hint = "close the tag that was opened last first"
            self._say(start, end, f"`</{bare}>` before `</{names[-1]}>`", hint)
        del self.open[len(names) - 1 - names[::-1].index(bare)]
        if bare == "ruby":
            self.rubies.pop()
        elif bare == "rt" and self.rubies:
            self.rubies[-1] = end

    def _ruby_ends(self, start: int, end: int) -> None:
        last = self.rubies[-1]
        if last < 0:
            self._say(self.open[-1].start, self.open[-1].end, "`<ruby>` without `<rt>`", "add <rt>...</rt>")
        elif self.text[last:start].strip("\n"):
            hint = "ruby is base text then <rt>...</rt>, any number of times"
            self._say(start, end, "text between the last `</rt>` and `</ruby>`", hint)

    def _timestamp(self, start: int, end: int, tag: str) -> None:
        found = _TIME.fullmatch(tag)
        if not found:
            self._say(start, end, f"{shown('<' + tag + '>')} is not a timestamp", "write <HH:MM:SS.mmm>")
            return
        when = timing.milliseconds(*found.groups())
        if not self.after < when < self.end_ms:
            hint = "timestamps lie between the cue's start and end, each after the one before"
            self._say(start, end, f"{shown('<' + tag + '>')} is out of the cue or out of order", hint)
        else:
            self.after = when

    def _close(self) -> None:
        for depth, span in enumerate(self.open):
            if span.name == "v" and span.start == 0:  # spans the whole text, so its end may be left out
                continue
            if span.name == "rt" and depth and self.open[depth - 1].name == "ruby":
                continue  # the ruby that holds it is open too, and is told
            self._say(span.start, span.end, f"`<{span.name}>` is never closed", f"add </{span.name}>")


def _is_reference(name: str) -> bool:
    """Tell whether ``name`` (after ``&``, with its ``;``) is a character reference of HTML."""
    if name in _WELL_KNOWN:
        return True
    if name[0] != "#":
        from html.entities import html5

        return name in html5
    return _is_character(name[1:-1])


def _is_character(number: str) -> bool:
    digits, radix = (number[1:], 16) if number[0] in "xX" else (number, 10)
    digits = digits.lstrip("0")
    if not 0 < len(digits) < 8:
        return False
    point = int(digits, radix)
    control = point < 32 or 0x7F <= point <= 0x9F
    surrogate = 0xD800 <= point <= 0xDFFF
    noncharacter = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return (
        not (control and point not in (9, 10, 12)) and not surrogate and not noncharacter and point < 0x110000
    )
