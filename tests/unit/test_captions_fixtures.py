"""The caption files under tests/fixtures/captions: the good ones pass, the bad ones as stated beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from s3transfer_tl import captions

FOLDER = Path(__file__).parent.parent / "fixtures" / "captions"
EXPECTED: dict[str, list[str]] = json.loads((FOLDER / "bad" / "expected.json").read_text())
FILES = sorted(path for path in FOLDER.glob("*/*") if path.suffix in (".srt", ".vtt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_caption_file_has_the_faults_stated_beside_it(path: Path) -> None:
    faults = captions.check(path.read_bytes(), "srt" if path.suffix == ".srt" else "vtt")
    told = [f"{fault.line}:{fault.column} {fault.code} {fault.severity.value}" for fault in faults]
    assert told == (EXPECTED[path.name] if path.parent.name == "bad" else [])


def test_every_bad_file_has_its_expectation() -> None:
    assert {path.name for path in FILES if path.parent.name == "bad"} == set(EXPECTED)
