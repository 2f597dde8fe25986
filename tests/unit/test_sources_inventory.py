"""A local S3 Inventory: every format, every key, only what is still there, and nothing unverified."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3transfer_tl import sources
from s3transfer_tl.errors import ConfigError, TransferError, UsageError
from s3transfer_tl.model import S3Object, S3Settings
from s3transfer_tl.sources.inventory import InventorySource
from tests import inventories
from tests.inventories import Row

FORMS = ["CSV", "Parquet", "ORC"]
ODD_KEYS = [
    "a+b c#?%ü日本'a\"b'.mp4",
    "a%2Bb%20c.mp4",
    "new\nline",
    "tab\tand\rreturn",
    "//a//b/",
    "/leading",
    'comma,and"quote"',
    " spaces at both ends ",
    "\x01\x7f\x85\u2028",
    "e\u0301 is not \u00e9",
    "\U0001f3ac" * 256,  # 1,024 bytes
]


def opened(manifest: Path, root: str | None = None) -> InventorySource:
    source = sources.open(
        str(manifest), role="list", s3=S3Settings(), base=Path(), stdin=io.BytesIO(), root=root
    )
    assert isinstance(source, InventorySource)
    return source


def read(manifest: Path, root: str | None = None) -> list[S3Object]:
    return [found for page in opened(manifest, root).pages() for found in page]


def spooled(manifest: Path, root: str | None = None) -> list[S3Object]:
    spool = manifest.with_name("spool.parquet")
    count = opened(manifest, root).spool_to(spool)
    with duckdb.connect() as con:
        rows = con.execute(
            f"SELECT uri, size, etag, last_modified, NULL, index_id, language FROM '{spool}'"
        ).fetchall()
    assert count.keys == len(rows)
    return [S3Object(*uri[5:].split("/", 1), *rest) for uri, *rest in rows]


def complaint(manifest: Path) -> TransferError:
    with pytest.raises(TransferError) as caught:
        read(manifest)
    with pytest.raises(TransferError) as again:
        spooled(manifest)
    assert str(caught.value) == str(again.value)
    assert caught.value.hint
    return caught.value


def rewritten(manifest: Path, change: Callable[[dict], None]) -> Path:
    told = json.loads(manifest.read_text())
    change(told)
    inventories.save(manifest, told)
    return manifest


# --- what it holds ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_every_key_survives_every_format(form: str, tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row(key) for key in ODD_KEYS]], form)
    assert [found.key for found in read(manifest)] == ODD_KEYS
    assert sorted(found.key for found in spooled(manifest)) == sorted(ODD_KEYS)


@pytest.mark.parametrize("form", FORMS)
def test_a_row_is_what_a_listing_would_say(form: str, tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row("shows/ep1.mp4")]], form)
    whole = S3Object("media", "shows/ep1.mp4", 4, Row("").etag, inventories.MODIFIED, "STANDARD")
    assert read(manifest) == [whole]
    assert spooled(manifest) == [whole._replace(storage_class=None)]


@pytest.mark.parametrize("form", FORMS)
def test_old_versions_and_delete_markers_are_no_objects(form: str, tmp_path: Path) -> None:
    rows = [
        Row("replaced.mp4", version_id="new"),
        Row("replaced.mp4", version_id="old", is_latest=False),
        Row("deleted.mp4", is_delete_marker=True, size=None, etag=""),
        Row("deleted.mp4", is_latest=False),
        Row("restored.mp4"),
        Row("restored.mp4", is_latest=False, is_delete_marker=True, size=None, etag=""),
    ]
    manifest = inventories.write(tmp_path, [rows], form)
    assert [found.key for found in read(manifest)] == ["replaced.mp4", "restored.mp4"]


@pytest.mark.parametrize("form", FORMS)
def test_all_data_files_are_read_in_their_order(form: str, tmp_path: Path) -> None:
    parts = [[Row(f"{part}/{number}") for number in range(3)] for part in "cab"]
    manifest = inventories.write(tmp_path, parts, form)
    assert [found.key for found in read(manifest)] == [row.key for part in parts for row in part]
    assert opened(manifest).spool_to(tmp_path / "spool.parquet") == (9, 3)


def test_the_order_of_columns_is_that_of_the_schema(tmp_path: Path) -> None:
    schema = "ETag, Size, Key, StorageClass, Bucket"
    manifest = inventories.write(tmp_path, [[Row("shows/a+b.mp4")]], schema=schema)
    assert read(manifest) == [S3Object("media", "shows/a+b.mp4", 4, Row("").etag, None, "STANDARD")]


def test_an_inventory_of_current_versions_has_no_version_columns(tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row("a"), Row("b")]], schema="Bucket, Key")
    assert spooled(manifest) == [S3Object("media", "a"), S3Object("media", "b")]


def test_an_empty_bucket_has_an_inventory_without_objects(tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [])
    assert (read(manifest), spooled(manifest)) == ([], [])
    manifest = inventories.write(tmp_path / "file", [[]])
    assert (read(manifest), spooled(manifest)) == ([], [])


def test_its_time_is_known_once_it_was_read(tmp_path: Path) -> None:
    source = opened(inventories.write(tmp_path, [[Row("a")]]))
    assert (source.snapshot, source.mode, source.root) == (None, "inventory", "")
    list(source.pages())
    assert source.snapshot == "2026-01-31T01:00:00Z"


def test_pages_are_of_a_thousand(tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row(f"{number:05d}") for number in range(2500)]])
    assert [len(page) for page in opened(manifest).pages()] == [1000, 1000, 500]


def test_a_root_takes_a_part_and_patterns_start_there(tmp_path: Path) -> None:
    rows = [Row("shows/a b.mp4"), Row("shows2/b.mp4"), Row("shows/c.mp4", bucket="other"), Row("d.mp4")]
    manifest = inventories.write(tmp_path, [rows])
    assert [found.key for found in read(manifest, "s3://media/shows")] == ["shows/a b.mp4"]
    assert [found.key for found in spooled(manifest, "s3://media/shows/")] == ["shows/a b.mp4"]
    assert opened(manifest, "s3://media/shows").root == "s3://media/shows/"


# --- '+' and '%20' ------------------------------------------------------------------------------


@pytest.mark.parametrize("encode", [inventories.encoded, inventories.percent_encoded])
def test_a_space_is_a_plus_or_percent_20_and_a_plus_is_percent_2b(
    encode: Callable[[str], str], tmp_path: Path
) -> None:
    keys = ["a b.mp4", "a+b.mp4", "a%20b.mp4", "a%2Bb.mp4", "a + b.mp4"]
    manifest = inventories.write(tmp_path, [[Row(key) for key in keys]], encode=encode)
    assert [found.key for found in read(manifest)] == keys


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    key=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)
)
def test_any_key_comes_back_from_csv(key: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    manifest = inventories.write(tmp_path_factory.mktemp("inventory"), [[Row(key)]])
    assert [found.key for found in read(manifest)] == [key]


# --- where its files are ------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["data", ".", "inv/media/daily/data"])
def test_data_files_are_found_beside_the_manifest_too(place: str, tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path / "whole", [[Row("a")]])
    folder = tmp_path / "flat"
    (folder / place).mkdir(parents=True)
    (data,) = (tmp_path / "whole").rglob("part-0*")
    shutil.move(data, folder / place)
    moved = shutil.copy(manifest, folder / "manifest.json")
    assert [found.key for found in read(Path(moved))] == ["a"]


def test_a_manifest_is_known_by_what_it_holds_not_by_its_name(tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row("a")]], checksum=False)
    assert [found.key for found in read(manifest.rename(manifest.with_name("other.txt")))] == ["a"]


def test_a_manifest_through_a_pipe_has_no_files_beside_it(tmp_path: Path) -> None:
    data = inventories.write(tmp_path, [[Row("a")]]).read_bytes()
    with pytest.raises(UsageError, match="stand beside it") as caught:
        sources.open("-", role="list", s3=S3Settings(), base=Path(), stdin=io.BytesIO(data))
    assert "name the file itself" in caught.value.hint


def test_a_missing_data_file_is_told_with_where_to_put_it(tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row("a")], [Row("b")]])
    (tmp_path / inventories.BASE / "data" / "part-1.csv.gz").unlink()
    error = complaint(manifest)
    assert isinstance(error, ConfigError)
    assert "part-1.csv.gz, which is not here" in error.message


# --- what is damaged ----------------------------------------------------------------------------


def test_a_manifest_that_is_not_what_its_checksum_says_is_refused(tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row("a")]])
    manifest.write_text(manifest.read_text().replace("2016-11-30", "2016-11-31"))
    assert "manifest.checksum says" in complaint(manifest).message


@pytest.mark.parametrize("form", FORMS)
def test_a_data_file_with_another_byte_is_refused(form: str, tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row("a")]], form)
    (path,) = tmp_path.rglob("part-0*")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "its MD5 is" in complaint(manifest).message
    path.write_bytes(data[:-1])
    assert "bytes, the inventory says" in complaint(manifest).message


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_gzip_that_was_cut_before_it_was_summed_is_never_read_in_part(cut: int, tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row(f"key-{number}") for number in range(500)]])
    (path,) = tmp_path.rglob("part-0*")
    path.write_bytes(path.read_bytes()[:-cut])
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    rewritten(manifest, lambda told: told["files"][0].update(size=path.stat().st_size, MD5checksum=md5))
    assert "cannot be read" in complaint(manifest).message


def data_replaced(manifest: Path, text: str) -> Path:
    (path,) = manifest.parents[1].rglob("part-0*")
    path.write_bytes(gzip.compress(text.encode()))
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    return rewritten(
        manifest, lambda told: told["files"][0].update(size=path.stat().st_size, MD5checksum=md5)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"media","a"\n"media"\n', "CSV Error"),
        ('"media","a","b"\n', "CSV Error"),
        ('"media",""\n', "a row without bucket or key"),
        ('"","a"\n', "a row without bucket or key"),
        ('"media","%ff"\n', "invalid UTF8"),
    ],
)
def test_a_row_that_is_none_is_refused(text: str, said: str, tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row("a")]], schema="Bucket, Key")
    assert said in complaint(data_replaced(manifest, text)).message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told.update(fileFormat="Avro"), "'Avro', which this version does not read"),
        (lambda told: told.pop("files"), "not a whole manifest"),
        (lambda told: told["files"][0].pop("MD5checksum"), "not a whole manifest"),
        (lambda told: told.update(creationTimestamp="soon"), "not a whole manifest"),
        (lambda told: told.update(files=[1]), "not a whole manifest"),
        (lambda told: told.update(fileSchema="Bucket, Size"), "no column for the key"),
    ],
)
def test_a_manifest_that_lacks_something_is_refused(
    change: Callable[[dict], None], said: str, tmp_path: Path
) -> None:
    assert said in complaint(rewritten(inventories.write(tmp_path, [[Row("a")]]), change)).message


def test_orc_without_pyarrow_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = inventories.write(tmp_path, [[Row("a")]], "ORC")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    error = complaint(manifest)
    assert isinstance(error, UsageError)
    assert "s3transfer-tl[orc]" in error.hint
