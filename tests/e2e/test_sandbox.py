"""`s3transfer-tl sandbox` as another process sees it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from s3transfer_tl.sandbox import DEFAULT_INDEX_ID
from tests.conftest import RunLine

TESTS = Path(__file__).parent.parent


@contextlib.contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    path = os.pathsep.join([str(TESTS / "loopback"), str(TESTS.parent)])
    with subprocess.Popen(
        [sys.executable, "-m", "s3transfer_tl", "sandbox", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
        text=True,
    ) as process:
        try:
            assert process.stdout
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def get(said: dict[str, Any], path: str, key: str = "tlk_SANDBOX") -> Any:
    request = urllib.request.Request(said["api_url"] + path, headers={"x-api-key": key})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def post(said: dict[str, Any], path: str, form: str) -> int:
    body = form.replace("\n", "\r\n").encode()
    headers = {"x-api-key": "tlk_SANDBOX", "Content-Type": "multipart/form-data; boundary=XX"}
    request = urllib.request.Request(said["api_url"] + path, body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_in_one_line_and_ends_when_told_to(stop: signal.Signals) -> None:
    with running() as (process, said):
        assert said["index_ids"] == [DEFAULT_INDEX_ID]
        assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+", said["api_url"])
        assert get(said, f"/v1.2/indexes/{DEFAULT_INDEX_ID}")["video_count"] == 0
        process.send_signal(stop)
        rest, talk = process.communicate(timeout=20)
        assert (process.returncode, rest, talk) == (0, "", "")


def test_the_key_and_the_indexes_are_as_told() -> None:
    ids = ["a" * 24, "b" * 24]
    with running("--api-key", "tlk_MINE", "--index-id", ids[0], "--index-id", ids[1]) as (_, said):
        assert said["index_ids"] == ids
        assert len(get(said, "/v1.1/indexes", key="tlk_MINE")["data"]) == 2
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(said, "/v1.1/indexes")
        with refused.value:
            assert refused.value.code == 401


def test_another_process_can_ask_what_was_received() -> None:
    with running("--fault", "transfers:2=take:0") as (_, said):
        entry = {"index_id": DEFAULT_INDEX_ID, "language": "en", "object": "s3://media/a.mp4"}
        form = '--XX\nContent-Disposition: form-data; name="file"\n\n' + json.dumps([entry]) + "\n--XX--\n"
        assert [post(said, "/v1.2/tasks/transfers", form) for _ in range(2)] == [204, 204]
        with urllib.request.urlopen(said["api_url"] + "/sandbox/received", timeout=10) as answer:
            first, second = (json.loads(line) for line in answer)
        assert first["kept"] == [entry | {"transcription": None}]
        assert (second["sent"], second["kept"]) == (1, [])


def test_it_says_why_a_task_fails_and_the_api_does_not() -> None:
    with running("--speed", "1e9") as (process, said):
        fields = {
            "index_id": DEFAULT_INDEX_ID,
            "video_url": "https://cdn.test/a.mp4",
            "provide_transcription": "true",
            'transcription_file"; filename="a.srt': "no subtitle",
        }
        parts = [
            f'--XX\nContent-Disposition: form-data; name="{name}"\n\n{fields[name]}\n' for name in fields
        ]
        assert post(said, "/v1.2/tasks", "".join([*parts, "--XX--\n"])) == 201
        (task,) = get(said, "/v1.2/tasks")["data"]
        assert task["status"] == "failed"
        assert "a.srt" not in json.dumps(task)
        process.send_signal(signal.SIGTERM)
        (line,) = process.communicate(timeout=20)[1].splitlines()
        assert line.startswith(f"task {task['_id']} (a.mp4) fails: a.srt: line 1")


def test_a_bad_option_is_exit_2_with_what_to_do(run_line: RunLine) -> None:
    bad = run_line(["sandbox", "--fault", "transfers:1=burn"])
    assert (bad.code, bad.stdout) == (2, "")
    assert "cannot read the fault 'transfers:1=burn': 'burn' is no effect" in bad.stderr
    assert "sandbox --help" in bad.stderr
    assert "CALL:WHICH=EFFECT" in run_line(["sandbox", "--help"]).stdout
    assert run_line(["sandbox", "--index-id", "629d807aa9e2a3a33a92c00b1"]).code == 2
    assert run_line(["sandbox", "--speed", "0"]).code == 2
    assert run_line(["sandbox", "--s3-endpoint-url", "localhost:8333"]).code == 2
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = run_line(["sandbox", "--port", str(taken.getsockname()[1])])
        assert port.code == 2
        assert "choose another --port" in port.stderr
