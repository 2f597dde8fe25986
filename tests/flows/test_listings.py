"""Spooling both sides: one listing serves both where the config names one place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from s3transfer_tl.build import listings
from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import Config, S3Object, SourceSpec


class Listed:
    """A source of two objects."""

    root = ""

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def pages(self) -> Any:
        yield [S3Object("b", "a.mp4"), S3Object("b", "a.srt")]


def opened(videos: SourceSpec, transcriptions: SourceSpec | None, folder: Path, mode: str = "file") -> Any:
    """Which sources were opened, and the two listings."""
    asked: list[tuple[str, str]] = []

    def open_source(spec: str, side: str) -> Any:
        asked.append((spec, side))
        return Listed(mode)

    steps = listings.both(Config("transfer.yaml", videos, transcriptions), open_source, folder)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return asked, *end.value[:2]


SAME: Sequence[SourceSpec] = (
    SourceSpec("keys.txt"),
    SourceSpec("keys.txt", include=("subs/**",)),
    SourceSpec("keys.txt", exclude=("old/**",)),
)


@pytest.mark.parametrize("transcriptions", SAME, ids=str)
def test_a_source_that_both_sides_name_is_listed_once(transcriptions: SourceSpec, tmp_path: Path) -> None:
    asked, videos, others = opened(SourceSpec("keys.txt"), transcriptions, tmp_path)
    assert asked == [("keys.txt", "videos")]
    assert videos == others


def test_standard_input_serves_both_sides(tmp_path: Path) -> None:
    asked, videos, others = opened(SourceSpec("-"), SourceSpec("-", include=("a*",)), tmp_path)
    assert asked == [("-", "videos")]
    assert videos == others


@pytest.mark.parametrize(
    "transcriptions", [SourceSpec("other.txt"), SourceSpec("keys.txt", root="s3://b/subs/")], ids=str
)
def test_two_places_are_listed_apart(transcriptions: SourceSpec, tmp_path: Path) -> None:
    asked, videos, others = opened(SourceSpec("keys.txt"), transcriptions, tmp_path)
    assert asked == [("keys.txt", "videos"), (transcriptions.source, "transcriptions")]
    assert videos != others


def test_without_a_section_one_listing_is_both(tmp_path: Path) -> None:
    asked, _, others = opened(SourceSpec("keys.txt"), None, tmp_path)
    assert (asked, others) == ([("keys.txt", "videos")], None)


def test_standard_input_cannot_be_two_places(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read twice"):
        opened(SourceSpec("-"), SourceSpec("-", root="s3://b/"), tmp_path)
