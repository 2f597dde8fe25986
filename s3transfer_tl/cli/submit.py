"""The submit command: post a manifest and remember every entry."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import judging as judgements
from s3transfer_tl.cli import options
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import Entry, PlatformSettings
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.ledger import Ledger
    from s3transfer_tl.submit import Plan, Portion
    from s3transfer_tl.twelvelabs import Client

EXAMPLE = """\b
Example:
  s3transfer-tl submit manifest.json --wait
"""


@click.command("submit", epilog=EXAMPLE, short_help="Post a manifest in batches and remember every entry.")
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    metavar="N",
    help="Entries a request.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Send at most N entries in this run.")
@click.option("--wait", is_flag=True, help="Follow until every entry is ready or failed.")
@click.option("--dry-run", is_flag=True, help="Print exactly what would be sent, and send nothing.")
@click.option(
    "--quiet-period",
    type=options.Number(0),
    default=60.0,
    show_default=True,
    metavar="S",
    help="Seconds an entry whose answer was lost must stay absent before it may be sent again.",
)
@click.option(
    "--poll-interval",
    type=options.Number(0.05),
    default=5.0,
    show_default=True,
    metavar="S",
    help="With --wait: seconds between two looks.",
)
@click.option(
    "--time-limit", type=options.Number(0), metavar="S", help="With --wait: stop following after S seconds."
)
@judgements.judging
@options.ledger
@options.form
@options.platform_keyless_with("dry_run")
@options.common
def command(
    talk: Talk,
    *,
    manifest: Path,
    batch_size: int,
    limit: int | None,
    wait: bool,
    dry_run: bool,
    quiet_period: float,
    poll_interval: float,
    time_limit: float | None,
    judging: judgements.Judging,
    ledger: Path | None,
    form: str,
    platform: PlatformSettings,
) -> int:
    """Validate MANIFEST, post it in batches and remember every entry in the ledger.

    An entry that was sent is never sent again: running the same command again resumes.
    """
    from s3transfer_tl import submit
    from s3transfer_tl.cli import entries
    from s3transfer_tl.follow import Follower, Pace
    from s3transfer_tl.ledger import Ledger, default_path
    from s3transfer_tl.twelvelabs import Client

    def on_wait(seconds: float, why: str) -> None:
        until = time.strftime("%H:%M:%S", time.localtime(time.time() + seconds))
        stream.tell(f"{why}; waiting {seconds:,.0f} s, until {until}")

    path = ledger or default_path()
    portion = submit.Portion(batch_size, limit)
    with Client(platform, on_wait=on_wait) as client:
        total = submit.review(manifest, judging.config(talk))
        if dry_run:
            return _rehearse(talk, manifest, client, path=path, portion=portion, form=form)
        talk.say(f"{manifest} is sound: {counted(total, 'entry', 'entries')}")
        with Ledger.open(path) as book:
            stream = entries.Stream(talk, form, lambda: book.summary(plan.run))
            plan = submit.prepare(manifest, ledger=book, client=client, tell=stream.tell)
            _tell(talk, plan, limit)
            pace = Pace(quiet_period, poll_interval, time_limit)
            follower = Follower(book, client, plan.run, pace=pace, tell=stream.tell)
            events = submit.send(
                plan,
                ledger=book,
                client=client,
                follower=follower,
                portion=portion,
                wait=wait,
                tell=stream.tell,
            )
            code = errors.REMOTE
            try:
                for event in events:
                    stream.show(event)
                code = submit.exit_code(book.summary(plan.run), wait=wait)
            except errors.TransferError as error:
                code = error.exit_code
                raise
            except errors.Stopped as stop:
                code = stop.exit_code
                raise
            except KeyboardInterrupt:
                code = errors.INTERRUPTED
                hint = "run the same command again to resume: nothing is sent twice"
                raise errors.Stopped("stopped by Ctrl-C; the ledger knows what was sent", hint) from None
            finally:
                stream.finish()
                book.end(plan.run, code)
                _show(book, plan, form)
                entries.advise(talk, book.summary(plan.run))
    return code


def _tell(talk: Talk, plan: Plan, limit: int | None) -> None:
    from s3transfer_tl.cli.entries import sentence

    doubt = {state: count for state, count in plan.counts.items() if state in ("sending", "unknown", "held")}
    before = {state: count for state, count in plan.counts.items() if state not in ("planned", *doubt)}
    if before:
        whole = len(before) == len(plan.counts)
        count = sum(before.values())
        part = f"{counted(count, 'entry', 'entries')} {'was' if count == 1 else 'were'}"
        who = "the whole manifest was" if whole else part
        talk.say(f"{who} submitted before ({sentence(before)}) and will not be sent again")
    if doubt:
        talk.say(f"{sum(doubt.values()):,} of unknown outcome: the platform's list will tell")
    if plan.to_send:
        some = f", at most {limit:,} of them in this run" if limit and limit < plan.to_send else ""
        talk.say(f"{plan.to_send:,} to send{some}")


def _show(book: Ledger, plan: Plan, form: str) -> None:
    from s3transfer_tl.cli import entries

    if form == "json":
        entries.echo_document(book, plan.run)
    elif form == "text":
        entries.echo_table(book, plan.run, all_rows=False)


def _rehearse(talk: Talk, manifest: Path, client: Client, *, path: Path, portion: Portion, form: str) -> int:
    """Print the body of each request as it would be sent; ask nobody, change nothing."""
    from s3transfer_tl import submit
    from s3transfer_tl.cli import entries
    from s3transfer_tl.ledger import Ledger

    with contextlib.ExitStack() as stack:
        try:
            book = stack.enter_context(Ledger.open(path, read_only=True))
        except errors.NothingToDo:
            book = None
        count = 0
        planned: list[Entry] = []
        for number, batch in enumerate(submit.batches(manifest, client.endpoint, book, portion), 1):
            count += len(batch)
            body = submit.payload(batch)
            url = f"{client.endpoint}/{client.version}/tasks/transfers"
            talk.say(f"request {number}: POST {url}, entries: {len(batch):,}, bytes: {len(body):,}")
            if form == "text":
                click.echo(body, nl=False)
            planned += batch if form != "text" else []
    if form != "text":
        entries.echo_planned(planned, form)
    would = f"{counted(count, 'entry', 'entries')} would be sent"
    talk.say(would if count else "nothing would be sent: all was submitted before")
    return errors.OK
