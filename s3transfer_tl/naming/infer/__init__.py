"""Naming rules inferred from keys (floor 1): what to try, never what to take.

``propose`` looks at keys that resemble each other and says which rules would pair them. Whether a
rule holds for a whole listing is for the matcher to tell.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from s3transfer_tl.model import RuleSpec
from s3transfer_tl.naming.infer import align, tags
from s3transfer_tl.naming.infer.align import Alignment, Name
from s3transfer_tl.naming.infer.relations import relations
from s3transfer_tl.naming.infer.render import CERTAIN, FOLDER, GUESS, PARTLY, WHOLE, Draft, drafts
from s3transfer_tl.naming.regexes import PatternError
from s3transfer_tl.naming.rules import compile_rules

__all__ = ["CERTAIN", "FOLDER", "GUESS", "PARTLY", "WHOLE", "Draft", "languages", "propose"]

_PRESETS = (
    ("sidecar", WHOLE),
    ("mirrored", WHOLE),
    ("whisper", WHOLE),
    ("zoom", WHOLE),
    ("webdataset", CERTAIN),
)
_SAMPLE = 600  # transcriptions that are compared with videos
_COMMON = 400  # a feature of more videos than these tells nothing
_NEAREST = 3
_MOST_DRAFTS = 24
_WORD = re.compile(r"[0-9]+|[^\W\d_]+")
_ID = re.compile(r"[0-9A-Za-z_-]{8,}")


def propose(videos: Sequence[str], transcriptions: Sequence[str]) -> list[Draft]:
    """Return rules that may pair these keys, each with how sure it is and what it costs to read.

    Keys are relative to their side's source. The order of the keys does not matter.
    """
    alignments = list(_alignments(videos, transcriptions))
    folded = any(alignment.folded for alignment in alignments)
    proposed = [
        Draft(RuleSpec(preset=preset, ignore_case=fold), tier, place / 10 + 2 * fold, 0)
        for fold in ((False, True) if folded else (False,))
        for place, (preset, tier) in enumerate(_PRESETS)
    ]
    found: dict[tuple[str | None, str | None, bool], Draft] = {}
    for members in relations(alignments):
        for draft in drafts(members):
            key = draft.spec.video, draft.spec.transcription, draft.spec.ignore_case
            if _compiles(draft.spec):  # names made of nothing but signs leave nothing to join by
                found.setdefault(key, draft)
    return proposed + list(found.values())[:_MOST_DRAFTS]


def _compiles(spec: RuleSpec) -> bool:
    try:
        compile_rules([spec])
    except PatternError:
        return False
    return True


def languages(transcriptions: Iterable[str]) -> list[str]:
    """Return the languages that these keys may tell, the most frequent first."""
    counted: Counter[str] = Counter()
    for key in transcriptions:
        name = align.caption(key)
        if name is None:
            continue
        said = {tags.canonical(part) for part in (*name.folders, name.stem)}
        said |= {tags.canonical(word) for word in re.split(r"[._ ()\[\]]", name.stem)[1:]}
        said.add(tags.canonical(name.stem.rpartition("-")[2]))
        counted.update(tag for tag in said if tag)
    return sorted(counted, key=lambda tag: (-counted[tag], tag != "en", tag))


def _alignments(videos: Sequence[str], transcriptions: Sequence[str]) -> Iterator[Alignment]:
    """Yield the alignments of each sampled transcription with the videos most like it."""
    named = [name for name in map(align.video, sorted(videos)) if name]
    captions = [name for name in map(align.caption, sorted(transcriptions)) if name]
    features = [_features(name) for name in named]
    index: dict[str, list[int]] = defaultdict(list)
    for place, told in enumerate(features):
        for feature in told:
            index[feature].append(place)
    for caption in _sampled(captions):
        for place in _nearest(_features(caption), features, index):
            yield from align.alignments(named[place], caption)


def _sampled(captions: list[Name]) -> list[Name]:
    step = max(1, math.ceil(len(captions) / _SAMPLE))
    return captions[::step]


def _features(name: Name) -> set[str]:
    """What a key has that another key may have too: parts of its path, words, long ids."""
    told = {f"/{part.lower()}" for part in name.parts}
    for part in name.parts:
        told |= {word.lower() for word in _WORD.findall(part)}
        told |= {f"#{found}" for found in _ID.findall(part)}
    stem = name.stem.lower()
    told |= {f"/{stem[: dot.start()]}" for dot in re.finditer(r"[._-]", stem) if dot.start()}
    return told


def _nearest(told: set[str], features: Sequence[set[str]], index: dict[str, list[int]]) -> list[int]:
    """Return the videos that share the most, rare things counting more."""
    rare = [feature for feature in told if 0 < len(index.get(feature, ())) <= _COMMON]
    places = {place for feature in rare for place in index[feature]}
    if not places:
        return []
    total = len(features)
    worth = {feature: math.log(1 + total / len(index[feature])) for feature in told if feature in index}
    scores = {place: sum(sorted(worth[f] for f in told & features[place])) for place in places}
    ranked = sorted(places, key=lambda place: (-scores[place], place))
    best = scores[ranked[0]]
    return [place for place in ranked[:_NEAREST] if scores[place] >= 0.8 * best]
