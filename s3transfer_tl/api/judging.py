"""``lint``, ``check`` and ``access``: what is wrong with files, with a manifest's objects, with a bucket."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Unpack

from s3transfer_tl.api import edges, settings
from s3transfer_tl.api.settings import API_VERSION, S3Options, StrPath
from s3transfer_tl.errors import NothingToDo, UsageError
from s3transfer_tl.model import AccessVerdict, Config, Review

if TYPE_CHECKING:
    from s3transfer_tl.access import Survey
    from s3transfer_tl.check import Checked
    from s3transfer_tl.check import Event as CheckEvent
    from s3transfer_tl.lint import Control


def lint(
    *files: StrPath,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    config: StrPath | Config | None = None,
    baseline: StrPath | None = None,
    listing: StrPath | None = None,
) -> Review:
    """Judge manifests, transcriptions (.srt, .vtt) and configs (.yaml), without a network.

    Each of ``files`` is a file, a glob, or a folder (its *.json, *.srt and *.vtt, at any depth). ``select``
    and ``ignore`` are codes or beginnings of codes. ``config`` is the one whose ``lint:`` section counts: no
    transfer.yaml is looked for. ``listing`` is a saved listing of what is there.

    Raises ``UsageError`` for what cannot be read and for a wrong code, ``ConfigError``, ``NothingToDo`` for a
    folder that holds nothing to judge.
    """
    from s3transfer_tl import lint as room
    from s3transfer_tl.api import judged

    if not files:
        raise UsageError("nothing to judge", "name files, folders or globs")
    control = _control(config, select, ignore, baseline)
    there = judged.Listing(os.fspath(listing)) if listing is not None else None
    facts = room.Facts(config=control.config, listing=there)
    apart = {os.path.abspath(control.baseline.path)} if control.baseline else set()
    names = judged.names([os.fspath(one) for one in files], "<stdin>", apart)
    if there:
        there.check(names)

    def judge(name: str, fp: BinaryIO) -> Review:
        return room.file(fp, name, facts=facts, select=control.select)

    with judged.Sources() as sources:
        found = judged.reviews(sources, names, judge, control.select)
        return room.merge(map(control.apply, found))


def check(
    manifest: StrPath,
    *,
    report: StrPath | None = None,
    media: bool = False,
    engines: Sequence[str] = (),
    api_version: str = API_VERSION,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    config: StrPath | Config | None = None,
    baseline: StrPath | None = None,
    on_event: Callable[[CheckEvent], object] | None = None,
    **s3: Unpack[S3Options],
) -> Checked:
    """Judge a manifest by every lint rule, and against S3: HEAD and GET only.

    ``report`` is the build's (default: NAME.report.json); ``media`` reads the headers of videos too (extra:
    media), for ``engines`` such as ``marengo2.6:visual``. What S3 did not tell is in the result's
    ``undecided``; it is never "missing" or "private". ``on_event`` is told how far it is, and ``Checked`` at
    the end.

    Raises ``UsageError``, ``ConfigError``.
    """
    from s3transfer_tl import check as room
    from s3transfer_tl.api import judged
    from s3transfer_tl.lint import limits

    settings.require_several(engines=engines)
    if engines and not media:
        raise UsageError("engines judge the headers of videos, which only media reads", "add media=True")
    if api_version not in (known := [one.version for one in limits.LIMITS]):
        raise UsageError(f"no limits are known of API version {api_version}", f"one of {', '.join(known)}")
    videos = limits.Platform(api_version, tuple(map(edges.engine, engines))) if media else None
    control = _control(config, select, ignore, baseline)
    name = os.fspath(manifest)
    with judged.Sources() as sources:
        for event in edges.checked(
            sources.open(name),
            name,
            control=control,
            s3=settings.s3(**s3),
            report=Path(report) if report else None,
            videos=videos,
        ):
            if on_event:
                on_event(event)
            if isinstance(event, room.Checked):
                return event
    raise AssertionError("a check ends with Checked or an exception")


def _control(
    config: StrPath | Config | None, select: Sequence[str], ignore: Sequence[str], baseline: StrPath | None
) -> Control:
    from s3transfer_tl import lint as room

    settings.require_several(select=select, ignore=ignore)
    loaded = None if config is None else settings.config(config, only_to_judge=True)
    if loaded:
        room.require_sound(loaded)
    known = Path(baseline) if baseline else None
    return room.control.of(loaded, select=select, ignore=ignore, baseline=known)


def access(
    source: str | None = None,
    *,
    config: StrPath | Config | None = None,
    on_event: Callable[[AccessVerdict], object] | None = None,
    **s3: Unpack[S3Options],
) -> Survey:
    """Ask for each .srt and .vtt object of ``source`` (``s3://bucket/prefix``, or what ``config`` chooses) as
    anyone can, and return how many are public, why the others are not, and what would open them.

    ``on_event`` is told each verdict. Nothing is ever written to S3. Raises ``UsageError``, ``ConfigError``,
    ``S3Error``, and ``NothingToDo`` where there is no transcription.
    """
    loaded = None if config is None else settings.config(config)
    survey, found, spec = edges.survey(source, loaded, settings.s3(**s3))
    for verdict in survey.verdicts(found.pages()):
        if on_event:
            on_event(verdict)
    if not survey.total:
        raise no_transcription(survey, spec)
    return survey


def no_transcription(survey: Survey, spec: str) -> NothingToDo:
    """Return what to raise where a survey of ``spec`` found nothing to ask for."""
    return NothingToDo(
        f"no transcription among {survey.listed:,} objects of {spec}",
        "check the prefix: it is compared letter by letter; transcriptions end in .srt or .vtt",
    )
