"""`submit` and `status` as a user types them: output, exit codes, and what the platform received."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from s3transfer_tl import schema
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, Sandbox
from tests.conftest import Line, RunLine
from tests.submission import entry, write

ODD = ["a+b c.mp4", "100%25?.mp4", "#1.mp4", "\u00fc/\u65e5\u672c.mp4", "'a\"b'.mp4", "line\nbreak.mp4"]


class Desk:
    """A manifest, a ledger and a platform; ``line`` types a command."""

    def __init__(self, folder: Path, url: str, run_line: RunLine) -> None:
        self.folder = folder
        self.ledger = folder / "ledger.sqlite3"
        self.env = {"TWELVELABS_BASE_URL": url, "TWELVE_LABS_API_KEY": DEFAULT_KEY}
        self._run_line = run_line

    def manifest(self, *names: str) -> str:
        return str(write(self.folder / "m.json", [entry(name) for name in names]))

    def line(self, *argv: str) -> Line:
        return self._run_line([*argv, "--ledger", str(self.ledger)], env=self.env)


@contextmanager
def desk(
    folder: Path, run_line: RunLine, *faults: str, speed: float = 100_000.0
) -> Iterator[tuple[Desk, Sandbox]]:
    with Sandbox(speed=speed, fault_specs=faults) as platform:
        yield Desk(folder, platform.api_url, run_line), platform


@pytest.mark.parametrize("option", ["--poll-interval", "--quiet-period", "--time-limit"])
@pytest.mark.parametrize("number", ["nan", "inf"])
def test_a_time_that_never_ends_is_refused(run_line: RunLine, option: str, number: str) -> None:
    line = run_line(["submit", "m.json", "--wait", option, number])
    assert (line.code, line.stdout) == (2, "")
    assert "is no number to count with" in line.stderr


def test_a_sandbox_runs_at_a_speed_that_is_a_number(run_line: RunLine) -> None:
    assert run_line(["sandbox", "--speed", "nan"], timeout=20).code == 2


def names(count: int) -> list[str]:
    return [f"shows/{n}.mp4" for n in range(count)]


def events(line: Line) -> list[dict[str, Any]]:
    published = schema.load("submission")
    judge = jsonschema_rs.Draft202012Validator({"$ref": "#/$defs/event", "$defs": published["$defs"]})
    found = [json.loads(text) for text in line.stdout.splitlines()]
    for item in found:
        judge.validate(item)
    return found


def document(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line.stdout)
    schema.validator("submission").validate(found)
    return found


# The good ends


def test_submit_wait_follows_to_ready_and_status_remembers(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line) as (at, platform):
        done = at.line("submit", at.manifest(*names(5)), "--wait", "--poll-interval", "0.1")
        assert (done.code, done.stdout.split()) == (0, ["ready", "5"])
        assert "5 to send" in done.stderr
        assert len(platform.tasks) == 5
        status = at.line("status")
    assert status.code == 0
    assert len(status.stdout.splitlines()) == 6
    assert all(task.id in status.stdout for task in platform.tasks)


def test_submit_alone_ends_after_accepted(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, speed=0.001) as (at, platform):
        done = at.line("submit", at.manifest(*names(3)))
        assert (done.code, done.stdout.split()) == (0, ["indexing", "3"])
        assert "status --watch" in done.stderr
        assert len(platform.transfers) == 1
        rows = at.line("status").stdout.splitlines()[1:]
    assert {row.index("s3://") for row in rows} == {10}, "a status of the platform pushes no column"
    assert all(row.endswith("(validating)") for row in rows)


def test_a_failed_entry_is_told_with_a_way_out(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, "ready:1.mp4=failed") as (at, _):
        done = at.line("submit", at.manifest(*names(2)), "--wait", "--poll-interval", "0.1")
        assert done.code == 5
        assert "failed: lint the transcriptions" in done.stderr
        assert "failed: lint" not in at.line("status", "--quiet").stderr


def test_a_second_run_says_that_all_was_submitted_before(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line) as (at, platform):
        manifest = at.manifest(*names(3))
        at.line("submit", manifest, "--wait", "--poll-interval", "0.1")
        again = at.line("submit", manifest)
        assert again.code == 0
        assert "the whole manifest was submitted before (3 ready)" in again.stderr
        assert len(platform.transfers) == 1


def test_every_odd_key_arrives_as_it_is(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line) as (at, platform):
        done = at.line("submit", at.manifest(*ODD), "--wait", "--poll-interval", "0.1")
        assert done.code == 0, done.stderr
        (transfer,) = platform.transfers
    assert [item["object"] for item in json.loads(transfer.body)] == [f"s3://media/{name}" for name in ODD]


def test_jsonl_is_one_published_event_a_line(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line) as (at, _):
        manifest = at.manifest(*ODD)
        done = at.line("submit", manifest, "--wait", "--poll-interval", "0.1", "--format", "jsonl")
        found = events(done)
        assert [item["event"] for item in found][:6] == ["planned"] * 6
        assert [item["object"] for item in found if item["status"] == "ready"] != []
        status = events(at.line("status", "--format", "jsonl"))
    assert [(item["event"], item["status"]) for item in status] == [("status", "ready")] * 6
    assert {item["object"] for item in status} == {f"s3://media/{name}" for name in ODD}


def test_json_is_one_published_document(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, "ready:1.mp4=failed") as (at, _):
        manifest = at.manifest(*names(3))
        done = at.line("submit", manifest, "--wait", "--poll-interval", "0.1", "--format", "json")
        found = document(done)
        assert done.code == 5
        assert found["summary"] == {"ready": 2, "failed": 1}
        assert [item["state"] for item in found["entries"]] == ["ready", "failed", "ready"]
        assert document(at.line("status", "--format", "json")) == found


def test_refresh_asks_the_platform(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, speed=400.0) as (at, _):
        at.line("submit", at.manifest(*names(2)))
        for _ in range(20):
            refreshed = at.line("status", "--refresh", "--format", "json")
            if document(refreshed)["summary"] == {"ready": 2}:
                break
    assert document(refreshed)["summary"] == {"ready": 2}
    assert document(at.line("status", "--format", "json"))["summary"] == {"ready": 2}


def test_the_default_ledger_is_in_the_users_state_folder(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line) as (at, _):
        home = at.env | {"HOME": str(tmp_path)}
        assert run_line(["submit", at.manifest("a.mp4")], env=home).code == 0
        assert run_line(["status"], env={"HOME": str(tmp_path)}).code == 0
    assert (tmp_path / ".local/state/s3transfer-tl/ledger.sqlite3").exists()


def test_a_base_url_made_for_a_newer_sdk_still_serves(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line) as (at, platform):
        at.env["TWELVELABS_BASE_URL"] = f"{platform.api_url}/v1.3/"
        assert at.line("submit", at.manifest("a.mp4")).code == 0
        assert len(platform.tasks) == 1


def test_v1_1_is_served_too(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line) as (at, platform):
        assert at.line("submit", at.manifest("a.mp4"), "--api-version", "v1.1.2").code == 0
        assert len(platform.tasks) == 1


# Rehearsal


def test_a_dry_run_prints_the_bytes_sends_nothing_and_makes_no_ledger(
    tmp_path: Path, run_line: RunLine
) -> None:
    with desk(tmp_path, run_line) as (at, platform):
        manifest = at.manifest(*names(3))
        done = at.line("submit", manifest, "--dry-run", "--batch-size", "2")
        assert done.code == 0
        assert "request 2: POST" in done.stderr
        assert not at.ledger.exists()
        assert not platform.calls
        at.line("submit", manifest, "--batch-size", "2")
        assert done.stdout.encode() == b"".join(transfer.body for transfer in platform.transfers)
        after = at.line("submit", manifest, "--dry-run")
    assert (after.code, after.stdout) == (0, "")
    assert "submitted before" in after.stderr


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_dry_run_speaks_every_format(tmp_path: Path, run_line: RunLine, form: str) -> None:
    with desk(tmp_path, run_line) as (at, _):
        done = at.line("submit", at.manifest(*names(2)), "--dry-run", "--format", form)
    if form == "json":
        assert document(done)["summary"] == {"planned": 2}
    else:
        assert [item["event"] for item in events(done)] == ["planned"] * 2


def test_a_reader_that_leaves_does_not_stop_the_sending(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line) as (at, platform):
        argv = ["submit", at.manifest(*names(400)), "--ledger", str(at.ledger), "--format", "jsonl"]
        process = subprocess.Popen(
            [sys.executable, "-m", "s3transfer_tl", *argv, "--batch-size", "10"],
            env=os.environ | at.env | {"PYTHONPATH": str(Path(__file__).parent.parent.parent)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr
        said = process.stderr.read()
        process.stderr.close()
        assert (process.wait(), said.count(b"Traceback")) == (0, 0)
        assert len(platform.tasks) == 400


# The other ends


def wrong(
    folder: Path, run_line: RunLine, argv: Sequence[str], code: int, said: str, **env: str | None
) -> None:
    """Type a submission that must end with ``code``, a sentence, a hint, and nothing sent."""
    with desk(folder, run_line) as (at, platform):
        for name, value in env.items():
            at.env.pop(name)
            at.env |= {name: value} if value is not None else {}
        done = at.line("submit", *argv)
        assert done.code == code, done.stderr
        assert said in done.stderr
        assert "hint:" in done.stderr
        assert "Traceback" not in done.stderr
        assert not platform.transfers
    assert not at.ledger.exists() or code == 4


def test_a_pause_before_anything_is_planned_is_told(tmp_path: Path, run_line: RunLine) -> None:
    closed = ("--endpoint-url", "http://127.0.0.1:9", "--no-sign-request")
    with desk(tmp_path, run_line, "index:1=429") as (at, _):
        line = at.line("submit", at.manifest("a.mp4"), "--check", "--media", *closed)
    assert "; waiting " in line.stderr
    assert line.code == 4, line.stderr  # S3 is out of reach


def test_no_key_is_wrong_usage(tmp_path: Path, run_line: RunLine) -> None:
    manifest = str(write(tmp_path / "m.json", [entry("a.mp4")]))
    wrong(tmp_path, run_line, [manifest], 2, "no API key", TWELVE_LABS_API_KEY=None)


def test_v1_3_is_wrong_usage(tmp_path: Path, run_line: RunLine) -> None:
    manifest = str(write(tmp_path / "m.json", [entry("a.mp4")]))
    wrong(tmp_path, run_line, [manifest, "--api-version", "v1.3"], 2, "takes no transcriptions")


@pytest.mark.parametrize(("option", "value"), [("--api-url", "nonsense"), ("--api-version", "latest")])
def test_what_is_no_address_or_version_is_wrong_usage(
    tmp_path: Path, run_line: RunLine, option: str, value: str
) -> None:
    manifest = str(write(tmp_path / "m.json", [entry("a.mp4")]))
    wrong(tmp_path, run_line, [manifest, option, value], 2, value)


def test_no_such_manifest_is_wrong_usage(tmp_path: Path, run_line: RunLine) -> None:
    wrong(tmp_path, run_line, [str(tmp_path / "none.json")], 2, "cannot read")


def test_an_empty_manifest_is_nothing_to_do(tmp_path: Path, run_line: RunLine) -> None:
    wrong(tmp_path, run_line, [str(write(tmp_path / "m.json", []))], 3, "has no entry")


def test_lint_errors_send_nothing(tmp_path: Path, run_line: RunLine) -> None:
    manifest = str(write(tmp_path / "m.json", [entry("a.mp4", index_id=DEFAULT_INDEX_ID + "1")]))
    wrong(tmp_path, run_line, [manifest], 1, "TL1")


def test_an_unknown_index_sends_nothing(tmp_path: Path, run_line: RunLine) -> None:
    manifest = str(write(tmp_path / "m.json", [entry("a.mp4", index_id="65a1c0deaaaaaaaaaaaaaaab")]))
    wrong(tmp_path, run_line, [manifest], 4, "does not know the index 65a1c0deaaaaaaaaaaaaaaab")


def test_a_wrong_key_sends_nothing(tmp_path: Path, run_line: RunLine) -> None:
    manifest = str(write(tmp_path / "m.json", [entry("a.mp4")]))
    wrong(tmp_path, run_line, [manifest], 4, "api_key_invalid", TWELVE_LABS_API_KEY="tlk_WRONG")


def test_an_unknown_outcome_ends_with_6_and_is_not_sent_again(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, "transfers:1=502", "transfers:2=400") as (at, platform):
        manifest = at.manifest(*names(2))
        done = at.line("submit", manifest, "--batch-size", "1")  # 6 beats 5
        assert done.code == 6
        assert "unknown" in done.stdout
        assert "rejected" in done.stdout
        assert "--wait" in done.stderr
        assert at.line("submit", manifest).code == 6
        assert len(platform.tasks) == 1


def test_a_rejected_batch_ends_with_5(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, "transfers:1=400") as (at, _):
        done = at.line("submit", at.manifest(*names(2)), "--batch-size", "1")
    assert done.code == 5
    assert "the platform answered 400" in done.stdout


def test_the_time_limit_ends_the_wait_with_4_and_a_document(tmp_path: Path, run_line: RunLine) -> None:
    with desk(tmp_path, run_line, speed=0.001) as (at, _):
        manifest = at.manifest("a.mp4")
        done = at.line(
            *(
                "submit",
                manifest,
                "--wait",
                "--time-limit",
                "0.3",
                "--poll-interval",
                "0.1",
                "--format",
                "json",
            )
        )
    assert done.code == 4
    assert document(done)["summary"] == {"indexing": 1}
    assert "time limit" in done.stderr


@pytest.mark.parametrize("empty", [True, False])
def test_status_without_a_submission_has_nothing_to_show(
    tmp_path: Path, run_line: RunLine, empty: bool
) -> None:
    ledger = tmp_path / "ledger.sqlite3"
    if empty:
        ledger.touch()
    done = run_line(["status", "--ledger", str(ledger)])
    assert done.code == 3
    assert "submit a manifest first" in done.stderr


def test_refresh_without_a_key_is_wrong_usage(tmp_path: Path, run_line: RunLine) -> None:
    assert run_line(["status", "--refresh", "--ledger", str(tmp_path / "l")]).code == 2
