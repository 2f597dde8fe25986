"""The linter's two ways through a manifest: runs of plain entries, and entry by entry. They agree."""

from __future__ import annotations

import io
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3transfer_tl import lint, manifest
from s3transfer_tl.lint import column, proof, review, survey
from s3transfer_tl.lint.column import Column
from s3transfer_tl.lint.rules import Subject
from s3transfer_tl.manifest import Fault, RawEntry, Run, reading
from s3transfer_tl.model import AccessVerdict, Entry, Review

ID, OTHER = "629d807aa9e2a3a33a92c00b", "6298d673f1090f1100476d4c"
ENTRY_RULES = tuple(rule for rule in lint.RULES if rule.judge)
SLOW = manifest.pattern("(?!)", "", "", "")  # matches nothing: every entry is looked at
PLAIN = proof.plain()

names = st.sampled_from(
    [
        *(
            "01",
            "01",
            "02",
            "A",
            "a",
            "caf\u00e9",
            "cafe\u0301",
            "\u65e5\u672c",
            "year=2024/01",
            "a/b",
            "a//b",
        ),
        *("x%20y", "a\\b", 'a"b', "{", "[1]", " a", "./a", "a ", "n" * 301),
        *("X-Amz-Signature=1", "X-Amz-\u017fignature=1"),
    ]
)
stems = st.lists(names, min_size=1, max_size=2).map("-".join)
uris = st.builds(
    "{}{}/{}{}".format,
    st.sampled_from(["s3://"] * 9 + ["S3://"]),
    st.sampled_from(["media"] * 9 + ["media-s3alias", "xn--a", "a.b", "-a-", "ab"]),
    stems,
    st.sampled_from([".mp4", ".srt", ".vtt", ".mov", "", "/", ".MP4", ".mp4x"]),
)
plain_entries = st.builds(
    lambda name, other, index_id, language: {
        "index_id": index_id,
        "language": language,
        "object": f"s3://media/shows/{name}.mp4",
        "transcription": f"s3://media/subs/{other}.srt",
    },
    stems, stems, st.sampled_from([ID] * 5 + [OTHER]), st.sampled_from(["en"] * 5 + ["de", "de-AT", "EN"])
)  # fmt: skip
other_entries = st.fixed_dictionaries(
    {"index_id": st.sampled_from([ID, ID + "1", "0" * 24]), "language": st.just("en")},
    optional={"object": uris | st.none(), "transcription": uris, "extra": st.just([{"object": ""}])},
)
documents = st.lists(plain_entries | plain_entries | other_entries, max_size=12)
layouts = st.sampled_from([{"indent": 2}, {"indent": 2}, {"indent": None}, {"indent": "\t"}])


def reviewed(data: bytes, plain: Any, **options: Any) -> Review:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(survey, "plain", lambda: plain)
        for name, value in options.items():
            patch.setattr(reading, name, value)
        verdict = AccessVerdict("s3://media/subs/02.srt", "denied", 403, "private")
        return lint.manifest(io.BytesIO(data), "m.json", facts=lint.Facts(access={verdict.uri: verdict}))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(json.dumps(draw(documents), ensure_ascii=False, **draw(layouts)).encode())
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(data)))
        patch = draw(st.sampled_from([b"{", b"}", b",", b'"', b"\\", b"\\u0041", b"\xff", b"\n", b" ", b""]))
        data[start : start + draw(st.integers(0, 3))] = patch
    return bytes(data)


@settings(max_examples=300, deadline=None)
@given(damaged(), st.integers(1, 4))
def test_both_ways_lead_to_the_same_review(data: bytes, run: int) -> None:
    expected = reviewed(data, SLOW)
    assert reviewed(data, PLAIN, RUN=run) == expected


@settings(max_examples=100, deadline=None)
@given(damaged())
def test_a_manifest_is_judged_alike_whether_it_counts_as_small_or_not(data: bytes) -> None:
    expected = reviewed(data, PLAIN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(survey, "_SMALL", 0)
        assert reviewed(data, PLAIN) == expected


@settings(max_examples=25, deadline=None)
@given(damaged(), st.integers(4, 700))
def test_both_ways_lead_to_the_same_review_wherever_a_chunk_ends(data: bytes, chunk: int) -> None:
    expected = reviewed(data, SLOW, CHUNK=chunk, ENTRY_LIMIT=1000)
    assert reviewed(data, PLAIN, CHUNK=chunk, ENTRY_LIMIT=1000) == expected


def test_each_chunk_boundary_in_a_plain_manifest_is_harmless() -> None:
    rows = [Entry(ID, "en", f"s3://media/{name}.mp4", f"s3://media/{name}.srt") for name in ("a", "\u65e5")]
    data = manifest.dumps([*rows, Entry(ID, "EN", "s3://media/c.mp4"), *rows])
    expected = reviewed(data, SLOW)
    assert [(item.code, item.entry) for item in expected.findings] == [
        ("TL302", 2), ("TL402", 3), ("TL402", 4)
    ]  # fmt: skip
    for chunk in range(4, len(data) + 1):
        assert reviewed(data, PLAIN, CHUNK=chunk, ENTRY_LIMIT=400) == expected


@settings(max_examples=500)
@given(st.builds(lambda row, video: {**row, "object": video}, plain_entries, uris) | other_entries)
def test_what_the_plain_form_takes_no_rule_complains_of(fields: dict[str, Any]) -> None:
    text = json.dumps(fields, ensure_ascii=False, indent=2)
    found = PLAIN.match(text + ",{")
    if found and not list(proof.doubtful(proof.Columns(*zip(found.groups(), strict=True)))):
        assert proof.Proof().holds(fields)
        assert review.hear(ENTRY_RULES, Subject(0, fields)) == []


@settings(max_examples=500)
@given(st.builds(lambda row, video: {**row, "object": video}, plain_entries, uris) | other_entries)
def test_of_an_entry_of_good_form_the_rules_of_form_say_nothing(fields: dict[str, Any]) -> None:
    rules = [rule for rule in ENTRY_RULES if rule.code in proof.OF_FORM]
    assert len(rules) == len(proof.OF_FORM)
    if proof.Proof().is_formed(fields):
        assert review.hear(rules, Subject(0, fields)) == []


@pytest.mark.parametrize(
    "layout", [{"indent": 2}, {"indent": None}, {"indent": "\t"}, {"separators": (",", ":")}]
)
def test_entries_as_manifests_have_them_come_in_runs_in_any_layout(layout: dict[str, Any]) -> None:
    names = ("01", "s01e01 - Pilot (final) [1080p]", "caf\u00e9", "\u65e5\u672c", "x/y/z", "year=2024/01")
    entries = [Entry(ID, "pt-BR", f"s3://media/{name}.mp4", f"s3://media/{name}.vtt") for name in names]
    rows = [item._asdict() for item in (*entries, entries[0])]
    data = json.dumps(rows, ensure_ascii=False, **layout).encode()
    run, last = manifest.runs(io.BytesIO(data), PLAIN)
    assert isinstance(run, Run)
    assert isinstance(last, RawEntry)  # no { behind it: its end is not told by the form
    columns = proof.Columns(*zip(*run.groups, strict=True))
    assert columns.videos == tuple(item.object for item in entries)
    assert columns.transcriptions == tuple(item.transcription for item in entries)
    assert columns.names == (
        "01.mp4",
        f"{names[1]}.mp4",
        "caf\u00e9.mp4",
        "\u65e5\u672c.mp4",
        "z.mp4",
        "01.mp4",
    )
    assert columns.places == columns.folders
    exact = [item for item in manifest.read(io.BytesIO(data)) if isinstance(item, RawEntry)]
    assert [*run.offsets] == [item.offset for item in exact]
    assert last == exact[-1]


def test_a_run_ends_before_what_is_not_plain_and_goes_on_behind_it() -> None:
    rows = [Entry(ID, "en", f"s3://media/{number}.mp4") for number in range(9)]
    data = manifest.dumps(rows).replace(b"media/4", b"media/\\u0034").replace(b"media/6.mp4", b'media/"')
    items = list(manifest.runs(io.BytesIO(data), PLAIN))
    assert [(type(item), getattr(item, "number", None)) for item in items] == [
        (Run, 0), (RawEntry, 4), (Run, 5), (Fault, None), (Run, 7), (RawEntry, 8)
    ]  # fmt: skip


# Columns


@given(st.lists(st.lists(st.none() | st.sampled_from("abcdefgh"), max_size=5), max_size=5))
def test_a_column_tells_the_numbers_of_what_occurs_twice(values: list[list[str | None]]) -> None:
    one_by_one, at_once = Column(), Column()
    for some in values:
        at_once.extend(some)
        for value in some:
            one_by_one.append(value)
    flat = [value for some in values for value in some]
    expected = [number for number, value in enumerate(flat) if value is not None and flat.count(value) > 1]
    assert sorted(at_once.repeated()) == sorted(one_by_one.repeated()) == expected


def test_a_column_compared_in_parts_tells_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [str(number % 700) for number in range(1000)]
    random.Random(7).shuffle(values)
    whole = Column()
    whole.extend(values)
    expected = sorted(whole.repeated())
    assert len(expected) == 600
    monkeypatch.setattr(column, "_PART", 64)
    assert sorted(whole.repeated()) == expected
