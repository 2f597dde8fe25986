"""Listings by other tools that name no bucket. The fixtures are what awscli 1.46, rclone 1.75 and
s5cmd 2.3 wrote of one bucket on SeaweedFS (``dots``: on moto)."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import sources
from s3transfer_tl.errors import ConfigError, TransferError, UsageError
from s3transfer_tl.model import S3Object, S3Settings
from s3transfer_tl.sources import relative

LISTINGS = Path(__file__).parents[1] / "fixtures" / "listings"
KEYS = json.loads((LISTINGS / "media.keys.json").read_text(encoding="utf-8"))
SHOWS = [key for key in KEYS if key.startswith("shows/")]


def opened(data: bytes, root: str | None) -> sources.Source:
    return sources.open("-", role="list", s3=S3Settings(), base=Path(), stdin=io.BytesIO(data), root=root)


def read(data: bytes | str, root: str | None) -> list[S3Object]:
    data = (LISTINGS / data).read_bytes() if isinstance(data, str) else data
    return [found for page in opened(data, root).pages() for found in page]


def complaint(data: bytes | str, root: str | None) -> TransferError:
    with pytest.raises(TransferError) as caught:
        read(data, root)
    assert caught.value.exit_code == 2
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    "name",
    ["aws-s3-ls.txt", "aws-s3api.json", "s5cmd.jsonl", "rclone-lsjson.json", "rclone-lsf.txt"],
)
def test_what_each_tool_writes_of_a_bucket_is_its_keys(name: str) -> None:
    found = read(f"media.{name}", "s3://media")
    assert sorted(one.key for one in found) == sorted(KEYS)
    assert {one.bucket for one in found} == {"media"}


@pytest.mark.parametrize(
    "name",
    [
        "aws-s3-ls-summarize.txt",
        "aws-s3api-contents.json",
        "rclone-lsjson.json",
        "rclone-lsf.txt",
    ],
)
@pytest.mark.parametrize("root", ["s3://media/shows/", "s3://media/shows"])
def test_what_each_tool_writes_of_a_prefix_is_its_keys_whole(name: str, root: str) -> None:
    assert sorted(one.key for one in read(f"shows.{name}", root)) == sorted(SHOWS)
    assert opened((LISTINGS / f"shows.{name}").read_bytes(), root).root == "s3://media/shows/"


@pytest.mark.parametrize("name", ["aws-s3api.json", "s5cmd.jsonl", "rclone-lsjson.json", "rclone-lsf.txt"])
def test_a_key_with_a_newline_survives_where_the_tool_keeps_it(name: str) -> None:
    assert [one.key for one in read(f"lines.{name}", "s3://lines")] == ["a.mp4", "new\nline.mp4", "z.mp4"]


def test_a_key_with_a_newline_breaks_its_row_of_aws_s3_ls_and_is_refused() -> None:
    error = complaint("lines.aws-s3-ls.txt", "s3://lines")
    assert error.message == (
        "<stdin>:3:1: not a row of `aws s3 ls`; a key with a newline breaks its row in two"
    )
    assert "s5cmd --json ls" in error.hint


def test_sizes_and_times_are_kept_where_they_are_told_exactly() -> None:
    wanted = "shows/ep1.mp4"
    (ls,) = [one for one in read("media.aws-s3-ls.txt", "s3://media") if one.key == wanted]
    assert ls == S3Object("media", wanted, 4)  # its time is in a zone that it does not tell
    (rclone,) = [one for one in read("media.rclone-lsjson.json", "s3://media") if one.key == wanted]
    assert rclone.size == 4
    assert str(rclone.last_modified).endswith("Z")


def test_aws_s3_ls_of_one_folder_names_what_is_in_it() -> None:
    assert [one.key for one in read("sub.aws-s3-ls-flat.txt", "s3://media/shows/sub/")] == [
        "shows/sub/deep;x.mp4"
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("shows.aws-s3-ls-flat.txt", "a folder, not an object"),
        ("shows.aws-s3-ls-human.txt", "--human-readable"),
        ("shows.aws-s3api-page.json", "one page of a longer listing"),
        ("media.rclone-lsjson-flat.json", "names folders, but nothing in them"),
        ("media.rclone-lsf-flat.txt", "names folders, but nothing in them"),
        ("dots.rclone-lsf.txt", "full-width dots"),
    ],
)
def test_a_listing_that_does_not_tell_all_is_refused(name: str, said: str) -> None:
    assert said in complaint(name, "s3://media").message


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("media.aws-s3-ls.txt", "aws s3 ls"),
        ("media.aws-s3api.json", "aws s3api"),
        ("shows.aws-s3api-contents.json", "aws s3api"),
        ("media.rclone-lsjson.json", "rclone lsjson"),
    ],
)
def test_without_a_root_the_sentence_says_what_to_add(name: str, tool: str) -> None:
    error = complaint(name, None)
    assert error.message == f"<stdin> is a listing by `{tool}`, which names no bucket"
    assert "`root: s3://BUCKET/PREFIX/`" in error.hint
    assert "`--root s3://BUCKET/PREFIX/`" in error.hint


def test_lines_of_plain_paths_without_a_root_say_so_too() -> None:
    assert "`root: s3://BUCKET/PREFIX/`" in complaint("media.rclone-lsf.txt", None).hint


@pytest.mark.parametrize(
    ("data", "root", "said"),
    [
        (b"2026-01-02 03:04:05          4 shows/a.mp4\n", "s3://media/films/", "is not below the root"),
        (b'{"Contents": [{"Key": "a.mp4"}]}', "s3://media/films/", "is not below the root"),
        (b'{"Contents": [{"Key": "a.mp4"}], "Name": "other"}', "s3://media", "a listing of s3://other"),
        (b"s3://media/a.mp4\ns3://other/a.mp4\n", "s3://media", "<stdin>:2:1: not below the root"),
        (b"s3://media/shows2/a.mp4\n", "s3://media/shows", "not below the root"),
        (b"2026-01-02 03:04:05          4 a\n\nTotal Objects: 2\n   Total Size: 8\n", "s3://media", "total"),
        (b"2026-01-02 03:04:05          4 a\r\n", "s3://media", "carriage return"),
        (b"a\xff\n", "s3://media", "not UTF-8"),
        (b'[{"Path": "a"}, {"Name": "b"}]', "s3://media", 'no "Path"'),
        (b'[{"Path": "a", "Size": "4"}]', "s3://media", "not a size"),
        (b'[{"Path": "a"}', "s3://media", "expected ',' or ']'"),
    ],
)
def test_what_does_not_fit_the_root_or_the_tool_is_told_with_its_place(
    data: bytes, root: str, said: str
) -> None:
    error = complaint(data, root)
    assert isinstance(error, ConfigError)
    assert said in error.message


def test_rows_that_name_their_bucket_may_have_a_root_and_patterns_start_there() -> None:
    source = opened(b's3://media/shows/a.mp4\n{"uri": "s3://media/shows/b.mp4"}\n', "s3://media/shows")
    assert source.root == "s3://media/shows/"
    assert [one.key for page in source.pages() for one in page] == ["shows/a.mp4", "shows/b.mp4"]


def test_rows_of_aws_s3api_one_a_line_take_the_root_s_bucket() -> None:
    (found,) = read(b'{"Key": "shows/a.mp4", "Size": 3}\n', "s3://media")
    assert found == S3Object("media", "shows/a.mp4", 3)


@pytest.mark.parametrize("root", ["media/shows", "s3://", "s3://b?d/x", "https://media/"])
def test_a_root_is_a_place_in_s3(root: str) -> None:
    with pytest.raises(UsageError, match="not a root"):
        opened(b"a\n", root)


def test_what_says_itself_where_it_is_takes_no_root() -> None:
    with pytest.raises(UsageError, match="takes no root"):
        opened(b'[{"object": "s3://media/a.mp4"}]', "s3://media")
    with pytest.raises(UsageError, match="takes no root"):
        sources.open(
            "s3://media/x", role="list", s3=S3Settings(), base=Path(), stdin=io.BytesIO(), root="s3://media"
        )


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n\uff0e"), min_size=1))
def test_rclone_s_spelling_of_any_key_is_undone(key: str) -> None:
    """rclone's own encoder (lib/encoder): control characters as symbols, a quote before look-alikes."""
    written = ""
    for char in key:
        if ord(char) < 32:
            written += chr(0x2400 + ord(char))
        elif char == "\x7f":
            written += "\u2421"
        elif char == "\u201b" or 0x2400 <= ord(char) < 0x2420 or char == "\u2421":
            written += f"\u201b{char}"
        else:
            written += char
    document = json.dumps([{"Path": written, "IsDir": False}]).encode()
    assert [one.key for one in read(document, "s3://media")] == [key]


def test_a_root_ends_in_a_slash_or_is_a_bucket() -> None:
    assert relative.root("s3://media").uri == "s3://media/"
    assert relative.root("s3://media/a b").uri == "s3://media/a b/"
