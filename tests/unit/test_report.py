"""A review as JSON, JSON lines and counts a rule."""

from __future__ import annotations

import io
import json
from typing import Any

import jsonschema_rs
from hypothesis import given

from s3transfer_tl import report, schema
from s3transfer_tl.model import Fix, Review, Severity
from tests.reviews import BARE, CLEAN, FINDING, NOTE, REVIEW, any_reviews, many, reviews


def is_last_line(value: Any) -> bool:
    parts = {"$defs": schema.load("lint-report")["$defs"], "$ref": "#/$defs/last_line"}
    return jsonschema_rs.is_valid(parts, value)


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


def test_json_holds_a_finding_a_line() -> None:
    lines = report.json.review(Review(many(3), 1, 3)).splitlines()
    assert [json.loads(line.rstrip(",")) for line in lines[3:6]] == [
        json.loads(line) for line in report.json_lines.review(Review(many(3), 1, 3)).splitlines()[:3]
    ]


@given(any_reviews)
def test_every_form_writes_any_review_as_utf_8(review: Review) -> None:
    for form in (*report.FORMATS.values(), *report.STATISTICS.values()):
        written = io.BytesIO()
        report.write(form, review, written)
        assert written.getvalue().decode("utf-8").endswith("\n")


@given(any_reviews)
def test_json_keeps_names_that_are_no_text(review: Review) -> None:
    written = io.BytesIO()
    report.write(report.FORMATS["json"], review, written)
    told = json.loads(written.getvalue())["findings"]
    # two surrogates that follow one another are one character to JSON
    names = [finding.file.encode("utf-16", "surrogatepass") for finding in review.findings]
    assert [item["file"].encode("utf-16", "surrogatepass") for item in told] == names


def test_statistics_count_each_rule_the_most_frequent_first() -> None:
    fixable = FINDING._replace(fix=Fix("safe", "Write it"))
    worse = NOTE._replace(severity=Severity.WARNING)
    review = Review((NOTE, worse, FINDING, *[fixable] * 1200, BARE), 3, 1200)
    assert "".join(report.STATISTICS["text"](review, report.Setting())) == (
        "1,201  TL111 error    index-id-length  [1,200 fixable]\n"
        "    2  TL709 warning  overlap\n"
        "    1  TL005 warning  empty-manifest\n"
        "fixable: 1,200 with lint --fix\n"
        "1,200 entries in 3 files: 1,201 errors, 2 warnings, 1 info\n"
    )
    document = json.loads("".join(report.STATISTICS["json"](review, report.Setting())))
    assert document["statistics"][0] == {
        "code": "TL111",
        "name": "index-id-length",
        "severity": "error",
        "count": 1201,
        "fixable": 1200,
    }


@given(reviews)
def test_statistics_fit_their_schema_and_add_up(review: Review) -> None:
    document = json.loads("".join(report.STATISTICS["json"](review, report.Setting())))
    assert schema.validator("lint-statistics").is_valid(document)
    assert sum(rule["count"] for rule in document["statistics"]) == len(review.findings)


def test_statistics_of_a_clean_review_are_its_summary() -> None:
    told = "".join(report.STATISTICS["text"](CLEAN, report.Setting()))
    assert told == "1 entry in 1 file: 0 errors, 0 warnings, 0 infos\n"
