"""The status command: where every submitted entry stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import options
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import PlatformSettings
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.ledger import Ledger

EXAMPLE = """\b
Example:
  s3transfer-tl status --refresh
"""


@click.command("status", epilog=EXAMPLE, short_help="Tell where every submitted entry stands.")
@click.option("--refresh", is_flag=True, help="Ask the platform first; without it, the ledger alone tells.")
@options.ledger
@options.form
@options.platform_with("refresh")
@options.common
def command(
    talk: Talk, *, refresh: bool, ledger: Path | None, form: str, platform: PlatformSettings | None
) -> int:
    """Tell where every entry stands that was ever submitted: from the ledger at once, from the
    platform with --refresh. Exit 5 where some failed or were rejected, 6 where an outcome is unknown."""
    from s3transfer_tl import submit
    from s3transfer_tl.cli import entries
    from s3transfer_tl.ledger import Ledger, default_path

    path = ledger or default_path()
    with Ledger.open(path, read_only=True) as book:
        if not book.summary():
            raise errors.NothingToDo(f"the ledger {path} is empty", "submit a manifest first")
    if platform is not None:
        _refresh(talk, path, platform)
    with Ledger.open(path, read_only=True) as book:
        _show(book, form)
        entries.advise(talk, book.summary())
        return submit.exit_code(book.summary(), wait=True)


def _refresh(talk: Talk, path: Path, platform: PlatformSettings) -> None:
    from s3transfer_tl import follow
    from s3transfer_tl.ledger import Ledger
    from s3transfer_tl.twelvelabs import Client

    def on_wait(seconds: float, why: str) -> None:
        talk.say(f"{why}; waiting {seconds:,.0f} s")

    with Client(platform, on_wait=on_wait) as client, Ledger.open(path) as book:
        moved = len(book.recover())
        moved += sum(1 for _ in follow.Follower(book, client, None, tell=talk.warn).look())
        told = f"{counted(moved, 'change')} since" if moved else "nothing has changed since"
        talk.say(f"{told} the last look")
        for other in set(book.endpoints()) - {client.endpoint}:
            talk.say(f"entries at {other} were not asked for: refresh them with --api-url {other}")


def _show(book: Ledger, form: str) -> None:
    from s3transfer_tl.cli import entries

    if form == "json":
        entries.echo_document(book)
    elif form == "jsonl":
        for event in book.events():
            entries.echo_event(event)
    else:
        entries.echo_table(book, all_rows=True)
