"""What a person sees on terminals of all sizes and kinds, and what a log gets: the real command line."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from s3transfer_tl.sandbox import DEFAULT_KEY, Sandbox
from tests.list_server import ListServer, shape
from tests.submission import entry, write

ROOT = Path(__file__).parent.parent.parent
UTF8 = {"PYTHONIOENCODING": "utf-8"}
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}
BAR = re.compile("[━╸╺-]{8}")


class Pty:
    """A command whose standard error is a terminal of so many columns; standard output is a file."""

    def __init__(
        self, argv: Sequence[str | Path], folder: Path, columns: int = 80, **environment: str
    ) -> None:
        self._end, there = pty.openpty()
        self.resize(columns)
        clean = {
            name: value
            for name, value in os.environ.items()
            if name not in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES")
        }
        self._out = (folder / "out").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "s3transfer_tl", *argv],
            cwd=folder,
            env=clean | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color"} | UTF8 | environment,
            stdin=there,
            stdout=self._out,
            stderr=there,
        )
        os.close(there)
        self.seen = ""

    def resize(self, columns: int) -> None:
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def read(self, *, until: str = "(?!)") -> str:
        """Read until the text comes, or to the end."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not re.search(until, self.seen):
            if select.select([self._end], [], [], 0.2)[0]:
                try:
                    data = os.read(self._end, 65536)
                except OSError:  # Linux says EIO where nobody has the other end open any more
                    break
                if not data:
                    break
                self.seen += data.decode(errors="replace")
        return self.seen

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> None:
        self._process.send_signal(number)

    def close(self) -> int:
        self.read()
        os.close(self._end)
        self._out.close()
        return self._process.wait(timeout=60)


def drawn(seen: str) -> list[str]:
    """The lines that were drawn over each other, as plain text."""
    parts = re.split(r"\r\x1b\[2K|\r|\n", seen)
    return [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", part) for part in parts]


def moved(seen: str) -> list[str]:
    return [line for line in drawn(seen) if re.search(r"\d objects", line) and "listed" not in line]


@pytest.fixture(scope="module")
def bucket() -> Iterator[Mapping[str, str]]:
    with ListServer(shape("seq", 12_000), latency=0.15) as server:
        yield CREDENTIALS | {"AWS_ENDPOINT_URL_S3": server.url}


LIST = ("list", "s3://media/", "-o", "keys.jsonl", "--list-concurrency", "1")


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_listing_moves_and_fits_every_terminal(
    tmp_path: Path, bucket: Mapping[str, str], columns: int
) -> None:
    terminal = Pty(LIST, tmp_path, columns, **bucket)
    assert terminal.close() == 0
    lines = moved(terminal.seen)
    assert lines
    assert max(map(len, lines)) < columns
    assert "%" not in "".join(lines), "nobody knows how many there are"
    assert ("/s" in lines[-1]) is (columns > 20)
    assert "\x1b[?25l" not in terminal.seen, "a killed process could not give the cursor back"
    assert re.search(r"listed 12,000 objects, 12 pages, to keys\.jsonl \([\d,]+ bytes\); ", terminal.seen)


@pytest.mark.parametrize(
    ("argv", "environment"),
    [
        (LIST, {"TERM": "dumb"}),
        ((*LIST, "--progress"), {"TERM": "dumb"}),
        ((*LIST, "--no-progress"), {"NO_COLOR": "1"}),
        ((*LIST, "--no-progress"), {"CLICOLOR": "0"}),
    ],
    ids=["dumb", "dumb, progress", "no-progress", "clicolor=0"],
)
def test_plain_lines_hold_no_escape(
    tmp_path: Path, bucket: Mapping[str, str], argv: Sequence[str], environment: Mapping[str, str]
) -> None:
    terminal = Pty(argv, tmp_path, **bucket, **environment)
    assert terminal.close() == 0
    assert "\x1b" not in terminal.seen
    assert not moved(terminal.seen)
    began = re.findall(r"(?m)^\d\d:\d\d:\d\d listing s3://media/\r$", terminal.seen)
    assert len(began) == ("--progress" in argv)


def test_no_color_leaves_a_line_that_moves(tmp_path: Path, bucket: Mapping[str, str]) -> None:
    terminal = Pty(LIST, tmp_path, **bucket, NO_COLOR="1")
    assert terminal.close() == 0
    assert moved(terminal.seen)
    assert not re.search(r"\x1b\[[0-9;]*m", terminal.seen)


def test_quiet_says_nothing_and_an_error_all_the_same(tmp_path: Path, bucket: Mapping[str, str]) -> None:
    terminal = Pty((*LIST, "--quiet"), tmp_path, **bucket)
    assert (terminal.close(), terminal.seen) == (0, "")
    terminal = Pty(("list", "no-such-file", "--quiet"), tmp_path)
    assert terminal.close() == 2
    assert terminal.seen.startswith("\x1b[31m\x1b[1merror:")


def test_a_terminal_that_shrinks_is_drawn_anew(tmp_path: Path, bucket: Mapping[str, str]) -> None:
    terminal = Pty(LIST, tmp_path, 120, **bucket)
    terminal.read(until=r"\d objects")
    before = len(terminal.seen)
    terminal.resize(30)
    assert terminal.close() == 0
    after = moved(terminal.seen[before:])
    assert after
    assert max(map(len, after[1:])) < 30


def test_ctrl_c_takes_the_line_away(tmp_path: Path, bucket: Mapping[str, str]) -> None:
    terminal = Pty(LIST, tmp_path, **bucket)
    terminal.read(until=r"\d objects")
    terminal.interrupt()
    assert terminal.close() == 130
    assert [one for one in drawn(terminal.seen) if one][-1].startswith("stopped by Ctrl-C")
    assert "Traceback" not in terminal.seen


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_key_of_any_letters_is_shown_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    names = ["s3://media/日本/ü.mp4", "s3://media/日本/ü.en.srt"]
    (tmp_path / "keys.jsonl").write_text(
        "".join(json.dumps({"uri": name}, ensure_ascii=False) + "\n" for name in names), encoding="utf-8"
    )
    (tmp_path / "t.yaml").write_text(
        "version: 1\nindex_id: 65a1c0de5a4db0c5ca11ab1e\nlanguage: en\naccess: off\n"
        "videos:\n  source: keys.jsonl\n"
    )
    told = {}
    for form in ("text", "json"):
        terminal = Pty(
            ("explain", "-c", "t.yaml", "日本/ü.mp4", "--format", form),
            tmp_path,
            PYTHONIOENCODING=encoding,
            PYTHONUTF8="0",
        )
        assert terminal.close() == 0, terminal.seen
        told[form] = (tmp_path / "out").read_bytes()
    escaped = {"ascii": rb"\u65e5\u672c/\u00fc", "latin-1": b"\\u65e5\\u672c/\xfc"}
    assert escaped.get(encoding, "日本/ü".encode()) in told["text"]
    assert json.loads(told["json"])["keys"][0]["uri"] == names[0]


def test_the_c_locale_builds_what_any_other_does(tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("s3://media/日本.mp4\ns3://media/日本.en.srt\n", encoding="utf-8")
    (tmp_path / "t.yaml").write_text(
        "version: 1\nindex_id: 65a1c0de5a4db0c5ca11ab1e\nlanguage: en\naccess: off\n"
        "videos:\n  source: keys.txt\n"
    )
    terminal = Pty(("build", "-c", "t.yaml", "-o", "m.json"), tmp_path, 40, LC_ALL="C", PYTHONIOENCODING="")
    assert terminal.close() == 0, terminal.seen
    assert "wrote 1 entry, " in terminal.seen
    assert "日本" in (tmp_path / "m.json").read_text(encoding="utf-8")


def test_a_submission_draws_a_bar_with_its_total_and_ends_with_a_summary(tmp_path: Path) -> None:
    manifest = write(tmp_path / "m.json", [entry(f"{n}.mp4") for n in range(30)])
    with Sandbox(speed=120.0) as platform:
        line = ("submit", manifest, "--wait", "--poll-interval", "0.2", "--ledger", "l", "--batch-size", "10")
        environment = {"TWELVELABS_BASE_URL": platform.api_url, "TWELVE_LABS_API_KEY": DEFAULT_KEY}
        terminal = Pty(line, tmp_path, 100, **environment)
        assert terminal.close() == 0, terminal.seen
    lines = [one for one in drawn(terminal.seen) if one.startswith("following")]
    assert any(BAR.search(one) and re.search(r"\d+% \d+ of 30", one) for one in lines)
    shares = [int(found) for one in lines for found in re.findall(r"(\d+)%", one)]
    assert shares == sorted(shares)
    assert max(shares) <= 100
    assert re.search(r"sent 3 requests, [\d,]+ bytes; 30 ready; ", terminal.seen)
    assert (tmp_path / "out").read_text().split() == ["ready", "30"]


def test_a_wait_in_which_nothing_moves_is_seen(tmp_path: Path) -> None:
    manifest = write(tmp_path / "m.json", [entry(f"{n}.mp4") for n in range(3)])
    with Sandbox(speed=0.01) as platform:
        line = ("submit", manifest, "--wait", "--poll-interval", "60", "--ledger", "l")
        environment = {"TWELVELABS_BASE_URL": platform.api_url, "TWELVE_LABS_API_KEY": DEFAULT_KEY}
        terminal = Pty(line, tmp_path, 60, **environment)
        seen = terminal.read(until="following .* 0% 0 of 3")
        terminal.interrupt(signal.SIGTERM)
        assert terminal.close() == 143
    assert "following" in seen
    assert "stopped by SIGTERM; the ledger knows what was sent; run the same command" in terminal.seen


def test_what_failed_is_told_last_where_standard_output_is_data(tmp_path: Path) -> None:
    manifest = write(tmp_path / "m.json", [entry(f"{n}.mp4") for n in range(15)])
    with Sandbox(speed=100_000.0, fault_specs=["ready:*=failed"]) as platform:
        line = ("submit", manifest, "--wait", "--poll-interval", "0.1", "--ledger", "l", "--format", "jsonl")
        environment = {"TWELVELABS_BASE_URL": platform.api_url, "TWELVE_LABS_API_KEY": DEFAULT_KEY}
        terminal = Pty(line, tmp_path, 300, **environment)
        assert terminal.close() == 5, terminal.seen
    told = [one for one in drawn(terminal.seen) if one][-13:]
    assert told[0] == "in trouble:"
    assert sum("the platform failed the task" in one for one in told) == 10
    assert re.search(r"and 5 more: `s3transfer-tl status --run 1 --state failed --format jsonl", told[-2])
    assert told[-1].startswith("next: failed: ")


def test_a_log_that_nobody_reads_any_more_stops_no_work(tmp_path: Path) -> None:
    manifest = write(tmp_path / "m.json", [entry("a.mp4")])
    with Sandbox(speed=100_000.0) as platform:
        environment = {"TWELVELABS_BASE_URL": platform.api_url, "TWELVE_LABS_API_KEY": DEFAULT_KEY}
        read, write_end = os.pipe()
        os.close(read)
        done = subprocess.run(
            [sys.executable, "-m", "s3transfer_tl", "submit", str(manifest), "--wait", "--ledger", "l"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
            stdout=subprocess.PIPE,
            stderr=write_end,
            check=False,
        )
        os.close(write_end)
        assert [task.filename for task in platform.tasks] == ["a.mp4"]
    assert (done.returncode, done.stdout.split()) == (0, [b"ready", b"1"])
