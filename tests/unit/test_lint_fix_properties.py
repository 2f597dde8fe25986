"""Promises of fixes over all inputs: a hurt manifest comes back whole, and mending ends."""

from __future__ import annotations

import io
import itertools
import json
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s3transfer_tl import manifest
from s3transfer_tl.model import Severity
from s3transfer_tl.report import patch
from tests.mending import mend, review

IDS = ("629d807aa9e2a3a33a92c00b", "abcdefabcdefabcdefabcdef")
LANGUAGES = {"en": ("EN", "eng", "en_us"[:2] + " "), "pt-BR": ("pt_br", "PT-br"), "de": ("ger", "DE")}
NAMES = st.text("ab \u00e9\u6f22\U0001f600", min_size=1, max_size=6).map(lambda name: f"x{name}x")


@st.composite
def sound(draw: st.DrawFn) -> list[dict[str, str]]:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique_by=lambda name: name.casefold()))
    return [
        {
            "index_id": IDS[0],
            "language": "en",
            "object": f"s3://media/{name}.mp4",
            "transcription": f"s3://media/{name}.srt",
        }
        for name in names
    ]


def swap(entry: dict[str, str]) -> dict[str, str]:
    return entry | {"object": entry["transcription"], "transcription": entry["object"]}


INJURIES: tuple[Callable[[dict[str, str]], dict[str, str]], ...] = (
    lambda entry: entry | {"index_id": entry["index_id"].upper()},
    lambda entry: entry | {"index_id": f" {entry['index_id']}\t"},
    lambda entry: entry | {"index_id": f"\u200b{entry['index_id'].upper()}\ufeff"},
    lambda entry: entry | {"language": "EN"},
    lambda entry: entry | {"language": "eng"},
    lambda entry: entry | {"language": "\n en"},
    swap,
)
STYLES: tuple[dict[str, object], ...] = (
    {"indent": 2},
    {"indent": "\t"},
    {"separators": (",", ":")},
    {"separators": (" , ", " : ")},
    {"indent": 1, "ensure_ascii": False},
)


@settings(deadline=None)
@given(
    entries=sound(),
    injuries=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(INJURIES)), max_size=5),
    twice=st.lists(st.integers(0, 5), max_size=3),
    style=st.sampled_from(STYLES),
    marked=st.booleans(),
    end=st.sampled_from(("", "\n", "\r\n\r\n")),
)
def test_what_safe_fixes_mend_comes_back_byte_for_byte(
    entries: list[dict[str, str]],
    injuries: list[tuple[int, Callable[[dict[str, str]], dict[str, str]]]],
    twice: list[int],
    style: dict[str, object],
    marked: bool,
    end: str,
) -> None:
    whole = (json.dumps(entries, **style) + end).encode()  # type: ignore[arg-type]
    hurt = list(entries)
    for place, injury in injuries:
        hurt[place % len(hurt)] = injury(hurt[place % len(hurt)])
    hurt += [hurt[place % len(entries)] for place in twice]
    before = (json.dumps(hurt, **style) + end).encode()  # type: ignore[arg-type]
    done = mend((b"\xef\xbb\xbf" if marked else b"") + before, "a.json")
    assert done.data.decode() == whole.decode()
    assert {item.code for item in done.left} <= {item.code for item in review(whole, "a.json").findings}


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [
            *IDS,
            IDS[0].upper(),
            f" {IDS[0]}",
            "EN",
            "no",
            "english",
            "",
            " ",
            "s3://m/a.mp4",
            "s3://m/a.srt",
            "https://m.s3.amazonaws.com/a.mp4",
            "S3://m/A.MP4",
            "s3://m/b.mp4",
            "s3://m/",
            "x\u0000",
        ]
    ),
)
KEYS = st.sampled_from([*manifest.FIELDS, "indexId", "video", "lang", "transcript", "x"])
ENTRIES = st.one_of(st.dictionaries(KEYS, VALUES, max_size=5), VALUES)
SOUP = st.lists(
    st.sampled_from(
        [b'{"object": "s3://m/a.mp4"}', b"[", b"]", b",", b"\n", b"\xff", b"\xef\xbb\xbf", b"{", b'"a"', b" "]
    ),
    max_size=12,
).map(b"".join)
MANIFESTS = st.one_of(
    st.lists(ENTRIES, max_size=6).map(lambda entries: json.dumps(entries).encode()),
    st.lists(ENTRIES, max_size=4).map(lambda entries: "\n".join(map(json.dumps, entries)).encode()),
    st.binary(max_size=60),
    SOUP,
    SOUP.map(lambda data: data.decode("latin-1").encode("utf-16")),
)
BLOCKS = st.lists(
    st.sampled_from(
        [
            "WEBVTT",
            "1",
            "2",
            "7",
            "Hi",
            "\u00e9t\u00e9",
            "<i>x</i>",
            "",
            "",
            " ",
            "NOTE x",
            "\ufeff",
            "00:00:01,000 --> 00:00:02,000",
            "00:00:03,000 --> 00:00:04,000",
            "00:01.000 --> 00:02.000",
            "00:00:02.500 --> 00:00:05.000",
            "0:0:1,5 -> 0:0:2,000",
            "00:00:09,000 --> 00:00:08,000",
            "-->",
        ]
    ),
    max_size=16,
)
CAPTIONS = st.one_of(
    st.tuples(BLOCKS, st.sampled_from(("\n", "\r\n", "\r")), st.sampled_from(("utf-8", "utf-16"))).map(
        lambda made: made[1].join(made[0]).encode(made[2])
    ),
    BLOCKS.map(lambda lines: "\n".join(["WEBVTT", "", *lines]).encode()),
    BLOCKS.map(lambda lines: "\n".join(lines).encode("cp1252", "replace")),
    st.binary(max_size=80),
)
FILES = st.one_of(
    st.tuples(MANIFESTS, st.just("a.json")),
    st.tuples(CAPTIONS, st.sampled_from(("a.srt", "a.vtt"))),
)


@settings(deadline=None, max_examples=400)
@given(file=FILES, unsafe=st.booleans())
@example(file=(b"[", "a.json"), unsafe=True)
def test_mending_never_raises_and_mending_twice_changes_nothing_more(
    file: tuple[bytes, str], unsafe: bool
) -> None:
    data, name = file
    done = mend(data, name, unsafe=unsafe)
    again = mend(done.data, name, unsafe=unsafe)
    assert again.data == done.data
    assert again.fixed == 0
    assert not any(
        item.fix and (unsafe or item.fix.applicability == "safe") for item in review(done.data, name).findings
    )


@settings(deadline=None, max_examples=200)
@given(data=CAPTIONS, name=st.sampled_from(("a.srt", "a.vtt")))
def test_a_safe_fix_of_subtitles_brings_no_error_that_was_not_there(data: bytes, name: str) -> None:
    def errors(data: bytes) -> int:
        return review(data, name).count(Severity.ERROR)

    assert errors(mend(data, name).data) <= errors(data)


@settings(deadline=None, max_examples=200)
@given(data=MANIFESTS, unsafe=st.booleans())
def test_only_the_fixes_that_remove_entries_change_their_count(data: bytes, unsafe: bool) -> None:
    removing = {"TL401", "TL402"}
    before = review(data, "a.json")
    after = review(mend(data, "a.json", unsafe=unsafe).data, "a.json")
    if not unsafe and not removing & {item.code for item in before.findings}:
        assert after.entries in (before.entries, after.entries if before.entries == 0 else before.entries)
    assert after.entries <= before.entries or not before.entries


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"\n", b"  {\n"]), max_size=40)


@settings(deadline=None, max_examples=150)
@given(old=LINES, new=LINES, tail=st.sampled_from((b"", b"x")), other=st.sampled_from((b"", b"x", b"y")))
def test_a_diff_holds_both_files(old: list[bytes], new: list[bytes], tail: bytes, other: bytes) -> None:
    before, after = b"".join(old) + tail, b"".join(new) + other
    lines = list(patch.unified(io.BytesIO(before), io.BytesIO(after), "a"))
    assert bool(lines) == (before != after)
    assert applied(before, lines) == after


def applied(before: bytes, diff: list[bytes]) -> bytes:
    """Apply a unified diff, by the ranges of its hunks."""
    left = io.BytesIO(before).readlines()
    out: list[bytes] = []
    at = 0
    for line in itertools.islice(diff, 2, None):
        if line.startswith(b"@@"):
            start, _, count = line.split()[1][1:].partition(b",")
            first = int(start) - (count != b"0")
            out += left[at:first]
            at = first
            continue
        sign, text = line[:1], line[1:].removesuffix(b"\n\\ No newline at end of file\n")
        if sign != b"+":
            assert left[at] == text
            at += 1
        if sign != b"-":
            out.append(text)
    return b"".join([*out, *left[at:]])


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_patch_takes_the_diff(tmp_path: Path, end: bytes) -> None:
    before = b"".join(b"line %d\n" % n for n in range(200)) + b"last" + end
    after = before.replace(b"line 5\n", b"five\n").replace(b"line 100\n", b"").replace(b"last" + end, b"end")
    (tmp_path / "a").write_bytes(before)
    diff = b"".join(patch.unified(io.BytesIO(before), io.BytesIO(after), "a"))
    assert diff.count(b"\n@@ ") == 3
    run = subprocess.run(["git", "apply", "-p0", "-"], input=diff, cwd=tmp_path, check=False)
    assert run.returncode == 0
    assert (tmp_path / "a").read_bytes() == after


def test_a_diff_of_files_that_share_nothing_stays_small_and_right() -> None:
    before = b"".join(b"old %d\n" % n for n in range(9000))
    after = b"".join(b"new %d\n" % n for n in range(8000))
    assert applied(before, list(patch.unified(io.BytesIO(before), io.BytesIO(after), "a"))) == after


def manifest_lines(identity: str, numbers: Iterable[int]) -> bytes:
    same = f'  {{\n    "index_id": "{identity}",\n    "language": "en",\n    "object": '
    return "".join(f'{same}"s3://b/{one}.mp4"\n  }},\n' for one in numbers).encode()


def test_a_diff_of_a_change_in_every_entry_is_small_and_does_not_take_seconds() -> None:
    before, after = manifest_lines("AB", range(2_000)), manifest_lines("ab", range(2_000))
    start = time.process_time()
    lines = list(patch.unified(io.BytesIO(before), io.BytesIO(after), "a"))
    assert time.process_time() - start < 3  # 20 s where equal lines are chosen among all
    assert applied(before, lines) == after
    assert sum(line.startswith((b"-", b"+")) for line in lines) == 2 + 2 * 2_000


@pytest.mark.parametrize("gone", [range(1, 2), range(7), range(500, 900), range(1_000, 3_000, 7)])
def test_a_diff_of_removed_entries_holds_no_other_lines(gone: range) -> None:
    left = [one for one in range(3_000) if one not in gone]
    before, after = manifest_lines("ab", range(3_000)), manifest_lines("ab", left)
    lines = list(patch.unified(io.BytesIO(before), io.BytesIO(after), "a"))
    assert applied(before, lines) == after
    assert [line for line in lines if line.startswith(b"+")] == [b"+++ a\n"]
    assert sum(line.startswith(b"-") for line in lines) == 1 + 5 * len(gone)


def test_a_diff_quotes_a_name_that_would_break_its_line() -> None:
    lines = [*patch.unified(io.BytesIO(b"a\n"), io.BytesIO(b"b\n"), 'n\n\x1b[31m"\udcff.json')]
    assert lines[:2] == [b'--- "n\\012\\033[31m\\042\xff.json"\n', b'+++ "n\\012\\033[31m\\042\xff.json"\n']
