"""check --media on a real server: what it says of videos, and what it asks for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Line, RunLine
from tests.servers import SeaweedFS
from tests.videos import video

VIDEOS = {
    "good.mp4": video(8),
    "good.mkv": video(8, kind="matroska"),
    "mute.mp4": video(8, sound=False),
    "short.mp4": video(2),
    "small.mp4": video(8, size=(320, 240)),
}
SRT = b"1\n00:00:01,000 --> 00:00:08,000\nHello.\n"


class World:
    """A bucket of videos with subtitles that anyone can read, and the manifest."""

    def __init__(self, server: SeaweedFS, folder: Path, run_line: RunLine) -> None:
        self._server, self._folder, self._run = server, folder, run_line
        bucket = server.create_bucket()
        server.open_to_all(bucket, "subs/")
        client = server.client()
        for name, data in VIDEOS.items():
            client.put_object(Bucket=bucket, Key=f"shows/{name}", Body=data)
        client.put_object(Bucket=bucket, Key="subs/all.srt", Body=SRT)
        client.close()
        self.bucket = bucket

    def check(self, *names: str, more: tuple[str, ...] = ()) -> Line:
        rows = [
            {
                "index_id": "629d807aa9e2a3a33a92c00b",
                "language": "en",
                "object": f"s3://{self.bucket}/shows/{name}",
            }
            | {"transcription": f"s3://{self.bucket}/subs/all.srt"}
            for name in names
        ]
        (self._folder / "m.json").write_text(json.dumps(rows, indent=2) + "\n")
        argv = ["check", "m.json", "--media", "--ignore", "TL4", *more]
        return self._run(argv, env=self._server.env(), cwd=self._folder)


@pytest.fixture
def world(seaweed: SeaweedFS, tmp_path: Path, run_line: RunLine) -> World:
    return World(seaweed, tmp_path, run_line)


def test_videos_within_the_limits_end_with_0(world: World) -> None:
    done = world.check("good.mkv", "good.mp4")
    assert done.code == 0, done.stderr + done.stdout


def test_each_limit_is_told_with_its_source(world: World) -> None:
    done = world.check("good.mp4", "mute.mp4", "short.mp4", "small.mp4", more=("--format", "json"))
    assert done.code == 1
    found = {(one["code"], one["severity"], one["entry"]) for one in json.loads(done.stdout)["findings"]}
    assert found == {
        ("TL612", "warning", 1),
        ("TL611", "error", 2),
        ("TL613", "warning", 2),
        ("TL610", "error", 3),
    }
    assert "API v1.2, transcription page" in done.stdout


def test_the_engines_of_the_index_decide(world: World) -> None:
    assert world.check("mute.mp4", more=("--engine", "marengo2.6:visual")).stdout.count("TL612") == 0
    assert world.check("mute.mp4", more=("--engine", "marengo2.6:visual,conversation")).code == 1


def test_a_version_that_no_limits_are_known_of_is_wrong_usage(world: World) -> None:
    done = world.check("good.mp4", more=("--api-version", "v9"))
    assert done.code == 2
    assert "v1.1.2" in done.stderr


def test_an_engine_without_media_is_wrong_usage(run_line: RunLine, tmp_path: Path) -> None:
    done = run_line(["check", "m.json", "--engine", "pegasus1.1"], cwd=tmp_path)
    assert done.code == 2
    assert "--media" in done.stderr


def test_an_engine_that_is_none_is_wrong_usage(world: World) -> None:
    done = world.check("good.mp4", more=("--engine", "whisper"))
    assert done.code == 2
    assert "marengo2.6" in done.stderr


def test_without_pyav_the_extra_is_named(world: World, tmp_path: Path) -> None:
    (tmp_path / "av.py").write_text("raise ImportError('not installed')")
    done = world.check("good.mp4")
    assert done.code == 2
    assert "pip install 's3transfer-tl[media]'" in done.stderr
