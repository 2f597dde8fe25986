"""What the naming rules leave to a person: a build that stops after matching and lists the doubtful videos
with their candidates (floor 4)."""

from __future__ import annotations

from typing import Literal, NamedTuple

from s3transfer_tl.decisions import Decision

LIMIT = 1_000  # items
CANDIDATES = 8  # of an item


class Candidate(NamedTuple):
    """A transcription that a doubtful video may take. ``rule`` brings the two together, None where only
    their names are alike; ``language`` is what the pair would be in; ``why`` is a few words for people.
    Size and time are as the listing has them."""

    uri: str
    size: int | None
    last_modified: str | None
    rule: str | None
    language: str | None
    why: str


class Item(NamedTuple):
    """A video that is ambiguous (several candidates are equally good), contested (another video wants its
    candidate too) or unmatched, with its candidates, the best first, and what was decided before.
    ``video`` is its URI."""

    video: str
    size: int | None
    last_modified: str | None
    kind: Literal["ambiguous", "contested", "unmatched"]
    candidates: tuple[Candidate, ...]
    decision: Decision | None


class Doubtful(NamedTuple):
    """The last event: the first items, those without a decision before the others, each sorted by video;
    ``more`` doubtful videos are left out. ``stale`` are decisions about what is not listed."""

    items: tuple[Item, ...]
    more: int
    stale: tuple[Decision, ...]
