"""What is uploaded: a video and its transcription, files here or URLs, judged before a byte is sent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from s3transfer_tl import captions, lint, media
from s3transfer_tl.errors import UsageError
from s3transfer_tl.lint import limits, subtitles
from s3transfer_tl.lint.rules import Subject
from s3transfer_tl.model import Config, Entry, Finding, ObjectState, Review
from s3transfer_tl.twelvelabs import Unsendable, stamp

# What is judged of a video that is here: empty, too large, resolution, duration, sound, another cut.
_VIDEO_RULES = ("TL603", "TL604", "TL610", "TL611", "TL612", "TL613")
# Parameters by which a URL is signed (AWS, Google, CloudFront, Azure): they change with every signing,
# and whoever reads them may fetch the file, so they are in no ledger.
_SIGNING = re.compile(
    r"x-amz-.*|x-goog-.*|awsaccesskeyid|googleaccessid|signature|expires|key-pair-id|policy|sig|se|sp|st|sv|sr",
    re.IGNORECASE,
)

Engines = Mapping[str, tuple[limits.Engine, ...]]  # of each index that was asked for


class Piece(NamedTuple):
    """One upload. ``entry`` names files by absolute path and URLs without what signs them; ``urls`` are
    the URLs in full, by that name. ``stamps`` tell which state of the video and of the transcription is
    meant (None for a URL), ``size`` is the video's bytes."""

    entry: Entry
    stamps: tuple[str | None, str | None]
    size: int
    urls: dict[str, str]


def is_url(text: str) -> bool:
    """Tell whether ``text`` names a file on the web."""
    return text.startswith(("https://", "http://"))


def piece(video: str | Path, transcription: str | Path | None, index_id: str, language: str | None) -> Piece:
    """Return the upload of a video: paths, or http(s) URLs as text.

    Raises ``UsageError`` for a file that cannot be read, a name that is not UTF-8, or another URL.
    """
    names: list[str] = []
    stamps: list[str | None] = []
    urls: dict[str, str] = {}
    for given in (video, transcription):
        if given is None:
            stamps.append(None)
        elif is_url(str(given)):
            names.append(_lasting(str(given)))
            urls[names[-1]] = str(given)
            stamps.append(None)
        else:
            names.append(_path(str(given)))
            stamps.append(_stamp(names[-1]))
    entry = Entry(index_id, language or "", names[0], names[1] if len(names) > 1 else None)
    size = int((stamps[0] or "0").partition("-")[0])
    return Piece(entry, (stamps[0], stamps[1]), size, urls)


def judge(pieces: Iterable[Piece], config: Config | None, version: str, engines: Engines) -> Review:
    """Judge every video by the documented limits of an API version and of its index's engines (its size and
    what its header tells) and every transcription as ``lint`` does, as ``config`` says to where there is
    one. What lies behind a URL is not looked at."""
    control = lint.control.of(config)
    rules = [lint.rule(code) for code in _VIDEO_RULES if code in control.select]
    found: list[Finding] = []
    names: dict[str, None] = {}
    count = 0
    for count, one in enumerate(pieces, 1):  # noqa: B007 - the last number is the count
        if one.stamps[0]:
            platform = limits.Platform(version, engines.get(one.entry.index_id, ()))
            found += _of_video(one, rules, platform)
        name = one.entry.transcription
        if name and not is_url(name):
            names[name] = None
    reviews = lint.transcriptions(list(names), select=control.select)
    for name, review in zip(names, reviews, strict=True):
        if review is None:
            raise UsageError(f"{name} cannot be read any more", "mend that, and run the same command again")
        found += review.findings
    return control.apply(Review(tuple(found), len(names), count))


def _of_video(one: Piece, rules: Sequence[lint.Rule], platform: limits.Platform) -> Iterator[Finding]:
    video, transcription = one.entry.object, one.entry.transcription
    facts = lint.Facts(
        objects={video: ObjectState(video, size=one.size)},
        media={video: media.probe_file(Path(video))} if one.size else {},
        cues=_last_cue(transcription) if transcription and one.stamps[1] else {},
        platform=platform,
    )
    subject = Subject(0, {"object": video, "transcription": transcription}, facts=facts)
    for rule in rules:
        for complaint in rule.judge(subject) if rule.judge else ():
            severity, hint = complaint.severity or rule.severity, complaint.hint or rule.hint
            yield Finding(rule.code, rule.name, severity, complaint.message, hint, video)


def _last_cue(name: str) -> dict[str, float]:
    """Return when the last cue of a subtitle file ends, in seconds, by its name; nothing of another."""
    kind = subtitles.kind(name)
    if kind is None:
        return {}
    ends = [cue.end_ms for cue in captions.cues(Path(name).read_bytes(), kind)]
    return {name: max(ends) / 1000} if ends else {}


def _path(given: str) -> str:
    scheme, mark, _ = given.partition("://")
    if mark and scheme.isalnum():
        hint = "name a file or an http(s) URL; what is in S3 is sent by build and submit"
        raise UsageError(f"{given} cannot be uploaded", hint)
    try:
        given.encode()
    except UnicodeEncodeError:
        raise UsageError(f"the name {given!a} is not UTF-8", "rename the file") from None
    return os.path.abspath(given)


def _stamp(path: str) -> str:
    try:
        return stamp(Path(path))
    except Unsendable as error:
        raise UsageError(error.message, error.hint) from None


def _lasting(url: str) -> str:
    """Return ``url`` without what signs it. Raises ``UsageError`` for one that names no host, or a user."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.username or parts.password or not url.isprintable() or " " in url:
        raise UsageError(
            f"{url.partition('?')[0]!r} is no URL that the platform could fetch",
            "give it as https://HOST/PATH, percent-encoded, without user and password",
        )
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if not _SIGNING.fullmatch(name)]
    same = len(kept) == len(query)
    return parts._replace(query=parts.query if same else urlencode(kept), fragment="").geturl()


def check_names(pieces: Sequence[Piece]) -> None:
    """Raise ``UsageError`` for a local transcription that is neither SRT nor VTT by its name."""
    for one in pieces:
        name = one.entry.transcription
        if name and not is_url(name) and not lint.is_transcription(name):
            raise UsageError(f"{name} is neither .srt nor .vtt", "the platform takes SRT and VTT files only")
