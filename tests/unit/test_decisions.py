"""decisions: what is written is read back byte for byte, and every complaint has its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s3transfer_tl import decisions, lint, schema
from s3transfer_tl.decisions import Decision
from s3transfer_tl.errors import ConfigError

HEAD = "version: 1\ndecisions:\n"
AWKWARD = [
    "a.mp4",
    " leading",
    "trailing ",
    "a: b",
    "a #b",
    "'\"\\",
    "line\nbreak\r\n",
    "tab\t\x00\x1f\x7f\x85\xa0",
    "caf\u00e9 cafe\u0301",
    "\u2028\u2029\ufeff\ufffe\uffff",
    "\U0001f600\U0010ffff",
    "null",
    "~",
    "- [x]",
    "%41?x=1&y",
    "no",
]
KEYS = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=30),
    st.text("ab :#'\"\\\n-", min_size=1, max_size=8),
)


@st.composite
def some(draw: st.DrawFn) -> list[Decision]:
    videos = draw(st.lists(KEYS, unique=True, max_size=6))
    free = draw(st.lists(KEYS, unique=True, min_size=len(videos), max_size=len(videos)))
    tags = st.sampled_from([None, "en", "no", "pt-BR", "zh-Hant-TW"])
    return [
        Decision(f"s3://media/{video}", draw(st.sampled_from([None, f"s3://other.b/{other}"])), draw(tags))
        for video, other in zip(videos, free, strict=True)
    ]


def read(text: str) -> list[Decision]:
    found, findings = decisions.parse(text.encode(), "decisions.yaml")
    assert findings == []
    return list(found)


def unplaced(found: list[Decision]) -> list[Decision]:
    return [one._replace(line=None) for one in found]


@given(some())
@example([Decision(f"s3://media/{key}", f"s3://media/{key}.srt", "no") for key in AWKWARD])
def test_what_is_written_is_read_back_byte_for_byte(made: list[Decision]) -> None:
    text = decisions.dumps(made)
    assert unplaced(read(text)) == sorted(made)
    assert text == decisions.dumps(read(text)) == decisions.dumps(reversed(made))
    assert text.endswith("\n")


@given(some())
@settings(max_examples=50)
def test_a_written_file_reads_as_any_yaml_does(made: list[Decision]) -> None:
    text = decisions.dumps(made)
    assert read(f"{text}# an end that review does not write\n") == read(text)
    document = yaml.load(text, yaml.BaseLoader)
    assert [one["video"] for one in document["decisions"] or []] == sorted(one.video for one in made)
    whole: dict[str, Any] = {"version": 1, "decisions": [_plain(one) for one in made]}
    jsonschema.Draft7Validator(schema.load("decisions")).validate(whole)


@pytest.mark.parametrize(
    "char",
    ["\u202e", "\u2066", "\u200b", "\u200f", "\u2060", "\xad", "\xa0", "\u3164", "\U000e0041", "\U0001d173"],
)
def test_what_nobody_could_see_is_written_as_an_escape(char: str) -> None:
    made = [Decision(f"s3://media/a{char}b.mp4", f"s3://media/{char}.srt")]
    text = decisions.dumps(made)
    assert text.isascii()
    assert unplaced(read(text)) == made
    assert unplaced(read(f"{text}# read by the other reader\n")) == made
    raw = text.replace(f"\\u{ord(char):04x}" if char <= "\uffff" else f"\\U{ord(char):08x}", char)
    assert unplaced(read(raw)) == made  # as older versions wrote it


def _plain(one: Decision) -> dict[str, str | None]:
    told = {"video": one.video, "transcription": one.transcription}
    return told | ({"language": one.language} if one.language else {})


def test_the_written_file_is_one_that_people_can_read() -> None:
    assert (
        decisions.dumps(
            [
                Decision("s3://media/shows/twice.mp4", "s3://media/shows/twice.fr.srt", "fr"),
                Decision("s3://media/shows/raw one.mp4", None),
            ]
        )
        == """\
# decisions.yaml - written by `s3transfer-tl review`; may be edited by hand
version: 1
decisions:
  - video: "s3://media/shows/raw one.mp4"
    transcription: null
  - video: s3://media/shows/twice.mp4
    transcription: s3://media/shows/twice.fr.srt
    language: fr
"""
    )


def test_every_decision_knows_its_line() -> None:
    text = decisions.dumps([Decision("s3://m/a", None), Decision("s3://m/b", "s3://m/c", "en")])
    assert [one.line for one in read(text)] == [4, 6]
    assert [one.line for one in read(f"# on top\n{text}")] == [5, 7]


def test_no_file_is_no_decision_and_an_empty_list_is_none_too(tmp_path: Path) -> None:
    assert decisions.read(tmp_path / "none.yaml") == ()
    assert read(decisions.dumps([])) == []
    assert read("version: 1\ndecisions: []\n") == []


def test_a_language_is_brought_to_its_canonical_form() -> None:
    (one,) = read(f"{HEAD}  - {{video: s3://m/a, transcription: s3://m/b, language: pt_br}}\n")
    assert one.language == "pt-BR"


ITEM = "  - video: s3://m/a\n    transcription: s3://m/b\n"


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("", (1, 1), "empty", "version: 1"),
        ("version: 2\ndecisions: []\n", (1, 10), "must be 1", "version 1"),
        ("decisions: []\n", (1, 1), "'version' is missing", "version"),
        ("version: 1\n", (1, 1), "'decisions' is missing", "decisions"),
        ("version: 1\ndecisions: {}\n", (2, 12), "must be a list", "schema decisions"),
        (
            f"{HEAD}  - vidio: s3://m/a\n    transcription: null\n    video: s3://m/a\n",
            (3, 5),
            "vidio",
            "video",
        ),
        (f"{HEAD}  - video: s3://m/a\n", (3, 5), "'transcription' is missing", "transcription"),
        (f"{HEAD}  - video: 1\n    transcription: null\n", (3, 12), "must be text", "schema decisions"),
        (f"{HEAD}  - video: /m/a\n    transcription: null\n", (3, 12), "s3:// URI", "s3://bucket/key"),
        (f"{HEAD}  - video: s3://m/\n    transcription: null\n", (3, 12), "s3:// URI", "s3://bucket/key"),
        (f"{HEAD}  - video: s3://m/a\n    transcription: ''\n", (4, 21), "s3:// URI", "s3://bucket/key"),
        (f"{HEAD}{ITEM}{ITEM.replace('m/b', 'm/c')}", (5, 12), "line 3 already", "keep one"),
        (f"{HEAD}{ITEM}{ITEM.replace('m/a', 'm/c')}", (6, 20), "line 4 already", "keep one"),
        (f"{HEAD}{ITEM}    language: klingon\n", (5, 15), "not a BCP 47 language tag", "pt-BR"),
        (f"{HEAD}{ITEM}    video: s3://m/c\n", (5, 5), "stands twice", "keep one"),
        (f'{HEAD}  - video: "s3://m/\\ud800"\n    transcription: null\n', None, "Unicode", "syntax"),
        (f"{HEAD}  - video: *a\n    transcription: null\n", (3, 12), "alias", "write the value out"),
        (f"{HEAD}  - video: s3://m/a: b\n    transcription: null\n", (3, 20), "not YAML", "mend"),
    ],
)
def test_every_complaint_has_its_place_and_a_hint(
    text: str, place: tuple[int, int] | None, message: str, hint: str
) -> None:
    found, findings = decisions.parse(text.encode(), "decisions.yaml")
    assert found == ()
    one = findings[0]
    assert message in one.message
    assert hint in one.hint
    assert place in (None, (one.line, one.column))
    assert one.file == "decisions.yaml"


@pytest.mark.parametrize("end", ["", "# by hand\n"], ids=["as-written", "by-hand"])
def test_both_ways_of_reading_complain_alike(end: str) -> None:
    made = [
        Decision("s3://m/a", "s3://m/b"),
        Decision("s3://m/ a", "s3://m/b"),
        Decision("m/c", None, "xx-yy-zz"),
    ]
    _, findings = decisions.parse((decisions.dumps(made) + end).encode(), "x")
    assert [(one.line, one.column, one.code) for one in findings] == [
        (4, 13, "TL802"),
        (6, 15, "TL802"),
        (10, 20, "TL803"),
    ]


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_bytes(b"version: 1\ndecisions:\n  - video: s3://m/\xff\n")
    with pytest.raises(ConfigError) as caught:
        decisions.read(tmp_path / "d.yaml")
    assert [(one.code, one.line, one.column) for one in caught.value.findings] == [("TL801", 3, 19)]
    with pytest.raises(ConfigError, match=r"directory"):
        decisions.read(tmp_path)
    with pytest.raises(ConfigError, match="null byte"):
        decisions.read("a\0b")  # as a config can write it


def test_half_of_a_surrogate_pair_is_never_written() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        decisions.dumps([Decision("s3://m/\ud800", None)])


@given(st.binary(max_size=80))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    decisions.parse(data, "x")
    decisions.parse(HEAD.encode() + data, "x")


def test_lint_judges_decisions_as_such() -> None:
    text = decisions.dumps([Decision("s3://m/a", None)])
    assert lint.configuration(text.encode(), "decisions.yaml").findings == ()
    (one,) = lint.configuration(text.replace("s3://m/a", "m/a").encode(), "decisions.yaml").findings
    assert (one.code, one.line) == ("TL802", 4)
    assert not decisions.resembles(b"version: 1\nvideos: {source: a}\ndecisions: decisions.yaml\n")
