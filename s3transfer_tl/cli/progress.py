"""Progress on stderr: one line that rewrites itself on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.report.text import counted, printable

if TYPE_CHECKING:
    from s3transfer_tl.build.listings import Listed

PLAIN_SECONDS = 10.0  # a log gets a line this often, no more


def bar(done: int, total: int) -> str:
    """Return how much of a known total is done, as twenty signs and a percentage."""
    part = min(done / total, 1.0) if total else 0.0
    return f"[{'#' * int(part * 20):<20}] {part:4.0%}"


def listing(event: Listed) -> str:
    """Return the moving line of a listing that is not done."""
    if (stage := event.stage) is None:
        keys, pages = counted(event.keys, "object"), counted(event.pages, "page")
        rate = f"{event.keys / max(event.seconds, 0.001):,.0f}/s"
        flying = f", {event.in_flight} in flight" if event.in_flight is not None else ""
        return f"listing {event.source}: {keys}, {pages}, {rate}{flying}"
    megabytes = f" of {stage.total / 1e6:,.1f} MB" if stage.unit == "bytes" else ""
    return f"{stage.what} {event.source}: {bar(stage.done, stage.total)}{megabytes}"


class Progress:
    """The moving line of one command. ``finish()`` leaves a last line behind, or none. ``data`` says
    that data goes to stdout meanwhile."""

    def __init__(self, talk: Talk, *, data: bool = False) -> None:
        self._talk = talk
        # on one terminal the line would be written into the data
        self._live = sys.stderr.isatty() and not talk.quiet and not (data and sys.stdout.isatty())
        self._spoken = time.monotonic()
        self._drawn = False

    def show(self, text: str) -> None:
        """Show ``text`` as the state of things now."""
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\x1b[2K{printable(text)[:width]}")
            sys.stderr.flush()
            self._drawn = True
        elif time.monotonic() - self._spoken >= PLAIN_SECONDS:
            self._spoken = time.monotonic()
            self._talk.say(text)

    def finish(self, text: str | None = None) -> None:
        """Clear the moving line; leave ``text`` as an ordinary one."""
        if self._drawn:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            self._drawn = False
        if text is not None:
            self._talk.say(text)
