"""Listings by other tools whose rows name no bucket; ``root`` says which place was listed.

What each tool makes of a key was measured on real servers (awscli 1.x, rclone 1.7x):

- ``aws s3 ls --recursive`` writes whole keys, without ``--recursive`` names; leading and trailing
  spaces survive, a newline in a key breaks its row in two.
- ``aws s3api`` writes whole keys, and leaves the bucket's name out where it pages.
- ``rclone`` writes paths below what was listed, with control characters as their symbols and a
  quote mark before what looks like one; ``.`` and ``..`` between slashes come out as full-width dots,
  which keys may hold themselves.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from s3transfer_tl.errors import ConfigError, UsageError
from s3transfer_tl.model import S3Object
from s3transfer_tl.sources import rows
from s3transfer_tl.sources.documents import Document
from s3transfer_tl.sources.given import Given
from s3transfer_tl.sources.rows import BadRowError

ADD_ROOT = "add `root: s3://BUCKET/PREFIX/` beside `source:`, or `--root s3://BUCKET/PREFIX/` to `list`"
# The size stands right-aligned in ten columns: with --human-readable it does not.
_LS_ROW = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?=[ \d]{10})( *\d+) (.+)", re.DOTALL)
LS = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\d+|  +PRE .")
_LS_TOTAL = re.compile(r"Total Objects: (\d+)\n?|   Total Size: [\d.]+.*\n?")
_WRITTEN = re.compile("\u201b(.)|([\u2400-\u241f\u2421])", re.DOTALL)
_DOTS = re.compile("(?:^|/)[\uff0e]{1,2}(?:/|$)")


class Root(NamedTuple):
    """The place that was listed; ``prefix`` is '' or ends in '/'."""

    bucket: str
    prefix: str

    @property
    def uri(self) -> str:
        """Return ``s3://bucket/prefix/``."""
        return f"s3://{self.bucket}/{self.prefix}"

    def whole(self, key: str) -> str:
        """Return a key that was written whole. Raises ``BadRowError`` where it lies elsewhere."""
        if not key.startswith(self.prefix):
            raise BadRowError(f"the key {key[:80]!r} is not below the root {self.uri}")
        return key


def root(text: str) -> Root:
    """Return the root that ``text`` names. Raises ``UsageError`` where it names none."""
    bucket, _, prefix = text.removeprefix("s3://").partition("/")
    if not text.startswith("s3://") or not rows.BUCKET.fullmatch(bucket):
        raise UsageError(f"not a root: {text}", "write the place that was listed: s3://BUCKET/PREFIX/")
    return Root(bucket, f"{prefix}/" if prefix and not prefix.endswith("/") else prefix)


def add_root(name: str, tool: str) -> ConfigError:
    """Return the complaint about a listing by ``tool`` of which nobody said what place it lists."""
    return ConfigError(
        f"{name} is a listing by `{tool}`, which names no bucket",
        f"say which place was listed: {ADD_ROOT}",
    )


class RelativeSource:
    """The objects of such a listing, in its order. ``read`` is one of the readers below."""

    mode = "file"

    def __init__(self, given: Given, root: Root, read: Callable[[Given, Root], Iterator[S3Object]]) -> None:
        self.root = root.uri
        self._rows = functools.partial(read, given, root)

    def pages(self) -> Iterator[list[S3Object]]:
        """Yield pages of objects. Raises ``ConfigError`` with file:line at the first row that is none."""
        yield from rows.paged(self._rows())


def aws_s3_ls(given: Given, root: Root) -> Iterator[S3Object]:
    """Yield the objects of ``aws s3 ls``. Its times are in some time zone that it does not tell, so
    they are left out; the total of ``--summarize`` must be the number of rows."""
    count = 0
    with given.opened() as fp:
        for number, text in _lines(fp, given.name):
            if total := _LS_TOTAL.fullmatch(text):
                if total[1] and int(total[1]) != count:
                    raise _broken(
                        given.name, number, f"the total is {total[1]}, the rows above are {count}", _LS_HINT
                    )
                continue
            if not text.strip("\r\n"):
                continue
            row = _LS_ROW.fullmatch(text.removesuffix("\n"))
            if row is None:
                raise _broken(given.name, number, *_ls_flaw(text))
            count += 1
            try:
                key = root.whole(row[2]) if "/" in row[2] else root.prefix + row[2]
            except BadRowError as error:
                raise _broken(given.name, number, str(error), _ROOT_HINT) from error
            yield S3Object(root.bucket, key, int(row[1]))


def _ls_flaw(text: str) -> tuple[str, str]:
    if text.lstrip().startswith("PRE "):
        return "a folder, not an object", "list what is in it too: aws s3 ls --recursive"
    if LS.match(text):
        return "a row of `aws s3 ls --human-readable`, which rounds sizes", "leave --human-readable out"
    return "not a row of `aws s3 ls`; a key with a newline breaks its row in two", _LS_HINT


def rclone_lsf(given: Given, root: Root) -> Iterator[S3Object]:
    """Yield the files of ``rclone lsf -R``, one path a line; a path that ends in '/' is a folder."""
    folders = _Folders(given.name)
    with given.opened() as fp:
        for number, text in _lines(fp, given.name):
            path = text.removesuffix("\n")
            if not path or folders.holds(path, is_folder=path.endswith("/")):
                continue
            try:
                yield S3Object(root.bucket, root.prefix + _key(path))
            except BadRowError as error:
                raise _broken(given.name, number, str(error), _RCLONE_HINT) from error
    folders.check()


def rclone_lsjson(given: Given, root: Root) -> Iterator[S3Object]:
    """Yield the files of ``rclone lsjson -R``."""
    folders = _Folders(given.name)
    with given.opened() as fp:
        for item in Document(fp, given.name).items():
            try:
                told = item.value
                if not isinstance(told, dict) or not isinstance(told.get("Path"), str):
                    raise BadRowError('no "Path" in this row')
                if not folders.holds(told["Path"], is_folder=told.get("IsDir") is True):
                    yield _rclone_row(told, root)
            except BadRowError as error:
                raise _broken(given.name, item.line, str(error), _RCLONE_HINT) from error
    folders.check()


def aws_s3api(given: Given, root: Root) -> Iterator[S3Object]:
    """Yield the objects of ``aws s3api list-objects-v2``: its whole answer, or its ``Contents`` alone."""
    with given.opened() as fp:
        for item in Document(fp, given.name).items("Contents"):
            if item.name not in ("", "Contents") or item.value is None:
                if (item.name, item.value) == ("IsTruncated", True):
                    raise _broken(
                        given.name, item.line, "one page of a longer listing (IsTruncated)", _PAGE_HINT
                    )
                if item.name == "Name" and item.value != root.bucket:
                    raise _broken(given.name, item.line, f"a listing of s3://{item.value}", _ROOT_HINT)
                continue
            try:
                if not isinstance(item.value, dict):
                    raise BadRowError("not an object")
                found = rows.row(root.bucket, item.value.get("Key"), item.value)
                root.whole(found.key)
            except BadRowError as error:
                raise _broken(given.name, item.line, str(error), _ROOT_HINT) from error
            yield found


def _rclone_row(told: Mapping[str, Any], root: Root) -> S3Object:
    row = {
        "size": None if told.get("Size") == -1 else told.get("Size"),
        "last_modified": told.get("ModTime"),
        "storage_class": told.get("Tier"),
    }
    return rows.row(root.bucket, root.prefix + _key(told["Path"]), row)


class _Folders:
    """The folders among rclone's rows. S3 has none that are empty: if all of them are, rclone did
    not look inside, and objects are missing."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen = False
        self._entered = False

    def holds(self, path: str, *, is_folder: bool) -> bool:
        """Note a row; tell whether it is a folder."""
        self._seen |= is_folder
        self._entered |= not is_folder and "/" in path
        return is_folder

    def check(self) -> None:
        """Raise ``ConfigError`` where folders were named and none was entered."""
        if self._seen and not self._entered:
            raise ConfigError(
                f"{self._name} names folders, but nothing in them", "list them too: rclone with -R"
            )


def _key(path: str) -> str:
    """Return the key that rclone writes as ``path``. Raises ``BadRowError`` where it may be two keys."""
    if "\uff0e" in path and _DOTS.search(path):
        raise BadRowError(f"the path {path[:80]!r} holds full-width dots, which rclone also writes for '.'")
    if "\u201b" not in path and path.isascii():
        return path
    return _WRITTEN.sub(lambda match: match[1] or _control(match[2]), path)


def _control(symbol: str) -> str:
    return "\x7f" if symbol == "\u2421" else chr(ord(symbol) - 0x2400)


def _lines(fp: BinaryIO, name: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(fp, 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise _broken(name, number, "not UTF-8", "save the listing again, as UTF-8") from error
        if text.endswith("\r\n"):
            raise _broken(name, number, "this line ends in a carriage return and a newline", _CRLF_HINT)
        yield number, text


def _broken(name: str, line: int, what: str, hint: str) -> ConfigError:
    return ConfigError(f"{name}:{line}:1: {what}", hint)


_LS_HINT = "save the listing with a tool that quotes keys: s3transfer-tl list, or s5cmd --json ls"
_ROOT_HINT = "let `root` name the place that was listed, or one above it"
_RCLONE_HINT = (
    "save the listing with a tool that writes keys as they are: s3transfer-tl list, or s5cmd --json ls"
)
_PAGE_HINT = "write it without --no-paginate and --max-items"
_CRLF_HINT = (
    "a key may end in a carriage return, so none is cut off: save the listing with plain newlines"
    " (tr -d '\\r' where no key holds one)"
)
