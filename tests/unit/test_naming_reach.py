"""How far a pattern gets in a key: the place that explain puts its caret under."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import naming
from s3transfer_tl.model import RuleSpec
from s3transfer_tl.naming.reach import Reach, reach

HOUSE = r"masters/[A-Z]{3}/(?P<code>[A-Z]{3}\d{5})_.*\.mxf"
SIDES = [
    "{path:**}.{ext}",
    "{folder:**}/master.{ext}",
    "{lang}/{path:**}[.cut].{ext}",
    r"{a}_{b:\d{3}}.{ext}",
]


def got(key: str, **spec: str | bool) -> Reach | None:
    (rule,) = naming.compile([RuleSpec(**{"transcription_regex": "(?P<code>x)(?P<n>y)?", **spec})])  # type: ignore[arg-type]
    return reach(rule.video, key)


def of(template: str, key: str) -> Reach | None:
    (rule,) = naming.compile([RuleSpec(video=template, transcription=template)])
    return reach(rule.video, key)


@pytest.mark.parametrize(
    ("template", "key", "before", "wants"),
    [
        ("{path:**}.{ext}", "show/x.flac", "show/x.", "{ext}"),
        ("{path:**}.{ext}", "show/x", "show/x", "`.`"),
        ("{path:**}.{ext}", "x.mp4.bak", "x.mp4", "the end of the key"),
        ("{folder:**}/master.{ext}", "a/b/mastr.mp4", "a/b/mast", "`er.`"),
        ("{folder:**}/master.{ext}", "\u65e5\u672c/mastr.mp4", "\u65e5\u672c/mast", "`er.`"),
        ("{lang}/{path:**}.{ext}", "english/a.mp4", "eng", "`/`"),
        ("{a}.{ext}", "a/b.mp4", "a", "`.`"),
        ("{a}.{ext}", "", "", "{a}"),
        (r"{a}_{b:\d{3}}.{ext}", "x_12.mp4", "x_12", "{b}"),
    ],
)
def test_a_template_stops_where_a_person_would_point(
    template: str, key: str, before: str, wants: str
) -> None:
    assert of(template, key) == Reach(len(before), wants)


@pytest.mark.parametrize(
    ("key", "before", "wants"),
    [
        ("masters/ABC/ABC123_x.mxf", "masters/ABC/ABC123", "{code}"),
        ("masters/ABC/abc12345_x.mxf", "masters/ABC/", "{code}"),
        ("masters/ABC/ABC12345_x.mov", "masters/ABC/ABC12345_x.m", "`xf`"),
        ("other/ABC12345_x.mxf", "", "`masters/`"),
    ],
)
def test_a_regex_stops_inside_its_groups_and_repeats(key: str, before: str, wants: str) -> None:
    assert got(key, video_regex=HOUSE) == Reach(len(before), wants)


def test_a_choice_that_stands_alone_is_followed_where_it_gets_furthest() -> None:
    assert got("bz", video_regex="a(?P<code>x)|b(?P<n>y)") == Reach(1, "{n}")


def test_ignore_case_reads_on_where_only_the_case_differs() -> None:
    assert got("MASTERS/abc/abc12345_x.avi", video_regex=HOUSE, ignore_case=True) == Reach(23, "`mxf`")


@pytest.mark.parametrize("preset", sorted(naming.PRESETS))
def test_every_preset_can_be_asked_about_any_key(preset: str) -> None:
    for rule in naming.compile([RuleSpec(preset=preset)]):
        for side in (rule.video, rule.transcription):
            found = reach(side, "GMT20240131-15000_x/clip.txt")
            assert found is not None
            assert 0 < found.offset < 29


@given(st.sampled_from(SIDES), st.text("ab/_.1mp4en\u00e9\n", max_size=12))
def test_only_a_key_that_does_not_match_has_a_place_and_it_is_in_the_key(template: str, key: str) -> None:
    (rule,) = naming.compile([RuleSpec(video=template, transcription=template)])
    found = reach(rule.video, key)
    assert (found is None) is (rule.video.captures(key) is not None)
    if found is not None:
        assert 0 <= found.offset <= len(key)
        assert found.wants
