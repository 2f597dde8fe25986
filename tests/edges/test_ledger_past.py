"""What the ledger tells of what happened: records of runs, moves of entries, requests that went wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.submission import rigged


def test_the_past_of_a_run_is_its_own_and_that_of_a_ledger_is_all(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:2=400") as (rig, _):
        first = rig.submit(rig.manifest("a.mp4", "b.mp4", "c.mp4"), batch_size=2)
        rig.time.sleep(60)
        rig.submit(rig.manifest("d.mp4"), wait=True)
        with rig.ledger(read_only=True) as book:
            one, two, latest = book.record(1), book.record(2), book.record()
            assert one
            assert two == latest
            assert (one.number, one.command, one.exit_code) == (1, "submit", None)
            assert one.source == str(tmp_path / "manifest.json")
            assert book.record(3) is None
            moves = list(book.moves(1))
            assert {entry for _, entry, _ in moves} == {1, 2, 3}
            ends = Counter({entry: state for _, entry, state in moves}.values())
            assert ends == first.counts
            assert {entry for _, entry, _ in book.moves()} == {1, 2, 3, 4}
            begin, end = book.span(1) or (0.0, 0.0)
            assert one.began <= begin <= end < (book.span(2) or (0.0, 0.0))[0]
            assert (book.span() or (0.0, 0.0))[0] == begin
            (trouble,) = book.troubles(1)
            assert (trouble.outcome, trouble.entries, trouble.http_status) == ("rejected", 1, 400)
            assert "sandbox" in (trouble.message or "")
            assert (list(book.troubles(2)), list(book.troubles())) == ([], [trouble])


def test_an_entry_that_is_sent_anew_has_one_past_and_its_run_begins_where_it_began(tmp_path: Path) -> None:
    with rigged(tmp_path, "ready:a.mp4=failed") as (rig, _):
        rig.submit(rig.manifest("a.mp4"), wait=True)
        rig.time.sleep(3600)
        rig.retry(wait=False)
        with rig.ledger(read_only=True) as book:
            record, span = book.record(2), book.span(2)
            assert record
            assert span
            assert span[0] >= record.began
            assert list(book.moves(2)) == list(book.moves(1))
