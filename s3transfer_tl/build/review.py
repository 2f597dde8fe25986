"""What the naming rules leave to a person: a build that stops after matching and lists the doubtful videos
with their candidates (floor 4)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from s3transfer_tl import matching
from s3transfer_tl.build import listings, near, plan
from s3transfer_tl.build.listings import Listed, OpenSource
from s3transfer_tl.decisions import Decision
from s3transfer_tl.errors import NothingToDo
from s3transfer_tl.matching import doubts
from s3transfer_tl.matching.asked import Criterion
from s3transfer_tl.matching.doubts import Considered, Doubt
from s3transfer_tl.model import Config

LIMIT = 1_000  # items
CANDIDATES = 8  # of an item

_BEHIND: dict[Criterion, str] = {
    "rule": "a later rule brings it",
    "nfc": "the same name only under Unicode NFC",
    "forced": "forced",
    "language": "in a language that comes later",
    "tag": "its name tells no language",
    "hearing": "for the hard of hearing",
    "format": "in the other format",
}


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
    candidate too) or unmatched, with its candidates, the best first, and what was decided before, if that
    counts. ``video`` is its URI."""

    video: str
    size: int | None
    last_modified: str | None
    kind: Literal["ambiguous", "contested", "unmatched"]
    candidates: tuple[Candidate, ...]
    decision: Decision | None


class Doubtful(NamedTuple):
    """The last event: the first items, those without a decision before the others, of these the unmatched
    ones last, each sorted by video; ``more`` doubtful videos are left out. ``stale`` are decisions about
    what is not listed."""

    items: tuple[Item, ...]
    more: int
    stale: tuple[Decision, ...]


def run(
    config: Config, decided: Sequence[Decision] = (), *, open_source: OpenSource, limit: int = LIMIT
) -> Iterator[Listed | Doubtful]:
    """List and pair as a build with the decisions ``decided`` does; the last event is ``Doubtful``.

    Raises ``ConfigError`` (a bad pattern), ``NothingToDo`` (no video is listed) and whatever the edges raise.
    """
    rules = plan.rules(config)
    with tempfile.TemporaryDirectory(prefix="s3transfer-tl-") as folder:
        work = Path(folder)
        pushed = plan.pushed(config, rules, decided)
        videos, transcriptions, _ = yield from listings.both(config, open_source, work, pushed)
        with matching.match(videos, transcriptions, rules, config, work_dir=work, decided=decided) as matched:
            if not matched.counts.videos:
                raise NothingToDo(
                    f"no video in {config.videos.source}", "check `source`, `include` and `exclude`"
                )
            found = _doubtful(matched, config, decided, (videos, transcriptions or videos), limit)
    yield found


def _doubtful(
    matched: matching.Matching,
    config: Config,
    decided: Sequence[Decision],
    listed: tuple[matching.Listing, matching.Listing],
    limit: int,
) -> Doubtful:
    found, count = doubts.doubts(matched, limit)
    offered = doubts.considered(matched, config, found, CANDIDATES)
    alike = near.alike(
        (one.uri for one in found if one.kind == "unmatched"),
        (orphan.transcription for orphan in matched.orphans()),
        CANDIDATES,
    )
    candidates = {one.uri: list(_candidates(one, offered[one.uri], alike.get(one.uri, ()))) for one in found}
    uris = {*candidates, *(one.uri for some in candidates.values() for one in some)}
    known = dict(doubts.known(matched, listed, sorted(uris)))
    nothing = doubts.Known(None, None)
    stale = {one.decision.video: one.decision for one in matched.honoured.stale}
    by_video = {one.video: one for one in decided if one.video not in stale}
    return Doubtful(
        tuple(
            Item(
                one.uri,
                *known.get(one.uri, nothing),
                one.kind,
                tuple(
                    candidate._replace(**known.get(candidate.uri, nothing)._asdict())
                    for candidate in candidates[one.uri]
                ),
                by_video.get(one.uri),
            )
            for one in found
        ),
        count - len(found),
        tuple(stale.values()),
    )


def _candidates(
    video: Doubt, offered: Sequence[Considered], alike: Iterable[tuple[str, float]]
) -> Iterator[Candidate]:
    """Yield up to ``CANDIDATES`` candidates of ``video``, without what only a listing tells."""
    for one in offered:
        yield Candidate(one.uri, None, None, one.rule, one.language, _why(video, one))
    seen = {one.uri for one in offered}
    for uri, score in islice((one for one in alike if one[0] not in seen), CANDIDATES - len(offered)):
        yield Candidate(uri, None, None, None, None, f"a name {score:.0f} % alike")


def _why(video: Doubt, one: Considered) -> str:
    if one.problem:
        return one.problem
    if one.rule is None:
        return "chosen by you"
    if one.taker:
        return f"brought by {one.rule}, but decided to go with {one.taker}"
    if one.behind:
        return f"brought by {one.rule}, but {_BEHIND[one.behind]}"
    if one.other:
        return f"brought by {one.rule}; {one.other} wants it too"
    return f"tied by {one.rule}" if video.kind == "ambiguous" else f"brought by {one.rule}"
