"""``s3transfer-tl init`` as a user runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from tests.conftest import RunLine
from tests.servers import SeaweedFS, Server

MakeBucket = Callable[[Server], str]

INDEX = "629d807aa9e2a3a33a92c00b"


def test_a_bucket_becomes_a_config_that_builds(
    seaweed: SeaweedFS, bucket: MakeBucket, run_line: RunLine, tmp_path: Path
) -> None:
    name = bucket(seaweed)
    for key in [f"p/{tree}" for n in (1, 2, 3) for tree in (f"videos/a/v{n}.mp4", f"subs/a/v{n}.es.vtt")]:
        seaweed.client().put_object(Bucket=name, Key=key, Body=b"WEBVTT\n")
    line = run_line(
        ["init", f"s3://{name}/p/", "-o", "transfer.yaml", "--index-id", INDEX],
        env=seaweed.env(),
        cwd=tmp_path,
    )
    assert (line.code, line.stdout) == (0, "")
    assert "3 paired by trees" in line.stderr
    assert re.search(r"\nwrote transfer\.yaml; [\d.]+ s\n\Z", line.stderr)
    with (tmp_path / "transfer.yaml").open("a") as fp:
        fp.write("access: off\n")
    again = run_line(["build", "-c", "transfer.yaml"], env=seaweed.env(), cwd=tmp_path)
    assert again.code == 0, again.stderr
    entries = json.loads(again.stdout)
    assert [entry["transcription"] for entry in entries] == [
        f"s3://{name}/p/subs/a/v{n}.es.vtt" for n in (1, 2, 3)
    ]
    assert {entry["language"] for entry in entries} == {"es"}


def test_standard_output_holds_the_config_and_nothing_else(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("s3://media/a.mp4\ns3://media/a.srt\ns3://media/b.mp4\n")
    line = run_line(["init", "keys.txt"], cwd=tmp_path)
    assert line.code == 0
    assert "    - preset: sidecar\n" in line.stdout
    assert line.stdout.startswith("# ")
    assert "1 without a transcription\n            s3://media/b.mp4\n" in line.stderr
    assert "index_id" in line.stderr


def test_the_source_is_spelled_as_the_configs_folder_sees_it(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("s3://media/a.mp4\ns3://media/a.srt\n")
    (tmp_path / "made").mkdir()
    assert run_line(["init", "keys.txt", "-o", "made/t.yaml", "--index-id", INDEX], cwd=tmp_path).code == 0
    with (tmp_path / "made" / "t.yaml").open("a") as fp:
        fp.write("access: off\n")
    assert run_line(["build", "-c", "made/t.yaml", "-o", "m.json"], cwd=tmp_path).code == 0
    assert len(json.loads((tmp_path / "m.json").read_text())) == 1


def test_a_config_is_overwritten_by_force_only(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("s3://media/a.mp4\ns3://media/a.srt\n")
    (tmp_path / "t.yaml").write_text("mine")
    line = run_line(["init", "keys.txt", "-o", "t.yaml"], cwd=tmp_path)
    assert line.code == 2
    assert "--force" in line.stderr
    assert (tmp_path / "t.yaml").read_text() == "mine"
    assert run_line(["init", "keys.txt", "-o", "t.yaml", "--force"], cwd=tmp_path).code == 0
    assert (tmp_path / "t.yaml").read_text() != "mine"


def test_what_cannot_be_explained_is_3_and_writes_nothing(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("s3://media/one.mp4\ns3://media/two.srt\n")
    line = run_line(["init", "keys.txt", "-o", "t.yaml"], cwd=tmp_path)
    assert (line.code, line.stdout) == (3, "")
    assert "without guessing" in line.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["keys.txt"]
