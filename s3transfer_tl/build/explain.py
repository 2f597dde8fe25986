"""Why a key was paired, or why not: a build that stops after matching and is asked (floor 4).

The pipeline decides as in a build, over the whole listing; nothing is decided here. What it says of
a key is made of the very numbers that it ranked by.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from s3transfer_tl import matching, naming
from s3transfer_tl.build import listings, plan, reasons
from s3transfer_tl.build.listings import Listed, OpenSource
from s3transfer_tl.build.reasons import Candidate
from s3transfer_tl.matching import Fate, Near
from s3transfer_tl.model import Config, Pair
from s3transfer_tl.naming import reach

Side = Literal["video", "transcription", "neither"]
Outcome = Literal[
    "paired", "unmatched", "tie", "contested", "lost", "decided", "refused", "no_video", "excluded", "neither"
]
_SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule tried on one key. ``rule`` counts the config's rules from 1; a preset with several
    forms is tried once a form. Without ``captures`` the pattern does not match: it gets to
    ``reached`` (code points of ``key``), where ``wants`` should have come. ``loose``: what joins may
    end in language and flags, which do not."""

    rule: int
    form: int
    forms: int
    name: str
    side: Side
    captures: Mapping[str, str] | None
    join: Mapping[str, str]
    loose: bool
    reached: int
    wants: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One listed object: what became of it and why. ``key`` is relative to its source, as patterns
    see it; ``pair`` is its place in the manifest; ``nearest_rule`` and ``nearest_key`` are given
    where nothing was offered to it."""

    asked: str
    uri: str
    key: str
    side: Side
    outcome: Outcome
    sentence: str
    pair: Pair | None
    trials: tuple[Trial, ...]
    nearest_rule: Trial | None = None
    nearest_key: Near | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """The last event. ``missing`` names what is not in the listing, with the nearest keys that are."""

    keys: tuple[Explanation, ...]
    missing: Mapping[str, tuple[str, ...]]


def run(config: Config, keys: Sequence[str], *, open_source: OpenSource) -> Iterator[Listed | Explained]:
    """Explain ``keys``: URIs, whole keys, or keys relative to their source.

    Raises ``ConfigError`` as a build does, and whatever the edges raise.
    """
    rules, decided = plan.rules(config), plan.decided(config)
    with tempfile.TemporaryDirectory(prefix="s3transfer-tl-") as folder:
        work = Path(folder)
        videos, transcriptions, _ = yield from listings.both(config, open_source, work)
        with matching.match(
            videos, transcriptions, rules, config, work_dir=work, asked=keys, decided=decided
        ) as matched:
            by_person = reasons.Decided(config, decided, matched)
            asking = _Asking(config, rules, matched, videos.root, (transcriptions or videos).root, by_person)
            explained = asking.explain(list(dict.fromkeys(keys)))
    yield explained


class _Asking:
    """One matching and the answers that it gives."""

    def __init__(
        self,
        config: Config,
        rules: tuple[naming.Rule, ...],
        matched: matching.Matching,
        video_root: str,
        transcription_root: str,
        by_person: reasons.Decided,
    ) -> None:
        self.config, self.rules, self.matched = config, rules, matched
        self.roots = {"video": video_root, "transcription": transcription_root, "neither": video_root}
        inquiry = matching.Inquiry(matched, config)
        self.found, self.fates = inquiry.found(), inquiry.fates()
        self.offers = inquiry.offers()
        self.reasons = reasons.Reasons(config, inquiry, self.offers, by_person)

    def explain(self, texts: Sequence[str]) -> Explained:
        fates: dict[str, list[Fate]] = {}
        for fate in self.fates:
            fates.setdefault(fate.uri, []).append(fate)
        explanations: list[Explanation] = []
        missing: dict[str, tuple[str, ...]] = {}
        for text in texts:
            if text not in self.found:
                missing[text] = self._resembling(text)
            for uri in self.found.get(text, ()):
                if uri in fates:
                    explanations += (self._listed(text, fate) for fate in fates[uri])
                else:
                    explanations.append(self._left_out(text, uri))
        return Explained(tuple(explanations), missing)

    def _listed(self, text: str, fate: Fate) -> Explanation:
        side: Side = "video" if fate.is_video else "transcription"
        trials = tuple(self._trials(fate.uri, side))
        outcome = _outcome(fate)
        alone = not any(trial.candidates for trial in trials)
        other = "transcription" if fate.is_video else "video"
        near = matching.nearest(self.matched, fate.uri, side=other) if alone else []
        return Explanation(
            asked=text,
            uri=fate.uri,
            key=self._relative(fate.uri, side),
            side=side,
            outcome=outcome,
            sentence=self.reasons.sentence(fate, outcome),
            pair=fate.pair,
            trials=trials,
            nearest_rule=_nearest_rule(trials) if alone else None,
            nearest_key=next(iter(near), None),
        )

    def _left_out(self, text: str, uri: str) -> Explanation:
        """Explain an object that is listed, but neither a video nor a transcription to the build."""
        outcome, sentence = self.reasons.left_out(
            {side: self._relative(uri, side) for side in ("video", "transcription")}
        )
        trials = [*self._trials(uri, "video"), *self._trials(uri, "transcription")]
        return Explanation(
            asked=text,
            uri=uri,
            key=self._relative(uri, "neither"),
            side="neither",
            outcome=outcome,
            sentence=sentence,
            pair=None,
            trials=(),
            nearest_rule=_nearest_rule(trials) if outcome == "neither" else None,
        )

    def _trials(self, uri: str, side: Side) -> Iterator[Trial]:
        key = self._relative(uri, side)
        for number, rule in enumerate(self.rules):
            same = [n for n, other in enumerate(self.rules) if other.spec == rule.spec]
            pattern = rule.video if side == "video" else rule.transcription
            captures = pattern.captures(key)
            stopped = reach.reach(pattern, key) if captures is None else None
            candidates = (
                self.reasons.candidate(offer, side)
                for offer in self.offers
                if offer.rule == number and uri == (offer.video if side == "video" else offer.transcription)
            )
            yield Trial(
                rule=rule.spec + 1,
                form=same.index(number) + 1,
                forms=len(same),
                name=rule.name,
                side=side,
                captures=captures,
                join={name: captures[name] for name in rule.join} if captures else {},
                loose=rule.loose and side == "transcription",
                reached=stopped.offset if stopped else len(key),
                wants=stopped.wants if stopped else "",
                candidates=tuple(candidates),
            )

    def _relative(self, uri: str, side: str) -> str:
        root = self.roots[side]
        if not root:
            return uri[5:].partition("/")[2]
        return uri[len(root if root.count("/") > 2 else f"{root}/") :]

    def _resembling(self, text: str) -> tuple[str, ...]:
        root = self.roots["video"] or "s3:/"
        uri = text if text.startswith("s3://") else f"{root.rstrip('/')}/{text}"
        near = matching.nearest(self.matched, uri, side=None, most=_SUGGESTED)
        return tuple(one.uri for one in near)


def _outcome(fate: Fate) -> Outcome:
    if fate.pair is not None and fate.pair.transcription is not None:
        return "paired"
    if not fate.is_video:
        return "no_video" if fate.orphan is None else fate.orphan
    return "tie" if fate.tie else "contested" if fate.contested else "unmatched"


def _nearest_rule(trials: Sequence[Trial]) -> Trial | None:
    """Return the trial that got furthest; one whose pattern matches got to the end."""
    return max(trials, key=lambda trial: (trial.captures is not None, trial.reached), default=None)
