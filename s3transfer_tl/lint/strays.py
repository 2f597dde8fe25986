"""TL504 to TL506: what a listing holds beside the entries of a manifest.

The manifest is read into sets of 8-byte digests (about 250 bytes an entry); of the listing only what
is told is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from s3transfer_tl import manifest, naming
from s3transfer_tl.lint import language
from s3transfer_tl.lint.rules import Complaint, Facts, Remark, Rule
from s3transfer_tl.model import Severity

_CODES = {"TL504", "TL505", "TL506"}
_VIDEO, _CAPTION = frozenset(naming.VIDEO_EXTENSIONS), frozenset(naming.CAPTION_FORMATS)
_NEEDS = "a listing: --listing FILE"
_NAMED = 3  # candidates in a message


class _Held(NamedTuple):
    """Digests of what the manifest has: its URIs, and the places of its videos and transcriptions."""

    uris: set[int]
    places: set[int]


def scan(fp: BinaryIO, facts: Facts, wanted: frozenset[str]) -> Iterator[Remark]:
    """Compare a manifest with the listing: what is in no entry, and what would fit one."""
    if facts.listing is None or not wanted & _CODES:
        return
    held = _held(fp)
    fitting: dict[int, list[str]] = defaultdict(list)  # by the digest of the place where they fit
    videos: list[str] = []
    orphans: list[str] = []
    for uri in facts.listing:
        kind = _extension(uri)
        if kind in _VIDEO and hash(uri) not in held.uris:
            videos.append(uri)
        elif kind in _CAPTION and hash(uri) not in held.uris:
            place = next((at for at in map(hash, _places(uri)) if at in held.places), None)
            if place is None:
                orphans.append(uri)
            else:
                fitting[place].append(uri)
    yield from _strays(videos, orphans, wanted)
    if fitting:
        yield from _rivals(fp, fitting, facts, wanted)


def _strays(videos: Iterable[str], orphans: Iterable[str], wanted: frozenset[str]) -> Iterator[Remark]:
    told = set()
    for uri in videos:
        told.add(hash(_place(uri)))
        if "TL505" in wanted:
            yield Remark("TL505", Complaint(f"{uri} is in the listing and in no entry"), 0, 0, uri=uri)
    if "TL506" not in wanted:
        return
    for uri in orphans:
        if not any(hash(place) in told for place in _places(uri)):  # else the video's absence is the cause
            message = f"{uri} is in the listing, but its video is neither there nor in an entry"
            hint = "upload the video, or rename the transcription after it; s3transfer-tl explain says more"
            yield Remark("TL506", Complaint(message, hint=hint), 0, 0, uri=uri)


def _rivals(
    fp: BinaryIO, fitting: dict[int, list[str]], facts: Facts, wanted: frozenset[str]
) -> Iterator[Remark]:
    for item, video, transcription in _pairs(fp):
        places = [_place(video), *([_place(transcription)] if transcription else [])]
        rivals = sorted({uri for place in places for uri in fitting.get(hash(place), ())})
        if not rivals:
            continue
        if transcription is None:
            if "TL506" in wanted:
                message = f"the entry has no transcription; {_named(rivals)} fits and is in no entry"
                complaint = Complaint(message, None, "entry", hint=f'add "transcription": "{rivals[0]}"')
                yield Remark("TL506", complaint, item.offset, item.length, item.number)
            continue
        tag = str(item.value.get("language"))
        chosen = _rank(transcription, tag)
        as_good = [uri for uri in rivals if _fits(uri, transcription, facts) and _rank(uri, tag) <= chosen]
        if as_good and "TL504" in wanted:
            message = f"{_named(as_good)} fits this video as well"
            complaint = Complaint(message, "transcription")
            yield Remark("TL504", complaint, item.offset, item.length, item.number)


def _fits(uri: str, transcription: str, facts: Facts) -> bool:
    """Tell whether nothing but chance decides between the two: a config prefers one of the formats."""
    return not facts.hold("config") or _extension(uri) == _extension(transcription)


def _rank(uri: str, tag: str) -> tuple[bool, int, bool]:
    """Return how well a transcription's name fits a video in the language ``tag``; less is better."""
    meaning = naming.languages.tail(_tail(uri))
    if meaning.problem is not None:
        return True, 3, True
    folder = next((part for part in reversed(uri.split("/")) if part.lower() in language.COMMON), None)
    told = meaning.language or folder
    return meaning.forced, (1 if told is None else 0 if told == tag else 2), meaning.impaired


def _named(uris: list[str]) -> str:
    more = f" and {len(uris) - _NAMED:,} more" if len(uris) > _NAMED else ""
    return ", ".join(uris[:_NAMED]) + more


def _held(fp: BinaryIO) -> _Held:
    held = _Held(set(), set())
    for _, video, transcription in _pairs(fp):
        held.uris.add(hash(video))
        held.places.add(hash(_place(video)))
        if transcription is not None:
            held.uris.add(hash(transcription))
            held.places.add(hash(_place(transcription)))
    return held


def _pairs(fp: BinaryIO) -> Iterator[tuple[manifest.RawEntry, str, str | None]]:
    fp.seek(0)
    for item in manifest.read(fp):
        if isinstance(item, manifest.RawEntry) and isinstance(item.value, dict):
            video, transcription = item.value.get("object"), item.value.get("transcription")
            if isinstance(video, str):
                yield item, video, transcription if isinstance(transcription, str) else None


def _extension(uri: str) -> str:
    return uri[uri.rindex("/") :].rpartition(".")[2].lower() if "/" in uri else ""


def _place(uri: str) -> str:
    """Return where a URI says it belongs: its folder and stem, whatever language they name."""
    folder, _, name = uri.rpartition("/")
    stem = name.rpartition(".")[0]
    if _extension(uri) in _CAPTION and (tail := _tail(uri)):
        stem = stem[: -len(tail) - 1]
    parts = ("*" if part.lower() in language.COMMON else part for part in folder.split("/"))
    return f"{'/'.join(parts)}/{stem}"


def _places(uri: str) -> Iterator[str]:
    """Yield where a transcription may belong: with its whole stem, then without its tail."""
    yield uri.rpartition(".")[0]
    yield _place(uri)


def _tail(uri: str) -> str:
    """Return the dot tokens at the end of a transcription's stem that are language or flags."""
    tokens = uri.rpartition("/")[2].split(".")[1:-1]
    for at in range(len(tokens)):
        tail = ".".join(tokens[at:])
        if naming.languages.tail(tail).problem is None:
            return tail
    return ""


RULES = (
    Rule(
        code="TL504",
        name="ambiguous-pair",
        severity=Severity.WARNING,
        hint="make sure that this is the right one, and remove or rename the other",
        finds=(
            "A transcription beside which the listing has another that fits as well or better: the same "
            "name as .srt and as .vtt, or one that names the entry's language. Where a config is given, it "
            "prefers a format."
        ),
        hurts="Which of the two was meant cannot be told from the names; one of them is often out of date.",
        example='"s3://media/a.srt" in the entry, and s3://media/a.vtt in the listing',
        better="one of the two",
        needs=_NEEDS,
        fact="listing",
    ),
    Rule(
        code="TL505",
        name="orphan-video",
        severity=Severity.WARNING,
        hint="add an entry for it, or list only what the manifest is to hold",
        finds="A video of the listing that is in no entry.",
        hurts="It is not indexed, and nobody is told.",
        example="s3://media/b.mp4 in the listing, and entries for a.mp4 and c.mp4",
        better="an entry for s3://media/b.mp4",
        needs=_NEEDS,
        fact="listing",
    ),
    Rule(
        code="TL506",
        name="orphan-transcription",
        severity=Severity.WARNING,
        hint="end it with a language tag (en, pt-BR) or a flag (forced, sdh, cc), or write a naming rule",
        finds=(
            "A transcription of the listing that is in no entry: its entry has none, it has no video, or, as "
            "build tells, it is named after a video but ends in what is no language and no flag. One whose "
            "video has another transcription is left alone."
        ),
        hurts="It is left out, and its video goes without a transcription or with a worse one.",
        example="pilot.mp4 with pilot.draft.srt",
        better="pilot.mp4 with pilot.en.srt",
        needs=_NEEDS,
        fact="listing",
    ),
)
