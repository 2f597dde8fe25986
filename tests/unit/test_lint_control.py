"""lint.control: what of the rules' findings counts, and how much."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s3transfer_tl import config, lint
from s3transfer_tl.errors import ConfigError, NothingToDo, UsageError
from s3transfer_tl.lint.control import Control
from s3transfer_tl.model import Config, Finding, Review, Severity

HEAD = "version: 1\nvideos: {source: a}\nlint:\n"
ENTRY = {
    "index_id": "629d807aa9e2a3a33a92c00b",
    "language": "en",
    "object": "s3://media/a.mp4",
    "transcription": "s3://media/a.srt",
}


def parsed(section: str, path: str = "transfer.yaml") -> Config:
    found, findings = config.parse((HEAD + section).encode(), path)
    assert findings == []
    assert found is not None
    return found


def finding(code: str, file: str = "m.json", uri: str | None = None, message: str = "x") -> Finding:
    rule = lint.rule(code)
    return Finding(code, rule.name, rule.severity, message, "y", file, 1, 1, 2, uri=uri)


def judged(control: Control, *findings: Finding) -> Review:
    return control.apply(Review(findings, 1, 1))


def reviewed(control: Control, *changes: dict[str, str]) -> Review:
    text = json.dumps([ENTRY | change for change in changes])
    return control.apply(lint.manifest(io.BytesIO(text.encode()), "m.json", select=control.select))


def test_without_a_config_everything_counts_as_the_rules_say() -> None:
    found = (finding("TL111"), finding("TL404"))
    assert judged(Control(), *found).findings == found


def test_what_is_ignored_everywhere_is_counted_as_suppressed() -> None:
    review = reviewed(
        Control(parsed("  ignore: [TL302]\n")),
        {"language": "EN"},
        {"language": "english", "object": "s3://media/b.mp4", "transcription": "s3://media/b.srt"},
    )
    assert [one.code for one in review.findings] == ["TL301"]
    assert review.suppressed == 1


def test_selected_rules_are_the_only_ones() -> None:
    control = Control(parsed("  select: [TL1, TL302]\n"))
    assert {code[:3] for code in control.select} == {"TL1", "TL3"}
    assert [one.code for one in reviewed(control, {"language": "EN"}).findings] == ["TL302"]


@pytest.mark.parametrize(
    ("select", "ignore", "left"),
    [
        ([], [], ["TL404"]),
        (["TL3"], [], ["TL302"]),  # named on the command line: the config ignores it in vain
        ([], ["TL404"], []),
        (["TL3", "TL404"], ["TL404"], ["TL302"]),
        (["TL302"], [], ["TL302"]),
    ],
)
def test_the_command_line_beats_the_config(select: list[str], ignore: list[str], left: list[str]) -> None:
    control = Control(parsed("  ignore: [TL302]\n"), select=select, ignore=ignore)
    assert [one.code for one in judged(control, finding("TL302"), finding("TL404")).findings] == left


@pytest.mark.parametrize(
    ("levels", "code", "expected"),
    [
        ("{TL404: error}", "TL404", "error"),
        ("{TL4: error}", "TL404", "error"),
        ("{TL: info}", "TL111", "info"),
        ("{TL1: warning, TL111: info}", "TL111", "info"),
        ("{TL111: info, TL1: warning}", "TL111", "info"),
        ("{TL1: warning, TL11: info}", "TL101", "warning"),
        ("{TL2: error}", "TL404", "warning"),
        ("{tl404: error}", "TL404", "error"),
    ],
)
def test_the_longest_key_tells_the_severity(levels: str, code: str, expected: str) -> None:
    (one,) = judged(Control(parsed(f"  severity: {levels}\n")), finding(code)).findings
    assert one.severity.value == expected


@pytest.mark.parametrize(
    ("glob", "file", "ignored"),
    [
        ("archive/**/*.srt", "archive/a.srt", True),
        ("archive/**/*.srt", "archive/2019/deep/a.srt", True),
        ("archive/**/*.srt", "./archive/../archive/a.srt", True),
        ("archive/**/*.srt", "other/a.srt", False),
        ("archive/**/*.srt", "archive/a.vtt", False),
        ("*.json", "m.json", True),
        ("*.json", "sub/m.json", False),
        ("**", "sub/m.json", True),
        ("{a,b}.json", "b.json", True),
    ],
)
def test_globs_are_matched_from_the_configs_folder(
    glob: str, file: str, ignored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    control = Control(parsed(f"  per_path_ignores: {{'{glob}': [TL709]}}\n"))
    assert bool(judged(control, finding("TL709", file)).findings) is not ignored
    assert judged(control, finding("TL710", file)).findings


def test_globs_start_at_the_config_wherever_the_run_does(tmp_path: Path) -> None:
    control = Control(parsed("  per_path_ignores: {'a/*.srt': [TL7]}\n", str(tmp_path / "transfer.yaml")))
    assert not judged(control, finding("TL709", str(tmp_path / "a" / "x.srt"))).findings
    assert judged(control, finding("TL709", "a/x.srt")).findings


def test_no_rule_left_is_nothing_to_do() -> None:
    with pytest.raises(NothingToDo, match="no rule is left"):
        Control(select=["TL1"], ignore=["TL1"])
    with pytest.raises(NothingToDo, match="no rule is left"):
        Control(parsed("  ignore: [TL]\n"))


@pytest.mark.parametrize(
    ("section", "place", "says", "hint"),
    [
        ("  ignore: [TL4, TL1x1]\n", (4, 17), "no rule begins with 'TL1x1'", "did you mean TL1"),
        ("  select: [TX1]\n", (4, 12), "no rule begins with 'TX1'", "rules"),
        ("  severity:\n    TL9999: error\n", (5, 5), "no rule begins with 'TL9999'", "rules"),
        ("  per_path_ignores:\n    'a/*': [TL1, TLx]\n", (5, 18), "no rule begins with 'TLx'", "rules"),
        ("  per_path_ignores:\n    'a/[': [TL1]\n", (5, 8), "`[` has no end", "itself"),
        ("  languages: [en, nonsense]\n", (4, 19), "'nonsense' is not a BCP 47 tag", "pt-BR"),
    ],
)
def test_a_wrong_code_is_told_at_its_place(
    section: str, place: tuple[int, int], says: str, hint: str
) -> None:
    (one,) = lint.complaints(parsed(section))
    assert (one.line, one.column) == place
    assert says in one.message
    assert hint in one.hint
    with pytest.raises(ConfigError):
        lint.require_sound(parsed(section))


def test_an_ignore_that_hides_nothing_is_told_once_the_whole_folder_was_judged() -> None:
    section = "  ignore: [TL302, TL404]\n  per_path_ignores: {'m.json': [TL2, TL4]}\n"
    control = Control(parsed(section))
    judged(control, finding("TL302"), finding("TL406"))
    found = control.unused(["m.json"], whole=True).findings
    assert [(one.code, one.file, one.line, one.column) for one in found] == [
        ("TL901", "transfer.yaml", 4, 19),
        ("TL901", "transfer.yaml", 5, 33),
    ]
    assert control.unused(["m.json"], whole=False).findings == ()


def test_of_rules_that_did_not_run_no_ignore_is_called_unused() -> None:
    control = Control(parsed("  ignore: [TL602, TL8, TL405]\n"))
    assert [one.column for one in control.unused([], whole=True, not_run=["TL602"]).findings] == [24]
    assert control.unused([], whole=True, not_run=["TL602", "TL405"]).findings == ()
    assert Control(parsed("  ignore: [TL405]\n"), select=["TL1"]).unused([], whole=True).findings == ()
    assert Control(parsed("  ignore: [TL405, TL901]\n")).unused([], whole=True).findings == ()


@pytest.mark.parametrize(
    "value", ["629d807aa9e2a3a33a92c00b1", "<YOUR_INDEX_ID>", "629d8O7aa9e2a3a33a92c00b"]
)
def test_an_index_id_of_the_wrong_form_is_told_in_the_config(value: str) -> None:
    text = f"version: 1\nindex_id: '{value}'\nvideos: {{source: a}}\n"
    found, _ = config.parse(text.encode(), "transfer.yaml")
    assert found is not None
    (one,) = lint.complaints(found)
    assert (one.line, one.column, one.end_column) == (2, 12, 12 + len(value))
    assert one.code in ("TL111", "TL112", "TL114")
    lint.require_sound(found)  # the entries are written, and each is judged


def test_an_index_id_over_several_lines_has_no_end_on_its_first() -> None:
    text = "version: 1\nindex_id: 629d807aa9e'\n      trans2a3a33a92c00b\nvideos: {source: a}\n"
    found, _ = config.parse(text.encode(), "transfer.yaml")
    assert found is not None
    one = lint.complaints(found)[0]
    assert (one.line, one.column, one.end_column) == (2, 11, None)


@pytest.mark.parametrize("word", ["no", "NO", "on", "yes", "off"])
def test_a_bare_boolean_of_other_readers_is_told_with_its_fix(word: str) -> None:
    data = f"# caf\u00e9\nversion: 1\nlanguage: {word}\nvideos: {{source: a}}\naccess: off\n".encode()
    review = lint.configuration(data, "transfer.yaml")
    one = next(one for one in review.findings if one.code == "TL807")
    assert (one.line, one.column, one.end_column) == (3, 11, 11 + len(word))
    assert one.severity is Severity.WARNING
    assert one.fix is not None
    (edit,) = one.fix.edits
    mended = data[: edit.start] + edit.text + data[edit.end :]
    assert f'language: "{word}"'.encode() in mended
    assert "TL807" not in [one.code for one in lint.configuration(mended, "transfer.yaml").findings]


@pytest.mark.parametrize("line", ['language: "no"', "language: 'no'", "language: !!str no", "language: en"])
def test_a_quoted_word_is_no_complaint(line: str) -> None:
    data = f"version: 1\n{line}\nvideos: {{source: a}}\naccess: off\n".encode()
    assert lint.configuration(data, "transfer.yaml").findings == ()


def test_a_warning_about_the_config_does_not_keep_a_build_from_starting() -> None:
    found, _ = config.parse(b"version: 1\nlanguage: no\nvideos: {source: a}\n", "transfer.yaml")
    assert found is not None
    assert [one.code for one in lint.complaints(found)] == ["TL807"]
    lint.require_sound(found)


@settings(deadline=None)
@given(st.lists(st.sampled_from([rule.code for rule in lint.RULES]), max_size=20), st.data())
def test_nothing_is_lost_every_finding_is_told_or_counted(codes: list[str], data: st.DataObject) -> None:
    some = st.lists(st.sampled_from(["TL1", "TL2", "TL404", "TL7", "TL111"]), max_size=3)
    ignore, paths = data.draw(some), data.draw(some) or ["TL709"]
    control = Control(
        parsed(f"  ignore: {json.dumps(ignore)}\n  per_path_ignores: {{'*.srt': {json.dumps(paths)}}}\n")
    )
    findings = [finding(code, "a.srt" if code[2] == "7" else "m.json") for code in codes]
    review = judged(control, *findings)
    assert len(review.findings) + review.suppressed == len(findings)


def test_an_unknown_code_on_the_command_line_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="no rule begins with 'nonsense'"):
        Control(select=["nonsense"])


WORDS = st.one_of(
    st.sampled_from(["TL", "TL4", "TL404", "tl1", "TL9", "", "*", "[", "{", "a/**"]), st.text(max_size=4)
)
CODES = st.lists(WORDS, min_size=1, max_size=2)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "select": CODES,
            "ignore": CODES,
            "severity": st.dictionaries(
                WORDS, st.sampled_from(["error", "warning", "info", "x"]), max_size=2
            ),
            "per_path_ignores": st.dictionaries(WORDS, CODES, max_size=2),
            "languages": CODES,
            "max_entries": st.integers(-1, 3),
        },
    )
)
@example({"per_path_ignores": {"": [""]}})
def test_whatever_the_section_holds_is_told_or_can_be_used(section: dict[str, object]) -> None:
    data = json.dumps({"version": 1, "videos": {"source": "a"}, "lint": section}).encode()
    found, findings = config.parse(data, "transfer.yaml")
    findings = findings if found is None else lint.complaints(found)
    for one in findings:
        assert (one.line, one.hint != "") == (1, True)
        assert 1 <= (one.column or 0) <= len(data)
    if found is not None and not findings:
        try:
            judged(Control(found), finding("TL404"), finding("TL709", "a/b.srt"))
        except NothingToDo:
            assert found.lint.ignore


ONLY_JUDGES = "version: 1\nlint:\n  ignore: [TL405]\n"


def test_a_config_may_hold_a_lint_section_alone(tmp_path: Path) -> None:
    assert lint.configuration(ONLY_JUDGES.encode(), "transfer.yaml").findings == ()
    (tmp_path / "transfer.yaml").write_text(ONLY_JUDGES, encoding="utf-8")
    loaded = config.load(tmp_path / "transfer.yaml", only_to_judge=True)
    assert loaded.lint.ignore == ("TL405",)
    entry = ENTRY | {"transcription": "s3://other/z.srt"}
    review = lint.manifest(io.BytesIO(json.dumps([entry]).encode()), "m", facts=lint.Facts(config=loaded))
    assert review.findings == ()  # no naming rules decide: TL503 says nothing
    assert "TL503" in {one.code for one in review.not_run}
    with pytest.raises(ConfigError, match="names no videos"):
        config.load(tmp_path / "transfer.yaml")


@pytest.mark.parametrize(
    "more", ["language: en\n", "naming: {rules: [{preset: sidecar}]}\n", "access: off\n"]
)
def test_a_config_with_more_than_a_lint_section_needs_videos(more: str) -> None:
    findings = lint.configuration((ONLY_JUDGES + more).encode(), "transfer.yaml").findings
    assert [(one.code, one.message) for one in findings] == [("TL802", "'videos' is missing")]
