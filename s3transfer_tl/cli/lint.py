"""The lint command: judge files offline."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import click

from s3transfer_tl import errors, lint
from s3transfer_tl.cli import judged, options
from s3transfer_tl.cli.fixing import Fixing, fixing
from s3transfer_tl.cli.judging import Judging, Known, judging, known
from s3transfer_tl.cli.progress import Position, Progress, Step
from s3transfer_tl.cli.reports import Reports, reports
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import Review, Severity

_HEAD = 4096  # bytes of standard input that tell subtitles

EXAMPLE = """\b
Examples:
  s3transfer-tl lint manifest.json subtitles/*.srt
  s3transfer-tl lint --format json --fail-on warning manifests/
  s3transfer-tl lint --fix --diff manifest.json
"""


@click.command(epilog=EXAMPLE, short_help="Judge manifests offline: codes, positions, ways out.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@judged.codes
@click.option(
    "--stdin-filename", default="<stdin>", metavar="NAME", help="What '-' is called, and is by name."
)
@click.option("--listing", metavar="FILE", help="What is there, saved by `list`: tells what is in no entry.")
@judging
@known
@options.fail_on
@fixing
@reports
@options.common
def command(
    talk: Talk,
    files: tuple[str, ...],
    select: list[str],
    ignore: list[str],
    stdin_filename: str,
    listing: str | None,
    judging: Judging,
    known: Known,
    fail_on: Severity | None,
    reports: Reports,
    fixing: Fixing,
) -> int:
    """Judge manifests, transcriptions (.srt, .vtt) and configs (.yaml), without a network.

    FILE is a file, a glob, a folder (its *.json, *.srt and *.vtt, at any depth) or '-' for standard
    input. Codes may be joined by commas. `s3transfer-tl rules CODE` explains a finding, and says
    whether there is a fix. With '-' and --fix, the mended file goes to standard output, the report to
    standard error. --diff exits with 1 where a fix would change something.
    --select and --ignore beat the config's `lint:` section.
    """
    lint.codes(select, ignore)  # a wrong code is told before anything is read
    config = judging.config(talk, files)
    control = known.control(config, select, ignore)
    there = judged.Listing(listing) if listing is not None else None
    facts = lint.Facts(config=config, listing=there)
    with ExitStack() as opened:
        sources = opened.enter_context(judged.Sources())
        progress = opened.enter_context(Progress(talk))
        if "-" in files:
            sources.keep(stdin_filename, sys.stdin.buffer)
            if judged.is_manifest(stdin_filename) and b"-->" in sources.open(stdin_filename).read(_HEAD):
                talk.say("standard input looks like subtitles: name it, as in --stdin-filename a.srt")
        names = judged.names(files, stdin_filename, {*reports.files, *known.apart(control)})
        reports.check(Path(name) for name in names)
        known.check(names)
        if there:
            there.check(names)

        def judge(name: str, fp: BinaryIO) -> Review:
            if position := Position.of(fp):
                progress.show(Step("judging", position, unit="bytes", about=name))
            return lint.file(fp, name, facts=facts, select=control.select)

        def judge_to_fix(name: str, fp: BinaryIO) -> Review:
            return control.apply(judge(name, fp), known=True)

        piped = stdin_filename if "-" in files else None
        if fixing:
            from s3transfer_tl.cli import mending

            changes = mending.run(fixing, sources, names, judge_to_fix, talk, stdin=piped)
            if fixing.diff:
                return errors.FINDINGS if changes else errors.OK
        elif fixing.unsafe:
            talk.say("nothing is mended: --unsafe-fixes goes with --fix or --diff")
        passed_on = fixing.fix and piped is not None
        if passed_on:
            import shutil

            shutil.copyfileobj(sources.open(stdin_filename), sys.stdout.buffer)
            sys.stdout.buffer.flush()
        found = judged.reviews(sources, names, judge, control.select)
        review = lint.merge(map(control.apply, _counted(found, len(names), progress)))
        progress.finish()
        review = known.settle(review, control, names, talk)
        whole = any(judged.holds(name, control.folder) for name in files)
        unused = control.unused(
            names if known.read_only else None, whole=whole, not_run=[one.code for one in review.not_run]
        )
        review = lint.merge([review, unused])
        reports.write(
            review,
            names=names,
            source=sources.line,
            fail_on=fail_on,
            stdout=sys.stderr.buffer if passed_on else None,
        )
    return judged.exit_code(review, fail_on, names)


def _counted(reviews: Iterator[Review], total: int, progress: Progress) -> Iterator[Review]:
    """Pass the reviews on, showing how many files are judged."""
    if total > 1:
        progress.show(Step("judging", 0, total, "file"))
    for done, review in enumerate(reviews, 1):
        if total > 1:
            progress.show(Step("judging", done, total, "file"))
        yield review
