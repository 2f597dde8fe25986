"""Where objects come from (floor 3): S3 itself, its Inventory, a saved listing, a dashboard export.

``open`` tells them apart by what they hold, not by what they are called.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from s3transfer_tl.errors import ConfigError, UsageError
from s3transfer_tl.model import S3Object, S3Settings
from s3transfer_tl.sources import given, relative, rows, saved
from s3transfer_tl.sources.documents import Document
from s3transfer_tl.sources.export import ExportSource
from s3transfer_tl.sources.given import Given
from s3transfer_tl.sources.listing import ApiSource, LinesSource
from s3transfer_tl.sources.relative import RelativeSource, Root

Role = Literal["videos", "transcriptions", "list"]


class Source(Protocol):
    """Objects, page by page."""

    @property
    def root(self) -> str:
        """What patterns are relative to: ``s3://bucket/prefix``, or '' for ``s3://BUCKET/``."""

    @property
    def mode(self) -> str:
        """How the objects are found: ``stream``, ``prefixes`` or ``ranges`` from S3 itself; ``inventory``,
        ``file`` or ``export``. It may change while ``pages`` runs."""

    def pages(self) -> Iterator[Sequence[S3Object]]:
        """Yield pages of objects, at most 1,000 each. Raises ``S3Error`` and ``ConfigError``."""


def open(  # noqa: A001 - always called as sources.open
    spec: str, *, role: Role, s3: S3Settings, base: Path, stdin: BinaryIO, root: str | None = None
) -> Source:
    """Return the source that ``spec`` names: ``s3://bucket/prefix``, ``-`` or a path relative to
    ``base``. ``role`` is what the objects are for; ``root`` the place that a saved listing or an
    inventory is to be of, for rows that name no bucket. Nothing is asked of S3 yet.

    Raises ``UsageError`` for what no source can be, ``ConfigError`` for a file that cannot be one.
    """
    if not _is_utf8(spec):
        raise UsageError(f"not UTF-8: {spec!a}", "a key in S3 is UTF-8: check the terminal's encoding")
    place = None if root is None else relative.root(root)
    if spec.startswith("s3://"):
        return _listed(spec, s3, place)
    if "://" in spec or spec.startswith("arn:"):
        raise UsageError(f"not a source: {spec}", "write a place in S3 as s3://BUCKET/PREFIX")
    named = given.from_stream(stdin, "<stdin>") if spec == "-" else given.from_path(spec, base)
    source = _recognised(named, place)
    if role == "transcriptions" and isinstance(source, ExportSource):
        raise ConfigError(
            f"{named.name} is a dashboard export: it names videos only",
            "name the transcriptions' own source, such as s3://BUCKET/PREFIX",
        )
    return source


def _is_utf8(spec: str) -> bool:
    """Tell whether an argument was UTF-8: Python smuggles other bytes in as lone surrogates."""
    try:
        spec.encode()
    except UnicodeEncodeError:
        return False
    return True


def _listed(spec: str, s3: S3Settings, root: Root | None) -> Source:
    from s3transfer_tl.sources.refusals import bad_bucket
    from s3transfer_tl.sources.s3 import S3Source

    bucket, _, prefix = spec[5:].partition("/")
    if not rows.BUCKET.fullmatch(bucket):
        raise bad_bucket(bucket)
    if prefix.rpartition("/")[2] == "manifest.json":
        return _inventory_in_s3(bucket, prefix, s3, root)
    if root:
        raise _no_root_for(spec)
    return S3Source(bucket, prefix, s3)


def _recognised(named: Given, root: Root | None) -> Source:
    """Tell the kinds of files apart by their first bytes."""
    _refuse_encodings(named)
    start = named.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        return _array(named, root)
    if start.startswith(b"{"):
        first = _first_line(start)
        if _has(first, start, "sourceBucket") and _has(first, start, "fileSchema"):
            return _inventory_here(named, root)
        if _has(first, start, "Contents"):
            return RelativeSource(named, root, relative.aws_s3api) if root else ApiSource(named)
        if named.path is not None and saved.is_ours(named):
            return saved.SavedSource(named, named.path, root)
    elif named.head and not start.startswith(b"s3://"):
        first_line = named.head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").partition(b"\n")[0]
        return _text(named, root, first_line.decode(errors="replace"))
    return LinesSource(named, root)


def _text(named: Given, root: Root | None, line: str) -> Source:
    """Tell the texts of other tools apart by their first line."""
    if relative.LS.match(line):
        if root is None:
            raise relative.add_root(named.name, "aws s3 ls")
        return RelativeSource(named, root, relative.aws_s3_ls)
    if root and line:
        return RelativeSource(named, root, relative.rclone_lsf)
    return LinesSource(named, root)


def _array(named: Given, root: Root | None) -> Source:
    """An array is an export, or what another tool writes without a bucket."""
    try:
        item = next(Document(io.BytesIO(named.head), named.name).items(), None)
    except ConfigError:  # its first entry is broken or longer than the head: reading it will say which
        return ExportSource(named)
    first = item.value if item else {}
    if isinstance(first, dict):
        for name, tool, read in (
            ("Path", "rclone lsjson", relative.rclone_lsjson),
            ("Key", "aws s3api", relative.aws_s3api),
        ):
            if name in first:
                if root is None:
                    raise relative.add_root(named.name, tool)
                return RelativeSource(named, root, read)
        if root and not item:
            return RelativeSource(named, root, relative.rclone_lsjson)
        if root:
            raise _no_root_for(named.name)
        if "object" in first or not item:
            return ExportSource(named)
    raise ConfigError(
        f"{named.name} is a JSON array, but not a dashboard export",
        "write one s3:// URI a line (jq -r '.[]'), or one JSON object with a \"uri\" a line (jq -c '.[]')",
    )


def _first_line(start: bytes) -> Any:
    try:
        return json.loads(start.partition(b"\n")[0])
    except (ValueError, RecursionError):
        return None


def _has(first: Any, start: bytes, name: str) -> bool:
    """Tell whether the first JSON object has the member ``name``: a whole first line is proof, else
    the document goes on for more lines and its beginning must do."""
    return name in first if isinstance(first, dict) else f'"{name}"'.encode() in start


def _refuse_encodings(named: Given) -> None:
    if named.head.startswith(b"\x1f\x8b"):
        raise ConfigError(
            f"{named.name} is compressed", "give it plain: gunzip -c FILE, and '-' as the source"
        )
    if named.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(
            f"{named.name}:1:1: UTF-16, not UTF-8",
            "save it as UTF-8; in PowerShell: Out-File -Encoding utf8 instead of >",
        )


def _inventory_here(named: Given, root: Root | None) -> Source:
    from s3transfer_tl.sources.inventory import InventorySource
    from s3transfer_tl.sources.inventory_files import LocalFiles

    if named.path is None:
        raise UsageError(
            f"{named.name} is the manifest of an S3 Inventory, whose data files stand beside it",
            "name the file itself: s3://BUCKET/.../manifest.json, or its path here",
        )
    return InventorySource(LocalFiles(named.path, named.name), root.uri if root else "")


def _inventory_in_s3(bucket: str, key: str, s3: S3Settings, root: Root | None) -> Source:
    import platformdirs

    from s3transfer_tl.sources.inventory import InventorySource
    from s3transfer_tl.sources.inventory_files import S3Files

    cache = Path(platformdirs.user_cache_dir("s3transfer-tl", appauthor=False)) / "inventory"
    return InventorySource(S3Files(bucket, key, s3, cache), root.uri if root else "")


def _no_root_for(name: str) -> UsageError:
    return UsageError(
        f"{name} says itself where its objects are, so it takes no root",
        "leave `root` out: it is for listings by other tools, and for inventories",
    )
