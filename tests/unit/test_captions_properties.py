"""Promises over all inputs: no bytes raise, every place is inside the file, valid files stay valid."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s3transfer_tl import captions
from s3transfer_tl.captions import decoding, proof, srt, vtt
from s3transfer_tl.model import Severity

KINDS = get_args(captions.Kind)
WORDS = """WEBVTT NOTE STYLE REGION 1 2 00:00:01,000 00:00:02,000 00:01.000 00:02.000 --> -> <b> </b> <v
<ruby> <rt> </ruby> <00:01.500> < > & &amp; { } id:a align:start line:1 : Hi"""
SPECIAL = ("\ufeff", "\0", "\ufffd", "\u00c3\u00a9", "\n", "\n\n", "\r\n", "\r", " ", "\t", "\f", "\u2028")
PIECES = st.sampled_from([*WORDS.split(), *SPECIAL])
SOUP = st.lists(PIECES, max_size=60).map("".join)
JOINED = st.lists(PIECES, max_size=40).map(" ".join)
TEXTS = st.one_of(SOUP, JOINED, st.text(max_size=80), SOUP.map(lambda text: "WEBVTT\n\n" + text))
DATA = st.one_of(
    st.binary(max_size=200), TEXTS.map(str.encode), TEXTS.map(lambda text: text.encode("utf-16"))
)
CODES = {f"TL7{number:02}" for number in range(1, 18)}
LINE_END = re.compile("\r\n|\r|\n")


def inside(fault: captions.Fault, data: bytes) -> bool:
    lines = LINE_END.split(data.decode("utf-8", "replace").removeprefix("\ufeff"))
    if fault.line > len(lines):
        return False
    return 1 <= fault.column <= fault.end_column <= len(lines[fault.line - 1]) + 1


@settings(deadline=None, max_examples=400)
@given(data=DATA, kind=st.sampled_from(KINDS))
@example(data=b"", kind="srt")
@example(data=b"\n\0", kind="srt")
@example(data=b"\xff\xfe", kind="vtt")
@example(data=b"WEBVTT\n\n" + b"<" * 3000, kind="vtt")
@example(data=b"1\n" + b"9" * 5000 + b":00:00,000 --> 00:00:00,000", kind="srt")
@example(data=b"WEBVTT\n\n" + b"9" * 5000 + b":00:00.000 --> 00:00:01.000", kind="vtt")
def test_no_bytes_raise_and_every_place_is_inside_the_file(data: bytes, kind: captions.Kind) -> None:
    faults = captions.check(data, kind)
    assert all(inside(fault, data) for fault in faults)
    assert {fault.code for fault in faults} <= CODES
    assert faults == sorted(faults, key=lambda fault: (fault.line, fault.column))
    assert all(inside(fault, data) for fault in captions.hurried(data, kind))
    for cue in captions.cues(data, kind):
        assert "\r" not in cue.text
    if found := captions.letters(data):
        line = LINE_END.split(data.decode("utf-8", "replace").removeprefix("\ufeff"))[found.line - 1]
        assert line[found.column - 1].isalpha()


@settings(deadline=None, max_examples=300)
@given(text=TEXTS)
def test_a_scan_of_the_suspect_spans_finds_what_a_scan_of_everything_finds(text: str) -> None:
    text = decoding.unmarked(text)
    assert srt.Scan(text, proof.srt(text)).faults == srt.Scan(text).faults
    assert vtt.Scan(text, proof.vtt(text)).faults == vtt.Scan(text).faults


SAFE = st.text(
    st.characters(codec="utf-8", exclude_characters="<&\0\ufffd\u00c3\u00c2\u00e2\u00d0\u00d1\u00f0\ufeff"),
    min_size=1,
)
LINES = SAFE.map(lambda text: "".join(text.split()).replace("-->", "")).filter(
    lambda line: bool(line.strip())
)
PARTS = st.lists(
    st.tuples(st.integers(1, 800_000), st.integers(0, 9000), st.lists(LINES, min_size=1, max_size=3)),
    min_size=1,
    max_size=8,
)


def clock(milliseconds: int, point: str, short: bool) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    hour = "" if short and not hours else f"{hours:02}:"
    return f"{hour}{minutes:02}:{seconds:02}{point}{thousandths:03}"


def written(parts: list[tuple[int, int, list[str]]], kind: captions.Kind, short: bool) -> str:
    blocks, now = [], 0
    for number, (length, gap, lines) in enumerate(parts, 1):
        start, now = now, now + length
        times = " --> ".join(
            clock(time, ",."[kind == "vtt"], short and kind == "vtt") for time in (start, now)
        )
        name = "" if kind == "vtt" and short else f"{number}\n"
        blocks.append(f"{name}{times}\n" + "\n".join(lines) + "\n")
        now += gap
    return ("WEBVTT\n\n" if kind == "vtt" else "") + "\n".join(blocks)


@settings(deadline=None)
@given(
    parts=PARTS, kind=st.sampled_from(KINDS), short=st.booleans(), end=st.sampled_from(["\n", "\r\n", "\r"])
)
def test_a_written_file_has_no_fault_and_gives_its_cues_back(
    parts: list[tuple[int, int, list[str]]], kind: captions.Kind, short: bool, end: str
) -> None:
    data = written(parts, kind, short).replace("\n", end).encode()
    assert captions.check(data, kind) == []
    read = captions.cues(data, kind)
    assert [cue.text for cue in read] == ["\n".join(lines) for _, _, lines in parts]
    assert [cue.end_ms - cue.start_ms for cue in read] == [length for length, _, _ in parts]


@settings(deadline=None, max_examples=200)
@given(parts=PARTS, kind=st.sampled_from(KINDS), place=st.integers(0), cut=st.integers(0, 4), put=PIECES)
def test_a_damaged_file_raises_nothing_and_faults_are_inside(
    parts: list[tuple[int, int, list[str]]], kind: captions.Kind, place: int, cut: int, put: str
) -> None:
    data = written(parts, kind, False).encode()
    place %= len(data)
    damaged = data[:place] + put.encode() + data[place + cut :]
    assert all(inside(fault, damaged) for fault in captions.check(damaged, kind))


DAMAGE = st.tuples(st.integers(0), st.integers(0, 6), PIECES)


@settings(deadline=None, max_examples=300)
@given(parts=PARTS, kind=st.sampled_from(KINDS), short=st.booleans(), damages=st.lists(DAMAGE, max_size=4))
def test_a_scan_of_the_suspect_spans_of_a_damaged_file_finds_what_a_scan_of_everything_finds(
    parts: list[tuple[int, int, list[str]]],
    kind: captions.Kind,
    short: bool,
    damages: list[tuple[int, int, str]],
) -> None:
    text = written(parts, kind, short)
    for number, cut, put in damages:
        place = number % (len(text) + 1)
        text = text[:place] + put + text[place + cut :]
    text = decoding.unmarked(text)
    scan, suspects = (srt.Scan, proof.srt) if kind == "srt" else (vtt.Scan, proof.vtt)
    assert scan(text, suspects(text)).faults == scan(text).faults


@pytest.mark.parametrize("piece", ["<b>", "</b>", "&", "<", "<b", "a\n", "&#", "<i>\n</b>", " ", "\n", "1\n"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_long_hostile_text_takes_linear_time(piece: str, kind: captions.Kind) -> None:
    head = {"srt": "1\n00:00:01,000 --> 00:00:02,000\n", "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n"}[kind]
    captions.check((head + piece * 30_000).encode(), kind)  # quadratic work would take minutes


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_what_loses_a_cue_or_the_file(kind: captions.Kind) -> None:
    """Each error-free variant keeps all its cues; a variant with an error keeps fewer or garbles one."""
    text = written([(1000, 0, ["Hi"]), (1000, 0, ["Ho"])], kind, False)
    for cut in range(len(text)):
        damaged = text[:cut] + text[cut + 1 :]
        faults = captions.check(damaged.encode(), kind)
        if not any(fault.severity is Severity.ERROR for fault in faults):
            assert len(captions.cues(damaged.encode(), kind)) == 2, damaged
