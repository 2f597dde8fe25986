"""Manifests: canonical bytes out, any bytes in."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import errors, manifest, schema
from s3transfer_tl.manifest import Fault, RawEntry, reading
from s3transfer_tl.model import Entry

ID = "629d807aa9e2a3a33a92c00b"
PILOT = Entry(ID, "en", "s3://media/pilot.mp4", "s3://media/pilot.srt")
MUTE = Entry(ID, "en", "s3://media/mute.mp4")

HALF = " is half a surrogate pair, which UTF-8 cannot hold"
WIDE = "the file is not UTF-8; it looks like UTF-16 or UTF-32"
NO_ARRAY = ", not an array of entries"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
entry = st.builds(Entry, texts, texts, texts, st.none() | texts.filter(bool))
SEEDS = [
    manifest.dumps([PILOT, MUTE]),
    manifest.dumps([PILOT, MUTE]).replace(b"media", "m\u00e9dia \u65e5\u672c \U0001f600".encode()),
    json.dumps([PILOT._asdict()] * 3).encode(),
    b'[{"a": "\\ud83d"}, {"a": 1, "a": 2},, {"b": [[{}]], }, // no\n{"c": NaN} {"d": tru',
]


def read(data: bytes) -> list[RawEntry | Fault]:
    return list(manifest.read(io.BytesIO(data)))


def faults(data: bytes) -> list[Fault]:
    return [item for item in read(data) if isinstance(item, Fault)]


def values(data: bytes) -> list[Any]:
    return [item.value for item in read(data) if isinstance(item, RawEntry)]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 5)))
        data[start:end] = draw(
            st.binary(max_size=4) | st.sampled_from([b'"', b"{", b"}", b"[", b"]", b",", b"\n", b"\\"])
        )
    return bytes(data)


def test_the_canonical_bytes_are_those_of_the_contract() -> None:
    assert manifest.dumps([PILOT, MUTE]).decode() == (
        "[\n"
        "  {\n"
        f'    "index_id": "{ID}",\n'
        '    "language": "en",\n'
        '    "object": "s3://media/pilot.mp4",\n'
        '    "transcription": "s3://media/pilot.srt"\n'
        "  },\n"
        "  {\n"
        f'    "index_id": "{ID}",\n'
        '    "language": "en",\n'
        '    "object": "s3://media/mute.mp4"\n'
        "  }\n"
        "]\n"
    )


def test_no_entry_is_an_empty_array() -> None:
    fp = io.BytesIO()
    assert manifest.write([], fp) == 0
    assert fp.getvalue() == b"[]\n"


def test_write_counts_the_entries() -> None:
    assert manifest.write(iter([PILOT, MUTE, PILOT]), io.BytesIO()) == 3


@given(st.lists(entry, max_size=4))
def test_writing_is_what_the_json_module_writes(entries: list[Entry]) -> None:
    rows = [{name: text for name, text in item._asdict().items() if text is not None} for item in entries]
    assert manifest.dumps(entries) == (json.dumps(rows, ensure_ascii=False, indent=2) + "\n").encode()


@given(st.lists(entry, max_size=4))
def test_reading_gives_back_what_was_written(entries: list[Entry]) -> None:
    assert list(manifest.entries(io.BytesIO(manifest.dumps(entries)))) == entries


def test_what_is_written_fits_the_schema() -> None:
    assert schema.validator("manifest").is_valid(json.loads(manifest.dumps([PILOT, MUTE])))


@pytest.mark.parametrize(
    "layout", [{"indent": 2}, {"indent": None}, {"indent": "\t"}, {"separators": (",", ":")}]
)
def test_any_layout_reads_the_same(layout: dict[str, Any]) -> None:
    rows = [{"object": "s3://m\u00e9dia/\U0001f600.mp4"}, {"object": "b"}]
    for ascii_only in (True, False):
        assert values(json.dumps(rows, ensure_ascii=ascii_only, **layout).encode()) == rows


@given(st.lists(entry, max_size=4), st.sampled_from([None, 2]))
def test_offsets_cut_the_entry_out_of_the_file(entries: list[Entry], indent: int | None) -> None:
    data = json.dumps([item._asdict() for item in entries], ensure_ascii=False, indent=indent).encode()
    for item in manifest.read(io.BytesIO(data)):
        if isinstance(item, RawEntry):
            assert json.loads(data[item.offset : item.offset + item.length]) == item.value


@pytest.mark.parametrize("size", [4, 5, 7, 64])
def test_the_size_of_the_chunks_does_not_matter(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [read(data) for data in SEEDS]
    monkeypatch.setattr(reading, "CHUNK", size)
    monkeypatch.setattr(reading, "ENTRY_LIMIT", 400)
    for data, items in zip(SEEDS, expected, strict=True):
        # the first read alone decides whether the file is UTF-8 with a byte order mark
        assert read(data) == items


@given(st.binary(max_size=200) | mutated())
def test_no_bytes_make_the_reader_raise_and_every_place_lies_inside(data: bytes) -> None:
    last = -1
    for item in manifest.read(io.BytesIO(data)):
        assert 0 <= item.offset < max(len(data), 1)
        assert item.offset + item.length <= max(len(data), 1)
        if isinstance(item, RawEntry):
            assert item.number > last
            last = item.number


@given(mutated())
def test_a_file_without_a_fault_is_what_the_json_module_takes(data: bytes) -> None:
    found = faults(data)
    if not found:
        assert json.loads(data) == json.loads(json.dumps([_lists(value) for value in values(data)]))
    else:
        assert all(fault.message for fault in found)


def _lists(value: Any) -> Any:
    """Objects inside an entry come as pairs."""
    if isinstance(value, tuple):
        return {key: _lists(inner) for key, inner in value}
    if isinstance(value, dict):
        return {key: _lists(inner) for key, inner in value.items()}
    return [_lists(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("data", "kind", "at", "message"),
    [
        (b'[{"a":"b",}]', "syntax", b",}", "a comma before the closing }"),
        (b'[{"a":NaN}]', "syntax", b"NaN", "NaN is not JSON"),
        (b'[{"a":-Infinity}]', "syntax", b"-Inf", "-Infinity is not JSON"),
        (b'[{"a":None}]', "syntax", b"None", "None is not JSON"),
        (b'[{"a":01}]', "syntax", b"01", "01 is not a JSON number"),
        (b'[{a:"b"}]', "syntax", b"a:", "a key without quotes"),
        (b"[{'a':1}]", "syntax", b"'a'", "a text in single quotes"),
        (b'[{"a" "b"}]', "syntax", b'"b"', 'expected a colon, found "b"'),
        (b'[{"a":"b" "c":"d"}]', "syntax", b'"c"', 'expected a comma or }, found "c"'),
        (b'[{"a":"b\n"}]', "syntax", b'"b', "a text that is not closed on its line"),
        (b'[{"a":"b\x01"}]', "syntax", b"\x01", "a raw control character U+0001 in a text"),
        (b'[{"a":"\\q"}]', "syntax", b"\\q", "a backslash that escapes nothing"),
        (b'[{"a":"b"} // x\n]', "syntax", b"//", "a comment; JSON has none"),
        (b'[{"a":"b"},]', "syntax", b",]", "a comma without an entry after it"),
        (b'[,{"a":"b"}]', "syntax", b",{", "a comma without an entry before it"),
        (b'[{"a":"b"} {"c":"d"}]', "syntax", b'{"c"', "no comma between two entries"),
        (b'[{"a":"b"}', "syntax", b"}", "the file ends before the array is closed"),
        (b'[{"a":"b"', "syntax", b"{", "the file ends inside this entry"),
        (b'[{"a":"b"}] []', "syntax", b"[]", "text after the end of the array"),
        (b"garbage", "syntax", b"garbage", "garbage is a text without quotes"),
        (b'[{"a":"\xe9"}]', "encoding", b"\xe9", "byte 0xE9 is not UTF-8"),
        (b'[{"a":"\\uD83D"}]', "encoding", b"\\uD83D", "\\uD83D" + HALF),
        (b'[{"a":"\\\\ud83d \\udE00"}]', "encoding", b"\\udE00", "\\udE00" + HALF),
        (b'{"a":"b"}', "shape", b"{", f"the file holds one object{NO_ARRAY}"),
        (b'"index_id": "x"', "shape", b'"', f"the file holds a value{NO_ARRAY}"),
        (b'{"a":1}\n{"a":2}\n', "shape", b"{", f"the file holds objects one after the other{NO_ARRAY}"),
        (b"[]", "empty", b"[", "the array holds no entry"),
        (b" \n", "empty", b" ", "the file is blank"),
        (b"", "empty", b"", "the file is blank"),
        (b'[{"a":1,"b":2,"a":3}]', "duplicate-key", b'"a":3', "the key 'a' stands twice in the entry"),
        ('[{"a":"b"}]'.encode("utf-16"), "encoding", b"\xff", WIDE),
        ('[{"a":"b"}]'.encode("utf-16-le"), "encoding", b"[", WIDE),
    ],
)  # fmt: skip
def test_a_fault_is_told_once_at_its_place(data: bytes, kind: str, at: bytes, message: str) -> None:
    (fault,) = faults(data)
    assert (fault.kind, fault.offset, fault.message) == (kind, data.index(at), message)


def test_a_byte_order_mark_is_told_and_skipped() -> None:
    data = b"\xef\xbb\xbf" + manifest.dumps([PILOT])
    mark, item = read(data)
    assert isinstance(mark, Fault)
    assert isinstance(item, RawEntry)
    assert (mark.kind, mark.offset, mark.length, item.offset) == ("byte-order-mark", 0, 3, 7)


@pytest.mark.parametrize(
    "broken", ['{"a":}', '{"a" 1}', '{"a":"x\n"}', "{'a':1}", '{"a":[1,}', '{"a":\\}', '{"a":1 "b":2}']
)
def test_the_entries_about_a_broken_one_are_read(broken: str) -> None:
    sound = '{"n":"%s"}'
    for glue in (",", ",\n  ", "\n,"):
        data = ("[" + glue.join([sound % 1, broken, sound % 2, broken, sound % 3]) + "]").encode()
        items = read(data)
        assert [item.value["n"] for item in items if isinstance(item, RawEntry)] == ["1", "2", "3"]
        assert [item.number for item in items if isinstance(item, RawEntry)] == [0, 2, 4]
        assert [item.entry for item in items if isinstance(item, Fault)] == [1, 3]


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 100_000, "[" * 80 + "]" * 80])
def test_deep_nesting_is_a_fault_and_no_crash(deep: str) -> None:
    data = f'[{{"a": {deep}}}, {{"b": "c"}}]'.encode()
    assert faults(data)[0].kind == "limit"
    assert manifest.dumps([]) == b"[]\n"


def test_an_endless_entry_is_a_fault_and_the_next_is_read() -> None:
    data = b'[{"a": "' + b"x" * (reading.ENTRY_LIMIT + 1) + b'"},\n{"b": "c"}]'
    fault, item = read(data)
    assert isinstance(fault, Fault)
    assert isinstance(item, RawEntry)
    assert (fault.kind, fault.entry, item.number, item.value) == ("limit", 0, 1, {"b": "c"})


def test_numbers_of_any_length_are_read() -> None:
    assert values(b"[%s, 1e999]" % (b"9" * 5000)) == [float("inf"), float("inf")]


def test_an_empty_or_null_transcription_is_none() -> None:
    rows = [{**MUTE._asdict(), "transcription": text} for text in ("", None)]
    assert list(manifest.entries(io.BytesIO(json.dumps(rows).encode()))) == [MUTE, MUTE]


@pytest.mark.parametrize(
    "row",
    ["text", {"index_id": ID}, {**PILOT._asdict(), "language": 1}, {**PILOT._asdict(), "transcription": []}],
)
def test_entries_refuses_what_is_no_entry(row: object) -> None:
    with pytest.raises(errors.UsageError, match="entry 1 of the manifest"):
        list(manifest.entries(io.BytesIO(json.dumps([PILOT._asdict(), row]).encode())))


def test_entries_refuses_a_broken_file() -> None:
    with pytest.raises(errors.UsageError, match="comma"):
        list(manifest.entries(io.BytesIO(manifest.dumps([PILOT]).replace(b"\n]", b",\n]"))))
