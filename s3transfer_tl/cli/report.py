"""The report command: runs as one self-contained HTML page."""

from __future__ import annotations

import functools
import os
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from s3transfer_tl import __version__, errors, files
from s3transfer_tl.cli import options
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.errors import UsageError

_KEYS = ("TWELVE_LABS_API_KEY", "TWELVELABS_API_KEY")

EXAMPLE = """\b
Examples:
  s3transfer-tl report manifest.json -o report.html
  s3transfer-tl check manifest.json --format json > check.json
  s3transfer-tl report manifest.json check.json 3 -o report.html
"""


@click.command("report", epilog=EXAMPLE, short_help="Show runs as one HTML page that needs nothing else.")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="FILE", help="The page. [default: standard output, if no terminal]")
@click.option(
    "--rows",
    "most",
    type=click.IntRange(1),
    default=100_000,
    show_default=True,
    metavar="N",
    help="Rows of a table that go into the page; its figures count all.",
)
@options.ledger
@options.common
def command(talk: Talk, *, runs: tuple[str, ...], output: str | None, most: int, ledger: Path | None) -> int:
    """Show what was seen, paired, left out and why, what is not public, and what became of every entry.

    RUN is told apart by its content: a manifest beside its report, or that report; what lint or check print
    with --format json or jsonl; what submit or status print so; a ledger, or the number of a run in it; -
    for standard input. The page loads nothing, and can be read without its script.
    """
    from s3transfer_tl.cli import runs as reading
    from s3transfer_tl.report import page

    path = None if output in (None, "-") else Path(str(output))
    if path:
        files.check(path, reading.inputs(runs))
    elif output is None and sys.stdout.isatty():
        name = f"{Path(runs[0]).stem.removesuffix('.report') or 'run'}.html"
        typed = " ".join(map(shlex.quote, ("s3transfer-tl", "report", *runs, "-o", name)))
        raise UsageError("a page is nothing for a terminal to show", f"name a file: {typed}")
    now = datetime.now(UTC)
    wanted = reading.Wanted(ledger, most, now)
    sections = [reading.section(run, wanted) for run in runs]
    pieces = page.pieces(sections, made=page.moment(now.timestamp()), version=__version__)

    def fill(fp: BinaryIO) -> None:
        for piece in _without_keys(pieces):
            fp.write(piece.encode("utf-8", "backslashreplace"))

    if path is None:
        fill(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return errors.OK
    with files.clean_up(path):
        files.put_in_place([(files.write_beside(path, fill), path)])
    talk.say(f"wrote {path}, {_size(path.stat().st_size)}: open it in a browser, or send it")
    return errors.OK


def _without_keys(pieces: Iterator[str]) -> Iterator[str]:
    """Yield the page without the API key, should some server have said it in its words."""
    keys = [key for name in _KEYS if (key := os.environ.get(name, "").strip())]
    for piece in pieces:
        yield functools.reduce(lambda text, key: text.replace(key, "***"), keys, piece)


def _size(much: int) -> str:
    return f"{much / 1e6:,.1f} MB" if much >= 1e6 else f"{much / 1e3:,.0f} kB"
