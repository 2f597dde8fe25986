"""What the tool says on stderr: stdout is data, stderr is talk.

Talk never stops the work: where nobody can be told any more (a closed pipe, a terminal that hung up, a
full disk), the rest is not said.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from itertools import islice

import click

from s3transfer_tl import errors
from s3transfer_tl.model import Finding
from s3transfer_tl.report.text import printable

__all__ = ["DRY", "Talk", "is_dumb", "printable", "wants_colour"]

DRY = "(dry-run) "
REPEATED = 10  # items of trouble that are told again at the end
_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan", "hint": "green", "next": "green"}
_NO = ("", "0", "false")


class Talk:
    """One command's voice. ``quiet`` mutes everything but errors; ``debug`` shows tracebacks; ``progress``
    is what --progress says, None where nobody said. In a ``dry_run`` every line says so. ``above`` writes a
    line above what moves, while something does."""

    def __init__(self) -> None:
        self.quiet = False
        self.debug = False
        self.dry_run = False
        self.progress: bool | None = None
        self.above: Callable[[str], None] | None = None
        self._began = time.monotonic()
        self._gone = False  # nobody listens any more

    @property
    def seconds(self) -> float:
        """How long the command has been at it."""
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        """Write a line of progress or summary."""
        if not self.quiet:
            self._write(_lines(text))

    def warn(self, text: str) -> None:
        """Write a warning line."""
        if not self.quiet:
            self._labelled("warning", text)

    def close(self, text: str) -> None:
        """Say what the command came to, and in what time."""
        from s3transfer_tl.cli.meter import lasted

        self.say(f"{text}; {lasted(self.seconds)}")

    def next(self, text: str) -> None:
        """Say what to do after an exit code that is not 0."""
        if not self.quiet:
            self._labelled("next", text)

    def repeat(self, what: str, items: Iterable[str], count: int, where: str) -> None:
        """Tell the first of ``count`` items of trouble once more, so that none drowns in what was said since;
        ``where`` says what shows all of them."""
        if not count:
            return
        self.say(f"{what}:")
        for item in islice(items, REPEATED):
            self.say(f"  {item}")
        if count > REPEATED:
            self.say(f"  and {count - REPEATED:,} more: {where}")

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
        self._write(f"{styled} {_lines(text)}")

    def _write(self, text: str) -> None:
        if self._gone or sys.stderr is None:
            return
        if self.dry_run:
            text = "\n".join(line if line.startswith(DRY) else DRY + line for line in text.split("\n"))
        try:
            coloured = wants_colour(sys.stderr)
            if self.above:
                self.above(text if coloured else click.unstyle(text))
            else:
                # named, since click's own choice is UTF-8 where the encoding is ASCII
                click.echo(text, file=sys.stderr, color=coloured)
        except (OSError, ValueError):  # ValueError: the stream is closed
            self._gone = True


def wants_colour(stream: object) -> bool:
    """Tell whether ``stream`` takes colours. NO_COLOR says no; FORCE_COLOR and CLICOLOR_FORCE say yes, even
    to a file; TERM=dumb and CLICOLOR=0 say no to a terminal (no-color.org, bixense.com/clicolors)."""
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "").lower() not in _NO for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    if os.environ.get("CLICOLOR") == "0" or os.environ.get("FORCE_COLOR") or is_dumb():
        return False
    return is_terminal(stream)


def is_dumb() -> bool:
    """Tell whether the terminal obeys nothing, and must be sent plain lines."""
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown")


def is_terminal(stream: object) -> bool:
    """Tell whether somebody looks at ``stream``."""
    try:
        isatty = getattr(stream, "isatty", None)
        return bool(isatty and isatty())
    except ValueError:  # closed
        return False


def _lines(text: str) -> str:
    """Return ``text`` as a terminal may show it, with the line ends of our own sentences."""
    return "\n".join(map(printable, text.split("\n")))
