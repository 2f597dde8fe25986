"""Submitting: what is sent, in which portions, what stops it, and that nothing is sent twice."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from s3transfer_tl import errors, submit
from s3transfer_tl.errors import NothingToDo, PlatformError, UsageError
from s3transfer_tl.follow import Follower, Pace
from s3transfer_tl.ledger import Choice, Ledger
from s3transfer_tl.model import Entry
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, Sandbox
from tests.fault_server import NO_CONTENT, FaultServer, Request, reply
from tests.submission import Rig, entry, rigged, write

NOWHERE = "65a1c0deaaaaaaaaaaaaaaab"
NAMES = [f"shows/{n}.mp4" for n in range(7)]


def sent(platform: Sandbox) -> Counter[str]:
    """Count the tasks that the platform made, by file name: it makes one for every entry that arrives."""
    return Counter(task.filename for task in platform.tasks)


def once(*names: str) -> Counter[str]:
    return Counter(name.rpartition("/")[2] for name in names)


# What is sent


def test_every_entry_arrives_once_and_its_task_is_found(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        run = rig.submit(rig.manifest(*NAMES))
        assert sent(platform) == once(*NAMES)
        with rig.ledger() as book:
            ids = {row.task_id for row in book.rows()}
    assert ids == {task.id for task in platform.tasks}
    assert run.counts == {"indexing": 7}
    kinds = [event.event for event in run.events]
    assert kinds == ["planned"] * 7 + ["sending"] * 7 + ["accepted"] * 7 + ["status"] * 7


def test_what_is_sent_is_the_manifest_itself_in_batches(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        three = [entry("a.mp4"), entry("b.mp4", captioned=False), entry("c.mp4")]
        manifest = write(tmp_path / "m.json", three)
        rig.submit(manifest, batch_size=2)
        bodies = [json.loads(transfer.body) for transfer in platform.transfers]
    assert bodies == [three[:2], three[2:]]


def test_an_object_that_goes_to_its_index_as_another_entry_is_told(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, _):
        two = [entry("a.mp4"), entry("b.mp4")]
        first = rig.submit(write(tmp_path / "m.json", two))
        french = rig.submit(write(tmp_path / "m.json", [two[0] | {"language": "fr"}, two[1], entry("c.mp4")]))
        same = rig.submit(write(tmp_path / "m.json", two))
    assert not any("second video" in text for text in [*first.told, *same.told])
    assert "1 object was sent to the same index before" in "".join(french.told)


def test_an_empty_transcription_of_a_dashboard_export_is_left_out(tmp_path: Path) -> None:
    entries = [Entry(DEFAULT_INDEX_ID, "en", "s3://media/a.mp4")]
    assert b"transcription" not in submit.payload(entries)


def test_a_second_run_sends_nothing_and_says_so(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        manifest = rig.manifest(*NAMES)
        rig.submit(manifest, wait=True)
        calls = platform.calls
        again = rig.submit(manifest)
        assert platform.calls == calls  # not one request
    assert again.events == []
    assert again.plan.to_send == 0
    assert again.counts == {"ready": 7}
    assert submit.exit_code(again.counts, wait=False) == errors.OK


def test_a_grown_manifest_sends_only_what_is_new(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        rig.submit(rig.manifest(*NAMES[:3]))
        rig.submit(rig.manifest(*reversed(NAMES)))
        assert sent(platform) == once(*NAMES)
        assert len(platform.transfers) == 2


def test_a_pilot_sends_so_many_and_the_next_run_the_rest(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        manifest = rig.manifest(*NAMES)
        pilot = rig.submit(manifest, limit=3, batch_size=2, wait=True)
        assert sent(platform) == once(*NAMES[:3])
        assert pilot.counts == {"planned": 4, "ready": 3}
        rig.submit(manifest)
        assert sent(platform) == once(*NAMES)


def test_waiting_ends_when_every_task_is_ready(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, _):
        run = rig.submit(rig.manifest(*NAMES), wait=True)
    assert run.counts == {"ready": 7}
    shown = [
        event.status for event in run.events if event.event == "status" and event.object.endswith("/0.mp4")
    ]
    assert shown == sorted(shown, key=["validating", "pending", "queued", "indexing", "ready"].index)
    assert submit.exit_code(run.counts, wait=True) == errors.OK


def test_waiting_ends_on_failed_too(tmp_path: Path) -> None:
    with rigged(tmp_path, "ready:3.mp4=failed") as (rig, _):
        run = rig.submit(rig.manifest(*NAMES), wait=True)
    assert run.counts == {"ready": 6, "failed": 1}
    assert submit.exit_code(run.counts, wait=True) == errors.PARTLY
    (failed,) = [event for event in run.events if event.status == "failed"]
    assert failed.object == "s3://media/shows/3.mp4"
    assert "no reason" in str(failed.message)


def test_an_index_without_conversation_is_told_once(tmp_path: Path) -> None:
    with rigged(tmp_path, f"options:{DEFAULT_INDEX_ID}=visual") as (rig, _):
        run = rig.submit(rig.manifest(*NAMES))
    assert [text for text in run.told if "7 transcriptions will be ignored" in text]
    assert run.counts == {"indexing": 7}


def test_each_index_is_asked_for_once(tmp_path: Path) -> None:
    ids = [f"{n:024x}" for n in range(1, 4)]
    with rigged(tmp_path, index_ids=ids) as (rig, platform):
        entries = [entry(f"{n}.mp4", index_id=ids[n % 3]) for n in range(12)]
        run = rig.submit(write(tmp_path / "m.json", entries), batch_size=4)
        assert platform.calls["index"] == 3
    assert run.counts == {"indexing": 12}


def test_a_batch_is_noted_as_sending_only_when_the_one_before_it_has_its_outcome(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, _):
        run = rig.submit(rig.manifest(*NAMES), batch_size=3)
    kinds = [event.event for event in run.events if event.event != "status"]
    assert kinds == ["planned"] * 7 + [*["sending"] * 3, *["accepted"] * 3] * 2 + ["sending", "accepted"]


@pytest.mark.parametrize("moves", range(9))
def test_a_run_that_is_left_after_any_move_leaves_nothing_unknown(tmp_path: Path, moves: int) -> None:
    with rigged(tmp_path) as (rig, platform):
        manifest = rig.manifest(*NAMES)
        with rig.client() as client, rig.ledger() as book:
            plan = submit.prepare(manifest, ledger=book, client=client)
            portion = submit.Portion(batch_size=2)
            follower = Follower(book, client, plan.run)
            sending = submit.moves(plan, ledger=book, client=client, follower=follower, portion=portion)
            for _ in zip(range(moves), sending, strict=False):
                pass
            sending.close()
            assert book.summary().keys() <= {"planned", "accepted"}
            assert book.summary().get("accepted", 0) == sum(len(one.entries) for one in platform.transfers)
        rig.submit(manifest)
        assert sent(platform) == once(*NAMES)


def test_when_a_request_arrives_its_own_entries_are_noted_as_sending_and_no_others(tmp_path: Path) -> None:
    seen: list[dict[str, int]] = []

    def answer(request: Request) -> bytes:
        if request.method == "GET":
            return reply(200, {"_id": DEFAULT_INDEX_ID} if "indexes" in request.target else {"data": []})
        with Ledger.open(tmp_path / "ledger.sqlite3", read_only=True) as book:
            seen.append(book.summary())
        return NO_CONTENT

    with FaultServer(answer) as server:
        rig = Rig(tmp_path, server.url)
        rig.submit(rig.manifest(*NAMES), batch_size=3)
    assert seen == [
        {"planned": 4, "sending": 3},
        {"planned": 1, "sending": 3, "accepted": 3},
        {"sending": 1, "accepted": 6},
    ]


def test_what_a_killed_process_left_is_told_as_unknown_first(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        manifest = rig.manifest(*NAMES)
        with rig.client() as client, rig.ledger() as book:
            plan = submit.prepare(manifest, ledger=book, client=client)
            book.intend(plan.run, book.planned(plan.run, -1, 2)[0], client.now())
        run = rig.submit(manifest, wait=True)
        assert sent(platform) == once(*NAMES)
    assert run.lines[:2] == [("unknown", "0.mp4"), ("unknown", "1.mp4")]


# What is refused before anything is sent


def test_a_manifest_with_lint_errors_is_not_sent(tmp_path: Path) -> None:
    bad = write(tmp_path / "m.json", [entry("a.mp4"), entry("b.mp4", index_id="nonsense")])
    with pytest.raises(submit.Unsound) as caught:
        submit.review(bad)
    assert caught.value.exit_code == errors.FINDINGS
    assert [finding.entry for finding in caught.value.findings] == [1]


@pytest.mark.parametrize("text", ["[]", "[ ]\n"])
def test_an_empty_manifest_is_nothing_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(NothingToDo):
        submit.review(tmp_path / "m.json")


def test_a_manifest_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        submit.review(tmp_path / "none.json")


def test_a_pipe_is_refused_for_it_can_be_read_only_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    try:
        with pytest.raises(UsageError, match="is a pipe"):
            submit.review(pipe)
    finally:
        os.close(writer)


def test_an_unknown_index_stops_it_all_and_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        manifest = write(tmp_path / "m.json", [entry("a.mp4"), entry("b.mp4", index_id=NOWHERE)])
        with pytest.raises(PlatformError, match="does not know the index 65a1c0de"):
            rig.submit(manifest)
        assert not platform.transfers
        with rig.ledger() as book:
            assert book.summary() == {}


def test_a_wrong_key_sends_nothing(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        rig.key = "tlk_WRONG"
        with pytest.raises(PlatformError) as caught:
            rig.submit(rig.manifest(*NAMES))
        assert caught.value.exit_code == errors.REMOTE
        assert not platform.transfers


# Refusals on the way


@pytest.mark.parametrize("gone", [True, False])
def test_an_index_that_goes_on_the_way_stops_the_run_and_another_thing_that_is_missing_does_not(
    tmp_path: Path, gone: bool
) -> None:
    missing = {"code": "resource_not_exist", "message": "it does not exist"}
    posts = 0

    def answer(request: Request) -> bytes:
        nonlocal posts
        if request.method == "POST":
            posts += 1
            return NO_CONTENT if posts == 1 else reply(400, missing)
        if "indexes" in request.target:
            return reply(404, missing) if gone and posts else reply(200, {"_id": DEFAULT_INDEX_ID})
        return reply(200, {"data": []})

    with FaultServer(answer) as server:
        rig = Rig(tmp_path, server.url)
        manifest = rig.manifest(*NAMES)
        if gone:
            with pytest.raises(
                PlatformError, match=f"no longer knows the index {DEFAULT_INDEX_ID}"
            ) as caught:
                rig.submit(manifest, batch_size=2)
            assert caught.value.exit_code == errors.REMOTE
            assert posts == 2
        else:
            rig.submit(manifest, batch_size=2)
            assert posts == 4
    with rig.ledger(read_only=True) as book:
        assert book.summary() == ({"planned": 5, "accepted": 2} if gone else {"rejected": 5, "accepted": 2})


def test_a_batch_that_is_rejected_does_not_stop_the_others(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:2=400") as (rig, platform):
        manifest = rig.manifest(*NAMES)
        run = rig.submit(manifest, batch_size=3, wait=True)
        assert run.counts == {"rejected": 3, "ready": 4}
        assert submit.exit_code(run.counts, wait=False) == errors.PARTLY
        assert all(event.message for event in run.events if event.event == "rejected")
        again = rig.submit(manifest, wait=True)  # a refused request can be repeated
        assert again.counts == {"ready": 7}
        assert sent(platform) == once(*NAMES)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_that_holds_for_every_batch_stops_the_run_and_nothing_is_lost(
    tmp_path: Path, status: int
) -> None:
    with rigged(tmp_path, f"transfers:2={status}") as (rig, platform):
        manifest = rig.manifest(*NAMES)
        with pytest.raises(PlatformError):
            rig.submit(manifest, batch_size=3)
        with rig.ledger() as book:
            assert book.summary() == {"planned": 4, "accepted": 3}
        rig.submit(manifest)
        assert sent(platform) == once(*NAMES)


def test_429_is_waited_out_and_is_no_failure(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1-2=429:30") as (rig, platform):
        run = rig.submit(rig.manifest(*NAMES), wait=True)
        assert sent(platform) == once(*NAMES)
    assert run.counts == {"ready": 7}
    assert len(rig.waits) == 2
    assert [event.event for event in run.events].count("unknown") == 0


def test_a_rate_that_is_used_up_is_waited_out_before_anything_is_refused(tmp_path: Path) -> None:
    with rigged(tmp_path, "limit=2/60") as (rig, platform):
        rig.submit(rig.manifest(*NAMES), batch_size=2)
        assert sent(platform) == once(*NAMES)
        assert platform.calls["transfers"] == 4  # none of them was a 429
    assert rig.waits
    assert all("used up" in why for why in rig.waits)


# The brake


def test_sending_stops_where_most_requests_are_rejected_and_what_is_left_is_sent_later(
    tmp_path: Path,
) -> None:
    names = [f"{n}.mp4" for n in range(20)]
    with rigged(tmp_path, "transfers:3-10=400") as (rig, platform):
        manifest = rig.manifest(*names)
        with pytest.raises(submit.Braked, match="8 of the last 10 requests were rejected or lost") as caught:
            rig.submit(manifest, batch_size=1)
        assert caught.value.exit_code == errors.PARTLY
        assert platform.calls["transfers"] == 10
        with rig.ledger() as book:
            assert book.summary() == {"planned": 10, "rejected": 8, "accepted": 2}
        rig.submit(manifest, batch_size=1)  # the brake looks back on this run only
        assert sent(platform) == once(*names)


def test_lost_answers_pull_the_brake_too_and_are_unknown(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:*=502") as (rig, platform):
        with pytest.raises(submit.Braked) as caught:
            rig.submit(rig.manifest(*[f"{n}.mp4" for n in range(20)]), batch_size=1, wait=True)
        assert caught.value.exit_code == errors.UNKNOWN
        assert platform.calls["transfers"] == 10


@pytest.mark.parametrize(("brake", "fault"), [(100.0, "transfers:*=400"), (50.0, "transfers:/2=400")])
def test_the_brake_lets_pass_what_it_allows(tmp_path: Path, brake: float, fault: str) -> None:
    with rigged(tmp_path, fault) as (rig, platform):
        run = rig.submit(rig.manifest(*[f"{n}.mp4" for n in range(20)]), batch_size=1, brake=brake)
        assert platform.calls["transfers"] == 20
    assert not run.counts.get("planned")


# Once more


def test_a_retry_sends_failed_and_rejected_entries_anew_and_nothing_else(tmp_path: Path) -> None:
    with rigged(tmp_path, "ready:3.mp4=failed", "transfers:2=400") as (rig, platform):
        rig.submit(rig.manifest(*NAMES), batch_size=5, wait=True)
        first = next(task.id for task in platform.tasks if task.filename == "3.mp4")
        run = rig.retry()
        assert sent(platform) == once(*NAMES) + once(NAMES[3])
        with rig.ledger() as book:
            (row,) = book.rows(state="failed")
            assert row.task_id != first  # the old task, failed long ago, is not taken for the new one
            assert book.summary() == {"ready": 6, "failed": 1}
    assert run.counts == {"ready": 2, "failed": 1}


def test_a_retry_is_narrowed_by_reason_and_platform(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=400") as (rig, _):
        rig.submit(rig.manifest(*NAMES), batch_size=4)
        with rig.ledger() as book:

            def found(endpoint: str, *reasons: str) -> int:
                choice = Choice(reasons=reasons)
                return len(list(submit.retriable(book, choice, endpoint, None, "")))

            assert found(rig.url, "SANDBOX_FAULT") == 4
            assert found(rig.url, "video_file_broken") == 0
            assert found("http://elsewhere") == 0


def test_lines_that_name_entries_are_told_from_lines_that_do_not() -> None:
    named = submit.Named([b'{"object": "s3://a/b", "index_id": "1"}\n', b"\n"], "failed.jsonl")
    assert (len(named), named.missed) == (1, ["s3://a/b"])
    for line in (b"s3://a/b\n", b"[1]", b'{"object": 1}', b'{"object": "s3://a/b", "index_id": 1}'):
        with pytest.raises(UsageError, match=r"failed\.jsonl:2 names no entry"):
            submit.Named([b"\n", line], "failed.jsonl")


# In the index already


@pytest.mark.parametrize("count", [3, 30])  # by name, and by one listing
def test_what_the_index_has_by_name_and_size_is_left_out(tmp_path: Path, count: int) -> None:
    names = [f"shows/{n}.mp4" for n in range(count)]
    asked: list[str] = []

    def sizes(uris: Iterable[str]) -> Iterator[tuple[str, int | None]]:
        for uri in uris:
            asked.append(uri)
            yield uri, None if uri.endswith("/2.mp4") else 7 if uri.endswith("/1.mp4") else there[uri]

    with rigged(tmp_path) as (rig, platform):
        rig.submit(rig.manifest(*names[:3]), wait=True)
        (tmp_path / "ledger.sqlite3").rename(tmp_path / "other.sqlite3")
        manifest = rig.manifest(*names)
        with rig.client() as client, rig.ledger() as book:
            size = next(iter(client.videos(DEFAULT_INDEX_ID))).size
            there = {f"s3://media/{name}": size for name in names}
            unsent = submit.unsent(manifest, client.endpoint, book)
            skip = submit.indexed(unsent, client, sizes)
        assert skip == {submit.Place(DEFAULT_INDEX_ID, "s3://media/shows/0.mp4")}
        assert sorted(asked) == [f"s3://media/{name}" for name in names[:3]]  # the others are not there
        run = rig.submit(manifest, skip=skip)
        assert run.plan.total == count - 1
        assert sent(platform) == once(*names) + once(*names[1:3])


# ETags


def test_etags_come_from_the_builds_report_where_there_is_one(tmp_path: Path) -> None:
    manifest = write(tmp_path / "m.json", [entry("a.mp4")])
    pair = {"object": "s3://media/a.mp4", "transcription": "s3://media/a.mp4.srt"}
    assert [identity[2:] for identity in submit.identities(manifest, "here")] == [(None, None)]
    pair |= {"object_etag": "one", "transcription_etag": "two"}
    (tmp_path / "m.report.json").write_text(json.dumps({"pairs": [pair]}))
    assert [identity[2:] for identity in submit.identities(manifest, "here")] == [("one", "two")]
    split = write(tmp_path / "m-0001.json", [entry("a.mp4")])
    assert [identity[2:] for identity in submit.identities(split, "here")] == [("one", "two")]
    (tmp_path / "m.report.json").write_text('{"pairs": [{"object_etag": 1}]}')
    with pytest.raises(UsageError, match="not a build's report"):
        list(submit.identities(manifest, "here"))


def test_a_video_that_changed_since_is_sent_again_and_only_it(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        manifest = rig.manifest("a.mp4", "b.mp4")
        for etag in ("one", "two"):
            pairs = [{"object": "s3://media/a.mp4", "object_etag": etag}]
            (tmp_path / "manifest.report.json").write_text(json.dumps({"pairs": pairs}))
            rig.submit(manifest, wait=True)
        assert sent(platform) == Counter({"a.mp4": 2, "b.mp4": 1})


# Rehearsal


def test_a_dry_run_yields_exactly_what_would_be_sent(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        manifest = rig.manifest(*NAMES)
        portion = submit.Portion(batch_size=2, limit=5)
        batches = list(submit.batches(manifest, rig.url, None, portion))
        assert [len(batch) for batch in batches] == [2, 2, 1]
        rig.submit(manifest, batch_size=2, limit=5)
        assert [submit.payload(batch) for batch in batches] == [
            transfer.body for transfer in platform.transfers
        ]
        with rig.ledger(read_only=True) as book:
            rest = list(submit.batches(manifest, rig.url, book, submit.Portion()))
    assert [item.object for item in rest[0]] == [f"s3://media/{name}" for name in NAMES[5:]]


# Exit codes


@pytest.mark.parametrize(
    ("counts", "wait", "code"),
    [
        ({"ready": 3}, True, 0),
        ({"accepted": 3, "planned": 1}, False, 0),
        ({"ready": 3, "failed": 1}, False, 0),
        ({"ready": 3, "failed": 1}, True, 5),
        ({"failed": 3}, True, 5),
        ({"ready": 3, "rejected": 1}, False, 5),
        ({"rejected": 3, "unknown": 1}, False, 6),
        ({"failed": 3, "held": 1}, True, 6),
    ],
)
def test_the_worst_outcome_decides_the_exit_code(counts: dict[str, int], wait: bool, code: int) -> None:
    assert submit.exit_code(counts, wait=wait) == code


def test_the_default_pace_is_the_documented_one() -> None:
    assert Pace().quiet_period == 60.0
    assert submit.Portion().batch_size == 100
