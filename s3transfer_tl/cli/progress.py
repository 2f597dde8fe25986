"""Progress on stderr: one line that rewrites itself on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import shutil
import sys
import time

from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.report.text import printable

PLAIN_SECONDS = 10.0  # a log gets a line this often, no more


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
