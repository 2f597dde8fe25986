"""What people see of uploads on their way, and what of a URL is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import upload
from s3transfer_tl.cli.uploads import moving
from s3transfer_tl.upload import Sent

INDEX = "65a1c0de5a4db0c5ca11ab1e"


def test_the_moving_line_tells_bytes_rate_and_the_time_left_on_80_columns() -> None:
    line = moving(Sent(500_000_000, 2_000_000_000, 1, 4), 50.0)
    assert line == "1 of 4: [#####               ]  25% 500 of 2,000 MB, 10.0 MB/s, 0:02:30 left"
    assert len(line) <= 80


@given(st.integers(0, 1 << 45), st.integers(0, 1 << 45), st.floats(0, 1e7))
def test_there_is_a_line_for_any_numbers(done: int, more: int, seconds: float) -> None:
    assert "0 of 1: [" in moving(Sent(done, done + more, 0, 1), seconds)


def kept(url: str) -> str:
    return upload.piece(url, None, INDEX, None).entry.object


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("https://h.test/a%20b.mp4", "https://h.test/a%20b.mp4"),
        ("https://h.test/a.mp4?id=7&v=2#t=3", "https://h.test/a.mp4?id=7&v=2"),
        (
            "https://b.s3.amazonaws.com/a.mp4?X-Amz-Date=1&X-Amz-Signature=2",
            "https://b.s3.amazonaws.com/a.mp4",
        ),
        ("https://h.test/a.mp4?sv=1&sr=b&sig=x%3D&id=7", "https://h.test/a.mp4?id=7"),
        (
            "https://d.cloudfront.net/a.mp4?Expires=1&Signature=2&Key-Pair-Id=3",
            "https://d.cloudfront.net/a.mp4",
        ),
    ],
)
def test_of_a_url_all_is_kept_but_what_signs_it(url: str, entry: str) -> None:
    assert kept(url) == entry


def test_signing_a_url_anew_makes_no_other_upload() -> None:
    signed = [f"https://h.test/a.mp4?id=7&X-Amz-Signature={n}&X-Amz-Expires={n}" for n in range(3)]
    assert len(set(map(kept, signed))) == 1
    assert upload.piece(signed[0], None, INDEX, None).urls == {kept(signed[0]): signed[0]}
