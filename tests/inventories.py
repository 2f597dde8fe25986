"""S3 Inventories as AWS lays them out, for tests: manifest.json, manifest.checksum and data files."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

import duckdb

BASE = "inv/media/daily"  # prefix/source-bucket/config-ID in the destination bucket
RUN = f"{BASE}/2026-01-31T01-00Z"
MODIFIED = "2026-01-02T03:04:05.000Z"
CREATED = 1769821200000  # 2026-01-31T01:00:00Z
_CSV_SCHEMA = (
    "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass,"
    " IsMultipartUploaded"
)
_SQL_SCHEMA = (
    "bucket VARCHAR, key VARCHAR, version_id VARCHAR, is_latest BOOLEAN, is_delete_marker BOOLEAN,"
    " size BIGINT, last_modified_date TIMESTAMPTZ, e_tag VARCHAR, storage_class VARCHAR,"
    " is_multipart_uploaded BOOLEAN"
)


class Row(NamedTuple):
    """One row, a version of an object."""

    key: str
    bucket: str = "media"
    version_id: str = "v1"
    is_latest: bool = True
    is_delete_marker: bool = False
    size: int | None = 4
    modified: str = MODIFIED
    etag: str = "8cbad96aced40b3838dd9f07f6ef5772"


def encoded(key: str) -> str:
    """Return the key as AWS writes it in CSV: form-encoded, slashes as they are."""
    return quote_plus(key, safe="/")


def percent_encoded(key: str) -> str:
    """Return the key as strict encoders write it: a space is %20."""
    return quote(key, safe="/")


def write(
    folder: Path,
    parts: Sequence[Sequence[Row]],
    form: str = "CSV",
    *,
    encode: Callable[[str], str] = encoded,
    schema: str = _CSV_SCHEMA,
    checksum: bool = True,
) -> Path:
    """Write an inventory with a data file for each of ``parts`` below ``folder``, in the destination
    bucket's layout; return its manifest.json."""
    data, run = folder / BASE / "data", folder / RUN
    data.mkdir(parents=True)
    run.mkdir(parents=True)
    files = []
    for number, rows in enumerate(parts):
        name = f"part-{number}.{'csv.gz' if form == 'CSV' else form.lower()}"
        path = data / name
        _WRITERS[form](path, rows, encode, schema)
        md5 = hashlib.md5(path.read_bytes()).hexdigest()
        files.append({"key": f"{BASE}/data/{name}", "size": path.stat().st_size, "MD5checksum": md5})
    manifest = {
        "sourceBucket": "media",
        "destinationBucket": "arn:aws:s3:::inventories",
        "version": "2016-11-30",
        "creationTimestamp": str(CREATED),
        "fileFormat": form,
        "fileSchema": schema if form == "CSV" else "message s3.inventory { ... }",
        "files": files,
    }
    save(run / "manifest.json", manifest, checksum=checksum)
    return run / "manifest.json"


def write_many(folder: Path, keys: int) -> None:
    """Write a Parquet inventory of ``keys`` objects, flat: manifest.json with its data file beside it."""
    folder.mkdir()
    path = folder / "many.parquet"
    with duckdb.connect() as con:
        rows = f"SELECT 'media' AS bucket, printf('shows/%08d.mp4', i) AS key FROM range({keys}) t(i)"
        con.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    file = {"key": f"inv/data/{path.name}", "size": path.stat().st_size, "MD5checksum": md5}
    told = {"fileFormat": "Parquet", "fileSchema": "", "creationTimestamp": str(CREATED), "files": [file]}
    save(folder / "manifest.json", {"sourceBucket": "media", **told})


def save(path: Path, manifest: dict[str, Any], *, checksum: bool = True) -> None:
    """Write a manifest.json, and its manifest.checksum."""
    path.write_text(json.dumps(manifest, indent=4))
    if checksum:
        path.with_name("manifest.checksum").write_text(hashlib.md5(path.read_bytes()).hexdigest())


def _csv(path: Path, rows: Sequence[Row], encode: Callable[[str], str], schema: str) -> None:
    out = io.StringIO()
    names = schema.split(", ")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in rows:
        told = {
            "Bucket": row.bucket,
            "Key": encode(row.key),
            "VersionId": row.version_id,
            "IsLatest": str(row.is_latest).lower(),
            "IsDeleteMarker": str(row.is_delete_marker).lower(),
            "Size": "" if row.size is None else row.size,
            "LastModifiedDate": row.modified,
            "ETag": row.etag,
            "StorageClass": "STANDARD",
            "IsMultipartUploaded": "false",
        }
        writer.writerow([told[name] for name in names])
    path.write_bytes(gzip.compress(out.getvalue().encode()))


def _table(con: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> None:
    con.execute(f"CREATE TABLE rows ({_SQL_SCHEMA})")
    for row in rows:
        modified = datetime.fromisoformat(row.modified)
        con.execute(
            "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'STANDARD', false)",
            [row.bucket, *row[:1], *row[2:6], modified, row.etag],
        )


def _parquet(path: Path, rows: Sequence[Row], *_: Any) -> None:
    with duckdb.connect() as con:
        _table(con, rows)
        con.execute(f"COPY rows TO '{path}' (FORMAT parquet)")


def _orc(path: Path, rows: Sequence[Row], *_: Any) -> None:
    import pyarrow as arrow
    from pyarrow import orc

    columns: dict[str, Any] = {
        "bucket": [row.bucket for row in rows],
        "key": [row.key for row in rows],
        "version_id": [row.version_id for row in rows],
        "is_latest": [row.is_latest for row in rows],
        "is_delete_marker": [row.is_delete_marker for row in rows],
        "size": arrow.array([row.size for row in rows], arrow.int64()),
        "last_modified_date": arrow.array(
            [datetime.fromisoformat(row.modified).replace(tzinfo=None) for row in rows], arrow.timestamp("ns")
        ),
        "e_tag": [row.etag for row in rows],
        "storage_class": ["STANDARD"] * len(rows),
    }
    orc.write_table(arrow.table(columns), str(path))


_WRITERS: dict[str, Callable[[Path, Sequence[Row], Callable[[str], str], str], None]] = {
    "CSV": _csv,
    "Parquet": _parquet,
    "ORC": _orc,
}
