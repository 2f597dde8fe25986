"""Uploading: what is sent, what is refused first, and that nothing is sent twice whatever happens."""

from __future__ import annotations

import hashlib
import os
import threading
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from s3transfer_tl import config as configs
from s3transfer_tl import errors, submit, upload
from s3transfer_tl.errors import ConfigError, NothingToDo, PlatformError, PolicyError, UsageError
from s3transfer_tl.follow import Follower
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, Sandbox
from s3transfer_tl.upload import folder
from tests import videos
from tests.fault_server import reply
from tests.rough_server import How, RoughServer
from tests.submission import PACE, Rig, rigged
from tests.uploading import SRT, captioned, piece, run, video

RESET = How(read=300_000, reset=True)
BIG = 8 << 20  # more than what the kernel's socket buffers hold


def names(platform: Sandbox) -> Counter[str]:
    return Counter(task.filename for task in platform.tasks)


# What is sent


def test_the_form_holds_the_guides_fields_and_both_files_byte_for_byte(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        one = piece(tmp_path / "film one.mp4")
        done = run(rig, one, line=upload.Line(disable_video_stream=True))
        (received,) = platform.uploads
    assert received.fields == {
        "index_id": DEFAULT_INDEX_ID,
        "language": "en",
        "disable_video_stream": "true",
        "provide_transcription": "true",
    }
    data = (tmp_path / "film one.mp4").read_bytes()
    srt = (tmp_path / "film one.srt").read_bytes()
    assert received.files == {
        "video_file": ("film one.mp4", len(data), hashlib.sha256(data).hexdigest()),
        "transcription_file": ("film one.srt", len(srt), hashlib.sha256(srt).hexdigest()),
    }
    assert [event.event for event in done.events] == ["planned", "sending", "accepted"]
    assert done.events[-1].task_id == received.task_id


def test_an_upload_is_followed_until_it_is_ready(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, _):
        done = run(rig, piece(tmp_path / "a.mp4"), wait=True)
    shown = [event.status for event in done.events if event.event == "status"]
    assert shown == sorted(shown, key=["validating", "pending", "queued", "indexing", "ready"].index)
    assert shown[-1] == "ready"
    assert submit.exit_code(done.counts, wait=True) == errors.OK


def test_a_language_that_nobody_told_is_not_sent(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        run(rig, piece(tmp_path / "a.mp4", language=""))
    assert "language" not in platform.uploads[0].fields


def test_many_go_side_by_side_and_each_arrives_once(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        pieces = [piece(tmp_path / f"{n}.mp4") for n in range(12)]
        done = run(rig, *pieces, wait=True, line=upload.Line(jobs=5))
        again = run(rig, *pieces)
    assert names(platform) == Counter(f"{n}.mp4" for n in range(12))
    assert done.counts == again.counts == {"ready": 12}
    assert again.events == []


def test_urls_are_sent_as_urls_and_what_signs_them_stays_out_of_the_ledger(tmp_path: Path) -> None:
    signed = "https://cdn.test/v/pilot%20one.mp4?part=2&X-Amz-Signature=5ec2e7&X-Amz-Expires=60"
    one = upload.piece(signed, "https://cdn.test/p.vtt?sig=5ec2e7", DEFAULT_INDEX_ID, "en")
    with rigged(tmp_path) as (rig, platform):
        done = run(rig, one, wait=True)
        signed_anew = signed.replace("5ec2e7", "7e3ed")
        renewed = upload.piece(signed_anew, "https://cdn.test/p.vtt", DEFAULT_INDEX_ID, "en")
        assert run(rig, renewed).events == []
        (received,) = platform.uploads
    assert (received.fields["video_url"], received.files) == (signed, {})
    assert received.fields["transcription_url"] == "https://cdn.test/p.vtt?sig=5ec2e7"
    assert {event.object for event in done.events} == {"https://cdn.test/v/pilot%20one.mp4?part=2"}
    assert b"5ec2e7" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_local_video_may_have_a_transcription_on_the_web(tmp_path: Path) -> None:
    one = upload.piece(video(tmp_path / "a.mp4"), "https://cdn.test/a.srt", DEFAULT_INDEX_ID, "en")
    with rigged(tmp_path) as (rig, platform):
        run(rig, one)
    assert list(platform.uploads[0].files) == ["video_file"]
    assert platform.uploads[0].fields["transcription_url"] == "https://cdn.test/a.srt"


def test_memory_stays_flat_however_large_the_video_is(tmp_path: Path) -> None:
    with RoughServer() as server:
        rig = Rig(tmp_path, server.url)
        one = piece(tmp_path / "large.mp4", 128 << 20)
        tracemalloc.start()
        try:
            done = run(rig, one, line=upload.Line(timeout=30.0))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert server.received > 128 << 20
    assert done.counts == {"accepted": 1}
    assert peak < 16 << 20


# A folder


def test_a_folder_is_paired_by_the_same_rules_as_a_bucket(tmp_path: Path) -> None:
    for name in ("a.mp4", "s1/b.MOV", "s1/alone.mkv", "notes.txt"):
        video(tmp_path / "in" / name)
    for name in ("a.es.srt", "s1/b.srt", "s1/orphan.vtt"):
        (tmp_path / "in" / name).write_text(SRT)
    with rigged(tmp_path) as (rig, platform):
        within = folder.within(None, tmp_path / "in")
        paired = folder.pair(within, Path(), index_id=DEFAULT_INDEX_ID, language="en")
        run(rig, *paired.pieces)
        sent = {upload.files["video_file"][0]: upload.fields["language"] for upload in platform.uploads}
    assert sent == {"a.mp4": "es", "b.MOV": "en"}
    assert paired.unmatched == (str(tmp_path / "in/s1/alone.mkv"),)
    assert paired.orphans == (str(tmp_path / "in/s1/orphan.vtt"),)


def test_the_configs_own_folders_are_taken_with_their_rules_and_indexes(tmp_path: Path) -> None:
    video(tmp_path / "videos/x/one.mp4")
    (tmp_path / "subs/fr/x").mkdir(parents=True)
    (tmp_path / "subs/fr/x/one.srt").write_text(SRT)
    (tmp_path / "transfer.yaml").write_text(
        f"version: 1\nindex_id: {'a' * 24}\nvideos:\n  source: ./videos\n"
        "transcriptions:\n  source: subs\n"
        "naming:\n  rules:\n    - video: '{path:**}.{ext}'\n"
        "      transcription: '{lang}/{path:**}.{format}'\n"
        f"      index_id: {'b' * 24}\n"
    )
    loaded = configs.load(str(tmp_path / "transfer.yaml"))
    (one,) = folder.pair(loaded, tmp_path).pieces
    assert one.entry.object == str(tmp_path / "videos/x/one.mp4")
    assert one.entry[:2] == ("b" * 24, "fr")
    (forced,) = folder.pair(loaded, tmp_path, index_id="c" * 24).pieces
    assert forced.entry.index_id == "c" * 24


def test_policies_hold_for_folders_too(tmp_path: Path) -> None:
    video(tmp_path / "in/a.mp4")
    text = f"version: 1\nindex_id: {DEFAULT_INDEX_ID}\nvideos:\n  source: in\npolicy:\n  unmatched_video: "
    path = tmp_path / "transfer.yaml"
    path.write_text(f"{text}fail\n")
    with pytest.raises(PolicyError, match=r"1 video has no transcription(.|\n)*a\.mp4"):
        folder.pair(configs.load(path), tmp_path)
    path.write_text(f"{text}include\n")
    (one,) = folder.pair(configs.load(path), tmp_path).pieces
    with rigged(tmp_path) as (rig, platform):
        run(rig, one)
    assert "provide_transcription" not in platform.uploads[0].fields


def test_a_source_in_s3_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    path = tmp_path / "transfer.yaml"
    path.write_text(f"version: 1\nindex_id: {'a' * 24}\nlanguage: en\nvideos:\n  source: s3://b/c/\n")
    with pytest.raises(ConfigError, match="no folder here"):
        folder.pair(configs.load(path), tmp_path)
    with pytest.raises(NothingToDo, match="no video in"):
        folder.pair(folder.within(None, tmp_path), Path())


# Refused before a byte is sent


@pytest.mark.parametrize(
    ("size", "code"), [(0, "TL603"), ((2 << 30) + 1, "TL604")], ids=["empty", "larger than 2 GB"]
)
def test_a_video_outside_the_limits_is_not_sent(tmp_path: Path, size: int, code: str) -> None:
    with pytest.raises(submit.Unsound) as caught:
        upload.review([piece(tmp_path / "a.mp4", size)])
    assert [finding.code for finding in caught.value.findings] == [code]


def test_between_the_two_readings_of_2_gb_it_is_a_warning(tmp_path: Path) -> None:
    judged = upload.review([piece(tmp_path / "a.mp4", 2_000_000_001)])
    assert [finding.code for finding in judged.findings] == ["TL604"]


@pytest.mark.parametrize(
    ("made", "code"),
    [({"size": (320, 240)}, "TL610"), ({"seconds": 2}, "TL611")],
    ids=["too small", "too short"],
)
def test_what_the_video_tells_of_itself_is_judged_too(tmp_path: Path, made: Any, code: str) -> None:
    one = piece(tmp_path / "a.mp4")
    (tmp_path / "a.mp4").write_bytes(videos.video(**made))
    with pytest.raises(submit.Unsound) as caught:
        upload.review([one])
    assert [finding.code for finding in caught.value.findings] == [code]
    ignoring = tmp_path / "transfer.yaml"
    ignoring.write_text(f"version: 1\nvideos:\n  source: .\nlint:\n  ignore: [{code}]\n")
    assert upload.review([one], configs.load(ignoring)).suppressed == 1


def test_the_engines_of_the_index_decide_whether_a_silent_video_will_do(tmp_path: Path) -> None:
    one = piece(tmp_path / "a.mp4")
    (tmp_path / "a.mp4").write_bytes(videos.video(sound=False))
    with rigged(tmp_path) as (rig, _), rig.client() as client, pytest.raises(submit.Unsound, match="1 error"):
        upload.review([one], engines=upload.engines([one], client))
    deaf = f"options:{DEFAULT_INDEX_ID}=visual"
    with rigged(tmp_path, deaf) as (rig, _), rig.client() as client:
        assert not upload.review([one], engines=upload.engines([one], client)).findings


def test_a_broken_transcription_is_told_with_its_place_and_nothing_is_sent(tmp_path: Path) -> None:
    one, two = piece(tmp_path / "a.mp4"), piece(tmp_path / "b.mp4")
    (tmp_path / "b.srt").write_text("1\n00:00:09,000 -> 00:00:02,500\nHello.\n")
    with pytest.raises(submit.Unsound) as caught:
        upload.review([one, two])
    places = {(finding.file, finding.line) for finding in caught.value.findings}
    assert places == {(str(tmp_path / "b.srt"), 2)}
    assert caught.value.exit_code == errors.FINDINGS


@pytest.mark.parametrize(
    "given",
    ["none.mp4", "folder", "s3://bucket/a.mp4", "bad\udcff.mp4", "https://u:p@h.test/a.mp4", "https://"],
)
def test_what_cannot_be_uploaded_is_said_at_once(tmp_path: Path, given: str) -> None:
    (tmp_path / "folder").mkdir()
    name = given if "://" in given else str(tmp_path / given)
    with pytest.raises(UsageError):
        upload.piece(name, captioned(tmp_path / "a.mp4")[1], DEFAULT_INDEX_ID, "en")


def test_a_transcription_of_another_kind_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.ass").write_text("x")
    one = upload.piece(video(tmp_path / "a.mp4"), tmp_path / "a.ass", DEFAULT_INDEX_ID, "en")
    with pytest.raises(UsageError, match=r"neither \.srt nor \.vtt"):
        upload.review([one])


def test_an_unknown_index_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        one = upload.piece(*captioned(tmp_path / "a.mp4"), "65a1c0deaaaaaaaaaaaaaaab", "en")
        with pytest.raises(PlatformError, match="does not know the index"):
            run(rig, one)
        with rig.ledger() as book:
            assert book.summary() == {}
    assert not platform.uploads


# What the network does


def test_a_connection_that_is_reset_midway_was_not_taken_and_is_tried_again(tmp_path: Path) -> None:
    with RoughServer([RESET, RESET]) as server:
        rig = Rig(tmp_path, server.url)
        done = run(rig, piece(tmp_path / "a.mp4", BIG))
    assert (server.posts, server.whole) == (3, 1)
    assert done.counts == {"accepted": 1}
    assert [event.event for event in done.events].count("unknown") == 0
    assert len([text for text in done.told if "broke off" in text]) == 2


def test_a_connection_that_is_reset_again_and_again_ends_the_run_with_all_planned(tmp_path: Path) -> None:
    with RoughServer([RESET] * 3) as server:
        rig = Rig(tmp_path, server.url)
        one = piece(tmp_path / "a.mp4", BIG)
        with pytest.raises(PlatformError, match=r"broke off after [\d,]+ of 8,38\d,\d{3} bytes"):
            run(rig, one)
        with rig.ledger() as book:
            assert book.summary() == {"planned": 1}
        assert run(rig, one).counts == {"accepted": 1}
    assert server.whole == 1


@pytest.mark.parametrize(("status", "code"), [(413, None), (400, "video_filesize_too_large")])
def test_a_server_that_answers_early_is_heard(tmp_path: Path, status: int, code: str | None) -> None:
    document = {"code": code, "message": "Too much."} if code else None
    early = How(read=1000, raw=reply(status, document, Connection="close"))
    with RoughServer([early]) as server:
        rig = Rig(tmp_path, server.url)
        one = piece(tmp_path / "a.mp4", BIG)
        done = run(rig, one)
        assert done.counts == {"rejected": 1}
        assert str(status) in str(done.events[-1].message)
        assert run(rig, one).counts == {"accepted": 1}  # a refused request can be repeated


@pytest.mark.parametrize("how", [How(), How(mute=True), How(raw=reply(500)), How(raw=reply(201, {}))])
def test_an_answer_that_is_lost_is_settled_by_the_list_and_never_sent_again_blindly(
    tmp_path: Path, how: How
) -> None:
    rig = Rig(tmp_path, "")

    def listed() -> list[dict[str, Any]]:
        task = {"_id": "1" * 24, "index_id": DEFAULT_INDEX_ID, "status": "ready"}
        return [task | {"created_at": rfc3339(rig.time.now), "metadata": {"filename": "a.mp4"}}]

    with RoughServer([how], listed=listed) as server:
        rig.url = server.url
        done = run(rig, piece(tmp_path / "a.mp4"), wait=True, line=upload.Line(timeout=1.0))
        assert server.posts == 1
    assert "unknown" in [event.event for event in done.events]
    assert done.counts == {"ready": 1}


def test_an_upload_that_was_lost_and_is_absent_is_sent_again_after_the_quiet_period(tmp_path: Path) -> None:
    with rigged(tmp_path, "create:1=502") as (rig, platform):
        one = piece(tmp_path / "a.mp4")
        done = run(rig, one)
        assert done.counts == {"unknown": 1}
        assert submit.exit_code(done.counts, wait=False) == errors.UNKNOWN
        assert not platform.tasks
        again = run(rig, one, wait=True)
        assert again.counts == {"ready": 1}
    assert names(platform) == {"a.mp4": 1}
    assert sum(rig.time.slept) > PACE.quiet_period


def test_files_of_one_name_in_two_folders_are_reconciled_by_count(tmp_path: Path) -> None:
    with rigged(tmp_path, "create:1=cut", "create:2=cut") as (rig, platform):
        pieces = [piece(tmp_path / folder / "master.mp4") for folder in "abc"]
        done = run(rig, *pieces, wait=True)
        assert platform.calls["create"] == 3, "each is found before the next of its name is sent"
    assert done.counts == {"ready": 3}
    assert names(platform) == {"master.mp4": 3}


def test_uploads_of_one_name_are_never_on_their_way_together(tmp_path: Path) -> None:
    with rigged(tmp_path, "create:*=slow:0.2") as (rig, platform):
        run(rig, *[piece(tmp_path / folder / "master.mp4") for folder in "ab"], piece(tmp_path / "c.mp4"))
        at = {record.files["video_file"][0]: record for record in platform.uploads}
    assert set(at) == {"master.mp4", "c.mp4"}
    with rig.ledger() as book:
        states = book._execute("SELECT state FROM events WHERE entry_id < 3 ORDER BY id").fetchall()
    moves = [state for (state,) in states if state in ("sending", "accepted")]
    assert moves == ["sending", "accepted"] * 2


def test_429_is_waited_out_and_is_no_failure(tmp_path: Path) -> None:
    with rigged(tmp_path, "create:1-2=429:30") as (rig, platform):
        done = run(rig, *[piece(tmp_path / f"{n}.mp4") for n in range(3)], wait=True)
    assert done.counts == {"ready": 3}
    assert names(platform) == {"0.mp4": 1, "1.mp4": 1, "2.mp4": 1}
    assert rig.waits


def test_a_rate_limit_is_kept_to_and_every_upload_arrives_once(tmp_path: Path) -> None:
    with rigged(tmp_path, "limit=2/30") as (rig, platform):
        done = run(rig, *[piece(tmp_path / f"{n}.mp4") for n in range(7)], wait=True)
    assert done.counts == {"ready": 7}
    assert set(names(platform).values()) == {1}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_that_holds_for_every_upload_stops_the_run(tmp_path: Path, status: int) -> None:
    with rigged(tmp_path, f"create:2={status}") as (rig, platform):
        pieces = [piece(tmp_path / f"{n}.mp4") for n in range(3)]
        with pytest.raises(PlatformError):
            run(rig, *pieces, line=upload.Line(jobs=1))
        with rig.ledger() as book:
            assert book.summary() == {"planned": 2, "accepted": 1}
        assert sum(run(rig, *pieces).counts.values()) == 3
        assert set(names(platform).values()) == {1}


def test_what_failed_is_uploaded_anew_only_where_that_is_asked_for(tmp_path: Path) -> None:
    with rigged(tmp_path, "ready:a.mp4=failed") as (rig, platform):
        one = piece(tmp_path / "a.mp4")
        assert run(rig, one, wait=True).counts == {"failed": 1}
        assert run(rig, one, wait=True).counts == {"failed": 1}
        assert len(platform.tasks) == 1
        assert run(rig, one, again=True).counts == {"accepted": 1}
        assert len(platform.tasks) == 2


def test_one_that_is_rejected_does_not_stop_the_others(tmp_path: Path) -> None:
    with rigged(tmp_path, "create:2=400") as (rig, _):
        done = run(rig, *[piece(tmp_path / f"{n}.mp4") for n in range(3)], wait=True)
    assert done.counts == {"rejected": 1, "ready": 2}
    assert submit.exit_code(done.counts, wait=True) == errors.PARTLY


# What the disk does


def test_a_file_that_changes_while_it_is_read_is_not_taken(tmp_path: Path) -> None:
    with RoughServer() as server:
        rig = Rig(tmp_path, server.url)
        one = piece(tmp_path / "a.mp4", 64 << 20)

        def grow() -> None:
            while not server.received:
                pass
            with (tmp_path / "a.mp4").open("ab") as fp:
                fp.write(b"more")

        growing = threading.Thread(target=grow)
        growing.start()
        done = run(rig, one)
        growing.join()
        assert done.counts == {"rejected": 1}
        assert "changed while it was read" in str(done.events[-1].message)
        assert server.whole == 0
        assert run(rig, piece_of(tmp_path / "a.mp4")).counts == {"accepted": 1}


def test_a_file_that_changes_before_its_turn_is_another_one(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        one = piece(tmp_path / "a.mp4")
        os.utime(tmp_path / "a.mp4", (1, 1))
        done = run(rig, one)
        assert done.counts == {"rejected": 1}
        assert "changed since it was checked" in str(done.events[-1].message)
        assert not platform.tasks
        assert run(rig, piece_of(tmp_path / "a.mp4")).counts == {"accepted": 1}


def test_a_file_that_is_gone_by_its_turn_is_rejected_and_the_others_go_on(tmp_path: Path) -> None:
    with rigged(tmp_path) as (rig, platform):
        pieces = [piece(tmp_path / "a.mp4"), piece(tmp_path / "b.mp4")]
        (tmp_path / "a.mp4").unlink()
        done = run(rig, *pieces)
    assert done.counts == {"accepted": 1, "rejected": 1}
    assert names(platform) == {"b.mp4": 1}


def piece_of(path: Path) -> upload.Piece:
    return upload.piece(path, path.with_suffix(".srt"), DEFAULT_INDEX_ID, "en")


# Stopping


def test_being_stopped_midway_leaves_what_was_not_whole_planned(tmp_path: Path) -> None:
    with RoughServer([How(read=100_000, mute=True)]) as server:
        rig = Rig(tmp_path, server.url)
        stopped(rig, server, piece(tmp_path / "a.mp4", BIG))
        with rig.ledger() as book:
            assert book.summary() == {"planned": 1}
            (row,) = book.rows()
            assert row.message == "stopped before it was sent whole"
    assert server.whole == 0


def test_an_answer_that_comes_while_we_stop_is_noted(tmp_path: Path) -> None:
    with rigged(tmp_path, "create:1=slow:0.5") as (rig, platform):
        stopped(rig, platform, piece(tmp_path / "a.mp4"))
        with rig.ledger() as book:
            (row,) = book.rows()
        assert (row.state, row.task_id) == ("accepted", platform.tasks[0].id)


def test_an_answer_that_does_not_come_while_we_stop_is_unknown(tmp_path: Path) -> None:
    with RoughServer([How(mute=True)]) as server:
        rig = Rig(tmp_path, server.url)
        stopped(rig, server, piece(tmp_path / "a.mp4"))
        with rig.ledger() as book:
            assert book.summary() == {"unknown": 1}


def stopped(rig: Rig, platform: RoughServer | Sandbox, one: upload.Piece) -> None:
    """Upload, and be stopped as by Ctrl-C once the request has reached the platform."""

    def check(sent: upload.Sent) -> None:
        if platform.busy.is_set() if isinstance(platform, RoughServer) else platform.uploads:
            raise KeyboardInterrupt

    with rig.client() as client, rig.ledger() as book:
        plan = upload.prepare([one], "test", ledger=book, client=client)
        follower = Follower(book, client, plan.run, pace=PACE)
        line = upload.Line(timeout=2.0)
        with pytest.raises(KeyboardInterrupt):
            list(upload.send(plan, ledger=book, client=client, follower=follower, line=line, show=check))


def rfc3339(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
