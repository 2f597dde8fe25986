"""SubRip, line by line. The format has no specification; the form is its first program's.

A block is a number, a timing line and text, and ends at a blank line. Within a block, each timing line
begins a cue; what stands in no cue is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from s3transfer_tl.captions import markup, settings, timing
from s3transfer_tl.captions.fault import Cue, Fault, Span, at, whole, within
from s3transfer_tl.model import Severity

_NUMBER = re.compile(r"\s*(\d{1,9})\s*", re.ASCII)


class Scan:
    """A pass over an SRT text with LF line ends: ``cues`` that can be read, ``faults`` in file order.

    ``spans`` are what to read of it, each after a sound cue; None: everything.
    """

    def __init__(self, text: str, spans: Iterable[Span] | None = None) -> None:
        self.lines = text.split("\n")
        self.cues: list[Cue] = []
        self.faults: list[Fault] = []
        self._chronology = timing.Chronology(Severity.WARNING)
        self._expected = 1
        self._empty = False  # the last fault is the TL712 of a cue that ended at the last blank line
        self._alone: int | None = None  # the line of a number that stood alone in the block above
        self._misspelt = spans is not None or timing.any_misspelt(text)
        if spans is not None:
            for span in spans:
                self._chronology.start, self._chronology.end = span.start_ms, span.end_ms
                self._expected = span.number + 1
                self._blocks(span.first, span.last)
        elif timing.ARROW in text or self._misspelt:
            self._blocks(0, len(self.lines))
        if spans is None and not (self.cues or self.faults):
            self._no_cues()
        self.faults += self._chronology.beyond()
        self.faults.sort(key=lambda fault: (fault.line, fault.column))

    def _no_cues(self) -> None:
        number = next((n for n, line in enumerate(self.lines) if line.strip()), 0)
        said = "no cue: no line has `-->`" if self.lines[number].strip() else "no cue: the file is blank"
        hint = "write at least one cue, or leave the transcription out"
        self._say("TL708", Severity.ERROR, number, said, hint)

    def _say(self, code: str, severity: Severity, number: int, message: str, hint: str) -> None:
        """Mark the whole of line ``number`` (0-based)."""
        self.faults.append(whole(code, severity, number + 1, self.lines[number], message, hint=hint))

    def _blocks(self, first: int, last: int) -> None:
        start: int | None = None
        for number, line in enumerate(self.lines[first:last], first):
            if line and not line.isspace():
                start = number if start is None else start
            elif start is not None:
                self._block(start, number)
                start = None
        if start is not None:
            self._block(start, min(last, len(self.lines)))
        self._number_alone()
        self._empty = False

    def _block(self, start: int, end: int) -> None:
        lines, timings = self.lines, list[int]()
        for number in range(start, end):
            if timing.ARROW in lines[number]:
                if (number - start < 2 and not timings) or timing.looks_like(lines[number]):
                    timings.append(number)
            elif self._misspelt and timing.misspelt(lines[number]):
                timings.append(number)
        if not timings:
            self._stray(start, end)
            return
        self._head(start, timings[0])
        self._empty = False
        for place, begin in enumerate(timings):
            stop = timings[place + 1] if place + 1 < len(timings) else end
            last = stop == end
            if not last and stop - 1 > begin and _NUMBER.fullmatch(lines[stop - 1]):
                self._cue(begin, stop - 1, last)
                self._number(stop - 1, told=True)
            else:
                self._cue(begin, stop, last)
            if not last:
                hint = "put a blank line before the cue's number"
                said = f"a timing line inside the text of the cue at line {begin + 1}"
                self._say("TL707", Severity.ERROR, stop, said, hint)

    def _stray(self, start: int, end: int) -> None:
        self._number_alone()
        if end - start == 1 and _NUMBER.fullmatch(self.lines[start]):
            self._alone = start
            return
        if self._empty:
            self.faults.pop()
            self._empty = False
            said = "a blank line parts this text from its timing line"
            self._say("TL706", Severity.ERROR, start, said, "remove the blank line")
        else:
            hint = "remove the blank line before it, if it goes on with the cue above; else give it times"
            self._say("TL706", Severity.ERROR, start, "text without a timing line", hint)

    def _number_alone(self) -> None:
        """Tell of a lone number in the block above, once it is known that no timing line follows it."""
        if self._alone is not None:
            if self._empty:
                self.faults.pop()
            hint = "complete the cue or remove the number; a download that broke off ends like this"
            self._say("TL706", Severity.ERROR, self._alone, "a number without a timing line", hint)
            self._alone, self._empty = None, False

    def _head(self, start: int, first: int) -> None:
        """Judge what stands before a block's first timing line."""
        if first - start > 1:
            self._number_alone()
            said = "text without a timing line"
            hint = "only the number stands before a timing line: move the text, or part it by a blank line"
            self._say("TL706", Severity.ERROR, start, said, hint)
            self._number(first - 1, told=True)
        elif first > start:
            self._number_alone()
            self._number(start, told=False)
        elif self._alone is not None:
            said = "a blank line parts this number from its timing line"
            self._say("TL706", Severity.ERROR, self._alone, said, "remove the blank line")
            self._number(self._alone, told=True)
            self._alone = None
        else:
            said = "no number before this timing line"
            self._say("TL711", Severity.WARNING, first, said, f"number the cue {self._expected}")
            self._expected += 1

    def _number(self, number: int, *, told: bool) -> None:
        """Judge a cue's number at line ``number`` (0-based); ``told``: its block has a fault already."""
        found = _NUMBER.fullmatch(self.lines[number])
        if found and int(found[1]) != self._expected and not told:
            said = f"number {int(found[1])} where {self._expected} follows"
            self._say("TL711", Severity.INFO, number, said, "number the cues 1, 2, 3 and so on")
        elif not found and not told:
            said = "the line before a timing line is not a number"
            self._say("TL711", Severity.ERROR, number, said, f"write {self._expected} here")
        self._expected = int(found[1]) + 1 if found else self._expected + 1

    def _cue(self, begin: int, stop: int, last: bool) -> None:
        line = self.lines[begin]
        read = timing.read(line, "srt")
        if not isinstance(read, timing.Timing):
            self.faults.append(at(read, begin + 1))
            return
        if read.odd:
            self.faults.append(at(read.odd, begin + 1))
        self.faults += self._chronology.faults(read, begin + 1)
        if len(line) > read.end_to:
            self.faults += [
                at(said, begin + 1, read.end_to) for said in settings.after_srt(line[read.end_to :])
            ]
        text = "\n".join(self.lines[begin + 1 : stop])
        self.cues.append(Cue(read.start, read.end, text, begin + 1))
        if "<" in text:
            self.faults += within(markup.in_srt(text), text, begin + 2)
        if not text and last:
            self._say("TL712", Severity.WARNING, begin, "the cue has no text", "add text or remove the cue")
            self._empty = True
