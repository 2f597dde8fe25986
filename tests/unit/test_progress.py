"""The moving line: on a terminal of its own, never among data."""

from __future__ import annotations

import io
import sys

import pytest

from s3transfer_tl.build.listings import Listed
from s3transfer_tl.cli.progress import Progress, bar, listing
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.sources.spool import Stage


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stdout", "stderr", "data", "moves"),
    [
        (Terminal, Terminal, False, True),
        (io.StringIO, Terminal, True, True),  # the data goes to a file
        (Terminal, Terminal, True, False),
        (io.StringIO, io.StringIO, False, False),
    ],
)
def test_the_line_moves_on_a_terminal_that_shows_no_data(
    monkeypatch: pytest.MonkeyPatch,
    stdout: type[io.StringIO],
    stderr: type[io.StringIO],
    data: bool,
    moves: bool,
) -> None:
    monkeypatch.setattr(sys, "stdout", stdout())
    told = stderr()
    monkeypatch.setattr(sys, "stderr", told)
    progress = Progress(Talk(), data=data)
    progress.show("3 ready")
    assert ("3 ready" in told.getvalue()) is moves
    progress.finish("done")
    assert told.getvalue().endswith("done\n")


def test_nothing_of_a_quiet_command_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Terminal()
    monkeypatch.setattr(sys, "stderr", told)
    talk = Talk()
    talk.quiet = True
    Progress(talk).show("3 ready")
    assert told.getvalue() == ""


def test_a_listing_tells_objects_pages_rate_and_requests_in_flight() -> None:
    event = Listed("videos", "s3://b/", "prefixes", 12_000, 12, 2.0, False, in_flight=32)
    assert listing(event) == "listing s3://b/: 12,000 objects, 12 pages, 6,000/s, 32 in flight"
    event = Listed("videos", "keys.txt", "file", 1, 1, 0.0, False)
    assert listing(event) == "listing keys.txt: 1 object, 1 page, 1,000/s"


def test_a_bar_is_drawn_where_the_total_is_known() -> None:
    fetching = Listed(
        "videos",
        "m.json",
        "inventory",
        0,
        0,
        1.0,
        False,
        stage=Stage("fetching", 1_500_000, 6_000_000, "bytes"),
    )
    assert listing(fetching) == f"fetching m.json: [{'#' * 5}{' ' * 15}]  25% of 6.0 MB"
    assert bar(0, 0) == f"[{' ' * 20}]   0%"
    assert bar(7, 5) == f"[{'#' * 20}] 100%"
