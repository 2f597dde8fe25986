"""Builds from an S3 Inventory, and from other tools' listings, as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from s3transfer_tl import schema
from s3transfer_tl.cli import age
from tests import inventories
from tests.conftest import RunLine
from tests.inventories import Row
from tests.servers import SeaweedFS

LISTINGS = Path(__file__).parents[1] / "fixtures" / "listings"
INDEX = "629d807aa9e2a3a33a92c00b"
STEMS = ["ep1", "a+b", "a b", "100%", "100%25", "日本 ü", "e\u0301", "new\nline", "sub/deep", 'quote"']


def config(folder: Path, source: str, **more: str) -> None:
    side = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in {"source": source, **more}.items())
    text = f"version: 1\nindex_id: {INDEX}\nlanguage: en\naccess: off\nvideos:\n{side}"
    (folder / "transfer.yaml").write_text(text, encoding="utf-8")


def build(run_line: RunLine, folder: Path, env: dict[str, str] | None = None) -> tuple[bytes, str]:
    line = run_line(["build", "-c", "transfer.yaml", "-o", "manifest.json"], cwd=folder, env=env)
    assert line.code == 0, line.stderr
    return (folder / "manifest.json").read_bytes(), line.stderr


@pytest.fixture
def world(seaweed: SeaweedFS) -> str:
    """A bucket whose shows/ has a transcription for every video, and one replaced and one deleted."""
    name = seaweed.create_bucket()
    for stem in STEMS:
        for end in (".mp4", ".en.srt", ".jpg"):
            seaweed.client().put_object(Bucket=name, Key=f"shows/{stem}{end}", Body=b"four")
    seaweed.client().put_object(Bucket=name, Key="elsewhere/x.mp4", Body=b"four")
    return name


def rows_of(seaweed: SeaweedFS, bucket: str) -> list[Row]:
    listed = seaweed.client().list_objects_v2(Bucket=bucket)["Contents"]
    rows = [Row(one["Key"], bucket, size=one["Size"], etag=one["ETag"].strip('"')) for one in listed]
    gone = Row("shows/gone.mp4", bucket, is_delete_marker=True, size=None, etag="")
    return [
        *rows,
        gone,
        gone._replace(is_delete_marker=False, is_latest=False),
        rows[0]._replace(is_latest=False),
    ]


@pytest.mark.parametrize("form", ["CSV", "Parquet", "ORC"])
def test_a_bucket_inventoried_builds_the_manifest_of_the_bucket_listed(
    form: str, seaweed: SeaweedFS, world: str, run_line: RunLine, tmp_path: Path
) -> None:
    config(tmp_path, f"s3://{world}/shows/")
    listed, _ = build(run_line, tmp_path, seaweed.env())
    assert len(json.loads(listed)) == len(STEMS)
    rows = rows_of(seaweed, world)
    manifest = inventories.write(tmp_path / "inventory", [rows[::2], rows[1::2]], form)
    config(tmp_path, str(manifest), root=f"s3://{world}/shows/")
    inventoried, said = build(run_line, tmp_path)
    assert inventoried == listed
    assert "the inventory is of 2026-01-31T01:00:00Z" in said
    report = json.loads((tmp_path / "manifest.report.json").read_text(encoding="utf-8"))
    jsonschema.validate(report, schema.load("report"))
    assert report["summary"]["listing"]["mode"] == "inventory"
    assert report["summary"]["listing"]["snapshot"] == "2026-01-31T01:00:00Z"
    assert report["summary"]["listing"]["keys"] == 3 * len(STEMS)


def test_an_inventory_in_s3_builds_the_same_and_its_whole_keys_count_without_a_root(
    seaweed: SeaweedFS, world: str, run_line: RunLine, tmp_path: Path
) -> None:
    config(tmp_path, f"s3://{world}")
    listed, _ = build(run_line, tmp_path, seaweed.env())
    inventories.write(tmp_path / "inventory", [rows_of(seaweed, world)])
    destination = seaweed.create_bucket()
    for path in (tmp_path / "inventory").rglob("*"):
        if path.is_file():
            key = path.relative_to(tmp_path / "inventory").as_posix()
            seaweed.client().put_object(Bucket=destination, Key=key, Body=path.read_bytes())
    config(tmp_path, f"s3://{destination}/{inventories.RUN}/manifest.json")
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    inventoried, _ = build(run_line, tmp_path, seaweed.env() | cache)
    assert inventoried == listed
    assert list((tmp_path / "cache" / "s3transfer-tl" / "inventory").glob("*.csv.gz"))


def test_one_inventory_for_both_sides_is_read_once(run_line: RunLine, tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row("shows/a.mp4"), Row("shows/a.en.srt")]])
    config(tmp_path, str(manifest))
    with (tmp_path / "transfer.yaml").open("a") as fp:
        fp.write(f"transcriptions:\n  source: {manifest}\n")
    made, said = build(run_line, tmp_path)
    assert said.count("listed ") == 1
    assert json.loads(made)[0]["transcription"] == "s3://media/shows/a.en.srt"


def test_an_inventory_is_listed_as_json_lines(run_line: RunLine, tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row("shows/a+b c.mp4"), Row("old", is_latest=False)]])
    line = run_line(["list", manifest])
    assert line.code == 0
    assert json.loads(line.stdout) == {
        "uri": "s3://media/shows/a+b c.mp4",
        "size": 4,
        "etag": Row("").etag,
        "last_modified": inventories.MODIFIED,
        "storage_class": "STANDARD",
    }
    assert "the inventory is of 2026-01-31T01:00:00Z" in line.stderr


def test_an_empty_or_a_damaged_inventory_keeps_the_old_manifest(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("old")
    for rows, code in (([], 3), ([Row("a.mp4")], 2)):
        manifest = inventories.write(tmp_path / str(code), [rows])
        if code == 2:
            manifest.with_name("manifest.checksum").write_text("0" * 32)
        config(tmp_path, str(manifest))
        line = run_line(["build", "-c", "transfer.yaml", "-o", "manifest.json"], cwd=tmp_path)
        assert (line.code, "hint: " in line.stderr, "Traceback" in line.stderr) == (code, True, False)
        assert (tmp_path / "manifest.json").read_text() == "old"


def test_orc_without_the_extra_is_exit_2_and_names_it(run_line: RunLine, tmp_path: Path) -> None:
    manifest = inventories.write(tmp_path, [[Row("a.mp4")]], "ORC")
    (tmp_path / "pyarrow.py").write_text("raise ImportError('not installed')")
    path = os.pathsep.join([str(tmp_path), *(entry for entry in sys.path if entry)])
    line = run_line(["list", manifest], env={"PYTHONPATH": path})
    assert line.code == 2
    assert "pip install 's3transfer-tl[orc]'" in line.stderr


def test_a_listing_by_another_tool_builds_below_its_root(run_line: RunLine, tmp_path: Path) -> None:
    made = []
    for name in (
        "aws-s3-ls-summarize.txt",
        "rclone-lsf.txt",
        "rclone-lsjson.json",
        "aws-s3api-contents.json",
    ):
        config(tmp_path, str(LISTINGS / f"shows.{name}"), root="s3://media/shows/")
        made.append(build(run_line, tmp_path)[0])
    assert [entry["object"] for entry in json.loads(made[0])] == ["s3://media/shows/ep1.mp4"]
    assert set(made) == {made[0]}


def test_list_takes_the_root_as_an_option(run_line: RunLine) -> None:
    listing = LISTINGS / "shows.rclone-lsf.txt"
    line = run_line(["list", listing, "--root", "s3://media/shows"])
    assert line.code == 0
    assert json.loads(line.stdout.splitlines()[0])["uri"] == "s3://media/shows/100%25.mp4"
    line = run_line(["list", listing])
    assert line.code == 2
    assert "`--root s3://BUCKET/PREFIX/` to `list`" in line.stderr


def test_a_build_stopped_while_an_inventory_is_read_ends_soon_and_keeps_the_old_manifest(
    tmp_path: Path,
) -> None:
    inventories.write_many(tmp_path / "inventory", 3_000_000)
    config(tmp_path, str(tmp_path / "inventory" / "manifest.json"))
    (tmp_path / "manifest.json").write_text("old")
    argv = [sys.executable, "-m", "s3transfer_tl", "build", "-c", "transfer.yaml", "-o", "manifest.json"]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(argv, cwd=tmp_path, env=env, stderr=subprocess.PIPE) as process:
        while not list(tmp_path.glob("s3transfer-tl-*/videos.parquet")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.stderr
        said = process.stderr.read()
    assert process.returncode == 143, said
    assert b"listed " not in said
    assert (tmp_path / "manifest.json").read_text() == "old"
    assert not list(tmp_path.glob("s3transfer-tl-*"))


def test_the_age_of_an_inventory_is_told_in_hours_then_in_days() -> None:
    taken = "2026-01-31T01:00:00Z"
    assert "5 hours old" in age.told(taken, datetime(2026, 1, 31, 6, tzinfo=UTC))
    assert "2 days old" in age.told(taken, datetime(2026, 2, 2, 6, tzinfo=UTC))
