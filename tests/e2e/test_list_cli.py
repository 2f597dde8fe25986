"""``s3transfer-tl list`` as a user runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from s3transfer_tl.sandbox.store import free_ports
from tests.conftest import RunLine
from tests.servers import Moto, SeaweedFS, Server

MakeBucket = Callable[[Server], str]

KEYS = ["a+b c#?%ü日本'a\"b'.mp4", "shows/ep1.en.srt", "shows/ep1.mp4", "tab\tkey"]


def filled(server: Server, bucket: MakeBucket, keys: list[str]) -> str:
    name = bucket(server)
    for key in keys:
        server.client().put_object(Bucket=name, Key=key, Body=b"four")
    return name


def test_a_bucket_is_saved_as_json_lines_that_are_a_source_again(
    seaweed: SeaweedFS, bucket: MakeBucket, run_line: RunLine, tmp_path: Path
) -> None:
    name = filled(seaweed, bucket, [*KEYS, "new\nline"])
    line = run_line(["list", f"s3://{name}", "-o", "keys.jsonl"], env=seaweed.env(), cwd=tmp_path)
    assert (line.code, line.stdout) == (0, "")
    assert re.fullmatch(r"listed 5 objects, 1 page, to keys\.jsonl \(\d+ bytes\); [\d.]+ s\n", line.stderr)
    rows = [json.loads(row) for row in (tmp_path / "keys.jsonl").read_bytes().splitlines()]
    assert sorted(row["uri"] for row in rows) == sorted(f"s3://{name}/{key}" for key in [*KEYS, "new\nline"])
    assert set(rows[0]) == {"uri", "size", "etag", "last_modified", "storage_class"}
    assert {row["size"] for row in rows} == {4}
    assert [path.name for path in tmp_path.iterdir()] == ["keys.jsonl"]
    again = run_line(["list", "keys.jsonl", "--quiet"], cwd=tmp_path)
    assert (again.code, again.stderr) == (0, "")
    assert again.stdout.encode() == (tmp_path / "keys.jsonl").read_bytes()


def test_keys_that_only_some_servers_hold_reach_standard_output(
    moto: Moto, bucket: MakeBucket, run_line: RunLine
) -> None:
    keys = ["//a//b/", "/leading", "a/../b", "\U0001f3ac" * 256]
    name = filled(moto, bucket, keys)
    line = run_line(["list", f"s3://{name}/"], env=moto.env())
    assert line.code == 0
    assert [json.loads(row)["uri"] for row in line.stdout.splitlines()] == [
        f"s3://{name}/{key}" for key in keys
    ]


def test_the_endpoint_is_an_option_and_a_bucket_can_be_listed_anonymously(
    seaweed: SeaweedFS, bucket: MakeBucket, run_line: RunLine
) -> None:
    name = filled(seaweed, bucket, KEYS)
    seaweed.client().put_bucket_acl(Bucket=name, ACL="public-read")
    line = run_line(
        ["list", f"s3://{name}/shows/", "--endpoint-url", seaweed.endpoint_url, "--no-sign-request"]
    )
    assert line.code == 0
    assert len(line.stdout.splitlines()) == 2


def test_the_listing_of_another_tool_comes_through_a_pipe(run_line: RunLine) -> None:
    row = (
        '{"key":"s3://bkt/a b.mp4","etag":"e","last_modified":"2026-01-01T00:00:00Z","type":"file","size":1}'
    )
    line = run_line(["list", "-"], input=f"{row}\n")
    assert line.code == 0
    assert json.loads(line.stdout) == {
        "uri": "s3://bkt/a b.mp4",
        "size": 1,
        "etag": "e",
        "last_modified": "2026-01-01T00:00:00Z",
        "storage_class": None,
    }


def test_a_listing_may_be_rewritten_in_place(run_line: RunLine, tmp_path: Path) -> None:
    saved = tmp_path / "keys"
    saved.write_text("s3://bkt/a\n")
    assert run_line(["list", "keys", "-o", "keys"], cwd=tmp_path).code == 0
    assert json.loads(saved.read_text())["uri"] == "s3://bkt/a"


def test_a_saved_listing_loads_no_boto3(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("s3://bkt/a\n")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "s3transfer_tl", "list", "keys"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {row.rpartition("|")[2].strip() for row in done.stderr.splitlines()}
    assert "s3transfer_tl.sources" in loaded
    assert not loaded & {"boto3", "botocore", "requests", "duckdb", "pycurl"}


@pytest.mark.parametrize("prefix", ["none/", "shows/ep2"])
def test_nothing_listed_is_exit_3_and_keeps_the_old_file(
    prefix: str, seaweed: SeaweedFS, bucket: MakeBucket, run_line: RunLine, tmp_path: Path
) -> None:
    name = filled(seaweed, bucket, KEYS)
    old = tmp_path / "keys.jsonl"
    old.write_text("old\n")
    line = run_line(["list", f"s3://{name}/{prefix}", "-o", old], env=seaweed.env())
    assert line.code == 3
    assert f"nothing listed: s3://{name}/{prefix} holds no object" in line.stderr
    assert "hint: " in line.stderr
    assert (old.read_text(), list(tmp_path.iterdir())) == ("old\n", [old])


def test_a_refusal_is_exit_4_and_keeps_the_old_file(
    seaweed: SeaweedFS, run_line: RunLine, tmp_path: Path
) -> None:
    old = tmp_path / "keys.jsonl"
    old.write_text("old\n")
    line = run_line(["list", "s3://no-such-bucket", "-o", old], env=seaweed.env())
    assert line.code == 4
    assert line.stderr.startswith("error: no such bucket: no-such-bucket\nhint: ")
    assert (old.read_text(), list(tmp_path.iterdir())) == ("old\n", [old])


def test_no_permission_to_list_is_exit_4(seaweed: SeaweedFS, bucket: MakeBucket, run_line: RunLine) -> None:
    line = run_line(["list", f"s3://{bucket(seaweed)}"], env=seaweed.limited_env())
    assert line.code == 4
    assert "s3:ListBucket" in line.stderr
    assert "Traceback" not in line.stderr


def test_no_credentials_is_exit_4(seaweed: SeaweedFS, run_line: RunLine) -> None:
    line = run_line(["list", "s3://bucket", "--endpoint-url", seaweed.endpoint_url])
    assert line.code == 4
    assert "no AWS credentials found" in line.stderr


def test_a_dead_endpoint_is_exit_4_and_debug_shows_the_traceback(run_line: RunLine) -> None:
    (port,) = free_ports(1)
    env = {"AWS_MAX_ATTEMPTS": "1"}
    argv = ["list", "s3://bucket", "--no-sign-request", "--endpoint-url", f"http://127.0.0.1:{port}"]
    line = run_line(argv, env=env)
    assert (line.code, "Traceback" in line.stderr) == (4, False)
    assert f"cannot reach http://127.0.0.1:{port}" in line.stderr
    line = run_line([*argv, "--debug"], env=env)
    assert (line.code, "Traceback" in line.stderr) == (4, True)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["s3://b?d/x"], "not a bucket name: 'b?d'"),
        (["s3://bucket", "--profile", "nobody"], "no AWS profile named nobody"),
        (["keys.jsnl"], "did you mean keys.jsonl?"),
        (["keys.jsonl"], "keys.jsonl:2:1: neither an s3:// URI nor a JSON object"),
        (["."], "is a folder"),
        (["keys.jsonl", "-o", "no/such/folder"], "no folder"),
        (["manifest.json"], "S3 Inventory"),
        ([b"s3://bucket/\xff"], "not UTF-8"),
    ],
)
def test_wrong_usage_is_exit_2_with_a_sentence_and_a_hint(
    argv: list[str], said: str, run_line: RunLine, tmp_path: Path
) -> None:
    (tmp_path / "keys.jsonl").write_text("s3://bkt/a\nb\n")
    (tmp_path / "manifest.json").write_text('{"sourceBucket": "b", "fileSchema": "Key"}')
    line = run_line(["list", *argv], cwd=tmp_path)
    assert line.code == 2
    assert said in line.stderr
    assert "hint: " in line.stderr
    assert "Traceback" not in line.stderr


def test_a_listing_stopped_halfway_keeps_the_old_file(tmp_path: Path) -> None:
    old = tmp_path / "keys.jsonl"
    old.write_text("old\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "s3transfer_tl", "list", "-", "-o", old],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    with process:
        assert process.stdin
        process.stdin.write(b"s3://bkt/key\n" * 20_000)
        process.stdin.flush()
        while len(list(tmp_path.iterdir())) < 2:  # until it has begun to write beside the old file
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        process.stdin.close()
        assert process.stderr
        assert b"stopped by SIGTERM" in process.stderr.read()
    assert process.returncode == 143
    assert (old.read_text(), list(tmp_path.iterdir())) == ("old\n", [old])


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("s3://bkt/key\n" * 50_000)
    line = f"{sys.executable} -m s3transfer_tl list keys -q | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["uri"] == "s3://bkt/key"
