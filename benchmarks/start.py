"""How long the command line takes to start, against the parts that it cannot do without.

Prints a line for each: our median, the peer's, the ratio. Three interleaved rounds of eleven runs.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS, RUNS = 3, 11
SAMPLE = Path(__file__).parent.parent / "sample_manifests" / "good-series.json"
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
    subprocess.run([sys.executable, *argv], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    print(f"{'command':<18}{'ms':>8}{'peer ms':>10}{'ratio':>8}  spread of the rounds' ratios")
    for name, (ours, peer) in CASES.items():
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
