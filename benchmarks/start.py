"""How long the command line takes to start, against the parts that it cannot do without.

Prints a line for each: our median, the peer's, the ratio. Three interleaved rounds of eleven runs.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS, RUNS = 3, 11
SAMPLE = Path(__file__).parent.parent / "sample_manifests" / "good-series.json"
# Modules are compiled once, as pip does when it installs, whatever the caller's environment says
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "PYTHONPYCACHEPREFIX": os.path.join(tempfile.gettempdir(), "s3transfer-tl-benchmarks"),
}
CASES = {
    "--help": (["-m", "s3transfer_tl", "--help"], ["-c", "import click"]),
    "build --help": (["-m", "s3transfer_tl", "build", "--help"], ["-c", "import click"]),
    "lint small.json": (
        ["-m", "s3transfer_tl", "lint", str(SAMPLE)],
        ["-c", "import json, click, jsonschema_rs"],
    ),
}


def seconds(argv: list[str]) -> float:
    """Return the wall time of one Python process with ``argv``."""
    started = time.perf_counter()
    argv = [sys.executable, *argv]
    quiet = subprocess.DEVNULL
    subprocess.run(argv, stdout=quiet, stderr=quiet, env=ENVIRONMENT, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    print(f"{'command':<18}{'ms':>8}{'peer ms':>10}{'ratio':>8}  spread of the rounds' ratios")
    for name, (ours, peer) in CASES.items():
        seconds(ours), seconds(peer)  # compiles what is not compiled yet
        rounds = []
        for _ in range(ROUNDS):
            pairs = [(seconds(ours), seconds(peer)) for _ in range(RUNS)]
            rounds.append(tuple(statistics.median(side) for side in zip(*pairs, strict=True)))
        mine, theirs = (statistics.median(side) for side in zip(*rounds, strict=True))
        ratios = sorted(a / b for a, b in rounds)
        spread = f"{ratios[0]:.2f}-{ratios[-1]:.2f}"
        print(f"{name:<18}{mine * 1000:>8.0f}{theirs * 1000:>10.0f}{mine / theirs:>8.2f}  {spread}")


if __name__ == "__main__":
    main()
