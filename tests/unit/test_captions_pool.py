"""Many subtitle files by several processes: the same reviews, in order, whatever happens to a worker."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from s3transfer_tl import lint
from s3transfer_tl.lint import pool
from s3transfer_tl.model import Review

CUE = "1\n00:00:01,000 --> 00:00:0{end},000\nHi\n"


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    """150 files; every seventh has a cue that does not end after it starts."""
    found = []
    for number in range(150):
        path = tmp_path / f"{number:03}.srt"
        path.write_text(CUE.format(end=1 if number % 7 == 0 else 2))
        found.append(str(path))
    return found


def judged_until(data: bytes, file: str, last: str) -> Review:
    """Judge, but die at the file ``last``: only in a worker."""
    if file.endswith(last) and multiprocessing.parent_process():
        os._exit(9)
    return lint.transcription(data, file)


def test_several_processes_review_as_one_does_and_in_order(names: list[str]) -> None:
    together = list(pool.reviews(names, lint.transcription, 3))
    assert together == list(pool.reviews(names, lint.transcription, 1))
    assert [review is not None and len(review.findings) for review in together] == [
        number % 7 == 0 for number in range(150)
    ]


def test_a_file_that_cannot_be_read_is_none_and_the_others_are_reviewed(names: list[str]) -> None:
    os.remove(names[99])
    reviews = list(pool.reviews(names, lint.transcription, 2))
    assert [number for number, review in enumerate(reviews) if review is None] == [99]


@pytest.mark.parametrize("last", ["000.srt", "070.srt", "149.srt"])
def test_a_worker_that_dies_costs_no_review(names: list[str], last: str) -> None:
    judge = functools.partial(judged_until, last=last)
    assert list(pool.reviews(names, judge, 2)) == list(pool.reviews(names, lint.transcription, 1))


def test_a_reader_that_stops_early_leaves_no_process(names: list[str]) -> None:
    reviews = pool.reviews(names, lint.transcription, 2)
    assert next(reviews) is not None
    del reviews
    assert multiprocessing.active_children() == []


def test_few_files_need_no_second_process(names: list[str]) -> None:
    reviews = pool.reviews(names[:20], lint.transcription, 2)
    next(reviews)
    assert multiprocessing.active_children() == []
    assert len(list(reviews)) == 19


SLOW = """
import os, sys, time
from s3transfer_tl import lint
from s3transfer_tl.lint import pool

def slow(data, file):
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(0.05)
    return lint.transcription(data, file)

if __name__ == "__main__":
    try:
        list(pool.reviews(sys.argv[1:], slow, 2))
    except KeyboardInterrupt:
        sys.exit(130)
"""


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_no_worker_outlives_a_run_that_is_stopped(
    names: list[str], tmp_path: Path, sent: int, code: int
) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    run = subprocess.Popen(
        [sys.executable, str(script), *names],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that Ctrl-C reaches the workers too, and not the tests
    )
    with run:
        assert run.stdout
        assert run.stderr
        pids = {int(run.stdout.readline()) for _ in range(4)}
        if sent == signal.SIGINT:
            os.killpg(run.pid, sent)
        else:
            run.send_signal(sent)
        assert run.wait(20) == code
        assert "Traceback" not in run.stderr.read()
    limit = time.monotonic() + 10
    while any(map(running, pids)) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not any(map(running, pids))
