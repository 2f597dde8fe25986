"""The access command: whether anyone can read the transcriptions, and if not, why."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import discovery, options, surveyed
from s3transfer_tl.cli.progress import Progress, Step
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import Config, S3Object, S3Settings

if TYPE_CHECKING:
    from s3transfer_tl.access import Survey
    from s3transfer_tl.sources import Source

EXAMPLE = """\b
Examples:
  s3transfer-tl access s3://media/subtitles/
  s3transfer-tl access -c transfer.yaml --format jsonl
  s3transfer-tl access s3://media/ --integration
"""


@click.command("access", epilog=EXAMPLE, short_help="Say whether transcriptions are public, and why not.")
@click.argument("source", required=False)
@discovery.option("Ask for what this config chooses.")
@click.option(
    "--integration",
    is_flag=True,
    help="Print the policy, too, that the platform's role needs to read the videos.",
)
@options.form
@options.s3
@options.common
def command(
    talk: Talk, source: str | None, config_path: str | None, integration: bool, form: str, s3: S3Settings
) -> int:
    """Ask for each .srt and .vtt object of SOURCE as anyone can, without credentials, and say why those
    that are not public are not. For the causes the bucket is looked at with your credentials. Where a
    policy statement is missing, print the smallest that opens just the transcriptions, as a diff.

    SOURCE is s3://bucket/prefix; without it, the transcriptions' source of the config. Nothing is ever
    written to S3. Exit codes: 0 all public, 1 some not, 3 no transcription, 4 not all could be asked.
    """
    from s3transfer_tl import access, sources

    spec, base, chosen = _wanted(source, config_path)
    found = sources.open(spec, role="transcriptions", s3=s3, base=base, stdin=sys.stdin.buffer)
    survey = access.Survey(s3, found.root, chosen=chosen)
    progress = Progress(talk, data=form == "jsonl")
    try:
        _ask(survey, found, progress, form)
    finally:
        progress.finish()
    if not survey.total:
        raise errors.NothingToDo(
            f"no transcription among {survey.listed:,} objects of {spec}",
            "check the prefix: it is compared letter by letter; transcriptions end in .srt or .vtt",
        )
    surveyed.write(survey, spec, form, integration=integration)
    return _exit_code(survey)


def _wanted(source: str | None, config_path: str | None) -> tuple[str, Path, Callable[[str], bool]]:
    """Return the source, the folder it is relative to, and the test for what the config chooses."""
    from s3transfer_tl import config

    if source is not None and not discovery.is_named(config_path):
        return source, Path(), lambda _: True
    config_path = discovery.needed(config_path)
    loaded = config.load(config_path)
    side = loaded.transcriptions or loaded.videos
    base = Path() if source else Path(config_path).parent
    return source or side.source, base, _chooser(loaded)


def _chooser(loaded: Config) -> Callable[[str], bool]:
    """Return the test for URIs that the config's include and exclude choose."""
    from s3transfer_tl import naming

    side = loaded.transcriptions or loaded.videos
    if not loaded.transcriptions:  # the videos' globs choose videos
        return lambda _: True
    root = side.root or (side.source if side.source.startswith("s3://") else "")
    matches = naming.globs.matches

    def is_chosen(uri: str) -> bool:
        key = uri.removeprefix(root) if root and uri.startswith(root) else uri[5:].partition("/")[2]
        included = not side.include or any(matches(one, key) for one in side.include)
        return included and not any(matches(one, key) for one in side.exclude)

    return is_chosen


def _ask(survey: Survey, found: Source, progress: Progress, form: str) -> None:
    """Run the survey, showing how far it is; with jsonl, print each verdict as it comes."""
    for done, verdict in enumerate(survey.verdicts(_pages(found, progress)), 1):
        if form == "jsonl":
            line = {
                "uri": verdict.uri,
                "access": verdict.access,
                "status": verdict.status,
                "cause": verdict.cause or None,
                "message": verdict.reason,
            }
            sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        progress.show(Step("checking access", done, unit="transcription"))


def _pages(found: Source, progress: Progress) -> Iterator[Sequence[S3Object]]:
    listed = 0
    for page in found.pages():
        listed += len(page)
        progress.show(Step("listing", listed))
        yield page


def _exit_code(survey: Survey) -> int:
    if survey.counts["unknown"]:
        return errors.REMOTE
    if survey.counts["denied"] or survey.counts["missing"] or survey.restricted:
        return errors.FINDINGS
    return errors.OK
