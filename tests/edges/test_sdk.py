"""The official SDK 0.3.2, unpatched, against the sandbox: our stand-in judged by someone else's client."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import s3transfer_tl.sandbox
from s3transfer_tl.model import PlatformSettings, Secret
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, Sandbox
from s3transfer_tl.twelvelabs import Client, task_form

with warnings.catch_warnings():
    # its models use pydantic's old Config class, and its client asserts a tuple
    warnings.filterwarnings("ignore", "Support for class-based `config` is deprecated")
    warnings.filterwarnings("ignore", "assertion is always true", SyntaxWarning)
    import twelvelabs
    from twelvelabs.exceptions import (
        AuthenticationError,
        BadRequestError,
        ConflictError,
        InternalServerError,
        NotFoundError,
        RateLimitError,
    )

SAMPLE = Path(s3transfer_tl.sandbox.__file__).parent / "sample.mp4"
FAST = 6000.0  # a task takes 30 ms
SRT = b"1\n00:00:01,000 --> 00:00:02,500\nHello.\n"


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    made = []

    def connect(sandbox: Sandbox, key: str = DEFAULT_KEY, version: str = "v1.2") -> Any:
        monkeypatch.setenv("TWELVELABS_BASE_URL", sandbox.api_url)
        made.append(twelvelabs.TwelveLabs(api_key=key, version=version))
        return made[-1]

    yield connect
    for client in made:
        client._client.close()  # it has no way of its own


def manifest(*names: str, **more: str) -> io.BytesIO:
    entries = [
        {"index_id": DEFAULT_INDEX_ID, "language": "en", "object": f"s3://media/{name}", **more}
        for name in names
    ]
    file = io.BytesIO(json.dumps(entries).encode())
    file.name = "manifest.json"
    return file


def test_transfer_starts_a_task_an_entry_and_says_nothing(connect: Any) -> None:
    with Sandbox(speed=FAST) as sandbox:
        client = connect(sandbox)
        sent = manifest("a.mp4", "b/c.mp4", transcription="s3://media/c.srt")
        assert client.task.transfer(sent) is None
        tasks = client.task.list(index_id=DEFAULT_INDEX_ID)
        assert [task.metadata["filename"] for task in tasks] == ["c.mp4", "a.mp4"]
        assert sandbox.transfers[0].body == sent.getvalue()
        assert [entry.transcription for entry in sandbox.transfers[0].entries] == ["s3://media/c.srt"] * 2


def test_create_with_a_transcription_file_is_followed_until_it_is_ready(connect: Any, tmp_path: Path) -> None:
    subtitle = tmp_path / "sample.srt"
    subtitle.write_bytes(SRT)
    now = [1_700_000_000.0]
    with Sandbox(speed=1.0, clock=lambda: now[0]) as sandbox:
        task = connect(sandbox).task.create(
            DEFAULT_INDEX_ID,
            file=str(SAMPLE),
            transcription_file=str(subtitle),
            language="en",
            disable_video_stream=True,
        )
        assert task.status == "validating"
        assert task.video_id is None
        seen = []

        def ten_seconds_on(task: Any) -> None:
            seen.append(task.status)
            now[0] += 10

        task.wait_for_done(sleep_interval=0.001, callback=ten_seconds_on)
        assert list(dict.fromkeys(seen)) == ["validating", "pending", "queued", "indexing", "ready"]
        again = task.retrieve()
        assert again.video_id
        assert again.metadata == {"duration": 12.0, "filename": "sample.mp4", "height": 360, "width": 640}
        upload = sandbox.uploads[0]
        assert upload.fields == {
            "index_id": DEFAULT_INDEX_ID,
            "language": "en",
            "disable_video_stream": "true",
            "provide_transcription": "true",
        }
        assert upload.files["video_file"][:2] == ("sample.mp4", SAMPLE.stat().st_size)
        assert upload.files["transcription_file"][:2] == ("sample.srt", len(SRT))


def test_our_upload_and_the_sdks_make_the_same_task(connect: Any, tmp_path: Path) -> None:
    subtitle = tmp_path / "sample.srt"
    subtitle.write_bytes(SRT)
    options = {"language": "en", "disable_video_stream": True}
    with Sandbox(speed=FAST) as sandbox:
        sdk = connect(sandbox).task
        theirs = sdk.create(
            DEFAULT_INDEX_ID, file=str(SAMPLE), transcription_file=str(subtitle), **options
        ).wait_for_done(sleep_interval=0.01)
        settings = PlatformSettings(sandbox.api_url, "v1.2", Secret(DEFAULT_KEY))
        with Client(settings) as client:
            form = task_form(DEFAULT_INDEX_ID, video=SAMPLE, transcription=subtitle, **options)
            ours = sdk.retrieve(client.create_task(form)).wait_for_done(sleep_interval=0.01)
        assert sandbox.uploads[0].fields == sandbox.uploads[1].fields
        assert sandbox.uploads[0].files == sandbox.uploads[1].files
        seen = [sdk.retrieve(task.id) for task in (theirs, ours)]
    assert (seen[0].status, seen[0].metadata) == (seen[1].status, seen[1].metadata)
    assert seen[0].video_id == seen[1].video_id, "the same video in the same index"
    assert theirs.id != ours.id


def test_create_by_url_sends_the_urls_twice_and_is_understood(connect: Any) -> None:
    with Sandbox(speed=FAST) as sandbox:
        task = connect(sandbox).task.create(
            DEFAULT_INDEX_ID,
            url="https://cdn.test/v/pilot%20one.mp4",
            transcription_url="https://cdn.test/pilot.vtt",
        )
        assert task.metadata["filename"] == "pilot one.mp4"


def test_a_task_with_a_broken_transcription_ends_as_failed_without_a_reason(connect: Any) -> None:
    said: list[str] = []
    with Sandbox(speed=FAST, told=said.append) as sandbox:
        broken = io.BytesIO(b"nothing of the kind")
        broken.name = "broken.srt"
        task = connect(sandbox).task.create(DEFAULT_INDEX_ID, file=str(SAMPLE), transcription_file=broken)
        assert task.wait_for_done(sleep_interval=0.005).status == "failed"
        assert said[0].startswith(f"task {task.id} (sample.mp4) fails: broken.srt: line 1")


def test_retrieve_list_and_status_agree(connect: Any) -> None:
    with Sandbox(speed=FAST, fault_specs=["ready:bad.mp4=failed"]) as sandbox:
        client = connect(sandbox)
        client.task.transfer(manifest("good.mp4", "bad.mp4"))
        tasks = client.task.list(filename="bad.mp4", sort_by="created_at", sort_option="asc", page_limit=50)
        assert [client.task.retrieve(task.id).metadata["filename"] for task in tasks] == ["bad.mp4"]
        assert tasks[0].wait_for_done(sleep_interval=0.01).status == "failed"
        status = client.task.status(DEFAULT_INDEX_ID)
        assert (status.ready, status.failed, status.total_result) == (1, 1, 2)


def test_list_pagination_reaches_every_task_and_ends(connect: Any) -> None:
    with Sandbox() as sandbox:
        client = connect(sandbox)
        client.task.transfer(manifest(*(f"{n:03}.mp4" for n in range(53))))
        pages = client.task.list_pagination(
            index_id=DEFAULT_INDEX_ID, page_limit=10, sort_option="asc", created_at={"gte": "2020-01-01"}
        )
        names = [task.metadata["filename"] for task in pages.data]
        names += [task.metadata["filename"] for page in pages for task in page]
        assert names == [f"{n:03}.mp4" for n in range(53)]
        assert len(client.task.list(page=7, page_limit=10)) == 0


def test_index_and_video_list_hold_what_is_ready(connect: Any) -> None:
    with Sandbox(speed=FAST) as sandbox:
        client = connect(sandbox)
        index = client.index.retrieve(DEFAULT_INDEX_ID)
        assert (index.video_count, "conversation" in index.engines[0].options) == (0, True)
        task = client.task.create(DEFAULT_INDEX_ID, file=str(SAMPLE)).wait_for_done(sleep_interval=0.01)
        videos = client.index.video.list(
            DEFAULT_INDEX_ID, filename="sample.mp4", size={"gte": 1, "lte": 10**9}
        )
        assert [video.id for video in videos] == [task.retrieve().video_id]
        assert videos[0].metadata.size == SAMPLE.stat().st_size
        assert len(client.index.video.list(DEFAULT_INDEX_ID, filename="other.mp4")) == 0
        assert client.index.retrieve(DEFAULT_INDEX_ID).video_count == 1
        assert [index.id for index in client.index.list()] == [DEFAULT_INDEX_ID]


def test_delete_takes_what_has_ended_and_a_ready_one_after_its_video(connect: Any) -> None:
    with Sandbox(speed=FAST) as sandbox:
        client = connect(sandbox)
        task = client.task.create(DEFAULT_INDEX_ID, file=str(SAMPLE)).wait_for_done(sleep_interval=0.01)
        with pytest.raises(ConflictError, match="task_cannot_be_deleted"):
            task.delete()
        client.index.video.delete(DEFAULT_INDEX_ID, task.retrieve().video_id)
        task.delete()
        with pytest.raises(NotFoundError):
            client.task.retrieve(task.id)
        assert len(client.task.list()) == 0


def test_version_1_1_is_served_alike(connect: Any) -> None:
    with Sandbox(speed=FAST) as sandbox:
        client = connect(sandbox, version="v1.1")
        client.task.transfer(manifest("a.mp4"))
        assert client.task.list()[0].wait_for_done(sleep_interval=0.01).status == "ready"


def test_errors_come_as_the_sdk_expects_them(connect: Any) -> None:
    faults = ["indexes:1=429", "indexes:2=500", "indexes:3=502"]
    with Sandbox(fault_specs=faults) as sandbox:
        with pytest.raises(AuthenticationError, match="api_key_invalid"):
            connect(sandbox, key="tlk_WRONG").task.list()
        client = connect(sandbox)
        with pytest.raises(BadRequestError, match="parameter_unknown"):
            client.task.transfer(manifest("a.mp4", title="A"))
        with pytest.raises(BadRequestError, match="parameter_invalid"):
            client.task.list(page_limit=51)
        with pytest.raises(NotFoundError, match="resource_not_exist"):
            client.index.retrieve("0" * 24)
        with pytest.raises(RateLimitError, match="too_many_requests"):
            client.index.list()
        with pytest.raises(InternalServerError, match="sandbox_fault"):
            client.index.list()
        with pytest.raises(InternalServerError, match="<html>"):
            client.index.list()
        assert len(client.index.list()) == 1
