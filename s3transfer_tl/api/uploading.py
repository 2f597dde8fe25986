"""``upload``: local files, or URLs, to the platform."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from s3transfer_tl.api import runs, settings
from s3transfer_tl.api.runs import Notice, Submission
from s3transfer_tl.api.settings import API_URL, API_VERSION, StrPath
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import Config, Secret

if TYPE_CHECKING:
    from s3transfer_tl.ledger import Event
    from s3transfer_tl.upload import Piece, Sent
    from s3transfer_tl.upload.folder import Paired


def upload(
    video: StrPath | None = None,
    transcription: StrPath | None = None,
    *,
    folder: StrPath | None = None,
    config: StrPath | Config | None = None,
    index_id: str | None = None,
    language: str | None = None,
    disable_video_stream: bool = False,
    jobs: int = 4,
    timeout: float = 600.0,
    again: bool = False,
    wait: bool = False,
    dry_run: bool = False,
    ledger: StrPath | None = None,
    quiet_period: float = 60.0,
    poll_interval: float = 5.0,
    time_limit: float | None = None,
    api_key: str | Secret | None = None,
    api_url: str = API_URL,
    api_version: str = API_VERSION,
    on_event: Callable[[Event], object] | None = None,
    on_sent: Callable[[Sent], object] | None = None,
    on_notice: Notice | None = None,
) -> Submission:
    """Upload a video with its transcription, files or http(s) URLs, or what ``config``'s rules pair below
    ``folder`` (None: the config's own sources); nothing is uploaded twice.

    Files are judged before a byte is sent. ``on_sent`` is told the bytes ten times a second; the rest is as
    for ``submit``, and so is what is raised, with ``PolicyError`` for a ``fail`` policy.
    """
    from s3transfer_tl import follow
    from s3transfer_tl import upload as room
    from s3transfer_tl.ledger import Ledger

    settings.require_number("jobs", jobs, 1, 32)
    settings.require_number("timeout", timeout, 1)
    tell, pace = on_notice or runs.nothing, runs.pace(quiet_period, poll_interval, time_limit)
    loaded = None if config is None else settings.config(config, only_to_judge=bool(folder or video))
    require_one(video, transcription, folder)
    pieces = chosen(video, transcription, folder, loaded, index_id, language)
    name = os.fspath(video or folder or (loaded.path if loaded else ""))
    place, line = runs.ledger(ledger), room.Line(jobs, timeout, disable_video_stream)
    with runs.client(api_key, api_url, api_version, tell, keyless=dry_run) as client:
        room.review(pieces, loaded, client.version, {} if dry_run else room.engines(pieces, client))
        if dry_run:
            with runs.existing(place) as known:
                return runs.planned(len(room.unsent(pieces, client.endpoint, known, again=again)))
        with Ledger.open(place) as book:
            plan = room.prepare(pieces, name, ledger=book, client=client, again=again, tell=tell)
            events = room.send(
                plan,
                ledger=book,
                client=client,
                follower=follow.Follower(book, client, plan.run, pace=pace, tell=tell),
                line=line,
                urls={one: url for piece in pieces for one, url in piece.urls.items()},
                wait=wait,
                tell=tell,
                show=on_sent or runs.nothing,
            )
            return runs.ended(events, on_event or runs.nothing, book, plan.run, wait=wait)


def require_one(video: StrPath | None, transcription: StrPath | None, folder: StrPath | None) -> None:
    """Refuse half a pair, and a pair beside a folder. Raises ``UsageError``."""
    if (video is None) != (transcription is None):
        there, missing = (video, "transcription") if transcription is None else (transcription, "video")
        raise UsageError(f"no {missing} for {there}", "give both, a video and its transcription")
    if video is not None and folder:
        raise UsageError("a folder stands for a pair", "leave out the folder, or the video and transcription")


def chosen(
    video: StrPath | None,
    transcription: StrPath | None,
    folder: StrPath | None,
    config: Config | None,
    index_id: str | None,
    language: str | None,
    on_paired: Callable[[Paired], object] = runs.nothing,
) -> list[Piece]:
    """Return the pair that is named, or what the rules pair; ``on_paired`` is told what became of the rest.

    Raises what ``upload`` does.
    """
    from s3transfer_tl import upload as room
    from s3transfer_tl.upload import folder as folders

    if video is not None and transcription is not None:
        index_id = index_id or (config.index_id if config else None)
        if not index_id:
            raise UsageError("no index", "give --index-id, or a config that has `index_id:`")
        language = language or (config.language if config else None)
        return [room.piece(os.fspath(video), os.fspath(transcription), index_id, language)]
    if folder is not None:
        config, base = folders.within(config, Path(folder)), Path()
    elif config is not None:
        base = Path(config.path).parent
    else:
        raise UsageError("nothing to upload", "name a video and its transcription, a folder, or a config")
    paired = folders.pair(config, base, index_id=index_id, language=language)
    on_paired(paired)
    if not paired.pieces:
        raise folders.none_paired(paired)
    return paired.pieces
