"""SRT: what players read has no fault; what loses a cue is an error, what is odd a warning."""

from __future__ import annotations

import gzip

import pytest

from s3transfer_tl import captions
from s3transfer_tl.captions import decoding

C = "1\n00:00:01,000 --> 00:00:02,000\nHi\n\n"
D = "2\n00:00:02,000 --> 00:00:03,000\nHo\n"
E = "3\n00:00:03,000 --> 00:00:04,000\nHa\n"

GOOD = {
    "one cue": C,
    "two cues": C + D,
    "no line end at the end": "1\n00:00:01,000 --> 00:00:02,000\nHi",
    "CRLF": (C + D).replace("\n", "\r\n"),
    "CR": (C + D).replace("\n", "\r"),
    "byte order mark": "\ufeff" + C + D,
    "blank lines first": "\n\n" + C + D,
    "many blank lines": C + "\n\n" + D + "\n\n\n",
    "spaces in a blank line": C.rstrip() + "\n \t\n" + D,
    "spaces about the number": " 1 \n00:00:01,000 --> 00:00:02,000\nHi\n",
    "leading zeros": C.replace("1\n", "0001\n", 1) + D,
    "spaces after the timing": "1\n00:00:01,000 --> 00:00:02,000  \nHi\n",
    "wide spaces": "1\n00:00:01,000  -->\t00:00:02,000\nHi\n",
    "coordinates": "1\n00:00:01,000 --> 00:00:02,000  X1:40 X2:600 Y1:20 Y2:50\nHi\n",
    "three digits of hours": "1\n000:00:01,000 --> 001:59:02,000\nHi\n",
    "four lines": "1\n00:00:01,000 --> 00:00:02,000\na\nb\nc\nd\n",
    "number as text": "1\n00:00:01,000 --> 00:00:02,000\n42\n\n" + D,
    "tags": "1\n00:00:01,000 --> 00:00:02,000\n<i>a</i> <b><u>b</u></b>\n<font color=\"#f00\">d</font>\n",
    "capital tags": "1\n00:00:01,000 --> 00:00:02,000\n<I>a</I> <FONT COLOR=red>b</font>\n",
    "crossed tags": "1\n00:00:01,000 --> 00:00:02,000\n<i><b>a</i></b>\n",
    "tag over two lines": "1\n00:00:01,000 --> 00:00:02,000\n<i>a\nb</i>\n",
    "position code": "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}a\n",
    "bare < and &": "1\n00:00:01,000 --> 00:00:02,000\ni <3 AT&T, a < b > c &amp; &nonsense;\n",
    "arrow in text": "1\n00:00:01,000 --> 00:00:02,000\nfoo\na --> b\n",
    "arrow in the first line of text": "1\n00:00:01,000 --> 00:00:02,000\na --> b\n",
    "clock in text": "1\n00:00:01,000 --> 00:00:02,000\nfrom 10:30 -> 11:30\n",
    "starts together with the end": C + D,
    "two hours": "1\n01:59:59,998 --> 02:00:00,000\nHi\n",
    "alphabets": "1\n00:00:01,000 --> 00:00:02,000\n\u041f\u0440\u0438\u0432\u0435\u0442 \u4f60\u597d\n",
    "WEBVTT in text": "1\n00:00:01,000 --> 00:00:02,000\nWEBVTT\n",
    "JSON in text": '1\n00:00:01,000 --> 00:00:02,000\n{"a": 1}\n',
}  # fmt: skip


def timed(timing: str) -> str:
    return f"1\n{timing}\nHi\n"


BAD = {
    # the file
    "empty": ("", "1:1 TL708 error"),
    "blank": ("\n \n", "1:1 TL708 error"),
    "prose": ("\nOnce upon\na time.\n\nThe end.\n", "2:1 TL708 error"),
    "WebVTT inside": ("WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n", "1:1 TL702 error"),
    "HTML": ("\n <html><body>404</body></html>", "2:2 TL702 error"),
    "HTML with a comment": ("<!doctype html>\n<!-- a -->\n", "1:1 TL702 error"),
    "S3 error": ("<Error><Code>AccessDenied</Code></Error>", "1:1 TL702 error"),
    "JSON": ('[{"start": 1}]', "1:1 TL702 error"),
    "ASS": ("[Script Info]\nTitle: x\n", "1:1 TL702 error"),
    "SBV": ("0:00:01.000,0:00:02.000\nHi\n", "1:1 TL702 error"),
    "MicroDVD": ("{1}{25}Hi\n", "1:1 TL702 error"),
    "TTML": ('<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"/>', "1:1 TL702 error"),
    # timing lines
    "dot": (timed("00:00:01.000 --> 00:00:02,000"), "2:1 TL704 error"),
    "dot in the end": (timed("00:00:01,000 --> 00:00:02.000"), "2:18 TL704 error"),
    "colon": (timed("00:00:01:000 --> 00:00:02:000"), "2:1 TL704 error"),
    "no hours": (timed("00:01,000 --> 00:02,000"), "2:1 TL704 error"),
    "one digit of hours": (timed("0:00:01,000 --> 0:00:02,000"), "2:1 TL704 error"),
    "minutes": (timed("00:60:01,000 --> 00:61:02,000"), "2:1 TL704 error"),
    "seconds": (timed("00:00:01,000 --> 00:00:60,000"), "2:18 TL704 error"),
    "two digits of milliseconds": (timed("00:00:01,00 --> 00:00:02,000"), "2:1 TL704 error"),
    "four digits of milliseconds": (timed("00:00:01,0000 --> 00:00:02,000"), "2:1 TL704 error"),
    "no milliseconds": (timed("00:00:01 --> 00:00:02"), "2:1 TL704 error"),
    "negative": (timed("-00:00:01,000 --> 00:00:02,000"), "2:1 TL704 error"),
    "letters": (timed("00:00:O1,000 --> 00:00:02,000"), "2:1 TL704 error"),
    "no end": (timed("00:00:01,000 -->"), "2:14 TL704 error"),
    "only an arrow": (timed("-->"), "2:1 TL704 error"),
    "short arrow": (timed("00:00:01,000 -> 00:00:02,000"), "2:14 TL704 error"),
    "long arrow": (timed("00:00:01,000 ---> 00:00:02,000"), "2:1 TL704 error"),
    "arrow character": (timed("00:00:01,000 \u2192 00:00:02,000"), "2:14 TL704 error"),
    "parted arrow": (timed("00:00:01,000 -- > 00:00:02,000"), "2:14 TL704 error"),
    "glued text": (timed("00:00:01,000 --> 00:00:02,000Hi"), "2:18 TL704 error"),
    "no space": (timed("00:00:01,000-->00:00:02,000"), "2:13 TL704 warning"),
    "space first": (timed(" 00:00:01,000 --> 00:00:02,000"), "2:1 TL704 warning"),
    "end before start": (timed("00:00:02,000 --> 00:00:01,000"), "2:18 TL705 error"),
    "end at start": (timed("00:00:02,000 --> 00:00:02,000"), "2:18 TL705 error"),
    "overlap": (C + D.replace("02,000", "01,999"), "6:1 TL709 warning"),
    "more than two hours": (C + "2\n02:00:00,000 --> 02:00:00,001\nHi\n", "6:18 TL716 warning"),
    "a hundred hours": ("1\n100:00:01,000 --> 100:00:02,000\nHi\n", "2:19 TL716 warning"),
    "only the latest of the late": (
        C + "2\n03:00:00,000 --> 03:00:01,000\nHi\n\n3\n04:00:00,000 --> 04:00:01,000\nHi\n",
        "10:18 TL716 warning",
    ),
    "a misspelt arrow inside a sound cue": (
        "1\n00:00:01,000 --> 00:00:02,000\nHi\n00:00:03,000 -> 00:00:04,000\nHo\n",
        "4:1 TL707 error",
        "4:14 TL704 error",
    ),
    "out of order": (C.replace(":01", ":03").replace(":02", ":04") + D, "6:1 TL710 warning"),
    "settings": (timed("00:00:01,000 --> 00:00:02,000 align:start"), "2:31 TL713 warning"),
    "text after the timing": (timed("00:00:01,000 --> 00:00:02,000 Hi"), "2:31 TL713 warning"),
    # structure
    "text after a blank line": (C + "Lost\n\n" + D, "5:1 TL706 error"),
    "blank line before the text": (C.replace("\nHi", "\n\nHi") + D, "4:1 TL706 error"),
    "blank line after the number": (C.replace("1\n", "1\n\n", 1) + D, "1:1 TL706 error"),
    "number at the end": (C + D + "\n3\n", "9:1 TL706 error"),
    "text before the number": ("Title\n" + C + D, "1:1 TL706 error"),
    "no blank line": (C.rstrip() + "\n" + D, "5:1 TL707 error"),
    "no blank line and no number": (C.rstrip() + "\n00:00:02,000 --> 00:00:03,000\nHo\n", "4:1 TL707 error"),
    "three cues in one": (C.rstrip() + "\n" + D + E, "5:1 TL707 error", "8:1 TL707 error"),
    "from zero": ("0" + C[1:] + "1" + D[1:], "1:1 TL711 info"),
    "gap": (C + "3" + D[1:] + "\n4" + E[1:], "5:1 TL711 info"),
    "same number": (C + "1" + D[1:], "5:1 TL711 info"),
    "no number": (C[2:] + D, "1:1 TL711 warning"),
    "word for a number": ("one" + C[1:] + D, "1:1 TL711 error"),
    "empty cue": (C.replace("Hi\n", "") + D, "2:1 TL712 warning"),
    "empty cue at the end": (C + D.replace("Ho\n", ""), "6:1 TL712 warning"),
    # text
    "unclosed": (C.replace("Hi", "x <i>Hi"), "3:3 TL715 warning"),
    "unopened": (C.replace("Hi", "Hi</b>"), "3:3 TL715 warning"),
    "unknown tag": (C.replace("Hi", "<c.red>Hi</c>"), "3:1 TL715 warning"),
    "mojibake": (C.replace("Hi", "\u00d0\u0178\u00d1\u20ac\u00d0\u00b8"), "3:1 TL717 warning"),
    "double byte order mark": ("\u00ef\u00bb\u00bf" + C, "1:1 TL711 error"),
    "replacement character": (C.replace("Hi", "H\ufffd"), "3:2 TL717 warning"),
    "NUL": (C.replace("Hi", "H\0"), "3:2 TL717 warning"),
}  # fmt: skip


def told(data: str | bytes) -> list[str]:
    faults = captions.check(data.encode() if isinstance(data, str) else data, "srt")
    return [f"{fault.line}:{fault.column} {fault.code} {fault.severity.value}" for fault in faults]


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_a_sound_file_has_no_fault(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "expected"), [(case[0], list(case[1:])) for case in BAD.values()], ids=list(BAD)
)
def test_a_faulty_file_has_exactly_its_fault(text: str, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize("text", [case[0] for case in BAD.values()], ids=list(BAD))
def test_line_ends_change_no_verdict(text: str) -> None:
    assert told(text.replace("\n", "\r\n")) == told(text.replace("\n", "\r")) == told(text)


RUSSIAN = C.replace(
    "Hi",
    "\u0421\u044a\u0435\u0448\u044c \u0435\u0449\u0451 \u044d\u0442\u0438\u0445",
)
CHINESE = C.replace("Hi", "\u6211\u4eec\u4eca\u5929\u665a\u4e0a\u4e00\u8d77\u53bb\u770b\u7535\u5f71\u5427")


@pytest.mark.parametrize(
    ("data", "line_column", "guess"),
    [
        (C.encode("utf-16"), "1:1", "UTF-16"),
        (C.encode("utf-16-le"), "1:1", "UTF-16"),
        (C.encode("utf-16-be"), "1:1", "UTF-16"),
        (C.encode("utf-32"), "1:1", "UTF-32"),
        (RUSSIAN.encode("cp1251"), "3:1", "cp1251"),
        (CHINESE.encode("gb18030"), "3:1", "gb18030"),
        (b"\xef\xbb\xbf" + C.encode() + b"\x93", "5:1", None),
        ((C + D).replace("Ho", "d\u00e9j\u00e0 vu").encode("latin-1"), "7:2", None),
    ],
)  # fmt: skip
def test_another_encoding_is_one_error_at_its_first_byte(
    data: bytes, line_column: str, guess: str | None
) -> None:
    assert told(data) == [f"{line_column} TL701 error"]
    if guess:
        assert guess in captions.check(data, "srt")[0].message


@pytest.mark.parametrize(
    "head",
    [b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", b"PK\x03\x04\x00\x00\x08\x00\xff", b"\x1f\x8b\x08\x00"],
)
def test_binary_data_is_the_wrong_format(head: bytes) -> None:
    assert told(head * 9) == ["1:1 TL702 error"]


def test_cues_are_those_that_can_be_read() -> None:
    lost = "2\n00:00:02.000 --> 00:00:03,000\nlost\n\n"
    text = C + lost + "3\n00:00:04,500-->01:00:05,000\na\nb\n4\n00:00:06,000 --> 00:00:07,000\nc"
    assert captions.cues(text.encode(), "srt") == [
        captions.Cue(1000, 2000, "Hi", 2),
        captions.Cue(4500, 3605000, "a\nb", 10),
        captions.Cue(6000, 7000, "c", 14),
    ]


def test_a_message_quotes_no_control_characters() -> None:
    (fault,) = captions.check(timed("00:00:\x1b[31m --> 00:00:02,000").encode(), "srt")
    assert fault.message.isprintable()


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_a_packed_file_is_told_as_gzip_and_how_to_unpack_it(kind: captions.Kind) -> None:
    (fault,) = captions.check(gzip.compress(C.encode()), kind)
    assert fault.code == "TL702"
    assert "gzip" in fault.message
    assert "gzip -d" in fault.hint


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-8"])
def test_a_file_is_shown_as_the_text_it_holds(encoding: str) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nHello there, all of you\n"
    assert decoding.legible(text.encode(encoding)) == text
