"""The geometry of bars and curves: numbers that the template puts into SVG. Units are those of the view
box, which is stretched to the width there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from s3transfer_tl.report.page.parts import Bar, Curve, Tone

WIDTH = 1000.0
HEIGHT = 240.0
_THINNEST = 4.0  # a part of a bar that is there can be seen
_FIGURES = 12  # rows of the table that says the same as a curve


class Rectangle(NamedTuple):
    """A part of a bar."""

    x: float
    width: float
    shade: str


class Area(NamedTuple):
    """One kind of a curve: the outline between those below it and those above it."""

    label: str
    shade: str
    path: str


def rectangles(bar: Bar) -> list[Rectangle]:
    """Return the parts of ``bar`` side by side; small ones are widened, and the others give way."""
    if not bar.total:
        return []
    widths = [max(_THINNEST, WIDTH * one.amount / bar.total) for one in bar.slices]
    scale = WIDTH / sum(widths)
    found, x = [], 0.0
    for shade, width in zip(_shades([one.tone for one in bar.slices]), widths, strict=True):
        found.append(Rectangle(round(x, 2), round(width * scale, 2), shade))
        x += width * scale
    return found


def areas(curve: Curve) -> list[Area]:
    """Return the kinds of ``curve`` stacked, the first at the bottom, each a path of steps."""
    begin, end = curve.times[0], curve.times[-1]
    highest = highest_of(curve) or 1
    across = [round(WIDTH * (time - begin) / ((end - begin) or 1), 1) for time in curve.times]
    below = [0] * len(across)
    found = []
    shades = _shades([tone for _, tone in curve.kinds])
    for number, ((label, _), shade) in enumerate(zip(curve.kinds, shades, strict=True)):
        above = [low + counts[number] for low, counts in zip(below, curve.counts, strict=True)]
        if above != below:
            upper = list(_steps(across, [_y(count, highest) for count in above]))
            lower = list(_steps(across, [_y(count, highest) for count in below]))
            path = " ".join(f"{x:g},{y:g}" for x, y in [*upper, *reversed(lower)])
            found.append(Area(label, shade, f"M{path}Z"))
        below = above
    return found


def highest_of(curve: Curve) -> int:
    """Return the most that there were of all kinds together."""
    return max(map(sum, curve.counts), default=0)


def figures(curve: Curve) -> list[tuple[str, tuple[int, ...]]]:
    """Return some moments of ``curve`` with its counts: what a table says to who sees no picture."""
    last = len(curve.times) - 1
    chosen = sorted({round(last * step / (_FIGURES - 1)) for step in range(_FIGURES)})
    return [(moment(curve.times[at]), curve.counts[at]) for at in chosen]


def moment(seconds: float) -> str:
    """Return epoch seconds as people read them, UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _shades(tones: Sequence[Tone]) -> list[str]:
    """Return the class of each tone; the second of the same is lighter, to be told from the first."""
    return [f"{tone} alt" if tone in tones[:number] else tone for number, tone in enumerate(tones)]


def _y(count: int, highest: int) -> float:
    return round(HEIGHT * (1 - count / highest), 1)


def _steps(across: list[float], heights: list[float]) -> Iterator[tuple[float, float]]:
    """Yield the corners of a line that keeps its height until the next place."""
    before = heights[0]
    for x, y in zip(across, heights, strict=True):
        if y != before:
            yield x, before
        yield x, y
        before = y
