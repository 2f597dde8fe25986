"""A first config as a flow (floor 4): list, propose rules, let the matcher judge them, write them down.

Edges arrive as arguments, events leave as values, nothing is printed.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from s3transfer_tl import matching, naming
from s3transfer_tl.errors import ConfigError, NothingToDo, UsageError
from s3transfer_tl.init import text
from s3transfer_tl.init.choose import Sides, Trial, choose
from s3transfer_tl.model import Config, Pair, RuleSpec, S3Object, SourceSpec
from s3transfer_tl.naming import infer
from s3transfer_tl.naming.infer import align
from s3transfer_tl.sources import Source, spool

__all__ = ["SAMPLE", "Event", "Inferred", "Listed", "Proposed", "Request", "run"]

SAMPLE = 200_000
"""Objects of a source that are looked at; measured: 12 to 26 seconds for so many."""

_SHOWN = 5  # samples of what is left unpaired

Side = Literal["videos", "transcriptions"]
OpenSource = Callable[[str, Side], Source]


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted. ``written_source`` and ``written_transcriptions`` are the sources as the config
    spells them, relative to its own folder."""

    source: str
    transcriptions: str | None
    written_source: str
    written_transcriptions: str | None
    index_id: str | None = None
    language: str | None = None
    sample: int = SAMPLE


class Listed(NamedTuple):
    """How much of a source is listed so far. ``cut``: there is more, which is not looked at."""

    source: str
    keys: int
    done: bool
    cut: bool


class Proposed(NamedTuple):
    """How many rules will be tried on the listing."""

    rules: int


@dataclass(frozen=True, slots=True)
class Inferred:
    """The last event: the config, and what it comes to on what was listed."""

    text: str
    counts: matching.Counts
    rules: tuple[matching.RuleCount, ...]
    unmatched: tuple[str, ...]  # the first few
    orphans: tuple[str, ...]  # transcriptions of no video, the first few
    orphan_count: int
    ambiguities: tuple[str, ...]  # videos, the first few
    needs_index: bool
    cut: bool


Event = Listed | Proposed | Inferred


class _Listing(NamedTuple):
    listing: matching.Listing
    videos: list[str]
    transcriptions: list[str]
    mode: str
    keys: int
    has_index: bool  # every video came with its index
    cut: bool


def run(request: Request, *, open_source: OpenSource) -> Iterator[Event]:
    """Infer a config for ``request``.

    Raises ``NothingToDo`` where nothing is listed on a side or no rule pairs anything,
    ``UsageError`` for two sources that are both standard input or for a language that is none,
    ``ConfigError`` for an export without a second source, and what the edges raise.
    """
    if request.language is not None and naming.languages.canonical(request.language) is None:
        raise UsageError(
            f"'{request.language}' is not a BCP 47 tag", "write --language en, pt-BR or the like"
        )
    if request.source == request.transcriptions == "-":
        raise UsageError(
            "standard input cannot be both sources", "leave --transcriptions out: one serves both"
        )
    with tempfile.TemporaryDirectory(prefix="s3transfer-tl-") as folder:
        work = Path(folder)
        videos = yield from _list("videos", request.source, request.sample, open_source, work)
        captions = None
        if request.transcriptions is not None:
            captions = yield from _list(
                "transcriptions", request.transcriptions, request.sample, open_source, work
            )
        elif videos.mode == "export":
            raise ConfigError(
                f"{request.source} is a dashboard export, which names videos only",
                "name where the transcriptions are with --transcriptions SOURCE",
            )
        _refuse_emptiness(request, videos, captions or videos)
        yield from _infer(request, videos, captions, work)


def _list(
    side: Side, spec: str, sample: int, open_source: OpenSource, work: Path
) -> Generator[Event, None, _Listing]:
    """Spool a source up to the sample's size, remembering the keys of both kinds."""
    source = open_source(spec, side)
    start = _start(source.root)
    videos: list[str] = []
    transcriptions: list[str] = []
    file = work / f"{side}.jsonl"
    keys, cut, has_index = 0, False, True
    with file.open("wb") as fp, contextlib.closing(_closable(source.pages())) as pages:
        for page in pages:
            cut = keys + len(page) > sample
            taken = page[: sample - keys]
            spool.write_page(taken, fp)
            keys += len(taken)
            for found in taken:
                key = found.key[start:]
                if align.video(key):
                    videos.append(key)
                    has_index = has_index and found.index_id is not None
                elif align.caption(key):
                    transcriptions.append(key)
            if cut:
                break
            yield Listed(spec, keys, False, False)
    yield Listed(spec, keys, True, cut)
    listing = matching.Listing(file, source.root)
    return _Listing(listing, videos, transcriptions, source.mode, keys, has_index, cut)


def _closable(pages: Iterator[Sequence[S3Object]]) -> Generator[Sequence[S3Object], None, None]:
    yield from pages


def _start(root: str) -> int:
    """Return how many characters of a key belong to the source's prefix."""
    return len(root.removeprefix("s3://").partition("/")[2])


def _refuse_emptiness(request: Request, videos: _Listing, captions: _Listing) -> None:
    more = ""
    if videos.cut or captions.cut:
        more = "; only a part of it was looked at: narrow the prefix, or look at more with --sample N"
    if not videos.keys:
        raise NothingToDo(f"nothing is listed under {request.source}", "check the bucket and the prefix")
    if not videos.videos:
        hint = "known extensions: " + " ".join(naming.VIDEO_EXTENSIONS)
        raise NothingToDo(f"no video among {videos.keys:,} objects of {request.source}", hint + more)
    if not captions.transcriptions:
        where = request.transcriptions or request.source
        hint = "if they are elsewhere, name the place with --transcriptions SOURCE"
        raise NothingToDo(f"no .srt or .vtt among {captions.keys:,} objects of {where}", hint + more)


def _infer(
    request: Request, videos: _Listing, captions: _Listing | None, work: Path
) -> Generator[Event, None, None]:
    transcriptions = (captions or videos).transcriptions
    tongues = _ranked(request.language, infer.languages(transcriptions))
    draft = Config(
        "transfer.yaml",
        SourceSpec(request.written_source),
        SourceSpec(request.written_transcriptions) if request.written_transcriptions is not None else None,
        index_id=request.index_id,
        language=next(iter(tongues), "en"),
        prefer_languages=tuple(tongues),
        ambiguous="omit",
    )

    def trial(specs: Sequence[RuleSpec]) -> Trial:
        with _matched(replace(draft, rules=tuple(specs)), videos, captions, work) as matched:
            pairs = {pair.object: pair.transcription or "" for pair in matched.pairs()}
            return Trial(pairs, matched.counts.ambiguous)

    drafts = infer.propose(videos.videos, transcriptions)
    yield Proposed(len(drafts))
    names = Counter(key.rpartition("/")[2] for key in videos.videos)
    choice = choose(drafts, Sides(len(videos.videos), len(transcriptions), names), trial)
    chosen = choice.rules
    if not chosen:
        raise NothingToDo(
            _unexplained(videos.videos, transcriptions, choice.rivals),
            "write the one that is right into a config by hand"
            if choice.rivals
            else "write the rules by hand; a video and its transcription must share something in their names",
        )
    undetermined = replace(draft, rules=chosen, language="und")
    with _matched(undetermined, videos, captions, work) as matched:
        final, spoken = _settled(request, undetermined, matched)
    with _matched(final, videos, captions, work) as matched:
        yield _inferred(request, final, spoken, matched, videos, captions)


def _matched(
    config: Config, videos: _Listing, captions: _Listing | None, work: Path
) -> contextlib.AbstractContextManager[matching.Matching]:
    rules = naming.compile(config.rules)
    return matching.match(videos.listing, captions and captions.listing, rules, config, work_dir=work)


def _settled(request: Request, config: Config, matched: matching.Matching) -> tuple[Config, tuple[str, ...]]:
    """Return ``config`` with its language, and the languages that its pairs and their rivals have, where
    there are several: to prefer one to another is for the user to say.

    ``matched`` was made with an undetermined language, so that it shows what the keys tell.
    """
    told = Counter(pair.language for pair in matched.pairs())
    lost = (orphan.transcription[5:] for orphan in matched.orphans() if orphan.reason != "no_video")
    rivals = set(infer.languages(lost))
    known = [tag for tag in config.prefer_languages if tag in rivals and tag not in told]
    spoken = [tag for tag, _ in sorted(told.items(), key=lambda one: (-one[1], one[0] != "en", str(one[0])))]
    preferred = _ranked(request.language, [tag for tag in (*spoken, *known) if tag and tag != "und"])
    language = request.language or next(iter(preferred), "en")
    settled = replace(config, language=language, prefer_languages=())
    return settled, tuple(preferred) if len(preferred) > 1 else ()


def _inferred(
    request: Request,
    config: Config,
    spoken: tuple[str, ...],
    matched: matching.Matching,
    videos: _Listing,
    captions: _Listing | None,
) -> Inferred:
    samples: dict[str, Pair] = {}
    for pair in matched.pairs():
        samples.setdefault(pair.rule, pair)
    orphans = [orphan.transcription for orphan in matched.orphans() if orphan.reason == "no_video"]
    cut = videos.cut or (captions is not None and captions.cut)
    needs_index = request.index_id is None and not videos.has_index
    counts = matched.counts
    written = text.config(
        text.Facts(
            config,
            needs_index=needs_index,
            language_from=_language_from(request, spoken),
            spoken=spoken,
            ambiguous=counts.ambiguous,
            head=_head(counts, len(orphans), videos, captions, cut),
        ),
        {rule.name: rule.pairs for rule in matched.rules()},
        samples,
    )
    return Inferred(
        text=written,
        counts=counts,
        rules=tuple(matched.rules()),
        unmatched=tuple(islice(matched.unmatched(), _SHOWN)),
        orphans=tuple(orphans[:_SHOWN]),
        orphan_count=len(orphans),
        ambiguities=tuple(one.object for one in islice(matched.ambiguities(), _SHOWN)),
        needs_index=needs_index,
        cut=cut,
    )


def _language_from(request: Request, spoken: tuple[str, ...]) -> str:
    if request.language:
        return "as asked; used where a key does not tell"
    if spoken:
        return "the most frequent here; used where a key does not tell"
    return "used where a key does not tell"


def _head(
    counts: matching.Counts, orphans: int, videos: _Listing, captions: _Listing | None, cut: bool
) -> tuple[str, ...]:
    listed = videos.keys + (captions.keys if captions else 0)
    lines = (
        f"Inferred by `s3transfer-tl init` from {text.counted(listed, 'object')}: "
        f"{text.counted(counts.videos, 'video')}, {text.counted(counts.transcriptions, 'transcription')}.",
        f"{counts.paired:,} of {text.counted(counts.videos, 'video')} paired, {counts.ambiguous:,} ambiguous;"
        f" {text.counted(orphans, 'transcription')} of no video.",
    )
    return (*lines, "Only a part of the listing was looked at.") if cut else lines


def _ranked(language: str | None, found: list[str]) -> list[str]:
    if language is None:
        return found
    tag = naming.languages.canonical(language) or language
    return [tag, *(other for other in found if other != tag)]


def _unexplained(videos: list[str], transcriptions: list[str], rivals: Sequence[RuleSpec]) -> str:
    what = f"{text.counted(len(videos), 'video')} and {text.counted(len(transcriptions), 'transcription')}"
    if rivals:
        lines = [f"video: {spec.video}  transcription: {spec.transcription}" for spec in rivals[:_SHOWN]]
        head = f"several rules explain {what} equally well, and differently"
    else:
        lines = [*islice(sorted(videos), _SHOWN), *islice(sorted(transcriptions), _SHOWN)]
        head = f"no rule pairs {what} without guessing; among them"
    return "\n  ".join([head, *map(text.shown, lines)])
