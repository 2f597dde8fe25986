"""What the platform documents that a video must be, by API version: each number with its source.

Pages of one version disagree; each page is a statement of its own. What all of them refuse is an error, what
some of them take is a warning. Sizes are TL604's: every version says 2 GB.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

HOUR = 3600


class Frame(NamedTuple):
    """Pixels: the least of both sides, and the most of each side of a landscape. Portraits are not defined
    by any page."""

    least: int
    most_width: int
    most_height: int
    source: str


class Length(NamedTuple):
    """Seconds, both ends included."""

    least: float
    most: float
    source: str


class Limits(NamedTuple):
    """The statements of one API version; ``sound`` says when there must be an audio track."""

    version: str
    frames: tuple[Frame, ...]
    marengo: tuple[Length, ...]
    pegasus: tuple[Length, ...]
    sound: Literal["always", "conversation", "never"]
    sound_source: str


class Engine(NamedTuple):
    """An engine of an index, such as ``marengo2.6``; ``options`` is None where they are not known."""

    name: str
    options: frozenset[str] | None = None

    def is_a(self, family: str) -> bool:
        """Tell whether it is of the family ``marengo`` or ``pegasus``."""
        return self.name.lower().startswith(family)


class Platform(NamedTuple):
    """What videos are judged for: an API version, and the engines of the index where they are known."""

    version: str = "v1.2"
    engines: tuple[Engine, ...] = ()


_FIRST_MARENGO = Length(10, 2 * HOUR, "API v1.1.1: one limit for all engines")
_MARENGO = Length(4, 2 * HOUR, "API v1.1.2 and later")

LIMITS = (
    Limits(
        "v1.1",
        (Frame(360, 1919, 1079, "API v1.1: at least 360p, below 1080p"),),
        (_FIRST_MARENGO._replace(source="API v1.1: one limit for all engines"),),
        (),
        "always",
        "API v1.1: an audio track is required",
    ),
    Limits(
        "v1.1.1",
        (Frame(360, 1920, 1080, "API v1.1.1: 360p to 1080p"),),
        (_FIRST_MARENGO,),
        (),
        "always",
        "API v1.1.1: an audio track is required",
    ),
    Limits(
        "v1.1.2",
        (Frame(360, 3840, 2160, "API v1.1.2, transfer page: 360p to 4K"),),
        (_MARENGO,),
        (Length(30, HOUR / 2, "API v1.1.2, transfer page"),),
        "conversation",
        "API v1.1.2, transfer page",
    ),
    Limits(
        "v1.2",
        (Frame(360, 3840, 2160, "API v1.2, transcription page: 360p to 4K"),),
        (_MARENGO,),
        (
            Length(5, HOUR / 2, "API v1.2, transcription page"),
            Length(4, HOUR / 3, "later integration page"),
            Length(4, HOUR / 2, "later integration page"),
        ),
        "conversation",
        "API v1.2, transcription page",
    ),
    Limits(
        "v1.3",
        (
            Frame(360, 3840, 2160, "API v1.3: 360x360 to 3840x2160"),
            Frame(360, 5184, 2160, "API v1.3, later page: up to 5184x2160"),
        ),
        (_MARENGO,),
        (Length(4, HOUR, "API v1.3"),),
        "never",
        "API v1.3: no page asks for it",
    ),
)


def of(version: str) -> Limits:
    """Return the limits of an API version; for one that is not listed, those of the latest before it."""
    wanted = _number(version)
    return max(
        (limits for limits in LIMITS if _number(limits.version) <= wanted),
        key=lambda limits: _number(limits.version),
        default=LIMITS[0],
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.lstrip("v").split(".") if part.isdecimal())


def table() -> str:
    """Return all statements as a Markdown table."""
    rows = []
    for limits in LIMITS:
        for frame in limits.frames:
            size = f"short side at least {frame.least}, at most {frame.most_width}x{frame.most_height}"
            rows.append((limits.version, "resolution", size, frame.source))
        for engine, lengths in (("Marengo", limits.marengo), ("Pegasus", limits.pegasus)):
            rows += [
                (limits.version, f"duration, {engine}", span(length), length.source) for length in lengths
            ]
        needed = {"always": "required", "conversation": "where `conversation` is on", "never": "not required"}
        rows.append((limits.version, "audio track", needed[limits.sound], limits.sound_source))
    head = "| version | what | limit | source |\n| --- | --- | --- | --- |\n"
    return head + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def span(length: Length) -> str:
    """Return a length in words: ``4 s to 2 h``."""
    return f"{seconds(length.least)} to {seconds(length.most)}"


def seconds(value: float) -> str:
    """Return seconds in the unit that people would use."""
    if value >= HOUR and value % HOUR == 0:
        return f"{value / HOUR:g} h"
    if value < 60:
        return f"{value:.4g} s"
    minutes, rest = divmod(value, 60)
    hours, minutes = divmod(int(minutes), 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join([*parts, f"{rest:.3g} s"] if rest else parts)
