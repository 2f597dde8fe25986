"""Which of the proposed rules to take: judged by the real matcher on the real listing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import RuleSpec
from s3transfer_tl.naming import infer
from s3transfer_tl.naming.infer import Draft

MOST_RULES = 6

_WEIGHT = {infer.WHOLE: 1.0, infer.CERTAIN: 0.99, infer.PARTLY: 0.9, infer.FOLDER: 0.8, infer.GUESS: 0.6}
_AMBIGUITY = 3.0  # pairs that one ambiguous video costs; less where whole names agree: it is in the keys then
_WHOLE_AMBIGUITY = 0.4
_COST = 0.001  # pairs that one more thing to read costs: it decides between equals only
# What a rule must newly pair: at least so many, and this part of what could still be paired. The less
# sure the join, the more of the rest it must explain to be no coincidence.
_LEAST = {
    infer.WHOLE: (2, 0.01),
    infer.CERTAIN: (2, 0.05),
    infer.PARTLY: (3, 0.2),
    infer.FOLDER: (2, 0.5),
    infer.GUESS: (3, 0.8),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What some rules come to: video to transcription, and how many videos stay ambiguous."""

    pairs: dict[str, str] = field(default_factory=dict)
    ambiguous: int = 0


@dataclass(frozen=True, slots=True)
class Sides:
    """How many objects there are to pair, and how many videos have each file name."""

    videos: int
    transcriptions: int
    names: Counter[str]

    def left(self, trial: Trial) -> int:
        """Return how many more pairs there could be."""
        return min(self.videos, self.transcriptions) - len(trial.pairs)


Match = Callable[[Sequence[RuleSpec]], Trial]


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules to take, in order, and the rules that explain the keys as well as each other but in
    different ways: none of them was taken."""

    rules: tuple[RuleSpec, ...]
    rivals: tuple[RuleSpec, ...]


def choose(drafts: Sequence[Draft], sides: Sides, match: Match) -> Choice:
    """Return the smallest ordered set of rules that pairs the most; empty where none holds.

    Each rule must keep every pair of those before it, and newly pair more than a coincidence would.
    """
    tried = list(_alone(drafts, sides, match))
    rivals = [one for one in tried if _is_contradicted(one, tried)]
    alone = [one for one in tried if one not in rivals]
    chosen: list[RuleSpec] = []
    current = Trial()
    while len(chosen) < MOST_RULES:
        best: tuple[float, RuleSpec, Trial] | None = None
        for draft, trial in sorted(alone, key=lambda one: -_value(one[0], one[1], current)):
            if best is not None and _value(draft, trial, current) <= best[0]:
                break
            spec = _distinctly_named(draft.spec, chosen)
            joint = trial if not chosen else match([*chosen, spec])
            score = _score(draft, joint, current)
            if _holds(draft, joint, current, sides) and (best is None or score > best[0]):
                best = score, spec, joint
        if best is None:
            break
        _, spec, current = best
        chosen.append(spec)
    return Choice(
        tuple(_needed(chosen, current, match)),
        tuple(draft.spec for draft, trial in rivals if trial.pairs.keys() - current.pairs.keys()),
    )


def _is_contradicted(one: tuple[Draft, Trial], tried: Sequence[tuple[Draft, Trial]]) -> bool:
    """Whether rules as plain as ``one`` give most of its transcriptions to other videos: one rule that
    does, or several that each pair as many videos as it."""
    pairs = one[1].pairs
    disputed: set[str] = set()
    for other in tried:
        found = _disputed(one, other)
        if len(found) * 2 > len(pairs):
            return True
        if len(other[1].pairs) >= len(pairs):
            disputed |= found
    return len(disputed) * 2 > len(pairs)


def _disputed(one: tuple[Draft, Trial], other: tuple[Draft, Trial]) -> set[str]:
    """Return the transcriptions that two rules, equally plain, give to different videos, where nothing
    says that ``one`` is the better. Of rules that differ in numbers only, the largest is: 1080p."""
    (draft, trial), (rival, other_trial) = one, other
    if draft is rival or draft.tier != rival.tier or abs(draft.cost - rival.cost) > 1:
        return set()
    mine, its = _numbers(draft), _numbers(rival)
    if mine[0] == its[0] and mine[1] >= its[1]:
        return set()
    claimed = {caption: video for video, caption in other_trial.pairs.items()}
    return {caption for video, caption in trial.pairs.items() if claimed.get(caption, video) != video}


def _numbers(draft: Draft) -> tuple[str, list[int]]:
    """Return the video's template without its numbers, and them."""
    template = draft.spec.video or ""
    return re.sub(r"\d+", "0", template), [int(number) for number in re.findall(r"\d+", template)]


def _alone(drafts: Sequence[Draft], sides: Sides, match: Match) -> Iterator[tuple[Draft, Trial]]:
    """Yield what each draft does by itself, leaving out what could not win any more."""
    best = 0.0
    for draft in sorted(drafts, key=lambda draft: (draft.tier, draft.cost)):
        slack = 0 if draft.spec.preset else 1  # a rule as plain as the best may contradict it
        if _WEIGHT[draft.tier] * sides.left(Trial()) - _COST * (draft.cost - slack) < best:
            continue
        try:
            trial = match([draft.spec])
        except ConfigError:  # so coarse that everything would pair with everything
            continue
        if trial.pairs:
            best = max(best, _score(draft, trial, Trial()))
            yield draft, trial


def _value(draft: Draft, alone: Trial, current: Trial) -> float:
    """Return the most that ``draft`` could add."""
    new = len(alone.pairs.keys() - current.pairs.keys())
    return _WEIGHT[draft.tier] * new - _COST * draft.cost


def _score(draft: Draft, joint: Trial, current: Trial) -> float:
    gained = len(joint.pairs) - len(current.pairs)
    price = _WHOLE_AMBIGUITY if draft.tier == infer.WHOLE else _AMBIGUITY
    doubtful = max(0, joint.ambiguous - current.ambiguous)
    return _WEIGHT[draft.tier] * gained - price * doubtful - _COST * draft.cost


def _holds(draft: Draft, joint: Trial, current: Trial, sides: Sides) -> bool:
    """Whether a rule adds enough, and takes nothing from those before it."""
    gained = len(joint.pairs) - len(current.pairs)
    least, part = _LEAST[draft.tier]
    if not current.pairs:
        least = 1 if draft.tier == infer.WHOLE else least  # one video and its transcription are a bucket too
    elif draft.tier in (infer.PARTLY, infer.GUESS) or (draft.replaces and _is_common(joint, current, sides)):
        return False  # what the rules before it do not explain may be in no pair at all
    enough = gained >= max(least, part * sides.left(current))
    kept = all(joint.pairs.get(video) == caption for video, caption in current.pairs.items())
    return enough and kept and _score(draft, joint, current) > 0


def _is_common(joint: Trial, current: Trial, sides: Sides) -> bool:
    """Whether the file names of the new pairs are such as many folders have: ep01, intro."""
    new = [video.rpartition("/")[2] for video in joint.pairs if video not in current.pairs]
    return 2 * sum(sides.names[name] > 1 for name in new) > len(new)


def _distinctly_named(spec: RuleSpec, chosen: Sequence[RuleSpec]) -> RuleSpec:
    taken = {other.name or other.preset for other in chosen}
    name = spec.name or spec.preset
    if name not in taken:
        return spec
    number = next(n for n in range(2, MOST_RULES + 2) if f"{name}-{n}" not in taken)
    return replace(spec, name=f"{name}-{number}")


def _needed(chosen: list[RuleSpec], current: Trial, match: Match) -> list[RuleSpec]:
    """Drop the rules that later ones made superfluous."""
    for spec in tuple(chosen)[:-1]:
        rest = [other for other in chosen if other is not spec]
        if match(rest) == current:
            chosen = rest
    return chosen
