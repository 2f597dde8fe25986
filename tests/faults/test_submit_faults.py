"""Submissions that are killed, starved and raced: every entry arrives once, and the ledger resumes."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from s3transfer_tl.ledger import Ledger
from s3transfer_tl.sandbox import DEFAULT_KEY, Sandbox
from tests.conftest import RunLine
from tests.fault_server import NO_CONTENT, FaultServer, Request, reply
from tests.submission import entry, write

ROOT = Path(__file__).parent.parent.parent
FAST = 100_000.0  # a task takes 2 ms


class Desk:
    """A folder with a manifest and a ledger, and the command line as a process that can be hurt."""

    def __init__(self, folder: Path, url: str, count: int) -> None:
        self.manifest = write(folder / "m.json", [entry(f"{n}.mp4") for n in range(count)])
        self.ledger = folder / "ledger.sqlite3"
        self.env = {"TWELVELABS_BASE_URL": url, "TWELVE_LABS_API_KEY": DEFAULT_KEY}

    def line(self, *more: str) -> list[str]:
        return ["submit", str(self.manifest), "--ledger", str(self.ledger), *more]

    def start(self, *more: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "s3transfer_tl", *self.line(*more)],
            env=os.environ | self.env | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def states(self) -> dict[str, int]:
        with Ledger.open(self.ledger, read_only=True) as book:
            return book.summary()


def arrivals(platform: Sandbox) -> Counter[str]:
    return Counter(task.filename for task in platform.tasks)


def expected(count: int) -> Counter[str]:
    return Counter({f"{n}.mp4": 1 for n in range(count)})


def until(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_lost_answers_of_every_kind_end_with_one_arrival_each(tmp_path: Path, run_line: RunLine) -> None:
    faults = ["transfers:1=cut", "transfers:3=500-after-accept", "transfers:5=cut:1", "transfers:7=503"]
    with Sandbox(speed=FAST, fault_specs=faults) as platform:
        desk = Desk(tmp_path, platform.api_url, 24)
        patient = ["--wait", "--batch-size", "3", "--quiet-period", "0.5", "--poll-interval", "0.1"]
        done = run_line(desk.line(*patient), env=desk.env)
        assert done.code == 0, done.stderr
        assert arrivals(platform) == expected(24)


def test_of_two_processes_one_is_told_to_wait(tmp_path: Path, run_line: RunLine) -> None:
    with Sandbox(speed=FAST, fault_specs=["transfers:1=slow:2"]) as platform:
        desk = Desk(tmp_path, platform.api_url, 4)
        first = desk.start()
        until(lambda: platform.transfers or platform.calls["transfers"])
        second = run_line(desk.line(), env=desk.env)
        assert second.code == 7
        assert "in use by another process" in second.stderr
        assert str(desk.ledger) in second.stderr
        first.communicate()
        assert first.returncode == 0
        assert arrivals(platform) == expected(4)


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_being_stopped_while_waiting_keeps_the_state(tmp_path: Path, how: signal.Signals, code: int) -> None:
    with Sandbox(speed=0.001) as platform:
        desk = Desk(tmp_path, platform.api_url, 4)
        process = desk.start("--wait", "--poll-interval", "0.1")
        until(lambda: platform.calls["task"] + platform.calls["tasks"] > 2)
        process.send_signal(how)
        _, said = process.communicate()
        assert process.returncode == code, said
    assert desk.states() == {"indexing": 4}


def limited(bytes_a_file: int) -> Any:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_a_file, bytes_a_file))


@pytest.mark.parametrize("kilobytes", [4, 64, 150, 250])
def test_a_full_disk_ends_with_a_sentence_and_the_rest_is_sent_later(
    tmp_path: Path, run_line: RunLine, kilobytes: int
) -> None:
    with Sandbox(speed=FAST) as platform:
        desk = Desk(tmp_path, platform.api_url, 60)
        starved = desk.start("--batch-size", "2", preexec_fn=limited(kilobytes * 1024))
        _, said = starved.communicate()
        assert starved.returncode == 4, said
        assert "Traceback" not in said
        assert "cannot be written" in said
        assert "MB are free" in said
        patient = ["--wait", "--quiet-period", "0.3", "--poll-interval", "0.1"]
        done = run_line(desk.line(*patient), env=desk.env)
        assert done.code == 0, done.stderr
        assert arrivals(platform) == expected(60)


@pytest.mark.parametrize("damage", [b"this is no database " * 300, None])
def test_a_damaged_ledger_sends_nothing(tmp_path: Path, run_line: RunLine, damage: bytes | None) -> None:
    with Sandbox(speed=FAST) as platform:
        desk = Desk(tmp_path, platform.api_url, 300)
        assert run_line(desk.line("--limit", "1"), env=desk.env).code == 0
        whole = desk.ledger.read_bytes()
        desk.ledger.write_bytes(damage or whole[:4096] + os.urandom(len(whole) - 4096))
        done = run_line(desk.line(), env=desk.env)
        assert done.code == 4
        assert str(desk.ledger) in done.stderr
        assert "Traceback" not in done.stderr
        assert len(platform.transfers) == 1


def test_a_dead_endpoint_loses_nothing_and_the_next_run_resumes(tmp_path: Path, run_line: RunLine) -> None:
    def answer(request: Request) -> bytes:
        return NO_CONTENT if request.method == "POST" else reply(200, {"_id": "65a1c0de5a4db0c5ca11ab1e"})

    with FaultServer(answer) as server:
        desk = Desk(tmp_path, server.url, 4)
    done = run_line(desk.line(), env=desk.env)
    assert done.code == 4
    assert "gave no answer" in done.stderr
    assert "--api-url" in done.stderr
    with Ledger.open(desk.ledger, read_only=True) as book:
        assert book.summary() == {}


def test_the_key_is_in_no_artefact(tmp_path: Path, run_line: RunLine) -> None:
    key = "tlk_" + "VERYSECRET" * 3

    def echo(request: Request) -> bytes:
        if request.method == "POST":
            return reply(400, {"code": "odd", "message": f"you sent {request.fields['x-api-key']}"})
        return reply(200, {"_id": "65a1c0de5a4db0c5ca11ab1e"})

    def shown(lines: Sequence[Any]) -> str:
        return json.dumps([str(line) for line in lines])

    with FaultServer(echo) as server:
        desk = Desk(tmp_path, server.url, 4)
        desk.env["TWELVE_LABS_API_KEY"] = key
        rejected = run_line(desk.line("--debug"), env=desk.env)
        assert rejected.code == 5
    refused = run_line(desk.line("--debug"), env=desk.env)
    assert refused.code == 4
    assert "Traceback" in refused.stderr
    with Ledger.open(desk.ledger, read_only=True) as book:
        assert "you sent ***" in shown(list(book.rows()))
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert key.encode() not in files
    assert key not in shown([rejected, refused])
