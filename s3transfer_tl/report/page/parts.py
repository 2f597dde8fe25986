"""What a page is made of, whatever the run was: sections of figures, bars, tables and things to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

Tone = Literal["good", "info", "warn", "bad", "mute"]
"""How good something is; the page shows it as a colour beside the words that say it."""

Kind = Literal["text", "key", "choice", "number"]
Cell = str | int | tuple[str, ...] | None
Facts = tuple[tuple[str, str], ...]

MOST = 100_000  # rows of a table that go into the page


class Tile(NamedTuple):
    """A figure that is read first."""

    label: str
    amount: int
    tone: Tone = "mute"


class Slice(NamedTuple):
    """A part of a bar."""

    label: str
    amount: int
    tone: Tone


class Bar(NamedTuple):
    """A whole and its parts."""

    title: str
    slices: tuple[Slice, ...]

    @property
    def total(self) -> int:
        """Return what the parts add up to."""
        return sum(one.amount for one in self.slices)


class Step(NamedTuple):
    """Something to do next: the sentence, the part of the section that shows why, and what to type."""

    text: str
    part: str
    commands: tuple[str, ...] = ()


class Column(NamedTuple):
    """A column. The cells of a ``choice`` are of few different texts; ``tones`` says how good some of
    them are, and their order there is the one they sort in."""

    title: str
    kind: Kind = "text"
    tones: Mapping[str, Tone] = MappingProxyType({})


class Table:
    """Rows under columns: all are counted, ``most`` are kept. ``rest`` says where all of them are."""

    def __init__(self, caption: str, columns: Sequence[Column], *, rest: str = "", most: int = MOST) -> None:
        self.caption = caption
        self.columns = tuple(columns)
        self.rest = rest
        self.most = most
        self.same = ""  # what is the same in every row, and in no column
        self.total = 0
        self.rows: list[Sequence[Cell]] = []

    def add(self, *cells: Cell) -> None:
        """Add a row, one cell a column; None is a cell that has nothing to say."""
        self.total += 1
        if len(self.rows) < self.most:
            self.rows.append(cells)

    def slim(self) -> Table:
        """Return the table without the columns that say nothing, and without choices that are the same in
        every row: those are told once."""
        kept, same = [], []
        for number, column in enumerate(self.columns):
            cells = {row[number] for row in self.rows}
            alike = len(cells) == 1 and len(self.rows) == self.total > 1
            if alike and column.kind == "choice" and not column.tones and cells != {None}:
                same.append(f"{column.title} {cells.pop()}")
            elif cells != {None}:
                kept.append(number)
        slim = Table(self.caption, [self.columns[number] for number in kept], rest=self.rest, most=self.most)
        slim.total = self.total
        slim.rows = [tuple(row[number] for number in kept) for row in self.rows]
        slim.same = ", ".join(same)
        return slim


class Curve(NamedTuple):
    """How many there were of each kind over time: ``counts`` has a figure a kind for each of ``times``
    (epoch seconds, rising), which holds until the next."""

    title: str
    kinds: tuple[tuple[str, Tone], ...]
    times: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One heading of a section, and what is under it. ``slug`` names it within the section."""

    slug: str
    title: str
    said: str = ""
    count: int | None = None
    bars: tuple[Bar, ...] = ()
    curve: Curve | None = None
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One run: its ``verdict`` in a sentence, ``remarks`` on how far to trust it, ``facts`` as pairs, and
    the parts, most wanted first."""

    kind: str
    name: str
    verdict: str
    tone: Tone
    remarks: tuple[str, ...] = ()
    facts: Facts = ()
    tiles: tuple[Tile, ...] = ()
    steps: tuple[Step, ...] = ()
    parts: tuple[Part, ...] = ()


def text(value: Any) -> str | None:
    """Return a member of a document as a cell: what it should not be is shown as it stands."""
    return value if value is None or isinstance(value, str) else repr(value)


def number(value: Any) -> int:
    """Return a count of a document, 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def slices(*given: tuple[str, int, Tone]) -> tuple[Slice, ...]:
    """Return the parts of a bar that are there at all."""
    return tuple(Slice(*one) for one in given if one[1] > 0)


def filled(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts that have something to show."""
    return tuple(part for part in parts if part.count is None or part.count > 0)
