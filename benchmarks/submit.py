"""What the ledger costs: submitting against a bare loop of posts, and status against the sqlite3 shell.

    python -m benchmarks.submit [--entries 100000] [--rounds 3] [--rows 1000000]

Submitting: `s3transfer-tl submit` and a loop of `requests.post` over the same batches of 100, each a process
of its own with its start-up counted, each against a fresh sandbox in a third process, whose processor time is
told too. What of ours is start-up and what is lint is told besides. Status: a ledger of ``--rows`` entries,
made by the ledger's own functions, is opened and counted as `status` does: it reads what was counted as the
entries moved. The sqlite3 shell counts the entries. Start-up is left out there.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from s3transfer_tl import manifest
from s3transfer_tl.ledger import Identity, Ledger
from s3transfer_tl.model import Entry
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY

PEER = """
import json, sys
import requests
path, url, key = sys.argv[1:]
entries = json.load(open(path, "rb"))
for first in range(0, len(entries), 100):
    data = json.dumps(entries[first : first + 100], indent=2).encode()
    part = {"file": ("manifest.json", data, "application/json")}
    answer = requests.post(f"{url}/v1.2/tasks/transfers", headers={"x-api-key": key}, files=part)
    answer.raise_for_status()
"""
STATUS = """
import sys, time
from pathlib import Path
from s3transfer_tl.ledger import Choice, Ledger
began = time.perf_counter()
with Ledger.open(Path(sys.argv[1]), read_only=True) as book:
    counts = book.counts(Choice())
print(time.perf_counter() - began)
"""
SUMMARY = "SELECT e.state, count(*) FROM entries e GROUP BY e.state;"
MIX = ("accepted", "rejected", "refused", "accepted")  # what becomes of each of four parts of the ledger


class Spent(NamedTuple):
    """Seconds of wall time, of processor time, and of the latter with the platform's."""

    wall: float
    processor: float
    both: float


def sample(count: int) -> Iterator[Entry]:
    """Yield entries as a library of series has them."""
    for n in range(count):
        uri = f"s3://media/shows/{n // 1000:04d}/episode-{n:07d}"
        yield Entry(DEFAULT_INDEX_ID, "en", f"{uri}.mp4", f"{uri}.en.srt")


@contextlib.contextmanager
def platform() -> Iterator[tuple[str, int]]:
    """Run a sandbox in a process of its own; yield its URL and the process."""
    line = [sys.executable, "-m", "s3transfer_tl", "sandbox"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["api_url"], process.pid
        finally:
            process.terminate()


def processor(pid: int) -> float:
    """Return the seconds of processor time that a process has spent so far (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(argv: Sequence[str], url: str = "") -> Spent:
    """Run a Python process to its end and return what it took."""
    environment = os.environ | {"TWELVELABS_BASE_URL": url, "TWELVE_LABS_API_KEY": DEFAULT_KEY}
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *argv], env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{argv} ended with {process.returncode}")
    spent = usage.ru_utime + usage.ru_stime
    return Spent(time.perf_counter() - began, spent, spent)


def submitting(folder: Path, count: int, rounds: int) -> None:
    """Print what submitting takes beside the bare loop."""
    path = folder / "manifest.json"
    with path.open("wb") as fp:
        manifest.write(sample(count), fp)
    ours, theirs, lints, starts = [], [], [], []
    for number in range(rounds):
        book = folder / f"{number}.sqlite3"
        line = ["-m", "s3transfer_tl", "submit", "-q", str(path), "--ledger", str(book)]
        sides = [(ours, line), (theirs, ["-c", PEER, str(path), "{url}", DEFAULT_KEY])]
        for results, argv in sides if number % 2 else reversed(sides):
            with platform() as (url, pid):
                before = processor(pid)
                spent = run([part.replace("{url}", url) for part in argv], url)
                results.append(spent._replace(both=spent.both + processor(pid) - before))
        lints.append(run(["-m", "s3transfer_tl", "lint", "-q", str(path)]))
        starts.append(run(["-m", "s3transfer_tl", "submit", "--help"]))
        book.unlink()
    head = f"{count:,} entries, {rounds} rounds"
    print(f"{head:<36}{'wall s':>8}{'us/entry':>10}{'processor s':>13}{'with platform':>16}")
    for name, results in (
        ("s3transfer-tl submit", ours),
        ("  of it start-up and lint", lints),
        ("  of it start-up", starts),
        ("bare loop of requests.post", theirs),
    ):
        wall, alone, both = (statistics.median(side) for side in zip(*results, strict=True))
        print(f"{name:<36}{wall:>8.2f}{wall / count * 1e6:>10.1f}{alone:>13.2f}{both:>16.2f}")
    for what, place in (("wall time", 0), ("processor time", 1), ("processor time with the platform's", 2)):
        told([one[place] for one in ours], [one[place] for one in theirs], what)


def told(ours: Sequence[float], theirs: Sequence[float], what: str) -> None:
    """Print the ratio of each round's two sides: the median and the spread."""
    ratios = sorted(mine / other for mine, other in zip(ours, theirs, strict=True))
    print(f"ratio of {what}: {statistics.median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})")


def fill(path: Path, rows: int) -> None:
    """Make a ledger of ``rows`` entries in several states, by the functions that submit uses."""
    began = time.perf_counter()
    with Ledger.open(path) as book:
        with book.transaction():
            number = book.begin("submit", "manifest.json", "https://api.twelvelabs.io", "v1.2")
            book.plan(number, (Identity("https://api.twelvelabs.io", entry) for entry in sample(rows)))
        after = -1
        for outcome in MIX:
            part, after = book.planned(number, after, rows // 5)
            batch, _ = book.intend(number, part, time.time())
            book.settle(batch, outcome)
    print(f"made in {time.perf_counter() - began:.1f} s, {path.stat().st_size / 1e6:,.0f} MB")


def status(folder: Path, rows: int, rounds: int) -> None:
    """Print what status's summary takes beside the sqlite3 shell."""
    path = folder / "ledger.sqlite3"
    print(f"\na ledger of {rows:,} entries, ", end="", flush=True)
    fill(path, rows)
    ours, theirs = [], []
    for _ in range(rounds * 3):
        answer = subprocess.check_output([sys.executable, "-c", STATUS, str(path)], text=True)
        ours.append(float(answer))
        shell = ["sqlite3", "-readonly", str(path)]  # its timer tells of standard input only
        said = subprocess.check_output(shell, text=True, input=f".timer on\n{SUMMARY}\n")
        theirs.append(float(re.search(r"real ([\d.]+)", said)[1]))  # type: ignore[index]
    print(f"status's summary {statistics.median(ours) * 1e3:.1f} ms, ", end="")
    print(f"sqlite3 shell, counting the entries, {statistics.median(theirs) * 1e3:.0f} ms")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="submit-") as scratch:
        submitting(Path(scratch), options.entries, options.rounds)
        status(Path(scratch), options.rows, options.rounds)


if __name__ == "__main__":
    main()
