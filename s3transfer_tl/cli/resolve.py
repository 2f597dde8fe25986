"""The resolve command: settle entries of unknown outcome, by asking the platform or by somebody's word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import options, sending
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import PlatformSettings
from s3transfer_tl.report.text import counted, printable

if TYPE_CHECKING:
    from s3transfer_tl.cli.entries import Stream
    from s3transfer_tl.follow import Follower
    from s3transfer_tl.ledger import Ledger

EXAMPLE = """\b
Examples:
  s3transfer-tl resolve
  s3transfer-tl resolve --absent s3://media/shows/01.mp4
"""


@click.command("resolve", epilog=EXAMPLE, short_help="Settle unknown outcomes: ask the platform, or say so.")
@click.argument("objects", metavar="[OBJECT]...", nargs=-1)
@click.option("--accepted", is_flag=True, help="The platform has them: never send them again.")
@click.option("--absent", is_flag=True, help="The platform has not got them: the next submit sends them.")
@click.option("--task", "task_id", metavar="ID", help="This is the task of the one OBJECT.")
@click.option("--all", "everything", is_flag=True, help="With --accepted or --absent: all of them.")
@sending.pace
@options.ledger
@options.form
@options.platform_unless("accepted", "absent")
@options.common
def command(
    talk: Talk,
    *,
    objects: tuple[str, ...],
    accepted: bool,
    absent: bool,
    task_id: str | None,
    everything: bool,
    quiet_period: float,
    poll_interval: float,
    time_limit: float | None,
    ledger: Path | None,
    form: str,
    platform: PlatformSettings | None,
) -> int:
    """Settle entries whose answer was lost, or for which the platform lists no task.

    Without a word of yours the platform is asked until every outcome is known; what it cannot tell
    apart is listed with the tasks that it might be. OBJECT is an s3:// URI. Exit code 6 where some
    stay unknown.
    """
    from s3transfer_tl import resolve
    from s3transfer_tl.cli import entries
    from s3transfer_tl.follow import Follower, Pace
    from s3transfer_tl.ledger import Ledger, default_path
    from s3transfer_tl.twelvelabs import Client

    words = [accepted, absent, task_id is not None]
    if sum(words) > 1:
        raise errors.UsageError("--accepted, --absent and --task exclude each other", "say one of them")
    if any(words) and bool(objects) == everything:
        raise errors.UsageError("it is not said which entries are meant", "name each OBJECT, or say --all")
    path = ledger or default_path()
    sending.require(path)
    stream = entries.Stream(talk, form, lambda: book.summary(None), "settling")
    with Ledger.open(path, clock=stream.clock) as book:
        book.recover()
        rows = resolve.doubtful(book, objects)
        if accepted or absent:
            for event in resolve.by_word(book, rows, "accepted" if accepted else "absent"):
                stream.show(event)
        if platform is not None:
            with Client(platform, on_wait=sending.waits(talk.say)) as client:
                if task_id is not None:
                    for event in resolve.by_task(book, client, rows, task_id):
                        stream.show(event)
                else:
                    pace = Pace(quiet_period, poll_interval, time_limit)
                    follower = Follower(book, client, None, pace=pace, tell=stream.tell)
                    _ask(talk, stream, follower, form)
        stream.finish()
        return _told(talk, book, form)


def _ask(talk: Talk, stream: Stream, follower: Follower, form: str) -> None:
    for event in follower.until_known():
        stream.show(event)
    stream.finish()
    for row, tasks in follower.candidates():
        talk.say(f"held: {row.object}: {row.message or 'nobody can say'}")
        for task in tasks:
            talk.say(printable(f"  it may be task {task.id}, {task.status}, made {task.created_at}"))


def _told(talk: Talk, book: Ledger, form: str) -> int:
    from s3transfer_tl.cli import entries
    from s3transfer_tl.ledger import Choice
    from s3transfer_tl.resolve import OPEN

    counts = book.summary()
    left = Choice(states=OPEN)
    if form == "json":
        entries.echo_document(book, left)
    elif form == "text":
        entries.echo_table(book, counts=counts, all_rows=False)
    if planned := counts.get("planned"):
        talk.say(f"{counted(planned, 'entry is', 'entries are')} to be sent: submit the manifest again")
    if book.counts(left):
        talk.say("say what became of the rest: --accepted, --absent or --task, with each OBJECT")
        return errors.UNKNOWN
    return errors.OK
