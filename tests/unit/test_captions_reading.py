"""Cues that nobody can read in time, and the letters that a text is in."""

from __future__ import annotations

import pytest

from s3transfer_tl import captions, lint

RUSSIAN = "\u043c\u0435\u043d\u044f \u0437\u043e\u0432\u0443\u0442 \u0418\u0432\u0430\u043d "
ENGLISH = "my name is Ivan and here I work "
JAPANESE = "\u79c1\u306f\u30a4\u30ef\u30f3\u3067\u3059"
KOREAN = "\uc81c \uc774\ub984\uc740 \uc774\ubc18\uc785\ub2c8\ub2e4 "
CHINESE = "\u6211\u53eb\u4f0a\u4e07\u5728\u535a\u7269\u9986\u5de5\u4f5c"


def vtt(text: str, end: str = "00:02.000") -> bytes:
    return f"WEBVTT\n\n00:01.000 --> {end}\n{text}\n".encode()


def srt(text: str) -> bytes:
    return f"1\n00:00:01,000 --> 00:00:09,000\n{text}\n".encode()


@pytest.mark.parametrize(
    "text",
    [
        "x" * 25,
        "<b>" + "x" * 25 + "</b>",
        "&amp;" * 25,
        "x" * 12 + "\n" + "x" * 13,
        "a\nb\nc",
        "{\\an8}" + "x" * 25,
    ],
)
def test_a_cue_at_the_limits_can_be_read(text: str) -> None:
    assert captions.hurried(vtt(text), "vtt") == []


@pytest.mark.parametrize(
    ("text", "said"), [("x" * 26, "26 characters a second"), ("a\nb\nc\nd", "4 lines at once")]
)
def test_a_cue_beyond_a_limit_is_told_at_its_timing_line(text: str, said: str) -> None:
    (fault,) = captions.hurried(vtt(text), "vtt")
    assert fault.message.startswith(said)
    assert (fault.code, fault.severity.value, fault.line, fault.column, fault.end_column) == (
        "TL718",
        "info",
        3,
        1,
        24,
    )


def test_a_cue_that_ends_before_it_starts_has_another_fault_and_no_speed() -> None:
    assert captions.hurried(vtt("x" * 99, end="00:00.500"), "vtt") == []


@pytest.mark.parametrize(
    ("text", "script"),
    [
        (RUSSIAN, "Cyrl"),
        (ENGLISH, "Latn"),
        (CHINESE, "Hani"),
        (KOREAN, "Hang"),
        (JAPANESE, None),
        (RUSSIAN + ENGLISH, None),
    ],
)
def test_nearly_all_letters_tell_a_script(text: str, script: str | None) -> None:
    found = captions.letters(srt(text * 9))
    assert (found.script if found else None) == script


def test_settings_tags_names_and_the_header_are_no_text() -> None:
    cues = "".join(
        f"00:0{n}.000 --> 00:0{n + 1}.000 align:start position:10%\n<v Ivan>{RUSSIAN}\n\n" for n in range(9)
    )
    found = captions.letters(f"WEBVTT Kind captions\n\n{cues}".encode())
    assert found == captions.Letters("Cyrl", 4, 9)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ru.srt", RUSSIAN), ("a.en.srt", ENGLISH), ("a.en-GB.forced.srt", ENGLISH), ("a.ja.srt", JAPANESE),
        ("a.zh-Hant.srt", CHINESE), ("a.ko.srt", KOREAN), ("a.sr.srt", ENGLISH), ("a.sr.srt", RUSSIAN),
        ("a.srt", RUSSIAN), ("a.web.srt", RUSSIAN), ("en.srt", RUSSIAN), ("a.x264.srt", RUSSIAN),
        ("ru/a.srt", ENGLISH),
    ],
)  # fmt: skip
def test_letters_that_fit_the_name_or_a_name_that_tells_none_pass(name: str, text: str) -> None:
    assert lint.transcription(srt(text * 9), name).findings == ()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.en.srt", RUSSIAN, "the name says en, but the text is in Cyrillic letters"),
        ("a.ru.forced.srt", ENGLISH, "the name says ru, but the text is in Latin letters"),
        ("a.en.hi.srt", CHINESE, "the name says en, but the text is in Chinese letters"),
        ("a.hi.srt", ENGLISH, "the name says hi, but the text is in Latin letters"),
        ("a.sr-Latn.srt", RUSSIAN, "the name says sr-Latn, but the text is in Cyrillic letters"),
    ],
)
def test_other_letters_than_the_names_language_has_are_told(name: str, text: str, said: str) -> None:
    assert [finding.message for finding in lint.transcription(srt(text * 9), name).findings] == [said]


def test_reading_speed_is_told_only_to_who_asks() -> None:
    hurried = vtt("x" * 99)
    assert lint.transcription(hurried, "a.vtt").findings == ()
    assert lint.transcription(hurried, "a.vtt").suppressed == 0
    assert [one.code for one in lint.transcription(hurried, "a.vtt", select=["TL718"]).findings] == ["TL718"]
