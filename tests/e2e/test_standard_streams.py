"""Standard streams that are closed or full: what can be done is done, what cannot is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from s3transfer_tl.sandbox import DEFAULT_KEY, Sandbox
from tests.submission import entry, write

ROOT = Path(__file__).parent.parent.parent


def shell(folder: Path, line: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run ``TL ...`` with its redirections; what is left open of its output is returned."""
    command = f"{sys.executable} -m s3transfer_tl {line}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | env
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("line", ["rules", "schema manifest", "lint m.json", "lint m.json --format json"])
@pytest.mark.parametrize("place", [">/dev/full", ">&-"])
def test_an_output_that_takes_nothing_is_told_in_a_sentence(tmp_path: Path, line: str, place: str) -> None:
    write(tmp_path / "m.json", [entry("a.mp4")])
    done = shell(tmp_path, f"{line} {place}")
    assert done.returncode == 4
    assert done.stderr.startswith("error: the output could not be written: ")
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("command", ["lint - <&-", "list - <&-"])
def test_a_closed_standard_input_holds_nothing(tmp_path: Path, command: str) -> None:
    done = shell(tmp_path, command)
    assert done.returncode == 3
    assert "internal error" not in done.stderr


def test_with_nobody_to_talk_to_the_work_is_done_all_the_same(tmp_path: Path) -> None:
    write(tmp_path / "m.json", [entry("a.mp4")])
    with Sandbox(speed=100_000.0) as platform:
        line = "submit m.json --wait --poll-interval 0.05 --ledger l.sqlite3 2>&- <&-"
        done = shell(tmp_path, line, TWELVELABS_BASE_URL=platform.api_url, TWELVE_LABS_API_KEY=DEFAULT_KEY)
        assert [task.filename for task in platform.tasks] == ["a.mp4"]
    assert (done.returncode, done.stdout.split()) == (0, ["ready", "1"])


def test_ctrl_c_while_the_command_line_is_loaded_ends_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")
    done = shell(tmp_path, "lint m.json", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
