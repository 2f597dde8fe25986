"""A review as SARIF, held against the format's own schema."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from s3transfer_tl import __version__, lint, report
from s3transfer_tl.model import Edit, Fix, Review, Severity
from s3transfer_tl.report import RulePage, Setting, sarif
from tests.reviews import BARE, CLEAN, FINDING, NOTE, REVIEW, any_reviews, many

SCHEMA = json.loads(
    (Path(__file__).parent.parent / "fixtures" / "sarif" / "sarif-2.1.0-rtm.5.json").read_text("utf-8")
)
FORMATS = jsonschema.FormatChecker(formats=())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=FORMATS)
PAGES = {rule.code: RulePage(rule.name, rule.severity, rule.finds, lint.page(rule)) for rule in lint.RULES}


@FORMATS.checks("uri-reference")
def is_reference(value: object) -> bool:
    """Tell whether ``value`` has the characters of RFC 3986 only."""
    return re.fullmatch(r"([!#$&-;=?-Z_a-z~]|%[0-9A-F]{2})*", str(value)) is not None


@FORMATS.checks("uri")
def is_absolute(value: object) -> bool:
    return is_reference(value) and re.match(r"[a-z]+:", str(value)) is not None


def log(review: Review, **setting: Any) -> dict[str, Any]:
    """Return the one run of the log, which is valid."""
    document = json.loads("".join(sarif.parts(review, Setting(**setting))))
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def test_the_schema_refuses_what_is_no_sarif() -> None:
    assert not VALIDATOR.is_valid({"version": "2.1.0"})
    document = json.loads("".join(sarif.parts(REVIEW)))
    document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "a b"
    assert not VALIDATOR.is_valid(document)


def test_a_finding_is_a_result() -> None:
    run = log(REVIEW, rules=PAGES)
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["tool"]["driver"]["version"] == __version__
    result = run["results"][0]
    assert result == {
        "ruleId": "TL111",
        "ruleIndex": 1,
        "level": "error",
        "message": {"text": "index_id has 25 characters, not 24\ncopy it again"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "m.json"},
                    "region": {"startLine": 3, "startColumn": 5, "endColumn": 9},
                },
                "logicalLocations": [{"fullyQualifiedName": "/0/index_id"}],
            }
        ],
        "partialFingerprints": result["partialFingerprints"],
    }
    assert run["tool"]["driver"]["rules"][1]["id"] == "TL111"
    assert run["properties"] == {"files": 2, "entries": 1200, "suppressed": 3}


def test_levels_are_what_hosts_know() -> None:
    assert [result["level"] for result in log(Review((FINDING, BARE, NOTE), 3, 1))["results"]] == [
        "error",
        "warning",
        "note",
    ]


def test_every_rule_brings_its_page() -> None:
    findings = tuple(FINDING._replace(code=rule.code, name=rule.name) for rule in lint.RULES)
    rules = log(Review(findings, 1, 1), rules=PAGES)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in lint.RULES]
    for rule in rules:
        assert rule["help"]["markdown"].startswith(f"# {rule['id']} ")
        assert rule["shortDescription"]["text"]


def test_a_clean_review_is_a_run_without_results() -> None:
    assert log(CLEAN)["results"] == []


@given(any_reviews)
def test_any_review_is_a_valid_log_with_marks_of_its_own(review: Review) -> None:
    run = log(review, folder="/work")
    marks = [result["partialFingerprints"]["ruleAndObject/v1"] for result in run["results"]]
    assert len(set(marks)) == len(review.findings)


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b#c?d%e.json", "a%20b%23c%3Fd%25e.json"),
        ("c:d.json", "c%3Ad.json"),
        ("\u65e5.json", "%E6%97%A5.json"),
        ("x\udcff.json", "x%FF.json"),
        ("./sub/m.json", "sub/m.json"),
        ("/repo/sub/m.json", "sub/m.json"),
        ("/other/m.json", "file:///other/m.json"),
        ("<stdin>", "%3Cstdin%3E"),
    ],
)
def test_a_path_is_a_uri(file: str, uri: str) -> None:
    (result,) = log(Review((FINDING._replace(file=file),), 1, 1), folder="/repo")["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_fix_names_bytes_and_what_comes_in_their_place() -> None:
    safe = Fix("safe", "Write en", (Edit(10, 14, b'"en"'), Edit(20, 21, b"")))
    unsafe = Fix("unsafe", "Write latin", (Edit(0, 2, b"\xff"),))
    whole = Fix("safe", "Sort the file")
    findings = tuple(FINDING._replace(fix=fix) for fix in (safe, unsafe, whole))
    first, second, third = log(Review(findings, 1, 1))["results"]
    (change,) = first["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "m.json"
    assert change["replacements"] == [
        {"deletedRegion": {"byteOffset": 10, "byteLength": 4}, "insertedContent": {"text": '"en"'}},
        {"deletedRegion": {"byteOffset": 20, "byteLength": 1}},
    ]
    assert first["fixes"][0]["description"]["text"] == "Write en"
    assert "unsafe" in second["fixes"][0]["description"]["text"]
    (replacement,) = second["fixes"][0]["artifactChanges"][0]["replacements"]
    assert base64.b64decode(replacement["insertedContent"]["binary"]) == b"\xff"
    assert "fixes" not in third


def test_rules_that_did_not_run_are_told() -> None:
    (notification,) = log(REVIEW)["invocations"][0]["toolConfigurationNotifications"]
    assert notification["message"]["text"] == "TL602 did not run: it needs access verdicts"


def test_a_host_gets_the_worst_it_takes_and_is_told_of_the_rest() -> None:
    review = Review((*many(24_990, NOTE), *many(20)), 1, 25_010)
    document = json.loads("".join(sarif.parts(review)))
    (run,) = document["runs"]
    levels = [result["level"] for result in run["results"]]
    assert levels == ["error"] * 20 + ["note"] * 24_980
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"].startswith("25,000 of 25,010 findings are results, the worst first")
    whole = report.FORMATS["sarif"](Review(review.findings[:25_000], 1, 1), Setting())
    assert "toolExecutionNotifications" not in "".join(whole)


def test_the_mark_is_the_same_whether_or_not_others_are_cut() -> None:
    worst = FINDING._replace(severity=Severity.ERROR, uri="s3://media/z.mp4")
    (alone,) = log(Review((worst,), 1, 1))["results"]
    run = json.loads("".join(sarif.parts(Review((*many(25_000, NOTE), worst), 1, 1))))["runs"][0]
    assert run["results"][0]["partialFingerprints"] == alone["partialFingerprints"]
