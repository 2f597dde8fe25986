"""Being stopped, locked out or starved: each ends with its exit code, its sentence and a resumable state."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from s3transfer_tl.sandbox import Sandbox
from tests.conftest import RunLine
from tests.faults.test_submit_faults import FAST, ROOT, Desk, arrivals, expected, until

STOPS = [(signal.SIGTERM, 143), (signal.SIGINT, 130)]
PATIENT = ["--wait", "--quiet-period", "3", "--poll-interval", "0.1"]


@pytest.mark.parametrize(("how", "code"), STOPS)
def test_the_first_signal_lets_the_request_that_is_under_way_finish(
    tmp_path: Path, run_line: RunLine, how: signal.Signals, code: int
) -> None:
    with Sandbox(speed=FAST, fault_specs=["transfers:1=slow:1.5"]) as platform:
        desk = Desk(tmp_path, platform.api_url, 4)
        process = desk.start("--batch-size", "2")
        until(lambda: platform.calls["transfers"])
        time.sleep(0.1)
        process.send_signal(how)
        _, said = process.communicate()
        assert (process.returncode, "Traceback" in said) == (code, False)
        assert "once more stops at once" in said
        assert desk.states() == {"planned": 2, "accepted": 2}  # the answer was heard, the rest not sent
        assert run_line(desk.line(*PATIENT), env=desk.env).code == 0
        assert arrivals(platform) == expected(4)


@pytest.mark.parametrize(("how", "code"), STOPS)
def test_a_second_signal_stops_at_once_and_the_outcome_is_unknown(
    tmp_path: Path, run_line: RunLine, how: signal.Signals, code: int
) -> None:
    with Sandbox(speed=FAST, fault_specs=["transfers:1=slow:4"]) as platform:
        desk = Desk(tmp_path, platform.api_url, 4)
        process = desk.start()
        until(lambda: platform.calls["transfers"])
        began = time.monotonic()
        for _ in range(2):
            time.sleep(0.2)
            process.send_signal(how)
        _, said = process.communicate()
        assert time.monotonic() - began < 3.5
        assert (process.returncode, "Traceback" in said) == (code, False)
        assert desk.states() == {"unknown": 4}
        assert run_line(desk.line(*PATIENT), env=desk.env).code == 0
        assert arrivals(platform) == expected(4)


def test_ctrl_c_while_the_platform_asks_us_to_wait_stops_at_once(tmp_path: Path, run_line: RunLine) -> None:
    with Sandbox(speed=FAST, fault_specs=["transfers:1=429:60"]) as platform:
        desk = Desk(tmp_path, platform.api_url, 4)
        process = desk.start()
        assert process.stderr
        assert any("waiting" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        process.communicate()
        assert process.returncode == 130
        assert desk.states() == {"planned": 4}
        assert run_line(desk.line(), env=desk.env).code == 0
        assert arrivals(platform) == expected(4)


def powerless(*command: str) -> list[str]:
    """Make ``command`` obey permissions, even where root types it."""
    if os.geteuid():
        return list(command)
    if not shutil.which("setpriv"):
        pytest.skip("root writes where nobody may, and there is no setpriv here")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *command]


def test_a_ledger_that_may_not_be_written_sends_nothing_and_can_be_read(
    tmp_path: Path, run_line: RunLine
) -> None:
    with Sandbox(speed=FAST) as platform:
        desk = Desk(tmp_path, platform.api_url, 4)
        assert run_line(desk.line("--limit", "1"), env=desk.env).code == 0
        desk.ledger.chmod(0o400)
        env = os.environ | desk.env | {"PYTHONPATH": str(ROOT)}
        line = powerless(sys.executable, "-m", "s3transfer_tl", *desk.line())
        refused = subprocess.run(line, env=env, capture_output=True, text=True, check=False)
        assert refused.returncode == 4, refused.stderr
        assert "cannot be written" in refused.stderr
        assert "mend its permissions" in refused.stderr
        assert len(platform.transfers) == 1
        assert run_line(["status", "--ledger", str(desk.ledger)]).code == 0
        desk.ledger.chmod(0o600)
        assert run_line(desk.line(*PATIENT), env=desk.env).code == 0
        assert arrivals(platform) == expected(4)
