"""The access command: whether anyone can read the transcriptions, and if not, why."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import discovery, options, surveyed
from s3transfer_tl.cli.progress import Progress, Step
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import Config, S3Object, S3Settings
from s3transfer_tl.report.text import counted

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
    from s3transfer_tl.api import edges, judging

    survey, found, spec = edges.survey(source, _config(source, config_path), s3)
    progress = Progress(talk, data=form == "jsonl")
    try:
        _ask(survey, found, progress, form)
    finally:
        progress.finish()
    if not survey.total:
        raise judging.no_transcription(survey, spec)
    surveyed.write(survey, spec, form, integration=integration)
    talk.close(f"asked for {counted(survey.total, 'transcription')} among {counted(survey.listed, 'object')}")
    if survey.counts["unknown"]:
        talk.next("no answer about some: check the network and the endpoint, and run the same command again")
    return _exit_code(survey)


def _config(source: str | None, config_path: str | None) -> Config | None:
    """Return the config that chooses; None where a source is all that is given."""
    from s3transfer_tl import config

    if source is not None and not discovery.is_named(config_path):
        return None
    return config.load(discovery.needed(config_path, "name s3://BUCKET/PREFIX, or a config with -c FILE"))


def _ask(survey: Survey, found: Source, progress: Progress, form: str) -> None:
    """Run the survey, showing how far it is; with jsonl, print each verdict as it comes."""
    pages = _Counted(found, progress)
    for done, verdict in enumerate(survey.verdicts(pages), 1):
        if form == "jsonl":
            line = {
                "uri": verdict.uri,
                "access": verdict.access,
                "status": verdict.status,
                "cause": verdict.cause or None,
                "message": verdict.reason,
            }
            sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        pages.step = Step("checking access", done, unit="transcription", more=pages.told)
        progress.show(pages.step)


class _Counted:
    """The pages of a source, which tell how much is listed until there is more to tell."""

    def __init__(self, found: Source, progress: Progress) -> None:
        self._found, self._progress = found, progress
        self.step: Step | None = None
        self.told: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Sequence[S3Object]]:
        listed = 0
        for page in self._found.pages():
            listed += len(page)
            self.told = (f"{listed:,} listed",)
            if self.step is None:
                self._progress.show(Step("listing", listed))
            yield page


def _exit_code(survey: Survey) -> int:
    if survey.counts["unknown"]:
        return errors.REMOTE
    if survey.counts["denied"] or survey.counts["missing"] or survey.restricted:
        return errors.FINDINGS
    return errors.OK
