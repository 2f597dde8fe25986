"""TL503: whether the naming rules of a config would make the pairs that a manifest has."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from s3transfer_tl import manifest, naming
from s3transfer_tl.lint.rules import Complaint, Facts, Remark, Rule
from s3transfer_tl.model import Config, Severity, SourceSpec

_TEXT = r'[^"\\\x00-\x1f\ud800-\udfff]{1,2000}+'
_BESIDE = ("sidecar", "mirrored", "whisper")  # the presets that pair files of one folder and stem


def scan(fp: BinaryIO, facts: Facts, wanted: frozenset[str]) -> Iterator[Remark]:
    """Tell the entries with a transcription that no naming rule of the config pairs with the video."""
    config = facts.config
    if config is None or config.only_judges or "TL503" not in wanted:
        return
    rules = naming.compile(config.rules)
    beside = any(rule.preset in _BESIDE for rule in rules)
    roots = _root(config.videos), _root(config.transcriptions or config.videos)
    fp.seek(0)
    for item in manifest.runs(fp, manifest.pattern(_TEXT, _TEXT, f"({_TEXT})", f"({_TEXT})")):
        for number, offset, length, video, transcription in _pairs(item):
            if beside and _is_beside(roots, video, transcription):
                continue
            complaint = _judge(config, rules, roots, video, transcription)
            if complaint:
                yield Remark("TL503", complaint, offset, length, number)


def _pairs(
    item: manifest.Run | manifest.RawEntry | manifest.Fault,
) -> Iterator[tuple[int, int, int, str, str]]:
    """Yield number, offset, length, video and transcription of the entries that have both."""
    if isinstance(item, manifest.Run):
        for at, (uri, other) in enumerate(item.groups):
            if other is not None:
                start = item.offsets[at]
                yield item.number + at, start, item.offsets[at + 1] - start, uri, other
    elif isinstance(item, manifest.RawEntry) and isinstance(item.value, dict):
        video, transcription = item.value.get("object"), item.value.get("transcription")
        if isinstance(video, str) and isinstance(transcription, str):
            yield item.number, item.offset, item.length, video, transcription


def _is_beside(roots: tuple[str, str], video: str, transcription: str) -> bool:
    """Tell, faster than the rules do, that the two are of the sources and have one stem."""
    stem, _, extension = video.rpartition(".")
    tail, _, form = transcription[len(stem) :].rpartition(".")
    return (
        transcription.startswith(stem)
        and form in naming.CAPTION_FORMATS
        and extension in naming.VIDEO_EXTENSIONS
        and (not tail or (tail[0] == "." and naming.languages.tail(tail[1:]).problem is None))
        and video.startswith(roots[0])
        and transcription.startswith(roots[1])
    )


def _judge(
    config: Config, rules: Sequence[naming.Rule], roots: tuple[str, str], video: str, transcription: str
) -> Complaint | None:
    key, other = _key(video, roots[0]), _key(transcription, roots[1])
    if key is None:
        return Complaint(f"object lies outside of videos.source, {config.videos.source}", "object")
    if other is None:
        source = config.transcriptions or config.videos
        message = f"transcription lies outside of the transcriptions' source, {source.source}"
        return Complaint(message, "transcription")
    same = _bucket(video) == _bucket(transcription)
    if any((same or not rule.one_bucket) and pairs(rule, key, other) for rule in rules):
        return None
    names = ", ".join(dict.fromkeys(rule.name for rule in rules))
    hint = f"s3transfer-tl explain -c {config.path} {key!r} says what the rules make of the video"
    message = f"no naming rule ({names}) pairs the transcription with the video"
    return Complaint(message, "transcription", hint=hint)


def pairs(rule: naming.Rule, video: str, transcription: str) -> bool:
    """Tell whether ``rule`` pairs two keys: all that is shared agrees, but for case where the rule
    says so, for the form of accents, and for a tail of language and flags."""
    one, two = rule.video.captures(video), rule.transcription.captures(transcription)
    if one is None or two is None:
        return False
    fold = functools.partial(_folded, ignore_case=rule.ignore_case)
    return all(
        one[name] == two[name] or _agree(fold(one[name]), fold(two[name]), loose=rule.loose)
        for name in rule.join
    )


def _agree(stem: str, name: str, *, loose: bool) -> bool:
    if not loose or name == stem:
        return name == stem
    return name.startswith(f"{stem}.") and naming.languages.tail(name[len(stem) + 1 :]).problem is None


def _folded(text: str, ignore_case: bool) -> str:
    composed = unicodedata.normalize("NFC", text)
    return composed.lower() if ignore_case else composed


def _root(source: SourceSpec) -> str:
    """Return what the URIs of the source begin with, "" where patterns see their whole keys."""
    root = source.root or (source.source if source.source.startswith("s3://") else "")
    return "" if root.endswith("/manifest.json") else root  # that is an inventory


def _key(uri: str, root: str) -> str | None:
    """Return what patterns see of ``uri``, None where it is not of the source."""
    if not root:
        return uri[5:].partition("/")[2]
    return uri[len(root) :] if uri.startswith(root) else None


def _bucket(uri: str) -> str:
    return uri[5:].partition("/")[0]


RULES = (
    Rule(
        code="TL503",
        name="naming-rule",
        severity=Severity.WARNING,
        hint="correct the pair, or write the naming rule that makes it",
        finds="A pair that no naming rule of the config makes, or a URI outside of the config's sources.",
        hurts="The next build drops the pair; or the transcription is another video's.",
        example='preset: sidecar, and "s3://media/a.mp4" with "s3://media/b.srt"',
        better='preset: sidecar, and "s3://media/a.mp4" with "s3://media/a.srt"',
        needs="a config's naming rules",
        fact="config",
    ),
)
