"""The retry command: failed and rejected entries as a new batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import options, sending
from s3transfer_tl.cli.progress import Step
from s3transfer_tl.cli.sending import Sending, require, send, waits
from s3transfer_tl.cli.submit import rehearse
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import PlatformSettings
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.ledger import Choice, Ledger, Row
    from s3transfer_tl.submit import Named

EXAMPLE = """\b
Examples:
  s3transfer-tl retry --state rejected --wait
  s3transfer-tl status --state failed --format jsonl > failed.jsonl
  s3transfer-tl retry --from failed.jsonl
"""


@click.command("retry", epilog=EXAMPLE, short_help="Send failed and rejected entries anew.")
@click.option(
    "--state", "states", type=click.Choice(["failed", "rejected"]), multiple=True, help="Only these."
)
@click.option(
    "--reason", "reasons", multiple=True, metavar="TEXT", help="Only with this code or text in the message."
)
@options.index_id
@click.option("--run", type=click.IntRange(1), metavar="N", help="Only entries of this run.")
@click.option(
    "--from",
    "lines",
    type=click.File("rb"),
    metavar="FILE",
    help="Only what these lines name; `status --format jsonl` writes them.",
)
@sending.sending
@click.option("--dry-run", is_flag=True, help="Print exactly what would be sent, and send nothing.")
@options.ledger
@options.form
@options.platform_keyless_with("dry_run")
@options.common
def command(
    talk: Talk,
    *,
    states: tuple[str, ...],
    reasons: tuple[str, ...],
    index_ids: tuple[str, ...],
    run: int | None,
    lines: BinaryIO | None,
    sending: Sending,
    dry_run: bool,
    ledger: Path | None,
    form: str,
    platform: PlatformSettings,
) -> int:
    """Send failed and rejected entries anew, as a run of its own.

    What an earlier retry did not get to send goes along. What is unknown is never sent again here: see
    resolve. Uploads are sent anew by `upload --again`.
    """
    from s3transfer_tl import submit
    from s3transfer_tl.cli import entries
    from s3transfer_tl.ledger import Choice, Ledger, default_path
    from s3transfer_tl.twelvelabs import Client

    path = ledger or default_path()
    talk.dry_run = dry_run
    require(path)
    named = submit.Named(lines, lines.name) if lines else None
    choice = Choice(run, states, index_ids, reasons)
    stream = entries.Stream(talk, form, lambda: book.summary(plan.run))
    with (
        Client(platform, on_wait=waits(talk.say)) as client,
        Ledger.open(path, clock=stream.clock, read_only=dry_run) as book,
    ):
        source = _source(choice, named)
        rows = list(submit.retriable(book, choice, client.endpoint, named, source))
        _require(talk, rows, book, choice, named)
        if dry_run:
            portion = submit.Portion(sending.batch_size, sending.limit)
            found = submit.in_batches((row.entry for row in rows), portion)
            return rehearse(talk, found, client, form)
        stream.moving(Step(f"planning {counted(len(rows), 'entry', 'entries')}", unit=""))
        plan = submit.again(rows, source, ledger=book, client=client, tell=stream.tell)
        return send(talk, stream, plan, sending, book=book, client=client, form=form)


def _require(talk: Talk, rows: Sequence[Row], book: Ledger, choice: Choice, named: Named | None) -> None:
    """Tell what was named in vain. Raises ``NothingToDo`` where nothing is left."""
    if named and (missed := named.missed):
        who = counted(len(missed), "object")
        talk.warn(f"{who} named, but not failed or rejected in this ledger: {missed[0]}")
    if not rows:
        uploads = book.counts(choice._replace(states=choice.states or ("failed", "rejected"), uploads=True))
        raise errors.NothingToDo(
            f"no failed or rejected entry {_source(choice, named)}; nothing was sent",
            "uploads are sent anew by `s3transfer-tl upload ... --again`"
            if uploads
            else "see `s3transfer-tl status`; what is unknown is settled by `s3transfer-tl resolve`",
        )


def _source(choice: Choice, named: Named | None) -> str:
    said = [f"in state {' or '.join(choice.states)}"] if choice.states else []
    said += [f"for {' or '.join(choice.reasons)}"] if choice.reasons else []
    said += [f"of index {' or '.join(choice.index_ids)}"] if choice.index_ids else []
    said += [f"of run {choice.run}"] if choice.run is not None else []
    said += [f"of {len(named)} named"] if named is not None else []
    return ", ".join(said) or "in the ledger"
