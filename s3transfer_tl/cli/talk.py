"""What the tool says on stderr: stdout is data, stderr is talk."""

from __future__ import annotations

import os
import sys

import click

from s3transfer_tl import errors
from s3transfer_tl.model import Finding
from s3transfer_tl.report.text import printable

__all__ = ["Talk", "printable", "wants_colour"]

_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan", "hint": "green"}


class Talk:
    """One command's voice. ``quiet`` mutes everything but errors; ``debug`` shows tracebacks."""

    def __init__(self) -> None:
        self.quiet = False
        self.debug = False

    def say(self, text: str) -> None:
        """Write a line of progress or summary."""
        if not self.quiet:
            click.echo(_lines(text), err=True, color=wants_colour(sys.stderr))

    def warn(self, text: str) -> None:
        """Write a warning line."""
        if not self.quiet:
            self._labelled("warning", text)

    def error(self, error: errors.TransferError) -> None:
        """Write the sentence and the hint of ``error``, and each finding it carries."""
        for finding in getattr(error, "findings", ()):
            self._finding(finding)
        self._labelled("error", error.message)
        docs_url = getattr(error, "docs_url", None)
        if docs_url:
            self._labelled("see", docs_url)
        if error.hint:
            self._labelled("hint", error.hint)

    def bug(self, error: Exception) -> None:
        """Own up to a bug, without a traceback."""
        self._labelled("error", f"internal error: {type(error).__name__}: {error}")
        if not self.debug:
            self._labelled("hint", "run again with --debug for the traceback, and report it")

    def _finding(self, finding: Finding) -> None:
        place = ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)
        hint = f"; {finding.hint}" if finding.hint else ""
        self._labelled("error", f"{place}: {finding.code} {finding.message}{hint}")

    def _labelled(self, label: str, text: str) -> None:
        styled = click.style(f"{label}:", fg=_COLOURS.get(label), bold=True)
        click.echo(f"{styled} {_lines(text)}", err=True, color=wants_colour(sys.stderr))


def wants_colour(stream: object) -> bool:
    """Tell whether ``stream`` takes colours: NO_COLOR and TERM=dumb say no, FORCE_COLOR says yes."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.environ.get("TERM") == "dumb":
        return False
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty())


def _lines(text: str) -> str:
    """Return ``text`` as a terminal may show it, with the line ends of our own sentences."""
    return "\n".join(map(printable, text.split("\n")))
