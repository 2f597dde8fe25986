"""What a matching leaves to a person, and the candidates that there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from s3transfer_tl.matching import clauses
from s3transfer_tl.matching.asked import Criterion, criterion
from s3transfer_tl.matching.outcome import Matching
from s3transfer_tl.matching.pipeline import Listing, places
from s3transfer_tl.model import Config

Kind = Literal["ambiguous", "contested", "unmatched"]


class Doubt(NamedTuple):
    """A listed video that the rules alone do not pair; ``number`` is its own in this matching."""

    number: int
    uri: str
    size: int | None
    kind: Kind


class Considered(NamedTuple):
    """A transcription that a rule brings together with a video. ``behind``: the first thing in which it is
    worse than the best. ``other`` is another video whose best it is, ``taker`` the one that it was given to
    by decision, ``problem`` what its name says that means nothing."""

    uri: str
    size: int | None
    rule: str | None
    language: str | None
    behind: Criterion | None = None
    other: str | None = None
    taker: str | None = None
    problem: str | None = None
    chosen: bool = False


class Known(NamedTuple):
    """What the listing says of an object."""

    size: int | None
    last_modified: str | None


def doubts(matched: Matching, limit: int) -> tuple[list[Doubt], int]:
    """Return the first ``limit`` doubtful videos and how many there are: those without a decision first, of
    these the ambiguous and contested ones, each by URI."""
    of = clauses.step("doubts")
    found = [Doubt(*row) for row in matched.rows("doubtful", doubts=of, limit=str(limit))]
    ((count,),) = matched.rows("how_many", of=of)
    return found, count


def considered(
    matched: Matching, config: Config, videos: Sequence[Doubt], most: int
) -> dict[str, list[Considered]]:
    """Return, for each of ``videos``, up to ``most`` transcriptions that rules bring: what was decided, then
    the best first, then those with a problem."""
    uris = {one.number: one.uri for one in videos}
    found: dict[str, list[Considered]] = {uri: [] for uri in uris.values()}
    asked = {"videos": list(uris)}
    cost_places = places(config)
    for number, uri, size, rule, language, cost, least, other, taker in matched.rows(
        "considered", asked, most=str(most)
    ):
        behind = criterion(cost, least, cost_places) if cost != least else None
        found[uris[number]].append(Considered(uri, size, rule, language, behind, other, taker))
    for number, uri, size, rule, problem in matched.rows("refused_for", asked):
        found[uris[number]].append(Considered(uri, size, rule, None, problem=problem))
    for number, uri, size, language in matched.rows("chosen", asked):
        ours = found[uris[number]]
        same = next((one for one in ours if one.uri == uri), Considered(uri, size, None, language))
        ours[:] = [same._replace(chosen=True), *(one for one in ours if one.uri != uri)]
    return {video: ours[:most] for video, ours in found.items()}


def known(matched: Matching, listings: Iterable[Listing], uris: Sequence[str]) -> Iterator[tuple[str, Known]]:
    """Yield what the ``listings`` say of ``uris``; one more pass over them."""
    for listing in dict.fromkeys(listings):
        step = "dated_packed" if listing.is_packed else "dated"
        path = clauses.literal(str(listing.path))
        for uri, *facts in matched.rows(step, {"uris": list(uris)}, path=path):
            yield uri, Known(*facts)
