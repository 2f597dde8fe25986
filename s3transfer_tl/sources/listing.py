"""Objects named in a file that this tool or another wrote: lines, or one JSON document."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, BinaryIO

from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import S3Object
from s3transfer_tl.sources import relative, rows
from s3transfer_tl.sources.documents import Document
from s3transfer_tl.sources.given import Given
from s3transfer_tl.sources.relative import Root
from s3transfer_tl.sources.rows import BadRowError

_LINE_HINT = (
    'a listing has one s3://BUCKET/KEY a line, or JSON lines with a "uri"; where only the start is missing,'
    f" {relative.ADD_ROOT}"
)


class LinesSource:
    """One object a line: an ``s3://`` URI, or a JSON object as ``list`` or ``s5cmd --json ls`` write it.

    Everything between ``s3://BUCKET/`` and the line's end is the key. A file whose first line ends
    in ``\\r\\n`` has lines that end so, all of them; in any other a ``\\r`` belongs to the key.
    ``root`` is the place that was listed: every object lies below it.
    """

    mode = "file"

    def __init__(self, given: Given, root: Root | None = None) -> None:
        self.root = root.uri if root else ""
        self._given = given
        self._root = root
        first, newline, _ = given.head.partition(b"\n")
        self._crlf = bool(newline) and first.endswith(b"\r")

    def pages(self) -> Iterator[list[S3Object]]:
        """Yield pages of objects in the file's order.

        Raises ``ConfigError`` with file:line:column at the first line that is neither kind.
        """
        with self._given.opened() as fp:
            yield from rows.paged(self._objects(fp))

    def _objects(self, fp: BinaryIO) -> Iterator[S3Object]:
        for number, line in enumerate(fp, 1):
            try:
                if found := self._object(line, number):
                    yield found
            except BadRowError as error:
                raise self._complaint(error, line, number) from error

    def _object(self, line: bytes, number: int) -> S3Object | None:
        """Return the object that ``line`` names, None for a blank line. Raises ``BadRowError``."""
        text = self._text(line, number)
        if text.startswith("s3://"):
            return self._below(S3Object(*rows.split(text)))
        if text.lstrip().startswith("{"):
            return self._below(_described(text, self._root))
        if not text.strip():
            return None
        raise BadRowError("neither an s3:// URI nor a JSON object")

    def _below(self, found: S3Object) -> S3Object:
        if self._root and (found.bucket != self._root.bucket or not found.key.startswith(self._root.prefix)):
            raise BadRowError(f"not below the root {self._root.uri}")
        return found

    def _text(self, line: bytes, number: int) -> str:
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            before = line[: error.start].decode()
            raise BadRowError("not UTF-8", len(before) + 1) from error
        if not text.endswith("\n"):
            return text
        if not self._crlf:
            return text[:-1]
        if not text.endswith("\r\n"):
            raise BadRowError("this line ends in a newline, the first in a carriage return and a newline")
        return text[:-2]

    def _complaint(self, error: BadRowError, line: bytes, number: int) -> ConfigError:
        if '"Key"' in str(error):
            return relative.add_root(f"{self._given.name}:{number}:1", "aws s3api")
        if "not below the root" in str(error):
            what, hint = str(error), "let `root` name the place that was listed, or one above it"
        elif "carriage return" in str(error):
            what, hint = (
                str(error),
                "write it with one kind of line end; a key that holds one needs a JSON line",
            )
        else:
            what, hint = str(error), _LINE_HINT
        return ConfigError(f"{self._given.name}:{number}:{error.column}: {what}", hint)


def _described(text: str, root: Root | None) -> S3Object:
    try:
        told = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRowError(f"not a JSON object on one line: {error.msg}", error.colno) from error
    except RecursionError as error:
        raise BadRowError("nested too deeply") from error
    if told.get("type") == "directory":
        raise BadRowError(
            "a folder, not an object: list its objects too, as with s5cmd --json ls 's3://B/P/*'"
        )
    named = next((told[name] for name in ("uri", "key", "object") if name in told), None)
    if named is None and "Key" in told:
        if root is None:
            raise BadRowError('a row with a "Key" names no bucket')
        return rows.row(root.bucket, told["Key"], told)
    if named is None:
        raise BadRowError('no "uri" in this row')
    bucket, key = _split_value(named)
    return rows.row(bucket, key, told)


def _split_value(uri: Any) -> tuple[str, str]:
    """Split a URI out of JSON, where its own columns are not the line's."""
    try:
        return rows.split(uri)
    except BadRowError as error:
        raise BadRowError(str(error)) from error


class ApiSource:
    """One document as ``aws s3api list-objects-v2`` writes it: ``Contents``, and ``Name`` for the bucket."""

    mode = "file"
    root = ""

    def __init__(self, given: Given) -> None:
        self._given = given

    def pages(self) -> Iterator[list[S3Object]]:
        """Yield pages of objects in the document's order; the document is read twice, because the
        bucket's name may stand behind the objects.

        Raises ``ConfigError`` where the document names no bucket, or is one page of a longer listing.
        """
        with ExitStack() as stack:
            fp = stack.enter_context(self._given.opened())
            if not fp.seekable():
                copy = stack.enter_context(tempfile.TemporaryFile())
                shutil.copyfileobj(fp, copy)
                fp = copy
            bucket = self._bucket(fp)
            yield from rows.paged(self._objects(fp, bucket))

    def _bucket(self, fp: BinaryIO) -> str:
        fp.seek(0)
        told = {item.name: item.value for item in Document(fp, self._given.name).items("Contents")}
        bucket = told.get("Name")
        if told.get("IsTruncated") is True:
            raise ConfigError(
                f"{self._given.name} is one page of a longer listing (IsTruncated)",
                "write it without --no-paginate and --max-items",
            )
        if not isinstance(bucket, str) or not rows.BUCKET.fullmatch(bucket):
            raise relative.add_root(self._given.name, "aws s3api")
        return bucket

    def _objects(self, fp: BinaryIO, bucket: str) -> Iterator[S3Object]:
        fp.seek(0)
        for item in Document(fp, self._given.name).items("Contents"):
            if item.name != "Contents" or item.value is None:
                continue
            try:
                if not isinstance(item.value, dict):
                    raise BadRowError("not an object")
                yield rows.row(bucket, item.value.get("Key"), item.value)
            except BadRowError as error:
                place = f"{self._given.name}:{item.line}:{item.column}"
                raise ConfigError(f"{place}: {error}", "this is not what `aws s3api` writes") from error
