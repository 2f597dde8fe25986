"""How long a bucket's S3 Inventory takes to become a manifest, and how much memory.

    python benchmarks/inventory.py [--keys 1000000] [--format CSV|Parquet|ORC] [--cap 2g] [--keep DIR]

Generates an inventory of that many keys (a third are transcriptions; versions and delete markers
besides), builds it with access checks off in a process of its own, and prints seconds per million
keys and the peak of that process's resident memory; above the cap the exit code is 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROWS = 2_000_000  # a data file
CONFIG = """\
version: 1
index_id: "629d807aa9e2a3a33a92c00b"
language: en
videos:
  source: {source}
access: off
"""
KEYS = """
SELECT 'media' AS bucket,
       printf('shows/%04d/season-%02d/episode%s%07d', i // 3 % 5000, i // 3 % 7,
              CASE WHEN i // 3 % 1000 = 7 THEN ' + ' ELSE '-' END, i // 3)
         || CASE i % 3 WHEN 0 THEN '.mp4' WHEN 1 THEN '.en.srt' ELSE '.jpg' END AS key,
       md5(i::VARCHAR) AS version_id, true AS is_latest, i % 1000 = 999 AS is_delete_marker,
       CASE WHEN i % 1000 = 999 THEN NULL ELSE 1000 + i % 100000 END AS size,
       TIMESTAMP '2026-01-01 00:00:00' + to_seconds(i % 1000000) AS last_modified_date,
       md5((i + 1)::VARCHAR) AS e_tag, 'STANDARD' AS storage_class
FROM range({first}, {last}) t(i)
"""
CSV = """
SELECT bucket, replace(url_encode(key), '%2F', '/') AS key, version_id, is_latest::VARCHAR,
       is_delete_marker::VARCHAR, coalesce(size::VARCHAR, ''),
       strftime(last_modified_date, '%Y-%m-%dT%H:%M:%S.%gZ'), e_tag, storage_class
FROM ({rows})
"""
SCHEMA = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass"


def write(folder: Path, keys: int, form: str) -> Path:
    """Write an inventory of ``keys`` rows into ``folder``; return its manifest.json."""
    (folder / "data").mkdir(parents=True)
    files = []
    with duckdb.connect() as con:
        for first in range(0, keys, ROWS):
            rows = KEYS.format(first=first, last=min(first + ROWS, keys))
            name = f"{first:010d}.{'csv.gz' if form == 'CSV' else form.lower()}"
            path = folder / "data" / name
            if form == "CSV":
                options = "FORMAT csv, HEADER false, COMPRESSION gzip, FORCE_QUOTE *, QUOTE '\"'"
                con.execute(f"COPY ({CSV.format(rows=rows)}) TO '{path}' ({options})")
            elif form == "Parquet":
                con.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
            else:
                from pyarrow import orc

                orc.write_table(con.sql(rows).to_arrow_table(), str(path), compression="zlib")
            with path.open("rb") as fp:
                md5 = hashlib.file_digest(fp, "md5").hexdigest()
            files.append({"key": f"inv/data/{name}", "size": path.stat().st_size, "MD5checksum": md5})
    manifest = {
        "sourceBucket": "media",
        "destinationBucket": "arn:aws:s3:::inventories",
        "version": "2016-11-30",
        "creationTimestamp": str(int(time.time() * 1000)),
        "fileFormat": form,
        "fileSchema": SCHEMA,
        "files": files,
    }
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest, indent=2))
    path.with_name("manifest.checksum").write_text(hashlib.md5(path.read_bytes()).hexdigest())
    return path


def build(manifest: Path) -> tuple[float, float, int]:
    """Build; return seconds, seconds of processor time and the peak of resident memory in bytes."""
    config = manifest.with_name("transfer.yaml")
    config.write_text(CONFIG.format(source=manifest.name))
    began = time.monotonic()
    argv = [
        sys.executable,
        "-m",
        "s3transfer_tl",
        "build",
        "-c",
        config,
        "-o",
        manifest.with_name("out.json"),
    ]
    process = subprocess.Popen(argv)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"the build ended with {process.returncode}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def size(text: str) -> int:
    """Return the bytes that ``2g`` or ``700m`` says."""
    return int(text[:-1]) << {"m": 20, "g": 30}[text[-1].lower()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--format", choices=["CSV", "Parquet", "ORC"], default="CSV")
    parser.add_argument("--cap", type=size, default=size("2g"))
    parser.add_argument("--keep", type=Path, help="write the inventory here and leave it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inventory-") as scratch:
        folder = options.keep or Path(scratch) / "run"
        manifest = folder / "manifest.json"
        if not manifest.exists():
            manifest = write(folder, options.keys, options.format)
        seconds, processor, peak = build(manifest)
    rate = f"{seconds / options.keys * 1e6:.2f} s per million"
    print(f"{options.format} {options.keys:,} keys: {seconds:.1f} s, {rate}, ", end="")
    print(f"processor {processor:.1f} s, peak {peak / 1e6:,.0f} MB")
    sys.exit(peak > options.cap)


if __name__ == "__main__":
    main()
