"""The check command: judge a manifest against the world."""

from __future__ import annotations

from pathlib import Path

import click

from s3transfer_tl import errors, lint
from s3transfer_tl.api import edges
from s3transfer_tl.cli import judged, options
from s3transfer_tl.cli.judging import Judging, Known, judging, known
from s3transfer_tl.cli.reports import Reports, reports
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.lint import limits
from s3transfer_tl.lint.limits import Engine, Platform
from s3transfer_tl.model import S3Settings, Severity

EXAMPLE = """\b
Examples:
  s3transfer-tl check manifest.json
  s3transfer-tl check manifest.json --media --engine marengo2.6:visual,conversation
"""


def _engines(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[Engine, ...]:
    try:
        return tuple(map(edges.engine, given))
    except errors.UsageError as error:
        raise click.BadParameter(f"{error.message}: {error.hint}") from None


@click.command(epilog=EXAMPLE, short_help="Judge a manifest against the world: objects, access, subtitles.")
@click.argument("manifest", metavar="MANIFEST")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The build's report. [default: NAME.report.json]",
)
@click.option("--media", is_flag=True, help="Read the headers of videos too (extra: media).")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="NAME[:OPTION,...]",
    callback=_engines,
    help="With --media: an engine of the index, as in marengo2.6:visual,conversation. Repeatable.",
)
@click.option(
    "--api-version",
    type=click.Choice([one.version for one in limits.LIMITS]),
    default="v1.2",
    show_default=True,
    metavar="VERSION",
    help="With --media: whose limits count, v1.1 to v1.3.",
)
@judged.codes
@judging
@known
@options.fail_on
@reports
@options.s3
@options.common
def command(
    talk: Talk,
    manifest: str,
    report: Path | None,
    media: bool,
    engines: tuple[Engine, ...],
    api_version: str,
    select: list[str],
    ignore: list[str],
    judging: Judging,
    known: Known,
    fail_on: Severity | None,
    reports: Reports,
    s3: S3Settings,
) -> int:
    """Judge MANIFEST ('-' is standard input) by every lint rule, and against S3: objects are there and can be
    read, transcriptions are public and hold subtitles, nothing has changed since the build; with --media,
    the videos' headers keep the documented limits, and subtitles end with them.

    Only HEAD and GET are sent. Without TL7 no transcription is read, without TL602 none is asked for
    anonymously. Exit code 4: S3 did not tell of some object. That is never "missing" or "private".
    """
    import sys

    from s3transfer_tl.cli.checking import checked

    if engines and not media:
        raise errors.UsageError(
            "--engine judges the headers of videos, which only --media reads", "add --media"
        )
    lint.codes(select, ignore)  # a wrong code is told before anything is read
    name = "<stdin>" if manifest == "-" else manifest
    control = known.control(judging.config(talk), select, ignore)
    videos = Platform(api_version, engines) if media else None
    reports.check([Path(name)])
    known.check([name])
    with judged.Sources() as sources:
        if manifest == "-":
            sources.keep(name, sys.stdin.buffer)
        found = checked(talk, sources.open(name), name, control=control, s3=s3, report=report, videos=videos)
        review = known.settle(found.review, control, [name], talk)
        review = lint.merge([review, control.unused([name] if known.read_only else None, whole=False)])

        def line(file: str, number: int) -> str | None:
            return sources.line(file, number) if file == name else found.excerpts.get((file, number))

        reports.write(review, names=[name], source=line, fail_on=fail_on)
    if found.undecided:
        talk.next(
            "what S3 did not tell is not judged: mend what is said above, and run the same command again"
        )
        return errors.REMOTE
    return judged.exit_code(review, fail_on, [name])
