"""The manifest.json of an S3 Inventory: which data files, in what format, of what time.

Source: the S3 user guide, "Locating your inventory list" (manifest version 2016-11-30).
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from s3transfer_tl.errors import ConfigError

_FORMATS = ("CSV", "Parquet", "ORC")
_AGAIN = "take the whole inventory again: manifest.json, manifest.checksum and the files under data/"


class DataFile(NamedTuple):
    """One data file: its key in the destination bucket, its size in bytes, its MD5 in hex."""

    key: str
    size: int
    md5: str

    @property
    def name(self) -> str:
        """Return the last part of the key."""
        return self.key.rpartition("/")[2]

    def flaw(self, path: Path) -> str | None:
        """Return what is wrong with the copy at ``path``, None where it is this file to the last byte."""
        size = path.stat().st_size
        if size != self.size:
            return f"{size} bytes, the inventory says {self.size}"
        with path.open("rb") as fp:
            digest = hashlib.file_digest(fp, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        return None if digest == self.md5 else f"its MD5 is {digest}, the inventory says {self.md5}"


class InventoryManifest(NamedTuple):
    """A manifest.json. ``columns`` are those of a CSV, empty for formats that carry their own;
    ``snapshot`` is when the inventory was taken, ISO 8601 in UTC."""

    name: str
    form: str
    columns: tuple[str, ...]
    files: tuple[DataFile, ...]
    snapshot: str


def parse(data: bytes, name: str, checksum: bytes | None) -> InventoryManifest:
    """Return the manifest in ``data``; ``checksum`` is what manifest.checksum says, where there is one.

    Raises ``ConfigError`` where the two do not belong together, or where it is no such manifest.
    """
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if checksum is not None and (said := checksum.decode("ascii", "replace").strip().lower()) != digest:
        raise ConfigError(
            f"{name} is damaged: its MD5 is {digest}, manifest.checksum says {said[:40]}", _AGAIN
        )
    try:
        told = json.loads(data)
        return _manifest(told, name)
    except (ValueError, RecursionError, OverflowError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{name} is not a whole manifest of an S3 Inventory: {error!r}", _AGAIN) from error


def _manifest(told: Any, name: str) -> InventoryManifest:
    form = told["fileFormat"]
    if form not in _FORMATS:
        raise ConfigError(
            f"{name} is an inventory in {form!r}, which this version does not read",
            "configure the inventory to write CSV, Parquet or ORC",
        )
    files = tuple(
        DataFile(str(one["key"]), int(one["size"]), str(one["MD5checksum"]).lower()) for one in told["files"]
    )
    columns = tuple(column.strip() for column in told["fileSchema"].split(",")) if form == "CSV" else ()
    taken = datetime.fromtimestamp(int(told["creationTimestamp"]) / 1000, UTC)
    return InventoryManifest(name, form, columns, files, taken.strftime("%Y-%m-%dT%H:%M:%SZ"))
