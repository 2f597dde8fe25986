"""The linter as a whole: its proof, its passes, its relations, its control."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import langcodes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3transfer_tl import errors, lint, manifest, naming, schema
from s3transfer_tl.lint import index_id, language, review, uri
from s3transfer_tl.lint.lines import Lines
from s3transfer_tl.lint.proof import Proof
from s3transfer_tl.lint.rules import Subject
from s3transfer_tl.model import AccessVerdict, Config, Entry, Review, Severity, SourceSpec

ID = "629d807aa9e2a3a33a92c00b"
OTHER = "6298d673f1090f1100476d4c"
ENTRY_RULES = tuple(rule for rule in lint.RULES if rule.judge)
CONFIG = Config("transfer.yaml", SourceSpec("s3://media/"))
SAMPLES = Path(__file__).parent.parent.parent / "sample_manifests"


def entry(name: str = "01", **fields: Any) -> dict[str, Any]:
    plain = {
        "index_id": ID,
        "language": "en",
        "object": f"s3://media/shows/{name}.mp4",
        "transcription": f"s3://media/subs/{name}.srt",
    }
    return {**plain, **fields}


def reviewed(rows: Any, **options: Any) -> Review:
    data = rows if isinstance(rows, bytes) else json.dumps(rows, ensure_ascii=False, indent=2).encode()
    return lint.manifest(io.BytesIO(data), "m.json", **options)


def told(rows: Any, **options: Any) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.entry) for finding in reviewed(rows, **options).findings]


# The proof and the rules

keys = st.lists(
    st.sampled_from(
        "a B 0 / . .. // + %20 % ? # = \\ <x> \u00e9 e\u0301 \u65e5 \u200b @ \u1100\u1161".split()  # noqa: SIM905
    )
    | st.sampled_from([" ", "\t", ".mp4", ".srt", ".MOV", ".vtt", "?v=1"])
    | st.characters(exclude_categories=["Cs"]),
    max_size=8,
).map("".join)
buckets = st.sampled_from(
    ["media", "a.b", "xn--a", "ab", "Media", "a_b", "media-s3alias", "1.2.3.4", "-a-", "u:p@m", ""]
)
uris = st.builds(
    "{}{}/{}{}".format,
    st.sampled_from(["s3://", "s3://", "s3://", "S3://", "https://", "s3:/", ""]),
    st.just("media") | buckets,
    keys,
    st.sampled_from([".mp4", ".srt", ".vtt", ".mov", "", "/"]),
)
anything = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
ids = st.sampled_from([ID, OTHER, ID.upper(), ID + "1", "0" * 24, "", f"{ID}\n", "<ID>"]) | st.text(
    max_size=30
)
tags = st.sampled_from(
    ["en", "EN", "pt-BR", "pt_br", "xx", "eng", "en ", "zh-Hant-TW", "i-klingon"]
) | st.text(max_size=8)
entries = st.fixed_dictionaries(
    {},
    optional={
        "index_id": st.just(ID) | ids | anything,
        "language": st.just("en") | tags | anything,
        "object": uris | anything,
        "transcription": uris | anything,
        "extra": anything,
        "objekt": uris,
    },
)


@settings(max_examples=400)
@given(st.builds(entry, object=uris, transcription=uris, language=st.just("en") | tags) | entries)
def test_what_the_proof_holds_for_clean_no_rule_complains_of(fields: dict[str, Any]) -> None:
    if Proof().holds(fields):
        assert review.hear(ENTRY_RULES, Subject(0, fields)) == []


@settings(max_examples=400)
@given(entries)
def test_what_the_schema_refuses_gets_a_finding(fields: dict[str, Any]) -> None:
    if not schema.entry_validator().is_valid(fields):
        assert review.hear(ENTRY_RULES, Subject(0, fields))


@given(st.builds(entry, object=uris, transcription=uris, index_id=ids, language=tags))
def test_a_rule_speaks_once_of_a_field_and_every_finding_has_a_way_out(fields: dict[str, Any]) -> None:
    heard = review.hear(ENTRY_RULES, Subject(0, fields))
    places = [(rule.code, complaint.field) for rule, complaint in heard]
    assert len(places) == len(set(places))
    assert all(complaint.message and (complaint.hint or rule.hint) for rule, complaint in heard)


def test_the_proof_holds_the_entries_that_manifests_are_made_of() -> None:
    holds = Proof().holds
    for name in ("01", "s01e01 - Pilot (final) [1080p]", "caf\u00e9", "\u65e5\u672c", "a.b.c", "x/y/z"):
        assert holds(entry(name))
    for extension in naming.VIDEO_EXTENSIONS:
        assert holds(entry(object=f"s3://media/01.{extension}"))


def test_the_letters_of_the_proof_have_one_form_only() -> None:
    for first, last in ((0xC0, 0x24F), (0x400, 0x45F), (0x3041, 0x3096), (0x30A1, 0x30FA), (0xAC00, 0xD7A3)):
        assert all(unicodedata.is_normalized("NFC", chr(code)) for code in range(first, last + 1))


def test_the_common_tags_are_canonical() -> None:
    assert all(langcodes.tag_is_valid(tag) for tag in language.COMMON)
    assert {langcodes.standardize_tag(tag) for tag in language.COMMON} == language.COMMON


# Any bytes

rows = st.lists(entries | anything, max_size=4)
SEED = json.dumps(
    [entry("01"), entry("caf\u00e9", index_id=ID + "1"), entry("01")], indent=1, ensure_ascii=False
).encode()


patches = st.binary(max_size=4) | st.sampled_from([b'"', b"{", b"}", b","])


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.just(SEED) | rows.map(lambda value: json.dumps(value).encode())))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 4))] = draw(
            st.binary(max_size=4) | st.sampled_from([b'"', b"{", b"}", b","])
        )
    return bytes(data)


@settings(max_examples=300)
@given(mutated() | st.binary(max_size=100))
def test_no_bytes_make_the_linter_raise_and_every_place_lies_inside(data: bytes) -> None:
    found = reviewed(data)
    # a byte that is not UTF-8 counts as one code point
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").split("\n")
    places = [(finding.line or 0, finding.column or 0) for finding in found.findings]
    assert places == sorted(places)
    for line, column in places:
        assert 1 <= line <= len(lines)
        assert 1 <= column <= max(len(lines[line - 1]), 1)
    assert found.entries or found.findings


def test_a_sound_file_is_never_without_entries_or_finding() -> None:
    assert told(b"") == [("TL005", None)]
    assert told([entry()]) == []


# Places


def test_lines_and_columns_count_code_points_behind_line_feeds() -> None:
    data = "a\u00e9\U0001f600b\r\n\n\u65e5c".encode()
    lines = Lines(io.BytesIO(data))
    offsets = [0, 1, 3, 7, 9, 10, 11, 14]
    assert [lines.at(offset) for offset in offsets] == [
        (1, 1), (1, 2), (1, 3), (1, 4), (1, 6), (2, 1), (3, 1), (3, 2)
    ]  # fmt: skip


def test_places_are_right_in_a_file_on_one_line_with_wide_characters() -> None:
    data = json.dumps([entry("caf\u00e9"), entry("\u65e5", language="EN")], ensure_ascii=False)
    (finding,) = reviewed(data.encode()).findings
    assert (finding.line, finding.column) == (1, data.index('"EN"') + 1)
    assert finding.end_column == finding.column + len('"EN"')


def test_a_byte_order_mark_moves_no_column() -> None:
    data = (
        b'\xef\xbb\xbf[{"language": "EN", '
        + json.dumps(entry()).encode().replace(b'"language": "en", ', b"")[1:]
        + b"]"
    )
    mark, finding = reviewed(data).findings
    assert (mark.code, mark.line, mark.column) == ("TL003", 1, 1)
    assert (finding.code, finding.line, finding.column) == ("TL302", 1, len('[{"language": ') + 1)


# The seed documents' example


def test_the_guides_own_example_gets_one_error_that_names_the_neighbour() -> None:
    (finding,) = reviewed((SAMPLES / "guide-example.json").read_bytes()).findings
    assert (finding.code, finding.severity, finding.entry, finding.field) == (
        "TL111",
        Severity.ERROR,
        0,
        "index_id",
    )
    assert "25 characters, not 24" in finding.message
    assert ID in finding.hint


@pytest.mark.parametrize(
    ("value", "near"),
    [
        (ID + "1", ID),
        (ID[:-1], ID),
        ("1" + ID, ID),
        (ID[:5] + ID[6:], ID),
        (ID.replace("7", "1"), ID),
        ("5" * 25, None),
    ],
)
def test_the_neighbour_is_a_prefix_or_one_edit_away(value: str, near: str | None) -> None:
    assert index_id.neighbour(value, {OTHER: 9, ID: 1}) == near


# URIs


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("https://media.s3.amazonaws.com/a/b.mp4", "s3://media/a/b.mp4"),
        ("https://media.s3.eu-west-1.amazonaws.com/a%20b.mp4?X-Amz-Signature=1", "s3://media/a b.mp4"),
        ("https://s3-eu-west-1.amazonaws.com/media/a.mp4", "s3://media/a.mp4"),
        ("https://s3.amazonaws.com/media/a.mp4", "s3://media/a.mp4"),
        ("S3://media/a.mp4", "s3://media/a.mp4"),
        ("s3a://media/a.mp4", "s3://media/a.mp4"),
        ("s3:/media/a.mp4", "s3://media/a.mp4"),
        ("arn:aws:s3:::media/a.mp4", "s3://media/a.mp4"),
        ("https://example.com/a.mp4", None),
        ("/home/me/a.mp4", None),
        ("https://[", None),
    ],
)
def test_other_spellings_of_an_object_are_understood(text: str, meant: str | None) -> None:
    assert uri.as_s3(text) == meant


# Relations


def test_relations_are_told_at_the_later_entry_and_name_the_earlier() -> None:
    found = reviewed([entry("01"), entry("02"), entry("01"), entry("01", language="es")]).findings
    assert [(item.code, item.entry, item.field) for item in found] == [
        ("TL402", 2, None),
        ("TL401", 3, "object"),
    ]
    assert all("entry 0 (line 2)" in item.message for item in found)


def test_one_cause_gives_one_finding_per_entry() -> None:
    bare = "s3://media/"
    assert told([entry("01", transcription=bare), entry("02", transcription=bare)]) == [
        ("TL203", 0),
        ("TL203", 1),
    ]
    assert told([entry("a/x"), entry("A/X")]) == [("TL406", 1)]


def test_the_minority_of_the_index_ids_is_told_entry_by_entry() -> None:
    rows = [entry(str(number), index_id=OTHER if number in (3, 7) else ID) for number in range(10)]
    assert told(rows) == [("TL404", 3), ("TL404", 7)]


def test_a_broken_index_id_is_no_minority() -> None:
    assert told([entry("01", index_id=ID + "1"), entry("02")]) == [("TL111", 0)]


def test_the_same_file_name_matters_within_one_index_only() -> None:
    assert told([entry("a/master"), entry("b/master", index_id=OTHER)]) == [("TL404", 1)]


def test_relations_do_not_depend_on_the_order_of_the_other_entries() -> None:
    rows = [entry(f"{number:03}") for number in range(200)]
    twice = [entry("017", language="es"), entry("150", language="es")]
    shuffled = rows + twice
    random.Random(7).shuffle(shuffled)
    assert [code for code, _ in told(rows + twice)] == ["TL401", "TL401"]
    assert [code for code, _ in told(shuffled)] == ["TL401", "TL401"]


def test_entries_behind_a_broken_one_keep_their_numbers() -> None:
    data = json.dumps([entry("01"), entry("02"), entry("01")], indent=2).encode()
    broken = data.replace(b'"s3://media/shows/02.mp4"', b"s3://media/shows/02.mp4")
    found = reviewed(broken)
    assert [(item.code, item.entry) for item in found.findings] == [("TL001", 1), ("TL402", 2)]
    assert found.entries == 3


# Facts


def test_a_rule_whose_fact_is_not_given_is_listed_as_not_run() -> None:
    def not_run(**options: Any) -> set[str]:
        return {item.code for item in reviewed([entry()], **options).not_run}

    assert (
        not_run() == {rule.code for rule in lint.RULES if rule.fact} >= {"TL008", "TL503", "TL505", "TL602"}
    )
    assert not_run() - not_run(facts=lint.Facts(access={})) == {"TL602"}
    assert not_run() - not_run(facts=lint.Facts(listing=[])) == {"TL504", "TL505", "TL506"}
    assert not_run() - not_run(facts=lint.Facts(config=CONFIG)) == {"TL503"}
    assert not_run() - not_run(facts=lint.Facts(built="m.report.json")) == {"TL608"}
    assert not_run() - not_run(ignore=["TL6"]) == {code for code in not_run() if code.startswith("TL6")}


def test_each_unreadable_transcription_is_told_with_the_verdicts_reason() -> None:
    rows = [entry("01"), entry("02"), entry("03"), entry("04")]
    accesses = ("public", "denied", "missing", "unknown")
    verdicts = {
        row["transcription"]: AccessVerdict(row["transcription"], access, status, f"reason {status}")
        for row, access, status in zip(rows, accesses, (200, 403, 404, 0), strict=True)
    }  # fmt: skip
    found = reviewed(rows, facts=lint.Facts(access=verdicts)).findings
    assert [(item.code, item.entry, item.field, item.line) for item in found] == [
        ("TL602", 1, "transcription", 12),
        ("TL602", 2, "transcription", 18),
    ]
    assert "reason 403" in found[0].message
    assert "reason 404" in found[1].message


# Control


def test_codes_are_selected_and_ignored_by_prefix_and_hidden_findings_counted() -> None:
    rows = [entry(index_id=ID + "1", language="EN")]
    assert [code for code, _ in told(rows)] == ["TL111", "TL302"]
    assert [code for code, _ in told(rows, select=["TL1"])] == ["TL111"]
    assert [code for code, _ in told(rows, ignore=["tl111"])] == ["TL302"]
    assert reviewed(rows, select=["TL1"], ignore=["TL111"]).suppressed == 2


@pytest.mark.parametrize("code", ["TL999", "X", "", "TL11l"])
def test_a_code_that_names_no_rule_is_wrong_usage(code: str) -> None:
    with pytest.raises(errors.UsageError) as caught:
        reviewed([entry()], select=[code])
    assert caught.value.hint


def test_a_pipe_is_read_too() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    found = lint.manifest(Pipe(json.dumps([entry(language="EN")]).encode()), "-")
    assert [item.code for item in found.findings] == ["TL302"]


def test_a_built_manifest_is_clean() -> None:
    rows = [
        Entry(ID, "en", f"s3://media/{number:05}.mp4", f"s3://media/{number:05}.en.vtt")
        for number in range(2000)
    ]
    found = reviewed(manifest.dumps(rows))
    assert (found.findings, found.entries) == ((), 2000)


def test_subtitles_are_judged_by_their_names_end() -> None:
    assert [item.code for item in lint.file(io.BytesIO(b"WEBVTT\n"), "a.VTT").findings] == ["TL708"]
    with pytest.raises(ValueError, match="neither"):
        lint.transcription(b"", "a.txt")


def test_reviews_merge() -> None:
    merged = lint.merge([reviewed([entry(language="EN")]), reviewed([entry(), entry("02")])])
    assert (len(merged.findings), merged.files, merged.entries) == (1, 2, 3)
    assert merged.not_run == reviewed([entry()]).not_run


def test_linting_loads_none_of_the_heavy_parts() -> None:
    script = (
        "import sys; from s3transfer_tl import cli; cli.run(['lint', sys.argv[1]]);"
        "heavy = {'boto3', 'botocore', 'requests', 'duckdb', 'pycurl', 'rich', 'langcodes', 'yaml'};"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(SAMPLES / "good-series.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_rules_that_lacked_their_facts_are_told_in_the_order_of_their_codes() -> None:
    codes = [item.code for item in lint.manifest(io.BytesIO(b"[]"), "m.json").not_run]
    assert "TL602" in codes
    assert codes == sorted(codes)
