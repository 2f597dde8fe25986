"""What a matching decided about the keys that someone asks about, and by which criterion.

Nothing is decided here: the costs that ranked the candidates are taken apart again.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from s3transfer_tl.matching import clauses, pipeline
from s3transfer_tl.matching.outcome import Matching
from s3transfer_tl.model import Config, Pair

Verdict = Literal["won", "decided", "tie", "contested", "outranked", "refused", "shadowed"]
Criterion = Literal["rule", "nfc", "forced", "language", "tag", "hearing", "format"]
_CRITERIA: tuple[Criterion, ...] = ("rule", "nfc", "forced", "language", "tag", "hearing", "format")


class Fate(NamedTuple):
    """What became of one listed video or transcription. ``pair`` is its place in the manifest,
    ``orphan`` why a transcription has none, ``rival`` the video that it lost or contests."""

    uri: str
    is_video: bool
    pair: Pair | None
    tie: bool
    contested: bool
    orphan: Literal["lost", "decided", "contested", "refused", "no_video"] | None
    rival: str | None


class Offer(NamedTuple):
    """A video and a transcription that ``rule`` (a number in the compiled rules) brings together, and
    the video's best candidate. ``elsewhere``: the video that the transcription belongs to instead, by
    a longer or a more exact name. ``taken``: what the video got. ``decided``: a decision concerns one of
    the two."""

    video: str
    transcription: str
    rule: int
    tail: str
    problem: str | None
    elsewhere: str | None
    cost: int | None
    language: str | None
    least: int | None
    best: str | None
    best_language: str | None
    won: bool
    taken: str | None
    tie: bool
    decided: bool

    @property
    def verdict(self) -> Verdict:
        """What became of the transcription as a candidate of the video."""
        if self.won:
            return "won"
        if self.elsewhere is not None:
            return "shadowed"
        if self.problem is not None:
            return "refused"
        if self.cost != self.least:
            return "outranked"
        if self.decided:
            return "decided"
        return "tie" if self.tie else "contested"


class Inquiry:
    """What a matching knows about the keys that ``match`` was ``asked`` about."""

    def __init__(self, matched: Matching, config: Config) -> None:
        self._matched = matched
        self._places = pipeline.places(config)

    def found(self) -> dict[str, list[str]]:
        """Return the listed URIs that each asked text names, sorted; a text may be a URI, a whole key,
        or a key relative to its source."""
        found: dict[str, list[str]] = {}
        for text, uri in self._matched.rows("found"):
            found.setdefault(text, []).append(uri)
        return found

    def fates(self) -> list[Fate]:
        """Return what became of the asked objects that are videos or transcriptions, sorted."""
        orphans = {
            uri: (reason, video)
            for uri, reason, video in self._matched.rows("asked_orphans", orphans=clauses.step("orphans"))
        }
        fates = []
        for uri, is_video, number, paired, tie, contested in list(self._matched.rows("fates")):
            pair = next(self._matched.stretch(number, number), None) if paired or is_video else None
            reason, rival = (None, None) if is_video else orphans.get(uri, (None, None))
            fates.append(Fate(uri, is_video, pair, tie, contested, reason, rival))
        return fates

    def offers(self) -> list[Offer]:
        """Return the offers to and of the asked objects; of each video the best first."""
        return [Offer(*row) for row in self._matched.rows("offered")]

    def rivals(self) -> dict[str, list[str]]:
        """Return, for each offered transcription, the videos whose best candidate it is."""
        rivals: dict[str, list[str]] = {}
        for transcription, video in self._matched.rows("rivals"):
            rivals.setdefault(transcription, []).append(video)
        return rivals

    def criterion(self, offer: Offer) -> Criterion | None:
        """Return the first thing in which an outranked candidate is worse than the best, else None."""
        if offer.verdict != "outranked" or offer.cost is None or offer.least is None:
            return None
        return criterion(offer.cost, offer.least, self._places)


def criterion(cost: int, least: int, places: tuple[int, int]) -> Criterion:
    """Return the first thing in which a candidate of ``cost`` is worse than the best."""
    ours, best = _parts(cost, places), _parts(least, places)
    return next(name for name, one, other in zip(_CRITERIA, ours, best, strict=True) if one != other)


def _parts(cost: int, places: tuple[int, int]) -> tuple[int, ...]:
    languages, formats = places
    parts = []
    for radix in (formats, 2, 2, languages, 2, 2):
        cost, part = divmod(cost, radix)
        parts.append(part)
    return (cost, *reversed(parts))
