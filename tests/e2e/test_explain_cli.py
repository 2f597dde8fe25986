"""The explain command as a user types it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from s3transfer_tl import schema
from tests.conftest import RunLine
from tests.servers import SeaweedFS

LAYOUTS = Path(__file__).parent.parent / "layouts"
CONFIG = "version: 1\nindex_id: 629d807aa9e2a3a33a92c00b\nlanguage: en\nvideos:\n  source: "


def test_a_paired_video_shows_its_rule_its_join_key_and_why_the_others_lost(run_line: RunLine) -> None:
    config = LAYOUTS / "plex-jellyfin" / "transfer.yaml"
    done = run_line(["explain", "-q", "-c", config, "Movies/M (1931)/M (1931).mkv"])
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == (
        "s3://media/Movies/M (1931)/M (1931).mkv\n"
        "  video         paired\n"
        "  with          s3://media/Movies/M (1931)/M (1931).en.srt\n"
        "  by rule       sidecar\n"
        "  language      en\n"
        "  index         629d807aa9e2a3a33a92c00b\n"
        "\n"
        "  rule 1  sidecar\n"
        "    stem        Movies/M (1931)/M (1931)\n"
        "                joins\n"
        "    won         s3://media/Movies/M (1931)/M (1931).en.srt\n"
        "                in en\n"
        "    lost        s3://media/Movies/M (1931)/M (1931).en.sdh.srt\n"
        "                s3://media/Movies/M (1931)/M (1931).en.srt is plain, not made\n"
        "                for the hard of hearing\n"
        "    lost        s3://media/Movies/M (1931)/M (1931).es.srt\n"
        "                s3://media/Movies/M (1931)/M (1931).en.srt is in en, which is\n"
        "                preferred to es\n"
        "    lost        s3://media/Movies/M (1931)/M (1931).en.forced.srt\n"
        "                s3://media/Movies/M (1931)/M (1931).en.srt is not forced; forced\n"
        "                subtitles come last\n"
    )


def test_a_key_that_no_rule_takes_shows_how_far_the_nearest_got(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("s3://bkt/\u65e5\u672c/x.flac.mp4\ns3://bkt/\u65e5\u672c/x.flac.srt\n")
    rule = "naming:\n  rules:\n    - {video: '{a}/{b}.flac.mov', transcription: '{a}/{b}.srt'}\n"
    (tmp_path / "t.yaml").write_text(CONFIG + "keys.txt\n" + rule)
    done = run_line(["explain", "-q", "-c", "t.yaml", "\u65e5\u672c/x.flac.mp4"], cwd=tmp_path)
    assert done.code == 0
    # a wide character takes two columns of a terminal, so the caret stands two columns further
    assert (
        "  rule 1  rule-1  (the nearest rule)\n"
        "    no match    from character 12 on it wants `ov`\n"
        "                \u65e5\u672c/x.flac.mp4\n"
        "                             ^\n"
    ) in done.stdout
    assert "  nearest key   s3://bkt/\u65e5\u672c/x.flac.srt\n" in done.stdout


@pytest.mark.parametrize("name", ["odd-keys", "videos-without", "whisper"])
def test_json_holds_to_its_schema_and_says_what_the_layouts_manifest_says(
    name: str, run_line: RunLine
) -> None:
    folder = LAYOUTS / name
    entries = {
        entry["object"]: entry.get("transcription")
        for entry in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    }
    argv = ["explain", "-q", "-c", folder / "transfer.yaml", "--format", "json", *entries]
    done = run_line(argv)
    assert done.code == 0, done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, schema.load("explain"))
    assert {one["uri"]: one["pair"]["transcription"] for one in found["keys"]} == entries


def test_jsonl_is_a_key_a_line_and_a_last_line_with_the_rest(run_line: RunLine) -> None:
    config = LAYOUTS / "folder-per-video" / "transfer.yaml"
    done = run_line(
        ["explain", "-q", "-c", config, "--format", "jsonl", "assets/000117/master.mp4", "assets/0/x.mp4"]
    )
    assert done.code == 3
    first, last = map(json.loads, done.stdout.splitlines())
    whole = {"keys": [first], **last}
    jsonschema.validate(whole, schema.load("explain"))
    assert whole["missing"][0]["key"] == "assets/0/x.mp4"


def test_a_key_that_is_not_listed_ends_with_3_and_the_nearest_keys(run_line: RunLine) -> None:
    config = LAYOUTS / "media-archive" / "transfer.yaml"
    done = run_line(["explain", "-q", "-c", config, "archive/2011/b-roll/Tramm 7.mxf"])
    assert (done.code, done.stdout) == (3, "")
    assert "did you mean s3://media/archive/2011/b-roll/Tram 7.mxf" in done.stderr


def test_colour_comes_only_where_it_is_wanted(run_line: RunLine) -> None:
    argv = ["explain", "-q", "-c", LAYOUTS / "upper-case" / "transfer.yaml", "DCIM/100MEDIA/CLIP0101.MP4"]
    plain, coloured = run_line(argv), run_line(argv, env={"FORCE_COLOR": "1"})
    assert "\x1b[" not in plain.stdout
    assert "\x1b[" in coloured.stdout
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured.stdout) == plain.stdout


def test_a_bucket_is_listed_and_explained(seaweed: SeaweedFS, tmp_path: Path, run_line: RunLine) -> None:
    bucket = seaweed.create_bucket()
    for key in ("media/x.mp4", "media/x.srt", "media/x.fr.srt"):
        seaweed.client().put_object(Bucket=bucket, Key=key, Body=b"-")
    (tmp_path / "t.yaml").write_text(f"{CONFIG}s3://{bucket}/media/\n")
    argv = ["explain", "-c", "t.yaml", "x.mp4", f"s3://{bucket}/media/x.fr.srt"]
    done = run_line(argv, env=seaweed.env(), cwd=tmp_path)
    assert done.code == 0, done.stderr
    assert f"won         s3://{bucket}/media/x.srt" in done.stdout
    assert f"{bucket}/media/x.mp4 took a" in done.stdout
    assert "listed" in done.stderr


def test_a_bad_pattern_is_refused_with_its_column_as_build_does(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("s3://bkt/x.mp4\n")
    rule = "naming:\n  rules:\n    - {video: '{a', transcription: '{a}.srt'}\n"
    (tmp_path / "t.yaml").write_text(CONFIG + "keys.txt\n" + rule)
    done = run_line(["explain", "-c", "t.yaml", "x.mp4"], cwd=tmp_path)
    assert done.code == 2
    assert "t.yaml:8:16: TL805" in done.stderr
