"""Read the objects out of a ListObjectsV2 answer: by expressions that prove themselves, else exactly.

botocore spends 76 ms of CPU on a page of 1,000 keys, most of it on dates and on building dicts;
these expressions spend about 1. What they read is proven page by page against the answer's own
counts. A page that they cannot prove is read with an XML parser, in about 10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple, overload
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element

from s3transfer_tl.model import S3Object

_QUOTE = r"(?:&quot;|&#34;|\")?"
_NUMBER = "[1-9][0-9]{0,17}+|0"  # as JSON writes it
_PATTERNS = {
    "Key": r"<Key>([^<]+)</Key>",
    "Size": rf"<Size>({_NUMBER})</Size>",
    "ETag": rf"<ETag>{_QUOTE}([^<&\"]*){_QUOTE}</ETag>",
    "LastModified": r"<LastModified>([^<]*)</LastModified>",
    "StorageClass": r"<StorageClass>([^<]*)</StorageClass>",
}
_COLUMN = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
# As AWS writes them. To jump over 24 and 32 characters is a fifth faster than to look at each, and no
# shorter value leaves room for another such element before the end tag that must stand there.
_AWS_ROW = re.compile(
    "<Contents><Key>([^<]++)</Key><LastModified>(.{24})</LastModified><ETag>&quot;(.{32}[^<&]*+)&quot;</ETag>"
    "(?:<ChecksumAlgorithm>[^<]*+</ChecksumAlgorithm>)*+(?:<ChecksumType>[^<]*+</ChecksumType>)?+"
    f"<Size>({_NUMBER})</Size><StorageClass>([^<]*+)</StorageClass></Contents>"
)
_TAG = re.compile(r"<(/?[A-Za-z]+)>")
_SPACE = " \t\n"
_BETWEEN = re.compile(f"</Contents>[{_SPACE}]*<Contents>")
_REFERENCE = re.compile(r"&(?:#([0-9]+)|#x([0-9A-Fa-f]+)|(\w+));")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Columns(NamedTuple):
    """The objects of a page, a sequence a column; None for a column or a value that is left out.
    Sizes are decimal numbers, as text: most are only written down again."""

    key: Sequence[str]
    size: Sequence[str | None]
    etag: Sequence[str | None] | None
    last_modified: Sequence[str | None] | None
    storage_class: Sequence[str | None] | None

    def part(self, place: slice) -> Columns:
        """Return some of the objects."""
        return Columns(*(None if column is None else column[place] for column in self))  # type: ignore[arg-type]


class Objects(Sequence[S3Object]):
    """The objects of ``bucket`` that ``columns`` hold, none made before it is asked for: who only counts
    or writes them never pays for them."""

    __slots__ = ("bucket", "columns")

    def __init__(self, bucket: str, columns: Columns) -> None:
        self.bucket = bucket
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns.key)

    def __iter__(self) -> Iterator[S3Object]:
        none = repeat(None)
        key, size, *others = self.columns
        sizes = (text if text is None else int(text) for text in size)
        told = (none if column is None else column for column in others)
        rows = zip(repeat(self.bucket), key, sizes, *told, none, none)
        return map(tuple.__new__, repeat(S3Object), rows)  # a third of the time of S3Object(...)

    @overload
    def __getitem__(self, place: int) -> S3Object: ...

    @overload
    def __getitem__(self, place: slice) -> Objects: ...

    def __getitem__(self, place: int | slice) -> S3Object | Objects:
        if isinstance(place, slice):
            return Objects(self.bucket, self.columns.part(place))
        place = range(len(self))[place]
        return next(iter(self[place : place + 1]))


def split(body: bytes) -> tuple[bytes, bytes]:
    """Return the answer without its objects, and the objects. What stands between two objects is
    taken for one; the second is empty where there is none, or where only a parser can tell."""
    start, end = body.find(b"<Contents>"), body.rfind(b"</Contents>")
    if start < 0 or end < start:
        return body, b""
    end += len(b"</Contents>")
    rest = body[:start] + body[end:]
    return (body, b"") if b"<Contents" in rest else (rest, body[start:end])


def proven(inner: bytes, told: int | None, encoded: bool) -> Columns | None:
    """Return the objects in ``inner``, with ``encoded`` keys decoded; None where they do not prove
    themselves: nothing but objects, as many of each column, as many as the answer has ``told``."""
    try:
        text = inner.decode()
        if "\r" in text:  # which XML reads as a newline
            return None
        columns = _in_aws_order(text) or _in_order_of_first(text) or _in_any_order(text)
    except ValueError:
        return None
    if told not in (None, len(columns.key)):
        return None
    if encoded and ("%" in text or "+" in text):
        return columns._replace(key=[unescaped(key) for key in columns.key])
    return columns


def exact(root: Element, encoded: bool) -> Columns:
    """Return the objects of a parsed answer. Raises ``ValueError`` for one without a key."""
    rows = []
    for node in root:
        if local(node) == "Contents":
            told = {local(child): child.text or "" for child in node}
            if not (key := told.get("Key")):
                raise ValueError("an object without a key")
            size, etag = told.get("Size"), told.get("ETag")
            row = (
                unescaped(key) if encoded else key,
                None if size is None else str(int(size)),
                etag and etag.strip('"'),
            )
            rows.append((*row, told.get("LastModified"), told.get("StorageClass")))
    return Columns(*zip(*rows, strict=True)) if rows else Columns((), (), (), (), ())


def last_key(inner: bytes) -> str:
    """Return the last key of ``inner`` as it stands there, without reading the others; '' where
    only a parser could."""
    found = inner.rfind(b"<Key>")
    try:
        text = inner[found + 5 : inner.find(b"</Key>", found)].decode()
        if "<" in text or "\r" in text:
            return ""
        return _REFERENCE.sub(_character, text) if "&" in text else text
    except ValueError:
        return ""


def local(node: Element) -> str:
    """Return an element's name without its namespace."""
    return node.tag.rpartition("}")[2]


def unescaped(key: str) -> str:
    """Undo ``EncodingType=url``."""
    return unquote_plus(key) if "%" in key or "+" in key else key


def _in_aws_order(text: str) -> Columns | None:
    """Return the objects in ``text``; None where anything but rows as AWS writes them is there."""
    found = _split(_AWS_ROW, text)
    if found is None:
        return None
    key, modified, etag, size, storage_class = found
    return Columns(_referred(key), size, etag, modified, storage_class)


def _in_order_of_first(text: str) -> Columns | None:
    """Return the objects in ``text``; None where they do not all have the elements of the first."""
    tags = tuple(_TAG.findall(text, 0, text.find("</Contents>") + len("</Contents>")))
    names = [name for name in tags if name in _COLUMN]
    if len(set(names)) < len(names) or not {"Key", "Size"} <= set(names):
        return None
    columns = _split(_row(tags), text)
    if columns is None:
        return None
    found = dict(zip(names, columns, strict=True))
    others = (found.get(name) for name in ("ETag", "LastModified", "StorageClass"))
    return Columns(_referred(found["Key"]), found["Size"], *others)


@lru_cache(16)
def _row(tags: tuple[str, ...]) -> re.Pattern[str]:
    """Return what an object with these tags looks like, with a group for each of our columns."""
    other = (tag for tag in tags if tag.removeprefix("/") not in _PATTERNS or tag in _PATTERNS)
    text_in = "[^<]*+"
    return re.compile(
        "".join(_PATTERNS.get(tag) or f"<{tag}>{'' if tag[0] == '/' else text_in}" for tag in other)
    )


def _split(row: re.Pattern[str], text: str) -> list[list[str]] | None:
    """Return the columns of the rows in ``text``; None where there is anything else."""
    found = row.split(text)  # what stands between two rows, the row's columns, and so on
    step = row.groups + 1
    return None if "".join(found[::step]).strip(_SPACE) else [found[n::step] for n in range(1, step)]


def _in_any_order(text: str) -> Columns:
    """Return the objects in ``text``; raises ``ValueError`` where they are not proven."""
    count = text.count("<Contents")
    if len(_BETWEEN.findall(text)) != count - 1:
        raise ValueError("something else stands between the objects")
    keys, sizes = _COLUMN["Key"].findall(text), _COLUMN["Size"].findall(text)
    if not len(keys) == len(sizes) == count:
        raise ValueError("not one key and size an object")
    others = (_optional(name, text, count) for name in ("ETag", "LastModified", "StorageClass"))
    return Columns(_referred(keys), sizes, *others)


def _referred(keys: list[str]) -> list[str]:
    """Return ``keys`` with XML's references read."""
    if "&" not in "".join(keys):
        return keys
    return [_REFERENCE.sub(_character, key) if "&" in key else key for key in keys]


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
