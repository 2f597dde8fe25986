"""What stands out of a manifest: names, places, languages and buckets that do otherwise than the rest."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3transfer_tl import lint, manifest
from s3transfer_tl.lint import customs, language, layout, stems, strays
from s3transfer_tl.lint.customs import Customs
from s3transfer_tl.model import Config, Entry, LintSpec, Review, RuleSpec, SourceSpec

ID = "629d807aa9e2a3a33a92c00b"
CONFIG = Config("transfer.yaml", SourceSpec("s3://media/"))


def reviewed(rows: Sequence[Entry] | bytes, **options: Any) -> Review:
    data = rows if isinstance(rows, bytes) else manifest.dumps(rows)
    return lint.manifest(io.BytesIO(data), "m.json", **options)


def told(rows: Sequence[Entry] | bytes, **options: Any) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.entry) for finding in reviewed(rows, **options).findings]


def pair(video: str, transcription: str | None = None, tag: str = "en") -> Entry:
    return Entry(ID, tag, f"s3://media/{video}", transcription and f"s3://media/{transcription}")


def series(count: int, video: str = "shows/e{}.mp4", transcription: str = "shows/e{}.srt") -> list[Entry]:
    return [pair(video.format(number), transcription.format(number)) for number in range(100, 100 + count)]


# Names


@pytest.mark.parametrize(
    ("video", "transcription"),
    [
        ("pilot.mp4", "pilot.srt"),
        ("pilot.mp4", "pilot.en.forced.srt"),
        ("Pilot.MP4", "pilot.srt"),
        ("pilot.mp4", "pilot.mp4.srt"),
        ("pilot-1080p.mp4", "pilot_subtitles.vtt"),
        ("my talk (final).mov", "my_talk.srt"),
        ("GMT20240131-150000_Recording_1920x1080.mp4", "GMT20240131-150000_Recording.transcript.vtt"),
        ("000042.left.mp4", "000042.srt"),
        ("ABC00042_take.mxf", "ABC00042.en.srt"),
        ("master.mp4", "captions.srt"),
        ("caf\u00e9.mp4", "cafe\u0301.srt"),
    ],
)
def test_names_agree_where_people_see_one_name(video: str, transcription: str) -> None:
    assert stems.agree(video, transcription)


@pytest.mark.parametrize(
    ("video", "transcription"),
    [
        ("e01.mp4", "e02.srt"),
        ("ep-1.mp4", "ep-10.srt"),
        ("alice_2021.mp4", "bob_2021.srt"),
        ("a1.mp4", "a.srt"),
    ],
)
def test_names_differ_where_a_number_or_a_word_does(video: str, transcription: str) -> None:
    assert not stems.agree(video, transcription)


def test_two_exchanged_transcriptions_are_told_and_each_hint_names_the_other_entry() -> None:
    rows = [pair("e1.mp4", "e2.srt"), pair("e2.mp4", "e1.srt")]
    assert told(rows) == [("TL501", 0), ("TL501", 1)]
    assert [finding.hint for finding in reviewed(rows).findings] == [
        "entry 1 has the one that is named after this video",
        "entry 0 has the one that is named after this video",
    ]


def test_transcriptions_that_all_slipped_by_one_are_told_in_a_manifest_of_any_size() -> None:
    rows = [pair(f"e{number:04}.mp4", f"e{number + 1:04}.srt") for number in range(3000)]
    assert told(rows) == [("TL501", number) for number in range(2999)]


def test_names_that_never_agree_are_a_custom() -> None:
    assert told(series(40, "shows/e{}.mp4", "transcripts/job-7{}1.srt")) == []


def test_a_custom_of_names_holds_for_the_last_entry_too() -> None:
    assert told(series(50, "raw_{}.mp4", "cap_{}.srt")) == []


def test_naming_rules_decide_instead_where_there_are_some() -> None:
    rows = [*series(8), pair("shows/z.mp4", "shows/other.srt")]
    assert told(rows) == [("TL501", 8)]
    assert told(rows, facts=lint.Facts(config=CONFIG)) == [("TL503", 8)]
    plain = RuleSpec(video_regex="(?P<folder>shows)/z.mp4", transcription_regex="(?P<folder>shows)/other.srt")
    config = replace(CONFIG, rules=(RuleSpec(preset="sidecar"), plain))
    assert told(rows, facts=lint.Facts(config=config)) == []


# Places


def test_folders_laid_out_alike_in_two_trees_are_one_custom() -> None:
    rows = [
        pair(f"videos/s{season}/s{season}e{number}.mp4", f"subs/en/s{season}/s{season}e{number}.srt")
        for season, number in itertools.product(range(1, 9), range(1, 9))
    ]
    assert told(rows) == []
    odd = rows[20]._replace(transcription="s3://media/old/en/s3/s3e5.srt")
    assert told([*rows[:20], odd, *rows[21:]]) == [("TL502", 20)]


def test_a_way_to_lie_elsewhere_is_told_once_with_its_count() -> None:
    rows = [*series(20), *series(3, "late/e{}x.mp4", "elsewhere/e{}x.srt")]
    (finding,) = reviewed(rows).findings
    assert (finding.code, finding.entry) == ("TL502", 20)
    assert "as do 2 more" in finding.message


def test_of_many_videos_of_one_name_the_first_are_told() -> None:
    rows = [pair(f"ep{number}/master.mp4", f"ep{number}/subs.srt") for number in range(100)]
    assert told(rows) == [("TL406", 1), ("TL406", 2), ("TL406", 3)]


# Many at once is the same as one by one

names = st.sampled_from("e1 e2 e10 raw_1 cap_1 raw_2 cap_2 master subs a.b GMT1_x".split())  # noqa: SIM905
folders = st.sampled_from(["m/v/", "m/s/", "m/s/en/", "m/", "n/v/", "m/v/x/"])
tails = st.sampled_from([".srt", ".en.srt", ".de.srt", ".mp4.vtt", ".sdh.vtt", ".raw.srt"])
videos = st.builds("s3://{}{}.mp4".format, folders, names)
captions = st.none() | st.builds("s3://{}{}{}".format, folders, names, tails)
rows = st.lists(st.tuples(st.sampled_from(["en", "de"]), videos, captions), min_size=1, max_size=12)
alike = st.builds(
    lambda pairs, folder, other, tail: [
        ("en", f"s3://{folder}{name}.mp4", f"s3://{other}{name}{tail}") for name in pairs
    ],
    st.lists(names, min_size=1, max_size=12),
    folders,
    folders,
    tails,
)


@settings(max_examples=300, deadline=None)
@given(rows | alike)
def test_entries_in_plain_form_get_the_findings_of_entries_in_another_form(
    some: list[tuple[str, str, str | None]],
) -> None:
    entries = [Entry(ID, *row) for row in some]
    fields = [{key: value for key, value in one._asdict().items() if value is not None} for one in entries]
    other = json.dumps([dict(reversed(one.items())) for one in fields]).encode()
    space = b"\n" * 10_000  # which makes a small file a large one
    assert set(told(space + manifest.dumps(entries))) == set(told(other))


def test_no_more_names_are_compared_than_bounded_time_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customs, "_LOOKS", 10)
    counted = Customs()
    for number in range(30):
        counted.note(number, "en", f"s3://media/{number}.mp4", f"s3://media/{number + 1}.srt")
    assert len(counted.exceptions(names_are_judged=False)) == 9


# Languages


@pytest.mark.parametrize(
    ("video", "transcription", "tag"),
    [
        ("a.mp4", "a.de.srt", "de"),
        ("a.mp4", "a.eng.sdh.srt", "en"),
        ("a.mp4", "a.mp4.pt_br.srt", "pt-BR"),
        ("a.mp4", "b.de.srt", "de"),
        ("a.mp4", "a.srt", None),
        ("a.mp4", "a.forced.srt", None),
        ("a.mp4", "a.raw.srt", None),
        ("what.is.it.mp4", "what.is.it.srt", None),
    ],
)
def test_a_name_tells_its_language_behind_the_stem(video: str, transcription: str, tag: str | None) -> None:
    assert language.suffix(f"s3://m/{video}", f"s3://m/{transcription}") == tag


def test_a_language_that_stands_once_in_a_folder_is_told_wherever_it_stands() -> None:
    for at in range(6):
        rows = series(6)
        rows[at] = rows[at]._replace(language="fr")
        assert told(rows) == [("TL305", at)]


def test_a_kind_of_the_folders_language_is_not_told() -> None:
    assert told([*series(6), pair("shows/z.mp4", tag="en-GB")]) == []


# Control


def test_a_rule_that_is_off_by_default_runs_where_it_is_selected_only() -> None:
    rows = list(reversed(series(3)))
    assert told(rows) == []
    assert reviewed(rows).suppressed == 0
    assert told(rows, select=["TL407"]) == told(rows, select=["TL4"]) == [("TL407", 1)]
    assert told(rows, select=["TL4"], ignore=["TL407"]) == []
    assert "Off by default: --select TL407" in lint.page(lint.rule("TL407"))


def test_a_built_manifest_is_formatted_and_sorted() -> None:
    rows = [*series(5), pair('shows/x "y" \\ \u65e5.mp4', tag="pt-BR")]
    assert told(rows, select=["TL009", "TL407"]) == []


@pytest.mark.parametrize("data", [b"", b"[]\n", b"[1]", b"{}", b'[{"object": 1}]', b"\xff", b"[{},"])
def test_the_form_of_what_is_no_manifest_is_left_to_other_rules(data: bytes) -> None:
    assert list(layout.scan(io.BytesIO(data), lint.Facts(), frozenset(["TL009", "TL407"]))) == []


def test_a_manifest_of_exactly_the_most_entries_is_not_too_long() -> None:
    facts = lint.Facts(config=replace(CONFIG, lint=LintSpec(max_entries=5)))
    assert told(series(5), facts=facts) == []
    assert told(series(9), facts=facts) == [("TL008", 5)]


# A listing


def test_of_a_listing_only_what_is_in_no_entry_is_told() -> None:
    rows = series(3)
    there = [uri for row in rows for uri in row[2:]]
    assert told(rows, facts=lint.Facts(listing=there)) == []
    more = [*there, "s3://media/shows/new.mp4", "s3://media/shows/new.srt", "s3://media/shows/gone.en.srt"]
    found = reviewed(rows, facts=lint.Facts(listing=more)).findings
    assert [(item.code, item.uri) for item in found] == [
        ("TL505", "s3://media/shows/new.mp4"),
        ("TL506", "s3://media/shows/gone.en.srt"),
    ]
    assert {(item.line, item.column, item.entry) for item in found} == {(1, 1, None)}


@given(st.lists(st.text(max_size=12) | st.from_regex(r"s3://m/[a-z./]{0,9}\.(mp4|srt)", fullmatch=True)))
def test_no_listing_makes_the_linter_raise(listing: list[str]) -> None:
    data = json.dumps([{"object": uri, "transcription": uri} for uri in listing[:2]]).encode()
    scanned = strays.scan(
        io.BytesIO(data), lint.Facts(listing=listing), frozenset(["TL504", "TL505", "TL506"])
    )
    assert {remark.code for remark in scanned} <= {"TL504", "TL505", "TL506"}
