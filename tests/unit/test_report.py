"""A review as text, JSON and JSON lines."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import report, schema
from s3transfer_tl.model import Finding, NotRun, Review, Severity

FINDING = Finding(
    code="TL111",
    name="index-id-length",
    severity=Severity.ERROR,
    message="index_id has 25 characters, not 24",
    hint="copy it again",
    file="m.json",
    line=3,
    column=5,
    end_column=9,
    entry=0,
    field="index_id",
    uri="s3://media/a.mp4",
)
BARE = Finding("TL005", "empty-manifest", Severity.WARNING, "blank", "build it", "e.json", 1, 1)
REVIEW = Review((FINDING, BARE), 2, 1200, 3, (NotRun("TL602", "access verdicts"),))
CLEAN = Review((), 1, 1)

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
places = st.none() | st.integers(1, 300)
findings = st.builds(
    Finding,
    code=st.just("TL111"),
    name=st.just("index-id-length"),
    severity=st.sampled_from(Severity),
    message=texts,
    hint=texts,
    file=texts,
    line=places,
    column=places,
    end_column=places,
    entry=st.none() | st.integers(0, 9),
    field=st.none() | texts,
    uri=st.none() | texts,
)
reviews = st.builds(
    Review,
    st.lists(findings, max_size=5).map(tuple),
    st.integers(0, 9),
    st.integers(0, 10**7),
    st.integers(0, 9),
    st.lists(st.just(NotRun("TL602", "access verdicts")), max_size=2).map(tuple),
)


def is_last_line(value: Any) -> bool:
    parts = {"$defs": schema.load("lint-report")["$defs"], "$ref": "#/$defs/last_line"}
    return jsonschema_rs.is_valid(parts, value)


def test_text_tells_place_code_severity_and_what_to_do() -> None:
    assert report.text.review(REVIEW) == (
        "m.json:3:5: TL111 error index_id has 25 characters, not 24\n"
        "    hint: copy it again\n"
        "e.json:1:1: TL005 warning blank\n"
        "    hint: build it\n"
        "not run: TL602 (needs access verdicts)\n"
        "1,200 entries in 2 files: 1 error, 1 warning, 0 infos; 3 suppressed\n"
    )


def test_a_clean_review_says_what_was_checked() -> None:
    assert report.text.review(CLEAN) == "1 entry in 1 file: 0 errors, 0 warnings, 0 infos\n"


def test_text_with_a_source_shows_the_line_and_a_caret_under_the_place() -> None:
    shown = report.text.review(REVIEW, lambda file, line: "    text" if file == "m.json" else None)
    about = "    at: entry 0, /0/index_id, s3://media/a.mp4\n"
    assert f"  3 |     text\n    |     ^^^^\n{about}    hint: copy it again\n" in shown


@pytest.mark.parametrize("line", ["\u65e5\u672ctext", "ab\x1b[text", "e\u0301\u0301 text"])
def test_the_caret_stands_right_behind_wide_and_hidden_characters(line: str) -> None:
    shown = report.text.review(Review((FINDING,), 1, 1), lambda file, number: line[:4].ljust(4) + line[4:])
    caret = shown.splitlines()[2]
    assert "\x1b" not in shown
    assert caret.rstrip("^").strip(" ") == "|"
    assert "^" in caret


def test_a_long_line_is_cut_about_the_place() -> None:
    finding = Finding("TL302", "x", Severity.ERROR, "m", "h", "f", 1, 5001, 5005)
    shown = report.text.review(
        Review((finding,), 1, 1), lambda file, number: "x" * 5000 + "HERE" + "y" * 5000
    )
    _, source, caret, *_ = shown.splitlines()
    assert len(source) < 130
    assert source[caret.index("^") : caret.rindex("^") + 1] == "HERE"


def test_text_folds_the_same_cause_and_json_never_does() -> None:
    many = Review((FINDING,) * 250 + (BARE,) * 2, 1, 250)
    shown = report.text.review(many)
    assert shown.count("m.json:3:5: TL111") == 3
    folded = "TL111 error on 250 entries, first at m.json:3:5; 247 not shown (--format json has all)\n"
    assert folded in shown
    assert shown.count("e.json:1:1: TL005") == 2
    assert len(json.loads(report.json.review(many))["findings"]) == 252
    assert len(report.json_lines.review(many).splitlines()) == 253


@given(reviews)
def test_text_never_passes_control_characters_on(review: Review) -> None:
    shown = report.text.review(review, lambda file, line: f"{file}\x1b]0;")
    assert all(line.isprintable() for line in shown.split("\n"))


@given(reviews)
def test_json_fits_its_schema_and_counts_add_up(review: Review) -> None:
    document = json.loads(report.json.review(review))
    assert schema.validator("lint-report").is_valid(document)
    summary = document["summary"]
    assert summary["errors"] + summary["warnings"] + summary["infos"] == len(document["findings"])


@given(reviews)
def test_json_lines_are_the_same_findings_and_then_the_summary(review: Review) -> None:
    document = json.loads(report.json.review(review))
    *lines, last = map(json.loads, report.json_lines.review(review).splitlines())
    assert lines == document.pop("findings")
    assert last == document
    assert is_last_line(last)
    assert not is_last_line({"summary": {}})


def test_the_shape_is_the_published_one() -> None:
    assert json.loads(report.json.review(REVIEW)) == {
        "format_version": 1,
        "findings": [
            {
                "code": "TL111",
                "name": "index-id-length",
                "severity": "error",
                "file": "m.json",
                "line": 3,
                "column": 5,
                "end_column": 9,
                "entry": 0,
                "field": "index_id",
                "uri": "s3://media/a.mp4",
                "message": "index_id has 25 characters, not 24",
                "hint": "copy it again",
                "fixable": False,
            },
            {
                "code": "TL005",
                "name": "empty-manifest",
                "severity": "warning",
                "file": "e.json",
                "line": 1,
                "column": 1,
                "end_column": None,
                "entry": None,
                "field": None,
                "uri": None,
                "message": "blank",
                "hint": "build it",
                "fixable": False,
            },
        ],
        "not_run": [{"code": "TL602", "needs": "access verdicts"}],
        "summary": {"files": 2, "entries": 1200, "errors": 1, "warnings": 1, "infos": 0, "suppressed": 3},
    }
