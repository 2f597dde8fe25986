"""TL201-TL207: the form of an S3 URI. Keys are bytes: odd ones are told, never changed."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from s3transfer_tl.lint.rules import URIS, Complaint, Mend, Remedy, Rule, Subject
from s3transfer_tl.model import Severity

KEY_LIMIT = 1024  # bytes of UTF-8 (S3 user guide, "Creating object key names")

_URI = re.compile(r"s3://([^/]*)(?:/(.*))?", re.DOTALL)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_QUERY = re.compile(
    r"\?(?:[A-Za-z0-9_.-]+=|(?:versionId|acl|torrent)$).*|(?<=\.)(\w{2,4})[?#].*", re.DOTALL | re.IGNORECASE
)
_SECRETS = re.compile(r"X-Amz-(?:Signature|Credential|Security-Token)=|AWSAccessKeyId=|[?&]Signature=", re.I)
_VIRTUAL_HOST = re.compile(r"(.+)\.s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?")
_PATH_HOST = re.compile(r"s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?")
_OTHER_SCHEME = re.compile(r"(?:s3[an]?|S3[AN]?):/{1,3}([a-z0-9][a-z0-9.-]{2,62}/.+)", re.DOTALL)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_PLUS_FOR_SPACE = re.compile(r"(?<=[^\W_])\+(?=[^\W_])")


class S3Uri(NamedTuple):
    """An ``s3://`` URI taken apart; ``key`` is None where not even a slash follows the bucket."""

    bucket: str
    key: str | None


@functools.lru_cache(8)  # each rule asks for the same two
def parse(text: str) -> S3Uri | None:
    """Return the parts of ``text``, or None where it does not begin with ``s3://``."""
    found = _URI.fullmatch(text)
    return S3Uri(found[1], found[2]) if found else None


def without_query(key: str) -> str:
    """Return ``key`` without what looks like a query or a fragment."""
    if "?" not in key and "#" not in key:
        return key
    return _QUERY.sub(lambda found: found[1] or "", key)


def as_s3(text: str) -> str | None:
    """Return the ``s3://`` URI that another spelling of an S3 object means, or None."""
    other = _OTHER_SCHEME.fullmatch(text)
    if other:
        return f"s3://{other[1]}"
    if text.startswith("arn:aws:s3:::") and "/" in text:
        return f"s3://{text.removeprefix('arn:aws:s3:::')}"
    try:
        url = urlsplit(text)
        host, path = url.hostname or "", unquote(url.path.lstrip("/"))
    except ValueError:
        return None
    if url.scheme.lower() not in ("http", "https") or not path:
        return None
    virtual = _VIRTUAL_HOST.fullmatch(host)
    if virtual:
        return f"s3://{virtual[1]}/{path}"
    return f"s3://{path}" if _PATH_HOST.fullmatch(host) and "/" in path else None


@functools.lru_cache(64)
def bucket_fault(bucket: str) -> str:
    """Say which of S3's naming rules ``bucket`` breaks, "" where none."""
    if not bucket:
        return "is missing"
    if not 3 <= len(bucket) <= 63:
        return f"has {len(bucket):,} characters; S3 allows 3 to 63"
    if bucket != bucket.lower():
        return "has upper-case letters"
    if _IP.fullmatch(bucket):
        return "looks like an IP address"
    if ".." in bucket:
        return "has two dots in a row"
    if not _BUCKET.fullmatch(bucket):
        odd = next((char for char in bucket if not re.match(r"[a-z0-9.-]", char)), None)
        return f"has the character {odd!r}" if odd else "must begin and end with a letter or a digit"
    return ""


@functools.lru_cache(64)
def bucket_oddity(bucket: str) -> str:
    """Say what is unwise about a legal bucket name, "" where nothing is."""
    for mark in RESERVED_STARTS:
        if bucket.startswith(mark):
            return f"begins with {mark}, which AWS reserves"
    for mark in RESERVED_ENDS:
        if bucket.endswith(mark):
            return f"ends with {mark}, which AWS reserves"
    return "has dots, which TLS certificates of virtual-hosted buckets do not cover" if "." in bucket else ""


def invisible(text: str) -> str | None:
    """Return the first character of ``text`` that does not show, None where there is none."""
    if text.isprintable():
        return None
    return next((char for char in text if unicodedata.category(char) in ("Cc", "Cf")), None)


def key_oddities(key: str) -> list[str]:
    """Say what is odd about ``key``: each could be meant, and seldom is."""
    said = []
    if key != key.strip():
        said.append("white space at its edge")
    if hidden := invisible(key):
        said.append(f"the invisible character U+{ord(hidden):04X}")
    if key.startswith("/") or "//" in key:
        said.append("an empty folder name (//)")
    if not {".", ".."}.isdisjoint(key.split("/")):
        said.append("a relative folder (./ or ../), which S3 takes literally")
    if "\\" in key:
        said.append("a backslash")
    if _PERCENT.search(key):
        said.append("percent-encoding")
    if _PLUS_FOR_SPACE.search(key) and " " not in key:
        said.append("a + that may stand for a space")
    if not key.isascii() and not unicodedata.is_normalized("NFC", key):
        said.append("decomposed accents (not NFC), another key than the composed one")
    return said


def _scheme(subject: Subject) -> Iterator[Complaint]:
    for name, value in subject.texts(URIS):
        if value.startswith("s3://"):
            continue
        bare = value.lstrip()  # only: the end is the key's
        meant = bare if bare.startswith("s3://") else as_s3(bare)
        mend = Mend(f"write {meant}", {name: meant}) if meant else None
        scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/?/?", value)
        what = f"begins with {scheme[0][:20]}, not" if scheme else "does not begin"
        said = f"{name} {what} with s3://"
        yield Complaint(said, name, hint=mend.title if mend else "", mend=mend)


def _query(subject: Subject) -> Iterator[Complaint]:
    for name, value in subject.texts(URIS):
        bucket, key = parse(value) or S3Uri("", "")
        if "@" in bucket:
            message = f"{name} has something before an @ in the place of the bucket"
            yield Complaint(
                message, name, hint="take it out; if it is a secret, replace it", severity=Severity.ERROR
            )
        elif _SECRETS.search(key or ""):
            message = f"{name} carries the signature of a presigned URL"
            yield Complaint(message, name, hint="write the bare s3:// URI", severity=Severity.ERROR)
        elif key and without_query(key) != key:
            yield Complaint(f"{name} seems to carry a query or a fragment", name)


def _bare(subject: Subject) -> Iterator[Complaint]:
    for name, value in subject.texts(URIS):
        bucket, key = parse(value) or S3Uri("", "")
        if bucket and not key:
            yield Complaint(f"{name} names a bucket, not an object in it", name)
        elif bucket and key and key.endswith("/"):
            yield Complaint(f"{name} ends with a slash: a prefix, not an object", name)


def _bucket(subject: Subject) -> Iterator[Complaint]:
    for name, bucket in _buckets(subject):
        if "@" not in bucket and (fault := bucket_fault(bucket)):
            yield Complaint(f"the bucket of {name} {fault}", name)


def _reserved(subject: Subject) -> Iterator[Complaint]:
    for name, bucket in _buckets(subject):
        if not bucket_fault(bucket) and (oddity := bucket_oddity(bucket)):
            yield Complaint(f"the bucket of {name} {oddity}", name)


def _buckets(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the fields whose bucket is worth a complaint: one that both name is one cause."""
    seen = set()
    for name, value in subject.texts(URIS):
        uri = parse(value)
        if uri and uri.bucket not in seen:
            seen.add(uri.bucket)
            yield name, uri.bucket


def _key_length(subject: Subject) -> Iterator[Complaint]:
    for name, value in subject.texts(URIS):
        uri = parse(value)
        size = len((uri.key or "").encode()) if uri else 0
        if size > KEY_LIMIT:
            yield Complaint(f"the key of {name} has {size:,} bytes; S3 allows {KEY_LIMIT:,}", name)


def _odd_key(subject: Subject) -> Iterator[Complaint]:
    for name, value in subject.texts(URIS):
        uri = parse(value)
        said = key_oddities(without_query(uri.key)) if uri and uri.key else []
        if said:
            yield Complaint(f"the key of {name} has {', '.join(said)}", name)


RULES = (
    Rule(
        code="TL201",
        name="uri-scheme",
        severity=Severity.ERROR,
        hint="upload the file to S3 and write s3://bucket/key",
        finds="An object or transcription that does not begin with s3://: a web address, a local path, S3://.",
        hurts="A transfer reads from S3 only.",
        example='"object": "https://media.s3.amazonaws.com/a.mp4"',
        better='"object": "s3://media/a.mp4"',
        judge=_scheme,
        fix=Remedy("unsafe", "Writes the s3:// form of an S3 web address, an ARN or a misspelt scheme."),
    ),
    Rule(
        code="TL203",
        name="bare-prefix",
        severity=Severity.ERROR,
        hint="name the file itself",
        finds="A URI that stops at the bucket or at a folder.",
        hurts="There is no object of that name; each entry names exactly one file.",
        example='"transcription": "s3://media/"',
        better='"transcription": "s3://media/a.srt"',
        judge=_bare,
    ),
    Rule(
        code="TL202",
        name="uri-query-or-fragment",
        severity=Severity.WARNING,
        hint="write the bare key; if the key really holds this, ignore the warning",
        finds="A query or a fragment behind the key. Signatures and secrets are errors.",
        hurts="In an s3:// URI all of it is the key: no object has that name. A signature lets others in.",
        example='"object": "s3://media/a.mp4?versionId=3"',
        better='"object": "s3://media/a.mp4"',
        judge=_query,
        settles=False,
    ),
    Rule(
        code="TL204",
        name="bucket-name",
        severity=Severity.ERROR,
        hint="copy the bucket's name from the S3 console",
        finds="A bucket name that S3 does not allow (3 to 63 of a-z, 0-9, dot and hyphen).",
        hurts="There is no such bucket.",
        example='"object": "s3://My_Media/a.mp4"',
        better='"object": "s3://my-media/a.mp4"',
        judge=_bucket,
        settles=False,
    ),
    Rule(
        code="TL205",
        name="bucket-reserved",
        severity=Severity.WARNING,
        hint="check that this is a bucket's own name",
        finds="A bucket name with dots, or with a prefix or suffix that AWS reserves.",
        hurts="Reserved names are access points and the like; dotted ones fail where TLS is checked by host.",
        example='"object": "s3://media.example.com/a.mp4"',
        better='"object": "s3://media-example-com/a.mp4"',
        judge=_reserved,
        settles=False,
    ),
    Rule(
        code="TL206",
        name="key-length",
        severity=Severity.ERROR,
        hint="look for two keys pasted together",
        finds="A key of more than 1,024 bytes of UTF-8.",
        hurts="S3 cannot hold such a key.",
        example='"object": "s3://media/aaaa(1,100 times).mp4"',
        better='"object": "s3://media/a.mp4"',
        judge=_key_length,
    ),
    Rule(
        code="TL207",
        name="key-odd-characters",
        severity=Severity.WARNING,
        hint="compare with the listing; s3transfer-tl list shows keys as they are",
        finds="A key with //, ./, ../, %20, + for a space, a backslash, white space at an edge, NFD accents.",
        hurts="S3 takes every byte literally. Such a key is most often copied from a URL or a path.",
        example='"object": "s3://media/my%20film.mp4"',
        better='"object": "s3://media/my film.mp4"',
        judge=_odd_key,
        settles=False,
    ),
)
