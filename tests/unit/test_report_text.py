"""A review for people: as text with its places in the source, and as a line a finding."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import report
from s3transfer_tl.model import Finding, Fix, NotRun, Review, Severity
from s3transfer_tl.report import Setting
from tests.reviews import BARE, CLEAN, FINDING, NOTE, REVIEW, any_reviews, many, reviews


def text(review: Review, **told: object) -> str:
    return "".join(report.FORMATS["text"](review, Setting(**told)))  # type: ignore[arg-type]


def concise(review: Review, most: int | None = None) -> str:
    return "".join(report.FORMATS["concise"](review, Setting(most=most)))


def snippet(line: str, column: int, end: int | None, width: int = 120) -> tuple[str, str]:
    """Return the source line and the caret line that are shown."""
    finding = FINDING._replace(line=12, column=column, end_column=end)
    _, source, caret, *_ = text(
        Review((finding,), 1, 1), source=lambda file, number: line, width=width
    ).splitlines()
    assert source.startswith("  12 | ")
    assert caret.startswith("     | ")
    return source, caret


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


def test_what_the_reader_needs_to_find_an_entry_is_told() -> None:
    odd = FINDING._replace(field="a/b~c", uri=None, entry=3)
    caption = NOTE._replace(uri=None)
    shown = text(Review((FINDING, odd, caption), 2, 9), source=lambda file, line: "x")
    assert "    at: entry 0, /0/index_id, s3://media/a.mp4\n" in shown
    assert "    at: entry 3, /3/a~1b~0c\n" in shown
    assert shown.count("    at: ") == 2


@pytest.mark.parametrize("width", [0, 20, 40, 60, 80, 200])
@pytest.mark.parametrize("line", ["x" * 300, "\u65e5" * 300, "e\u0301" * 300, "\x1b" * 300])
def test_a_line_and_its_caret_fit_the_terminal(line: str, width: int) -> None:
    source, caret = snippet(line, 151, 155, width)
    assert report.text.cells(source) <= max(width, 40)
    assert under(source, caret) == report.text.printable(line[150:154])


def under(source: str, caret: str) -> str:
    """Return what stands above the carets, by cells."""
    columns: list[str] = []
    for char in source:
        if width := report.text.cells(char):
            columns += [char, *[""] * (width - 1)]
        else:
            columns[-1] += char
    return "".join(columns[caret.index("^") : caret.rindex("^") + 1])


def test_a_short_line_is_shown_whole_wherever_the_place_is() -> None:
    for column in (1, 50, 100, 101):
        source, _ = snippet("y" * 100, column, None)
        assert source == "  12 | " + "y" * 100


def test_tabs_of_an_indent_take_four_cells_and_others_are_shown() -> None:
    source, caret = snippet('\t\t"en\t"', 3, 8)
    assert source == '  12 |         "en\\t"'
    assert caret == "     |         ^^^^^^"


def test_a_place_behind_the_line_has_its_caret_behind_the_line() -> None:
    assert snippet("[1", 3, None) == ("  12 | [1", "     |   ^")


@given(st.text(max_size=400), st.integers(1, 500), st.none() | st.integers(1, 500), st.integers(0, 200))
def test_any_place_of_any_line_can_be_shown(line: str, column: int, end: int | None, width: int) -> None:
    source, caret = snippet(line.replace("\n", ""), column, end, width)
    assert source.isprintable()
    assert re.fullmatch(r" {5}\| \.{0,3} *\^+", caret)


def test_different_things_said_of_a_field_are_not_one_cause() -> None:
    typos = tuple(finding._replace(message=f"typo {number}") for number, finding in enumerate(many(50)))
    shown = text(Review(typos, 1, 50))
    assert all(f"typo {number}\n" in shown for number in range(50))


def test_a_rule_shows_so_many_and_tells_how_many_were_cut() -> None:
    typos = tuple(finding._replace(message=f"typo {number}") for number, finding in enumerate(many(50)))
    shown = text(Review((*typos, BARE), 1, 50), most=20)
    assert shown.count("TL111 error typo") == 20
    assert "e.json:1:1: TL005 warning blank\n" in shown
    assert "30 more TL111 findings not shown: --max-findings is 20 a rule (--format json has all)\n" in shown


def test_a_folded_cause_takes_one_of_a_rules_places() -> None:
    folded = tuple(FINDING._replace(message=f"cause {number}") for number in range(3) for _ in range(100))
    shown = text(Review(folded, 1, 300), most=2)
    assert shown.count("on 100 entries, first at m.json:3:5; 97 not shown") == 2
    assert "100 more TL111 findings not shown" in shown


def test_the_worst_few_are_shown_where_few_are_asked_for() -> None:
    shown = report.text.review(Review((NOTE, BARE, FINDING), 1, 1), most=2)
    assert shown.startswith("m.json:3:5: TL111 error")
    assert "\nand 1 more finding\n" in shown


def test_codes_in_a_row_are_told_as_one() -> None:
    lacking = tuple(NotRun(f"TL{number}", "a fact") for number in (303, 505, 506, 601, 602, 603, 604, 701))
    assert text(Review((), 1, 1, 0, lacking)).startswith("not run: TL303, TL505, TL506, TL601-TL604, TL701 (")


def test_rules_that_lacked_different_facts_are_told_in_one_line() -> None:
    lacking = (NotRun("TL602", "access"), NotRun("TL008", "a limit"), NotRun("TL602", "access"))
    assert text(Review((), 1, 1, 0, lacking)) == (
        "not run: TL008, TL602 (s3transfer-tl rules CODE tells what each needs)\n"
        "1 entry in 1 file: 0 errors, 0 warnings, 0 infos\n"
    )


@pytest.mark.parametrize(
    ("safe", "unsafe", "said"),
    [
        (2, 0, "fixable: 2 with lint --fix\n"),
        (0, 1, "fixable: 1 with lint --fix --unsafe-fixes\n"),
        (2, 1, "fixable: 2 with lint --fix, 1 more with lint --fix --unsafe-fixes\n"),
    ],
)
def test_what_can_be_mended_is_counted(safe: int, unsafe: int, said: str) -> None:
    mendable = [FINDING._replace(fix=Fix("safe", "t"))] * safe + [
        BARE._replace(fix=Fix("unsafe", "t"))
    ] * unsafe
    assert f"\n{said}1 entry in 1 file: " in text(Review((NOTE, *mendable), 1, 1))


def test_concise_is_a_line_a_finding() -> None:
    without = BARE._replace(line=None, column=None)
    assert concise(Review((FINDING, without), 2, 9)) == (
        "m.json:3:5: TL111 error index_id has 25 characters, not 24\n"
        "e.json:1:1: TL005 warning blank\n"
        "9 entries in 2 files: 1 error, 1 warning, 0 infos\n"
    )
    cut = concise(Review(many(50), 1, 50), most=20)
    assert cut.count("m.json:") == 20
    assert "30 more TL111 findings not shown" in cut


@given(any_reviews)
def test_every_concise_finding_matches_one_pattern(review: Review) -> None:
    lines = concise(review).split("\n")[: len(review.findings)]
    pattern = re.compile(r"(.+):(\d+):(\d+): (TL\d{3}) (error|warning|info) (.+)")
    for line, finding in zip(lines, review.findings, strict=True):
        match = pattern.fullmatch(line)
        assert match
        assert match[4] == finding.code
