"""Saved listings and exports: every kind is recognised by what it holds, and every key survives."""

from __future__ import annotations

import contextlib
import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3transfer_tl import sources
from s3transfer_tl.errors import ConfigError, TransferError, UsageError
from s3transfer_tl.model import S3Object, S3Settings
from s3transfer_tl.sources import spool
from s3transfer_tl.sources.documents import Document

ODD_KEYS = [
    "a+b c#?%ü日本'a\"b'.mp4",
    "new\nline",
    "tab\tand\rreturn",
    "//a//b/",
    "/leading",
    "a/../b",
    "./a",
    "100%25",
    " spaces at both ends ",
    "\\back\\slash",
    "\x01\x7f\x85\u2028",
    "e\u0301 is not \u00e9",
    "\U0001f3ac" * 256,  # 1,024 bytes
]


def opened(data: bytes, *, role: sources.Role = "list") -> sources.Source:
    return sources.open("-", role=role, s3=S3Settings(), base=Path(), stdin=io.BytesIO(data))


def read(data: bytes, *, role: sources.Role = "list") -> list[S3Object]:
    return [found for page in opened(data, role=role).pages() for found in page]


def uris(data: bytes) -> list[str]:
    return [found.uri for found in read(data)]


def complaint(data: bytes, *, role: sources.Role = "list") -> TransferError:
    with pytest.raises(TransferError) as caught:
        read(data, role=role)
    assert caught.value.exit_code == 2
    assert caught.value.hint
    return caught.value


def dumped(objects: list[S3Object]) -> bytes:
    out = io.BytesIO()
    spool.write([objects], out)
    return out.getvalue()


# --- lines --------------------------------------------------------------------------------------


def test_text_lines_are_objects_in_their_order() -> None:
    assert uris(b"s3://b-1/z.mp4\ns3://b-2/a/b.srt\n") == ["s3://b-1/z.mp4", "s3://b-2/a/b.srt"]


def test_the_last_line_needs_no_newline_and_blank_lines_are_nothing() -> None:
    assert uris(b"\n\ns3://bkt/a\n  \ns3://bkt/b") == ["s3://bkt/a", "s3://bkt/b"]


@pytest.mark.parametrize("key", [key for key in ODD_KEYS if "\n" not in key])
def test_a_text_line_is_its_key_to_the_last_byte(key: str) -> None:
    assert [found.key for found in read(f"s3://bkt/first\ns3://bkt/{key}\n".encode())] == ["first", key]


@pytest.mark.parametrize("key", ODD_KEYS)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_json_line_holds_any_key(key: str, ascii_only: bool) -> None:
    line = json.dumps({"uri": f"s3://bkt/{key}"}, ensure_ascii=ascii_only)
    assert [found.key for found in read(line.encode())] == [key]


def test_a_file_whose_first_line_ends_in_crlf_ends_all_lines_so() -> None:
    assert uris(b"s3://bkt/a\r\ns3://bkt/b\r\r\n\r\n") == ["s3://bkt/a", "s3://bkt/b\r"]


def test_in_any_other_file_a_carriage_return_belongs_to_the_key() -> None:
    assert uris(b"s3://bkt/a\ns3://bkt/b\r\n") == ["s3://bkt/a", "s3://bkt/b\r"]


def test_mixed_line_ends_are_refused_where_they_could_change_a_key() -> None:
    assert "<stdin>:2:1: this line ends in a newline" in complaint(b"s3://bkt/a\r\ns3://bkt/b\n").message


def test_a_byte_order_mark_is_no_part_of_the_first_uri() -> None:
    assert uris("\ufeffs3://bkt/a\n".encode()) == ["s3://bkt/a"]
    assert uris('\ufeff{"uri": "s3://bkt/a"}\n'.encode()) == ["s3://bkt/a"]


def test_our_own_lines_come_back_whole() -> None:
    whole = S3Object("bkt", "k", 7, "etag", "2026-01-02T03:04:05.000Z", "GLACIER", "6" * 24, "en")
    bare = S3Object("bkt", "bare")
    assert read(dumped([whole, bare])) == [whole, bare]


def test_s5cmd_lines_are_read() -> None:
    line = (
        '{"key":"s3://bkt/a b.mp4","etag":"d41d8","last_modified":"2026-01-02T03:04:05Z","type":"file",'
        '"size":12,"storage_class":"STANDARD"}\n'
    )
    empty = '{"key":"s3://bkt/empty","etag":"d41d8","last_modified":"2026-01-02T03:04:05Z","type":"file"}\n'
    first, second = read((line + empty).encode())
    assert first == S3Object("bkt", "a b.mp4", 12, "d41d8", "2026-01-02T03:04:05Z", "STANDARD")
    assert second.key == "empty"


def test_text_and_json_lines_may_stand_in_one_file() -> None:
    assert uris(b's3://bkt/a\n{"uri": "s3://bkt/b"}\n') == ["s3://bkt/a", "s3://bkt/b"]


def test_an_empty_listing_holds_nothing() -> None:
    assert read(b"") == []


def test_pages_are_of_a_thousand_and_come_before_the_file_ends() -> None:
    reading, writing = os.pipe()
    more = threading.Event()

    def write() -> None:
        with os.fdopen(writing, "wb") as out:
            out.write(b"s3://bkt/key\n" * 200_000)
            out.flush()
            more.wait(10)
            out.write(b"s3://bkt/last\n")

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb") as fp:
        source = sources.open("-", role="list", s3=S3Settings(), base=Path(), stdin=fp)
        pages = source.pages()
        assert len(next(pages)) == 1000
        more.set()
        assert sum(map(len, pages)) == 199_001
    writer.join()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"s3://bkt/a\nshows/b.mp4\n", "<stdin>:2:1: neither an s3:// URI nor a JSON object"),
        (b"s3://bkt\n", "<stdin>:1:9: no key after the bucket"),
        (b"s3://bkt/\n", "<stdin>:1:10: no key after the bucket"),
        (b"s3://B_/a\n", "<stdin>:1:6: not a bucket name: 'B_'"),
        (b"s3://bkt/a\ns3://bkt/\xc3\xbc\xff\n", "<stdin>:2:11: not UTF-8"),
        (b'{"uri": "s3://bkt/a"}\n{"uri": "s3://bkt/b",}\n', "<stdin>:2:22: not a JSON object on one line"),
        (b'{"uri": "s3://bkt/a", "size": "1"}\n', "<stdin>:1:1: not a size in bytes: '1'"),
        (b'{"uri": "s3://bkt/a", "size": true}\n', "not a size in bytes: True"),
        (b'{"uri": "s3://bkt/a", "etag": 1}\n', "etag is not a text: 1"),
        (b'{"uri": "bkt/a"}\n', "<stdin>:1:1: not an s3:// URI: 'bkt/a'"),
        (b'{"url": "s3://bkt/a"}\n', 'no "uri" in this row'),
        (b'{"uri": "s3://bkt/\\ud800"}\n', "half a character"),
        (b'{"key": "s3://bkt/a/", "type": "directory"}\n', "a folder, not an object"),
        (b'{"uri": ' + b"[" * 100_000 + b"\n", "nested too deeply"),
    ],
)
def test_a_bad_line_is_told_with_its_place(data: bytes, said: str) -> None:
    assert said in complaint(data).message


@pytest.mark.parametrize(
    ("data", "tool"),
    [
        (b"2026-01-02 03:04:05       1234 shows/a b.mp4\n", "aws s3 ls"),
        (b"                           PRE shows/\n", "aws s3 ls"),
        (b'{"Key":"shows/a.mp4","Size":1}\n', "aws s3api"),
        (b'[{"Key": "shows/a.mp4"}]', "aws s3api"),
        (b'[\n{"Path":"a.mp4","Name":"a.mp4","Size":1,"IsDir":false}\n]\n', "rclone lsjson"),
        (b'{"Contents": [{"Key": "a"}]}', "aws s3api"),
        (b'{\n    "Contents": [\n        {"Key": "a"}\n    ]\n}\n', "aws s3api"),
    ],
)
def test_a_listing_that_names_no_bucket_is_refused_with_the_way_to_add_it(data: bytes, tool: str) -> None:
    error = complaint(data)
    assert f"`{tool}`" in error.message
    assert "no bucket" in error.message
    assert "s3://BUCKET/" in error.hint


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x1f\x8b\x08\x00", "compressed"),
        ("s3://bkt/a\n".encode("utf-16"), "UTF-16"),
        (b'{"sourceBucket": "b", "fileSchema": "Bucket, Key", "files": []}', "S3 Inventory"),
        (b'{\n  "sourceBucket" : "b",\n  "fileSchema" : "Bucket, Key"\n}', "S3 Inventory"),
        (b'["s3://bkt/a"]', "not a dashboard export"),
        (b"[[]]", "not a dashboard export"),
    ],
)
def test_what_cannot_be_a_listing_is_told_apart(data: bytes, said: str) -> None:
    assert said in complaint(data).message


# --- aws s3api ----------------------------------------------------------------------------------


def api_document(keys: list[str], **more: Any) -> dict[str, Any]:
    rows = [
        {
            "Key": key,
            "LastModified": "2026-01-02T03:04:05+00:00",
            "ETag": '"e"',
            "Size": 3,
            "StorageClass": "STANDARD",
        }
        for key in keys
    ]
    return {"Contents": rows, "Name": "media", **more}


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_an_api_document_is_read_whatever_its_layout(indent: int | None, ascii_only: bool) -> None:
    data = json.dumps(api_document(ODD_KEYS), indent=indent, ensure_ascii=ascii_only).encode()
    found = read(data)
    assert [one.key for one in found] == ODD_KEYS
    assert found[0] == S3Object("media", ODD_KEYS[0], 3, "e", "2026-01-02T03:04:05+00:00", "STANDARD")


def test_an_api_document_may_be_larger_than_any_buffer_and_come_through_a_pipe() -> None:
    keys = [f"shows/{number:06d}.mp4" for number in range(20_000)]
    assert [one.key for one in read(json.dumps(api_document(keys), indent=2).encode())] == keys


def test_an_api_document_with_no_contents_holds_nothing() -> None:
    assert read(b'{"Contents": null, "Name": "media"}') == []


def test_one_page_of_a_longer_api_listing_is_refused() -> None:
    assert "one page" in complaint(json.dumps(api_document(["a"], IsTruncated=True)).encode()).message


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"Name": "media",\n "Contents": [\n  {"Size": 1}]}', "<stdin>:3:3: not a key: None"),
        (b'{"Name": "media",\n "Contents": ["a"]}', "<stdin>:2:15: not an object"),
        (b'{"Name": "media",\n "Contents": [{"Key": "a"}', "<stdin>:2:27: expected ',' or ']'"),
        (b'{"Name": "media",\n "Contents": [{"Key": "a"}]} x', "more text after the end"),
        (b'{"Name": "media",\n "Contents": [{"Key": "a\xff"}]}', "<stdin>:2:25: not UTF-8"),
    ],
)
def test_a_damaged_api_document_is_told_with_its_place(data: bytes, said: str) -> None:
    assert said in complaint(data).message


# --- dashboard export ---------------------------------------------------------------------------

EXPORT = [
    {
        "index_id": "6298d673f1090f1100476d4c",
        "language": "en",
        "object": "s3://bkt/a ü.mp4",
        "transcription": "",
    },
    {
        "index_id": "6298d673f1090f1100476d4c",
        "language": "",
        "object": "s3://bkt/b.mp4",
        "transcription": None,
    },
    {"object": "s3://bkt/c.mp4"},
]


def test_an_export_keeps_index_and_language_with_each_video() -> None:
    source = opened(json.dumps(EXPORT, indent=2).encode(), role="videos")
    found = [one for page in source.pages() for one in page]
    assert [one.key for one in found] == ["a ü.mp4", "b.mp4", "c.mp4"]
    assert [(one.index_id, one.language) for one in found] == [
        ("6298d673f1090f1100476d4c", "en"),
        ("6298d673f1090f1100476d4c", None),
        (None, None),
    ]
    assert (source.mode, source.root) == ("export", "")


def test_an_empty_export_holds_nothing() -> None:
    assert read(b"[]\n") == []


def test_an_export_is_no_source_of_transcriptions() -> None:
    assert "names videos only" in complaint(json.dumps(EXPORT).encode(), role="transcriptions").message


def test_a_saved_export_keeps_index_and_language() -> None:
    found = read(json.dumps(EXPORT).encode())
    assert read(dumped(found)) == found


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'[{"object": "s3://bkt/a"},\n {"object": "bkt/b"}]', "<stdin>:2:2: not an s3:// URI: 'bkt/b'"),
        (b'[{"object": "s3://bkt/a"},\n {"index_id": "1"}]', "<stdin>:2:2: not an s3:// URI: None"),
        (b'[{"object": "s3://bkt/a"},\n "s3://bkt/b"]', "<stdin>:2:2: not an entry"),
        (b'[{"object": "s3://bkt/a", "index_id": 5}]', "index_id is not a text: 5"),
        (b'[{"object": "s3://bkt/a"},\n {"object": ]', "<stdin>:2:13: Expecting value"),
        (b'[{"object": "s3://bkt/a"},\n', "<stdin>:2:1: Expecting value"),
    ],
)
def test_a_bad_export_is_told_with_its_place(data: bytes, said: str) -> None:
    assert said in complaint(data, role="videos").message


# --- open ---------------------------------------------------------------------------------------


def at(spec: str, base: Path) -> sources.Source:
    return sources.open(spec, role="list", s3=S3Settings(), base=base, stdin=io.BytesIO())


def test_a_relative_path_starts_at_the_base(tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("s3://bkt/a\n")
    source = at("keys.txt", tmp_path)
    assert [one.key for page in source.pages() for one in page] == ["a"]
    assert [one.key for page in source.pages() for one in page] == ["a"], "a file is read as often as asked"
    assert (source.mode, source.root) == ("file", "")


def test_a_stream_is_read_once() -> None:
    source = opened(b"s3://bkt/a\n")
    list(source.pages())
    with pytest.raises(UsageError, match="was read already"):
        list(source.pages())


@pytest.mark.parametrize(
    ("spec", "root"),
    [
        ("s3://bucket", "s3://bucket/"),
        ("s3://bucket/", "s3://bucket/"),
        ("s3://bucket/a b/c%20#?", "s3://bucket/a b/c%20#?"),
        ("s3://Old_Bucket.name/x", "s3://Old_Bucket.name/x"),
    ],
)
def test_a_place_in_s3_is_its_own_root(spec: str, root: str, tmp_path: Path) -> None:
    source = at(spec, tmp_path)
    assert (source.mode, source.root) == ("stream", root)


@pytest.mark.parametrize(
    ("spec", "said", "hint"),
    [
        ("s3://", "not a bucket name", "s3://BUCKET/PREFIX"),
        ("s3://b?c/x", "not a bucket name", "3 to 63"),
        ("https://bucket.s3.amazonaws.com/a", "not a source", "s3://BUCKET/PREFIX"),
        ("arn:aws:s3:::bucket", "not a source", "s3://BUCKET/PREFIX"),
        ("keys.jsonk", "cannot be read: No such file", "keys.jsonl"),
        ("nowhere/keys", "cannot be read", "listing file"),
        ("folder", "is a folder", "s3://BUCKET/PREFIX"),
        ("", "an empty text", "s3://BUCKET/PREFIX"),
        ("nul\0", "cannot be read", "listing file"),
    ],
)
def test_what_is_no_source_gets_its_sentence(spec: str, said: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "keys.jsonl").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(TransferError) as caught:
        at(spec, tmp_path)
    assert said in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


# --- properties ---------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
optional = st.none() | texts.map(lambda text: text.strip('"'))
objects = st.builds(
    S3Object,
    st.just("bkt"),
    texts,
    st.none() | st.integers(0, 1 << 60),
    optional,
    optional,
    optional,
    index_id=st.none(),
    language=st.none(),
)


@given(st.lists(objects, max_size=20))
def test_what_the_spool_writes_is_a_source_again(found: list[S3Object]) -> None:
    data = dumped(found)
    assert read(data) == found
    for line, one in zip(data.decode().split("\n"), found, strict=False):
        assert json.loads(line) == {
            "uri": one.uri,
            "size": one.size,
            "etag": one.etag,
            "last_modified": one.last_modified,
            "storage_class": one.storage_class,
        }


def test_the_spool_counts_keys_and_pages() -> None:
    pages = [[S3Object("bkt", "a"), S3Object("bkt", "b")], [S3Object("bkt", "c")]]
    assert spool.write(pages, io.BytesIO()) == (3, 2)
    assert spool.write([], io.BytesIO()) == (0, 0)


class Trickle(io.BytesIO):
    """Give a few bytes at a time, however many are asked for."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__(data)
        self._step = step

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._step)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(values, max_size=6), st.sampled_from([None, 1]), st.integers(1, 9))
def test_a_document_read_in_any_steps_is_the_same_document(
    whole: list[Any], indent: int | None, step: int
) -> None:
    data = json.dumps(whole, indent=indent, ensure_ascii=False).encode()
    items = list(Document(Trickle(data, step), "f").items())
    assert [item.value for item in items] == whole
    lines = data.decode().split("\n")
    for item in items:
        assert lines[item.line - 1][item.column - 1 :].startswith(
            json.dumps(item.value, ensure_ascii=False)[0]
        )


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text('[]{}",:s3/ \n\r1').map(lambda text: text.encode()))
def test_no_bytes_at_all_cause_more_than_a_sentence(data: bytes) -> None:
    with contextlib.suppress(UsageError, ConfigError):
        assert all(one.key for one in read(data))


def test_a_broken_array_is_a_config_error_not_a_crash() -> None:
    with pytest.raises(ConfigError):
        read(b"[{")
