"""The key that resembles another most: typos, other folders, other numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3transfer_tl import matching
from tests.unit.test_matching import matched


@pytest.mark.parametrize(
    ("video", "near", "others"),
    [
        ("a/interview 41.mp4", "a/intervew 41.srt", ["a/interview 42.srt", "a/other.srt"]),
        ("v/talk.mp4", "subs/talk.en.srt", ["v/walk-in.srt"]),
        ("s/Show.S01E01.1080p.mkv", "s/show.s01e01.srt", ["s/show.s01e02.srt"]),
        ("a/take-0042.mov", "b/take-42.srt", ["b/take-43.srt", "b/take-420.srt"]),
        ("caf\u00e9/x-ray.mp4", "cafe\u0301/xray.srt", ["tea/exhibit.srt"]),
    ],
)
def test_the_nearest_key_is_the_one_a_person_would_name(
    tmp_path: Path, video: str, near: str, others: list[str]
) -> None:
    with matched(tmp_path, [video, near, *others]) as found:
        (first,) = matching.nearest(found, f"s3://b/{video}", side="transcription")
        assert first.uri == f"s3://b/{near}"
        assert first.free


def test_what_is_in_no_pair_comes_first(tmp_path: Path) -> None:
    keys = ["a/two.mp4", "a/two.srt", "a/twist.srt"]
    with matched(tmp_path, keys) as found:
        near = matching.nearest(found, "s3://b/a/twos.mp4", side="transcription", most=5)
    assert [(one.uri[7:], one.free) for one in near] == [("a/twist.srt", True), ("a/two.srt", False)]


def test_nothing_is_near_where_nothing_resembles(tmp_path: Path) -> None:
    with matched(tmp_path, ["alpha/one.mp4", "zz/qwertyuiop.srt"]) as found:
        assert matching.nearest(found, "s3://b/alpha/one.mp4", side="transcription") == []


def test_both_sides_are_searched_for_a_key_that_is_not_listed(tmp_path: Path) -> None:
    with matched(tmp_path, ["a/one.mp4", "a/one.srt"]) as found:
        near = matching.nearest(found, "s3://b/a/onne.srt", side=None, most=2)
    assert [one.uri for one in near] == ["s3://b/a/one.srt", "s3://b/a/one.mp4"]
