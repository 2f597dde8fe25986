"""Objects as JSON lines: the listing on disk that matching reads, and that ``list`` prints."""

from __future__ import annotations

from collections.abc import Iterable
from json.encoder import encode_basestring as quoted
from typing import BinaryIO, NamedTuple

from s3transfer_tl.model import S3Object


class ListingCount(NamedTuple):
    """How much was listed."""

    keys: int
    pages: int


def write(pages: Iterable[list[S3Object]], fp: BinaryIO) -> ListingCount:
    """Write the objects of ``pages`` to ``fp``, a line each, as they come; return how many.

    A line is ``{"uri", "size", "etag", "last_modified", "storage_class"}`` with null for what the
    source does not tell, and ``index_id`` and ``language`` where it tells them. About 3 us an object.
    """
    keys = count = 0
    for count, page in enumerate(pages, 1):  # noqa: B007 - the number of the last page is the count
        write_page(page, fp)
        keys += len(page)
    return ListingCount(keys, count)


def write_page(page: list[S3Object], fp: BinaryIO) -> None:
    """Write the objects of one page to ``fp``, a line each, as ``write`` does."""
    fp.write("".join(map(_line, page)).encode())


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
