"""The moving line: on a terminal of its own, never among data."""

from __future__ import annotations

import io
import sys

import pytest

from s3transfer_tl.cli.progress import Progress
from s3transfer_tl.cli.talk import Talk


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
