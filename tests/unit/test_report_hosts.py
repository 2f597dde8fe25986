"""A review in the forms that build hosts read: GitHub's commands, GitLab's code quality, JUnit."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from junitparser import Failure, JUnitXml

from s3transfer_tl import report
from s3transfer_tl.model import Finding, Review, Severity
from s3transfer_tl.report import Setting
from tests.reviews import BARE, CLEAN, FINDING, NOTE, REVIEW, any_reviews, many

ODD = FINDING._replace(file="a,b:c%d.json", message="50% of\r\nit", hint="see: a, b")


def told(form: str, review: Review, **setting: object) -> str:
    return "".join(report.FORMATS[form](review, Setting(**setting)))  # type: ignore[arg-type]


def unescaped(text: str) -> str:
    """Return what the host makes of an escaped text: the four it knows, the percent sign last."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Read ``text`` as the host does: kind, properties and message of each command."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        if match := re.fullmatch(r"::(\w+) (.*?)::(.*)", line):
            pairs = (pair.split("=", 1) for pair in match[2].split(","))
            properties = {name: unescaped(value) for name, value in pairs}
            found.append((match[1], properties, unescaped(match[3])))
    return found


def test_github_gets_a_command_a_finding() -> None:
    assert told("github", REVIEW) == (
        "::error file=m.json,line=3,col=5,endColumn=9,title=TL111 index-id-length"
        "::index_id has 25 characters, not 24%0Acopy it again\n"
        "::warning file=e.json,line=1,col=1,title=TL005 empty-manifest::blank%0Abuild it\n"
        "not run: TL602 (needs access verdicts)\n"
        "1,200 entries in 2 files: 1 error, 1 warning, 0 infos; 3 suppressed\n"
    )
    assert told("github", CLEAN) == "1 entry in 1 file: 0 errors, 0 warnings, 0 infos\n"


def test_github_reads_back_what_had_to_be_escaped() -> None:
    text = told("github", Review((ODD,), 1, 1))
    assert "file=a%2Cb%3Ac%25d.json," in text
    assert "::50%25 of%0D%0Ait%0Asee: a, b\n" in text
    ((_, properties, message),) = commands(text)
    assert properties["file"] == ODD.file
    assert message == f"{ODD.message}\n{ODD.hint}"


@given(any_reviews)
def test_github_sees_no_command_that_is_not_ours(review: Review) -> None:
    text = told("github", review)
    assert len(commands(text)) == len(review.findings)
    assert all(line.isprintable() for line in text.split("\n"))


def test_github_gets_ten_of_a_kind_the_worst_first_and_is_told_of_the_rest() -> None:
    review = Review((*many(15, NOTE), *many(5, BARE), *many(100)), 3, 100)
    text = told("github", review)
    kinds = [kind for kind, _, _ in commands(text)]
    assert kinds == ["error"] * 10 + ["warning"] * 5 + ["notice"] * 10
    last = text.splitlines()[-1]
    assert last == "95 findings not shown: GitHub shows 10 of a kind; --format text or sarif has all"


def test_github_sees_every_cause_before_a_second_finding_of_any() -> None:
    other = FINDING._replace(code="TL602", message="denied", line=9000)
    kinds = commands(told("github", Review((*many(100), other), 1, 101)))
    assert [properties["title"].split()[0] for _, properties, _ in kinds] == ["TL111", "TL602"] + [
        "TL111"
    ] * 8


@pytest.mark.parametrize("form", ["github", "gitlab", "sarif"])
def test_paths_start_from_the_folder_that_the_host_checked_out(form: str) -> None:
    inside = FINDING._replace(file="/srv/repo/sub/m.json")
    plain = FINDING._replace(file="./sub/m.json")
    text = told(form, Review((inside, plain), 2, 2), folder="/srv/repo")
    assert text.count("sub/m.json") == 2
    assert "/srv/repo" not in text
    assert "./sub" not in text


def test_gitlab_gets_an_array_of_issues() -> None:
    issues = json.loads(told("gitlab", Review((FINDING, BARE, NOTE), 3, 1)))
    assert issues[0] == {
        "description": "TL111 index_id has 25 characters, not 24",
        "check_name": "TL111",
        "fingerprint": issues[0]["fingerprint"],
        "severity": "major",
        "location": {"path": "m.json", "lines": {"begin": 3}},
    }
    assert [issue["severity"] for issue in issues] == ["major", "minor", "info"]
    assert json.loads(told("gitlab", CLEAN)) == []


@given(any_reviews)
def test_gitlab_reads_any_review_and_no_two_issues_are_one(review: Review) -> None:
    issues = json.loads(told("gitlab", review))
    assert len({issue["fingerprint"] for issue in issues}) == len(review.findings)


def test_a_fingerprint_outlives_a_new_order_of_entries() -> None:
    def prints(findings: tuple[Finding, ...]) -> set[str]:
        return {issue["fingerprint"] for issue in json.loads(told("gitlab", Review(findings, 1, 1)))}

    before = many(50)
    moved = tuple(
        finding._replace(line=finding.line and 900 - finding.line, entry=None, column=7)
        for finding in reversed(before)
    )
    assert prints(before) == prints(moved)
    assert prints(before[:20]) < prints(before)
    assert prints((NOTE._replace(message="cue 7"),)) == prints((NOTE._replace(message="cue 12", line=90),))
    assert not prints(before) & prints(tuple(finding._replace(code="TL112") for finding in before))


def test_junit_has_a_suite_a_file_and_a_case_a_finding() -> None:
    files = ["clean.json", "m.json", "e.json", "a.srt"]
    review = Review((*many(2), BARE, NOTE), 4, 1200)
    suites = JUnitXml.fromstring(told("junit", review, files=files).encode())
    assert [(suite.name, suite.tests, suite.failures) for suite in suites] == [
        ("clean.json", 1, 0),
        ("m.json", 2, 2),
        ("e.json", 1, 0),
        ("a.srt", 1, 0),
    ]
    assert (suites.tests, suites.failures, suites.errors) == (5, 2, 0)
    (passed,), (case, _), *_ = suites
    assert passed.is_passed
    assert (case.classname, case.name) == ("m.json", "TL111 index-id-length: s3://media/0.mp4 index_id")
    (failure,) = case.result
    assert isinstance(failure, Failure)
    assert failure.type == "error"
    assert failure.message == "TL111 error index_id has 25 characters, not 24"
    assert failure.text.endswith("\nhint: copy it again")


@pytest.mark.parametrize(
    ("fail_on", "failures"),
    [(Severity.ERROR, 1), (Severity.WARNING, 2), (Severity.INFO, 3), (None, 0)],
)
def test_junit_fails_what_the_exit_code_fails(fail_on: Severity | None, failures: int) -> None:
    review = Review((FINDING, BARE, NOTE), 3, 1)
    suites = JUnitXml.fromstring(told("junit", review, fail_on=fail_on).encode())
    assert suites.failures == failures
    passed = [case for suite in suites for case in suite if case.is_passed]
    assert all("hint: " in case.system_out for case in passed)
    assert len(passed) == 3 - failures


@given(any_reviews)
def test_junit_reads_any_review_back(review: Review) -> None:
    text = told("junit", review, files=["\udcff\x00.json"])
    suites = JUnitXml.fromstring(text.encode())
    cases = [(case.classname, case.name) for suite in suites for case in suite]
    assert len(set(cases)) == len(cases) == suites.tests == len(review.findings) + 1


def test_junit_shows_what_xml_cannot_hold() -> None:
    review = Review((FINDING._replace(message="a\x00b\x1b\ufffe<&\"'>"),), 1, 1)
    ((case,),) = JUnitXml.fromstring(told("junit", review).encode())
    assert case.result[0].message == "TL111 error a\\x00b\\x1b\\ufffe<&\"'>"
