"""Uploads that are stopped, killed and left hanging: each ends with its code and can be taken up again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from s3transfer_tl.ledger import Ledger
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, Sandbox
from tests.conftest import RunLine
from tests.fault_server import FaultServer, Request, reply
from tests.rough_server import How, RoughServer
from tests.uploading import captioned

ROOT = Path(__file__).parent.parent.parent
BIG = 8 << 20
MIDWAY = How(read=1 << 20, mute=True)
MUTE = How(mute=True)


class Desk:
    """A folder with a video, its transcription and a ledger, and the command line as a process."""

    def __init__(self, folder: Path, url: str, size: int = BIG) -> None:
        self.video, self.transcription = captioned(folder / "a.mp4", size)
        self.ledger = folder / "ledger.sqlite3"
        self.env = {"TWELVELABS_BASE_URL": url, "TWELVE_LABS_API_KEY": DEFAULT_KEY}

    def line(self, *more: str) -> list[str]:
        files = [str(self.video), str(self.transcription)]
        return ["upload", *files, "--index-id", DEFAULT_INDEX_ID, "--ledger", str(self.ledger), *more]

    def start(self, *more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "s3transfer_tl", *self.line(*more)],
            env=os.environ | self.env | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def states(self) -> dict[str, int]:
        with Ledger.open(self.ledger, read_only=True) as book:
            return book.summary()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_being_stopped_midway_leaves_it_planned_and_the_next_run_uploads_it(
    tmp_path: Path, run_line: RunLine, how: signal.Signals, code: int
) -> None:
    with RoughServer([MIDWAY]) as server:
        desk = Desk(tmp_path, server.url)
        process = desk.start()
        until(server.busy.is_set)
        began = time.monotonic()
        process.send_signal(how)
        _, said = process.communicate(timeout=20)
        assert (process.returncode, "Traceback" in said) == (code, False), said
        assert time.monotonic() - began < 5, "a connection that hangs holds nobody up"
        assert desk.states() == {"planned": 1}
        assert run_line(desk.line(), env=desk.env).code == 0
        assert (server.posts, server.whole) == (2, 1)


def test_a_second_ctrl_c_does_not_wait_for_the_answer(tmp_path: Path) -> None:
    with RoughServer([MUTE]) as server:
        desk = Desk(tmp_path, server.url)
        process = desk.start()
        until(lambda: server.whole)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None, "the answer may still come"
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, said = process.communicate(timeout=20)
        assert (process.returncode, "Traceback" in said) == (130, False), said
        assert time.monotonic() - began < 5
    assert desk.states() in ({"unknown": 1}, {"sending": 1})


def test_a_kill_midway_is_settled_by_the_list_and_it_arrives_once(tmp_path: Path, run_line: RunLine) -> None:
    with RoughServer([MIDWAY]) as server:
        desk = Desk(tmp_path, server.url)
        process = desk.start()
        until(server.busy.is_set)
        process.kill()
        process.communicate()
        assert desk.states() == {"sending": 1}
        patient = ["--wait", "--quiet-period", "0.3", "--poll-interval", "0.1"]
        done = run_line(desk.line(*patient), env=desk.env)
        assert done.code == 0, done.stderr
        assert server.whole == 1


def test_a_kill_before_the_answer_is_noted_is_found_in_the_list(tmp_path: Path, run_line: RunLine) -> None:
    with Sandbox(speed=6000.0, fault_specs=["create:1=slow:1.5"]) as platform:
        desk = Desk(tmp_path, platform.api_url, 100_000)
        process = desk.start()
        until(lambda: platform.tasks)
        process.kill()
        process.communicate()
        done = run_line(desk.line("--wait", "--poll-interval", "0.1"), env=desk.env)
        assert done.code == 0, done.stderr
        assert len(platform.tasks) == 1


def test_a_server_that_hangs_is_given_up_and_what_was_not_whole_stays_planned(
    tmp_path: Path, run_line: RunLine
) -> None:
    with RoughServer([MIDWAY] * 3) as server:
        desk = Desk(tmp_path, server.url)
        done = run_line(desk.line("--timeout", "1"), env=desk.env)
        assert done.code == 4, done.stderr
        assert "broke off after" in done.stderr
        assert desk.states() == {"planned": 1}
        assert run_line(desk.line(), env=desk.env).code == 0
        assert server.whole == 1


def test_a_server_that_stays_mute_leaves_it_unknown(tmp_path: Path, run_line: RunLine) -> None:
    with RoughServer([MUTE]) as server:
        desk = Desk(tmp_path, server.url)
        done = run_line(desk.line("--timeout", "1"), env=desk.env)
        assert done.code == 6, done.stderr
        again = run_line(desk.line(), env=desk.env)
        assert (again.code, server.posts) == (6, 1), "not sent again before the quiet period is over"


def test_what_is_unknown_is_settled_by_resolve_and_shown_by_status(tmp_path: Path, run_line: RunLine) -> None:
    with RoughServer([MUTE]) as server:
        desk = Desk(tmp_path, server.url)
        assert run_line(desk.line("--timeout", "1"), env=desk.env).code == 6
        ledger = ["--ledger", str(desk.ledger)]
        told = run_line(["status", *ledger, "--format", "json"])
        (entry,) = json.loads(told.stdout)["entries"]
        assert (told.code, entry["object"], entry["state"]) == (6, str(desk.video), "unknown")
        absent = run_line(["resolve", "--absent", str(desk.video), *ledger])
        assert absent.code == 0, absent.stderr
        assert run_line(desk.line(), env=desk.env).code == 0
        assert server.whole == 2
        assert run_line(["status", *ledger, "--refresh"], env=desk.env).code == 0
        assert run_line(["status", *ledger]).stdout.split()[:2] == ["ready", "1"]


def test_being_stopped_while_following_keeps_the_state(tmp_path: Path) -> None:
    with Sandbox(speed=0.001) as platform:
        desk = Desk(tmp_path, platform.api_url, 100_000)
        process = desk.start("--wait", "--poll-interval", "0.1")
        until(lambda: platform.calls["task"] > 2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
        assert (process.returncode, "Traceback" in said) == (130, False), said
    assert desk.states() == {"indexing": 1}


def test_two_at_once_do_not_share_a_ledger(tmp_path: Path, run_line: RunLine) -> None:
    with RoughServer([MUTE]) as server:
        desk = Desk(tmp_path, server.url)
        process = desk.start()
        until(lambda: server.whole)
        assert run_line(desk.line(), env=desk.env).code == 7
        process.kill()
        process.communicate()
    assert server.posts == 1


def test_the_key_is_in_no_artefact(tmp_path: Path, run_line: RunLine) -> None:
    key = "tlk_" + "VERYSECRET" * 3

    def echo(request: Request) -> bytes:
        if request.method == "POST":
            return reply(400, {"code": "odd", "message": f"you sent {request.fields['x-api-key']}"})
        return reply(200, {"_id": DEFAULT_INDEX_ID})

    with FaultServer(echo) as server:
        desk = Desk(tmp_path, server.url, 1000)
        desk.env["TWELVE_LABS_API_KEY"] = key
        rejected = run_line(desk.line("--debug", "--format", "jsonl"), env=desk.env)
        assert rejected.code == 5, rejected.stderr
    refused = run_line(desk.line("--debug"), env=desk.env)
    assert refused.code == 4
    assert "Traceback" in refused.stderr
    with RoughServer([MUTE]) as mute:
        desk.env["TWELVELABS_BASE_URL"] = mute.url
        process = desk.start()
        until(mute.busy.is_set)
        argv = subprocess.run(["ps", "-o", "args=", "-p", str(process.pid)], capture_output=True, check=True)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    with Ledger.open(desk.ledger, read_only=True) as book:
        assert "you sent ***" in json.dumps([str(row) for row in book.rows()])
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert key.encode() not in files + argv.stdout
    assert key not in said + json.dumps([*rejected, *refused])
