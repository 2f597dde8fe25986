"""Sources spooled to disk, as events: what ``build`` and ``explain`` match."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from s3transfer_tl import matching
from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import Config
from s3transfer_tl.sources import Source
from s3transfer_tl.sources import spool as spools

PROGRESS_SECONDS = 0.1  # at most one progress event in this time


@runtime_checkable
class Spooled(Protocol):
    """A source that writes its own listing to disk: an inventory, whose rows never become objects here."""

    @property
    def snapshot(self) -> str | None:
        """When the bucket was as this source tells, ISO 8601 in UTC; known once it was spooled."""

    def spool_to(self, path: Path) -> spools.ListingCount:
        """Write the listing to ``path`` as Parquet."""


Side = Literal["videos", "transcriptions"]
OpenSource = Callable[[str, Side], Source]  # the source as the config spells it, and whose it is


@dataclass(frozen=True, slots=True)
class Listed:
    """How far a listing is; ``done`` is true on its last event. ``snapshot`` is the time that an
    inventory tells of, ISO 8601; its pages are its data files."""

    side: str  # "videos" or "transcriptions"
    source: str
    mode: str
    keys: int
    pages: int
    seconds: float
    done: bool
    snapshot: str | None = None


def both(
    config: Config, open_source: OpenSource, work: Path
) -> Generator[Listed, None, tuple[matching.Listing, matching.Listing | None, list[Listed]]]:
    """Spool the sources to disk; one listing serves both sides where the config names one source."""
    videos, listed = yield from _list("videos", config.videos.source, open_source, work)
    if config.transcriptions is None:
        if listed.mode == "export":
            raise ConfigError(
                f"{config.videos.source} is a dashboard export, which names videos only",
                "add `transcriptions:` with a `source:` to the config",
            )
        return videos, None, [listed]
    source = config.transcriptions.source
    same = (source, config.transcriptions.root) == (config.videos.source, config.videos.root)
    if same and listed.mode != "export":
        return videos, videos, [listed]
    if source == config.videos.source == "-":
        raise ConfigError(
            "standard input cannot be read twice", "give both sides the same `root:`, or save the listing"
        )
    transcriptions, also_listed = yield from _list("transcriptions", source, open_source, work)
    return videos, transcriptions, [listed, also_listed]


def _list(
    side: Side, spec: str, open_source: OpenSource, work: Path
) -> Generator[Listed, None, tuple[matching.Listing, Listed]]:
    source = open_source(spec, side)
    started = shown = time.monotonic()
    if isinstance(source, Spooled):
        file = work / f"{side}.parquet"
        keys, pages = source.spool_to(file)
        seconds = time.monotonic() - started
        listed = Listed(side, spec, source.mode, keys, pages, seconds, True, source.snapshot)
        yield listed
        return matching.Listing(file, source.root), listed
    file = work / f"{side}.jsonl"
    keys = pages = 0
    with file.open("wb") as fp:
        for page in source.pages():
            spools.write_page(page, fp)
            keys, pages, now = keys + len(page), pages + 1, time.monotonic()
            if now - shown >= PROGRESS_SECONDS:
                shown = now
                yield Listed(side, spec, source.mode, keys, pages, now - started, False)
    listed = Listed(side, spec, source.mode, keys, pages, time.monotonic() - started, True)
    yield listed
    return matching.Listing(file, source.root), listed
