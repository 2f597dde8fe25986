"""The status command: where every submitted entry stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3transfer_tl.cli import options, sending
from s3transfer_tl.cli.progress import Progress, Step
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import PlatformSettings
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.ledger import Choice, Ledger

# Kept equal to the ledger's by a test: naming them here spares --help the ledger's import.
STATES = ("planned", "sending", "unknown", "held", "rejected", "accepted", "indexing", "ready", "failed")

EXAMPLE = """\b
Examples:
  s3transfer-tl status --watch
  s3transfer-tl status --state failed --state rejected --format jsonl > failed.jsonl
"""


@click.command("status", epilog=EXAMPLE, short_help="Tell where every submitted entry stands.")
@click.option("--refresh", is_flag=True, help="Ask the platform first; without it, the ledger alone tells.")
@click.option("--watch", is_flag=True, help="Ask again and again until every entry is at an end.")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only these.")
@options.index_id
@click.option("--run", type=click.IntRange(1), metavar="N", help="Only entries of this run.")
@options.looks("--watch")
@options.ledger
@options.form
@options.platform_with("refresh", "watch")
@options.common
def command(
    talk: Talk,
    *,
    refresh: bool,
    watch: bool,
    states: tuple[str, ...],
    index_ids: tuple[str, ...],
    run: int | None,
    poll_interval: float,
    time_limit: float | None,
    ledger: Path | None,
    form: str,
    platform: PlatformSettings | None,
) -> int:
    """Tell where every entry stands that was ever submitted: from the ledger at once, from the
    platform with --refresh. Exit 5 where some failed or were rejected, 6 where an outcome is unknown."""
    from s3transfer_tl.api import edges
    from s3transfer_tl.ledger import Choice, Ledger, default_path

    path = ledger or default_path()
    choice = Choice(run, states, index_ids)
    with Ledger.open(path, read_only=True) as book:
        edges.require_entries(book, path, run)
    if platform is not None and watch:
        from s3transfer_tl.cli.watch import Watch

        one = Watch(talk, path, platform, choice, form=form, poll=poll_interval, time_limit=time_limit)
        try:
            one.run()
        finally:
            code = _told(talk, path, choice, "none" if form == "jsonl" else form)
        return code
    if platform is not None:
        _refresh(talk, path, platform)
    return _told(talk, path, choice, form)


def _told(talk: Talk, path: Path, choice: Choice, form: str) -> int:
    """Show how things stand in the ledger and what can be done next; return the exit code for that."""
    from s3transfer_tl import submit
    from s3transfer_tl.cli import entries
    from s3transfer_tl.ledger import Ledger

    with Ledger.open(path, read_only=True) as book:
        counts = book.counts(choice)
        _show(book, choice, counts, form)
        entries.advise(talk, book, choice, counts)
        return submit.exit_code(counts, wait=True)


def _refresh(talk: Talk, path: Path, platform: PlatformSettings) -> None:
    from s3transfer_tl.api import edges
    from s3transfer_tl.ledger import Ledger
    from s3transfer_tl.twelvelabs import Client

    with Client(platform, on_wait=sending.waits(talk.say)) as client, Ledger.open(path) as book:
        moved = 0
        with Progress(talk) as progress:
            progress.show(step := Step("asking the platform", 0, unit="change"))
            for moved, _ in enumerate(edges.refreshed(book, client, talk.warn), 1):
                progress.show(step._replace(done=moved))
        told = f"{counted(moved, 'change')} since" if moved else "nothing has changed since"
        talk.close(f"{told} the last look")
        for other in set(book.endpoints()) - {client.endpoint}:
            talk.say(f"entries at {other} were not asked for: refresh them with --api-url {other}")


def _show(book: Ledger, choice: Choice, counts: dict[str, int], form: str) -> None:
    from s3transfer_tl.cli import entries

    if form == "json":
        entries.echo_document(book, choice)
    elif form == "jsonl":
        for event in book.latest(choice):
            entries.echo_event(event)
    elif form == "text":
        entries.echo_table(book, choice, counts, all_rows=True)
