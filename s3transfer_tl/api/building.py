"""``build`` and ``pairs``: a config to a manifest, or to what its rules decide."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Unpack

from s3transfer_tl.api import edges, settings
from s3transfer_tl.api.settings import S3Options, StrPath
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import Config

if TYPE_CHECKING:
    from s3transfer_tl.build import Built, Listed, Target
    from s3transfer_tl.build import Event as BuildEvent
    from s3transfer_tl.build.pairing import Pairing


def load_config(path: StrPath) -> Config:
    """Read a transfer.yaml once, for several calls. Raises ``ConfigError`` with one finding a complaint."""
    return settings.config(path)


def build(
    config: StrPath | Config,
    output: StrPath | BinaryIO | None = None,
    *,
    since: StrPath | None = None,
    max_entries: int | None = None,
    on_event: Callable[[BuildEvent], object] | None = None,
    **s3: Unpack[S3Options],
) -> Built:
    """List, pair, check access, write the manifest and judge it.

    ``output`` is a file, with NAME.report.json beside it, or a binary stream; None writes nothing, as
    ``--dry-run``. ``on_event`` is told how far it is, and ``Built`` at the end. Findings, of errors too, are
    in the result's ``review``; transcriptions that nobody could say anything about are counted in
    ``summary["unknown_access"]``.

    Raises ``ConfigError``, ``UsageError``, ``NothingToDo``, ``PolicyError``, ``S3Error`` and ``OutputError``;
    the old manifest then stays as it was.
    """
    from s3transfer_tl import build as room

    settings.require_number("max_entries", max_entries, 1)
    loaded, target = settings.config(config), _target(output, max_entries)
    known = room.since.read(Path(since)) if since else None
    for event in edges.built(loaded, settings.s3(**s3), target, known):
        if on_event:
            on_event(event)
        if isinstance(event, room.Built):
            return event
    raise AssertionError("a build ends with Built or an exception")


def _target(output: StrPath | BinaryIO | None, max_entries: int | None) -> Target:
    from s3transfer_tl import build as room

    if output is None:
        return room.Target(None, io.BytesIO(), max_entries, dry_run=True)
    if isinstance(output, str | os.PathLike):
        return room.Target(Path(output), io.BytesIO(), max_entries)
    if max_entries:
        raise UsageError("a stream takes one manifest", "name a file as output, or leave max_entries out")
    return room.Target(None, output)


def pairs(
    config: StrPath | Config,
    *,
    on_event: Callable[[Listed], object] | None = None,
    **s3: Unpack[S3Options],
) -> Pairing:
    """List and pair, and return what became of everything: no access is checked, nothing is written.

    Everything is held in memory: of a million videos the report that ``build`` writes is the better place.
    A ``fail`` policy fails nothing here. Raises ``ConfigError``, ``UsageError``, ``S3Error``.
    """
    from s3transfer_tl.build import pairing

    loaded = settings.config(config)
    for event in pairing.run(loaded, open_source=edges.open_source(loaded, settings.s3(**s3))):
        if isinstance(event, pairing.Pairing):
            return event
        if on_event:
            on_event(event)
    raise AssertionError("a pairing ends with Pairing or an exception")
