"""``s3transfer-tl lint`` over folders of subtitle files: as many processes as there are cores, one report."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conftest import RunLine

SRT = "1\n00:00:01,000 --> 00:00:0{end},000\nHello.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """200 subtitle files, one in ten with an error, and a manifest that is no JSON among them."""
    for number in range(200):
        (tmp_path / f"{number:03}.srt").write_text(SRT.format(end=1 if number % 10 == 0 else 2))
    (tmp_path / "100-manifest.json").write_text("[")
    return tmp_path


def test_findings_of_many_subtitle_files_come_in_the_order_of_the_files(
    folder: Path, run_line: RunLine
) -> None:
    line = run_line(["lint", "--format", "json", "."], cwd=folder)
    document = json.loads(line.stdout)
    files = [finding["file"] for finding in document["findings"]]
    assert files == sorted([f"{number:03}.srt" for number in range(0, 200, 10)] + ["100-manifest.json"])
    assert document["summary"]["files"] == 201
    assert (line.code, line.stderr) == (1, "")


def test_a_file_that_cannot_be_read_is_told_by_name_among_many(folder: Path, run_line: RunLine) -> None:
    names = sorted(os.listdir(folder))
    (folder / "150.srt").unlink()
    line = run_line(["lint", *names], cwd=folder)
    assert line.code == 2
    assert line.stdout == ""
    assert line.stderr.splitlines()[0] == "error: cannot read 150.srt: No such file or directory"


def test_selection_and_fail_on_hold_for_many_subtitle_files(folder: Path, run_line: RunLine) -> None:
    (folder / "100-manifest.json").unlink()
    line = run_line(["lint", "--ignore", "TL705", "."], cwd=folder)
    assert line.code == 0
    assert "200 files" in line.stdout
