"""The build command: the main job."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import age, discovery, options
from s3transfer_tl.cli.progress import Progress, Step, listing
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import S3Settings, Severity
from s3transfer_tl.report.text import counted, printable

if TYPE_CHECKING:
    from s3transfer_tl.build import Built, Event

KINDS = ("paired", "unmatched", "orphans", "ambiguous", "excluded", "not-public")
SHOWN = 2  # of what may be many, so that all fits a screen
RULES_SHOWN = 3

TOLD = (
    ("unmatched_videos", "video without a transcription", "videos without a transcription"),
    ("orphan_transcriptions", "transcription in no pair", "transcriptions in no pair"),
    ("ambiguous", "ambiguous video", "ambiguous videos"),
    ("excluded", "excluded", "excluded"),
    ("left_out", "left out: it is not new", "left out: they are not new"),
    ("not_public", "transcription not public", "transcriptions not public"),
    ("unknown_access", "transcription of unknown access", "transcriptions of unknown access"),
)

DECIDED = (
    ("applied", "paired by your decision", "paired by your decisions"),
    ("none", "without a transcription by your decision", "without a transcription by your decisions"),
    ("stale", "decision is stale: it does not count", "decisions are stale: they do not count"),
)

EXAMPLE = """\b
Examples:
  s3transfer-tl build -c transfer.yaml -o manifest.json
  s3transfer-tl build -c transfer.yaml -o new.json --since manifest.json
  s3transfer-tl build -c transfer.yaml --dry-run --list unmatched
"""


@click.command("build", epilog=EXAMPLE, short_help="List, pair, check access and write the manifest.")
@discovery.option("The config.", required=True)
@click.option(
    "-o", "--output", metavar="FILE", help="The manifest, with NAME.report.json beside it. [default: -]"
)
@click.option(
    "--since",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Leave out what is in this manifest, or was submitted according to this ledger.",
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
@click.option(
    "--list",
    "list_kind",
    type=click.Choice(KINDS),
    help="Print these on standard output, a URI a line; pairs are two columns with a tab between.",
)
@options.fail_on
@options.s3
@options.common
def command(
    talk: Talk,
    config_path: str,
    output: str | None,
    since: Path | None,
    max_entries: int | None,
    dry_run: bool,
    form: str,
    list_kind: str | None,
    fail_on: Severity | None,
    s3: S3Settings,
) -> int:
    """List the sources, pair videos with transcriptions, check that anyone can read each
    transcription, write the manifest and judge it."""
    from s3transfer_tl import build, config, lint
    from s3transfer_tl.api import edges

    path = None if output in (None, "-") else Path(str(output))
    if path is None and not dry_run and (form != "text" or max_entries or list_kind):
        raise UsageError("standard output holds the manifest already", "name the manifest with -o FILE")
    if list_kind and form != "text":
        raise UsageError(f"--list and --format {form} both print on standard output", "leave one of them out")
    loaded = config.load(config_path)
    for one in lint.complaints(loaded):
        if not one.code.startswith("TL8"):  # those end the build, or are told by `lint`
            talk.warn(f"{one.file}:{one.line}:{one.column}: {one.code} {one.message}")
    if (decisions := build.plan.decisions_file(loaded)) and not decisions.exists():
        talk.say(f"no decision yet: {decisions} is not there; s3transfer-tl review makes it")
    target = build.Target(
        path,
        sys.stdout.buffer,
        max_entries,
        dry_run,
        report_form=None if form == "text" else form,
        list_kind=list_kind,
    )
    talk.dry_run = dry_run
    events = edges.built(loaded, s3, target, build.since.read(since) if since else None)
    with Progress(talk, data=path is None) as progress:
        built = _follow(events, progress)
    _tell(talk, built, dry_run)
    code = _exit_code(built, fail_on)
    _advise(talk, built, code, loaded.path)
    return code


def _follow(events: Iterator[Event], progress: Progress) -> Built:
    """Show the events as they come; return the last one."""
    from s3transfer_tl.build import Built, Checked, Listed, Working

    for event in events:
        match event:
            case Listed(done=True):
                much = f"{counted(event.keys, 'object')}, {counted(event.pages, 'page')}"
                progress.finish(f"listed {event.source}: {much}, {event.seconds:.1f} s")
                if event.prefixes:
                    only = ", ".join(event.prefixes)
                    progress.finish(f"  only what begins with {only}: nothing else can be in a pair")
                if event.snapshot:
                    progress.finish(age.told(event.snapshot))
            case Listed():
                progress.show(listing(event))
            case Checked():
                progress.show(Step("checking access", *event, "transcription"))
            case Working():
                about = f"{event.what} {event.number:,} {event.many}"
                progress.show(Step(about, unit=""))
            case Built():
                return event
    raise AssertionError("a build ends with Built or an exception")


def _tell(talk: Talk, built: Built, dry_run: bool) -> None:
    """Say what became of everything, in one screen; the worst comes last."""
    from s3transfer_tl import report

    _count(talk, built)
    for ambiguity in built.ambiguities[:SHOWN]:
        talk.warn(printable(f"{ambiguity.object} is ambiguous: {_few(ambiguity.candidates)}"))
    if built.stale:
        left = "is left from an earlier, larger split; remove it"
        if len(built.stale) > 1:
            left = f"and {len(built.stale) - 1} more are left from an earlier, larger split; remove them"
        talk.warn(f"{built.stale[0]} {left}")
    if built.review.findings:
        talk.say(report.text.review(built.review, most=SHOWN).rstrip("\n"))
    size = counted(sum(part.size for part in built.parts), "byte")
    much = f"{counted(built.review.entries, 'entry', 'entries')}, {size},"
    if dry_run:
        talk.close(f"{much} would be written")
    elif built.report is None:
        talk.close(f"wrote {much} to standard output")
    else:
        files = built.parts[0].final if len(built.parts) == 1 else f"{len(built.parts)} files"
        talk.close(f"wrote {much} to {files}, and {built.report}")


def _count(talk: Talk, built: Built) -> None:
    """Say how many there are of each kind."""
    summary, rules = built.summary, built.rules
    if len(rules) > RULES_SHOWN + 1:
        rules = tuple(sorted(rules, key=lambda rule: -rule.pairs))[:RULES_SHOWN]
    for rule in rules:
        talk.say(f"  {rule.pairs:>9,} paired by {rule.name}")
    if more := [rule for rule in built.rules if rule not in rules]:
        talk.say(f"  {sum(rule.pairs for rule in more):>9,} paired by {counted(len(more), 'more rule')}")
    for key, one, many in DECIDED:
        if count := summary.get("decisions", {}).get(key):
            talk.say(f"  {count:>9,} {one if count == 1 else many}")
    for key, one, many in TOLD:
        if summary[key]:
            talk.say(f"  {summary[key]:>9,} {one if summary[key] == 1 else many}")


def _advise(talk: Talk, built: Built, code: int, config: str) -> None:
    """Say what to type where it is not 0, or where rules left something to decide."""
    named = f" -c {config}"
    if built.summary["ambiguous"]:
        talk.next(f"`s3transfer-tl review{named}` opens a page to decide what is ambiguous")
    if code and built.summary["not_public"]:
        talk.next(f"`s3transfer-tl access{named}` says why they are not public, and what opens them")
    if code == errors.REMOTE:
        talk.next("some transcriptions could not be asked for: run the same command again")
    elif code and built.report and any(one.code != "TL602" for one in built.review.findings):
        files = " ".join(str(part.final) for part in built.parts[:SHOWN])
        talk.next(
            f"`s3transfer-tl lint {files}` tells every finding, `s3transfer-tl rules CODE` explains one"
        )


def _few(uris: Sequence[str]) -> str:
    more = f" and {len(uris) - SHOWN:,} more" if len(uris) > SHOWN else ""
    return ", ".join(uris[:SHOWN]) + more


def _exit_code(built: Built, fail_on: Severity | None) -> int:
    if built.summary["unknown_access"]:
        return errors.REMOTE
    if fail_on and any(finding.severity.rank >= fail_on.rank for finding in built.review.findings):
        return errors.FINDINGS
    return errors.OK
