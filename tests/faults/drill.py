"""The drill: `python -m tests.faults.drill --kills 1000 [--entries 2000] [--seed 7]`.

Submits a manifest by the real command line, and kills the process (SIGKILL) at random moments again and
again, now and then two processes started at once. The platform is the sandbox in a process of its own: it
loses answers, answers 500 after it accepted, says 429, and lists new tasks two seconds late. In the end every
entry must have been taken exactly once and none be of unknown outcome. The seed decides batch sizes, moments
and which process dies first; what it came to is printed as one line of JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import select
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from s3transfer_tl import errors
from s3transfer_tl.ledger import Ledger, health
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY
from tests.submission import entry, write

ROOT = Path(__file__).parent.parent.parent
LAG = 2.0  # seconds after which the platform lists a new task
QUIET = 5.0  # longer than the lag, and than any hiccup of the machine it runs on
INDEXES = (DEFAULT_INDEX_ID, "629d807aa9e2a3a33a92c00b")
# Of several that fit one request the first holds. Every request takes a while, so that many die in one.
FAULTS = (
    f"lag={LAG}",
    "transfers:/17=cut",
    "transfers:/23=500-after-accept",
    "transfers:/29=502",
    "transfers:/31=cut:1",
    "transfers:/37=429:0",
    "transfers:/41=503-after-accept",
    "transfers:*=slow:0.04",
)
AT_ONCE = 0.15  # of all lives: a second process is started with the first


@dataclass
class Tally:
    """What a drill came to. ``lives`` are processes that were started, ``in_flight`` the kills that left a
    request without its note, ``refused`` the processes that another one kept out."""

    seed: int
    kills: int = 0
    lives: int = 0
    in_flight: int = 0
    refused: int = 0
    requests: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    entries: int = 0
    duplicates: int = 0
    lost: int = 0
    states: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def kept(self) -> bool:
        """Tell whether the promise was kept."""
        return not self.duplicates and not self.lost and self.states == {"ready": self.entries}


class Drill:
    """One drill in ``folder``; the ledger and what the platform received stay there."""

    def __init__(self, folder: Path, *, kills: int, seed: int, entries: int = 2000) -> None:
        self._folder, self._kills, self._entries = folder, kills, entries
        self._chance = random.Random(seed)
        self._tally = Tally(seed, entries=entries)
        self._ledger = folder / "ledger.sqlite3"
        # the same file names in two indexes
        wanted = [
            entry(f"{'ab'[n % 2]}/{n // 2}.mp4", index_id=INDEXES[n % 2], captioned=n % 3 > 0)
            for n in range(entries)
        ]
        self._manifest = write(folder / "manifest.json", wanted)
        self._most = max(1, entries // kills)  # entries a request, so that there is something to kill for all
        self._cut: set[int | None] = set()  # requests that a kill left without their note
        self._began = 0.3  # seconds until a process sends its first request, as seen last

    def run(self) -> Tally:
        """Kill until it was often enough, let one process end by itself, and count."""
        start = time.monotonic()
        with _platform() as url:
            self._url = url
            while self._tally.kills < self._kills:
                self._life()
            last = self._start(self._most * 10)
            _, said = last.communicate()
            if last.returncode != 0:
                raise AssertionError(f"the last run ended with {last.returncode}: {said}")
            with urllib.request.urlopen(f"{url}/sandbox/received") as answer:
                received = answer.read()
        (self._folder / "received.jsonl").write_bytes(received)
        self._count([json.loads(line) for line in received.splitlines()])
        self._tally.seconds = round(time.monotonic() - start, 1)
        return self._tally

    def _life(self) -> None:
        size = self._chance.randint(1, self._most)
        lives = [self._start(size) for _ in range(2 if self._chance.random() < AT_ONCE else 1)]
        started = time.monotonic()
        if self._chance.random() < 0.35:  # at any moment before it sends, or a little after
            time.sleep(self._chance.uniform(0, self._began * 1.2))
        else:
            self._first_request(lives, started)
            time.sleep(self._chance.uniform(0, 0.12))
        self._chance.shuffle(lives)
        for process in lives:
            process.kill()
        for process in lives:
            _, said = process.communicate()
            self._end(process.returncode, said)
        none_yet = contextlib.suppress(errors.TransferError)
        with none_yet, Ledger.open(self._ledger, read_only=True) as book:
            self._cut |= {row.batch_id for row in book.rows(state="sending")}

    def _end(self, code: int, said: str) -> None:
        self._tally.lives += 1
        self._tally.kills += code == -9
        self._tally.refused += code == errors.BUSY
        if code not in (-9, errors.BUSY):
            raise AssertionError(f"a process ended with {code} before it was killed: {said}")

    def _first_request(self, lives: list[subprocess.Popen[str]], started: float) -> None:
        """Wait until one of them has noted that it sends: its event goes out before the request does."""
        pipes = {process.stdout: process for process in lives}
        while pipes and time.monotonic() < started + 30:
            for pipe in select.select(list(pipes), [], [], 0.1)[0]:
                text = os.read(pipe.fileno(), 1 << 16)
                if b'"sending"' in text:
                    self._began = time.monotonic() - started
                    return
                if not text:
                    del pipes[pipe]

    def _start(self, size: int) -> subprocess.Popen[str]:
        patient = ["--wait", "--quiet-period", str(QUIET), "--poll-interval", "0.5", "--brake", "100"]
        where = ["--ledger", str(self._ledger), "--batch-size", str(size), "--format", "jsonl"]
        platform = {"TWELVELABS_BASE_URL": self._url, "TWELVE_LABS_API_KEY": DEFAULT_KEY}
        return subprocess.Popen(
            [sys.executable, "-m", "s3transfer_tl", "submit", str(self._manifest), *where, *patient],
            env=os.environ | platform | {"PYTHONPATH": str(ROOT)},
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _count(self, received: list[dict[str, Any]]) -> None:
        tally = self._tally
        taken = Counter((one["index_id"], one["object"]) for line in received for one in line["kept"])
        wanted = {(one["index_id"], one["object"]) for one in json.loads(self._manifest.read_bytes())}
        tally.in_flight = len(self._cut)
        tally.requests = len(received)
        tally.answers = dict(Counter(str(line["answer"] or "none") for line in received))
        tally.duplicates = sum(count - 1 for count in taken.values())
        tally.lost = len(wanted - taken.keys())
        with Ledger.open(self._ledger, read_only=True) as book:
            tally.states = book.summary()
        if health.examine(self._ledger).counts != tally.states:
            raise AssertionError("the ledger miscounts its entries")


@contextlib.contextmanager
def _platform() -> Iterator[str]:
    """Run the sandbox in a process of its own; yield its URL."""
    line = [sys.executable, "-m", "s3transfer_tl", "sandbox", "--speed", "60"]
    line += [part for index_id in INDEXES for part in ("--index-id", index_id)]
    line += [part for fault in FAULTS for part in ("--fault", fault)]
    process = subprocess.Popen(
        line,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["api_url"]
        finally:
            process.terminate()


def main() -> None:
    """Drill once; the exit code is 1 where the promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="drill-"))
    print(f"seed {options.seed}, in {folder}", file=sys.stderr)
    tally = Drill(folder, kills=options.kills, seed=options.seed, entries=options.entries).run()
    print(json.dumps(asdict(tally)))
    sys.exit(not tally.kept)


if __name__ == "__main__":
    main()
