"""The guide "Provide transcriptions for cloud-to-cloud transfers", step by step, through the command line."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3transfer_tl.sandbox import DEFAULT_KEY, Sandbox
from tests.conftest import Line, RunLine
from tests.e2e.test_build_cli import INDEX, World
from tests.servers import SeaweedFS
from tests.videos import video

with warnings.catch_warnings():
    # its models use pydantic's old Config class, and its client asserts a tuple
    warnings.filterwarnings("ignore", "Support for class-based `config` is deprecated")
    warnings.filterwarnings("ignore", "assertion is always true", SyntaxWarning)
    import twelvelabs

QUICK = ["--wait", "--poll-interval", "0.1"]
VIDEOS = ["01.mp4", "02.mp4"]
SUBTITLES = ["01.srt", "02.srt"]


class Guide(World):
    """A public bucket with two videos and two transcriptions, the dashboard's export of it, a platform."""

    def __init__(self, server: SeaweedFS, folder: Path, run_line: RunLine, platform: Sandbox) -> None:
        super().__init__(server, folder, run_line)
        self.put(*VIDEOS, body=b"a video")
        self.put(*SUBTITLES)
        server.open_to_all(self.bucket)
        export = [
            {"index_id": INDEX, "language": "en", "object": self.uri(key), "transcription": ""}
            for key in VIDEOS
        ]
        (folder / "export.json").write_text(json.dumps(export), encoding="utf-8")
        self.config(f"transcriptions: {{source: 's3://{self.bucket}/'}}\n", source="export.json")
        self._env = {"TWELVELABS_BASE_URL": platform.api_url, "TWELVE_LABS_API_KEY": DEFAULT_KEY}

    def line(self, *argv: str) -> Line:
        env = self.server.env() | self._env
        return self._run([*argv, "--ledger", str(self.folder / "ledger.sqlite3")], env=env, cwd=self.folder)


@pytest.fixture
def platform() -> Iterator[Sandbox]:
    with Sandbox(index_ids=[INDEX], speed=6000.0) as platform:
        yield platform


@pytest.fixture
def guide(seaweed: SeaweedFS, tmp_path: Path, run_line: RunLine, platform: Sandbox) -> Guide:
    return Guide(seaweed, tmp_path, run_line, platform)


def test_from_the_dashboards_export_to_ready_and_the_official_sdk_sees_the_same_tasks(
    guide: Guide, platform: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert guide.build().code == 0
    done = guide.line("submit", "manifest.json", "--check", *QUICK, "--format", "json")
    assert done.code == 0, done.stderr
    (transfer,) = platform.transfers
    assert json.loads(transfer.body) == [
        {
            "index_id": INDEX,
            "language": "en",
            "object": guide.uri(video),
            "transcription": guide.uri(subtitle),
        }
        for video, subtitle in zip(VIDEOS, SUBTITLES, strict=True)
    ]
    entries = json.loads(done.stdout)["entries"]
    assert [entry["status"] for entry in entries] == ["ready", "ready"]
    monkeypatch.setenv("TWELVELABS_BASE_URL", platform.api_url)
    client = twelvelabs.TwelveLabs(api_key=DEFAULT_KEY, version="v1.2")
    try:
        seen = {task.id: task.metadata["filename"] for task in client.task.list(index_id=INDEX)}
    finally:
        client._client.close()  # it has no way of its own
    assert seen == {entry["task_id"]: Path(entry["object"]).name for entry in entries}


def test_a_manifest_edited_by_hand_is_sent_as_it_is(guide: Guide, platform: Sandbox) -> None:
    text = (guide.folder / "export.json").read_text(encoding="utf-8")
    entries = json.loads(text)
    for entry, subtitle in zip(entries, SUBTITLES, strict=True):
        entry["transcription"] = guide.uri(subtitle)
    (guide.folder / "edited.json").write_text(json.dumps(entries, indent=4), encoding="utf-8")
    assert guide.line("submit", "edited.json", *QUICK).code == 0
    assert json.loads(platform.transfers[0].body) == entries
    assert len(platform.tasks) == 2


def test_the_guides_own_example_is_reported_not_sent(guide: Guide, platform: Sandbox) -> None:
    example = [
        {
            "index_id": f"{INDEX}1",  # 25 characters, as the guide prints it
            "language": "en",
            "object": "s3://twelve-labs-docs/01.mp4",
            "transcription": "s3://twelve-labs-docs/01.srt",
        }
    ]
    (guide.folder / "example.json").write_text(json.dumps(example), encoding="utf-8")
    refused = guide.line("submit", "example.json")
    assert refused.code == 1
    assert "TL111" in refused.stderr
    assert not platform.transfers


def test_check_sends_nothing_where_an_object_is_gone(guide: Guide, platform: Sandbox) -> None:
    assert guide.build().code == 0
    guide.server.client().delete_object(Bucket=guide.bucket, Key="02.mp4")
    refused = guide.line("submit", "manifest.json", "--check")
    assert refused.code == 1, refused.stderr
    assert "TL601" in refused.stderr
    assert "s3transfer-tl check manifest.json" in refused.stderr
    assert not platform.transfers
    assert guide.line("submit", "manifest.json").code == 0  # without --check S3 is not asked


def test_check_sends_nothing_where_s3_does_not_tell(guide: Guide, platform: Sandbox) -> None:
    assert guide.build().code == 0
    refused = guide.line("submit", "manifest.json", "--check", "--endpoint-url", "http://127.0.0.1:9")
    assert refused.code == 4, refused.stderr
    assert not platform.transfers


def test_a_video_without_sound_is_not_sent_to_an_index_that_reads_conversation(
    guide: Guide, platform: Sandbox
) -> None:
    guide.put("01.mp4", "02.mp4", body=video(8, sound=False))
    assert guide.build().code == 0
    refused = guide.line("submit", "manifest.json", "--check", "--media")
    assert refused.code == 1, refused.stderr
    assert "TL612" in refused.stderr
    assert "the index has `conversation` on" in refused.stderr
    assert not platform.transfers


def test_what_the_index_has_already_is_left_out(guide: Guide, platform: Sandbox) -> None:
    assert guide.build().code == 0
    assert guide.line("submit", "manifest.json", "--limit", "1", *QUICK).code == 0
    (guide.folder / "ledger.sqlite3").rename(guide.folder / "lost.sqlite3")  # another machine, say
    # the sandbox makes up a size where it reads no objects: give the video in S3 that size
    guide.put("01.mp4", body=b"\0" * platform.tasks[0].size)
    done = guide.line("submit", "manifest.json", "--skip-indexed", *QUICK)
    assert done.code == 0, done.stderr
    assert "1 entry is in the index already" in done.stderr
    assert sorted(task.filename for task in platform.tasks) == VIDEOS
