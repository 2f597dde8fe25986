"""``status --watch``: where everything stands, again and again, until every entry is at an end."""

from __future__ import annotations

import contextlib
import itertools
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from s3transfer_tl import errors
from s3transfer_tl.cli import entries
from s3transfer_tl.cli.meter import Reading, duration, fit, shown
from s3transfer_tl.cli.progress import PLAIN_SECONDS, Step, console, drawn, moves
from s3transfer_tl.cli.talk import Talk, is_terminal
from s3transfer_tl.follow import Follower
from s3transfer_tl.ledger import Choice, Ledger, Row
from s3transfer_tl.model import PlatformSettings
from s3transfer_tl.report.text import counted
from s3transfer_tl.twelvelabs import Client

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_SHOWN = 8  # entries under way that the live table names
_PATIENCE = 10  # looks in a row that may fail


class Picture(NamedTuple):
    """How things stand: entries by state, how many are still to move, how many end in a minute since the
    watch began, in how many seconds the last one should (None: nobody can say), and some under way."""

    counts: Mapping[str, int]
    left: int
    rate: float
    eta: float | None
    moving: tuple[Row, ...]

    @property
    def sentence(self) -> str:
        """The picture as a line."""
        rate = f", {self.rate:,.1f} a minute" if self.rate else ""
        return f"{entries.sentence(self.counts)}{rate}{self.left_told}"

    @property
    def left_told(self) -> str:
        """How long it should take, as the end of a sentence."""
        return "" if self.eta is None else f", about {duration(self.eta)} left"


class View(Protocol):
    """Where a picture is shown."""

    def show(self, picture: Picture) -> None:
        """Show how things stand now."""


class Watch:
    """Looks and shows. The ledger is held only while the platform is asked, so that others may submit;
    while another process holds it, that one asks, and here is shown what it notes."""

    def __init__(
        self,
        talk: Talk,
        path: Path,
        platform: PlatformSettings,
        choice: Choice,
        *,
        form: str,
        poll: float,
        time_limit: float | None,
    ) -> None:
        self._talk, self._path, self._choice = talk, path, choice
        self._jsonl = form == "jsonl"
        self._poll, self._limit = poll, time_limit
        self._client = Client(platform, on_wait=lambda seconds, why: talk.say(f"{why}; {seconds:,.0f} s"))
        self._seen = 0  # the last event that was shown
        self._failures = 0
        self._due: Mapping[int, float] = {}
        self._told: set[str] = set()

    def run(self) -> None:
        """Watch until nothing moves any more. Raises ``RemoteError`` at the time limit, ``PlatformError``
        where the platform refuses or ten times in a row gives no answer, ``Stopped`` on Ctrl-C."""
        began = time.monotonic()
        with Ledger.open(self._path, read_only=True) as book:
            self._seen = book.last_event()
            ended = self._ended(book)
        live = moves(sys.stdout) and not self._jsonl and not self._talk.quiet
        live = live and self._talk.progress is not False
        try:
            with self._client, _Live(self._talk) if live else _Plain(self._talk) as view:
                while True:
                    busy = self._look()
                    spent = time.monotonic() - began
                    picture = self._picture(ended, spent, busy=busy)
                    view.show(picture)
                    if not picture.left:
                        return
                    time.sleep(self._pause(spent, picture.left))
        except KeyboardInterrupt:
            hint = "what was seen is in the ledger; watch again at any time"
            raise errors.Stopped("stopped by Ctrl-C", hint) from None

    def _look(self) -> bool:
        """Ask the platform once and show what moved; return whether another process does the asking."""
        busy = False
        try:
            with Ledger.open(self._path) as book:
                book.recover()
                follower = Follower(book, self._client, self._choice.run, tell=self._tell_once)
                for _ in follower.look():
                    pass
                self._due = follower.due
            self._failures = 0
        except errors.LedgerBusy:
            busy = True
            self._tell_once("another process holds the ledger: showing what it notes")
        except errors.PlatformError as error:
            self._failures += 1
            if 400 <= error.status < 500 or self._failures == _PATIENCE:
                raise
            self._tell_once(f"{error.message}; looking again")
        if self._jsonl:
            with Ledger.open(self._path, read_only=True) as book:
                for number, event in book.since(self._seen):
                    self._seen = number
                    entries.echo_event(event)
        return busy

    def _picture(self, ended: int, spent: float, *, busy: bool) -> Picture:
        with Ledger.open(self._path, read_only=True) as book:
            counts = book.counts(self._choice)
            # entries at another platform are not asked for, and so never move
            here = self._choice._replace(endpoint=self._client.endpoint)
            left = book.waiting(here) + counts.get("sending", 0)
            left += counts.get("planned", 0) if busy else 0  # whoever holds the ledger may send them
            moving = tuple(itertools.islice(book.chosen(self._choice._replace(states=("indexing",))), _SHOWN))
            rate = (self._ended(book) - ended) / spent * 60 if spent else 0.0
        return Picture(counts, left, rate, self._eta(left, rate) if left else None, moving)

    def _eta(self, left: int, rate: float) -> float | None:
        now = self._client.now()
        told = [due - now for due in self._due.values() if due > now]
        if told:
            return max(told)
        return left / rate * 60 if rate else None

    def _ended(self, book: Ledger) -> int:
        counts = book.counts(self._choice)
        return sum(counts.get(state, 0) for state in entries.ENDS)

    def _pause(self, spent: float, left: int) -> float:
        if self._limit is None:
            return self._poll
        if spent >= self._limit:
            raise errors.RemoteError(
                f"the time limit of {self._limit:g} s is over; "
                f"{counted(left, 'entry is', 'entries are')} not at an end",
                "watch again at any time: nothing is lost",
            )
        return min(self._poll, self._limit - spent)

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._talk.say(text)


class _Plain(contextlib.AbstractContextManager["_Plain"]):
    """Lines on stderr: where something changed, and not more than one in ten seconds besides."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._last: Mapping[str, int] = {}
        self._spoken = 0.0

    def __exit__(self, *error: object) -> None:
        pass

    def show(self, picture: Picture) -> None:
        """Say how things stand, where that is news."""
        now = time.monotonic()
        if picture.counts != self._last or now - self._spoken >= PLAIN_SECONDS:
            self._last, self._spoken = picture.counts, now
            self._talk.say(picture.sentence)


class _Live(contextlib.AbstractContextManager["_Live"]):
    """A table that is drawn anew in its place, and leaves the terminal as it was."""

    def __init__(self, talk: Talk) -> None:
        from rich.live import Live

        self._talk = talk
        self._console = console(sys.stdout)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)

    def __enter__(self) -> _Live:
        self._live.start()
        if is_terminal(sys.stderr):  # the same, most likely: what is said goes above the table
            self._talk.above = self._above
        return self

    def __exit__(self, *error: object) -> None:
        self._talk.above = None
        self._live.stop()

    def _above(self, text: str) -> None:
        from rich.text import Text

        self._console.print(Text.from_ansi(text), soft_wrap=True)

    def show(self, picture: Picture) -> None:
        """Draw the table."""
        table = _table(picture, self._console.width, self._console.encoding)
        self._live.update(table, refresh=True)


def _table(picture: Picture, width: int, encoding: str) -> Group:
    from rich.console import Group
    from rich.table import Table

    total = sum(picture.counts.values())
    done = sum(picture.counts.get(state, 0) for state in entries.ENDS)
    step = Step("following", done, total, "entry")
    reading = Reading(done, picture.rate / 60 if picture.rate else None, picture.eta, 0.0)
    counts = Table.grid(padding=(0, 2))
    counts.add_column(no_wrap=True)
    counts.add_column(no_wrap=True, justify="right")
    for state, count in picture.counts.items():
        counts.add_row(state, f"{count:,}")
    moving = [_plain(f"  {row.status or row.state}  {row.object}", encoding) for row in picture.moving]
    return Group(counts, *moving, drawn(fit(step, reading, width - 1, encoding), step, reading))


def _plain(text: str, encoding: str) -> Text:
    """Return a line as it is, cut where the terminal ends."""
    from rich.text import Text

    # a key may hold what rich takes for markup
    return Text(shown(text, encoding), no_wrap=True, overflow="ellipsis")
