"""``submit`` and ``status``: a manifest to the platform, and what became of every entry."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from s3transfer_tl.api import edges, runs, settings
from s3transfer_tl.api.runs import Notice, Submission
from s3transfer_tl.api.settings import API_URL, API_VERSION, S3Options, StrPath
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import Config, S3Settings, Secret, Standing

if TYPE_CHECKING:
    from s3transfer_tl.ledger import Choice, Event
    from s3transfer_tl.lint.limits import Platform
    from s3transfer_tl.submit import Place


def submit(
    manifest: StrPath,
    *,
    wait: bool = False,
    dry_run: bool = False,
    batch_size: int = 100,
    limit: int | None = None,
    brake: float = 50.0,
    check: bool = False,
    media: bool = False,
    skip_indexed: bool = False,
    config: StrPath | Config | None = None,
    ledger: StrPath | None = None,
    quiet_period: float = 60.0,
    poll_interval: float = 5.0,
    time_limit: float | None = None,
    api_key: str | Secret | None = None,
    api_url: str = API_URL,
    api_version: str = API_VERSION,
    on_event: Callable[[Event], object] | None = None,
    on_notice: Notice | None = None,
    **s3: Unpack[S3Options],
) -> Submission:
    """Validate a manifest, post it in batches and remember every entry in the ledger; nothing is sent twice.

    ``wait`` follows until every entry is ready or failed. ``check`` (with ``media``) judges it against S3
    first. ``config`` is the one whose ``lint:`` section counts. ``api_key`` comes from the environment where
    it is None. ``on_event`` is told each event after it is committed, ``on_notice`` sentences for people: a
    pause, a rejection. What either raises ends the run as Ctrl-C does: what was not sent stays planned.

    Raises ``UsageError``, ``ConfigError``, ``NothingToDo`` (an empty manifest), ``Unsound`` (a
    ``TransferError`` with ``findings``), ``PlatformError``, ``S3Error``, ``LedgerError``, ``LedgerBusy``.
    """
    from s3transfer_tl import submit as room
    from s3transfer_tl.ledger import Ledger

    settings.require_number("batch_size", batch_size, 1)
    settings.require_number("limit", limit, 1)
    settings.require_number("brake", brake, 0, 100)
    path, place, tell = Path(manifest), runs.ledger(ledger), on_notice or runs.nothing
    loaded = None if config is None else settings.config(config, only_to_judge=True)
    portion, pace = room.Portion(batch_size, limit, brake), runs.pace(quiet_period, poll_interval, time_limit)
    with runs.client(api_key, api_url, api_version, tell, keyless=dry_run) as client:
        room.review(path, loaded)
        if check:
            videos = edges.engines_of(path, None if dry_run else client, api_version) if media else None
            _check(path, loaded, settings.s3(**s3), videos)
        if dry_run:
            with runs.existing(place) as known:
                return runs.planned(sum(map(len, room.batches(path, client.endpoint, known, portion))))
        with Ledger.open(place) as book:
            skip: Collection[Place] = ()
            if skip_indexed:
                unsent = room.unsent(path, client.endpoint, book)
                skip = room.indexed(unsent, client, functools.partial(edges.sizes, settings.s3(**s3)))
            plan = room.prepare(path, ledger=book, client=client, skip=skip, tell=tell)
            events = edges.sent(plan, book, client, portion, pace, wait=wait, tell=tell)
            return runs.ended(events, runs.each(on_event), book, plan.run, wait=wait)


def _check(path: Path, config: Config | None, s3: S3Settings, videos: Platform | None) -> None:
    """Judge the manifest against S3. Raises ``Unsound`` for errors, ``S3Error`` for what S3 did not tell."""
    from s3transfer_tl import check as checks
    from s3transfer_tl import lint
    from s3transfer_tl import submit as room

    with path.open("rb") as fp:
        for event in edges.checked(fp, str(path), control=lint.control.of(config), s3=s3, videos=videos):
            if isinstance(event, checks.Checked):
                room.refuse_errors(path, event.review, "check")
                edges.refuse_undecided(event)


def status(
    *,
    refresh: bool = False,
    states: Sequence[str] = (),
    index_ids: Sequence[str] = (),
    run: int | None = None,
    ledger: StrPath | None = None,
    api_key: str | Secret | None = None,
    api_url: str = API_URL,
    api_version: str = API_VERSION,
    on_event: Callable[[Event], object] | None = None,
    on_notice: Notice | None = None,
) -> Iterator[Standing]:
    """Tell where every entry stands that was ever submitted: from the ledger, after asking the platform once
    with ``refresh``. What moved then goes to ``on_event``.

    The ledger is open for reading until the iterator ends or is closed. Raises ``NothingToDo`` where nothing
    was submitted, ``UsageError`` for a run or a state that there is not, ``LedgerError``, ``PlatformError``.
    """
    from s3transfer_tl.ledger import STATES, Choice, Ledger

    settings.require_several(states=states, index_ids=index_ids)
    if wrong := set(states) - STATES.keys():
        raise UsageError(f"no such state: {', '.join(sorted(wrong))}", f"one of {', '.join(STATES)}")
    place, tell = runs.ledger(ledger), on_notice or runs.nothing
    with Ledger.open(place, read_only=True) as book:
        edges.require_entries(book, place, run)
    if refresh:
        with runs.client(api_key, api_url, api_version, tell) as client, Ledger.open(place) as book:
            for event in edges.refreshed(book, client, tell):
                (on_event or runs.nothing)(event)
    return _standings(place, Choice(run, tuple(states), tuple(index_ids)))


def _standings(place: Path, choice: Choice) -> Iterator[Standing]:
    from s3transfer_tl.ledger import Ledger

    with Ledger.open(place, read_only=True) as book:
        for row in book.chosen(choice):
            yield Standing(*(getattr(row, name) for name in Standing._fields))
