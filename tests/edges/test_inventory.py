"""An S3 Inventory on a real server: fetched once, verified, taken up again where it broke off."""

from __future__ import annotations

import io
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from s3transfer_tl import sources
from s3transfer_tl.errors import OutputError, S3Error
from s3transfer_tl.model import S3Object, S3Settings
from s3transfer_tl.sources.inventory import InventorySource
from s3transfer_tl.sources.inventory_files import S3Files
from s3transfer_tl.sources.inventory_manifest import parse
from tests import inventories
from tests.inventories import BASE, RUN, Row
from tests.servers import SeaweedFS

ROWS = [Row(f"shows/ep {number}.mp4") for number in range(2000)]
DATA = f"{BASE}/data/part-0.csv.gz"


class Bucket:
    """A destination bucket with one inventory in it, and a cache."""

    def __init__(self, server: SeaweedFS, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server, self.name, self.cache = server, server.create_bucket("inv"), folder / "cache"
        self.written = folder / "written"
        inventories.write(self.written, [ROWS])
        for path in self.written.rglob("*"):
            if path.is_file():
                self.put(path.relative_to(self.written).as_posix(), path.read_bytes())
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        self.settings = S3Settings(endpoint_url=server.endpoint_url)

    def put(self, key: str, data: bytes) -> str:
        etag: str = self.server.client().put_object(Bucket=self.name, Key=key, Body=data)["ETag"]
        return etag.strip('"')

    def source(self) -> InventorySource:
        files = S3Files(self.name, f"{RUN}/manifest.json", self.settings, self.cache, sleep=lambda _: None)
        return InventorySource(files)

    def read(self) -> list[S3Object]:
        return [found for page in self.source().pages() for found in page]

    @property
    def data(self) -> bytes:
        return (self.written / DATA).read_bytes()

    def cached(self) -> list[Path]:
        return [path for path in self.cache.iterdir() if path.suffix != ".lock"]


@pytest.fixture
def bucket(seaweed: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    return Bucket(seaweed, tmp_path, monkeypatch)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """Every GET that the server was sent: the last part of its path, and its Range."""
    from botocore.httpsession import URLLib3Session

    seen: list[tuple[str, str | None]] = []
    send = URLLib3Session.send

    def watched(self: Any, request: Any) -> Any:
        if request.method == "GET":
            ranges = request.headers.get("Range")
            told = ranges.decode() if isinstance(ranges, bytes) else ranges
            seen.append((request.url.rpartition("/")[2], told))
        return send(self, request)

    monkeypatch.setattr(URLLib3Session, "send", watched)
    return seen


def test_an_inventory_in_s3_is_read_whole(bucket: Bucket) -> None:
    assert [found.key for found in bucket.read()] == [row.key for row in ROWS]


def test_a_source_that_ends_in_manifest_json_is_an_inventory(bucket: Bucket, tmp_path: Path) -> None:
    source = sources.open(
        f"s3://{bucket.name}/{RUN}/manifest.json",
        role="videos",
        s3=bucket.settings,
        base=Path(),
        stdin=io.BytesIO(),
        root="s3://media/shows/",
    )
    assert (source.mode, source.root) == ("inventory", "s3://media/shows/")
    assert isinstance(source, InventorySource)
    assert source.spool_to(tmp_path / "spool.parquet") == (2000, 1)


def test_a_data_file_is_fetched_once(bucket: Bucket, asked: list[tuple[str, str | None]]) -> None:
    assert bucket.read() == bucket.read()
    assert [name for name, _ in asked].count("part-0.csv.gz") == 1


def test_a_download_goes_on_where_it_broke_off(bucket: Bucket, asked: list[tuple[str, str | None]]) -> None:
    bucket.read()
    (whole,) = bucket.cached()
    etag = bucket.server.client().head_object(Bucket=bucket.name, Key=DATA)["ETag"].strip('"')
    part = whole.with_name(f"{whole.name}.{etag}.partial")
    part.write_bytes(bucket.data[:1000])
    whole.unlink()
    asked.clear()
    assert len(bucket.read()) == 2000
    assert ("part-0.csv.gz", "bytes=1000-") in asked
    assert bucket.cached() == [whole]


@pytest.mark.parametrize("left", ["other bytes", "too many bytes", "the whole file"])
def test_what_an_earlier_run_left_is_trusted_only_as_far_as_its_checksum(left: str, bucket: Bucket) -> None:
    bucket.read()
    (whole,) = bucket.cached()
    etag = bucket.server.client().head_object(Bucket=bucket.name, Key=DATA)["ETag"].strip('"')
    data = {
        "other bytes": b"x" * 1000,
        "too many bytes": bucket.data + b"x",
        "the whole file": bucket.data,
    }[left]
    whole.with_name(f"{whole.name}.{etag}.partial").write_bytes(data)
    whole.unlink()
    assert len(bucket.read()) == 2000
    assert whole.read_bytes() == bucket.data


def test_a_cached_file_that_changed_on_disk_is_fetched_again(bucket: Bucket) -> None:
    bucket.read()
    (whole,) = bucket.cached()
    whole.write_bytes(b"x" * len(bucket.data))
    assert len(bucket.read()) == 2000
    assert whole.read_bytes() == bucket.data


def test_a_partial_file_of_another_object_is_not_gone_on_with(
    bucket: Bucket, asked: list[tuple[str, str | None]]
) -> None:
    bucket.read()
    (whole,) = bucket.cached()
    whole.with_name(f"{whole.name}.another-etag.partial").write_bytes(bucket.data[:1000])
    whole.unlink()
    asked.clear()
    assert len(bucket.read()) == 2000
    assert ("part-0.csv.gz", "bytes=0-") in asked


def test_a_connection_that_breaks_midway_is_taken_up_again(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, str | None]]
) -> None:
    from botocore.exceptions import IncompleteReadError
    from botocore.response import StreamingBody

    breaks = iter([True, True])
    chunks = StreamingBody.iter_chunks

    def broken(self: Any, size: int = 1024) -> Any:
        if next(breaks, False):
            yield self.read(700)
            raise IncompleteReadError(actual_bytes=700, expected_bytes=size)
        yield from chunks(self, size)

    monkeypatch.setattr(StreamingBody, "iter_chunks", broken)
    assert len(bucket.read()) == 2000
    ranges = [told for name, told in asked if name == "part-0.csv.gz"]
    assert ranges == ["bytes=0-", "bytes=700-", "bytes=1400-"]


def test_a_trouble_with_one_file_ends_the_fetch_of_the_others_and_keeps_what_came(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.response import StreamingBody

    began, told = threading.Event(), threading.Event()

    def slow(self: Any, size: int = 1024) -> Any:
        yield self.read(500)
        began.set()
        assert told.wait(20)
        while chunk := self.read(500):
            yield chunk

    written = bucket.written.with_name("two")
    manifest = inventories.write(written, [ROWS, [Row("b")]])
    bucket.put(f"{RUN}/manifest.json", manifest.read_bytes())
    bucket.put(f"{RUN}/manifest.checksum", manifest.with_name("manifest.checksum").read_bytes())
    stop = S3Files.stop

    def stopped(self: S3Files) -> None:
        stop(self)
        told.set()

    monkeypatch.setattr(S3Files, "stop", stopped)
    monkeypatch.setattr(StreamingBody, "iter_chunks", slow)
    bucket.put(DATA, (written / DATA).read_bytes())
    files = bucket.source()._files
    one, two = parse(*_named(files)).files
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(files.data, one)
        assert began.wait(20)
        with pytest.raises(S3Error, match="there is no"):
            files.data(two)
        files.stop()
        with pytest.raises(S3Error, match="was stopped"):
            first.result()
    (part,) = bucket.cached()
    assert part.suffix == ".partial"
    assert (written / DATA).read_bytes().startswith(part.read_bytes())
    assert part.stat().st_size > 0


def _named(files: Any) -> tuple[bytes, str, bytes | None]:
    data, checksum = files.manifest()
    return data, files.name, checksum


def test_files_that_no_build_used_for_a_week_leave_the_cache(bucket: Bucket) -> None:
    bucket.cache.mkdir()
    old, young = bucket.cache / "old.csv.gz", bucket.cache / "young.csv.gz"
    for path, days in ((old, 8), (young, 6)):
        path.write_bytes(b"x")
        os.utime(path, (time.time() - days * 86400,) * 2)
    bucket.read()
    assert (old.exists(), young.exists()) == (False, True)


def test_another_file_than_the_inventory_names_is_refused_and_not_kept(bucket: Bucket) -> None:
    bucket.put(DATA, b"x" * len(bucket.data))
    with pytest.raises(S3Error, match="is not what the inventory names: its MD5"):
        bucket.read()
    assert bucket.cached() == []
    bucket.put(DATA, b"x")
    with pytest.raises(S3Error, match="has 1 bytes, the inventory says"):
        bucket.read()


def test_a_manifest_that_is_not_what_its_checksum_says_is_refused(bucket: Bucket) -> None:
    bucket.put(f"{RUN}/manifest.checksum", b"0" * 32)
    with pytest.raises(Exception, match=r"manifest\.checksum says 0000"):
        bucket.read()


def test_a_manifest_without_a_checksum_is_read(bucket: Bucket) -> None:
    bucket.server.client().delete_object(Bucket=bucket.name, Key=f"{RUN}/manifest.checksum")
    assert len(bucket.read()) == 2000


def test_a_missing_data_file_or_manifest_is_told(bucket: Bucket) -> None:
    bucket.server.client().delete_object(Bucket=bucket.name, Key=DATA)
    with pytest.raises(S3Error, match=f"there is no s3://{bucket.name}/{DATA}"):
        bucket.read()
    bucket.server.client().delete_object(Bucket=bucket.name, Key=f"{RUN}/manifest.json")
    with pytest.raises(S3Error, match="there is no s3://") as caught:
        bucket.read()
    assert "named by their time" in caught.value.hint


def test_no_permission_to_read_it_is_told(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in bucket.server.limited_env().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(S3Error, match="may not read") as caught:
        bucket.read()
    assert "s3:GetObject" in caught.value.hint


def test_a_cache_that_cannot_be_written_is_told(bucket: Bucket) -> None:
    bucket.cache.write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be written"):
        bucket.read()
