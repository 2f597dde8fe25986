"""Read the objects out of a ListObjectsV2 answer before botocore does.

botocore spends 76 ms of CPU on a page of 1,000 keys, most of it on dates and on building dicts;
these expressions spend about 1. What they read is proven page by page against the answer's own
counts. A page that they cannot prove is left to botocore, as is everything but the objects: the
tokens, the errors, an error inside a 200.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from s3transfer_tl.model import S3Object

_EVENT = "before-parse.s3.ListObjectsV2"
_COLUMNS = "ObjectColumns"

_QUOTE = r"(?:&quot;|&#34;|\")?"
_PATTERNS = {
    "Key": r"<Key>([^<]+)</Key>",
    "Size": r"<Size>([0-9]+)</Size>",
    "ETag": rf"<ETag>{_QUOTE}([^<&\"]*){_QUOTE}</ETag>",
    "LastModified": r"<LastModified>([^<]*)</LastModified>",
    "StorageClass": r"<StorageClass>([^<]*)</StorageClass>",
}
_COLUMN = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
# The order in which AWS writes them. Other servers have other orders, and answer to _COLUMN.
_AWS_ROW = re.compile(
    "<Contents>{Key}{LastModified}{ETag}"
    "(?:<ChecksumAlgorithm>[^<]*</ChecksumAlgorithm>)*(?:<ChecksumType>[^<]*</ChecksumType>)?"
    "{Size}{StorageClass}</Contents>".format(**_PATTERNS)
)
_KEY_COUNT = re.compile(rb"<KeyCount>([0-9]+)</KeyCount>")
_BETWEEN = re.compile(rb"</Contents>\s*<Contents>")
_REFERENCE = re.compile(r"&(?:#([0-9]+)|#x([0-9A-Fa-f]+)|(\w+));")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Columns(NamedTuple):
    """The objects of a page, a sequence a column, None for a column that the server leaves out."""

    key: Sequence[str]
    size: Sequence[int]
    etag: Sequence[str] | None
    last_modified: Sequence[str] | None
    storage_class: Sequence[str] | None


def attach(client: Any) -> None:
    """Make ``client`` (boto3, S3) hand out listed objects as columns; ``objects`` reads them."""
    from botocore import handlers

    # It parses the whole page to look for an error inside a 200, so it is called below on what is
    # left of the page instead. A later botocore may not have it under this name: then only slower.
    check_200 = getattr(handlers, "_handle_200_error", None)
    if check_200:
        client.meta.events.unregister("before-parse.s3.*", check_200)

    def take_objects(
        operation_model: Any, response_dict: Any, customized_response_dict: Any, **_: Any
    ) -> None:
        if response_dict["status_code"] == 200 and (taken := take(response_dict["body"])):
            response_dict["body"], customized_response_dict[_COLUMNS] = taken
        if check_200:
            check_200(operation_model=operation_model, response_dict=response_dict)

    client.meta.events.register(_EVENT, take_objects)


def objects(bucket: str, answer: Mapping[str, Any]) -> list[S3Object]:
    """Return the objects of a ``list_objects_v2`` answer of a client with or without the hook."""
    columns: Columns | None = answer.get(_COLUMNS)
    if columns is None:
        return list(_plain(bucket, answer))
    told = (repeat(None) if column is None else column for column in columns)
    return list(map(S3Object, repeat(bucket), *told))


def take(body: bytes) -> tuple[bytes, Columns] | None:
    """Return the answer without its objects, and the objects; None where the columns do not prove
    themselves: as many of each as there are objects, and as many as the answer says."""
    start, end = body.find(b"<Contents>"), body.rfind(b"</Contents>")
    if start < 0 or end < start:
        return None
    end += len(b"</Contents>")
    inner, rest = body[start:end], body[:start] + body[end:]
    count = inner.count(b"<Contents>")
    told = _KEY_COUNT.search(rest)
    if len(_BETWEEN.findall(inner)) != count - 1:  # something else stands between the objects
        return None
    # without a delimiter there are no common prefixes, which KeyCount would count as well
    if told and int(told[1]) != count:
        return None
    try:
        columns = _columns(inner.decode(), count)
    except ValueError:
        return None
    if b"<EncodingType>url</EncodingType>" in rest:
        keys = [unquote_plus(key) if "%" in key or "+" in key else key for key in columns.key]
        columns = columns._replace(key=keys)
    return rest, columns


def _columns(text: str, count: int) -> Columns:
    """Return the ``count`` objects in ``text``; raises ``ValueError`` where they are not proven."""
    if "\r" in text:
        raise ValueError("XML reads a bare carriage return as a newline")
    rows = _AWS_ROW.findall(text)
    if len(rows) == count:
        key, modified, etag, size, storage_class = zip(*rows, strict=True)
        columns = Columns(key, list(map(int, size)), etag, modified, storage_class)
    else:
        keys, sizes = _COLUMN["Key"].findall(text), _COLUMN["Size"].findall(text)
        if not len(keys) == len(sizes) == count:
            raise ValueError("not one key and size an object")
        others = (_optional(name, text, count) for name in ("ETag", "LastModified", "StorageClass"))
        columns = Columns(keys, list(map(int, sizes)), *others)
    if "&" in text:
        columns = columns._replace(key=[_REFERENCE.sub(_character, key) for key in columns.key])
    return columns


def _optional(name: str, text: str, count: int) -> list[str] | None:
    found: list[str] = _COLUMN[name].findall(text)
    if len(found) != count and f"<{name}" in text:
        raise ValueError(f"not one {name} an object")
    return found or None


def _character(reference: re.Match[str]) -> str:
    decimal, hexadecimal, name = reference.groups()
    if name:
        if name not in _ENTITIES:
            raise ValueError("no such entity")
        return _ENTITIES[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise ValueError("no such character")
    return chr(number)


def _plain(bucket: str, answer: Mapping[str, Any]) -> Iterator[S3Object]:
    for found in answer.get("Contents", ()):
        modified = found.get("LastModified")
        yield S3Object(
            bucket,
            found["Key"],
            found.get("Size"),
            found["ETag"].strip('"') if "ETag" in found else None,
            modified.isoformat(timespec="milliseconds").replace("+00:00", "Z") if modified else None,
            found.get("StorageClass"),
        )
