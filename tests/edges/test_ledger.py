"""The ledger: what an entry is, which way it may go, and a file that is safe or says why not."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import ledger
from s3transfer_tl.errors import LedgerBusy, LedgerError, NothingToDo
from s3transfer_tl.ledger import (
    EVENTS,
    STATES,
    Choice,
    Clock,
    Event,
    Identity,
    Instant,
    Ledger,
    Moved,
    base_name,
    default_path,
    file,
    health,
    moving,
)
from s3transfer_tl.ledger.file import APPLICATION_ID, VERSION
from s3transfer_tl.model import Entry, Task

HERE = "http://platform"
INDEX = "629d807aa9e2a3a33a92c00b"


def entry(name: str, **more: str) -> Entry:
    return Entry(INDEX, "en", f"s3://media/{name}")._replace(**more)


def identities(*names: str) -> list[Identity]:
    return [Identity(HERE, entry(name)) for name in names]


def plan(book: Ledger, *wanted: Identity) -> int:
    with book.transaction():
        run = book.begin("submit", "m.json", HERE, "v1.2")
        book.plan(run, wanted)
    return run


def send(book: Ledger, run: int, size: int = 100) -> tuple[int, Moved]:
    rows, _ = book.planned(run, -1, size)
    return book.intend(run, rows, since=0.0)


def test_a_manifest_whose_name_is_no_text_is_noted_all_the_same(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite3") as book:
        assert book.begin("submit", "caf\udce9.json", HERE, "v1.2") == 1


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite3") as opened:
        yield opened


# Identity

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
OPTIONAL = st.none() | TEXT


@given(*[st.builds(Identity, TEXT, st.builds(Entry, TEXT, TEXT, TEXT, OPTIONAL), OPTIONAL, OPTIONAL)] * 2)
def test_two_entries_have_one_digest_only_if_they_are_the_same(one: Identity, other: Identity) -> None:
    assert (one.digest == other.digest) == (one == other)


def test_the_digest_is_stable_over_releases() -> None:
    identity = Identity(HERE, entry("\u65e5 %20.mp4", transcription="s3://media/a.srt"), "e1")
    assert identity.digest == "bd453f2bdaac7c90ef334aa9104daafa884d04a183323da5c74eeeb3ee2a2fab"


def test_an_entry_planned_again_is_the_same_entry(book: Ledger) -> None:
    first, second = plan(book, *identities("a", "b")), plan(book, *identities("b", "c"))
    assert book.summary() == {"planned": 3}
    assert [row.object[-1] for row in book.rows(first)] == ["a", "b"]
    assert [row.object[-1] for row in book.rows(second)] == ["b", "c"]


def test_an_entry_twice_in_a_manifest_is_sent_once(book: Ledger) -> None:
    run = plan(book, *identities("a", "a", "b"))
    assert [row.object[-1] for row in book.planned(run, -1, 100)[0]] == ["a", "b"]


@pytest.mark.parametrize(
    "other",
    [
        {"index_id": "0" * 24},
        {"language": "de"},
        {"object": "s3://media/b"},
        {"transcription": "s3://media/a.srt"},
    ],
)
def test_another_index_language_video_or_transcription_makes_another_entry(
    book: Ledger, other: dict[str, str]
) -> None:
    plan(book, Identity(HERE, entry("a")), Identity(HERE, entry("a", **other)))
    assert book.summary() == {"planned": 2}


def test_another_platform_makes_another_entry(book: Ledger) -> None:
    plan(book, Identity(HERE, entry("a")), Identity("http://other", entry("a")))
    assert book.summary() == {"planned": 2}


def test_a_changed_video_is_another_entry_an_unknown_etag_is_not(book: Ledger) -> None:
    for etag in (None, "one", None, "one"):
        plan(book, Identity(HERE, entry("a"), etag))
    assert book.summary() == {"planned": 1}
    plan(book, Identity(HERE, entry("a"), "two"))
    assert book.summary() == {"planned": 2}


def test_an_etag_of_the_transcription_counts_too(book: Ledger) -> None:
    captioned = entry("a", transcription="s3://media/a.srt")
    for etags in ((None, "x"), ("one", None), ("one", "x"), ("one", "y")):
        plan(book, Identity(HERE, captioned, *etags))
    assert book.summary() == {"planned": 2}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("s3://b/a/b/c.mp4", "c.mp4"),
        ("c.mp4", "c.mp4"),
        ("s3://b/u\u0308.mp4", "\u00fc.mp4"),
        ("s3://b/a\nb.mp4", "a\nb.mp4"),
    ],
)
def test_a_task_is_compared_by_the_base_name_in_nfc(key: str, name: str) -> None:
    assert base_name(key) == name


# States


def test_the_intent_is_committed_before_anything_is_sent(book: Ledger) -> None:
    run = plan(book, *identities("a"))
    send(book, run)
    with Ledger.open(book.path, read_only=True) as other:
        assert other.summary() == {"sending": 1}


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("accepted", "accepted"), ("rejected", "rejected"), ("refused", "planned"), ("lost", "unknown")],
)
def test_each_outcome_has_its_state_and_its_event(book: Ledger, outcome: str, state: str) -> None:
    run = plan(book, *identities("a", "b"))
    batch, _ = send(book, run)
    events = book.settle(batch, outcome, "because", http_status=400)  # type: ignore[arg-type]
    assert [event.event for event in events] == [EVENTS[state]] * 2
    assert book.summary(run) == {state: 2}
    assert [row.message for row in book.rows(run)] == ["because"] * 2


def test_the_history_tells_every_move_of_every_entry_in_order(book: Ledger) -> None:
    run = plan(book, *identities("a", "b", "c", "d"))
    for outcome in ("rejected", "accepted"):
        rows = [row for row in book.planned(run, -1, 9)[0] if outcome == "accepted" or row.object[-1] != "b"]
        batch, _ = book.intend(run, rows, since=0.0)
        book.settle(batch, outcome)  # type: ignore[arg-type]
    told = [(event.event, event.object[-1]) for _, event in book.since(0)]
    assert told == [
        *(("planned", name) for name in "abcd"),
        *((event, name) for event in ("sending", "rejected") for name in "acd"),
        *((event, name) for event in ("sending", "accepted") for name in "b"),
    ]
    ids = {row.id: row.object[-1] for row in book.rows()}
    for which in (None, run):
        assert [(EVENTS[state], ids[entry_id]) for _, entry_id, state in book.moves(which)] == told
        assert book.span(which)
    numbers = [number for number, _ in book.since(0)]
    assert numbers == sorted(numbers)
    assert [event for _, event in book.since(numbers[-1] - 1)] == list(book.events(run, "accepted"))


def test_what_the_ledger_writes_keeps_the_rules_of_its_own_tables(book: Ledger) -> None:
    for outcome in ("accepted", "rejected", "lost", "refused"):
        book.settle(send(book, plan(book, *identities(outcome)))[0], outcome)  # type: ignore[arg-type]
    assert health.examine(book.path).counts == book.summary()
    with contextlib.closing(sqlite3.connect(book.path)) as other:
        assert other.execute("PRAGMA foreign_key_check").fetchall() == []
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            other.execute("UPDATE entries SET state = 'elsewhere'")


def test_a_ledger_whose_counts_are_not_those_of_its_entries_is_told(book: Ledger) -> None:
    plan(book, *identities("a", "b"))
    book._execute("UPDATE tallies SET entries = 3")
    with pytest.raises(LedgerError, match="counts are not those of its entries"):
        health.examine(book.path)


def test_a_state_that_there_is_not_is_told(book: Ledger) -> None:
    plan(book, *identities("a"))
    book._execute("UPDATE entries SET state = 'elsewhere'")
    with pytest.raises(LedgerError, match="no entry can be elsewhere"):
        health.examine(book.path)


@given(st.sets(st.integers(1, 60)))
def test_spans_hold_their_numbers_and_no_others(numbers: set[int]) -> None:
    spans = moving._spans(sorted(numbers))
    assert [number for first, last in spans for number in range(first, last + 1)] == sorted(numbers)
    assert all(after[0] > before[1] + 1 for before, after in itertools.pairwise(spans))


def test_what_moved_together_tells_its_events_as_often_as_asked_and_whenever(book: Ledger) -> None:
    run = plan(book, *identities("a", "b", "c"))
    batch, departed = send(book, run, 2)
    moved = book.settle(batch, "accepted")
    for events, kind in ((departed, "sending"), (moved, "accepted")):
        assert len(events) == 2
        assert list(events) == list(events)
        assert [(event.event, event.object) for event in events] == [
            (kind, "s3://media/a"),
            (kind, "s3://media/b"),
        ]
    assert list(moved) == list(book.events(run, "accepted"))


def test_what_a_dead_process_left_sending_becomes_unknown(book: Ledger) -> None:
    send(book, plan(book, *identities("a", "b")))
    assert [event.event for event in book.recover()] == ["unknown"] * 2
    assert book.recover() == []


def test_no_entry_takes_a_way_that_is_not_open(book: Ledger) -> None:
    run = plan(book, *identities("a"))
    (row,) = book.rows(run)
    for state in STATES.keys() - STATES["planned"]:
        with pytest.raises(LedgerError, match="cannot go"), book.transaction():
            book.move(row, state)
    send(book, run)
    with pytest.raises(LedgerError, match="behind the ledger's back"), book.transaction():
        book.move(row, "sending")


def test_every_state_can_come_to_an_end_and_none_but_planned_leads_to_sending() -> None:
    assert [state for state, ways in STATES.items() if "sending" in ways] == ["planned"]
    assert STATES["ready"] == frozenset()
    assert STATES.keys() == EVENTS.keys()


def test_one_task_belongs_to_one_entry(book: Ledger) -> None:
    run = plan(book, *identities("a", "b"))
    batch, _ = send(book, run)
    book.settle(batch, "accepted")
    first, second = book.rows(run)
    task = Task("t1", INDEX, "ready", "")
    with book.transaction():
        book.move(first, "ready", task=task)
    with pytest.raises(LedgerError), book.transaction():
        book.move(second, "ready", task=task)
    assert book.taken(HERE, ["t0", "t1"]) == {"t1"}


def test_a_transaction_that_fails_leaves_nothing(book: Ledger) -> None:
    def fail() -> None:
        with book.transaction():
            book.plan(book.begin("submit", "m", HERE, "v1.2"), identities("a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert book.summary() == {}


def test_rejected_entries_are_planned_by_the_next_run_and_failed_ones_are_not(book: Ledger) -> None:
    run = plan(book, *identities("a"))
    book.settle(send(book, run)[0], "rejected", "no")
    again = plan(book, *identities("a"))
    assert book.summary(again) == {"planned": 1}
    book.settle(send(book, again)[0], "accepted")
    (row,) = book.rows(again)
    with book.transaction():
        book.move(row, "failed", task=Task("t", INDEX, "failed", ""))
    assert book.summary(plan(book, *identities("a"))) == {"failed": 1}


def test_a_batch_follows_the_manifest_and_never_repeats(book: Ledger) -> None:
    run = plan(book, *identities(*"cab"))
    first, last = book.planned(run, -1, 2)
    rest, _ = book.planned(run, last, 2)
    assert [row.object[-1] for row in [*first, *rest]] == ["c", "a", "b"]


def test_entries_that_share_a_name_with_an_unknown_one_wait(book: Ledger) -> None:
    run = plan(book, *identities("x/master.mp4", "y/master.mp4", "z/other.mp4"))
    batch, _ = send(book, run, 1)
    book.settle(batch, "lost")
    assert [row.name for row in book.planned(run, -1, 100)[0]] == ["other.mp4"]


def test_attempts_and_events_only_grow(book: Ledger) -> None:
    book.settle(send(book, plan(book, *identities("a")))[0], "accepted")
    with sqlite3.connect(book.path) as raw:
        for table in ("attempts", "events"):
            assert raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0] >= 2
            for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET message = 'x'"):
                with pytest.raises(sqlite3.IntegrityError, match="only grow"):
                    raw.execute(sql)
    raw.close()


def test_an_event_is_the_published_line(book: Ledger) -> None:
    plan(book, *identities("a"))
    (event,) = book.events()
    assert Event._fields == ("time", "event", "object", "index_id", "task_id", "status", "message")
    assert event[1:] == ("planned", "s3://media/a", INDEX, None, None, None)
    assert event.time.endswith("Z")


# Time


def test_a_wall_clock_that_jumps_shortens_nothing_within_one_boot() -> None:
    start = Instant(1000.0, 50.0, "boot")
    assert start.elapsed(Instant(90_000.0, 53.0, "boot")) == 3.0
    assert start.elapsed(Instant(0.0, 53.0, "boot")) == 3.0


def test_after_a_reboot_the_wall_clock_counts_and_never_backwards() -> None:
    start = Instant(1000.0, 50.0, "boot")
    assert start.elapsed(Instant(1060.0, 2.0, "another")) == 60.0
    assert start.elapsed(Instant(900.0, 2.0, "another")) == 0.0
    assert Instant(1000.0, 50.0, "").elapsed(Instant(1060.0, 51.0, "")) == 60.0


def test_the_real_clock_ticks() -> None:
    clock = Clock()
    before = clock.now()
    clock.sleep(0.01)
    assert 0.005 < before.elapsed(clock.now()) < 5


# The file


def test_the_default_place_is_the_users_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere/state")
    assert default_path() == Path("/somewhere/state/s3transfer-tl/ledger.sqlite3")


def test_the_file_says_what_it_is_and_is_durable(book: Ledger) -> None:
    with sqlite3.connect(book.path) as raw:
        assert raw.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        assert raw.execute("PRAGMA user_version").fetchone()[0] == VERSION
        assert raw.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    raw.close()
    assert book._execute("PRAGMA synchronous").fetchone()[0] == 2
    assert book._execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_a_ledger_is_opened_again_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "l.sqlite3"
    with Ledger.open(path) as book:
        plan(book, *identities("a"))
    with Ledger.open(path) as book:
        assert book.summary() == {"planned": 1}


def test_a_second_writer_is_refused_and_a_reader_is_not(book: Ledger, tmp_path: Path) -> None:
    plan(book, *identities("a"))
    link = tmp_path / "link.sqlite3"
    link.symlink_to(book.path)
    for path in (book.path, link):
        with pytest.raises(LedgerBusy) as caught:
            Ledger.open(path)
        assert caught.value.exit_code == 7
    with Ledger.open(book.path, read_only=True) as reader:
        assert reader.summary() == {"planned": 1}


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite3"
    code = "import os, pathlib, sys; from s3transfer_tl.ledger import Ledger;"
    code += "book = Ledger.open(pathlib.Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code, path], check=False).returncode == -9
    with Ledger.open(path) as book:
        assert book.summary() == {}


def test_reading_what_is_not_there_is_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for name in ("none", "empty"):
        with pytest.raises(NothingToDo):
            Ledger.open(tmp_path / name, read_only=True)


def test_a_file_that_is_no_ledger_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    text, other = tmp_path / "text", tmp_path / "other.sqlite3"
    text.write_bytes(b"these are my notes " * 100)
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE mine (a)")
    raw.close()
    for path, said in ((text, "damaged"), (other, "not a ledger")):
        before = path.read_bytes()
        with pytest.raises(LedgerError, match=said):
            Ledger.open(path)
        assert path.read_bytes() == before


def test_a_ledger_is_a_file(tmp_path: Path) -> None:
    for read_only in (False, True):
        with pytest.raises(LedgerError, match="is a folder"):
            Ledger.open(tmp_path, read_only=read_only)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(LedgerError, match="cannot be used"):
        Ledger.open(tmp_path / "loop")


def test_damage_that_looks_like_an_empty_ledger_can_be_told_from_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with Ledger.open(path) as book:
        book.prove()
    with path.open("r+b") as fp:
        fp.seek(-4096, 2)
        fp.write(b"\xff" * 4096)
    with Ledger.open(path, read_only=True) as book, pytest.raises(LedgerError, match="damaged"):
        book.prove()


def test_a_damaged_ledger_is_told(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite3"
    with Ledger.open(path) as book:
        plan(book, *identities(*[str(n) for n in range(500)]))
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)

    def use() -> None:
        with Ledger.open(path) as book:
            plan(book, *identities("new"))

    with pytest.raises(LedgerError) as caught:
        use()
    assert str(path) in caught.value.message


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite3"
    Ledger.open(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {VERSION + 1}")
    raw.close()
    for read_only in (False, True):
        with pytest.raises(LedgerError, match="newer"):
            Ledger.open(path, read_only=read_only)


@pytest.mark.parametrize("place", ["/proc/ledger.sqlite3", "/dev/null/ledger.sqlite3"])
def test_a_place_that_cannot_be_written_is_told(place: str) -> None:
    with pytest.raises(LedgerError):
        Ledger.open(Path(place))


def test_a_ledger_on_a_network_file_system_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert file._file_system(tmp_path) not in file._REMOTE
    monkeypatch.setattr(file, "_file_system", lambda path: "nfs4")
    with pytest.raises(LedgerError, match="network file system"):
        Ledger.open(tmp_path / "l.sqlite3")


def test_a_migration_cut_in_the_middle_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite3"
    path.touch()
    with Ledger.open(path) as book:
        assert book.summary() == {}


def as_version(number: int, path: Path) -> None:
    """Make a ledger as a version left it: one entry accepted, its task failed."""
    folder = Path(ledger.__file__).parent
    tables = "".join((folder / name).read_text(encoding="utf-8") for name in file._MIGRATIONS[:number])
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(f"{tables}; PRAGMA application_id = {0x5333544C}; PRAGMA user_version = {number};")
        old.execute("INSERT INTO runs VALUES (1, 'submit', 'm.json', ?, 'v1.2', 1.0, 2.0, 5)", (HERE,))
        old.execute("INSERT INTO batches VALUES (1, 1, 'd', 1, 1.0, 1.0, 1.0, 'boot')")
        (identity,) = identities("a")
        old.execute(
            "INSERT INTO entries (digest, endpoint, index_id, language, object, name, state, status, task_id,"
            " batch_id, updated) VALUES (?, ?, ?, 'en', ?, 'a', 'failed', 'failed', 'one', 1, 2.0)",
            (identity.digest, HERE, INDEX, identity.entry.object),
        )
        old.execute("INSERT INTO run_entries VALUES (1, 1, 0)")
        old.execute("INSERT INTO events (entry_id, batch_id, time, state) VALUES (1, 1, 1.0, 'sending')")
        old.execute("INSERT INTO events (entry_id, batch_id, time, state) VALUES (1, 1, 2.0, 'accepted')")
        old.commit()


@pytest.mark.parametrize("version", range(1, VERSION))
@pytest.mark.parametrize("read_only", [True, False])
def test_an_older_ledger_is_brought_to_this_version_with_all_it_knows(
    tmp_path: Path, read_only: bool, version: int
) -> None:
    path = tmp_path / "l.sqlite3"
    as_version(version, path)
    with Ledger.open(path, read_only=read_only) as book:
        assert book.summary() == {"failed": 1}
        assert [(number, event.event) for number, event in book.since(0)] == [(1, "sending"), (2, "accepted")]
        (row,) = book.rows(1)
        assert (row.task_id, row.losses, row.vouched) == ("one", 0, 0)
    with Ledger.open(path) as book:
        run = plan(book, *identities("a", "b"))
        assert book.summary() == {"failed": 1, "planned": 1}
        book.settle(send(book, run)[0], "accepted")
        told = [(event.event, event.object[-1]) for _, event in book.since(2)]
    assert told == [("planned", "b"), ("sending", "b"), ("accepted", "b")]


def test_an_older_ledger_in_use_is_not_touched_by_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite3"
    as_version(1, path)
    with file.lock(path), pytest.raises(LedgerBusy):
        Ledger.open(path, read_only=True)


# Planned again


def test_a_failed_entry_planned_again_leaves_its_task_to_nobody(book: Ledger) -> None:
    run = plan(book, *identities("a", "b", "c"))
    batch, _ = send(book, run)
    book.settle(batch, "accepted")
    with book.transaction():
        for number, row in enumerate(list(book.rows(run))):
            state = "failed" if number < 2 else "ready"
            told = f"reason {number}"
            book.move(row, state, task=Task(f"task-{number}", INDEX, state, ""), message=told)
    with book.transaction():
        again = book.begin("retry", "failed", HERE, "v1.2")
        book.plan_again(again, list(book.chosen(Choice(run, reasons=("REASON 1",)))))
    assert [(row.object[-1], row.task_id) for row in book.rows(again)] == [("b", None)]
    assert book.taken(HERE, ["task-0", "task-1", "task-2", "task-3"]) == {"task-0", "task-1", "task-2"}
    with book.transaction():
        book.plan_again(book.begin("retry", "failed", HERE, "v1.2"), list(book.rows(state="failed")))
    assert book.summary() == {"planned": 2, "ready": 1}


def test_lost_answers_are_counted_until_the_platform_answers(book: Ledger) -> None:
    run = plan(book, *identities("a"))
    for ended in (False, True, False):  # of these our own process ended once
        batch, _ = send(book, run)
        book.settle(batch, "lost", ended=ended)
        with book.transaction():
            book.move(next(book.rows(run)), "planned")
    batch, _ = send(book, run)
    assert next(book.rows(run)).losses == 2
    book.settle(batch, "rejected")
    plan(book, *identities("a"))
    assert next(book.rows(run)).losses == 0


def test_a_choice_narrows_by_run_state_index_and_reason(book: Ledger) -> None:
    run = plan(book, *identities("a", "b"), Identity(HERE, entry("c", index_id="other")))
    batch, _ = send(book, run, 1)
    book.settle(batch, "rejected", "parameter_invalid: 100% odd")
    other = plan(book, *identities("d"))

    def found(**choice: Any) -> list[str]:
        return [row.object[-1] for row in book.chosen(Choice(**choice))]

    assert found() == ["a", "b", "c", "d"]
    assert found(run=other) == ["d"]
    assert found(states=("rejected", "ready")) == ["a"]
    assert found(index_ids=("other",), run=run) == ["c"]
    assert found(reasons=("100% ODD", "nothing")) == ["a"]
    assert found(reasons=("100_",)) == []
    assert book.counts(Choice(run)) == {"planned": 2, "rejected": 1}
