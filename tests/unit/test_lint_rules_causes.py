"""One cause, one finding, and the finding names what it can."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from s3transfer_tl import lint
from s3transfer_tl.model import Finding

ID = "629d807aa9e2a3a33a92c00b"


def found(**fields: Any) -> tuple[Finding, ...]:
    plain = {
        "index_id": ID,
        "language": "en",
        "object": "s3://media/a.mp4",
        "transcription": "s3://media/a.srt",
    }
    return lint.manifest(io.BytesIO(json.dumps([{**plain, **fields}]).encode()), "m.json").findings


@pytest.mark.parametrize("bucket", ["media.example.com", "sthree-x", "Media", "1.2.3.4"])
def test_a_bucket_that_both_files_are_in_is_one_cause(bucket: str) -> None:
    (finding,) = found(object=f"s3://{bucket}/a.mp4", transcription=f"s3://{bucket}/a.srt")
    assert finding.field == "object"


def test_a_bucket_of_the_transcription_alone_is_told_there() -> None:
    (finding,) = found(transcription="s3://a.b/a.srt")
    assert (finding.code, finding.field) == ("TL205", "transcription")


def test_every_look_alike_of_an_index_id_is_named_with_the_id_that_it_would_make() -> None:
    (finding,) = found(index_id="629d8O7aa9e2a3a33a92cOlb")
    assert finding.code == "TL112"
    assert finding.message.endswith("perhaps O for 0 and l for 1")
    assert "629d807aa9e2a3a33a92c01b" in finding.hint


def test_an_index_id_with_a_letter_that_looks_like_no_digit_is_to_be_copied_again() -> None:
    (finding,) = found(index_id="629d8x7aa9e2a3a33a92c00b")
    assert "perhaps" not in finding.message
    assert "copy the id again" in finding.hint
