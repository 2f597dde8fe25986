"""The build command on real servers: what it writes, what it says, how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from s3transfer_tl import schema
from tests.conftest import RunLine
from tests.servers import Moto, SeaweedFS, Server

INDEX = "629d807aa9e2a3a33a92c00b"
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHello.\n"
ODD = [
    "a+b",
    "a b",
    "a#b",
    "a?b",
    "100%",
    "ü",
    "日本",
    "a\"b'",
    "a%41b",
    "a&b=c",
    "~tilde",
    "e\u0301",
]
MOTO_ONLY = ["double//slash", "/leading", "a/../b", "a/./b", "../up", "tab\tkey", "a\\b"]


class World:
    """A bucket, a folder with a config, and the command line between them."""

    def __init__(self, server: Server, folder: Path, run_line: RunLine) -> None:
        self.server, self.folder, self._run = server, folder, run_line
        self.bucket = server.create_bucket()
        self.config()

    def put(self, *keys: str, body: bytes = SRT) -> None:
        for key in keys:
            self.server.client().put_object(Bucket=self.bucket, Key=key, Body=body)

    def config(self, extra: str = "", source: str | None = None) -> None:
        where = json.dumps(source or f"s3://{self.bucket}/")
        text = f"version: 1\nindex_id: {INDEX}\nlanguage: en\nvideos:\n  source: {where}\n{extra}"
        (self.folder / "transfer.yaml").write_text(text, encoding="utf-8")

    def build(self, *more: str, env: dict[str, str] | None = None, **rest: Any) -> Any:
        argv = ["build", "-c", "transfer.yaml", "-o", "manifest.json", *more]
        return self._run(argv, env=self.server.env() | (env or {}), cwd=self.folder, **rest)

    @property
    def manifest(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return found

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "manifest.report.json").read_text(encoding="utf-8"))
        jsonschema.validate(found, schema.load("report"))
        return found

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"


@pytest.fixture
def world(seaweed: SeaweedFS, tmp_path: Path, run_line: RunLine) -> World:
    return World(seaweed, tmp_path, run_line)


@pytest.fixture
def acl_world(moto: Moto, tmp_path: Path, run_line: RunLine) -> World:
    return World(moto, tmp_path, run_line)


def test_public_pairs_come_out_as_canonical_bytes(world: World) -> None:
    world.put("a.mp4", "a.srt", "b/c.mov", "b/c.es.vtt", "alone.mp4")
    world.server.open_to_all(world.bucket)
    done = world.build()
    assert done.code == 0, done.stderr
    assert (world.folder / "manifest.json").read_bytes() == (
        f'[\n  {{\n    "index_id": "{INDEX}",\n    "language": "en",\n'
        f'    "object": "s3://{world.bucket}/a.mp4",\n'
        f'    "transcription": "s3://{world.bucket}/a.srt"\n  }},\n'
        f'  {{\n    "index_id": "{INDEX}",\n    "language": "es",\n'
        f'    "object": "s3://{world.bucket}/b/c.mov",\n    "transcription": "s3://{world.bucket}/b/c.es.vtt"\n'
        "  }\n]\n"
    ).encode()
    assert done.stdout == ""
    assert "2 paired by sidecar" in done.stderr


def test_two_builds_of_the_same_bucket_are_byte_equal(world: World) -> None:
    world.put(*(f"{n}.mp4" for n in range(30)), *(f"{n}.en.srt" for n in range(30)))
    world.server.open_to_all(world.bucket)
    assert world.build().code == 0
    first = (world.folder / "manifest.json").read_bytes()
    assert world.build().code == 0
    assert (world.folder / "manifest.json").read_bytes() == first


def test_the_report_tells_of_every_object_seen(world: World) -> None:
    world.put("a.mp4", "a.srt", "b.mp4", "c.srt", "d.mp4", "d.fr.srt", "d.de.srt", "proxies/e.mp4")
    world.config("  exclude: ['proxies/**']\npolicy: {ambiguous: omit}\n")
    done = world.build()
    assert done.code == 1
    report = world.report
    assert [pair["object"] for pair in report["pairs"]] == [world.uri("a.mp4")]
    assert report["pairs"][0]["access"] == "denied"
    assert [one["object"] for one in report["ambiguous"]] == [world.uri("d.mp4")]
    assert "next: `s3transfer-tl review -c transfer.yaml` opens a page" in done.stderr
    assert report["ambiguous"][0]["candidates"] == [world.uri("d.de.srt"), world.uri("d.fr.srt")]
    assert {one["transcription"] for one in report["orphan_transcriptions"]} == {
        world.uri("c.srt"),
        world.uri("d.de.srt"),
        world.uri("d.fr.srt"),
    }
    summary = report["summary"]
    assert (summary["videos"], summary["paired"], summary["excluded"], summary["not_public"]) == (3, 1, 1, 1)
    assert summary["listing"]["keys"] == 8


def test_odd_keys_are_judged_and_written_byte_for_byte(world: World) -> None:
    for stem in ODD:
        world.put(f"open/{stem}.mp4", f"open/{stem}.srt", f"shut/{stem}.mp4", f"shut/{stem}.srt")
    world.server.open_to_all(world.bucket, "open/")
    done = world.build()
    assert done.code == 1, done.stderr
    assert [entry["object"] for entry in world.manifest] == sorted(
        world.uri(f"{where}/{stem}.mp4") for where in ("open", "shut") for stem in ODD
    )
    assert {pair["object"]: pair["access"] for pair in world.report["pairs"]} == {
        world.uri(f"{where}/{stem}.mp4"): verdict
        for where, verdict in (("open", "public"), ("shut", "denied"))
        for stem in ODD
    }


def test_keys_that_one_server_folds_come_through_from_another(acl_world: World) -> None:
    for stem in ODD + MOTO_ONLY:
        acl_world.put(f"{stem}.mp4", f"{stem}.srt")
    client = acl_world.server.client()
    for stem in (ODD + MOTO_ONLY)[::2]:
        client.put_object_acl(Bucket=acl_world.bucket, Key=f"{stem}.srt", ACL="public-read")
    assert acl_world.build().code == 1
    access = {pair["object"]: pair["access"] for pair in acl_world.report["pairs"]}
    assert access == {
        acl_world.uri(f"{stem}.mp4"): "public" if place % 2 == 0 else "denied"
        for place, stem in enumerate(ODD + MOTO_ONLY)
    }
    assert [entry["object"] for entry in acl_world.manifest] == sorted(access)


def test_a_private_transcription_stays_in_its_entry_with_a_finding(world: World) -> None:
    world.put("a.mp4", "a.srt")
    done = world.build()
    assert done.code == 1
    assert "manifest.json:6:22: TL602 error" in done.stderr
    assert "AccessDenied" in done.stderr
    assert world.manifest[0]["transcription"] == world.uri("a.srt")


def test_fail_on_never_and_access_off_end_with_0(world: World) -> None:
    world.put("a.mp4", "a.srt")
    assert world.build("--fail-on", "never").code == 0
    world.config("access: off\n")
    done = world.build()
    assert done.code == 0
    assert world.report["pairs"][0]["access"] == "unchecked"


def test_a_manifest_goes_to_standard_output_without_o(world: World, run_line: RunLine) -> None:
    world.put("a.mp4", "a.srt")
    world.config("access: off\n")
    done = run_line(["build", "-c", "transfer.yaml"], env=world.server.env(), cwd=world.folder)
    assert done.code == 0
    assert [entry["object"] for entry in json.loads(done.stdout)] == [world.uri("a.mp4")]
    assert sorted(path.name for path in world.folder.iterdir()) == ["transfer.yaml"]


def test_dry_run_writes_nothing_and_says_so(world: World) -> None:
    world.put("a.mp4", "a.srt")
    world.config("access: off\n")
    done = world.build("--dry-run")
    assert done.code == 0
    assert re.search(r"^\(dry-run\) 1 entry, \d+ bytes, would be written; ", done.stderr, re.M)
    assert all(line.startswith("(dry-run) ") for line in done.stderr.splitlines())
    assert sorted(path.name for path in world.folder.iterdir()) == ["transfer.yaml"]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_the_report_is_printed_on_request(world: World, form: str) -> None:
    world.put("a.mp4", "a.srt")
    world.config("access: off\n")
    done = world.build("--format", form)
    assert done.code == 0
    if form == "json":
        assert json.loads(done.stdout) == world.report
    else:
        assert [json.loads(line)["kind"] for line in done.stdout.splitlines()] == ["pairs", "report"]


def test_max_entries_splits_and_names_parts_that_are_left_over(world: World) -> None:
    world.put(*(f"{n}.mp4" for n in range(5)), *(f"{n}.srt" for n in range(5)))
    world.config("access: off\n")
    assert world.build("--max-entries", "2").code == 0
    names = [f"manifest-{n:04d}.json" for n in (1, 2, 3)]
    parts = [json.loads((world.folder / name).read_text()) for name in names]
    assert [len(part) for part in parts] == [2, 2, 1]
    assert [one["file"] for one in world.report["manifests"]] == names
    assert not (world.folder / "manifest.json").exists()
    done = world.build("--max-entries", "4")
    assert done.code == 0
    assert "manifest-0003.json is left from an earlier, larger split" in done.stderr


def test_a_saved_listing_and_a_pipe_build_the_same_manifest_offline(world: World, run_line: RunLine) -> None:
    world.put("a.mp4", "a.srt", "b.mp4", "b.en.vtt")
    world.config("access: off\n")
    assert world.build().code == 0
    listed = (world.folder / "manifest.json").read_bytes()
    saved = run_line(
        ["list", f"s3://{world.bucket}/", "-o", "keys.jsonl"], env=world.server.env(), cwd=world.folder
    )
    assert saved.code == 0
    world.config("access: off\n", source="keys.jsonl")
    assert world.build(env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}).code == 0
    assert (world.folder / "manifest.json").read_bytes() == listed
    told = run_line(["explain", "-c", "transfer.yaml", "b.mp4"], cwd=world.folder)
    assert told.code == 0
    assert world.uri("b.en.vtt") in told.stdout
    world.config("access: off\n", source="-")
    assert world.build(input=(world.folder / "keys.jsonl").read_bytes()).code == 0
    assert (world.folder / "manifest.json").read_bytes() == listed


def test_a_dashboard_export_keeps_its_index_and_language(world: World) -> None:
    world.put("a.mp4", "a.srt", "b.mp4", "b.es.srt")
    entry = {"index_id": "6298d673f1090f1100476d4c", "language": "de", "transcription": ""}
    export = [entry | {"object": world.uri(key)} for key in ("a.mp4", "b.mp4")]
    (world.folder / "export.json").write_text(json.dumps(export), encoding="utf-8")
    world.config(f"transcriptions: {{source: 's3://{world.bucket}/'}}\naccess: off\n", source="export.json")
    done = world.build()
    assert done.code == 0, done.stderr
    assert [(entry["index_id"], entry["language"]) for entry in world.manifest] == [
        ("6298d673f1090f1100476d4c", "de"),
        ("6298d673f1090f1100476d4c", "es"),
    ]


def test_only_what_can_be_paired_is_listed_and_the_report_says_so(world: World) -> None:
    world.put("shows/a.mp4", "shows/a.srt", "shows/b.mp4", "other/c.mp4", "other/c.srt")
    world.config("  include: [shows/**]\naccess: off\n")
    done = world.build()
    assert done.code == 0, done.stderr
    prefix = world.uri("shows/")
    assert f"only what begins with {prefix}" in done.stderr
    assert [entry["object"] for entry in world.manifest] == [world.uri("shows/a.mp4")]
    listing = world.report["summary"]["listing"]
    assert (listing["keys"], listing["prefixes"]) == (3, [prefix])
    assert [one["object"] for one in world.report["unmatched_videos"]] == [world.uri("shows/b.mp4")]


def test_one_source_for_both_sides_is_listed_where_either_begins(world: World) -> None:
    world.put("shows/a.mp4", "subs/a.en.srt", "other/c.srt")
    world.config(
        f"  include: [shows/**]\ntranscriptions: {{source: 's3://{world.bucket}/'}}\naccess: off\n"
        "naming: {rules: [{video: 'shows/{p:**}.{ext}', transcription: 'subs/{p:**}.{lang}.{format}'}]}\n"
    )
    done = world.build()
    assert done.code == 0, done.stderr
    assert len(world.manifest) == 1
    assert world.report["summary"]["listing"]["prefixes"] == [world.uri("shows/"), world.uri("subs/")]


def test_a_beginning_that_holds_nothing_is_named(world: World) -> None:
    world.put("shows/a.mp4", "shows/a.srt")
    world.config("  include: [show/**]\naccess: off\n")
    done = world.build()
    assert done.code == 3
    assert f"nothing is listed under {world.uri('show/')}" in done.stderr


def test_templates_and_regexes_pair_two_trees(world: World) -> None:
    world.put("shows/s1/a.mp4", "subs/en/s1/a.vtt", "raw/ABC12345_x.mxf", "subs/cc/abc12345.es.srt")
    (world.folder / "transfer.yaml").write_text(
        f"""version: 1
index_id: {INDEX}
language: en
videos: {{source: "s3://{world.bucket}/"}}
access: off
naming:
  rules:
    - name: mirrored
      video: "shows/{{path:**}}.{{ext}}"
      transcription: "subs/{{lang}}/{{path:**}}.{{format}}"
    - name: raw
      video_regex: 'raw/(?P<id>[A-Z]{{3}}\\d{{5}})_.*\\.mxf'
      transcription_regex: 'subs/cc/(?P<id>[A-Z]{{3}}\\d{{5}})\\.(?P<lang>[a-z]{{2}})\\.srt'
      ignore_case: true
      index_id: 6298d673f1090f1100476d4c
""",
        encoding="utf-8",
    )
    done = world.build()
    assert done.code == 0, done.stderr
    assert [(pair["rule"], pair["language"]) for pair in world.report["pairs"]] == [
        ("raw", "es"),
        ("mirrored", "en"),
    ]
    assert world.manifest[0]["index_id"] == "6298d673f1090f1100476d4c"


# How it ends where there is nothing to write


def old_manifest(world: World) -> bytes:
    (world.folder / "manifest.json").write_bytes(b"the old one")
    return b"the old one"


@pytest.mark.parametrize(
    ("extra", "code", "says"),
    [
        ("policy: {ambiguous: fail}\n", 1, "1 video is ambiguous"),
        ("policy: {ambiguous: omit, unmatched_video: fail}\n", 1, "2 videos have no transcription"),
        ("langage: en\n", 2, "transfer.yaml:6:1: TL802 unknown key 'langage'; did you mean 'language'?"),
        (
            "naming: {rules: [{video_regex: '(?P<i>a)(?=b)', transcription_regex: '(?P<i>a)'}]}\n",
            2,
            "transfer.yaml:6:41",
        ),
        ("  include: ['*.mkv']\n", 3, "no video among the 5 objects"),
    ],
)
def test_a_refused_build_leaves_the_old_manifest(world: World, extra: str, code: int, says: str) -> None:
    world.put("a.mp4", "a.fr.srt", "a.de.srt", "b.mp4", "b.mkb")
    old = old_manifest(world)
    world.config(extra)
    done = world.build()
    assert (done.code, says in done.stderr) == (code, True), done.stderr
    assert "hint:" in done.stderr
    assert (world.folder / "manifest.json").read_bytes() == old


def test_a_policy_that_refuses_still_writes_the_report(world: World) -> None:
    world.put("a.mp4", "a.fr.srt", "a.de.srt")
    assert world.build().code == 1
    assert [one["object"] for one in world.report["ambiguous"]] == [world.uri("a.mp4")]
    assert world.report["manifests"] == []


def test_an_empty_prefix_and_videos_without_entries_end_with_3(world: World) -> None:
    old = old_manifest(world)
    done = world.build()
    assert (done.code, "nothing is listed under" in done.stderr) == (3, True)
    world.put("a.mp4")
    done = world.build()
    assert (done.code, "no entry is left" in done.stderr) == (3, True)
    assert (world.folder / "manifest.json").read_bytes() == old


def test_sides_whose_keys_start_at_other_places_are_told_what_to_write(world: World) -> None:
    world.put("pub/v1.mp4", "pub/v1.srt")
    export = [{"object": world.uri("pub/v1.mp4"), "index_id": INDEX, "language": "en"}]
    (world.folder / "export.json").write_text(json.dumps(export))
    side = f"transcriptions:\n  source: s3://{world.bucket}/"
    world.config(f"{side}pub/\naccess: off\n", source="export.json")
    done = world.build()
    assert done.code == 3
    assert f"the keys of the transcriptions are relative to s3://{world.bucket}/pub/" in done.stderr
    assert f'write `source: s3://{world.bucket}/` and `include: ["pub/**"]` under `tr' in done.stderr
    world.config(f'{side}\n  include: ["pub/**"]\naccess: off\n', source="export.json")
    done = world.build()
    assert done.code == 0, done.stderr
    assert len(world.manifest) == 1


def test_no_such_bucket_ends_with_4(world: World) -> None:
    world.config(source="s3://no-such-bucket-anywhere/")
    done = world.build()
    assert (done.code, "no-such-bucket-anywhere" in done.stderr) == (4, True)


def test_no_permission_to_list_ends_with_4(world: World, seaweed: SeaweedFS) -> None:
    done = world.build(env=seaweed.limited_env())
    assert (done.code, "s3:ListBucket" in done.stderr) == (4, True), done.stderr


def test_no_credentials_end_with_4(world: World) -> None:
    done = world.build(env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    assert (done.code, "credentials" in done.stderr) == (4, True), done.stderr


def test_a_dead_endpoint_ends_with_4_and_no_traceback(world: World) -> None:
    old = old_manifest(world)
    done = world.build("--endpoint-url", "http://127.0.0.1:9")
    assert done.code == 4
    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
    assert (world.folder / "manifest.json").read_bytes() == old


def test_an_outage_of_the_access_check_is_unknown_not_private(world: World, run_line: RunLine) -> None:
    listing = [{"uri": f"s3://{world.bucket}/{key}"} for key in ("a.mp4", "a.srt")]
    (world.folder / "keys.jsonl").write_text("\n".join(map(json.dumps, listing)), encoding="utf-8")
    world.config(source="keys.jsonl")
    done = world.build("--endpoint-url", "http://127.0.0.1:9")
    assert done.code == 4
    assert world.report["pairs"][0]["access"] == "unknown"
    assert world.report["summary"]["unknown_access"] == 1
    assert len(world.manifest) == 1


def test_a_config_that_is_not_there_and_an_unknown_option_end_with_2(world: World, run_line: RunLine) -> None:
    done = run_line(["build", "-c", "none.yaml"], cwd=world.folder)
    assert (done.code, "none.yaml" in done.stderr) == (2, True)
    done = run_line(["build", "--confg", "x"], cwd=world.folder)
    assert (done.code, "--config" in done.stderr) == (2, True)
    done = world.build("--profile", "nobody")
    assert (done.code, "nobody" in done.stderr) == (2, True)


def test_an_output_that_cannot_be_written_is_told_before_anything_is_listed(
    world: World, run_line: RunLine
) -> None:
    done = run_line(["build", "-c", "transfer.yaml", "-o", "no/such/m.json"], cwd=world.folder)
    assert (done.code, "no folder" in done.stderr) == (2, True)


def test_entries_without_a_language_or_an_index_are_told(world: World) -> None:
    world.put("a.mp4", "a.srt")
    text = (world.folder / "transfer.yaml").read_text()
    for gone, says in (("language: en\n", "no language for"), (f"index_id: {INDEX}\n", "no index for")):
        (world.folder / "transfer.yaml").write_text(text.replace(gone, ""))
        done = world.build()
        assert (done.code, says in done.stderr) == (2, True)


def test_a_rule_that_paired_nothing_is_a_warning(world: World) -> None:
    world.put("a.mp4", "a.srt")
    world.config("access: off\nnaming:\n  rules:\n    - preset: zoom\n    - preset: sidecar\n")
    done = world.build("--fail-on", "warning")
    assert (done.code, "transfer.yaml:9:7: TL806 warning" in done.stderr) == (1, True), done.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_a_build_stopped_at_any_moment_leaves_the_old_manifest_whole(
    world: World, sent: signal.Signals, code: int
) -> None:
    world.put(*(f"{n}.mp4" for n in range(40)), *(f"{n}.srt" for n in range(40)))
    old = old_manifest(world)
    argv = [sys.executable, "-m", "s3transfer_tl", "build", "-c", "transfer.yaml", "-o", "manifest.json"]
    root = Path(__file__).parent.parent.parent
    environment = os.environ | world.server.env() | {"PYTHONPATH": str(root)}
    seen = set()
    for tenths in (2, 4, 5, 6, 7, 8, 10):
        process = subprocess.Popen(argv, cwd=world.folder, env=environment, stderr=subprocess.DEVNULL)
        time.sleep(tenths / 10)
        process.send_signal(sent)
        seen.add(process.wait(30))
        now = (world.folder / "manifest.json").read_bytes()
        assert now == old or len(json.loads(now)) == 40
        (world.folder / "manifest.json").write_bytes(old)
    assert seen <= {code, 1, -sent}  # -sent: stopped before Python listened; 1: it was done already
    assert code in seen
    if sent != signal.SIGKILL:
        assert [path.name for path in world.folder.iterdir() if path.name.startswith(".")] == []


def test_a_full_disk_leaves_the_old_manifest_and_a_sentence(world: World) -> None:
    world.put(*(f"{n}.mp4" for n in range(40)), *(f"{n}.srt" for n in range(40)))
    world.config("access: off\n", source=f"s3://{world.bucket}/")
    old = old_manifest(world)
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from s3transfer_tl.build import output\n"
        "whole = output.write_parts\n"
        "def small(*args):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "    return whole(*args)\n"
        "output.write_parts = small\n"
        "from s3transfer_tl import cli\n"
        "sys.exit(cli.run(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "build", "-c", "transfer.yaml", "-o", "manifest.json"],
        cwd=world.folder,
        env=os.environ | world.server.env() | {"PYTHONPATH": str(Path(__file__).parent.parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "could not be written" in done.stderr) == (4, True), done.stderr
    assert (world.folder / "manifest.json").read_bytes() == old
