"""config: what is accepted, and a position for every complaint."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import config
from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import Config, Finding, Severity

FULL = """\
version: 1
index_id: 629d807aa9e2a3a33a92c00b
language: en
videos:
  source: s3://media/shows/
  include: ["**/*.mp4", "**/*.mov"]
  exclude: ["**/proxies/**"]
transcriptions:
  source: s3://media/subtitles/
naming:
  rules:
    - preset: sidecar
    - name: mirrored
      video: "{path:**}.{ext}"
      transcription: "{lang}/{path:**}.{format}"
      index_id: 6298d673f1090f1100476d4c
    - name: raw
      video_regex: '(?P<id>[A-Z]{3}\\d{5})_.*\\.mxf'
      transcription_regex: 'cc/(?P<id>[A-Z]{3}\\d{5})\\.(?P<lang>[a-z]{2})\\.srt'
      ignore_case: true
prefer:
  languages: [en, es]
  formats: [vtt, srt]
policy:
  unmatched_video: omit
  ambiguous: fail
access: each
"""
SMALL = "version: 1\nvideos: {source: 's3://b/'}\n"


def read(text: str) -> Config:
    found, findings = config.parse(text.encode(), "transfer.yaml")
    assert findings == []
    assert found is not None
    return found


def complaints(text: str | bytes) -> list[Finding]:
    data = text.encode() if isinstance(text, str) else text
    found, findings = config.parse(data, "transfer.yaml")
    assert found is None
    assert findings
    return findings


def test_the_contracts_own_example_is_read_whole() -> None:
    found = read(FULL)
    assert found.index_id == "629d807aa9e2a3a33a92c00b"
    assert found.videos.include == ("**/*.mp4", "**/*.mov")
    assert found.transcriptions is not None
    assert found.transcriptions.source == "s3://media/subtitles/"
    assert [rule.preset or rule.name for rule in found.rules] == ["sidecar", "mirrored", "raw"]
    assert found.rules[2].ignore_case
    assert found.prefer_languages == ("en", "es")


def test_what_is_left_out_has_the_contracts_defaults() -> None:
    found = read(SMALL)
    assert [rule.preset for rule in found.rules] == ["sidecar"]
    assert (found.unmatched_video, found.ambiguous, found.access) == ("omit", "fail", "each")
    assert found.transcriptions is None


@pytest.mark.parametrize("word", ["no", "NO", "on", "yes", "off", "12:30", "0x1F", "1_000"])
def test_yaml_1_2_words_stay_text(word: str) -> None:
    assert read(SMALL + f"language: {word}\n").language == word


def test_access_off_needs_no_quotes() -> None:
    assert read(SMALL + "access: off\n").access == "off"


@pytest.mark.parametrize(
    ("text", "place", "says", "hint"),
    [
        ("version: 1\nlangage: en\nvideos: {source: a}\n", (2, 1), "unknown key 'langage'", "'language'"),
        ("version: 2\nvideos: {source: a}\n", (1, 10), "must be 1", "version 1"),
        ("version: 1\n", (1, 1), "'videos' is missing", "videos:"),
        ("version: 1\nvideos: {}\n", (2, 1), "'source' is missing", "source:"),
        ("version: 1\nvideos: {source: a, sorce: b}\n", (2, 21), "unknown key 'sorce'", "'source'"),
        (
            "version: 1\nversion: 1\nvideos: {source: a}\n",
            (2, 1),
            "stands twice, first on line 1",
            "keep one",
        ),
        ("version: 1\nvideos: {source: 1}\n", (2, 18), "must be text", "schema config"),
        ("version: 1\nvideos: {source: ''}\n", (2, 19), "must not be empty", "value"),
        (SMALL + "access: eech\n", (3, 9), "one of: each, off", "'each'"),
        (SMALL + "policy: {ambiguous: frist}\n", (3, 21), "one of: fail, first, omit", "'first'"),
        (SMALL + "naming: {rules: []}\n", (3, 17), "must not be empty", "value"),
        (SMALL + "naming:\n  rules:\n    - name: x\n", (5, 7), "says nothing", "preset:"),
        (SMALL + "naming:\n  rules:\n    - video: a\n", (5, 7), "lacks 'transcription'", "transcription:"),
        (SMALL + "naming:\n  rules:\n    - preset: zoom\n      video: a\n", (5, 7), "mixes", "two rules"),
        (SMALL + "naming: {rules: [{preset: sidecarr}]}\n", (3, 27), "one of: sidecar", "'sidecar'"),
        (SMALL + "language:\n", (3, 10), "must be text", "schema"),
        ("a: &x 1\nb: *x\n", (2, 4), "aliases", "write the value out"),
        ("a: !!python/object:os.system {}\n", (1, 4), "tag !!python/object:os.system", "remove the tag"),
        ('a: "\\ud800"\n', (1, 4), "half of a surrogate pair", "character itself"),
        ('"\\ude00": a\n', (1, 1), "half of a surrogate pair", "character itself"),
        ("a: !local b\n", (1, 4), "tag !local", "remove the tag"),
        ("a: !!int abc\n", (1, 4), "tag !!int", "remove the tag"),
        ("version: !!float x\n", (1, 10), "tag !!float", "remove the tag"),
        (SMALL + "transcriptions: {incude: [a]}\n", (3, 18), "unknown key 'incude'", "'include'"),
        (SMALL + "lint: {ignor: [TL1]}\n", (3, 8), "unknown key 'ignor'", "'ignore'"),
        (SMALL + "lint: {ignore: TL1}\n", (3, 16), "must be a list", "schema"),
        (SMALL + "lint: {severity: {TL404: eror}}\n", (3, 26), "one of: error, warning, info", "'error'"),
        (SMALL + "lint: {max_entries: 0}\n", (3, 21), "must be 1 or more", "larger"),
        (SMALL + "lint: {max_entries: many}\n", (3, 21), "must be a whole number", "schema"),
        (SMALL + "lint: {per_path_ignores: {'a/*': []}}\n", (3, 34), "must not be empty", "value"),
        ("[" * 200, (1, 101), "nested deeper", "five levels"),
        ("a: [1\n", (2, 1), "not YAML", "mend"),
        ("a: -\n", (1, 4), "not YAML", "quotes"),
        ("a: **/*.mp4\n", (1, 5), "not YAML", "quotes"),
        ("a:\n  - **/*.mp4\n", (2, 6), "not YAML", "quotes"),
        ("a: @b\n", (1, 4), "not YAML", "quotes"),
        ("a: \x07\n", (1, 4), "not YAML", "remove"),
        (b"a: \xff\n", (1, 4), "not UTF-8", "UTF-8"),
        ("", (1, 1), "empty", "version: 1"),
        ("- a\n", (1, 1), "must be a mapping", "schema"),
        ("? [a]\n: b\n", (1, 3), "a key must be a word", "key: value"),
    ],
)
def test_each_complaint_has_its_place_and_its_way_out(
    text: str | bytes, place: tuple[int, int], says: str, hint: str
) -> None:
    first = complaints(text)[0]
    assert (first.line, first.column) == place
    assert says in first.message
    assert hint in first.hint


def test_without_a_source_of_their_own_the_transcriptions_are_in_the_videos_listing() -> None:
    text = "version: 1\nvideos: {source: keys.txt, root: 's3://b/'}\ntranscriptions: {exclude: ['old/**']}\n"
    side = read(text).transcriptions
    assert side is not None
    assert (side.source, side.root, side.exclude) == ("keys.txt", "s3://b/", ("old/**",))
    own = read(text.replace("exclude: ['old/**']", "root: 's3://b/subs/'")).transcriptions
    assert own is not None
    assert (own.source, own.root) == ("keys.txt", "s3://b/subs/")


def test_the_lint_section_is_read_with_its_places() -> None:
    text = """\
lint:
  select: [TL1]
  ignore: [TL111]
  severity: {TL404: error, TL1: info}
  per_path_ignores:
    "archive/**/*.srt": [TL709]
  baseline: lint.baseline.json
  languages: [en, es]
  max_entries: 1000
"""
    spec = read(SMALL + text).lint
    assert (spec.select, spec.ignore) == (("TL1",), ("TL111",))
    assert spec.severity == {"TL404": Severity.ERROR, "TL1": Severity.INFO}
    assert spec.per_path_ignores == {"archive/**/*.srt": ("TL709",)}
    assert (spec.baseline, spec.languages, spec.max_entries) == ("lint.baseline.json", ("en", "es"), 1000)
    assert spec.marks["severity.TL404"][:2] == (6, 14)
    assert spec.marks["per_path_ignores.archive/**/*.srt.0"][:2] == (8, 26)


def test_a_text_may_be_told_to_be_one() -> None:
    assert read(SMALL + "language: !!str no\n").language == "no"


def test_all_complaints_come_at_once_in_file_order() -> None:
    findings = complaints("version: 1\nlangage: en\nvideos: {source: 1, x: 2}\n")
    assert [(one.line, one.column) for one in findings] == [(2, 1), (3, 18), (3, 21)]


def test_a_patterns_mark_is_where_its_text_begins() -> None:
    rules = read(FULL).rules
    lines = FULL.splitlines()
    for rule, key in ((rules[1], "video"), (rules[2], "video_regex"), (rules[2], "transcription_regex")):
        mark = rule.marks[key]
        assert mark.literal
        assert lines[mark.line - 1][mark.column - 1 :].startswith(getattr(rule, key))


def test_an_escaped_text_is_marked_as_not_literal() -> None:
    escaped = SMALL + 'naming: {rules: [{video: "a\\x41", transcription: b}]}\n'
    assert not read(escaped).rules[0].marks["video"].literal


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: No such file") as caught:
        config.load(tmp_path / "none.yaml")
    assert caught.value.exit_code == 2


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    config.parse(data, "x")


@given(st.text(alphabet="version: 1{}[]'\"\n -&*!|>#,?%@`~\tabé\x85", max_size=80))
def test_every_complaint_lies_inside_the_file(text: str) -> None:
    _, findings = config.parse(text.encode(), "x")
    lines = text.splitlines() or [""]
    for finding in findings:
        assert 1 <= (finding.line or 0) <= len(lines) + 1
