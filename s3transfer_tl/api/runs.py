"""What submissions and uploads share: the ledger, the platform's client, and how a run ends."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from s3transfer_tl import errors
from s3transfer_tl.api import edges, settings
from s3transfer_tl.api.settings import StrPath
from s3transfer_tl.model import Secret

if TYPE_CHECKING:
    from s3transfer_tl.follow import Pace
    from s3transfer_tl.ledger import Event, Ledger
    from s3transfer_tl.twelvelabs import Client

Notice = Callable[[str], object]
_Told = TypeVar("_Told")


@dataclass(frozen=True, slots=True)
class Submission:
    """What a run came to: its number in the ledger (None after a dry run), how many of its entries are in
    each state, and the command line's exit code for that: 0; 5 where some were rejected or failed; 6 where
    the outcome of some is unknown. ``status(run=...)`` tells entry by entry."""

    run: int | None
    counts: Mapping[str, int]
    exit_code: int


def nothing(said: object) -> None:
    """Do nothing about what is said."""


def ledger(given: StrPath | None) -> Path:
    """Return the ledger's path, by default the user's."""
    from s3transfer_tl.ledger import default_path

    return Path(given) if given is not None else default_path()


@contextlib.contextmanager
def existing(path: Path) -> Iterator[Ledger | None]:
    """Open the ledger for reading; None where there is none yet."""
    from s3transfer_tl.ledger import Ledger

    with contextlib.ExitStack() as stack:
        try:
            book = stack.enter_context(Ledger.open(path, read_only=True))
        except errors.NothingToDo:
            book = None
        yield book


def client(
    api_key: str | Secret | None, api_url: str, api_version: str, tell: Notice, *, keyless: bool = False
) -> Client:
    """Return the platform's client; ``keyless`` wants no key, as nobody is asked."""
    from s3transfer_tl.twelvelabs import Client

    key = Secret("unused") if keyless and api_key is None else api_key
    platform = settings.platform(key, api_url, api_version)
    return Client(platform, on_wait=lambda seconds, why: tell(f"{why}; waiting {seconds:,.0f} s"))


def pace(quiet_period: float, poll_interval: float, time_limit: float | None) -> Pace:
    """Return how often the platform is asked. Raises ``UsageError`` for what the command line refuses."""
    from s3transfer_tl.follow import Pace

    settings.require_number("quiet_period", quiet_period, 0)
    settings.require_number("poll_interval", poll_interval, 0.05)
    settings.require_number("time_limit", time_limit, 0)
    return Pace(quiet_period, poll_interval, time_limit)


def each(on_event: Callable[[Event], object] | None) -> Callable[[Iterable[Event]], object]:
    """Return what tells ``on_event`` each of several events; none are made where there is nobody to tell."""

    def show(events: Iterable[Event]) -> None:
        for event in events:
            assert on_event is not None
            on_event(event)

    return nothing if on_event is None else show


def planned(count: int) -> Submission:
    """Return what a dry run came to."""
    return Submission(None, {"planned": count} if count else {}, errors.OK)


def ended(
    events: Generator[_Told, None, None],
    show: Callable[[_Told], object],
    book: Ledger,
    run: int,
    *,
    wait: bool,
) -> Submission:
    """Tell the events of a run as they come, and return what it came to."""
    code = edges.through(events, show, book=book, run=run, wait=wait)
    return Submission(run, book.summary(run), code)
