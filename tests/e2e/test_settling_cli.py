"""`retry`, `resolve` and `status` with its filters and its watch, as a user types them."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from s3transfer_tl.cli import status
from s3transfer_tl.ledger import STATES, Ledger
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID
from tests.conftest import RunLine
from tests.e2e.test_submit_cli import Desk, desk, document, events, names
from tests.uploading import captioned

QUICK = ["--poll-interval", "0.1"]
ROOT = Path(__file__).parent.parent.parent


# retry


def test_failed_jsonl_of_status_is_what_retry_takes_back(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, "ready:1.mp4=failed", "transfers:2=400") as (at, platform):
        manifest = at.manifest(*names(4))
        assert at.line("submit", manifest, "--batch-size", "3", "--wait", *QUICK).code == 5
        lines = at.line("status", "--state", "failed", "--format", "jsonl")
        assert [item["object"] for item in events(lines)] == ["s3://media/shows/1.mp4"]
        failed = tmp_path / "failed.jsonl"
        failed.write_text(lines.stdout)
        again = at.line("retry", "--from", str(failed), "--wait", *QUICK)
        assert (again.code, again.stdout.splitlines()[0].split()) == (5, ["failed", "1"])
        assert "1 to send" in again.stderr
        assert [task.filename for task in platform.tasks].count("1.mp4") == 2
        rest = at.line("retry", "--state", "rejected", "--wait", *QUICK, "--format", "json")
        assert (rest.code, document(rest)["summary"]) == (0, {"ready": 1})


def test_a_retry_of_nothing_is_nothing_to_do(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line) as (at, platform):
        at.line("submit", at.manifest(*names(2)), "--wait", *QUICK)
        nothing = at.line("retry", "--reason", "video_file_broken")
        assert nothing.code == 3
        assert "for video_file_broken" in nothing.stderr
        failed = tmp_path / "failed.jsonl"
        failed.write_text('{"object": "s3://media/shows/0.mp4"}\n')
        named = at.line("retry", "--from", str(failed))
        assert named.code == 3
        assert "not failed or rejected" in named.stderr
        failed.write_text("s3://media/shows/0.mp4\n")
        assert at.line("retry", "--from", str(failed)).code == 2
        assert len(platform.transfers) == 1


def test_a_rehearsed_retry_prints_what_would_be_sent_and_changes_nothing(
    tmp_path: Path, run_line: RunLine
) -> None:
    with desk(tmp_path, run_line, "transfers:1=400") as (at, platform):
        at.line("submit", at.manifest(*names(3)))
        rehearsed = at.line("retry", "--dry-run")
        assert rehearsed.code == 0
        assert len(json.loads(rehearsed.stdout)) == 3
        assert document(at.line("status", "--format", "json"))["summary"] == {"rejected": 3}
        assert len(platform.transfers) == 1


def test_what_the_platform_rejects_is_told_with_what_to_do_about_its_code(
    tmp_path: Path, run_line: RunLine
) -> None:
    from tests.fault_server import FaultServer, Request, reply

    def answer(request: Request) -> bytes:
        if request.method == "POST":
            return reply(400, {"code": "video_file_broken", "message": "cannot read it"})
        return reply(200, {"_id": DEFAULT_INDEX_ID, "data": []})

    with FaultServer(answer) as server:
        done = Desk(tmp_path, server.url, run_line).line(
            "submit", Desk(tmp_path, "", run_line).manifest("a.mp4")
        )
    assert done.code == 5
    assert "video_file_broken: the video cannot be read; play it, or encode it anew" in done.stderr
    assert f"`s3transfer-tl retry --ledger {tmp_path / 'ledger.sqlite3'}`" in done.stderr


def test_the_same_retry_again_sends_what_it_did_not_get_to_send(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, "transfers:1=400", "transfers:3=401") as (at, platform):
        at.line("submit", at.manifest(*names(6)))
        retry = ["retry", "--state", "rejected", "--batch-size", "2", *QUICK]
        assert at.line(*retry).code == 4
        assert at.line("retry", "--state", "failed").code == 3, "another choice planned it"
        resumed = at.line(*retry, "--wait", "--format", "json")
        assert (resumed.code, document(resumed)["summary"]) == (0, {"ready": 4})
        assert len(platform.tasks) == 6


def test_a_retry_by_portions_goes_on_where_it_stopped(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, "transfers:1=400") as (at, platform):
        at.line("submit", at.manifest(*names(5)))
        assert [at.line("retry", "--limit", "2").code for _ in range(4)] == [0, 0, 0, 3]
        assert sorted(task.filename for task in platform.tasks) == [f"{n}.mp4" for n in range(5)]


def test_who_retries_uploads_is_told_what_does(tmp_path: Path, run_line: RunLine) -> None:
    captioned(tmp_path / "film.mp4")
    with desk(tmp_path, run_line, "ready:film.mp4=failed", "create:2=400") as (at, _):
        film = [str(tmp_path / name) for name in ("film.mp4", "film.srt")]
        done = at.line("upload", *film, "--index-id", DEFAULT_INDEX_ID, "--wait", *QUICK)
        assert (done.code, "the same upload with --again" in done.stderr) == (5, True)
        assert "s3transfer-tl retry" not in done.stderr
        assert "the same upload with --again" in at.line("status").stderr
        retried = at.line("retry")
        assert (retried.code, "--again" in retried.stderr) == (3, True)
        done = at.line("upload", *film, "--index-id", DEFAULT_INDEX_ID, "--again")
        assert (done.code, "the same upload again sends the same anew" in done.stderr) == (5, True)


@pytest.mark.parametrize("argv", [["retry"], ["resolve"], ["resolve", "--all", "--absent"]])
def test_without_a_ledger_there_is_nothing_to_do_and_none_is_made(
    tmp_path: Path, run_line: RunLine, argv: list[str]
) -> None:
    at = Desk(tmp_path, "http://127.0.0.1:9", run_line)
    done = at.line(*argv)
    assert done.code == 3
    assert "there is no ledger at" in done.stderr
    assert list(tmp_path.iterdir()) == []


# resolve


def test_resolve_asks_until_every_outcome_is_known(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, "transfers:1=502") as (at, platform):
        manifest = at.manifest(*names(2))
        assert at.line("submit", manifest).code == 6
        done = at.line("resolve", "--quiet-period", "1", *QUICK)
        assert (done.code, done.stdout.split()) == (0, ["planned", "2"])
        assert "submit the manifest again" in done.stderr
        assert at.line("submit", manifest, "--wait", *QUICK).code == 0
        assert len(platform.tasks) == 2
        assert at.line("resolve").code == 3


def test_resolve_names_the_tasks_that_it_might_be_and_takes_your_word(
    tmp_path: Path, run_line: RunLine
) -> None:
    with desk(tmp_path, run_line, "transfers:1=cut:1") as (at, platform):
        manifest = at.manifest("one/master.mp4", "two/master.mp4", "three/master.mp4")
        patient = ["--quiet-period", "1", *QUICK]
        assert at.line("submit", manifest, "--wait", *patient).code == 6
        asked = at.line("resolve", *patient)
        assert asked.code == 6
        (task,) = platform.tasks
        assert asked.stderr.count(f"it may be task {task.id}") == 3
        one, two, three = (f"s3://media/{name}/master.mp4" for name in ("one", "two", "three"))
        env = dict(at.env)
        assert at.line("resolve", one, "--task", task.id).code == 6
        del at.env["TWELVE_LABS_API_KEY"]  # a word needs nobody to be asked
        assert at.line("resolve", two, "--accepted").code == 6
        settled = at.line("resolve", three, "--absent", "--format", "jsonl")
        assert (settled.code, [item["event"] for item in events(settled)]) == (0, ["planned"])
        at.env |= env
        done = at.line("submit", manifest, "--wait", *patient, "--format", "json")
        assert (done.code, document(done)["summary"]) == (0, {"accepted": 1, "ready": 2})
        assert len(platform.tasks) == 2


@pytest.mark.parametrize(
    "argv",
    [
        ["--accepted"],
        ["--accepted", "--absent", "--all"],
        ["s3://a/b", "--absent", "--all"],
        ["s3://a/b", "--absent"],
    ],
)
def test_a_word_that_is_not_clear_settles_nothing(tmp_path: Path, run_line: RunLine, argv: list[str]) -> None:
    with desk(tmp_path, run_line, "transfers:1=502") as (at, _):
        at.line("submit", at.manifest(*names(2)))
        refused = at.line("resolve", *argv)
        assert refused.code == 2
        assert "hint:" in refused.stderr
        assert document(at.line("status", "--format", "json"))["summary"] == {"unknown": 2}


# status


def test_status_is_narrowed_by_state_index_and_run(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, "ready:1.mp4=failed") as (at, _):
        at.line("submit", at.manifest(*names(3)), "--wait", *QUICK)
        at.line("submit", at.manifest("late.mp4"), "--wait", *QUICK)

        def shown(*argv: str) -> tuple[int, int]:
            line = at.line("status", *argv, "--format", "json")
            return line.code, len(document(line)["entries"])

        assert shown() == (5, 4)
        assert shown("--state", "ready") == (0, 3)
        assert shown("--run", "1") == (5, 3)
        assert shown("--run", "2") == (0, 1)
        assert shown("--index-id", DEFAULT_INDEX_ID, "--state", "failed") == (5, 1)
        assert shown("--index-id", "65a1c0deaaaaaaaaaaaaaaab") == (0, 0)
        assert at.line("status", "--run", "9").code == 2


def test_status_knows_every_state_of_the_ledger() -> None:
    assert sorted(status.STATES) == sorted(STATES)


def test_a_watch_ends_by_itself_when_everything_has_ended(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, "ready:1.mp4=failed", speed=30.0) as (at, _):
        at.line("submit", at.manifest(*names(3)))
        seen = at.line("status", "--watch", "--poll-interval", "0.2")
        assert seen.code == 5
        assert seen.stdout.split()[:4] == ["ready", "2", "failed", "1"]
        assert re.search(r"3 indexing, about \d+ s left", seen.stderr)
        assert "2 ready, 1 failed" in seen.stderr


def test_a_watch_streams_what_happens_as_published_events(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, speed=200.0) as (at, _):
        at.line("submit", at.manifest(*names(2)))
        seen = at.line("status", "--watch", "--poll-interval", "0.1", "--format", "jsonl")
        found = events(seen)
    assert [item["status"] for item in found][-2:] == ["ready"] * 2
    assert {item["event"] for item in found} == {"status"}


def test_a_watch_beside_a_submission_shows_what_that_one_notes(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, speed=60.0) as (at, platform):
        manifest = at.manifest(*names(3))
        waiting = subprocess.Popen(
            [
                *(sys.executable, "-m", "s3transfer_tl", "submit", manifest, "--wait", *QUICK),
                *("--ledger", str(at.ledger)),
            ],
            env=os.environ | at.env | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not platform.tasks:
            time.sleep(0.01)
        seen = at.line("status", "--watch", *QUICK)
        waiting.communicate()
        assert (waiting.returncode, seen.code) == (0, 0)
        assert "another process holds the ledger" in seen.stderr
        assert seen.stdout.split()[:2] == ["ready", "3"]


def test_the_time_limit_ends_a_watch_with_4(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, speed=0.001) as (at, _):
        at.line("submit", at.manifest(*names(1)))
        late = at.line("status", "--watch", *QUICK, "--time-limit", "0.5")
    assert late.code == 4
    assert late.stdout.split()[:2] == ["indexing", "1"]
    assert "1 entry is not at an end" in late.stderr


class Terminal:
    """A command on a terminal of its own; ``seen`` is all that it wrote."""

    def __init__(self, at: Desk, *argv: str, columns: int = 100) -> None:
        self._end, there = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "s3transfer_tl", *argv, "--ledger", str(at.ledger)],
            env=os.environ | at.env | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": str(columns)},
            stdin=there,
            stdout=there,
            stderr=there,
        )
        os.close(there)
        self.seen = ""

    def until(self, there: Callable[[], object], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not there():
            assert time.monotonic() < deadline, self.seen
            if select.select([self._end], [], [], 0.1)[0]:
                self._read()

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def signal(self, how: signal.Signals) -> None:
        self._process.send_signal(how)

    def close(self) -> int:
        while self._process.poll() is None or select.select([self._end], [], [], 0.1)[0]:
            if not self._read():
                break
        os.close(self._end)
        return self._process.wait()

    def _read(self) -> bool:
        try:
            data = os.read(self._end, 65536)
        except OSError:  # Linux says EIO where nobody has the other end open any more
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)


def test_a_watch_on_a_terminal_is_a_table_and_ctrl_c_leaves_the_terminal_as_it_was(
    tmp_path: Path, run_line: RunLine
) -> None:
    with desk(tmp_path, run_line, speed=2.0) as (at, _):
        at.line("submit", at.manifest(*names(3), "a[red]b.mp4"))
        terminal = Terminal(at, "status", "--watch", *QUICK)
        terminal.until(lambda: "[red]b.mp4" in terminal.seen and "left" in terminal.seen)
        terminal.signal(signal.SIGINT)
        assert terminal.close() == 130
    assert "\x1b[?25l" not in terminal.seen, "a killed process could not give the cursor back"
    assert "stopped by Ctrl-C" in terminal.seen
    assert "Traceback" not in terminal.seen


def test_a_watch_keeps_its_counts_on_a_narrow_terminal(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, speed=2.0) as (at, _):
        at.line("submit", at.manifest("a-folder-of-some-length/a-video-of-some-length.mp4"))
        terminal = Terminal(at, "status", "--watch", *QUICK, columns=40)
        terminal.until(lambda: "a-folder" in terminal.seen and "left" in terminal.seen)
        terminal.signal(signal.SIGINT)
        assert terminal.close() == 130
    assert re.search(r"indexing +1\b", terminal.seen.partition("a-folder")[0])


# submit --confirm


@pytest.mark.parametrize(("answer", "code", "sent"), [("y", 0, 3), ("n", 3, 0)])
def test_confirm_tells_the_count_and_asks(
    tmp_path: Path, run_line: RunLine, answer: str, code: int, sent: int
) -> None:
    with desk(tmp_path, run_line) as (at, platform):
        terminal = Terminal(at, "submit", at.manifest(*names(5)), "--confirm", "--limit", "3")
        terminal.until(lambda: "send 3 entries now? [y/N]" in terminal.seen)
        assert not platform.transfers
        terminal.type(f"{answer}\n")
        assert terminal.close() == code
        assert len(platform.tasks) == sent
        if not sent:
            assert "nothing was sent" in terminal.seen
            with Ledger.open(at.ledger, read_only=True) as book:
                assert book.summary() == {"planned": 5}


def test_confirm_without_a_terminal_is_wrong_usage(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line) as (at, platform):
        refused = at.line("submit", at.manifest(*names(2)), "--confirm")
        assert refused.code == 2
        assert "needs a terminal" in refused.stderr
        assert not platform.transfers
