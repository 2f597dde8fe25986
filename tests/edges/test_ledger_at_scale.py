"""A ledger of thousands: planned and moved many at once, exactly as one by one, and as safely."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3transfer_tl.errors import LedgerError
from s3transfer_tl.ledger import Identity, Ledger
from s3transfer_tl.model import Entry

HERE = "http://platform"
INDEXES = ("629d807aa9e2a3a33a92c00b", "65a1c0de5a4db0c5ca11ab1e")
FULL = 2  # PRAGMA synchronous


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite3") as opened:
        yield opened


def library(count: int, *, etag: str | None = None) -> list[Identity]:
    uris = (f"s3://media/{n}/video.mp4" for n in range(count))
    return [Identity(HERE, Entry(INDEXES[n % 2], "en", uri), etag) for n, uri in enumerate(uris)]


def plan(book: Ledger, wanted: list[Identity]) -> int:
    with book.transaction():
        run = book.begin("submit", "m.json", HERE, "v1.2")
        book.plan(run, wanted)
    return run


def send(book: Ledger, run: int, size: int, outcome: str = "accepted") -> int:
    rows, _ = book.planned(run, -1, size)
    batch, _ = book.intend(run, rows, since=0.0)
    return len(book.settle(batch, outcome))  # type: ignore[arg-type]


def objects(book: Ledger, run: int) -> list[str]:
    return [row.object for row in book.rows(run)]


def test_a_run_has_its_entries_in_the_manifests_order_each_once(book: Ledger) -> None:
    wanted = library(1203)
    run = plan(book, wanted)
    assert objects(book, run) == [identity.entry.object for identity in wanted]
    assert [event.event for event in book.events(run)] == ["planned"] * 1203
    assert len({row.digest for row in book.rows(run)} & {one.digest for one in wanted}) == 1203


@pytest.mark.parametrize("apart", [1, 300, 700])
def test_an_entry_that_stands_twice_is_planned_once(book: Ledger, apart: int) -> None:
    wanted = library(apart)
    run = plan(book, [*wanted, wanted[0], *wanted])
    assert Counter(objects(book, run)) == Counter(identity.entry.object for identity in wanted)
    assert book.summary() == {"planned": apart}


def test_entries_of_before_are_found_among_new_ones(book: Ledger) -> None:
    first = plan(book, library(40))
    assert send(book, first, 30) == 30
    second = plan(book, library(1100)[::-1])
    assert book.summary(second) == {"planned": 1070, "accepted": 30}
    assert book.summary(first) == {"planned": 10, "accepted": 30}


def test_an_etag_that_was_not_known_before_makes_no_other_entry(book: Ledger) -> None:
    plan(book, library(900))
    known = plan(book, library(900, etag="one"))
    assert book.summary() == {"planned": 900}
    assert {book.etags(row) for row in book.rows(known)} == {("one", None)}
    plan(book, library(900, etag="two"))
    assert book.summary() == {"planned": 1800}


def test_what_was_rejected_is_planned_once_more_even_where_it_stands_twice(book: Ledger) -> None:
    send(book, plan(book, library(600)), 600, "rejected")
    again = plan(book, [*library(600), *library(600)])
    assert book.summary(again) == {"planned": 600}


def test_only_what_is_planned_departs(book: Ledger) -> None:
    run = plan(book, library(3))
    rows, _ = book.planned(run, -1, 3)
    book.intend(run, rows[:1], since=0.0)
    with pytest.raises(LedgerError, match="1 entries to send are not planned"):
        book.intend(run, rows, since=0.0)
    assert book.summary() == {"planned": 2, "sending": 1}


@pytest.mark.parametrize("size", [1, 100, 40_000])
def test_a_request_of_any_size_is_sent_and_noted(book: Ledger, size: int) -> None:
    run = plan(book, library(size))
    rows, _ = book.planned(run, -1, size)
    assert not book.names_waiting(HERE, rows)
    assert send(book, run, size) == size
    assert book.summary() == {"accepted": size}


def test_names_that_wait_for_their_task_are_told_for_their_own_index_only(book: Ledger) -> None:
    run = plan(book, library(3))
    first, second, third = book.rows(run)  # one file name, the second one in another index
    batch, _ = book.intend(run, [first], since=0.0)
    book.settle(batch, "accepted")
    assert not book.names_waiting(HERE, [second])
    assert book.names_waiting(HERE, [second, third])


def test_every_intent_is_on_the_disk_before_its_request(book: Ledger) -> None:
    run = plan(book, library(4))
    for outcome in ("accepted", "rejected", "lost", "refused"):
        assert book._execute("PRAGMA synchronous").fetchone() == (FULL,)
        send(book, run, 1, outcome)
    assert book._execute("PRAGMA synchronous").fetchone() == (FULL,)
