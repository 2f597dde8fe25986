"""Standard streams of any encoding: a key that it lacks a letter of is shown escaped, and never an error."""

from __future__ import annotations

import codecs
import io
import sys

import click

ESCAPED = "s3transfer_tl.escaped"


def _escape(error: UnicodeError) -> tuple[str, int]:
    r"""Stand ``\u20ac`` in for what cannot be encoded: people read it, and so does a JSON reader."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = zip(units[::2], units[1::2], strict=True)
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs), error.end


codecs.register_error(ESCAPED, _escape)


def forgive() -> None:
    """Have standard output and standard error escape what their encoding has no bytes for."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ESCAPED)


def let_go() -> None:
    """Forget a standard error that takes no more: what is left in it must not make the exit code Python's
    own 120."""
    try:
        if sys.stderr:
            sys.stderr.flush()
    except (OSError, ValueError):  # ValueError: the stream is closed
        sys.stderr = None


def line(text: str, *, nl: bool = True, colour: bool | None = None) -> None:
    """Write text to standard output; what its encoding lacks is escaped. ``colour`` None: on a terminal."""
    # named, since click's own choice is UTF-8 where the encoding is ASCII
    click.echo(text, file=sys.stdout, nl=nl, color=colour)


def document(text: str, *, nl: bool = True) -> None:
    """Write JSON to standard output: in UTF-8 whatever that stream's own encoding is, as RFC 8259 wants."""
    click.echo(text.encode("utf-8", ESCAPED), nl=nl)
