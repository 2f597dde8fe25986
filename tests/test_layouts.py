"""Realistic buckets: each folder of tests/layouts is a listing, a config and the manifest it must give.

``leftovers.json``, where it is there, says what becomes of everything else.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from s3transfer_tl import build, config, sources
from s3transfer_tl.model import S3Settings

FOLDERS = sorted(path.parent for path in Path(__file__).with_name("layouts").glob("*/transfer.yaml"))


def built(folder: Path, manifest: Path) -> build.Built:
    """Build ``folder`` offline, as the command line does."""
    *_, last = build.run(
        config.load(folder / "transfer.yaml"),
        open_source=lambda spec, role: sources.open(
            spec, role=role, s3=S3Settings(), base=folder, stdin=io.BytesIO()
        ),
        check_access=lambda uris: pytest.fail("access is off"),
        target=build.Target(manifest, io.BytesIO()),
    )
    assert isinstance(last, build.Built)
    return last


def test_there_are_at_least_25_layouts() -> None:
    assert len(FOLDERS) >= 25


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_layout_builds_its_manifest_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    summary = built(folder, manifest).summary
    assert manifest.read_bytes() == (folder / "manifest.json").read_bytes()
    if not (folder / "leftovers.json").exists():
        return
    expected = json.loads((folder / "leftovers.json").read_text(encoding="utf-8"))
    report = json.loads((tmp_path / "manifest.report.json").read_text(encoding="utf-8"))
    assert {
        "unmatched_videos": [one["object"] for one in report["unmatched_videos"]],
        "orphan_transcriptions": {
            one["transcription"]: one["reason"] for one in report["orphan_transcriptions"]
        },
        "ambiguous": {one["object"]: one["candidates"] for one in report["ambiguous"]},
        "excluded": summary["excluded"],
    } == expected
