"""The submit command: post a manifest and remember every entry."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors, lint
from s3transfer_tl.cli import judging as judgements
from s3transfer_tl.cli import options, sending
from s3transfer_tl.cli.progress import Progress, Step
from s3transfer_tl.cli.sending import Sending, send, waits
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.lint import limits
from s3transfer_tl.model import Config, Entry, PlatformSettings, S3Settings
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.submit import Portion
    from s3transfer_tl.twelvelabs import Client

EXAMPLE = """\b
Examples:
  s3transfer-tl submit manifest.json --limit 10 --wait
  s3transfer-tl submit manifest.json --check --wait
"""


@click.command("submit", epilog=EXAMPLE, short_help="Post a manifest in batches and remember every entry.")
@click.argument("manifest", type=click.Path(path_type=Path))
@sending.sending
@click.option("--dry-run", is_flag=True, help="Print exactly what would be sent, and send nothing.")
@click.option("--check", is_flag=True, help="First judge the manifest against S3, as `check` does.")
@click.option(
    "--media", is_flag=True, help="With --check: judge the headers of videos too, for their indexes."
)
@click.option(
    "--skip-indexed", is_flag=True, help="Leave out what its index has: same file name, same size in S3."
)
@judgements.judging
@options.ledger
@options.form
@options.s3
@options.platform_keyless_with("dry_run")
@options.common
def command(
    talk: Talk,
    *,
    manifest: Path,
    sending: Sending,
    dry_run: bool,
    check: bool,
    media: bool,
    skip_indexed: bool,
    judging: judgements.Judging,
    ledger: Path | None,
    form: str,
    s3: S3Settings,
    platform: PlatformSettings,
) -> int:
    """Validate MANIFEST, post it in batches and remember every entry in the ledger.

    An entry that was sent is never sent again: running the same command again resumes. S3 is asked
    for nothing but what --check and --skip-indexed need.
    """
    from s3transfer_tl import submit
    from s3transfer_tl.api import edges
    from s3transfer_tl.cli import entries
    from s3transfer_tl.ledger import Ledger, default_path
    from s3transfer_tl.twelvelabs import Client

    path = ledger or default_path()
    talk.dry_run = dry_run
    with Client(platform, on_wait=waits(talk.say)) as client:
        config = judging.config(talk)
        with Progress(talk) as progress:
            progress.show(Step("judging", unit="", about=str(manifest)))
            total = submit.review(manifest, config)
        if check:
            asked = None if dry_run else client
            videos = edges.engines_of(manifest, asked, platform.version) if media else None
            _check(talk, manifest, config, s3, videos)
        if dry_run:
            portion = submit.Portion(sending.batch_size, sending.limit)
            return rehearse(talk, _planned(manifest, client.endpoint, path, portion), client, form)
        talk.say(f"{manifest} is sound: {counted(total, 'entry', 'entries')}")
        stream = entries.Stream(talk, form, lambda: book.summary(plan.run))
        with Ledger.open(path, clock=stream.clock) as book:
            skip: Collection[submit.Place] = ()
            if skip_indexed:
                unsent = submit.unsent(manifest, client.endpoint, book)
                skip = submit.indexed(unsent, client, functools.partial(edges.sizes, s3))
                many = counted(len(skip), "entry is", "entries are")
                talk.say(f"{many} in the index already (same file name and size) and left out")
            stream.moving(Step(f"planning {counted(total, 'entry', 'entries')}", unit=""))
            plan = submit.prepare(manifest, ledger=book, client=client, skip=skip, tell=stream.tell)
            return send(talk, stream, plan, sending, book=book, client=client, form=form)


def _check(
    talk: Talk, manifest: Path, config: Config | None, s3: S3Settings, videos: limits.Platform | None
) -> None:
    """Judge the manifest against S3. Raises ``Unsound`` for errors, ``S3Error`` for what S3 did not tell."""
    from s3transfer_tl import submit
    from s3transfer_tl.cli.checking import checked

    with manifest.open("rb") as fp:
        found = checked(talk, fp, str(manifest), control=lint.control.of(config), s3=s3, videos=videos)
    submit.refuse_errors(manifest, found.review, "check")
    if found.undecided:
        raise errors.S3Error(
            "S3 did not tell of every object; nothing was sent",
            "mend what is said above, or leave --check out",
        )


def _planned(manifest: Path, endpoint: str, path: Path, portion: Portion) -> Iterator[list[Entry]]:
    """Yield the batches that would be sent now; there need be no ledger yet."""
    from s3transfer_tl import submit
    from s3transfer_tl.api import runs

    with runs.existing(path) as book:
        yield from submit.batches(manifest, endpoint, book, portion)


def rehearse(talk: Talk, batches: Iterable[list[Entry]], client: Client, form: str) -> int:
    """Print the body of each request as it would be sent; ask nobody, change nothing."""
    from s3transfer_tl import submit
    from s3transfer_tl.cli import entries

    count = requests = size = 0
    planned: list[Entry] = []
    for number, batch in enumerate(batches, 1):
        count += len(batch)
        body = submit.payload(batch)
        requests, size = number, size + len(body)
        url = f"{client.endpoint}/{client.version}/tasks/transfers"
        talk.say(f"request {number}: POST {url}, entries: {len(batch):,}, bytes: {len(body):,}")
        if form == "text":
            click.echo(body, nl=False)
        planned += batch if form != "text" else []
    if form != "text":
        entries.echo_planned(planned, form)
    would = (
        f"{counted(count, 'entry', 'entries')} would be sent, in {counted(requests, 'request')}, "
        f"{counted(size, 'byte')}"
    )
    talk.close(would if count else "nothing would be sent: all was submitted before")
    return errors.OK
