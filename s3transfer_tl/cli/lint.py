"""The lint command: judge files offline."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from s3transfer_tl import errors, lint
from s3transfer_tl.cli import judged, options
from s3transfer_tl.cli.reports import Reports, reports
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import Review, Severity

EXAMPLE = """\b
Examples:
  s3transfer-tl lint manifest.json subtitles/*.srt
  s3transfer-tl lint --format json --fail-on warning manifests/
"""


@click.command(epilog=EXAMPLE, short_help="Judge manifests offline: codes, positions, ways out.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--select", multiple=True, metavar="CODE", help="Only these rules; TL2 means every TL2xx.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Not these rules; wins over --select.")
@click.option(
    "--stdin-filename", default="<stdin>", metavar="NAME", help="What '-' is called, and is by name."
)
@options.fail_on
@reports
@options.common
def command(
    talk: Talk,
    files: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    stdin_filename: str,
    fail_on: Severity | None,
    reports: Reports,
) -> int:
    """Judge manifests, transcriptions (.srt, .vtt) and configs (.yaml), without a network.

    FILE is a file, a glob, a folder (its *.json, *.srt and *.vtt, at any depth) or '-' for standard
    input. Codes may be joined by commas. `s3transfer-tl rules CODE` explains a finding.
    """
    selected, ignored = _split(select), _split(ignore)
    lint.codes(selected, ignored)  # a wrong code is told before anything is read
    with ExitStack() as opened:
        sources = opened.enter_context(judged.Sources())
        if "-" in files:
            sources.keep(stdin_filename, sys.stdin.buffer)
        names = judged.names(files, stdin_filename, reports.files)
        reports.check(Path(name) for name in names)
        reviews = [lint.file(sources.open(name), name, select=selected, ignore=ignored) for name in names]
        review = lint.merge(reviews)
        reports.write(review, names=names, source=sources.line, fail_on=fail_on)
    return _exit_code(review, fail_on, names)


def _exit_code(review: Review, fail_on: Severity | None, names: Sequence[str]) -> int:
    empty = {"TL003", "TL005"}.issuperset(finding.code for finding in review.findings)
    if not review.entries and empty and all(map(judged.is_manifest, names)):
        return errors.NOTHING
    worst = max((finding.severity.rank for finding in review.findings), default=-1)
    return errors.FINDINGS if fail_on and worst >= fail_on.rank else errors.OK


def _split(codes: Sequence[str]) -> list[str]:
    return [code.strip() for text in codes for code in text.split(",")]
