"""WebVTT: what conforms has no error and mostly no fault; what does not has exactly the fault it has."""

from __future__ import annotations

import pytest

from s3transfer_tl import captions

H = "WEBVTT\n\n"
C = "00:01.000 --> 00:02.000\n"

GOOD = {
    "hours": H + "00:00:01.000 --> 00:00:02.000\nHi\n",
    "no hours": H + C + "Hi\n",
    "many digits of hours": H + "000:00:01.000 --> 00001:00:02.000\nHi\n",
    "two hours": H + "59:59.000 --> 02:00:00.000\nHi\n",
    "mixed hours": H + "59:59.000 --> 59:59.999\nHi\n\n01:00:00.000 --> 01:00:01.000\nHo\n",
    "no line end at the end": H + C + "Hi",
    "CRLF": (H + C + "Hi\n\n" + "00:02.000 --> 00:03.000\nHo\n").replace("\n", "\r\n"),
    "CR": (H + C + "Hi\n\n" + "00:02.000 --> 00:03.000\nHo\n").replace("\n", "\r"),
    "byte order mark": "\ufeff" + H + C + "Hi\n",
    "title": "WEBVTT - a title\n\n" + C + "Hi\n",
    "tab title": "WEBVTT\ttitle\n\n" + C + "Hi\n",
    "trailing space after the signature": "WEBVTT \n\n" + C + "Hi\n",
    "arrow in the title": "WEBVTT --> x\n\n" + C + "Hi\n",
    "many blank lines": "WEBVTT\n\n\n\n" + C + "Hi\n\n\n\n00:02.000 --> 00:03.000\nHo\n\n\n",
    "identifier": H + "one two\n" + C + "Hi\n",
    "number": H + "1\n" + C + "Hi\n",
    "identifier WEBVTT": H + "WEBVTT\n" + C + "Hi\n",
    "identifier NOTES": H + "NOTES\n" + C + "Hi\n",
    "spaces identifier": H + " \n" + C + "Hi\n",
    "tabs around the arrow": H + "00:01.000\t\t-->\t \t00:02.000\nHi\n",
    "space after the timing": H + "00:01.000 --> 00:02.000 \nHi\n",
    "two lines": H + C + "Hi\nHo\n",
    "gt in text": H + C + "a > b -> c ->> d -- > e\n",
    "clock in text": H + C + "from 10:30 -> 11:30\n",
    "same start": H + C + "Hi\n\n00:02.000 --> 00:03.000\nHo\n",
    "note": H + "NOTE\n\nNOTE a b\n\nNOTE\na\nb\n\n" + C + "Hi\n\nNOTE end\n",
    "note with tab": H + "NOTE\tx\ny\n\n" + C + "Hi\n",
    "style": H + "STYLE\n::cue(b) { color: red }\n\n" + C + "Hi\n",
    "style with trailing space": H + "STYLE \t\n::cue {}\n\n" + C + "Hi\n",
    "empty style": H + "STYLE\n\n" + C + "Hi\n",
    "two styles and a note": H + "STYLE\n::cue{}\n\nNOTE x\n\nSTYLE\n::cue{}\n\n" + C + "Hi\n",
    "brace in a css string": H + "STYLE\n::cue { content: '}' } /* { */\n\n" + C + "Hi\n",
    "region": H
    + "REGION\nid:fred width:40% lines:3\nregionanchor:0%,100%\nviewportanchor:10%,90%\nscroll:up\n\n"
    + "00:01.000 --> 00:02.000 region:fred\nHi\n",
    "empty region": H + "REGION\n\n" + C + "Hi\n",
    "two regions": H + "REGION\nid:a\n\nREGION\nid:b\n\n" + C + "Hi\n",
    "class": H + C + "<c>a</c> <c.x>b</c> <c.x.y-z>c</c> <b.x><i><u>d</u></i></b>\n",
    "voice without end": H + C + "<v Fred>Hi\nHo\n",
    "voice without end over markup": H + C + "<v.loud Fred Flint>Hi <i>Ho</i>\n",
    "voices": H + C + "<v Fred>Hi</v>\n<v Bob>Ho</v>\n",
    "voice name with a reference": H + C + "<v Fred &amp; Bob>Hi</v>\n",
    "voice name with lt": H + C + "<v Fred<3>Hi</v>\n",
    "language": H + C + "<lang en-GB>colour</lang> <lang.x zh-Hant>x</lang>\n",
    "ruby": H + C + "<ruby>a<rt>b</rt>c<rt>d</rt></ruby>\n",
    "ruby with the last rt open": H + C + "<ruby.x>a<rt.y>b</ruby>\n",
    "ruby with a line end": H + C + "<ruby>a<rt>b</rt>\n</ruby>\n",
    "timestamps": H + C + "a<00:01.200>b<00:00:01.500><c>c</c>\n",
    "references": H + C + "&amp; &lt; &gt; &lrm; &rlm; &nbsp; &eacute; &CounterClockwiseContourIntegral;\n",
    "numeric references": H + C + "&#38; &#x26; &#X1F600; &#00038; &#9;\n",
    "escaped arrow": H + C + "a --&gt; b\n",
    "other alphabets": H
    + C
    + "\u041f\u0440\u0438\u0432\u0435\u0442 \u4f60\u597d \u0645\u0631\u062d\u0628\u0627\n",
    "capitals with accents": H + C + "LIBERT\u00c9\u00bb, MANH\u00c3\u201d \u00d1\u201d\n",
    "line separator is no line end": H + C + "a\u2028b\u0085c\n",
}

SETTINGS_GOOD = [
    "vertical:rl", "vertical:lr", "line:0", "line:-1", "line:12", "line:-0", "line:0%", "line:100%",
    "line:50.5%", "line:5,start", "line:5%,center", "line:-1,end", "position:0%", "position:100.0%",
    "position:10%,line-left", "position:10.25%,center", "position:10%,line-right", "size:33.333%",
    "size:100%", "size:007%", "align:start", "align:center", "align:end", "align:left", "align:right",
    "region:fred", "region:a:b", "line:0 position:20% size:60% align:start", "\talign:start\tline:0 ",
]  # fmt: skip

SETTINGS_BAD = {
    "vertical:tb": 1, "vertical:": 1, "line:": 1, "line:a": 1, "line:1.5": 1, "line:--1": 1, "line:+1": 1,
    "line:101%": 1, "line:-1%": 1, "line:.5%": 1, "line:5.%": 1, "line:50%%": 1, "line:1,middle": 1,
    "line:1,": 1, "line:1, end": 2, "position:50": 1, "position:100.1%": 1, "position:-1%": 1,
    "position:50%,middle": 1, "position:50%,start": 1, "position:50%,left": 1, "size:50": 1, "size:101%": 1,
    "size:%": 1, "align:middle": 1, "align:centre": 1, "align:START": 1, "align:": 1, "region:": 1,
    "Align:start": 1, "color:red": 1, "align": 1, ":start": 1, "align:start align:end": 1,
    "align :start": 2, "line:0 position:50 size:50": 2, "size:\u0661%": 1,
}  # fmt: skip

BAD = {
    # the file
    "empty": ("", "1:1 TL703 error"),
    "blank": ("\n\n", "1:1 TL703 error"),
    "no signature": (C + "Hi\n", "1:1 TL703 error"),
    "lower case": ("webvtt\n\n" + C + "Hi\n", "1:1 TL703 error"),
    "no space before the title": ("WEBVTT-x\n\n" + C + "Hi\n", "1:1 TL703 error"),
    "blank line first": ("\n" + H + C + "Hi\n", "1:1 TL703 error"),
    "space first": (" " + H + C + "Hi\n", "1:1 TL703 error"),
    "two byte order marks": ("\ufeff\ufeff" + H + C + "Hi\n", "1:1 TL703 error"),
    "SRT inside": ("1\n00:00:01,000 --> 00:00:02,000\nHi\n", "1:1 TL702 error"),
    "HTML": ("<!DOCTYPE html><html><!-- x --></html>", "1:1 TL702 error"),
    "S3 error": ('<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code></Error>', "1:1 TL702 error"),
    "JSON": ('\n{"cues": []}', "2:1 TL702 error"),
    "only the signature": ("WEBVTT", "1:1 TL708 warning"),
    "only a note": (H + "NOTE x\n", "1:1 TL708 warning"),
    # header and blocks
    "header lines": ("WEBVTT\nKind: captions\nLanguage: en\n\n" + C + "Hi\n", "2:1 TL714 warning"),
    "timing in the header": ("WEBVTT\n" + C + "Hi\n", "2:1 TL714 error"),
    "identifier and timing in the header": ("WEBVTT\n1\n" + C + "Hi\n", "3:1 TL714 error"),
    "style after a cue": (H + C + "Hi\n\nSTYLE\n::cue{}\n", "6:1 TL714 warning"),
    "region after a cue": (H + C + "Hi\n\nREGION\nid:x\n", "6:1 TL714 warning"),
    "text after STYLE": (H + "STYLE x\n::cue{}\n\n" + C + "Hi\n", "3:1 TL714 warning"),
    "blank line in a style": (H + "STYLE\n::cue{\n\ncolor:red }\n\n" + C + "Hi\n", "3:1 TL714 warning"),
    "cue in a style": (H + "STYLE\n::cue{}\n" + C + "Hi\n", "5:1 TL714 warning"),
    "cue in a note": (H + "NOTE\n" + C + "Hi\n", "4:1 TL714 warning"),
    "arrow in a note": (H + "NOTE\na\nb --> c\n\n" + C + "Hi\n", "5:1 TL714 warning"),
    "arrow on the note line": (H + "NOTE a --> b\nc\n\n" + C + "Hi\n", "3:1 TL714 warning"),
    "region settings": (H + "REGION\nsize:2 id:\n\n" + C + "a\n", "4:1 TL714 warning", "4:8 TL714 warning"),
    "region setting twice": (H + "REGION\nid:a\nid:b\n\n" + C + "Hi\n", "5:1 TL714 warning"),
    "region id twice": (H + "REGION\nid:a\n\nREGION\nscroll:up id:a\n\n" + C + "Hi\n", "7:11 TL714 warning"),
    "old region line": (H + "REGION\nid=a x=4\n\n" + C + "a\n", "4:1 TL714 warning", "4:6 TL714 warning"),
    # timing lines
    "comma": (H + "00:01,000 --> 00:02.000\nHi\n", "3:1 TL704 error"),
    "minutes": (H + "60:00.000 --> 61:00.000\nHi\n", "3:1 TL704 error"),
    "seconds": (H + "00:01.000 --> 00:60.000\nHi\n", "3:15 TL704 error"),
    "two digits of milliseconds": (H + "00:01.00 --> 00:02.000\nHi\n", "3:1 TL704 error"),
    "four digits of milliseconds": (H + "00:01.0000 --> 00:02.000\nHi\n", "3:1 TL704 error"),
    "no milliseconds": (H + "00:01 --> 00:02\nHi\n", "3:1 TL704 error"),
    "one digit of seconds": (H + "00:1.000 --> 00:02.000\nHi\n", "3:1 TL704 error"),
    "no end": (H + "00:01.000 -->\nHi\n", "3:11 TL704 error"),
    "no start": (H + " --> 00:01.000\nHi\n", "3:2 TL704 error"),
    "other digits": (H + "00:0\u0661.000 --> 00:02.000\nHi\n", "3:1 TL704 error"),
    "short arrow": (H + "00:01.000 -> 00:02.000\nHi\n", "3:11 TL704 error"),
    "short arrow inside a cue": (
        H + C + "Hi\n00:02.000 -> 00:03.000\nHo\n",
        "5:11 TL704 warning",
    ),
    "no-break space": (H + "00:01.000\u00a0--> 00:02.000\nHi\n", "3:11 TL704 error"),
    "no space before the arrow": (H + "00:01.000--> 00:02.000\nHi\n", "3:10 TL704 warning"),
    "no space after the arrow": (H + "00:01.000 -->00:02.000\nHi\n", "3:10 TL704 warning"),
    "space before the timing": (H + " 00:01.000 --> 00:02.000\nHi\n", "3:1 TL704 warning"),
    "one digit of hours": (H + "0:00:01.000 --> 00:00:02.000\nHi\n", "3:1 TL704 warning"),
    "no space before the settings": (H + "00:01.000 --> 00:02.000align:end\nHi\n", "3:24 TL713 warning"),
    "form feed after the timing": (H + "00:01.000 --> 00:02.000\f\nHi\n", "3:24 TL713 warning"),
    "end before start": (H + "00:02.000 --> 00:01.000\nHi\n", "3:15 TL705 error"),
    "end at start": (H + "00:01.000 --> 00:01.000\nHi\n", "3:15 TL705 error"),
    "overlap": (H + C + "Hi\n\n00:01.500 --> 00:03.000\nHo\n", "6:1 TL709 info"),
    "out of order": (H + "00:03.000 --> 00:04.000\nHi\n\n" + C + "Ho\n", "6:1 TL710 warning"),
    "more than two hours": (H + C + "Hi\n\n59:59.000 --> 02:00:00.001\nHo\n", "6:15 TL716 warning"),
    "many hours": (H + "100:00:01.000 --> 12345:00:02.000\nHi\n", "3:19 TL716 warning"),
    "a late cue that is not the last": (
        H + "20:00:01.000 --> 20:00:02.000\nHi\n\n" + C + "Ho\n",
        "3:18 TL716 warning",
        "6:1 TL710 warning",
    ),
    # structure
    "stray text": (H + "Hello\n\n" + C + "Hi\n", "3:1 TL706 error"),
    "text after a blank line": (H + C + "Hi\n\nHo\n", "6:1 TL706 error"),
    "blank line before the text": (H + C + "\nHi\n", "5:1 TL706 error"),
    "two identifiers": (H + "a\nb\n" + C + "Hi\n", "3:1 TL706 error"),
    "NOTES block": (H + "NOTES x\n\n" + C + "Hi\n", "3:1 TL706 error"),
    "spaces between cues": (H + C + "Hi\n\n  \n\n00:02.000 --> 00:03.000\nHo\n", "6:1 TL706 warning"),
    "no blank line": (H + C + "Hi\n00:02.000 --> 00:03.000\nHo\n", "5:1 TL707 error"),
    "no blank line before an identifier": (H + C + "Hi\n2\n00:02.000 --> 00:03.000\nHo\n", "6:1 TL707 error"),
    "a line of spaces for a blank line": (H + C + "Hi\n \n00:02.000 --> 00:03.000\nHo\n", "6:1 TL707 error"),
    "two timing lines": (H + C + "00:02.000 --> 00:03.000\nHo\n", "4:1 TL707 error"),
    "empty cue": (H + C + "\n00:02.000 --> 00:03.000\nHo\n", "3:1 TL712 warning"),
    "empty cue at the end": (H + C, "3:1 TL712 warning"),
    # text
    "arrow in text": (H + C + "a --> b\n", "4:3 TL715 error"),
    "bare &": (H + C + "AT&T & co\n", "4:3 TL715 warning", "4:6 TL715 warning"),
    "reference without semicolon": (H + C + "a &amp b\n", "4:3 TL715 warning"),
    "unknown reference": (H + C + "&nonsense; &#0;\n", "4:1 TL715 warning", "4:12 TL715 warning"),
    "no character": (H + C + "&#xD800; &#x110000;\n", "4:1 TL715 warning", "4:10 TL715 warning"),
    "bare <": (H + C + "i <3 you, a < b\n", "4:3 TL715 warning", "4:13 TL715 warning"),
    "unclosed": (H + C + "Hi\n <b>x\n", "5:2 TL715 warning"),
    "unopened": (H + C + "x</b>\n", "4:2 TL715 warning"),
    "crossed": (H + C + "<b><i>x</b></i>\n", "4:8 TL715 warning"),
    "unknown tag": (H + C + "<font color=red>x</font>\n", "4:1 TL715 warning"),
    "annotated b": (H + C + "<b x>y</b>\n", "4:1 TL715 warning"),
    "space in b": (H + C + "<b >y</b>\n", "4:1 TL715 warning"),
    "space in the end tag": (H + C + "<b>y</b >\n", "4:5 TL715 warning"),
    "capital tag": (H + C + "<B>y</B>\n", "4:1 TL715 warning"),
    "empty class": (H + C + "<c.>y</c><c.a..b>z</c>\n", "4:1 TL715 warning", "4:10 TL715 warning"),
    "v without a name": (H + C + "<v>y</v>\n", "4:1 TL715 warning"),
    "v with a blank name": (H + C + "<v  >y</v>\n", "4:1 TL715 warning"),
    "v over two lines": (H + C + "<v Fred\nFlint>y</v>\n", "4:1 TL715 warning"),
    "v with a bare &": (H + C + "<v A&B>y</v>\n", "4:1 TL715 warning"),
    "v unclosed in the middle": (H + C + "- <v Fred>y\n", "4:3 TL715 warning"),
    "v in v": (H + C + "<v Fred>y <v Bob>z</v>\n", "4:11 TL715 warning"),
    "lang without a tag": (H + C + "<lang>y</lang>\n", "4:1 TL715 warning"),
    "lang with a name": (H + C + "<lang en_GB>y</lang>\n", "4:1 TL715 warning"),
    "lang unclosed": (H + C + "<lang en>y\n", "4:1 TL715 warning"),
    "rt outside ruby": (H + C + "<rt>y</rt>\n", "4:1 TL715 warning"),
    "ruby without rt": (H + C + "<ruby>y</ruby>\n", "4:1 TL715 warning"),
    "text after the last rt": (H + C + "<ruby>y<rt>x</rt>z</ruby>\n", "4:19 TL715 warning"),
    "timestamp before the cue": (H + C + "a<00:01.000>b\n", "4:2 TL715 warning"),
    "timestamp after the cue": (H + C + "a<00:02.000>b\n", "4:2 TL715 warning"),
    "timestamps out of order": (H + C + "a<00:01.500>b<00:01.400>c\n", "4:14 TL715 warning"),
    "broken timestamp": (H + C + "a<00:01.5>b\n", "4:2 TL715 warning"),
    "mojibake": (H + C + "caf\u00c3\u00a9 \u00e2\u20ac\u2122\n", "4:4 TL717 warning"),
    "replacement character": (H + C + "a\ufffdb\ufffd\n", "4:2 TL717 warning"),
    "NUL": (H + C + "a\0b\n", "4:2 TL717 warning"),
}  # fmt: skip


def told(text: str) -> list[str]:
    faults = captions.check(text.encode(), "vtt")
    return [f"{fault.line}:{fault.column} {fault.code} {fault.severity.value}" for fault in faults]


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_a_conforming_file_has_no_fault(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize("settings", SETTINGS_GOOD)
def test_a_conforming_setting_has_no_fault(settings: str) -> None:
    regions = "".join(f"REGION\nid:{name}\n\n" for name in ("fred", "a:b"))
    assert told(f"{H}{regions}00:01.000 --> 00:02.000 {settings}\nHi\n") == []


@pytest.mark.parametrize(("settings", "count"), SETTINGS_BAD.items())
def test_a_wrong_setting_is_a_warning_and_the_cue_stays(settings: str, count: int) -> None:
    text = f"{H}00:01.000 --> 00:02.000 {settings}\nHi\n"
    assert [line.split()[1:] for line in told(text)] == [["TL713", "warning"]] * count
    assert len(captions.cues(text.encode(), "vtt")) == 1


@pytest.mark.parametrize(
    ("text", "expected"), [(case[0], list(case[1:])) for case in BAD.values()], ids=list(BAD)
)
def test_a_faulty_file_has_exactly_its_fault(text: str, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize("text", [case[0] for case in BAD.values()], ids=list(BAD))
def test_a_fault_has_a_sentence_and_a_way_out(text: str) -> None:
    for fault in captions.check(text.encode(), "vtt"):
        assert fault.message
        assert fault.hint
        assert not fault.hint.endswith("."), "a hint is the end of a line, as the other rules' are"


def test_retired_values_name_what_replaced_them() -> None:
    text = f"{H}00:01.000 --> 00:02.000 position:10%,start align:middle\nHi\n"
    assert [fault.hint for fault in captions.check(text.encode(), "vtt")] == [
        "write position:10%,line-left",
        "write align:center",
    ]


def test_cues_are_what_a_player_shows() -> None:
    text = f"{H}1\n00:01.000-->0:00:02.500align:x\na\nb\n\nlost\n\n00:01 --> 00:02\nlost\n\nNOTE\n{C}shown\n"
    assert captions.cues(text.encode(), "vtt") == [
        captions.Cue(1000, 2500, "a\nb", 4),
        captions.Cue(1000, 2000, "shown", 14),
    ]


def test_an_end_column_bounds_the_token() -> None:
    (fault,) = captions.check(f"{H}00:01.000 --> 00:02.000 line:0 align:middle\nHi\n".encode(), "vtt")
    assert (fault.column, fault.end_column) == (32, 44)


REGION = "WEBVTT\n\nREGION\nid:left\n\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (REGION + "00:01.000 --> 00:02.000 region:left\nHi\n", []),
        (REGION + "00:01.000 --> 00:02.000 region:right\nHi\n", ["TL713"]),
        ("WEBVTT\n\nNOTE id:right\n\n00:01.000 --> 00:02.000 region:right\nHi\n", ["TL713"]),
        ("WEBVTT\n\n00:01.000 --> 00:02.000 region:left\nHi\n\nREGION\nid:left\n", ["TL714"]),
        ("WEBVTT\n\nREGION x\nid:left\n\n00:01.000 --> 00:02.000 region:left\nHi\n", ["TL714"]),
    ],
)
def test_a_cue_that_names_no_region_is_told_once(text: str, expected: list[str]) -> None:
    assert [fault.code for fault in captions.check(text.encode(), "vtt")] == expected
