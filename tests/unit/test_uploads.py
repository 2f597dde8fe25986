"""What people see of uploads on their way, and what of a URL is kept."""

from __future__ import annotations

import pytest

from s3transfer_tl import upload
from s3transfer_tl.cli.meter import Reading, fit
from s3transfer_tl.cli.uploads import moving
from s3transfer_tl.upload import Sent

INDEX = "65a1c0de5a4db0c5ca11ab1e"


def test_the_moving_line_tells_bytes_rate_and_the_time_left_on_80_columns() -> None:
    step = moving(Sent(500_000_000, 2_000_000_000, 1, 4))
    line = fit(step, Reading(500_000_000, 10_000_000.0, 150.0, 50.0), 79)
    assert line.before == "uploading "
    assert line.after == " 25% 500 of 2,000 MB, 10.0 MB/s, 2 min left, 1 of 4 files"
    assert (line.bar >= 10, line.cells <= 79) == (True, True)


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
