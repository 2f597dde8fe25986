"""Parts of objects by signed ranged GETs on the bulk engine; nothing else is ever asked for.

Facts about answers are from the Amazon S3 API reference (GetObject): 206 with Content-Range, 416 for an
empty object, 412 where If-Match names another version.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from s3transfer_tl import bulk, s3http
from s3transfer_tl.media.parts import MOST_BYTES, Part
from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources import buckets, refusals

STALL = 10  # seconds without a byte
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")  # no object has a petabyte


class Piece(NamedTuple):
    """What came of a part: its bytes, the object's size and its ETag (with quotes), or the ``trouble``."""

    tag: Any
    data: bytes = b""
    size: int = 0
    etag: str | None = None
    trouble: str = ""


class _Asked(NamedTuple):
    tag: Any
    part: Part
    bucket: buckets.Bucket


class Ranges:
    """Ranged GETs, many at once. Raises ``UsageError`` for wrong settings, with the first request."""

    def __init__(self, settings: S3Settings, max_in_flight: int) -> None:
        self._buckets = buckets.Buckets(settings)
        self._engine = bulk.Bulk(
            max_in_flight, verify=s3http.trust(settings), stall_timeout=STALL, max_body=MOST_BYTES
        )
        self._refused: list[Piece] = []

    def ask(self, uri: str, part: Part, etag: str | None, tag: Any) -> None:
        """Ask for a part of an object, of the version ``etag`` where that is known."""
        try:
            name, path = buckets.split(uri)
        except ValueError as error:
            self._refused.append(Piece(tag, trouble=f"it was not asked for: {error}"))
            return
        bucket = self._buckets.meet(name)
        if bucket.trouble or bucket.missing:
            said = bucket.trouble.message if bucket.trouble else f"there is no bucket {name}"
            self._refused.append(Piece(tag, trouble=said))
            return
        headers = {**bucket.contact.headers, "Range": f"bytes={part.offset}-{part.offset + part.length - 1}"}
        if etag and not etag.startswith("W/"):  # a weak one matches nothing
            headers["If-Match"] = etag
        asked = _Asked(tag, part, bucket)
        url = f"{bucket.contact.url}/{path}"
        self._engine.add(bulk.Request(url, headers=headers, sign=bucket.contact.sign, tag=asked))

    def poll(self, longest: float, also: Sequence[int]) -> list[Piece]:
        """Wait as ``Bulk.poll`` does; return what came."""
        came, self._refused = self._refused, []
        return came + [_piece(response) for response in self._engine.poll(0 if came else longest, also)]

    def close(self) -> None:
        """Drop what is in flight."""
        self._engine.close()
        self._buckets.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _piece(response: bulk.Response) -> Piece:
    asked: _Asked = response.request.tag
    status, etag = response.status, response.header("etag")
    if status == 416 and asked.part.offset == 0:
        return Piece(asked.tag)  # it is empty
    if status == 206 and (told := _RANGE.fullmatch(response.header("content-range") or "")):
        begin, last, size = map(int, told.groups())
        end = min(asked.part.offset + asked.part.length, size)
        if (begin, last + 1) == (asked.part.offset, end) and len(response.body) == end - begin:
            return Piece(asked.tag, response.body, size, etag)
        return Piece(asked.tag, trouble="S3 answered with another part than was asked for")
    if status == 200 and asked.part.offset == 0:  # the endpoint knows no ranges, or all was asked for
        length = response.header("content-length") or ""
        if length.isdecimal():
            return Piece(asked.tag, response.body[: asked.part.length], int(length), etag)
    return Piece(asked.tag, trouble=_why(response, asked.bucket))


def _why(response: bulk.Response, bucket: buckets.Bucket) -> str:
    status = response.status
    if not status:
        return refusals.unanswered(bucket.contact.endpoint, response.error).message
    if status in (412, 416):
        return "it was replaced while it was read"
    if status == 200:
        return "the endpoint serves no parts of objects"
    code, _ = s3http.error(response.body)
    if status == 404:
        return "there is no such object"
    if code == "InvalidObjectState":
        return "it is archived, and nobody can read it"
    if status == 403:
        return "these credentials may not read it (s3:GetObject)"
    return f"S3 did not serve it: {status} {code}".rstrip()
