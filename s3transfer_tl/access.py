"""Is this object anonymously readable (floor 3)? One anonymous HEAD an object, at the network's pace.

Facts about S3's answers are from the Amazon S3 API reference (HeadObject, GetObject, error
responses) and the guide's pages on virtual hosting and redirects. A HEAD error has no body, so the
``<Code>`` comes from one anonymous ranged GET per bucket and status.
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

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_REGION_NAME = re.compile(r"[a-z0-9-]{1,40}")
_HOST_LABEL = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_CODE = re.compile(rb"<Code>([^<]{1,100})</Code>")
_MESSAGE = re.compile(rb"<Message>([^<]{1,500})</Message>")
_MOVED = frozenset({301, 307, 400})
_REFUSED = "anyone must be able to read it, but S3 refuses an anonymous request (private, or gone)"
_SENTENCES = {
    "AccessDenied": _REFUSED,
    "AllAccessDisabled": "all access to it has been switched off by AWS",
    "InvalidObjectState": "it is archived; restore it, or copy it to STANDARD",
    "KMS": "SSE-KMS encrypts it, so no anonymous request can read it; copy it onto itself with SSE-S3",
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


class _Probe(NamedTuple):
    """The ranged GET that reads why a group failed."""

    group: tuple[str, int]


@dataclass(slots=True)
class _Group:
    """Failures of one bucket with one status: they wait for the code, then share it."""

    waiting: list[str] = field(default_factory=list)
    known: tuple[Access, str] | None = None


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
    verdict. 200 is public; 403 (and 400 for SSE-KMS) denied; 404 missing; no answer, 5xx and what
    cannot be asked at all are unknown. ``region_of(bucket)`` saves a redirect where it knows the
    region. ``aws`` is where regional endpoints live where ``s3.endpoint_url`` is None.
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
        self._groups: dict[tuple[str, int], _Group] = {}

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
            yield AccessVerdict(tag.uri, "public", status, "200: anyone can read it")
        elif not status:
            yield AccessVerdict(tag.uri, "unknown", 0, f"no answer: {response.error}")
        elif status >= 500 or status == 429:
            yield AccessVerdict(
                tag.uri, "unknown", status, f"{status}: S3 did not serve the request; try again"
            )
        elif status in _MOVED and (region := _region(response)) and region != tag.region:
            yield from self._follow(tag, status, region)
        else:
            yield from self._group(tag, response)

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
        name = (place.bucket, response.status)
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = _Group()
            url = response.request.url
            self._engine.add(bulk.Request(url, headers={"Range": "bytes=0-0"}, tag=_Probe(name)))
        if group.known:
            yield AccessVerdict(place.uri, group.known[0], name[1], group.known[1])
        elif len(group.waiting) >= MOST_WAITING:
            access, reason = _cause(response.status, "", "")
            yield AccessVerdict(place.uri, access, name[1], reason)
        else:
            group.waiting.append(place.uri)

    def _explain(self, name: tuple[str, int], response: bulk.Response) -> Iterator[AccessVerdict]:
        group = self._groups[name]
        code, message = "", ""
        if response.status == name[1]:  # another status is another story: the GET's code is not this group's
            code, message = _first(_CODE, response.body), _first(_MESSAGE, response.body)
        group.known = _cause(name[1], code, message)
        for uri in group.waiting:
            yield AccessVerdict(uri, group.known[0], name[1], group.known[1])
        group.waiting.clear()


def _cause(status: int, code: str, message: str) -> tuple[Access, str]:
    """Return the verdict on a failure group, and the sentence: from its status, and S3's code where known."""
    if status == 400 and code == "InvalidArgument" and ("KMS" in message or "Signature Version 4" in message):
        return "denied", f"400 {code}: {_SENTENCES['KMS']}"
    said = f"{status} {code}".rstrip()
    if status in {401, 403} or code == "AccessDenied":
        return "denied", f"{said}: {_SENTENCES.get(code, _REFUSED)}"
    if status == 404:
        return "missing", f"{said}: {_SENTENCES.get(code, _SENTENCES['NoSuchKey'])}"
    words = message or _phrase(status)
    return "unknown", f"{said}: {words.rstrip('.')}; this answer does not tell whether it is public"


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


def _first(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body)
    return found[1].decode("utf-8", "replace") if found else ""


def _without_user(endpoint_url: str) -> str:
    """Drop ``user:password@`` (it would become an Authorization header) and a trailing slash."""
    parts = urlsplit(endpoint_url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl().rstrip("/")
