"""How far a long step is, in words: counts, rate and time left, cut to what a terminal has room for.

Pure: times are arguments, nothing is written. ``progress`` draws what is said here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from s3transfer_tl.report.text import cells, counted, printable

WINDOW = 30.0  # seconds over which a rate is taken: long enough to be steady, short enough to follow
_SOON = 1.0  # seconds before which a rate says nothing
_BAR, _WIDEST_BAR = 10, 30  # cells
_ABOUT = 12  # cells of a name below which it says nothing
_BYTES = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


class Step(NamedTuple):
    """What is being done: ``done`` of ``total`` (None: nobody knows) in ``unit``: a noun, "bytes", "%", or
    "" where nothing can be counted. Where ``done`` is a function it is asked only when something is shown.
    ``about`` names what it is done to, ``more`` says what can be left out first."""

    what: str
    done: float | Callable[[], float] = 0
    total: float | None = None
    unit: str = "object"
    about: str = ""
    more: tuple[str, ...] = ()


class Reading(NamedTuple):
    """A step at a time: ``rate`` in units a second, ``left`` in seconds, each None where nobody can tell;
    ``seconds`` since the step began."""

    done: float
    rate: float | None
    left: float | None
    seconds: float


class Line(NamedTuple):
    """A moving line in parts: ``bar`` is the width of what is drawn between the texts, 0 for none."""

    before: str
    bar: int
    after: str

    @property
    def cells(self) -> int:
        """How wide it is."""
        return cells(self.before) + self.bar + cells(self.after)


class Meter:
    """Takes the rate of one step; ``now`` is when it begins."""

    def __init__(self, step: Step, now: float) -> None:
        self._began = now
        self._seen = deque([(now, amount(step))])

    def read(self, step: Step, now: float) -> Reading:
        """Return how far ``step`` is ``now``."""
        done = amount(step)
        seen = self._seen
        if done < seen[-1][1]:  # it began anew
            seen.clear()
        seen.append((now, done))
        while len(seen) > 2 and now - seen[1][0] > WINDOW:
            seen.popleft()
        span = now - seen[0][0]
        rate = (done - seen[0][1]) / span if span >= _SOON else None
        left = (step.total - done) / rate if rate and step.total is not None else None
        return Reading(done, rate, left, now - self._began)


def amount(step: Step) -> float:
    """Return how much is done, never more than the total."""
    done = step.done() if callable(step.done) else step.done
    return done if step.total is None else min(done, step.total)


def plain(step: Step, reading: Reading) -> str:
    """Return the step as a sentence for a log."""
    parts = [*_figures(step, reading, named=True), *step.more]
    if reading.left is None:
        parts.append(f"{duration(reading.seconds)} so far")
    return printable(f"{step.what} {step.about}".rstrip() + f": {', '.join(filter(None, parts))}")


def fit(step: Step, reading: Reading, width: int, encoding: str = "utf-8") -> Line:
    """Return the line of ``step`` that fits ``width`` cells: the figure that counts stays to the last, then
    come its name, the time left, the rate, a bar, and all the rest."""
    what, about, *more = (shown(text, encoding) for text in (step.what, step.about, *step.more))
    percent, count, rate, left = _figures(step, reading, named=step.total is None)
    lasted = "" if left else duration(reading.seconds)
    texts = [what, percent, count, rate, left, lasted, *more]
    last = len(texts)
    order = [1, 2, 0, 4, 3, _DRAWN, _NAMED, *range(5, last)]
    chosen: set[int] = set()
    line = Line("", 0, "")
    named = ""
    for part in order:
        if part == _DRAWN and (step.total is None or not chosen >= {0, 1}):
            continue
        if part == _NAMED:
            room = width - line.cells - 1
            if not about or 0 not in chosen or room < min(_ABOUT, cells(about)):
                continue
            named = about
        elif part >= 0 and not texts[part]:
            continue
        trial = _joined(texts, chosen | {part}, named)
        if part == _NAMED and trial.cells > width:
            named = shortened(about, room)
            trial = _joined(texts, chosen | {part}, named)
        if trial.cells <= width:
            chosen.add(part)
            line = trial
        elif part == _NAMED:
            named = ""
    if not chosen:  # so narrow that even the figure is cut
        return Line("", 0, (percent or count or what)[:width])
    return line._replace(bar=line.bar and min(_WIDEST_BAR, line.bar + width - line.cells))


_DRAWN, _NAMED = -1, -2  # parts of a line besides its texts


def _joined(texts: list[str], chosen: set[int], named: str) -> Line:
    """Return the line that has the ``chosen`` of ``texts``: what, percentage, count, and all that follows."""
    subject = " ".join(text for part, text in ((0, texts[0]), (_NAMED, named)) if part in chosen and text)
    details = ", ".join(texts[part] for part in sorted(chosen) if part >= 2)
    if 1 in chosen:
        percent = f"{texts[1]} {details}".rstrip()
        if _DRAWN in chosen:
            return Line(f"{subject} ", _BAR, f" {percent}")
        return Line("", 0, f"{subject} {percent}".strip())
    return Line("", 0, f"{subject}: {details}" if subject and details else subject or details)


def _figures(step: Step, reading: Reading, *, named: bool) -> tuple[str, str, str, str]:
    """Return percentage, count, rate and time left as texts, empty where they are not known."""
    if not step.unit:
        return "", "", "", ""
    percent = left = ""
    if step.total is not None:
        percent = f"{int(100 * reading.done / step.total) if step.total else 100}%"
    if step.unit == "%":
        count = rate = ""
    elif step.unit == "bytes":
        count = size(reading.done) if step.total is None else _of(reading.done, step.total)
        rate = "" if not reading.rate else f"{size(reading.rate)}/s"
    else:
        if step.total is None:
            count = _counted(reading.done, step.unit)
        else:
            count = (
                f"{reading.done:,.0f} of {_counted(step.total, step.unit) if named else f'{step.total:,.0f}'}"
            )
        rate = "" if not reading.rate else paced(reading.rate)
    if reading.left is not None:
        left = f"{duration(reading.left)} left"
    return percent, count, rate, left


def paced(rate: float) -> str:
    """Return a rate of things for people: by the second, the minute or the hour, whichever counts some."""
    if rate >= 10 or rate <= 0:
        return f"{rate:,.0f}/s"
    if rate >= 1:
        return f"{rate:.1f}/s"
    return f"{rate * 60:.1f}/min" if rate * 60 >= 1 else f"{rate * 3600:.1f}/h"


def size(count: float) -> str:
    """Return a number of bytes for people: ``980 bytes``, ``12.3 MB``."""
    for unit, one in _BYTES:
        if count >= one:
            return f"{count / one:,.1f} {unit}"
    return counted(round(count), "byte")


def _of(done: float, total: float) -> str:
    for unit, one in _BYTES:
        if total >= 10 * one:
            digits = 0 if total >= 100 * one else 1
            return f"{done / one:,.{digits}f} of {total / one:,.{digits}f} {unit}"
    return f"{done:,.0f} of {counted(round(total), 'byte')}"


def _counted(count: float, unit: str) -> str:
    return counted(round(count), unit, f"{unit[:-1]}ies" if unit.endswith("y") else "")


def duration(seconds: float) -> str:
    """Return a length of time for people: ``40 s``, ``12 min``, ``3 h 05 min``, ``2 d 4 h``. What is longer
    never reads shorter."""
    minutes = round(seconds / 60)
    if seconds < 89.5:
        return f"{seconds:.0f} s"
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def shown(text: str, encoding: str) -> str:
    """Return ``text`` as a terminal of this encoding may show it: what it would obey or lacks is escaped."""
    text = printable(text)
    if encoding.lower().replace("-", "").startswith("utf"):
        return text
    return text.encode(encoding, "backslashreplace").decode(encoding)


def shortened(text: str, width: int) -> str:
    """Return ``text`` in ``width`` cells (3 and more): where it is longer its middle is left out, since
    names differ at their ends."""
    if cells(text) <= width:
        return text
    end = "".join(reversed("".join(_upto(reversed(text), (width - 3) * 2 // 3))))
    return "".join(_upto(text, width - 3 - cells(end))) + "..." + end


def _upto(text: Iterator[str] | str, width: int) -> Iterator[str]:
    for char in text:
        width -= cells(char)
        if width < 0:
            return
        yield char


def lasted(seconds: float) -> str:
    """Return how long something took: as ``duration``, to the tenth where it was short."""
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)
