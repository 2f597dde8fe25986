"""Pairs without a manifest: what a build decides, and nothing but that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import s3transfer_tl

LAYOUTS = Path(__file__).parent.parent / "layouts"


@pytest.mark.parametrize("name", ["ambiguous", "decided", "index-per-rule", "videos-without"])
def test_pairs_are_those_of_the_manifest_and_the_rest_is_told(name: str) -> None:
    config = s3transfer_tl.load_config(LAYOUTS / name / "transfer.yaml")
    found = s3transfer_tl.pairs(config)
    manifest = json.loads((LAYOUTS / name / "manifest.json").read_text(encoding="utf-8"))
    assert [(one.object, one.transcription) for one in found.pairs] == [
        (one["object"], one.get("transcription")) for one in manifest
    ]
    if not (LAYOUTS / name / "leftovers.json").exists():
        return
    leftovers = json.loads((LAYOUTS / name / "leftovers.json").read_text(encoding="utf-8"))
    assert list(found.unmatched) == leftovers["unmatched_videos"]
    assert {one.transcription: one.reason for one in found.orphans} == leftovers["orphan_transcriptions"]
    assert {one.object: list(one.candidates) for one in found.ambiguities} == leftovers["ambiguous"]


def test_a_fail_policy_fails_nothing(tmp_path: Path) -> None:
    keys = (LAYOUTS / "ambiguous" / "keys.txt").read_text(encoding="utf-8")
    text = (LAYOUTS / "ambiguous" / "transfer.yaml").read_text(encoding="utf-8")
    (tmp_path / "keys.txt").write_text(keys, encoding="utf-8")
    (tmp_path / "transfer.yaml").write_text(text.replace("ambiguous: omit", "ambiguous: fail"), "utf-8")
    assert s3transfer_tl.pairs(tmp_path / "transfer.yaml").ambiguities
    with pytest.raises(s3transfer_tl.errors.PolicyError):
        s3transfer_tl.build(tmp_path / "transfer.yaml")
