"""Each rule that says it has a fix shows it here, and what it leaves alone."""

from __future__ import annotations

import io
import itertools
import os
import time

import pytest

from s3transfer_tl import lint
from s3transfer_tl.lint.fixes import applying
from s3transfer_tl.model import Edit, Finding, Fix, Severity
from tests.mending import mend, review

ID = "629d807aa9e2a3a33a92c00b"


def entry(name: str = "a", **fields: str) -> str:
    fields = {
        "index_id": ID,
        "language": "en",
        "object": f"s3://media/{name}.mp4",
        "transcription": f"s3://media/{name}.srt",
    } | fields
    return "{" + ", ".join(f'"{key}": "{value}"' for key, value in fields.items()) + "}"


def manifest(*entries: str) -> bytes:
    return ("[" + ",\n ".join(entries) + "]\n").encode()


SOUND = manifest(entry())
CANONICAL = (
    f'[\n  {{\n    "index_id": "{ID}",\n    "language": "en",\n    "object": "s3://media/a.mp4",\n'
    '    "transcription": "s3://media/a.srt"\n  }\n]\n'
).encode()
SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n2\n00:00:03,000 --> 00:00:04,000\nGoodbye.\n"
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello.\n\n00:00:03.000 --> 00:00:04.000\nGoodbye.\n"
FRENCH = SRT.replace("Hello", "L'été, la forêt rêve à ses élèves, là-bas près du château")

# code, file, before, after
MENDED = [
    ("TL002", "a.json", SOUND.decode().encode("utf-16"), SOUND),
    ("TL002", "a.json", b"\xfe\xff" + SOUND.decode().encode("utf-16-be"), SOUND),
    ("TL002", "a.json", b"\xff\xfe\0\0" + SOUND.decode().encode("utf-32-le"), SOUND),
    ("TL003", "a.json", b"\xef\xbb\xbf" + SOUND, SOUND),
    ("TL004", "a.json", entry().encode(), f"[{entry()}]".encode()),
    ("TL004", "a.json", f"{entry()}\n{entry('b')}\n".encode(), f"[\n{entry()},\n{entry('b')}\n]\n".encode()),
    ("TL004", "a.json", f"{entry()},\r\n{entry('b')}".encode(), f"[\n{entry()},\r\n{entry('b')}]".encode()),
    ("TL009", "a.json", SOUND, CANONICAL),
    ("TL009", "a.json", CANONICAL.replace(b"\n", b"\r\n").replace(b"a.mp4", b"\\u0061.mp4"), CANONICAL),
    ("TL009", "a.json", CANONICAL.removesuffix(b"\n"), CANONICAL),
    ("TL101", "a.json", SOUND.replace(b'"object"', b'"video"'), SOUND),
    ("TL102", "a.json", SOUND.replace(b"transcription", b"transcript"), SOUND),
    ("TL104", "a.json", SOUND.replace(b'"en"', b'" en\\t"'), SOUND),
    ("TL104", "a.json", SOUND.replace(b'"6', '"\u200b\ufeff6'.encode()), SOUND),
    ("TL113", "a.json", SOUND.replace(ID.encode(), ID.upper().encode()), SOUND),
    ("TL201", "a.json", SOUND.replace(b"s3://media/a.mp4", b"https://media.s3.amazonaws.com/a.mp4"), SOUND),
    ("TL201", "a.json", SOUND.replace(b"s3://media/a.mp4", b"S3://media/a.mp4"), SOUND),
    ("TL201", "a.json", SOUND.replace(b"s3://media/a.mp4", b" arn:aws:s3:::media/a.mp4"), SOUND),
    ("TL210", "a.json", manifest(entry(object="s3://m/a.srt", transcription="s3://m/a.mp4")),
     manifest(entry(object="s3://m/a.mp4", transcription="s3://m/a.srt"))),
    ("TL301", "a.json", SOUND.replace(b'"en"', b'"English"'), SOUND),
    ("TL302", "a.json", SOUND.replace(b'"en"', b'"en_uk"'), SOUND.replace(b'"en"', b'"en-GB"')),
    ("TL304", "a.json", manifest(entry(transcription="s3://media/a.de.srt")),
     manifest(entry(language="de", transcription="s3://media/a.de.srt"))),
    ("TL407", "a.json", manifest(entry("c"), entry("a", language="EN"), entry("b")),
     manifest(entry("a", language="EN"), entry("b"), entry("c"))),
    ("TL401", "a.json", manifest(entry(), entry(language="de"), entry("b")), manifest(entry(), entry("b"))),
    ("TL402", "a.json", manifest(entry(), entry(), entry("b"), entry()), manifest(entry(), entry("b"))),
    ("TL701", "a.srt", SRT.encode("utf-16"), SRT.encode()),
    ("TL701", "a.vtt", VTT.encode("utf-16-be"), VTT.encode()),
    ("TL701", "a.srt", FRENCH.encode("cp1252"), FRENCH.encode()),
    ("TL702", "a.srt", VTT.encode(), SRT.encode()),
    ("TL702", "a.vtt", SRT.encode(), VTT.encode()),
    ("TL702", "a.vtt", SRT.replace("Hello.", '<I>A & B</I> <font size="2"><</font>').encode(),
     VTT.replace("Hello.", "<i>A &amp; B</i> &lt;").encode()),
    ("TL702", "a.srt", VTT.replace("Hello.", "<v Ann><i.big>A &amp; B</i></v>").encode(),
     SRT.replace("Hello.", "<i>A & B</i>").encode()),
    ("TL704", "a.srt", SRT.replace("01,000", "01.000").encode(), SRT.encode()),
    ("TL704", "a.srt", SRT.replace("00:00:01,000 -->", "0:0:1,0009->").encode(), SRT.encode()),
    ("TL704", "a.srt", SRT.replace("00:00:01,000", "00:01.000").encode(), SRT.encode()),
    ("TL704", "a.vtt", VTT.replace("01.000 -->", "01,000\u2192").encode(), VTT.encode()),
    ("TL704", "a.vtt", VTT.replace("00:00:02.000", "00:00:02 align:start").encode(),
     VTT.replace("00:00:02.000", "00:00:02.000 align:start").encode()),
    ("TL707", "a.srt", SRT.replace("\n\n", "\n").encode(), SRT.encode()),
    ("TL707", "a.srt", SRT.replace("\n\n", "\n").replace("\n", "\r\n").encode(),
     SRT.replace("\n", "\r\n").encode()),
    ("TL707", "a.vtt", VTT.replace(".\n\n", ".\n").encode(), VTT.encode()),
    ("TL707", "a.vtt", VTT.replace(".\n\n", ".\n \n").encode(), VTT.encode()),
    ("TL710", "a.srt",
     b"1\n00:00:03,000 --> 00:00:04,000\nGoodbye.\n\n2\n00:00:01,000 --> 00:00:02,000\nHello.",
     SRT.encode().removesuffix(b"\n")),
    ("TL710", "a.vtt",
     b"WEBVTT\n\nNOTE x\n\nb\n00:03.000 --> 00:04.000\nB\n\nNOTE a\n\na\n00:01.000 --> 00:02.000\nA\n",
     b"WEBVTT\n\nNOTE x\n\nNOTE a\n\na\n00:01.000 --> 00:02.000\nA\n\nb\n00:03.000 --> 00:04.000\nB\n"),
    ("TL711", "a.srt", SRT.replace("2\n", "7\n", 1).encode(), SRT.encode()),
    ("TL711", "a.srt", SRT.replace("\n2\n", "\n").encode(), SRT.encode()),
    ("TL711", "a.srt", b"\xef\xbb\xbf" + SRT.replace("1\n", "0\n", 1).encode(),
     b"\xef\xbb\xbf" + SRT.encode()),
    ("TL712", "a.srt", (SRT + "\n3\n00:00:05,000 --> 00:00:06,000\n").encode(), SRT.encode()),
    ("TL712", "a.vtt", VTT.replace("WEBVTT\n", "WEBVTT\n\nid\n00:00.000 --> 00:01.000\n").encode(),
     VTT.encode()),
    ("TL807", "a.yaml", b"version: 1\r\nvideos: {source: s3://b/\xc3\xa9/}\r\nlanguage: no # Norsk\r\n",
     b'version: 1\r\nvideos: {source: s3://b/\xc3\xa9/}\r\nlanguage: "no" # Norsk\r\n'),
]  # fmt: skip
# What is no honest fix: the way out is not known, or would be another fault.
LEFT = [
    ("TL002", "a.json", SOUND.replace(b"a.mp4", b"caf\xe9.mp4")),
    ("TL002", "a.json", SOUND.replace(b"a.mp4", b"\\ud83d.mp4")),
    ("TL004", "a.json", b'"text"'),
    ("TL004", "a.json", f"{entry()}\nand so on".encode()),
    ("TL101", "a.json", SOUND.replace(b'"object": "s3://media/a.mp4", ', b"")),
    ("TL301", "a.json", SOUND.replace(b'"en"', b'"klingonish"')),
    ("TL304", "a.json", manifest(entry(transcription="s3://media/a.hi.srt"))),
    ("TL102", "a.json", SOUND.replace(b"]", b"").replace(b"}", b', "colour": "red"}]')),
    ("TL104", "a.json", SOUND.replace(b"s3://media/a.mp4", b" ")),
    ("TL104", "a.json", SOUND.replace(b'"en"', b'"e\\u0000n"')),
    ("TL201", "a.json", SOUND.replace(b"s3://media/a.mp4", b"/home/me/a.mp4")),
    ("TL701", "a.srt", SRT.replace("Hello", "Caf\u00e9, Stra\u00dfe").encode() + b"\xe9"),
    ("TL701", "a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nCaf\xe9.\n"),
    ("TL702", "a.srt", b"<!DOCTYPE html><title>x</title>"),
    ("TL702", "a.vtt", SRT.replace("02,000", "00,000").encode()),
    ("TL704", "a.srt", SRT.replace("00:00:01,000", "00:00:01,5").encode()),
    ("TL704", "a.srt", SRT.replace("00:00:02,000", "00:00:61,000").encode()),
    ("TL704", "a.srt", SRT.replace("00:00:02,000", "00:00:00.000").encode()),
    ("TL710", "a.srt", SRT.replace("03,000", "01,500").replace("01,000", "01,900").encode()),
    ("TL711", "a.srt", SRT.replace("2\n", "two\n", 1).encode()),
    ("TL712", "a.srt", b"1\n00:00:01,000 --> 00:00:02,000\n"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "name", "before", "after"), MENDED)
def test_a_fix_makes_of_the_bad_what_its_rule_says(code: str, name: str, before: bytes, after: bytes) -> None:
    remedy = lint.rule(code).fix
    assert remedy is not None
    unsafe = remedy.applicability == "unsafe"
    done = mend(before, name, unsafe=unsafe, select=[code])
    assert done.data == after
    assert done.fixed >= 1
    assert mend(after, name, unsafe=True, select=[code]).data == after
    if unsafe:
        assert mend(before, name, select=[code]).data == before


@pytest.mark.parametrize(("code", "name", "before"), LEFT)
def test_what_has_no_honest_fix_is_left_and_says_so(code: str, name: str, before: bytes) -> None:
    found = [item for item in review(before, name).findings if item.code == code]
    assert found
    assert not any(item.fixable for item in found)
    assert mend(before, name, unsafe=True, select=[code]).data == before


def test_every_rule_with_a_fix_shows_it_here() -> None:
    assert {rule.code for rule in lint.RULES if rule.fix} == {code for code, *_ in MENDED}


@pytest.mark.parametrize("code", sorted({code for code, *_ in MENDED}))
def test_a_page_says_whether_the_fix_is_safe_and_what_it_does(code: str) -> None:
    rule = lint.rule(code)
    assert rule.fix
    assert f"\nFix: {rule.fix.applicability}. {rule.fix.does}\n" in lint.page(rule)
    assert rule.fix.does.endswith(".")
    assert "\nFix: none.\n" in lint.page(lint.rule("TL001"))


def test_bytes_that_no_fix_names_stay() -> None:
    before = (
        b'[\r\n\t{"transcription":"s3:\\/\\/media\\/a.srt" ,"index_id" : "' + ID.upper().encode() + b'",\r\n'
        b'  "language":"en","object":"s3://media/\\u00e9\xc3\xa9.mp4"}  ]'
    )
    assert mend(before, "a.json").data == before.replace(ID.upper().encode(), ID.encode())


def test_a_fix_that_uncovers_another_fault_lets_that_be_fixed_too() -> None:
    before = SOUND.replace(f'"{ID}'.encode(), f'" {ID.upper()}'.encode())
    done = mend(before, "a.json")
    assert (done.data, done.fixed, done.left) == (SOUND, 2, ())


def test_everything_at_once_comes_out_sound() -> None:
    lines = [entry(), entry("b", index_id=ID.upper()), entry("c", language="EN"), entry()]
    before = "\n".join(lines).encode("utf-16")
    done = mend(before, "a.json", unsafe=True)
    assert done.left == ()
    assert done.data.decode().count(ID) == 3


def test_fixes_that_overlap_are_applied_in_turn() -> None:
    def finding(*edits: Edit) -> Finding:
        return Finding("TL113", "x", Severity.ERROR, "", "", "a.json", fix=Fix("safe", "", edits))

    first = finding(Edit(2, 4, b"x"), Edit(8, 9, b"y"))
    inside, behind = finding(Edit(5, 6, b"z")), finding(Edit(9, 9, b"w"))
    edits, count = applying.chosen([behind, inside, first])
    assert (edits, count) == ([*first.fix.edits, *behind.fix.edits], 2)  # type: ignore[union-attr]
    target = io.BytesIO()
    applying.patch(io.BytesIO(b"0123456789"), target, edits)
    assert target.getvalue() == b"01x4567yw9"


def test_a_clean_file_makes_no_copy() -> None:
    fp = io.BytesIO(SOUND)
    done = applying.mend(fp, "a.json", lambda fp: lint.file(fp, "a.json"), unsafe=True)
    assert done.fp is None
    assert not fp.closed


def test_a_large_file_of_lines_becomes_an_array_in_bounded_memory() -> None:
    line = entry("x" * 500) + "\n"
    count = (5 << 20) // len(line)
    lines = "".join(line.replace("xxx.mp4", f"{n:07}.mp4") for n in range(count)).encode()
    done = mend(lines, "a.json", unsafe=True, select=["TL004"])
    assert done.data.count(b",\n{") == count - 1
    assert done.data.replace(b"},\n", b"}\n")[2:-2] == lines
    assert not os.path.exists("a.json")


@pytest.mark.parametrize(("name", "point"), [("a.srt", ","), ("a.vtt", ".")])
def test_a_file_of_very_many_empty_cues_is_read_once(name: str, point: str) -> None:
    times = (f"{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}{point}000" for at in range(3001))
    pairs = [f"{start} --> {end}" for start, end in itertools.pairwise(times)]
    text = "WEBVTT\n\n" * (point == ".") + "".join(f"{n}\n{pair}\n\n" for n, pair in enumerate(pairs, 1))
    began = time.process_time()
    found = lint.transcription((text + f"{len(pairs) + 1}\n{pairs[-1]}\nHo\n").encode(), name).findings
    assert sum(one.code == "TL712" and one.fixable for one in found) == len(pairs)
    assert time.process_time() - began < 10  # seconds; reading it for each of them takes a minute
