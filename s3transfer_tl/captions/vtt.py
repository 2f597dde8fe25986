"""WebVTT, line by line: what the specification's "WebVTT file parsing" does, judged by its syntax.

What its parser drops is an error; what it keeps although the syntax forbids it is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from s3transfer_tl.captions import markup, settings, timing
from s3transfer_tl.captions.fault import Cue, Fault, Problem, Span, at, shown, whole, within
from s3transfer_tl.model import Severity

SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
_BLOCK = re.compile(r"(NOTE|STYLE|REGION)(?:[ \t].*)?$")
_REGION_ID = re.compile(r"(?<![^ \t\n])id:([^ \t\n]+)")
_REGION_NAME = re.compile(r"(?<=[ \t])region:([^ \t]+)")
# An unclosed string ends with its line (CSS Syntax, "consume a string token").
_CSS_TEXT = re.compile(r"/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*+\"?|'(?:\\.|[^'\\\n])*+'?", re.DOTALL)


class Scan:
    """A pass over a WebVTT text with LF line ends: ``cues`` that are read, ``faults`` in file order.

    ``spans`` are what to read of it, each after a sound cue (or the first line); None: everything.
    """

    def __init__(self, text: str, spans: Iterable[Span] | None = None) -> None:
        self.lines = text.split("\n")
        self.cues: list[Cue] = []
        self.faults: list[Fault] = []
        self._chronology = timing.Chronology(Severity.INFO)
        self._seen_cue = False
        self._empty = False  # the last fault is the TL712 of a cue that ended at the last blank line
        self._any_misspelt = spans is not None or timing.any_misspelt(text)
        self._css_open = False  # the block above is a STYLE with an open brace
        self._regions: set[str] = set()
        self._dropped: set[str] = set()  # ids of regions that were told to be dropped
        self._placed: list[tuple[str, Fault]] = []  # the region that a cue names, and what to say without it
        if spans is not None:
            for span in spans:
                self._chronology.start, self._chronology.end = span.start_ms, span.end_ms
                self._seen_cue = span.end_ms > 0
                self._blocks(span.first or self._header(), span.last)
        elif SIGNATURE.fullmatch(self.lines[0]):
            self._blocks(self._header(), len(self.lines))
        else:
            self._no_signature()
        if spans is None and not (
            self.cues or any(fault.severity is Severity.ERROR for fault in self.faults)
        ):
            hint = "write at least one cue, or leave the transcription out"
            self._say("TL708", Severity.WARNING, 0, "no cue", hint)
        self.faults += [said for name, said in self._placed if name not in self._regions | self._dropped]
        self.faults += self._chronology.beyond()
        self.faults.sort(key=lambda fault: (fault.line, fault.column))

    def _say(self, code: str, severity: Severity, number: int, message: str, hint: str) -> None:
        """Mark the whole of line ``number`` (0-based)."""
        self.faults.append(whole(code, severity, number + 1, self.lines[number], message, hint=hint))

    def _no_cues(self) -> None:
        if not (self.cues or any(fault.severity is Severity.ERROR for fault in self.faults)):
            hint = "write at least one cue, or leave the transcription out"
            self._say("TL708", Severity.WARNING, 0, "no cue", hint)

    def _no_signature(self) -> None:
        first = self.lines[0]
        said = f"the first line is {shown(first)}, not WEBVTT" if first else "the first line is not WEBVTT"
        if not "".join(self.lines).strip():
            said = "the file is blank"
        hint = "make the first line WEBVTT, in capitals, alone or followed by a space and a title"
        self._say("TL703", Severity.ERROR, 0, said, hint)

    def _header(self) -> int:
        """Judge the lines between the signature and the first blank line; return where blocks begin."""
        number = 1
        while number < len(self.lines) and (line := self.lines[number]):
            if timing.ARROW in line:
                hint = "put a blank line after the WEBVTT line"
                self._say("TL714", Severity.ERROR, number, "a timing line in the header", hint)
                return number
            number += 1
        if number > 1:
            said = "text between the WEBVTT line and the first blank line: players skip it"
            hint = "put a blank line after the WEBVTT line; say such things in a NOTE block"
            self._say("TL714", Severity.WARNING, 1, said, hint)
        return number

    def _blocks(self, number: int, last: int) -> None:
        lines, count = self.lines, min(last, len(self.lines))
        self._empty = self._css_open = False
        while number < count:
            line = lines[number]
            if not line:
                number += 1
                continue
            css_open, self._css_open = self._css_open, False
            if timing.ARROW in line:
                number = self._note_arrow(number) if line.startswith("NOTE ") else self._cue(number)
            elif number + 1 < count and timing.ARROW in lines[number + 1]:
                quiet = self._identifier(number)
                number = self._cue(number + 1, quiet=quiet)
            else:
                number = self._other(number, css_open)

    def _identifier(self, number: int) -> bool:
        """Judge a cue identifier; True where it is meant as a comment, so that its timing is not judged."""
        if not (found := _BLOCK.match(self.lines[number])):
            return False
        said = f"a {found[1]} block holds `-->`: players take it for a cue"
        self._say("TL714", Severity.WARNING, number + 1, said, "remove the line or change its `-->`")
        return True

    def _note_arrow(self, number: int) -> int:
        hint = "write it without `-->`"
        self._say("TL714", Severity.WARNING, number, "a comment holds `-->`", hint)
        return self._block_end(number + 1)

    def _block_end(self, number: int) -> int:
        """Return the first line from ``number`` on that ends a block: blank, a timing line, or the end."""
        while number < len(self.lines) and self.lines[number] and timing.ARROW not in self.lines[number]:
            number += 1
        return number

    def _other(self, start: int, css_open: bool) -> int:
        """Judge a block that is no cue; return the line after it."""
        end = self._block_end(start + 1)
        cut = end < len(self.lines) and bool(self.lines[end])  # a timing line ended it, not a blank line
        found = _BLOCK.match(self.lines[start])
        if found is None:
            self._stray(start, end, css_open, cut)
            return end
        self._empty = False
        name, bare = found[1], not self.lines[start][found.end(1) :].strip()
        if name != "NOTE" and not bare:
            self._dropped.update(_REGION_ID.findall("\n".join(self.lines[start + 1 : end])))
            said = f"text after {name} on its line: the block is dropped"
            self._say("TL714", Severity.WARNING, start, said, f"write {name} alone on its line")
        elif name != "NOTE" and self._seen_cue:
            self._dropped.update(_REGION_ID.findall("\n".join(self.lines[start + 1 : end])))
            said = f"a {name} block after the first cue: players drop it"
            self._say("TL714", Severity.WARNING, start, said, "move it above the first cue")
        elif name == "STYLE" and not cut:
            self._style(start, end)
        elif name == "REGION":
            self._region(start, end)
        if cut:
            self._identifier_inside(name, end)
            return self._cue(end, quiet=True)
        return end

    def _identifier_inside(self, name: str, number: int) -> None:
        said = f"`-->` inside a {name} block ends it: players take the line for a cue"
        hint = "put a blank line before the cue, or change the `-->`"
        self._say("TL714", Severity.WARNING, number, said, hint)

    def _style(self, start: int, end: int) -> None:
        css = _CSS_TEXT.sub("", "\n".join(self.lines[start + 1 : end]))
        if css.count("{") != css.count("}"):
            said = "the braces of this STYLE block do not match"
            hint = "a blank line ends the block: remove blank lines inside it, or add the brace"
            self._say("TL714", Severity.WARNING, start, said, hint)
            self._css_open = css.count("{") > css.count("}")

    def _region(self, start: int, end: int) -> None:
        seen: set[str] = set()
        for number in range(start + 1, end):
            line = self.lines[number]
            self.faults += [at(said, number + 1) for said in settings.of_region(line, seen)]
            for found in _REGION_ID.finditer(line):
                if found[1] in self._regions:
                    said, hint = f"two regions have the id {shown(found[1])}", "give each its own"
                    problem = Problem("TL714", Severity.WARNING, *found.span(), said, hint)
                    self.faults.append(at(problem, number + 1))
                self._regions.add(found[1])

    def _stray(self, start: int, end: int, css_open: bool, cut: bool) -> None:
        text = "\n".join(self.lines[start:end])
        empty, self._empty = self._empty, False
        if css_open and "}" in text:
            return  # the rest of a STYLE block that a blank line cut, told there
        if self._any_misspelt and self._misspelt(start, end):
            return
        if not text.strip():
            said, hint = "a line of white space only is not blank", "remove the white space"
            self._say("TL706", Severity.WARNING, start, said, hint)
        elif empty:
            self.faults.pop()
            said = "a blank line parts this text from its timing line"
            self._say("TL706", Severity.ERROR, start, said, "remove the blank line")
        elif cut:
            said = "only one line, the identifier, may stand before a timing line"
            hint = "part the text from the cue by a blank line, and make it a NOTE or a cue of its own"
            self._say("TL706", Severity.ERROR, start, said, hint)
        else:
            hint = "remove the blank line before it, if it goes on with the cue above; else make it a NOTE"
            self._say("TL706", Severity.ERROR, start, "text without a timing line: players drop it", hint)

    def _misspelt(self, start: int, end: int, severity: Severity = Severity.ERROR) -> bool:
        """Tell of the lines from ``start`` to ``end`` that would be timing lines with a right arrow."""
        found = [number for number in range(start, end) if timing.misspelt(self.lines[number])]
        for number in found:
            read = timing.read(self.lines[number], "vtt")
            assert isinstance(read, Problem)  # without `-->` nothing is read
            self.faults.append(at(read._replace(severity=severity), number + 1))
        return bool(found)

    def _cue(self, begin: int, *, quiet: bool = False) -> int:
        """Judge the cue whose timing line is ``begin``; return the line after it.

        ``quiet``: the line was told of already, so a timing that cannot be read is no second fault.
        """
        end = self._block_end(begin + 1)
        line, self._empty = self.lines[begin], False
        read = timing.read(line, "vtt")
        if isinstance(read, timing.Timing):
            self._seen_cue = True
            self._timing(read, line, begin)
            self._text(read, begin, end)
        elif not quiet:
            self.faults.append(at(read, begin + 1))
        if end < len(self.lines) and self.lines[end]:
            return self._arrow_in_text(begin, end)
        return end

    def _timing(self, read: timing.Timing, line: str, begin: int) -> None:
        if read.odd:
            self.faults.append(at(read.odd, begin + 1))
        self.faults += self._chronology.faults(read, begin + 1)
        if len(line) > read.end_to:
            self.faults += [at(said, begin + 1, read.end_to) for said in settings.of_cue(line[read.end_to :])]
            for found in _REGION_NAME.finditer(line, read.end_to):
                said = f"no region has the id {shown(found[1])}: players ignore the setting"
                hint = "define it in a REGION block above the first cue, or remove the setting"
                problem = Problem("TL713", Severity.WARNING, *found.span(), said, hint)
                self._placed.append((found[1], at(problem, begin + 1)))

    def _text(self, read: timing.Timing, begin: int, end: int) -> None:
        lines = self.lines[begin + 1 : end]
        text = "\n".join(lines)
        self.cues.append(Cue(read.start, read.end, text, begin + 1))
        if self._any_misspelt:
            self._misspelt(begin + 1, end, Severity.WARNING)  # as text it conforms
        if "<" in text or "&" in text:
            said = markup.in_vtt(text, read.start, read.end)
            self.faults += within(said, text, begin + 2)
        if not text.strip() and (end == len(self.lines) or not self.lines[end]):
            self._say("TL712", Severity.WARNING, begin, "the cue has no text", "add text or remove the cue")
            self._empty = True

    def _arrow_in_text(self, begin: int, number: int) -> int:
        """Judge a line with ``-->`` that ended the cue at ``begin``; return where to go on."""
        line = self.lines[number]
        if timing.looks_like(line):
            above = self.lines[number - 1]
            hint = "put a blank line before the cue"
            if above and above.isspace():
                hint = "remove the white space from the line above; a line with spaces is not blank"
            said = f"a timing line inside the text of the cue at line {begin + 1}"
            self._say("TL707", Severity.ERROR, number, said, hint)
            return number
        column = line.index(timing.ARROW)
        said, hint = "`-->` inside cue text ends the cue: the rest is lost", "write --&gt; instead"
        self.faults.append(at(Problem("TL715", Severity.ERROR, column, column + 3, said, hint), number + 1))
        return self._block_end(number + 1)
