"""One described object: what a line or an entry says, as an ``S3Object``, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from s3transfer_tl.model import S3Object

PAGE = 1000  # objects a page, as S3 has it

# today's rule, and what buckets older than it may be called
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
# the fields of our own lines and of s5cmd's; then those of `aws s3api`
_OURS = ("size", "etag", "last_modified", "storage_class", "index_id", "language")
_API = ("Size", "ETag", "LastModified", "StorageClass", "", "")


class BadRowError(ValueError):
    """What is wrong with a row, as a sentence; ``column`` is 1-based where it is known."""

    def __init__(self, what: str, column: int = 1) -> None:
        super().__init__(what)
        self.column = column


def split(uri: Any) -> tuple[str, str]:
    """Return bucket and key of an ``s3://`` URI; the key is all that follows the bucket's slash.

    Raises ``BadRowError``.
    """
    if not isinstance(uri, str) or not uri.startswith("s3://"):
        raise BadRowError(f"not an s3:// URI: {_short(uri)}")
    bucket, _, key = uri[5:].partition("/")
    if not BUCKET.fullmatch(bucket):
        raise BadRowError(f"not a bucket name: {_short(bucket)}", 6)
    if not key:
        raise BadRowError(f"no key after the bucket: {_short(uri)}", len(uri) + 1)
    return bucket, key


def row(bucket: str, key: Any, told: Mapping[str, Any]) -> S3Object:
    """Return the object at ``bucket`` and ``key`` with what else is ``told`` about it: fields named
    as in our own lines, or as in ``aws s3api``. Raises ``BadRowError`` for a value of another type."""
    if not isinstance(key, str) or not key:
        raise BadRowError(f"not a key: {_short(key)}")
    names = _API if "Key" in told else _OURS
    size, *texts = (told.get(name) for name in names)
    if not (size is None or (type(size) is int and size >= 0)):
        raise BadRowError(f"not a size in bytes: {_short(size)}")
    for name, text in zip(names[1:], texts, strict=True):
        if text is not None and not isinstance(text, str):
            raise BadRowError(f"{name} is not a text: {_short(text)}")
    found = S3Object(bucket, key, size, *texts)
    for text in (key, *texts):
        if text and not text.isascii():
            _encodable(text)
    return found if found.etag is None else found._replace(etag=found.etag.strip('"'))


def paged(rows: Iterable[S3Object]) -> Iterator[list[S3Object]]:
    """Yield ``rows`` in pages."""
    stream = iter(rows)
    while page := list(islice(stream, PAGE)):
        yield page


def _encodable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRowError(f"half a character (a lone surrogate) in {_short(text)}") from error


def _short(value: Any) -> str:
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
