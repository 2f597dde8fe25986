"""The upload command as people run it: the guide's procedure, a folder, what is said, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from s3transfer_tl import schema
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, Sandbox
from tests.conftest import RunLine
from tests.uploading import SRT, captioned, video

FAST = 6000.0  # a task takes 30 ms
INDEX = ("--index-id", DEFAULT_INDEX_ID)


def env(platform: Sandbox) -> dict[str, str]:
    return {"TWELVELABS_BASE_URL": platform.api_url, "TWELVE_LABS_API_KEY": DEFAULT_KEY}


def test_the_guides_procedure_from_both_files_to_ready(tmp_path: Path, run_line: RunLine) -> None:
    """The guide: open both files, post them with provide_transcription, index_id and language, store the
    task's id, ask for it until its status is ready."""
    captioned(tmp_path / "best-racing-moments.mp4")
    with Sandbox(speed=FAST) as platform:
        files = ["best-racing-moments.mp4", "best-racing-moments.srt"]
        line = ["upload", *files, *INDEX, "--language", "en", "--ledger", "l.db", "--format", "jsonl"]
        done = run_line([*line, "--wait", "--poll-interval", "0.05"], env=env(platform), cwd=tmp_path)
        (sent,) = platform.uploads
        (task,) = platform.tasks
        told = run_line(["status", "--ledger", "l.db", "--format", "json"], cwd=tmp_path)
    assert done.code == 0, done.stderr
    assert sent.fields == {"provide_transcription": "true", "index_id": DEFAULT_INDEX_ID, "language": "en"}
    assert set(sent.files) == {"video_file", "transcription_file"}
    events = [json.loads(text) for text in done.stdout.splitlines()]
    assert [event["event"] for event in events[:3]] == ["planned", "sending", "accepted"]
    assert (events[2]["task_id"], events[-1]["status"]) == (task.id, "ready")
    for event in events:
        assert valid(event, "/$defs/event")
    document = json.loads(told.stdout)
    assert valid(document)
    (entry,) = document["entries"]
    assert entry["object"] == str(tmp_path / "best-racing-moments.mp4")
    assert (entry["state"], entry["task_id"]) == ("ready", task.id)


def valid(document: Any, part: str = "") -> bool:
    import jsonschema_rs

    rules = schema.load("submission")
    if part:
        rules = {"$ref": f"#{part}", "$defs": rules["$defs"]}
    return bool(jsonschema_rs.is_valid(rules, document))


def test_a_folder_with_a_config_and_a_second_run_sends_nothing(tmp_path: Path, run_line: RunLine) -> None:
    for name in ("in/a.mp4", "in/s/b.mp4", "in/alone.mp4"):
        video(tmp_path / name)
    for name in ("in/a.srt", "in/s/b.es.srt"):
        (tmp_path / name).write_text(SRT)
    (tmp_path / "transfer.yaml").write_text(
        f"version: 1\nindex_id: {DEFAULT_INDEX_ID}\nlanguage: en\nvideos:\n  source: ./in\n"
    )
    with Sandbox(speed=FAST) as platform:
        line = ["upload", "-c", str(tmp_path / "transfer.yaml"), "--ledger", str(tmp_path / "l.db")]
        done = run_line([*line, "--wait", "--poll-interval", "0.05"], env=env(platform))
        again = run_line([*line, "--format", "json"], env=env(platform))
        by_dir = run_line([*line, "--dir", str(tmp_path / "in")], env=env(platform))
        sent = {upload.files["video_file"][0]: upload.fields["language"] for upload in platform.uploads}
    assert (done.code, again.code, by_dir.code) == (0, 0, 0), done.stderr
    assert sent == {"a.mp4": "en", "b.mp4": "es"}
    assert "2 paired by sidecar" in done.stderr
    assert "1 video without a transcription" in done.stderr
    assert "alone.mp4" in done.stderr
    assert "2 of them were sent before" in again.stderr
    assert json.loads(again.stdout)["summary"] == {"ready": 2}


def test_a_dry_run_needs_no_key_and_tells_what_would_be_sent(tmp_path: Path, run_line: RunLine) -> None:
    captioned(tmp_path / "a.mp4")
    line = ["upload", "a.mp4", "a.srt", *INDEX, "--language", "en", "--ledger", "l.db", "--dry-run"]
    done = run_line([*line, "--disable-video-stream"], cwd=tmp_path)
    assert done.code == 0
    assert done.stdout.splitlines()[1:5] == [
        f"  index_id: {DEFAULT_INDEX_ID}",
        "  language: en",
        "  disable_video_stream: true",
        "  provide_transcription: true",
    ]
    assert "(dry-run) 1 upload would be sent" in done.stderr
    assert not (tmp_path / "l.db").exists()
    rows = json.loads(run_line([*line, "--format", "json"], cwd=tmp_path).stdout)
    assert valid(rows)


def test_urls_are_sent_as_urls(tmp_path: Path, run_line: RunLine) -> None:
    with Sandbox(speed=FAST) as platform:
        line = ["upload", "https://cdn.test/a.mp4", "https://cdn.test/a.vtt", *INDEX, "--ledger", "l.db"]
        done = run_line([*line, "--wait", "--poll-interval", "0.05"], env=env(platform), cwd=tmp_path)
        (sent,) = platform.uploads
    assert done.code == 0, done.stderr
    assert sent.fields["video_url"] == "https://cdn.test/a.mp4"
    assert sent.fields["transcription_url"] == "https://cdn.test/a.vtt"
    assert "sound: 1 upload; 1 URL is not looked at" in done.stderr
    assert "sent https://cdn.test/a.mp4\n" in done.stderr
    assert "sent 1 URL; 1 ready" in done.stderr
    assert "byte" not in done.stderr


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (["a.mp4"], 2, "no transcription for a.mp4"),
        (["a.mp4", "a.srt"], 2, "--index-id"),
        (["a.mp4", "none.srt", *INDEX], 2, "none.srt cannot be read: No such file"),
        (["a.mp4", "a.srt", "--dir", ".", *INDEX], 2, "a folder stands for a pair"),
        (["s3://b/a.mp4", "a.srt", *INDEX], 2, "build and submit"),
        ([], 2, "nothing to upload"),
        (["a.mp4", "bad.srt", *INDEX], 1, "bad.srt:1:1"),
        (["--dir", "empty", *INDEX], 3, "no video in"),
        (["a.mp4", "a.srt", "--index-id", "65a1c0deaaaaaaaaaaaaaaab"], 4, "does not know the index"),
        (["a.mp4", "a.srt", *INDEX, "--api-version", "v1.3"], 2, "takes no transcriptions"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(
    tmp_path: Path, run_line: RunLine, line: list[str], code: int, said: str
) -> None:
    captioned(tmp_path / "a.mp4")
    (tmp_path / "bad.srt").write_text("not a subtitle\n")
    (tmp_path / "empty").mkdir()
    with Sandbox() as platform:
        done = run_line(["upload", *line, "--ledger", "l.db"], env=env(platform), cwd=tmp_path)
        assert not platform.uploads
    assert done.code == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_without_a_key_nothing_is_sent(tmp_path: Path, run_line: RunLine) -> None:
    captioned(tmp_path / "a.mp4")
    done = run_line(["upload", "a.mp4", "a.srt", *INDEX], cwd=tmp_path)
    assert (done.code, "TWELVE_LABS_API_KEY" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("fault", "code"), [("create:1=400", 5), ("create:1=cut:0", 6), ("ready:a.mp4=failed", 5)]
)
def test_trouble_has_its_exit_code(tmp_path: Path, run_line: RunLine, fault: str, code: int) -> None:
    captioned(tmp_path / "a.mp4")
    with Sandbox(speed=FAST, fault_specs=[fault]) as platform:
        line = ["upload", "a.mp4", "a.srt", *INDEX, "--ledger", "l.db", "--poll-interval", "0.05"]
        wait = ["--wait"] if fault.startswith("ready") else []
        done = run_line([*line, *wait], env=env(platform), cwd=tmp_path)
        assert done.code == code, done.stderr
        if code == 6:
            patient = run_line([*line, "--wait", "--quiet-period", "0.3"], env=env(platform), cwd=tmp_path)
            assert patient.code == 0, patient.stderr
            assert len(platform.tasks) == 1
