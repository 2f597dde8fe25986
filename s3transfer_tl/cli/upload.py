"""The upload command: local files, or URLs, to the platform; remembered in the ledger as submissions are."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import discovery, options, sending, uploads
from s3transfer_tl.cli.progress import Progress, Step
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import Config, PlatformSettings
from s3transfer_tl.report.text import counted, printable

if TYPE_CHECKING:
    from s3transfer_tl.twelvelabs import Client
    from s3transfer_tl.upload import Line, Piece

EXAMPLE = """\b
Examples:
  s3transfer-tl upload film.mp4 film.srt --index-id 629d807aa9e2a3a33a92c00b --language en --wait
  s3transfer-tl upload --dir season1 -c transfer.yaml
  s3transfer-tl upload https://cdn.example.com/a.mp4 https://cdn.example.com/a.vtt -c transfer.yaml
"""


@click.command("upload", epilog=EXAMPLE, short_help="Upload local videos with their transcriptions.")
@click.argument("video", required=False)
@click.argument("transcription", required=False)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Pair the files below DIR by the config's naming rules. [default: the config's sources]",
)
@discovery.option("Index, language and naming rules.")
@click.option("--index-id", metavar="ID", help="The index, whatever the config says.")
@click.option("--language", metavar="TAG", help="The language where no file name tells one.")
@click.option("--disable-video-stream", is_flag=True, help="Have the platform keep no stream of the videos.")
@click.option(
    "--jobs",
    "--concurrency",
    "jobs",
    type=click.IntRange(1, 32),
    default=4,
    show_default=True,
    metavar="N",
    help="Uploads at a time.",
)
@click.option(
    "--timeout",
    type=options.Number(1),
    default=600.0,
    show_default=True,
    metavar="S",
    help="Give a silent connection up after S seconds.",
)
@click.option("--again", is_flag=True, help="Upload anew what was uploaded before and then failed.")
@click.option("--wait", is_flag=True, help="Follow until every entry is ready or failed.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent, and send nothing.")
@sending.pace
@options.ledger
@options.form
@options.platform_keyless_with("dry_run")
@options.common
def command(
    talk: Talk,
    *,
    video: str | None,
    transcription: str | None,
    folder: Path | None,
    config_path: str | None,
    index_id: str | None,
    language: str | None,
    disable_video_stream: bool,
    jobs: int,
    timeout: float,
    again: bool,
    wait: bool,
    dry_run: bool,
    quiet_period: float,
    poll_interval: float,
    time_limit: float | None,
    ledger: Path | None,
    form: str,
    platform: PlatformSettings,
) -> int:
    """Upload VIDEO with TRANSCRIPTION, files or http(s) URLs, or a folder's pairs, and remember every one.

    Files are judged before a byte is sent, and streamed from disk. What was uploaded is never uploaded
    again: running the same command again resumes.
    """
    from s3transfer_tl import upload
    from s3transfer_tl.api import uploading
    from s3transfer_tl.follow import Pace
    from s3transfer_tl.ledger import default_path
    from s3transfer_tl.twelvelabs import Client

    talk.dry_run = dry_run
    uploading.require_one(video, transcription, folder)
    loaded = _config(talk, config_path, needs_rules=not (video or folder), needs_any=not (video and index_id))
    with Client(platform, on_wait=sending.waits(talk.say)) as client:
        tell = functools.partial(uploads.tell, talk)
        pieces = uploading.chosen(video, transcription, folder, loaded, index_id, language, tell)
        with Progress(talk) as progress:
            progress.show(Step(f"judging {counted(len(pieces), 'upload')}", unit=""))
            _judge(talk, pieces, loaded, client, ask=not dry_run)
        line = upload.Line(jobs, timeout, disable_video_stream)
        path = ledger or default_path()
        if dry_run:
            return _rehearse(talk, pieces, client, line, path=path, again=again, form=form)
        name = video or str(folder or (loaded and loaded.path))
        pace = Pace(quiet_period, poll_interval, time_limit)
        run = uploads.Run(name, line, pace, path, again=again, wait=wait, form=form)
        return uploads.send(talk, pieces, client, run)


def _config(talk: Talk, path: str | None, *, needs_rules: bool, needs_any: bool) -> Config | None:
    """Return the config that counts: the one that is named, or what is found where one is needed."""
    from s3transfer_tl import config

    if not needs_any and not discovery.is_named(path):
        return None
    found = discovery.choose(path)
    if found is None:
        return None
    discovery.say(talk, found, near=True)
    return config.load(found.path, only_to_judge=not needs_rules and not path)


def _judge(talk: Talk, pieces: Sequence[Piece], config: Config | None, client: Client, *, ask: bool) -> None:
    from s3transfer_tl import report, upload

    engines = upload.engines(pieces, client) if ask else {}
    judged = upload.review(pieces, config, client.version, engines)
    if judged.findings:
        talk.say(report.text.review(judged, most=uploads.SHOWN).rstrip("\n"))
    much = f"{counted(len(pieces), 'upload')}{uploads.volume(pieces)}"
    away = sum(upload.is_url(one.entry.object) for one in pieces)
    not_checked = f"; {counted(away, 'URL is', 'URLs are')} not looked at" if away else ""
    talk.say(f"sound: {much}{not_checked}")


def _rehearse(
    talk: Talk, pieces: Sequence[Piece], client: Client, line: Line, *, path: Path, again: bool, form: str
) -> int:
    """Print what each request would hold; ask nobody, change nothing."""
    from s3transfer_tl import upload
    from s3transfer_tl.api import runs
    from s3transfer_tl.cli import entries

    with runs.existing(path) as book:
        wanted = upload.unsent(pieces, client.endpoint, book, again=again)
    if form == "text":
        for one in wanted:
            click.echo(f"POST {client.endpoint}/{client.version}/tasks")
            for name, value in uploads.fields(one, line):
                click.echo(f"  {name}: {printable(value)}", file=sys.stdout)
    else:
        entries.echo_planned([one.entry for one in wanted], form)
    would = f"{counted(len(wanted), 'upload')} would be sent{uploads.volume(wanted)}"
    talk.close(would if wanted else "nothing would be sent: all was uploaded before")
    return errors.OK
