"""What the review shows, takes and writes, without its server."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import decisions
from s3transfer_tl.build.review import Candidate, Item
from s3transfer_tl.decisions import Decision
from s3transfer_tl.errors import ConfigError, OutputError
from s3transfer_tl.review import asked, shown, writing
from s3transfer_tl.review.alignment import align, ending
from s3transfer_tl.review.sitting import Sitting

A, B, C = "s3://m/a.mp4", "s3://m/b.mp4", "s3://m/c.mp4"
ONE, TWO = "s3://m/one.srt", "s3://m/two.vtt"


def marked(video: str, other: str) -> list[tuple[str, str]]:
    return [(part.video, part.other) for part in align(video, other) if not part.same]


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_parts_of_an_alignment_are_both_names_whole_and_alternate(video: str, other: str) -> None:
    parts = align(video, other)
    assert "".join(part.video for part in parts) == video
    assert "".join(part.other for part in parts) == other
    for part, following in itertools.pairwise(parts):
        assert part.same is not following.same
    for part in parts:
        forms = {unicodedata.normalize("NFC", text) for text in (part.video, part.other)}
        assert not part.same or len(forms) == 1


@given(st.text(max_size=60))
def test_a_name_does_not_differ_from_itself(name: str) -> None:
    assert marked(name, name) == []


@pytest.mark.parametrize(
    ("video", "other", "differs"),
    [
        ("S01E02", "S01E03", [("02", "03")]),
        ("ep1", "ep12", [("1", "12")]),
        ("Episode", "Episodio", [("e", "io")]),
        ("pilot", "pilot.en", [("", ".en")]),
        ("pilot_master", "pilot", [("_master", "")]),
        ("bell", "tail", [("bell", "tail")]),
        ("caf\u00e9", "cafe\u0301", []),
        ("e\u0301vian1", "\u00e9vian2", [("1", "2")]),
        ("The_Show", "the_Show", [("T", "t")]),
    ],
)
def test_words_and_numbers_differ_whole_and_other_unicode_forms_do_not(
    video: str, other: str, differs: list[tuple[str, str]]
) -> None:
    assert marked(video, other) == differs


@pytest.mark.parametrize(
    ("name", "stem"), [("a.b.mp4", "a.b"), ("a", "a"), (".srt", ".srt"), ("a.long-one", "a.long-one")]
)
def test_the_format_is_told_apart_from_the_name(name: str, stem: str) -> None:
    assert name[: ending(name)] == stem


def candidate(uri: str, **more: Any) -> Candidate:
    return Candidate(
        **{"uri": uri, "size": None, "last_modified": None, "rule": None, "language": None, "why": "", **more}
    )


def test_an_item_shows_names_folders_sizes_and_times_as_far_as_they_are_known() -> None:
    other = candidate(
        "s3://m/subs/a.en.srt",
        size=999_600,
        last_modified="2024-03-01T10:20:30+02:00",
        rule="mirrored",
        why="so so",
    )
    one = shown.item(Item("s3://m/v/a.mp4", 12, None, "ambiguous", (other,), None), lambda uri: B)
    assert (one["folder"], one["name"], one["end"], one["facts"]) == ("s3://m/v/", "a.mp4", ".mp4", ["12 B"])
    (found,) = one["candidates"]
    assert found["parts"] == [[True, "a", "a"], [False, "", ".en"]]
    assert found["folder"] == [[True, "s3://m/", "s3://m/"], [False, "v", "subs"], [True, "/", "/"]]
    assert found["facts"] == ["1 MB", "2024-03-01 08:20"]
    assert (found["rule"], found["why"], found["taken"]) == ("mirrored", "so so", B)


def test_what_a_page_would_obey_is_shown_escaped_and_sent_as_it_is() -> None:
    uri = "s3://m/a\u202e\nb.mp4"
    one = shown.item(Item(uri, None, "long ago\x1b", "unmatched", (), None), lambda uri: None)
    assert one["video"] == uri
    assert one["name"] == "a\\u202e\\nb.mp4"
    assert one["facts"] == ["long ago\\x1b"]


@pytest.mark.parametrize(
    ("name", "shown_as"),
    [(" a  b.mp4", "\\x20a  b.mp4"), ("a.mp4 ", "a.mp4\\x20"), ("  ", "\\x20\\x20"), ("a b", "a b")],
)
def test_a_space_that_nobody_would_see_is_shown(name: str, shown_as: str) -> None:
    one = shown.item(Item(f"s3://m/{name}", None, None, "unmatched", (), None), lambda uri: None)
    assert one["name"] == shown_as


def test_two_names_that_look_alike_are_told_apart() -> None:
    told = [
        shown.item(Item(f"s3://m/caf{end}.mp4", 1, None, "unmatched", (), None), lambda uri: None)["facts"]
        for end in ("\xe9", "e\u0301")
    ]
    assert told == [["1 B"], ["1 B", "not in Unicode NFC"]]


class Disk:
    """What was saved; refuses while ``full``."""

    def __init__(self) -> None:
        self.saved: list[dict[str, Decision | None]] = []
        self.full = False

    def __call__(self, changes: Mapping[str, Decision | None]) -> None:
        if self.full:
            raise OutputError("the disk is full", "free space")
        self.saved.append(dict(changes))


def test_the_last_word_on_a_video_wins_and_words_on_others_are_kept() -> None:
    disk = Disk()
    sitting = Sitting([A, B], [], disk)
    for video, transcription in ((A, ONE), (B, TWO), (A, None)):
        sitting.take(video, Decision(video, transcription))
        assert sitting.save()
    assert [place for place, told in sitting.state()["changes"] if told] == [0, 1]
    assert sitting.state()["changes"][0] == [0, {"transcription": None, "language": None}]
    assert (sitting.decided, sitting.written, len(disk.saved)) == (2, 3, 3)


def test_a_tab_learns_what_changed_since_it_looked() -> None:
    sitting = Sitting([A, B, C], [Decision(C, TWO)], Disk())
    assert sitting.state()["changes"] == [[0, None], [1, None], [2, {"transcription": TWO, "language": None}]]
    sitting.take(B, Decision(B, ONE, "en"))
    sitting.take(C, None)
    assert sitting.state(1)["changes"] == [[2, None]]
    assert sitting.state(2)["changes"] == []
    assert len(sitting.state(99)["changes"]) == 3


def test_words_that_the_disk_refused_are_kept_and_saved_with_the_next() -> None:
    disk = Disk()
    sitting = Sitting([A, B], [], disk)
    disk.full = True
    sitting.take(A, Decision(A, ONE))
    assert not sitting.save()
    assert sitting.state()["trouble"] == "the disk is full; free space"
    assert (sitting.unsaved, sitting.written) == (1, 0)
    disk.full = False
    sitting.take(B, Decision(B, TWO))
    assert sitting.save()
    assert disk.saved == [{A: Decision(A, ONE), B: Decision(B, TWO)}]
    assert (sitting.unsaved, sitting.trouble) == (0, None)


def test_a_transcription_that_is_let_go_is_free_again() -> None:
    sitting = Sitting([A, B], [Decision(C, TWO)], Disk())
    sitting.take(A, Decision(A, ONE))
    assert (
        sitting.taker(ONE),
        sitting.taker(TWO),
        sitting.taken_elsewhere(ONE),
        sitting.taken_elsewhere(TWO),
    ) == (A, C, None, C)
    sitting.take(A, None)
    sitting.take(B, Decision(B, ONE))
    assert sitting.taker(ONE) == B


def word(**fields: object) -> dict[str, object]:
    return {"video": A, "transcription": ONE, "language": None, **fields}


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (word(), Decision(A, ONE)),
        (word(language="eng"), Decision(A, ONE, "en")),
        (word(transcription=None), Decision(A, None)),
        (word(transcription="s3://b/\n \u202e.SRT"), Decision(A, "s3://b/\n \u202e.SRT")),
        (word(transcription="s3://b//.vtt"), Decision(A, "s3://b//.vtt")),
        ({"video": A}, None),
    ],
)
def test_a_word_is_taken_as_it_was_sent(sent: object, taken: Decision | None) -> None:
    assert asked.word(sent, Sitting([A], [], Disk())) == (A, taken)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        {"video": B},
        {"transcription": ONE},
        word(video=3),
        word(more=1),
        word(transcription="one.srt"),
        word(transcription="s3://m/one.txt"),
        word(transcription="s3://m/"),
        word(transcription="https://m/one.srt"),
        word(transcription="s3://m/\ud800.srt"),
        word(transcription="s3://m/" + "x" * 1021 + ".srt"),
        word(transcription=["s3://m/one.srt"]),
        word(transcription=TWO),
        word(language="no such"),
        word(language=7),
    ],
)
def test_a_word_that_cannot_be_is_refused(sent: object) -> None:
    with pytest.raises(asked.Unfit):
        asked.word(sent, Sitting([A], [Decision(C, TWO)], Disk()))


@pytest.mark.parametrize("since", [-1, True, 1.0, "1", None, 10**9])
def test_a_count_is_a_count(since: object) -> None:
    with pytest.raises(asked.Unfit):
        asked.decisions({"since": since, "decisions": []}, Sitting([A], [], Disk()))


def test_the_file_holds_the_words_and_what_others_wrote(tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    writing.write(path, {A: Decision(A, ONE, "en")})
    other_hand = path.read_text() + f"  - video: {B}\n    transcription: {TWO}\n"
    path.write_text(other_hand)
    writing.write(path, {C: Decision(C, None)})
    assert [one[:3] for one in decisions.read(path)] == [(A, ONE, "en"), (B, TWO, None), (C, None, None)]
    writing.write(path, {A: None})
    assert [one.video for one in decisions.read(path)] == [B, C]
    assert [one.name for one in tmp_path.iterdir()] == ["decisions.yaml"]


def test_a_transcription_that_another_hand_gave_away_meanwhile_is_told_and_the_file_kept(
    tmp_path: Path,
) -> None:
    path = tmp_path / "decisions.yaml"
    writing.write(path, {B: Decision(B, ONE)})
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=f"now gives {ONE} to {B}"):
        writing.write(path, {A: Decision(A, ONE)})
    assert path.read_bytes() == before


def test_two_videos_may_swap_their_transcriptions(tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    writing.write(path, {A: Decision(A, ONE), B: Decision(B, TWO)})
    writing.write(path, {A: Decision(A, TWO), B: Decision(B, ONE)})
    assert [one.transcription for one in decisions.read(path)] == [TWO, ONE]


def test_a_file_that_cannot_be_read_any_more_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    path.write_text("version: 1\ndecisions: [")
    with pytest.raises(ConfigError):
        writing.write(path, {A: Decision(A, ONE)})
    assert path.read_text() == "version: 1\ndecisions: ["
