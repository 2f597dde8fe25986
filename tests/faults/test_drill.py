"""A hundred kills: what the drill promises. `make drill` does a thousand."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.drill import Drill


@pytest.mark.slow
def test_a_hundred_kills_lose_nothing_and_send_nothing_twice(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}: python -m tests.faults.drill --kills 100 --seed {seed}")  # shown where it fails
    tally = Drill(tmp_path, kills=100, seed=seed).run()
    assert tally.kept, tally
    assert tally.kills >= 100
    assert tally.in_flight >= 10
    assert tally.refused >= 1
    assert {"none", "429", "500"} <= tally.answers.keys()
