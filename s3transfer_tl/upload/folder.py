"""A folder's files, paired by the same naming rules as a bucket's objects."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from s3transfer_tl import lint, matching, naming
from s3transfer_tl.errors import ConfigError, NothingToDo, PolicyError
from s3transfer_tl.matching import Counts, Listing, RuleCount
from s3transfer_tl.model import Ambiguity, Config, Pair, SourceSpec
from s3transfer_tl.report.text import counted
from s3transfer_tl.sources import spool
from s3transfer_tl.sources.folder import FolderSource
from s3transfer_tl.upload.files import Piece, piece

SHOWN = 10


class Paired(NamedTuple):
    """What the rules made of a folder: the uploads, the counts, and the first few of what is in no pair,
    by path."""

    pieces: list[Piece]
    counts: Counts
    rules: tuple[RuleCount, ...]
    unmatched: tuple[str, ...]
    orphans: tuple[str, ...]
    ambiguities: tuple[tuple[str, tuple[str, ...]], ...]
    unnamed: int


class _Sides(NamedTuple):
    videos: FolderSource
    transcriptions: FolderSource

    def path(self, uri: str) -> str:
        side = self.videos if uri.startswith(self.videos.root) else self.transcriptions
        return str(side.path(uri))


def within(config: Config | None, folder: Path) -> Config:
    """Return ``config`` (None: the preset ``sidecar``) with both sides in ``folder``."""
    if config is None:
        return Config(str(folder), SourceSpec(str(folder)))
    sides = replace(config.videos, source=str(folder), root=None)
    other = config.transcriptions and replace(config.transcriptions, source=str(folder), root=None)
    return replace(config, videos=sides, transcriptions=other)


def pair(config: Config, base: Path, *, index_id: str | None = None, language: str | None = None) -> Paired:
    """Pair the folders that ``config`` names, relative to ``base``. ``index_id`` is used for every entry
    where it is given, ``language`` where no name tells one.

    Raises ``ConfigError`` (a bad rule, a source that is no folder, a video without an index),
    ``NothingToDo``, ``PolicyError`` (a ``fail`` policy), ``UsageError`` (an unreadable file).
    """
    config = replace(config, index_id=index_id or config.index_id, language=language or config.language)
    lint.require_sound(config)
    rules = naming.compile(config.rules)
    captions = config.transcriptions or config.videos
    videos = _source(config.videos, base, "videos")
    same = captions.source == config.videos.source
    sides = _Sides(videos, videos if same else _source(captions, base, "transcriptions"))
    with tempfile.TemporaryDirectory(prefix="s3transfer-tl-") as name:
        work = Path(name)
        first = _spool(sides.videos, work / "videos.jsonl")
        second = first if same else _spool(sides.transcriptions, work / "transcriptions.jsonl")
        other = None if config.transcriptions is None else second
        with matching.match(first, other, rules, config, work_dir=work) as matched:
            _refuse(config, matched, sides)
            pieces = [_piece(found, sides, index_id, config) for found in matched.pairs()]
            return Paired(
                pieces,
                matched.counts,
                matched.rules(),
                _paths(sides, matched.unmatched()),
                _paths(sides, (orphan.transcription for orphan in matched.orphans())),
                tuple(_told(sides, one) for one in islice(matched.ambiguities(), SHOWN)),
                sum(side.unnamed for side in set(sides)),
            )


def none_paired(paired: Paired) -> NothingToDo:
    """Return what to raise where nothing is left to upload."""
    return NothingToDo(
        f"{counted(paired.counts.videos, 'video')}, but none could be paired",
        "add a naming rule to the config, or set `policy.unmatched_video: include`",
    )


def _source(spec: SourceSpec, base: Path, bucket: str) -> FolderSource:
    folder = base / spec.source
    if "://" in spec.source or not folder.is_dir():
        raise ConfigError(
            f"{spec.source} is no folder here",
            "name the folder with --dir DIR, or as `source`; what is in S3 is sent by build and submit",
        )
    return FolderSource(folder, bucket)


def _spool(source: FolderSource, path: Path) -> Listing:
    with path.open("wb") as fp:
        spool.write(source.pages(), fp)
    return Listing(path, source.root)


def _refuse(config: Config, matched: matching.Matching, sides: _Sides) -> None:
    counts = matched.counts
    if not counts.videos:
        raise NothingToDo(
            f"no video in {config.videos.source}", "check the folder, and `include` and `exclude`"
        )
    if config.ambiguous == "fail" and counts.ambiguous:
        what = (
            f"{counted(counts.ambiguous, 'video is', 'videos are')} ambiguous, and `policy.ambiguous` is fail"
        )
        found = [_told(sides, one) for one in islice(matched.ambiguities(), SHOWN)]
        lines = [f"{video}: {', '.join(candidates)}" for video, candidates in found]
        hint = "prefer a language or a format, narrow a naming rule, or set the policy to omit or first"
    elif config.unmatched_video == "fail" and counts.unmatched_videos:
        some = counted(counts.unmatched_videos, "video has", "videos have")
        what = f"{some} no transcription, and `policy.unmatched_video` is fail"
        lines = list(_paths(sides, matched.unmatched()))
        hint = "add a naming rule, or set `policy.unmatched_video` to omit or include"
    else:
        return
    raise PolicyError("\n  ".join([what, *lines]), hint)


def _piece(found: Pair, sides: _Sides, index_id: str | None, config: Config) -> Piece:
    video = sides.path(found.object)
    index = index_id or found.index_id or config.index_id
    if index is None:
        raise ConfigError(f"no index for {video}", "give --index-id, or `index_id:` in the config")
    transcription = found.transcription and sides.path(found.transcription)
    return piece(video, transcription, index, found.language)


def _paths(sides: _Sides, uris: Iterable[str]) -> tuple[str, ...]:
    return tuple(sides.path(uri) for uri in islice(uris, SHOWN))


def _told(sides: _Sides, one: Ambiguity) -> tuple[str, tuple[str, ...]]:
    return sides.path(one.object), tuple(map(sides.path, one.candidates))
