from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl.bulk import Pace


def clean_for(pace: Pace, start: float, seconds: float) -> float:
    """Answer cleanly every 10 ms from ``start``; return the time after."""
    for step in range(round(seconds * 100)):
        pace.clean(start + step / 100)
    return start + seconds


def test_the_window_starts_at_eight() -> None:
    assert Pace(256).window == 8


def test_a_window_smaller_than_eight_is_kept() -> None:
    pace = Pace(3)
    clean_for(pace, 0.0, 2)
    assert pace.window == 3


def test_a_clean_window_doubles_each_tenth_of_a_second_up_to_the_most() -> None:
    pace = Pace(100)
    seen = []
    for step in range(6):
        pace.clean(step / 10 + 0.001 * step)
        seen.append(pace.window)
    assert seen == [16, 32, 64, 100, 100, 100]


def test_a_burst_of_clean_answers_doubles_once() -> None:
    pace = Pace(256)
    for _ in range(50):
        pace.clean(1.0)
    assert pace.window == 16


def test_a_throttled_answer_takes_the_window_to_seven_tenths_once_in_half_a_second() -> None:
    pace = Pace(256)
    now = clean_for(pace, 0.0, 1.0)
    assert pace.window == 256
    for step in range(49):
        pace.throttled(now + step / 100)
    assert pace.window == pytest.approx(256 * 0.7)
    pace.throttled(now + 0.5)
    assert pace.window == pytest.approx(256 * 0.49)


def test_after_the_first_throttling_the_window_grows_by_one_each_tenth_of_a_second() -> None:
    pace = Pace(256)
    now = clean_for(pace, 0.0, 1.0)
    pace.throttled(now)
    before = pace.window
    clean_for(pace, now + 0.1, 1.0)
    assert before + 9 <= pace.window <= before + 11


def test_the_window_never_falls_below_one() -> None:
    pace = Pace(8)
    for step in range(100):
        pace.throttled(step * 1.0)
    assert pace.window == 1


def test_without_a_rate_nothing_waits() -> None:
    pace = Pace(8)
    for _ in range(1000):
        pace.take(5.0)
    assert pace.delay(5.0) == 0


def test_a_rate_spaces_requests() -> None:
    pace = Pace(8, rate=10)
    now, sent = 100.0, []
    while now < 103:
        if pace.delay(now) == 0:
            pace.take(now)
            sent.append(now)
        now += 0.001
    assert 29 <= len(sent) <= 32
    gaps = [later - earlier for earlier, later in itertools.pairwise(sent[1:])]
    assert min(gaps) >= 0.099


def test_a_pause_earns_fifty_milliseconds_of_credit_and_no_more() -> None:
    pace = Pace(512, rate=1000)
    pace.take(0.0)
    burst = 0
    while pace.delay(60.0) == 0:
        pace.take(60.0)
        burst += 1
    assert 50 <= burst <= 52


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 0.3)), max_size=300), st.integers(1, 512))
def test_the_window_stays_between_one_and_the_most(steps: list[tuple[bool, float]], most: int) -> None:
    pace, now = Pace(most), 0.0
    for is_clean, gap in steps:
        now += gap
        (pace.clean if is_clean else pace.throttled)(now)
        assert 1 <= pace.window <= most
