"""What ``submit`` and ``retry`` share: the options of sending, and the sending itself, shown."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import options, signals
from s3transfer_tl.cli.meter import size
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.cli import entries
    from s3transfer_tl.ledger import Ledger
    from s3transfer_tl.submit import Plan
    from s3transfer_tl.twelvelabs import Client

Command = Callable[..., Any]
_Told = TypeVar("_Told")

_RESUME = "run the same command again to resume: nothing is sent twice"


@dataclass(frozen=True, slots=True)
class Sending:
    """How a run sends and how long it follows, as the options spell it; times in seconds."""

    batch_size: int
    limit: int | None
    brake: float
    confirm: bool
    wait: bool
    quiet_period: float
    poll_interval: float
    time_limit: float | None


def pace(function: Command) -> Command:
    """Add ``--quiet-period``, ``--poll-interval`` and ``--time-limit``."""
    quiet_period = click.option(
        "--quiet-period",
        type=options.Number(0),
        default=60.0,
        show_default=True,
        metavar="S",
        help="Seconds an entry whose answer was lost must stay absent before it may be sent again.",
    )
    return quiet_period(options.looks("--wait")(function))


def sending(function: Command) -> Command:
    """Add the options of sending; pass them as ``sending`` (Sending)."""

    @click.option(
        "--batch-size",
        type=click.IntRange(1),
        default=100,
        show_default=True,
        metavar="N",
        help="Entries a request.",
    )
    @click.option("--limit", type=click.IntRange(1), metavar="N", help="Send at most N entries in this run.")
    @click.option(
        "--brake",
        type=options.Number(0, 100),
        default=50.0,
        show_default=True,
        metavar="PERCENT",
        help="Stop where more of the last 10 requests were rejected or lost.",
    )
    @click.option("--confirm", is_flag=True, help="Tell the counts and ask before anything is sent.")
    @click.option("--wait", is_flag=True, help="Follow until every entry is ready or failed.")
    @pace
    @functools.wraps(function)
    def command(
        *args: Any,
        batch_size: int,
        limit: int | None,
        brake: float,
        confirm: bool,
        wait: bool,
        quiet_period: float,
        poll_interval: float,
        time_limit: float | None,
        **more: Any,
    ) -> Any:
        if confirm and not sys.stdin.isatty():
            raise errors.UsageError(
                "--confirm needs a terminal: nobody is there to ask", "leave it out, or see --dry-run first"
            )
        found = Sending(batch_size, limit, brake, confirm, wait, quiet_period, poll_interval, time_limit)
        return function(*args, sending=found, **more)

    return command


def require(path: Path) -> None:
    """Raise ``NothingToDo`` where there is no ledger: a wrong --ledger must not make an empty one."""
    from s3transfer_tl.ledger import Ledger

    Ledger.open(path, read_only=True).close()


def waits(tell: Callable[[str], object]) -> Callable[[float, str], object]:
    """Return what a client calls before it waits: it says how long, why, and until when."""

    def on_wait(seconds: float, why: str) -> None:
        until = time.strftime("%H:%M:%S", time.localtime(time.time() + seconds))
        tell(f"{why}; waiting {seconds:,.0f} s, until {until}")

    return on_wait


def send(
    talk: Talk, stream: entries.Stream, plan: Plan, how: Sending, *, book: Ledger, client: Client, form: str
) -> int:
    """Send what is planned, show it, and return the exit code; the ledger notes it too."""
    from s3transfer_tl import submit
    from s3transfer_tl.api import edges
    from s3transfer_tl.cli import entries
    from s3transfer_tl.follow import Pace
    from s3transfer_tl.ledger import Choice

    stream.expect(plan.to_send, how.limit)
    stream.more = lambda: (counted(client.transfers, "request"), size(client.transferred))
    stream.finish()
    _tell(talk, plan, how.limit)
    if how.confirm and plan.to_send:
        _ask(plan, how)
    pace = Pace(how.quiet_period, how.poll_interval, how.time_limit)
    portion = submit.Portion(how.batch_size, how.limit, how.brake)
    events = edges.sent(
        plan, book, client, portion, pace, wait=how.wait, tell=stream.tell, see_through=signals.see_through
    )
    try:
        return through(events, stream.follow, book=book, run=plan.run, wait=how.wait)
    finally:
        stream.finish()
        sent = "nothing sent"
        if client.transfers:
            sent = f"sent {counted(client.transfers, 'request')}, {counted(client.transferred, 'byte')}"
        entries.conclude(talk, book, Choice(plan.run), form, sent, all_rows=False)


def through(
    events: Generator[_Told, None, None],
    show: Callable[[_Told], object],
    *,
    book: Ledger,
    run: int,
    wait: bool,
) -> int:
    """Show the events of a run as they come and return its exit code; the ledger notes how it ended,
    whatever ends it. Raises ``Stopped`` for Ctrl-C and SIGTERM."""
    from s3transfer_tl.api import edges

    known = "the ledger knows what was sent"
    try:
        return edges.through(events, show, book=book, run=run, wait=wait)
    except KeyboardInterrupt:
        raise errors.Stopped(f"stopped by Ctrl-C; {known}", _RESUME) from None
    except errors.Stopped as stop:
        raise errors.Stopped(f"{stop.message}; {known}", _RESUME, stop.exit_code) from None


def _ask(plan: Plan, how: Sending) -> None:
    count = min(plan.to_send, how.limit or plan.to_send)
    if not click.confirm(f"send {counted(count, 'entry', 'entries')} now?", err=True):
        raise errors.NothingToDo("not confirmed; nothing was sent", _RESUME)


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
        talk.say(f"{plan.to_send:,} to send{some} (run {plan.run})")
