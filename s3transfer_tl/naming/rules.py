"""Rules in their one canonical form."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from s3transfer_tl.model import RuleSpec
from s3transfer_tl.naming import languages, regexes, templates
from s3transfer_tl.naming.presets import PRESETS, Preset
from s3transfer_tl.naming.regexes import PatternError


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a rule: RE2 text that matches a whole key.

    Group 1 is the whole match; the groups after it are ``groups``, by position. There are no
    others, so a position is enough to find a capture.
    """

    pattern: str
    groups: tuple[str, ...]

    def captures(self, key: str) -> dict[str, str] | None:
        """Return what each group captured of ``key`` ("" for one that took no part), or None."""
        found = _compiled(self.pattern).match(key.encode())
        if found is None:
            return None
        _, *texts = found.groups()
        return {name: (text or b"").decode() for name, text in zip(self.groups, texts, strict=True)}


@dataclass(frozen=True, slots=True)
class Rule:
    """One naming rule: keys of two sides belong together where all captures in ``join`` agree.

    The transcription's captures ``lang``, ``flags`` and ``format`` tell what it is. ``loose``: its
    one join capture may end in dot-separated language and flags (``names.TAIL``), and the longest
    beginning that names a video counts. ``spec`` is the 0-based number of the config's rule; a
    preset may stand for several ``Rule``s, then the earlier is the better match. ``language`` is
    canonical. ``ignore_case`` also folds the join key; the patterns do so by themselves.
    ``one_bucket``: only keys of one bucket belong together, where a listing has several.
    """

    name: str
    spec: int
    video: Side
    transcription: Side
    join: tuple[str, ...]
    loose: bool
    one_bucket: bool
    preset: str | None
    index_id: str | None
    language: str | None
    ignore_case: bool


def compile_rules(specs: Sequence[RuleSpec]) -> tuple[Rule, ...]:
    """Return the canonical form of the config's rules, in order.

    Raises ``PatternError`` at the first text that cannot be used: refused by RE2, empty, a template
    that does not parse, no name shared by the two sides, names that differ in case only, an unknown
    preset, a language that is no BCP 47 tag.
    """
    return tuple(rule for index, spec in enumerate(specs) for rule in _rules(index, spec))


def _rules(index: int, spec: RuleSpec) -> Iterator[Rule]:
    language = _language(index, spec)
    name = spec.name or spec.preset or f"rule-{index + 1}"
    for pair in _pairs(index, spec):
        video, transcription = (_side(text, spec.ignore_case) for text in (pair.video, pair.transcription))
        yield Rule(
            name=name,
            spec=index,
            video=video,
            transcription=transcription,
            join=tuple(group for group in video.groups if group in transcription.groups),
            loose=pair.loose,
            one_bucket=pair.one_bucket,
            preset=spec.preset,
            index_id=spec.index_id,
            language=language,
            ignore_case=spec.ignore_case,
        )


def _language(index: int, spec: RuleSpec) -> str | None:
    if spec.language is None:
        return None
    language = languages.canonical(spec.language)
    if language is None:
        message = f"`{spec.language}` is no language tag"
        error = PatternError(0, message, "write a BCP 47 tag such as en, pt-BR or zh-Hant")
        raise error.placed(index, "language")
    return language


def _pairs(index: int, spec: RuleSpec) -> tuple[Preset, ...]:
    if spec.preset is not None:
        if spec.preset not in PRESETS:
            message = f"there is no preset `{spec.preset}`"
            raise PatternError(0, message, f"the presets are {', '.join(PRESETS)}").placed(index, "preset")
        return PRESETS[spec.preset]
    video, video_names = _written(index, spec, "video")
    transcription, transcription_names = _written(index, spec, "transcription")
    try:
        _share(video_names, transcription_names)
    except PatternError as error:
        field = "transcription" if spec.transcription is not None else "transcription_regex"
        raise error.placed(index, field) from None
    return (Preset(video, transcription, one_bucket=False),)


def _share(video_names: Iterable[str], transcription_names: Mapping[str, int]) -> None:
    """Raise ``PatternError`` unless the sides share a name, spelled alike."""
    spelled = {name.lower(): name for name in video_names}
    for name, offset in transcription_names.items():
        other = spelled.get(name.lower(), name)
        if name != other:
            message = f"the names `{other}` and `{name}` differ in case only"
            raise PatternError(offset, message, "spell the name alike on both sides")
    if not set(video_names) & set(transcription_names):
        message = "the two sides share no name, so nothing says which keys belong together"
        hint = "give the part that both keys have the same name on both sides, such as {id} or (?P<id>...)"
        raise PatternError(0, message, hint)


def _written(index: int, spec: RuleSpec, side: str) -> tuple[str, dict[str, int]]:
    """Return the regex of one side as the config spells it, and where its names stand."""
    template: str | None = getattr(spec, side)
    field = side if template is not None else f"{side}_regex"
    text: str | None = getattr(spec, field)
    try:
        if template is not None:
            pattern, places = templates.regex(template)
            regexes.refuse(pattern)
            return pattern, places
        if text is None:
            message = f"the rule says nothing of its {side}s"
            raise PatternError(0, message, "give a preset, two templates or two regexes")
        regexes.refuse(text)
        return text, regexes.distinct(regexes.named_groups(text))
    except PatternError as error:
        raise error.placed(index, field) from None


def _side(regex: str, ignore_case: bool) -> Side:
    groups = tuple(name for name, _ in regexes.named_groups(regex))
    plain = regexes.plain_groups(regex)
    return Side(f"^((?i:{plain}))$" if ignore_case else f"^({plain})$", groups)


@functools.cache
def _compiled(pattern: str) -> Any:
    import re2

    return re2.compile(pattern.encode())  # for UTF-8 all the same; of a str, each offset is counted anew
