"""A saved listing is read in two ways, which must not differ."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from s3transfer_tl import sources
from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import S3Object, S3Settings
from s3transfer_tl.sources.listing import LinesSource
from s3transfer_tl.sources.saved import SavedSource

duckdb = pytest.importorskip("duckdb")

A = '{"uri": "s3://bkt/a.mp4", "size": 1, "etag": "e", "last_modified": "t", "storage_class": "S"}'


def saved(folder: Path, text: str | bytes, root: str | None = None) -> SavedSource:
    path = folder / "keys.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    source = sources.open(
        "keys.jsonl", role="videos", s3=S3Settings(), base=folder, stdin=io.BytesIO(), root=root
    )
    assert isinstance(source, SavedSource)
    return source


def as_spooled(found: list[S3Object]) -> list[S3Object]:
    """What matching does not read is left out."""
    return sorted(one._replace(storage_class=None) for one in found)


def spooled(source: SavedSource, folder: Path) -> list[S3Object]:
    count = source.spool_to(folder / "spool.parquet")
    columns = "uri, size, etag, last_modified, NULL, index_id, language"
    found = duckdb.sql(f"SELECT {columns} FROM '{folder}/spool.parquet'").fetchall()
    assert count.keys == len(found)
    return sorted(S3Object(*row[0][5:].split("/", 1), *row[1:]) for row in found)


GOOD = {
    "a byte order mark": f"\ufeff{A}\n",
    "our lines": f"{A}\n{A.replace('a.mp4', 'b.srt')}\n",
    "only a uri": '{"uri": "s3://bkt/a"}\n{"uri": "s3://bkt/b"}\n',
    "no newline at the end": f'{A}\n{{"uri": "s3://bkt/b"}}',
    "blank lines": f"{A}\n\n  \n{A}\n",
    "escapes and quotes": '{"uri": "s3://bkt/\\n\\u0000\\"\\\\x\\ud83d\\ude00\'"}\n',
    "slashes": '{"uri": "s3://bkt//a"}\n{"uri": "s3://bkt/a//b/"}\n',
    "a quoted etag": '{"uri": "s3://bkt/a", "etag": "\\"abc\\""}\n',
    "an export's index and language": '{"uri": "s3://bkt/a", "index_id": "i", "language": "de"}\n',
    "other members": '{"uri": "s3://bkt/a", "more": {"deep": [1]}, "type": "file"}\n',
    "a plain URI further down": f"{A}\ns3://bkt/b.srt\n",
    "another tool's line further down": f'{A}\n{{"key": "s3://bkt/b.srt", "size": 3}}\n',
    "a carriage return at a line's end": f"{A}\n{A}\r\n",
    "not only ASCII": '{"uri": "s3://bkt/\u00fc/\u65e5\u672c/e\u0301.mp4", "etag": "\u00fc"}\n',
}
BAD = {
    "no key": f'{A}\n{{"uri": "s3://bkt/"}}\n',
    "no bucket": f'{A}\n{{"uri": "s3:///a"}}\n',
    "a bad bucket": f'{A}\n{{"uri": "s3://b_/a"}}\n',
    "not S3": f'{A}\n{{"uri": "https://bkt/a"}}\n',
    "no uri": f'{A}\n{{"size": 1}}\n',
    "a uri in another case": f'{A}\n{{"URI": "s3://bkt/a"}}\n',
    "a number for a uri": f'{A}\n{{"uri": 12}}\n',
    "a folder": f'{A}\n{{"uri": "s3://bkt/a", "type": "directory"}}\n',
    "a broken line": f'{A}\n{{"uri": "s3://bkt/a"\n',
    "two objects on a line": f"{A}\n{A} {A}\n",
    "a negative size": f'{A}\n{{"uri": "s3://bkt/a", "size": -1}}\n',
    "half a size": f'{A}\n{{"uri": "s3://bkt/a", "size": 1.5}}\n',
    "not UTF-8": f"{A}\n".encode() + b'{"uri": "s3://bkt/\xff"}\n',
    "half a character": f'{A}\n{{"uri": "s3://bkt/\\ud83d"}}\n',
    "a raw control character": f'{A}\n{{"uri": "s3://bkt/\x01"}}\n',
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_both_ways_find_the_same_objects(tmp_path: Path, text: str) -> None:
    source = saved(tmp_path, text)
    by_line = [found for page in LinesSource.pages(source) for found in page]
    assert spooled(source, tmp_path) == as_spooled(by_line)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".lines"] == []


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_both_ways_name_the_same_line(tmp_path: Path, text: str | bytes) -> None:
    said: list[Any] = []
    source = saved(tmp_path, text)
    for read in (lambda: list(source.pages()), lambda: source.spool_to(tmp_path / "spool.parquet")):
        with pytest.raises(ConfigError) as caught:
            read()
        said.append((caught.value.message, caught.value.hint))
    assert said[0] == said[1]
    assert "keys.jsonl:2:" in said[0][0]


def test_a_root_is_kept_to_both_ways(tmp_path: Path) -> None:
    source = saved(tmp_path, f"{A}\n", "s3://bkt/")
    assert (source.root, len(spooled(source, tmp_path))) == ("s3://bkt/", 1)
    with pytest.raises(ConfigError, match="not below the root"):
        saved(tmp_path, f"{A}\n", "s3://bkt/shows").spool_to(tmp_path / "spool.parquet")


@pytest.mark.parametrize("text", ["s3://bkt/a\n", f"{A}\r\n{A}\r\n", '{"key": "s3://bkt/a"}\n', A])
def test_what_does_not_begin_as_ours_is_read_line_by_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.jsonl"
    path.write_bytes(text.encode())
    source = sources.open("keys.jsonl", role="videos", s3=S3Settings(), base=tmp_path, stdin=io.BytesIO())
    assert type(source) is LinesSource


def test_what_list_writes_comes_back_whole(tmp_path: Path) -> None:
    rows = [S3Object("bkt", f"{n}/\u00fc \"'\\.mp4", n, f"{n}", "2024", "STANDARD") for n in range(2_500)]
    text = "".join(json.dumps({"uri": row.uri, **row._asdict()}, ensure_ascii=False) + "\n" for row in rows)
    source = saved(tmp_path, text)
    assert [row for page in source.pages() for row in page] == rows
    assert spooled(source, tmp_path) == as_spooled(rows)
    assert source.spool_to(tmp_path / "spool.parquet").pages == 3
