"""What is uploaded: a video and its transcription, files here or URLs, judged before a byte is sent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from s3transfer_tl import lint
from s3transfer_tl.errors import UsageError
from s3transfer_tl.lint.stored import GB_2, GIB_2
from s3transfer_tl.model import Config, Entry, Finding, Review, Severity
from s3transfer_tl.twelvelabs import Unsendable, stamp

# Parameters by which a URL is signed (AWS, Google, CloudFront, Azure): they change with every signing,
# and whoever reads them may fetch the file, so they are in no ledger.
_SIGNING = re.compile(
    r"x-amz-.*|x-goog-.*|awsaccesskeyid|googleaccessid|signature|expires|key-pair-id|policy|sig|se|sp|st|sv|sr",
    re.IGNORECASE,
)


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


def judge(pieces: Iterable[Piece], config: Config | None) -> Review:
    """Judge every file by what is documented (size) and every transcription as ``lint`` does, as
    ``config`` says to where there is one. What lies behind a URL is not looked at."""
    control = lint.control.of(config)
    found: list[Finding] = []
    names: dict[str, None] = {}
    count = 0
    for count, one in enumerate(pieces, 1):  # noqa: B007 - the last number is the count
        found += _limits(one)
        name = one.entry.transcription
        if name and not is_url(name):
            names[name] = None
    reviews = lint.transcriptions(list(names), select=control.select)
    for name, review in zip(names, reviews, strict=True):
        if review is None:
            raise UsageError(f"{name} cannot be read any more", "mend that, and run the same command again")
        found += review.findings
    return control.apply(Review(tuple(found), len(names), count))


def _limits(one: Piece) -> Iterator[Finding]:
    video = one.entry.object
    if one.stamps[0] and not one.size:
        yield _finding("TL603", Severity.ERROR, "the video is empty: 0 bytes", video)
    if one.size > GIB_2:
        yield _finding("TL604", Severity.ERROR, f"{one.size:,} bytes: POST /tasks takes 2 GB", video)
    elif one.size > GB_2:
        said = f"{one.size:,} bytes: too large if the platform counts 2 GB in powers of ten"
        yield _finding("TL604", Severity.WARNING, said, video)


def _finding(code: str, severity: Severity, message: str, file: str) -> Finding:
    rule = lint.rule(code)
    return Finding(code, rule.name, severity, message, rule.hint, file)


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
