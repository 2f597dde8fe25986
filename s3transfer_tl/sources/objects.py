"""Single objects asked for by name: what S3 says of each, and the bytes of those that are wanted.

Every object is one signed HEAD or GET on the bulk engine. The headers are those of HeadObject in
the Amazon S3 API reference. A HEAD that fails has no body: one ranged GET reads why, once a bucket where
all are refused alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from s3transfer_tl import bulk, s3http
from s3transfer_tl.model import ObjectState, S3Settings
from s3transfer_tl.sources import buckets, refusals
from s3transfer_tl.sources.buckets import Trouble

__all__ = ["IN_FLIGHT", "MOST_BODY", "RATE", "Answer", "Trouble", "Wanted", "ask"]

IN_FLIGHT = 128
RATE = 5000.0  # requests a second; S3 serves at least 5,500 GET and HEAD a second on a prefix
MOST_BODY = 8 << 20  # bytes

_CLASS = re.compile(rb"<StorageClass>([A-Z_]{1,40})</StorageClass>")
_TIER = re.compile(rb"<AccessTier>([A-Z_]{1,40})</AccessTier>")
_UNSIGNED_HINT = "leave --no-sign-request out, and sign with credentials that allow s3:GetObject"
_ANONYMOUS_HINT = "the anonymous HEAD before it was served: run again, and look at the bucket policy"
_SIGNED_HINT = (
    "allow them s3:GetObject and s3:ListBucket there, choose others with --profile, or add --request-payer"
    " requester where the bucket asks its readers to pay"
)


class Wanted(NamedTuple):
    """An object to ask for: with its ``body``, and without credentials where it is ``anonymous``. ``tag``
    is the caller's own."""

    uri: str
    body: bool = False
    anonymous: bool = False
    tag: str = ""


class Answer(NamedTuple):
    """What came back: ``state``, or the ``trouble`` that kept it. ``body`` is None where it was not asked
    for, or is longer than the cap: ``state.size`` then says how long."""

    wanted: Wanted
    state: ObjectState | None = None
    body: bytes | None = None
    trouble: Trouble | None = None


class _Place(NamedTuple):
    wanted: Wanted
    bucket: buckets.Bucket
    name: str  # the bucket's
    url: str
    is_probe: bool = False


def ask(
    wanted: Iterable[Wanted],
    settings: S3Settings,
    *,
    max_in_flight: int = IN_FLIGHT,
    rate: float | None = RATE,
    most_body: int = MOST_BODY,
    stall_timeout: int = 30,
) -> Iterator[Answer]:
    """Ask for each object once; yield answers as they come, memory not growing with their number.

    An outage, a refusal and a URI that names no object are ``trouble`` of the object, never "missing".
    Raises ``UsageError`` for a profile, an endpoint or a CA bundle that does not exist.
    """
    with (
        bulk.Bulk(
            max_in_flight,
            rate=rate,
            verify=s3http.trust(settings),
            stall_timeout=stall_timeout,
            max_body=most_body,
        ) as engine,
        _Questions(settings, engine) as questions,
    ):
        for response in engine.feed(questions.of(wanted)):
            yield from questions.answered(response)


class _Questions:
    """One run: the buckets it met, requests out of names, answers out of responses."""

    def __init__(self, settings: S3Settings, engine: bulk.Bulk) -> None:
        self._settings = settings
        self._engine = engine
        self._buckets = buckets.Buckets(settings)

    def __enter__(self) -> _Questions:
        return self

    def __exit__(self, *_: object) -> None:
        self._buckets.close()

    def of(self, wanted: Iterable[Wanted]) -> Iterator[bulk.Request]:
        for one in wanted:
            try:
                name, path = buckets.split(one.uri)
            except ValueError as error:
                trouble = Trouble(f"not asked: {error}", "name an object: s3://BUCKET/KEY")
                yield _unasked(Answer(one, trouble=trouble))
                continue
            bucket = self._buckets.meet(name)
            if bucket.trouble:
                yield _unasked(Answer(one, trouble=bucket.trouble))
            elif bucket.missing:
                yield _unasked(Answer(one, ObjectState(one.uri, False, f"there is no bucket {name}")))
            else:
                yield self._request(_Place(one, bucket, name, f"{bucket.contact.url}/{path}"))

    def answered(self, response: bulk.Response) -> Iterator[Answer]:
        """Yield the answer, unless it takes one more request."""
        place = response.request.tag
        if isinstance(place, Answer):
            yield place
            return
        uri, bucket = place.wanted.uri, place.bucket
        if response.status in (200, 206) and not place.is_probe:
            yield self._there(place, response)
        elif response.status == 404 or _code(response) == "NoSuchKey":
            yield Answer(place.wanted, ObjectState(uri, False, "there is no such object"))
        elif not response.status:
            error = refusals.unanswered(bucket.contact.endpoint, response.error)
            yield Answer(place.wanted, trouble=Trouble(error.message, error.hint))
        elif response.status == 403 and bucket.refused and not place.wanted.body:
            yield Answer(place.wanted, trouble=bucket.refused)
        elif not response.body and not place.is_probe and response.status < 500:
            self._engine.add(self._request(place._replace(is_probe=True)))
        else:
            yield self._why(place, response)

    def _request(self, place: _Place) -> bulk.Request:
        made = place.bucket.contact
        headers = {**made.headers, **({"Range": "bytes=0-0"} if place.is_probe else {})}
        if place.wanted.anonymous:
            headers.pop("x-amz-request-payer", None)
        method = "GET" if place.wanted.body or place.is_probe else "HEAD"
        return bulk.Request(
            place.url,
            method,
            headers,
            sign=None if place.wanted.anonymous else made.sign,
            tag=place,
        )

    def _there(self, place: _Place, response: bulk.Response) -> Answer:
        state = _state(place.wanted.uri, response)
        if not place.bucket.told:
            place.bucket.told = True
            state = state._replace(region=place.bucket.region)
        whole = place.wanted.body and not response.error
        if response.error and state.size is None:
            trouble = Trouble(
                f"the answer goes on and on ({response.error}), and does not say how long it is",
                "see what answers at the endpoint: S3 tells the Content-Length",
            )
            return Answer(place.wanted, trouble=trouble)
        return Answer(place.wanted, state, response.body if whole else None)

    def _why(self, place: _Place, response: bulk.Response) -> Answer:
        """Read what a refusal says."""
        uri, code = place.wanted.uri, _code(response)
        said = s3http.error(response.body)[1]
        if code == "InvalidObjectState":
            kept = _found(_CLASS, response.body) or None
            tier = _found(_TIER, response.body) or None
            return Answer(place.wanted, ObjectState(uri, storage_class=kept, archive=tier))
        if response.status == 400 and "Server Side Encryption" in said and "KMS" not in said:
            return Answer(place.wanted, ObjectState(uri, encryption="SSE-C"))
        if response.status in (200, 206, 416):  # a HEAD was refused, and a GET is served
            trouble = Trouble("S3 refuses HEAD and serves GET", "try another --endpoint-url")
        elif response.status >= 500 or response.status == 429:
            trouble = Trouble(
                f"{response.status} {code}".rstrip() + ": S3 did not serve the request, again and again",
                "wait a minute and run again",
            )
        else:
            trouble = self._refusal(place.name, response.status, code, said, place.wanted.anonymous)
            if response.status == 403 and not place.wanted.anonymous:
                place.bucket.refused = trouble
        return Answer(place.wanted, trouble=trouble)

    def _refusal(self, bucket: str, status: int, code: str, said: str, anonymous: bool) -> Trouble:
        if status == 403 and code in ("", "AccessDenied", "Forbidden"):
            if anonymous or self._settings.no_sign_request:
                return Trouble(
                    f"S3 refuses an anonymous request to s3://{bucket} (private, or gone)",
                    _UNSIGNED_HINT if self._settings.no_sign_request else _ANONYMOUS_HINT,
                )
            return Trouble(
                f"these credentials may not read all of s3://{bucket} (private, or gone: S3 does not say)",
                _SIGNED_HINT,
            )
        if code in refusals.SENTENCES:
            error = refusals.refused({"Error": {"Code": code, "Message": said}}, self._settings, bucket)
            return Trouble(error.message, error.hint)
        words = f"{status} {code} {said}".strip()
        return Trouble(f"S3 does not tell: {words}", "look the code up in S3's list of error responses")


def _unasked(answer: Answer) -> bulk.Request:
    """Let an answer pass through the engine without a request, so that the stream stays bounded."""
    return bulk.Request("", "HEAD", tag=answer)


def _state(uri: str, response: bulk.Response) -> ObjectState:
    header = response.header
    length = header("content-length")
    encryption = header("x-amz-server-side-encryption")
    if header("x-amz-server-side-encryption-customer-algorithm"):
        encryption = "SSE-C"
    return ObjectState(
        uri,
        size=int(length) if length and length.isdecimal() else None,
        etag=(header("etag") or "").strip('"') or None,
        content_type=header("content-type"),
        storage_class=header("x-amz-storage-class"),
        archive=header("x-amz-archive-status"),
        restored='ongoing-request="false"' in (header("x-amz-restore") or ""),
        encryption=encryption,
        requester_pays=header("x-amz-request-charged") == "requester",
    )


def _code(response: bulk.Response) -> str:
    return s3http.error(response.body)[0] if response.status >= 300 else ""


def _found(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body)
    return found[1].decode("utf-8", "replace") if found else ""
