"""The check command on real servers and on a scripted one: what it says, what it sends, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from s3transfer_tl import schema
from tests.conftest import RunLine
from tests.servers import Moto, SeaweedFS, Server
from tests.wire import Answer, Seen, Wire, http, silent_port

INDEX = "629d807aa9e2a3a33a92c00b"
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHello.\n"
VTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n"
KEYS = {"AWS_ACCESS_KEY_ID": "AKTEST", "AWS_SECRET_ACCESS_KEY": "SKTEST", "AWS_DEFAULT_REGION": "us-west-2"}


def write(folder: Path, bucket: str, *pairs: tuple[str, str], name: str = "manifest.json") -> None:
    rows = [
        {"index_id": INDEX, "language": "en", "object": f"s3://{bucket}/{video}", "transcription": f"s3://{bucket}/{subs}"}
        for video, subs in pairs
    ]  # fmt: skip
    (folder / name).write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


class World:
    """A bucket whose subtitles anyone can read, a folder, and the command line between them."""

    def __init__(self, server: Server, folder: Path, run_line: RunLine) -> None:
        self.server, self.folder, self._run = server, folder, run_line
        self.bucket = server.create_bucket()
        if isinstance(server, SeaweedFS):
            server.open_to_all(self.bucket, "subs/")

    def put(self, key: str, body: bytes = b"video", kind: str = "video/mp4") -> None:
        self.server.client().put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=kind)

    def sound(self, *stems: str) -> list[tuple[str, str]]:
        for stem in stems:
            self.put(f"shows/{stem}.mp4")
            self.put(f"subs/{stem}.srt", SRT, "application/x-subrip")
        return [(f"shows/{stem}.mp4", f"subs/{stem}.srt") for stem in stems]

    def write(self, *pairs: tuple[str, str]) -> None:
        write(self.folder, self.bucket, *pairs)

    def check(self, *more: str, env: dict[str, str] | None = None, **rest: Any) -> Any:
        argv = ["check", "manifest.json", *more]
        return self._run(argv, env=self.server.env() | (env or {}), cwd=self.folder, **rest)

    def findings(self, *more: str) -> list[tuple[str, str | None]]:
        done = self.check("--format", "json", *more)
        document = json.loads(done.stdout)
        assert jsonschema_rs.is_valid(schema.load("lint-report"), document)
        return [(one["code"], one["field"]) for one in document["findings"]]


@pytest.fixture
def world(seaweed: SeaweedFS, tmp_path: Path, run_line: RunLine) -> World:
    return World(seaweed, tmp_path, run_line)


def test_a_sound_manifest_ends_with_0(world: World) -> None:
    world.write(*world.sound("01", "02", "03"))
    done = world.check()
    assert done.code == 0
    assert "3 entries in 4 files: 0 errors, 0 warnings, 0 infos" in done.stdout
    assert "asked for 6 objects" in done.stderr


def test_standard_input_is_checked_too(world: World) -> None:
    world.write(*world.sound("01"))
    done = world._run(
        ["check", "-"], env=world.server.env(), input=(world.folder / "manifest.json").read_bytes()
    )
    assert done.code == 0
    assert "1 entry in 2 files" in done.stdout


def test_each_fault_is_told_in_its_place(world: World) -> None:
    pairs = world.sound("01", "02", "03", "04", "05")
    world.put("shows/02.mp4", b"")
    world.put("subs/03.srt", b"<!doctype html><title>404</title>", "text/html")
    world.put("private/04.srt", SRT, "application/x-subrip")
    world.put("subs/05.srt", SRT.replace(b"00:00:02", b"00:00:01"), "application/x-subrip")
    pairs[3] = ("shows/04.mp4", "private/04.srt")
    world.write(*pairs, ("shows/gone.mp4", "subs/gone.srt"))
    done = world.check("--ignore", "TL5")
    assert done.code == 1
    found = [
        line.split(" ", 2)[:2]
        for line in done.stdout.splitlines()
        if ": TL" in line and "not run" not in line
    ]
    subs = f"s3://{world.bucket}/subs"
    assert found == [
        ["manifest.json:11:15:", "TL603"],
        ["manifest.json:18:22:", "TL606"],
        ["manifest.json:24:22:", "TL602"],
        ["manifest.json:35:15:", "TL601"],
        ["manifest.json:36:22:", "TL601"],
        [f"{subs}/03.srt:1:1:", "TL702"],
        [f"{subs}/05.srt:2:18:", "TL705"],
    ]
    assert "  2 | 00:00:01,000 --> 00:00:01,000\n" in done.stdout


def test_what_a_condition_makes_public_is_a_warning(world: World) -> None:
    world.write(*world.sound("01"))
    statement = {
        "Sid": "Office",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{world.bucket}/*",
        "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.server.client().put_bucket_policy(Bucket=world.bucket, Policy=policy)
    done = world.check()
    assert done.code == 0
    assert "TL602 warning transcription is public from your network only: statement Office" in done.stdout


def test_json_has_the_shape_of_lints(world: World) -> None:
    world.write(*world.sound("01"), ("shows/gone.mp4", "subs/gone.srt"))
    assert world.findings() == [("TL601", "object"), ("TL601", "transcription")]
    assert world.findings("--select", "TL7") == []


def test_several_reports_of_one_check_go_where_they_are_told(world: World) -> None:
    world.write(*world.sound("01"), ("shows/gone.mp4", "subs/gone.srt"))
    done = world.check("--format", "sarif", "--output-file", "c.sarif", "--format", "concise")
    assert done.code == 1
    assert json.loads((world.folder / "c.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "TL601"
    assert "TL601" in done.stdout


def test_known_findings_do_not_count(world: World) -> None:
    world.put("subs/bad.srt", b"no subtitles", "application/x-subrip")
    world.put("shows/bad.mp4")
    world.write(*world.sound("01"), ("shows/bad.mp4", "subs/bad.srt"), ("shows/gone.mp4", "subs/gone.srt"))
    assert world.check("--write-baseline", "known.json").code == 0
    done = world.check("--baseline", "known.json")
    assert (done.code, "TL901" in done.stdout) == (0, False)


def test_a_changed_object_is_told_by_the_builds_own_report(world: World) -> None:
    world.sound("01", "02")
    config = f"version: 1\nindex_id: {INDEX}\nlanguage: en\nvideos:\n  source: s3://{world.bucket}/\n"
    rule = (
        'naming:\n  rules:\n    - video: "shows/{name}.{ext}"\n      transcription: "subs/{name}.{format}"\n'
    )
    (world.folder / "transfer.yaml").write_text(config + rule)
    built = world._run(
        ["build", "-c", "transfer.yaml", "-o", "manifest.json"], env=world.server.env(), cwd=world.folder
    )
    assert built.code == 0
    assert world.check("--fail-on", "warning").code == 0
    world.put("shows/02.mp4", b"a longer video")
    done = world.check("--fail-on", "warning")
    assert done.code == 1
    assert "TL608 warning video has changed since the build: 5 bytes then, 14 bytes now" in done.stdout


def test_odd_keys_are_found_byte_for_byte(moto: Moto, tmp_path: Path, run_line: RunLine) -> None:
    world = World(moto, tmp_path, run_line)
    odd = ["a/../b", "double//slash", "/leading", "100%", "a%41b", "a?b", "a#b", "a b+c", "日本"]
    pairs = [(f"{stem}.mp4", f"{stem}.srt") for stem in odd]
    for video, subs in pairs:
        world.put(video)
        moto.client().put_object(
            Bucket=world.bucket, Key=subs, Body=SRT, ACL="public-read", ContentType="application/x-subrip"
        )
    world.write(*pairs)
    assert [code for code, _ in world.findings("--select", "TL6,TL7") if code != "TL607"] == []
    world.write(*pairs, ("b.mp4", "aAb.srt"))
    codes = [code for code, _ in world.findings("--select", "TL6,TL7") if code != "TL607"]
    assert codes == ["TL601", "TL601"]


def test_an_empty_manifest_ends_with_3(world: World) -> None:
    (world.folder / "manifest.json").write_text("[]")
    assert world.check().code == 3


def test_a_broken_manifest_is_checked_as_far_as_it_can_be_read(world: World) -> None:
    world.write(*world.sound("01"), ("shows/gone.mp4", "subs/gone.srt"))
    path = world.folder / "manifest.json"
    path.write_text(path.read_text().replace('"language": "en"', '"language": en', 1))
    assert world.findings() == [("TL001", None), ("TL601", "object"), ("TL601", "transcription")]


@pytest.mark.parametrize(
    ("env", "options", "words"),
    [
        ({"AWS_ACCESS_KEY_ID": "AKWRONG"}, [], "does not know this access key"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, [], "secret key does not belong"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, [], "no AWS credentials found"),
        ({}, ["--no-sign-request"], "refuses an anonymous request"),
        ({"AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent_port()}"}, [], "cannot reach"),
    ],
)
def test_what_s3_does_not_tell_ends_with_4_and_is_called_neither_missing_nor_private(
    env: dict[str, str], options: list[str], words: str, world: World
) -> None:
    world.write(*world.sound("01", "02"))
    done = world.check(*options, env=env)
    assert done.code == 4
    assert words in done.stderr
    assert "TL601 error" not in done.stdout
    assert "TL602 error" not in done.stdout
    assert "0 errors" in done.stdout
    assert "TL601" in done.stdout.partition("not run: ")[2]


def test_credentials_that_may_not_read_decide_nothing(world: World, seaweed: SeaweedFS) -> None:
    world.write(*world.sound("01"))
    done = world.check(env=seaweed.limited_env())
    assert done.code == 4
    assert "these credentials may not read" in done.stderr


def scripted(seen: Seen) -> Answer:
    """Answer as S3 does for storage that no server here has; from the API reference of HeadObject."""
    key = seen.target.partition(b"?")[0].rpartition(b"/")[2].decode()
    told = {
        "glacier.mp4": {"x-amz-storage-class": "GLACIER"},
        "tier.mp4": {"x-amz-storage-class": "INTELLIGENT_TIERING", "x-amz-archive-status": "ARCHIVE_ACCESS"},
        "kms.mp4": {"x-amz-server-side-encryption": "aws:kms"},
        "paid.mp4": {"x-amz-request-charged": "requester"},
    }.get(key, {})
    body = SRT if key.endswith(".srt") else b"video"
    if seen.method == "HEAD" and key == "large.mp4":
        return http(200, head=True, length=3 * 10**9)
    if seen.target == b"/media":
        told = {"x-amz-bucket-region": "eu-west-1"}
    return http(200, body, headers={"ETag": '"e"', **told}, head=seen.method == "HEAD")


def test_storage_that_the_platform_cannot_read_is_told(tmp_path: Path, run_line: RunLine) -> None:
    stems = ("01", "glacier", "tier", "kms", "paid", "large")
    write(tmp_path, "media", *((f"shows/{stem}.mp4", f"subs/{stem}.srt") for stem in stems))
    with Wire(scripted) as wire:
        argv = ["check", "manifest.json", "--format", "concise", "--endpoint-url", wire.url]
        done = run_line(argv, env=KEYS, cwd=tmp_path)
        sent = {seen.method for seen in wire.seen}
    found = sorted(line.split()[1] for line in done.stdout.splitlines() if "manifest.json:" in line)
    assert found == ["TL604", "TL605", "TL605", "TL607", "TL609", "TL609"]
    assert done.code == 1
    assert sent == {"HEAD", "GET"}


def test_one_answer_in_twenty_that_fails_changes_nothing(tmp_path: Path, run_line: RunLine) -> None:
    pairs = [(f"shows/{number:03}.mp4", f"subs/{number:03}.srt") for number in range(300)]
    write(tmp_path, "media", *pairs)

    def answer(seen: Seen) -> Answer:
        if seen.number % 20 == 19:
            return http(503, b"<Error><Code>SlowDown</Code></Error>", head=seen.method == "HEAD")
        if seen.number % 97 == 96:
            return Answer(then="reset")
        if seen.target == b"/media/shows/123.mp4":
            return http(404, head=True)
        return http(200, SRT if seen.target.endswith(b"srt") else b"video", head=seen.method == "HEAD")

    with Wire(answer) as wire:
        argv = ["check", "manifest.json", "--format", "concise", "--endpoint-url", wire.url]
        done = run_line(argv, env=KEYS, cwd=tmp_path)
        assert {seen.method for seen in wire.seen} == {"HEAD", "GET"}
    assert [
        line.split()[:2] for line in done.stdout.splitlines() if ": TL" in line and "not run" not in line
    ] == [["manifest.json:743:15:", "TL601"]]
    assert done.code == 1


def test_an_outage_that_stays_is_unknown(tmp_path: Path, run_line: RunLine) -> None:
    write(tmp_path, "media", ("shows/01.mp4", "subs/01.srt"))
    with Wire(lambda seen: http(500, head=seen.method == "HEAD")) as wire:
        argv = ["check", "manifest.json", "--format", "json", "--endpoint-url", wire.url]
        done = run_line(argv, env=KEYS, cwd=tmp_path)
    document = json.loads(done.stdout)
    assert done.code == 4
    assert document["findings"] == []
    assert {"TL601", "TL602"} <= {one["code"] for one in document["not_run"]}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_check_ends_at_once_and_says_so(number: int, code: int, tmp_path: Path) -> None:
    write(tmp_path, "media", *((f"shows/{n}.mp4", f"subs/{n}.srt") for n in range(50)))
    with Wire(lambda seen: Answer(then="hang") if b"/shows/" in seen.target else scripted(seen)) as wire:
        process = subprocess.Popen(
            [sys.executable, "-m", "s3transfer_tl", "check", "manifest.json", "--endpoint-url", wire.url],
            cwd=tmp_path,
            env=os.environ | KEYS | {"PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + 30
        while not any(b"/shows/" in seen.target for seen in wire.seen) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert out == b""
    assert b"stopped by" in err
    assert b"Traceback" not in err
