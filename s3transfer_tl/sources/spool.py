"""Objects as JSON lines: the listing on disk that matching reads, and that ``list`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring as quoted
from typing import Any, BinaryIO, Literal, NamedTuple

from s3transfer_tl.model import S3Object
from s3transfer_tl.sources.decode import Objects

COLUMNS = "uri, size, etag, last_modified, index_id, language"  # what is read of a packed listing


class Stage(NamedTuple):
    """What a source that takes long is at: ``done`` of ``total`` in ``unit``; ``total`` 0: not known."""

    what: str  # "fetching" or "reading"
    done: int
    total: int
    unit: Literal["bytes", "%"]


class ListingCount(NamedTuple):
    """How much was listed."""

    keys: int
    pages: int


def write(pages: Iterable[Sequence[S3Object]], fp: BinaryIO) -> ListingCount:
    """Write the objects of ``pages`` to ``fp``, a line each, as they come; return how many.

    A line is ``{"uri", "size", "etag", "last_modified", "storage_class"}`` with null for what the
    source does not tell, and ``index_id`` and ``language`` where it tells them.
    """
    keys = count = 0
    for count, page in enumerate(pages, 1):  # noqa: B007 - the number of the last page is the count
        write_page(page, fp)
        keys += len(page)
    return ListingCount(keys, count)


def write_page(page: Sequence[S3Object], fp: BinaryIO) -> None:
    """Write the objects of one page to ``fp``, a line each, as ``write`` does."""
    lines = _listed(page) if isinstance(page, Objects) else None
    fp.write("".join(map(_line, page) if lines is None else lines).encode())


def _listed(page: Objects) -> list[str] | None:
    """Return the lines of a page that S3 sent in a fifth of the time of ``_line``; None where a value
    is left out."""
    if None in page.columns.size:
        return None
    try:
        key, etag, modified, storage_class = map(_escaped, page.columns[:1] + page.columns[2:])
    except TypeError:
        return None
    return [
        f'{{"uri": "s3://{page.bucket}/{a}", "size": {b}, "etag": "{c}", "last_modified": "{d}"'
        f', "storage_class": "{e}"}}\n'
        for a, b, c, d, e in zip(key, page.columns.size, etag, modified, storage_class, strict=True)
    ]


def _escaped(texts: Any) -> Iterable[str]:
    """Return ``texts`` as they stand between quotes; most need nothing. Raises ``TypeError`` for None."""
    joined = "".join(texts)
    return texts if len(quoted(joined)) == len(joined) + 2 else [quoted(text)[1:-1] for text in texts]


def _line(found: S3Object) -> str:
    bucket, key, size, etag, modified, storage_class, index_id, language = found
    told = ""
    if index_id is not None:
        told = f', "index_id": {quoted(index_id)}'
    if language is not None:
        told += f', "language": {quoted(language)}'
    return (
        f'{{"uri": "s3://{bucket}/{quoted(key)[1:]}, "size": {"null" if size is None else size}'
        f', "etag": {"null" if etag is None else quoted(etag)}'
        f', "last_modified": {"null" if modified is None else quoted(modified)}'
        f', "storage_class": {"null" if storage_class is None else quoted(storage_class)}{told}}}\n'
    )
