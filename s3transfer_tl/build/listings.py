"""Sources spooled to disk, as events: what ``build`` and ``explain`` match."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from s3transfer_tl import matching, naming
from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import Config
from s3transfer_tl.sources import Source
from s3transfer_tl.sources import spool as spools
from s3transfer_tl.sources.narrowed import NarrowedSource

TICK = 0.1  # seconds between two looks at a source that is read in another thread
EVERYTHING = naming.Pushed(("",), ("",))


@runtime_checkable
class Spooled(Protocol):
    """A source that writes its own listing to disk: its rows never become objects here."""

    @property
    def snapshot(self) -> str | None:
        """When the bucket was as this source tells, ISO 8601 in UTC; known once it was spooled."""

    @property
    def stage(self) -> spools.Stage:
        """What it is at."""

    def spool_to(self, path: Path) -> spools.ListingCount:
        """Write the listing to ``path`` as Parquet."""

    def stop(self) -> None:
        """End ``spool_to``, which runs in another thread, soon."""


@runtime_checkable
class Narrowable(Protocol):
    """A source that can leave out what need not be listed."""

    def below(self, starts: Sequence[str]) -> NarrowedSource:
        """Return the part of it whose keys, relative to its root, begin as ``starts`` say."""


Side = Literal["videos", "transcriptions"]
OpenSource = Callable[[str, Side], Source]  # the source as the config spells it, and whose it is


@dataclass(frozen=True, slots=True)
class Listed:
    """How far a listing is; ``done`` is true on its last event. ``snapshot`` is the time that an
    inventory tells of, ISO 8601; its pages are its data files. ``stage`` is given while a file is read.
    ``prefixes``: only what begins with these URIs was asked for; empty where all was. ``in_flight``
    counts the requests on the wire."""

    side: str  # "videos" or "transcriptions"
    source: str
    mode: str
    keys: int
    pages: int
    seconds: float
    done: bool
    snapshot: str | None = None
    prefixes: tuple[str, ...] = ()
    in_flight: int | None = None
    stage: spools.Stage | None = None


def both(
    config: Config, open_source: OpenSource, work: Path, pushed: naming.Pushed = EVERYTHING
) -> Generator[Listed, None, tuple[matching.Listing, matching.Listing | None, list[Listed]]]:
    """Spool the sources to disk, of S3 itself no more than what is ``pushed``; one listing serves both
    sides where the config names one source."""
    captions = config.transcriptions or config.videos
    same = (captions.source, captions.root) == (config.videos.source, config.videos.root)
    starts = pushed.either if same else pushed.videos
    videos, listed = yield from _list("videos", config.videos.source, starts, open_source, work)
    if config.transcriptions is None:
        if listed.mode == "export":
            raise ConfigError(
                f"{config.videos.source} is a dashboard export, which names videos only",
                "add `transcriptions:` with a `source:` to the config",
            )
        return videos, None, [listed]
    if same and listed.mode != "export":
        return videos, videos, [listed]
    if captions.source == config.videos.source == "-":
        raise ConfigError(
            "standard input cannot be read twice", "give both sides the same `root:`, or save the listing"
        )
    transcriptions, also_listed = yield from _list(
        "transcriptions", captions.source, pushed.transcriptions, open_source, work
    )
    return videos, transcriptions, [listed, also_listed]


def _list(
    side: Side, spec: str, starts: Sequence[str], open_source: OpenSource, work: Path
) -> Generator[Listed, None, tuple[matching.Listing, Listed]]:
    source = open_source(spec, side)
    prefixes: tuple[str, ...] = ()
    if "" not in starts and isinstance(source, Narrowable):
        source = source.below(starts)
        prefixes = source.prefixes
    started = time.monotonic()
    if isinstance(source, Spooled):
        file = work / f"{side}.parquet"
        with ThreadPoolExecutor(1) as pool:
            spooled = pool.submit(source.spool_to, file)
            try:
                while wait([spooled], TICK).not_done:
                    seconds = time.monotonic() - started
                    yield Listed(side, spec, source.mode, 0, 0, seconds, False, stage=source.stage)
                keys, pages = spooled.result()
            except BaseException:  # a signal too
                if not spooled.done():
                    source.stop()
                raise
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
            in_flight = getattr(source, "in_flight", None)
            yield Listed(
                side, spec, source.mode, keys, pages, now - started, False, None, prefixes, in_flight
            )
    seconds = time.monotonic() - started
    listed = Listed(side, spec, source.mode, keys, pages, seconds, True, None, prefixes)
    yield listed
    return matching.Listing(file, source.root), listed
