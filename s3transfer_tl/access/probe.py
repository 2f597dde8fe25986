"""Is this object anonymously readable? One anonymous HEAD an object, at the network's pace.

Facts about S3's answers are from the Amazon S3 API reference (HeadObject, GetObject, error
responses) and the guide's pages on virtual hosting and redirects. A HEAD error has no body, so the
``<Code>`` comes from one anonymous ranged GET per group of failures: a bucket's 401, 403 or 404, and
for other statuses, which have many codes, a folder's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from s3transfer_tl import bulk, s3http
from s3transfer_tl.model import Access, AccessVerdict, S3Settings

AWS = "https://s3.{region}.amazonaws.com"
REGION = "us-west-2"  # where the platform reads from; another region is learned from the first answer
RATE = 5000.0  # requests a second; S3 serves at least 5,500 GET and HEAD a second on a prefix
MOST_WAITING = 1000  # verdicts held back until their group's reason is known
MOST_GROUPS = 1000  # kept at a time; an older one that is known is forgotten and asked again

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_REGION_NAME = re.compile(r"[a-z0-9-]{1,40}")
_HOST_LABEL = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_ARCHIVED = re.compile(
    rb"\r\nx-amz-(?:storage-class: *(GLACIER|DEEP_ARCHIVE)|archive-status: *([A-Z_]+))[ \r]", re.IGNORECASE
)
_RESTORED = b'ongoing-request="false"'
_MOVED = frozenset({301, 307, 400})
_ONE_CODE_A_BUCKET = frozenset({401, 403, 404})
_REFUSED = "anyone must be able to read it, but S3 refuses an anonymous request (private, or gone)"
_SENTENCES = {
    "AccessDenied": _REFUSED,
    "AllAccessDisabled": "all access to it has been switched off by AWS",
    "InvalidObjectState": "it is archived; restore it, or copy it to STANDARD",
    "KMS": "SSE-KMS encrypts it, so no anonymous request can read it; copy it onto itself with SSE-S3",
    "SSE-C": "a key of the customer's own encrypts it (SSE-C), so no anonymous request can read it",
    "NoSuchKey": "there is no such object",
    "NoSuchBucket": "there is no such bucket",
}


class _Place(NamedTuple):
    """An object to judge; ``moved`` once the bucket's own region was asked."""

    uri: str
    bucket: str
    key: str
    region: str
    moved: bool = False


class _Unaskable(NamedTuple):
    """A URI that names no object; it passes through the engine so that the stream stays bounded."""

    uri: str


class _Name(NamedTuple):
    """What the failures of a group have in common; ``folder`` is "" where the code is the bucket's."""

    bucket: str
    status: int
    folder: str


class _Probe(NamedTuple):
    """The ranged GET that reads why a group failed."""

    group: _Name


@dataclass(slots=True)
class _Group:
    """Failures with one status: they wait for the code, then share it."""

    waiting: list[str] = field(default_factory=list)
    known: tuple[Access, int, str, str] | None = None


def check(
    uris: Iterable[str],
    *,
    s3: S3Settings,
    region_of: Callable[[str], str | None] | None = None,
    aws: str = AWS,
    max_in_flight: int = 256,
    rate: float | None = RATE,
    connect_timeout: float = 10.0,
    stall_timeout: int = 30,
) -> Iterator[AccessVerdict]:
    """Judge each ``s3://bucket/key`` by one anonymous request; yield verdicts as they come.

    ``uris`` is pulled as room appears; memory does not grow with their number. Each gets exactly one
    verdict. 200 is public, unless its headers tell of an archive; 403 (and 400 for SSE-KMS) denied; 404
    missing; no answer, 5xx and what cannot be asked at all are unknown. ``region_of(bucket)`` saves a
    redirect where it knows the region. ``aws`` is where regional endpoints live where
    ``s3.endpoint_url`` is None.
    Credentials, cookies and netrc are never used. Nothing is raised for an object or an outage.
    """
    address = _Address(s3, aws, region_of)
    with bulk.Bulk(
        max_in_flight,
        rate=rate,
        verify=s3http.trust(s3),
        connect_timeout=connect_timeout,
        stall_timeout=stall_timeout,
        max_body=64 * 1024,
    ) as engine:
        yield from _Check(address, engine).run(uris)


class _Address:
    """Where objects are asked for; it learns each bucket's region from redirects."""

    def __init__(self, s3: S3Settings, aws: str, region_of: Callable[[str], str | None] | None) -> None:
        self.endpoint = _without_user(s3.endpoint_url) if s3.endpoint_url else None
        self._aws = aws
        self._default = s3.region or REGION
        self._region_of = region_of
        self._regions: dict[str, str] = {}

    def place(self, uri: str) -> _Place | None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if not uri.startswith("s3://") or not key or not _BUCKET.fullmatch(bucket) or not _is_utf8(key):
            return None
        return _Place(uri, bucket, key, self._region(bucket))

    def moved(self, place: _Place, region: str) -> _Place:
        self._regions[place.bucket] = region
        return place._replace(region=region, moved=True)

    def url(self, place: _Place) -> str:
        """Return the object's URL, its key byte for byte."""
        key = quote(place.key, safe="/~")
        root = self.endpoint or self._aws.format(region=place.region)
        if self.endpoint or not _HOST_LABEL.fullmatch(place.bucket):
            return f"{root}/{place.bucket}/{key}"
        scheme, host = root.split("://", 1)
        return f"{scheme}://{place.bucket}.{host}/{key}"

    def _region(self, bucket: str) -> str:
        if bucket not in self._regions:
            known = self._region_of(bucket) if self._region_of else None
            self._regions[bucket] = known or self._default
        return self._regions[bucket]


class _Check:
    """One run: what is asked, and the groups of failures."""

    def __init__(self, address: _Address, engine: bulk.Bulk) -> None:
        self._address = address
        self._engine = engine
        self._groups: dict[_Name, _Group] = {}

    def run(self, uris: Iterable[str]) -> Iterator[AccessVerdict]:
        for response in self._engine.feed(self._requests(uris)):
            yield from self._judge(response)

    def _requests(self, uris: Iterable[str]) -> Iterator[bulk.Request]:
        for uri in uris:
            place = self._address.place(uri)
            if place:
                yield bulk.Request(self._address.url(place), "HEAD", tag=place)
            else:
                yield bulk.Request("", "HEAD", tag=_Unaskable(uri))

    def _judge(self, response: bulk.Response) -> Iterator[AccessVerdict]:
        tag, status = response.request.tag, response.status
        if isinstance(tag, _Probe):
            yield from self._explain(tag.group, response)
        elif isinstance(tag, _Unaskable):
            yield AccessVerdict(
                tag.uri, "unknown", 0, "not asked: it does not name an object, s3://BUCKET/KEY"
            )
        elif status == 200:
            yield _readable(tag.uri, response.head)
        elif not status:
            yield AccessVerdict(tag.uri, "unknown", 0, f"no answer: {response.error}")
        elif status >= 500 or status == 429:
            yield AccessVerdict(
                tag.uri, "unknown", status, f"{status}: S3 did not serve the request; try again"
            )
        elif (region := self._elsewhere(tag, response)) is not None:
            yield from self._follow(tag, status, region)
        else:
            yield from self._group(tag, response)

    def _elsewhere(self, place: _Place, response: bulk.Response) -> str | None:
        """Return the region that an answer sends us to; a 400 of a given endpoint has another story."""
        if response.status not in _MOVED or (response.status == 400 and self._address.endpoint):
            return None
        region = _region(response)
        return None if region == place.region else region

    def _follow(self, place: _Place, status: int, region: str) -> Iterator[AccessVerdict]:
        """Ask the region that the answer names, once; a body or a Location is never followed."""
        if place.moved or self._address.endpoint:
            asked = self._address.endpoint or f"{place.region} too"
            reason = f"{status}: the bucket is said to be in {region}, and asking {asked} did not help"
            yield AccessVerdict(place.uri, "unknown", status, reason)
            return
        moved = self._address.moved(place, region)
        self._engine.add(bulk.Request(self._address.url(moved), "HEAD", tag=moved))

    def _group(self, place: _Place, response: bulk.Response) -> Iterator[AccessVerdict]:
        folder = "" if response.status in _ONE_CODE_A_BUCKET else place.key.rpartition("/")[0]
        name = _Name(place.bucket, response.status, folder)
        group = self._groups.get(name)
        if group is None:
            self._forget()
            group = self._groups[name] = _Group()
            url = response.request.url
            self._engine.add(bulk.Request(url, headers={"Range": "bytes=0-0"}, tag=_Probe(name)))
        if group.known:
            yield AccessVerdict(place.uri, *group.known)
        elif len(group.waiting) >= MOST_WAITING:
            yield AccessVerdict(place.uri, *_cause(response.status, "", ""))
        else:
            group.waiting.append(place.uri)

    def _forget(self) -> None:
        """Make room for a group; memory does not grow with the number of folders."""
        if len(self._groups) >= MOST_GROUPS:
            oldest = next((name for name, group in self._groups.items() if group.known), None)
            if oldest:
                del self._groups[oldest]

    def _explain(self, name: _Name, response: bulk.Response) -> Iterator[AccessVerdict]:
        group = self._groups[name]
        code, message = "", ""
        if response.status == name.status:  # another status is another story: its code is not this group's
            code, message = s3http.error(response.body)
        group.known = _cause(name.status, code, message)
        for uri in group.waiting:
            yield AccessVerdict(uri, *group.known)
        group.waiting.clear()


def _readable(uri: str, head: bytes) -> AccessVerdict:
    """Judge a 200: a HEAD of an archived object succeeds, a GET does not (HeadObject, GetObject)."""
    if b"rchive" in head or b"GLACIER" in head or b"ARCHIVE" in head:
        found = _ARCHIVED.search(head)
        if found and _RESTORED not in head:
            tier = (found[1] or found[2]).decode().upper()
            reason = f"200 InvalidObjectState: it is archived ({tier}); restore it, or copy it to STANDARD"
            return AccessVerdict(uri, "denied", 200, reason, "InvalidObjectState")
    return AccessVerdict(uri, "public", 200, "200: anyone can read it")


def _cause(status: int, code: str, message: str) -> tuple[Access, int, str, str]:
    """Return the verdict on a failure group, its status, the sentence and S3's code where known."""
    said = f"{status} {code}".rstrip()
    if status == 400 and (encrypted := _encryption(code, message)):
        return "denied", status, f"{said}: {_SENTENCES[encrypted]}", encrypted
    if status in {401, 403} or code == "AccessDenied":
        return "denied", status, f"{said}: {_SENTENCES.get(code, _REFUSED)}", code
    if status == 404:
        return "missing", status, f"{said}: {_SENTENCES.get(code, _SENTENCES['NoSuchKey'])}", code
    words = message or _phrase(status)
    sentence = f"{said}: {words.rstrip('.')}; this answer does not tell whether it is public"
    return "unknown", status, sentence, code


def _encryption(code: str, message: str) -> str:
    """Return which encryption S3 says needs more than an anonymous request: KMS, SSE-C or ""."""
    if code == "InvalidArgument" and ("KMS" in message or "Signature Version 4" in message):
        return "KMS"
    return "SSE-C" if code == "InvalidRequest" and "form of Server Side Encryption" in message else ""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an answer that HTTP does not know"


def _region(response: bulk.Response) -> str | None:
    region = response.header("x-amz-bucket-region")
    return region if region and _REGION_NAME.fullmatch(region) else None


def _is_utf8(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:  # half a surrogate pair, as JSON can spell it
        return False
    return True


def _without_user(endpoint_url: str) -> str:
    """Drop ``user:password@`` (it would become an Authorization header) and a trailing slash."""
    parts = urlsplit(endpoint_url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl().rstrip("/")
