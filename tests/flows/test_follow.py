"""Following: entries find their tasks, unknown outcomes are settled by the platform's own list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from s3transfer_tl import errors, resolve, submit
from s3transfer_tl.errors import NothingToDo, PlatformError, RemoteError, UsageError
from s3transfer_tl.follow import Follower, Pace
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, Sandbox
from tests.fault_server import NO_CONTENT, FaultServer, Request, reply
from tests.submission import Rig, Run, entry, write

NAMES = [f"shows/{n}.mp4" for n in range(5)]
FOLDERS = [f"video-{n}/master.mp4" for n in range(6)]


@contextmanager
def rigged(folder: Path, *faults: str, **options: Any) -> Iterator[tuple[Rig, Sandbox]]:
    rig = Rig(folder, "")
    with Sandbox(**{"fault_specs": faults, "clock": rig.time, "speed": 60.0} | options) as platform:
        rig.url = platform.api_url
        yield rig, platform


def sent(platform: Sandbox) -> Counter[str]:
    return Counter(task.filename for task in platform.tasks)


def refresh(rig: Rig, pace: Pace = Pace()) -> dict[str, int]:  # noqa: B008
    with rig.client() as client, rig.ledger() as book:
        list(Follower(book, client, None, pace=pace).look())
        return book.summary()


# Lost answers


@pytest.mark.parametrize("fault", ["cut", "500-after-accept", "502-after-accept"])
def test_what_arrived_though_the_answer_was_lost_is_found_and_not_sent_again(
    tmp_path: Path, fault: str
) -> None:
    with rigged(tmp_path, f"transfers:1={fault}") as (rig, platform):
        run = rig.submit(rig.manifest(*NAMES))
        assert sent(platform) == Counter({f"{n}.mp4": 1 for n in range(5)})
    assert run.counts == {"indexing": 5}
    kinds = [kind for kind, name in run.lines if name == "0.mp4"]
    assert kinds == ["planned", "sending", "unknown", "accepted", "status"]


def test_what_never_arrived_is_sent_again_after_two_listings_and_the_quiet_period(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=502") as (rig, platform):
        run = rig.submit(rig.manifest(*NAMES), wait=True, pace=Pace(poll=5.0))
        assert sent(platform) == Counter({f"{n}.mp4": 1 for n in range(5)})
        first, second = platform.transfers
    assert second.time - first.time >= 60.0
    assert run.counts == {"ready": 5}


def test_without_wait_an_unknown_entry_is_left_for_the_next_run(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=502") as (rig, platform):
        manifest = rig.manifest(*NAMES)
        run = rig.submit(manifest)
        assert run.counts == {"unknown": 5}
        assert submit.exit_code(run.counts, wait=False) == errors.UNKNOWN
        assert "submit again" in run.told[-1]
        assert rig.submit(manifest).counts == {"unknown": 5}  # too early: nothing is sent
        assert len(platform.transfers) == 1
        rig.time.now += 60  # the quiet period counts across restarts
        assert rig.submit(manifest).counts == {"indexing": 5}
        assert sent(platform) == Counter({f"{n}.mp4": 1 for n in range(5)})


def test_a_listing_that_lags_causes_no_second_request(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=cut", "lag=30") as (rig, platform):
        run = rig.submit(rig.manifest(*NAMES), wait=True)
        assert len(platform.transfers) == 1
    assert run.counts == {"ready": 5}


def test_of_a_request_that_was_kept_in_part_only_the_rest_is_sent_again(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=cut:2") as (rig, platform):
        run = rig.submit(rig.manifest(*NAMES), wait=True)
        assert sent(platform) == Counter({f"{n}.mp4": 1 for n in range(5)})
    assert run.counts == {"ready": 5}


def test_an_accepted_entry_that_never_gets_a_task_is_held_and_ends_the_wait(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=take:3") as (rig, platform):
        run = rig.submit(rig.manifest(*NAMES), wait=True)
        assert len(platform.transfers) == 1
    assert run.counts == {"held": 2, "ready": 3}
    assert submit.exit_code(run.counts, wait=True) == errors.UNKNOWN


# Folder-per-video buckets: everything is called master.mp4


def test_entries_of_one_name_all_find_a_task_each(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        run = rig.submit(rig.manifest(*FOLDERS), batch_size=2, wait=True)
        assert len(platform.tasks) == 6
        with rig.ledger() as book:
            assert {row.task_id for row in book.rows()} == {task.id for task in platform.tasks}
    assert run.counts == {"ready": 6}


def test_of_one_name_as_many_tasks_as_entries_means_all_were_accepted(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=cut") as (rig, platform):
        run = rig.submit(rig.manifest(*FOLDERS), wait=True)
        assert len(platform.tasks) == 6
    assert run.counts == {"ready": 6}


def test_of_one_name_no_task_means_none_was(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=502") as (rig, platform):
        run = rig.submit(rig.manifest(*FOLDERS), wait=True)
        assert len(platform.tasks) == 6
    assert run.counts == {"ready": 6}


def test_of_one_name_some_tasks_mean_that_nobody_can_say_and_nothing_is_sent(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=cut:2") as (rig, platform):
        run = rig.submit(rig.manifest(*FOLDERS), wait=True)
        assert len(platform.tasks) == 2
    assert run.counts == {"held": 6}
    assert "2 tasks for 6 entries" in str(run.events[-1].message)


def test_a_lost_batch_among_others_of_its_name_is_settled_before_more_are_sent(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:2=cut") as (rig, platform):
        rig.time.now += 10
        run = rig.submit(rig.manifest(*FOLDERS), batch_size=2, wait=True)
        assert len(platform.tasks) == 6
    assert run.counts.get("unknown", 0) == 0
    assert sum(run.counts.values()) == 6


def test_entries_of_one_name_in_two_indexes_do_not_mix(tmp_path: Path) -> None:
    ids = ["65a1c0deaaaaaaaaaaaaaaa1", "65a1c0deaaaaaaaaaaaaaaa2"]
    with rigged(tmp_path, "transfers:1=cut", index_ids=ids) as (rig, platform):
        manifest = write(tmp_path / "m.json", [entry(f"{n}/a.mp4", index_id=ids[n]) for n in (0, 1)])
        run = rig.submit(manifest, wait=True)
        with rig.ledger() as book:
            assert {(row.index_id, row.task_id) for row in book.rows()} == {
                (task.index_id, task.id) for task in platform.tasks
            }
    assert run.counts == {"ready": 2}


# Waiting


def test_a_status_that_nobody_knows_is_shown_and_waited_on(tmp_path: Path) -> None:
    with rigged(tmp_path, "ready:0.mp4=dreaming") as (rig, _):
        with pytest.raises(RemoteError, match="time limit of 900 s is over; 1 entry is not"):
            rig.submit(rig.manifest(*NAMES), wait=True, pace=Pace(time_limit=900))
        with rig.ledger() as book:
            assert [(row.name, row.status) for row in book.rows(state="indexing")] == [("0.mp4", "dreaming")]
            assert book.summary() == {"indexing": 1, "ready": 4}
    assert sum(rig.time.slept) == pytest.approx(900)


def test_a_platform_that_is_down_for_a_while_does_not_end_the_wait(tmp_path: Path) -> None:
    # each look is tried four times by the client itself
    with rigged(tmp_path, "tasks:2-9=503") as (rig, _):
        run = rig.submit(rig.manifest(*NAMES), wait=True)
    assert run.counts == {"ready": 5}
    assert any("looking again" in text for text in run.told)


def test_many_tasks_are_followed_by_listing_not_one_by_one(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        run = rig.submit(rig.manifest(*[f"{n}.mp4" for n in range(120)]), wait=True)
        looks = len([pause for pause in rig.time.slept if pause])
        assert platform.calls["task"] <= 5 * looks
        assert platform.calls["tasks"] <= 4 * (looks + 1)
    assert run.counts == {"ready": 120}


def test_a_task_that_was_deleted_ends_as_failed(tmp_path: Path) -> None:
    with rigged(tmp_path, speed=0.001) as (rig, platform):
        rig.submit(rig.manifest("a.mp4"))
        platform._tasks.delete(platform.tasks[0])
        assert refresh(rig) == {"failed": 1}
        with rig.ledger() as book:
            (row,) = book.rows()
    assert row.message == "the platform no longer knows the task"


def test_refresh_finds_what_moved_since(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, _):
        rig.submit(rig.manifest(*NAMES))
        rig.time.now += 180
        assert refresh(rig) == {"ready": 5}


def _without_the_index(request: Request) -> bytes:
    if "/tasks?" in request.target:
        return reply(400, {"code": "resource_not_exist", "message": "no such index"})
    return NO_CONTENT if request.method == "POST" else reply(200, {"_id": DEFAULT_INDEX_ID})


def test_an_index_that_is_gone_ends_the_wait_and_is_told_once(tmp_path: Path) -> None:
    with FaultServer(_without_the_index) as server:
        rig = Rig(tmp_path, server.url)
        manifest = rig.manifest("a.mp4")
        told: list[str] = []
        with rig.client() as client, rig.ledger() as book:
            plan = submit.prepare(manifest, ledger=book, client=client)
            follower = Follower(book, client, plan.run, tell=told.append)
            with pytest.raises(PlatformError, match="no such index"):
                list(submit.moves(plan, ledger=book, client=client, follower=follower, wait=True))
            assert book.summary() == {"accepted": 1}
    assert len(told) == 1


def test_an_index_that_is_gone_is_told_and_passed_over(tmp_path: Path) -> None:
    told: list[str] = []

    with FaultServer(_without_the_index) as server:
        rig = Rig(tmp_path, server.url)
        rig.submit(rig.manifest("a.mp4"))
        with rig.client() as client, rig.ledger() as book:
            assert list(Follower(book, client, None, tell=told.append).look()) == []
    assert "no such index" in told[0]


# Lists that tell less than they should


class Shelf:
    """A platform whose list shows exactly the given tasks, whatever is asked."""

    def __init__(self, *transfers: bytes) -> None:
        self.tasks: list[dict[str, Any]] = []
        self.transfers = list(transfers)
        self.date: str | None = None

    def __call__(self, request: Request) -> bytes:
        if request.method == "POST":
            return self.transfers.pop(0) if self.transfers else NO_CONTENT
        if "/tasks?" in request.target:
            page = int(request.target.partition("&page=")[2])
            return reply(200, {"data": self.tasks if page == 1 else []})
        date = {"Date": self.date} if self.date else {}
        return reply(200, {"_id": DEFAULT_INDEX_ID}, **date)

    def add(self, filename: str | None, created_at: str = "2099-01-01T00:00:00Z", **more: Any) -> None:
        number = f"{len(self.tasks):024x}"
        metadata = {"filename": filename} if filename else {}
        fields = {"_id": number, "index_id": DEFAULT_INDEX_ID, "status": "ready", "created_at": created_at}
        self.tasks.append(fields | {"metadata": metadata} | more)


def shelved(folder: Path, shelf: Shelf, *runs: float, names: tuple[str, ...] = ("a.mp4",)) -> list[Run]:
    """Submit once after each of the pauses in ``runs`` (seconds)."""
    with FaultServer(shelf) as server:
        rig = Rig(folder, server.url)
        results = []
        for pause in runs:
            rig.time.now += pause
            results.append(rig.submit(rig.manifest(*names)))
        return results


@pytest.mark.parametrize("filename", ["a.mp4", "deep/folder/a.mp4", "s3://media/a.mp4"])
def test_a_file_name_is_recognised_with_or_without_its_folder(tmp_path: Path, filename: str) -> None:
    shelf = Shelf()
    shelf.add(filename)
    assert shelved(tmp_path, shelf, 0)[0].counts == {"ready": 1}


def test_a_task_without_a_name_yet_may_be_ours_so_nothing_is_sent(tmp_path: Path) -> None:
    shelf = Shelf(reply(500))
    shelf.add(None, status="validating")
    assert [run.counts for run in shelved(tmp_path, shelf, 0, 100, 100)] == [{"unknown": 1}] * 3


def test_a_task_that_ends_without_a_name_leaves_the_entry_held(tmp_path: Path) -> None:
    shelf = Shelf(reply(500))
    shelf.add(None, status="failed")
    first, later = shelved(tmp_path, shelf, 0, 100)
    assert (first.counts, later.counts) == ({"unknown": 1}, {"held": 1})


def test_a_held_entry_whose_task_shows_up_after_all_is_accepted(tmp_path: Path) -> None:
    shelf = Shelf(reply(500))
    shelf.add(None, status="failed")

    with FaultServer(shelf) as server:
        rig = Rig(tmp_path, server.url)
        manifest = rig.manifest("a.mp4")
        rig.submit(manifest)
        rig.time.now += 100
        assert rig.submit(manifest).counts == {"held": 1}
        shelf.add("a.mp4")
        assert rig.submit(manifest).counts == {"ready": 1}


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def test_a_task_that_was_there_before_is_nobodys(tmp_path: Path) -> None:
    shelf = Shelf(reply(500))
    shelf.add("a.mp4", created_at=ago(10).isoformat())
    assert [run.counts for run in shelved(tmp_path, shelf, 0, 100)] == [{"unknown": 1}, {"accepted": 1}]


@pytest.mark.parametrize("slow", [-3600, 3600])
def test_a_task_is_recognised_though_our_clock_and_the_platforms_differ(tmp_path: Path, slow: int) -> None:
    shelf = Shelf(reply(500))
    shelf.date = format_datetime(ago(slow), usegmt=True)
    shelf.add("a.mp4", created_at=ago(slow).isoformat())
    shelf.add("b.mp4", created_at=ago(slow + 60).isoformat())
    (run,) = shelved(tmp_path, shelf, 0, names=("a.mp4", "b.mp4"))
    assert run.counts == {"unknown": 1, "ready": 1}


def test_a_task_without_a_readable_time_counts_as_new(tmp_path: Path) -> None:
    shelf = Shelf(reply(500))
    shelf.add("a.mp4", created_at="yesterday")
    assert shelved(tmp_path, shelf, 0)[0].counts == {"ready": 1}


def test_a_refusal_while_waiting_ends_the_wait(tmp_path: Path) -> None:
    def answer(request: Request) -> bytes:
        if "/tasks?" in request.target:
            return reply(401, {"code": "api_key_invalid", "message": "expired"})
        return NO_CONTENT if request.method == "POST" else reply(200, {"_id": DEFAULT_INDEX_ID})

    with FaultServer(answer) as server:
        rig = Rig(tmp_path, server.url)
        manifest = rig.manifest("a.mp4")
        with pytest.raises(PlatformError, match="expired"):
            rig.submit(manifest, wait=True)


# Lost again and again


def test_a_platform_that_answers_every_request_with_500_is_left_after_three_sends(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:*=500") as (rig, platform):
        manifest = rig.manifest(*NAMES)
        run = rig.submit(manifest, wait=True)
        assert platform.calls["transfers"] == 3
        assert run.counts == {"rejected": 5}
        assert submit.exit_code(run.counts, wait=True) == errors.PARTLY
        with rig.ledger() as book:
            (message,) = {row.message for row in book.rows()}
        assert str(message).startswith("sent 3 times and never taken")
        assert "answered 500" in str(message)
        rig.submit(manifest, wait=True)  # asked for once more, it begins anew
        assert platform.calls["transfers"] == 6


def test_answers_that_are_lost_on_different_entries_do_not_add_up(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1-2=500", "transfers:4=500") as (rig, platform):
        run = rig.submit(rig.manifest(*NAMES), batch_size=3, wait=True)
        assert sent(platform) == Counter({f"{n}.mp4": 1 for n in range(5)})
    assert run.counts == {"ready": 5}


# A clock that jumps


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_a_wall_clock_that_jumps_sends_nothing_twice_and_shortens_no_quiet_period(
    tmp_path: Path, jump: float
) -> None:
    with rigged(tmp_path, "transfers:1=cut", "lag=30") as (rig, platform):
        manifest = rig.manifest(*NAMES)
        assert rig.submit(manifest).counts == {"unknown": 5}
        rig.wall_is_off = jump  # the platform's clock, and the seconds since boot, go on as before
        assert rig.submit(manifest).counts == {"unknown": 5}
        run = rig.submit(manifest, wait=True)
        assert len(platform.transfers) == 1
    assert run.counts == {"ready": 5}


# Somebody's word


def held(rig: Rig) -> Run:
    """Submit so that two of five entries end held: the platform took three."""
    run = rig.submit(rig.manifest(*NAMES), wait=True)
    assert run.counts == {"held": 2, "ready": 3}
    return run


def test_what_somebody_calls_absent_is_sent_by_the_next_submit(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=take:3") as (rig, platform):
        held(rig)
        with rig.ledger() as book:
            resolve.by_word(book, resolve.doubtful(book), "absent")
        assert rig.submit(rig.manifest(*NAMES), wait=True).counts == {"ready": 5}
        assert sent(platform) == Counter({f"{n}.mp4": 1 for n in range(5)})


def test_what_somebody_calls_accepted_is_neither_sent_nor_waited_for_nor_held_again(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=take:3") as (rig, platform):
        held(rig)
        with rig.ledger() as book:
            (event,) = resolve.by_word(book, resolve.doubtful(book, ["s3://media/shows/4.mp4"]), "accepted")
            assert (event.event, event.message) == ("accepted", "accepted, by your word")
            resolve.by_word(book, resolve.doubtful(book), "accepted")
        rig.time.now += 600
        for _ in range(3):
            rig.time.now += 600
            assert rig.submit(rig.manifest(*NAMES), wait=True).counts == {"accepted": 2, "ready": 3}
        assert len(platform.transfers) == 1


def test_a_task_that_somebody_names_is_the_entrys(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=cut:1") as (rig, platform):
        run = rig.submit(rig.manifest(*FOLDERS[:2]), wait=True)
        assert run.counts == {"held": 2}
        (task,) = platform.tasks
        with rig.client() as client, rig.ledger() as book:
            found = {row.object: tasks for row, tasks in Follower(book, client, None).candidates()}
            assert [[one.id for one in tasks] for tasks in found.values()] == [[task.id]] * 2
            one, other = resolve.doubtful(book)
            for rows, named, said in (
                ([one, other], task.id, "2 entries"),
                ([one], "65a1c0deaaaaaaaaaaaaaaab", "no task"),
            ):
                with pytest.raises(UsageError, match=said):
                    resolve.by_task(book, client, rows, named)
            resolve.by_task(book, client, [one], task.id)
            with pytest.raises(UsageError, match="another entry's"):
                resolve.by_task(book, client, [other], task.id)
            resolve.by_word(book, [other], "absent")
        assert rig.submit(rig.manifest(*FOLDERS[:2]), wait=True).counts == {"ready": 2}


def test_asking_settles_what_a_submission_left_unknown(tmp_path: Path) -> None:
    with rigged(tmp_path, "transfers:1=502", "transfers:2=cut", "lag=30") as (rig, platform):
        run = rig.submit(rig.manifest(*NAMES), batch_size=3)
        assert run.counts == {"unknown": 5}
        with rig.client() as client, rig.ledger() as book:
            list(Follower(book, client, None).until_known())
            assert book.summary() == {"planned": 3, "ready": 2}
        assert len(platform.transfers) == 2


def test_without_an_unknown_outcome_there_is_nothing_to_resolve(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, _):
        rig.submit(rig.manifest(*NAMES))
        with rig.ledger() as book, pytest.raises(NothingToDo):
            resolve.doubtful(book)


def test_a_task_tells_when_it_should_end(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, _):
        rig.submit(rig.manifest(*NAMES))
        with rig.client() as client, rig.ledger() as book:
            follower = Follower(book, client, None)
            list(follower.look())
            assert len(follower.due) == 5
            assert all(0 < due - rig.time.now < 300 for due in follower.due.values())
            rig.time.now += 600
            list(follower.look())
            assert follower.due == {}
