"""The build command: the main job."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import age, options
from s3transfer_tl.cli.progress import Progress
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import S3Settings, Severity

if TYPE_CHECKING:
    from s3transfer_tl.build import Built, Event

EXAMPLE = """\b
Example:
  s3transfer-tl build -c transfer.yaml -o manifest.json
"""


@click.command("build", epilog=EXAMPLE, short_help="List, pair, check access and write the manifest.")
@click.option("-c", "--config", "config_path", required=True, metavar="FILE", help="The config.")
@click.option(
    "-o", "--output", metavar="FILE", help="The manifest, with NAME.report.json beside it. [default: -]"
)
@click.option("--max-entries", type=click.IntRange(1), metavar="N", help="Split into NAME-0001.json, ...")
@click.option("--dry-run", is_flag=True, help="Do everything but write.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "jsonl"]),
    default="text",
    show_default=True,
    help="json, jsonl: print the report on standard output.",
)
@options.fail_on
@options.s3
@options.common
def command(
    talk: Talk,
    config_path: str,
    output: str | None,
    max_entries: int | None,
    dry_run: bool,
    form: str,
    fail_on: Severity | None,
    s3: S3Settings,
) -> int:
    """List the sources, pair videos with transcriptions, check that anyone can read each
    transcription, write the manifest and judge it."""
    from s3transfer_tl import access, build, config, sources

    path = None if output in (None, "-") else Path(str(output))
    if path is None and not dry_run and (form != "text" or max_entries):
        raise UsageError("standard output holds the manifest already", "name the manifest with -o FILE")
    base = Path(config_path).parent
    loaded = config.load(config_path)
    sides = {"videos": loaded.videos, "transcriptions": loaded.transcriptions or loaded.videos}
    events = build.run(
        loaded,
        open_source=lambda spec, role: sources.open(
            spec, role=role, s3=s3, base=base, stdin=sys.stdin.buffer, root=sides[role].root
        ),
        check_access=lambda uris: access.check(uris, s3=s3),
        target=build.Target(
            path, sys.stdout.buffer, max_entries, dry_run, report_form=None if form == "text" else form
        ),
    )
    progress = Progress(talk)
    try:
        built = _follow(events, progress)
    finally:
        progress.finish()
    _tell(talk, built, dry_run)
    return _exit_code(built, fail_on)


def _follow(events: Iterator[Event], progress: Progress) -> Built:
    """Show the events as they come; return the last one."""
    from s3transfer_tl.build import Built, Checked, Listed

    for event in events:
        match event:
            case Listed(done=True):
                counted = f"{event.keys:,} objects, {event.pages:,} pages, {event.seconds:.1f} s"
                progress.finish(f"listed {event.source}: {counted}")
                if event.snapshot:
                    progress.finish(age.told(event.snapshot))
            case Listed():
                progress.show(
                    f"listing {event.source}: {event.keys:,} objects, {event.keys / event.seconds:,.0f}/s"
                )
            case Checked():
                progress.show(f"checking access: {event.done:,} of {event.total:,}")
            case Built():
                return event
    raise AssertionError("a build ends with Built or an exception")


def _tell(talk: Talk, built: Built, dry_run: bool) -> None:
    """Say what became of everything, in one screen; the worst comes last."""
    from s3transfer_tl import report

    summary = built.summary
    for rule in built.rules:
        talk.say(f"  {rule.pairs:>9,} paired by {rule.name}")
    for key, what in (
        ("unmatched_videos", "without a transcription"),
        ("orphan_transcriptions", "transcriptions in no pair"),
        ("ambiguous", "ambiguous"),
        ("excluded", "excluded"),
        ("not_public", "transcriptions not public"),
        ("unknown_access", "transcriptions of unknown access"),
    ):
        if summary[key]:
            talk.say(f"  {summary[key]:>9,} {what}")
    for one in built.ambiguities:
        talk.warn(f"{one.object} is ambiguous: {', '.join(one.candidates)}")
    for path in built.stale:
        talk.warn(f"{path} is left from an earlier, larger split; remove it")
    if built.review.findings:
        talk.say(report.text.review(built.review).rstrip("\n"))
    entries = f"{built.review.entries:,} entries"
    if dry_run:
        talk.say(f"(dry-run) {entries} would be written")
    elif built.report is None:
        talk.say(f"wrote {entries} to standard output")
    else:
        files = built.parts[0].final if len(built.parts) == 1 else f"{len(built.parts)} files"
        talk.say(f"wrote {entries} to {files}, and {built.report}")


def _exit_code(built: Built, fail_on: Severity | None) -> int:
    if built.summary["unknown_access"]:
        return errors.REMOTE
    if fail_on and any(finding.severity.rank >= fail_on.rank for finding in built.review.findings):
        return errors.FINDINGS
    return errors.OK
