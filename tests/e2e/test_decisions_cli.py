"""Decisions as a user meets them: in a build's talk, its report and its exit code, in explain and in lint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from s3transfer_tl import schema
from tests.conftest import Line, RunLine

INDEX = "629d807aa9e2a3a33a92c00b"
KEYS = ["twice.mp4", "twice.fr.srt", "twice.de.srt", "raw.mp4", "raw.srt", "a: b #1.mp4", "late.srt"]
DECISIONS = """\
version: 1
decisions:
  - video: s3://media/twice.mp4
    transcription: s3://media/twice.fr.srt
  - video: 's3://media/a: b #1.mp4'
    transcription: s3://media/late.srt
  - video: s3://media/raw.mp4
    transcription: null
"""
STALE = "  - video: s3://media/gone.mp4\n    transcription: null\n"


class Desk:
    """A folder with a listing, a config and decisions."""

    def __init__(self, folder: Path, run_line: RunLine) -> None:
        self.folder, self._run = folder, run_line
        (folder / "keys.txt").write_text("".join(f"s3://media/{key}\n" for key in KEYS))
        (folder / "transfer.yaml").write_text(
            f"version: 1\nindex_id: {INDEX}\nlanguage: en\naccess: off\nvideos:\n  source: keys.txt\n"
            "decisions: decisions.yaml\n"
        )

    def decide(self, text: str) -> None:
        (self.folder / "decisions.yaml").write_text(text)

    def build(self, *more: str) -> Line:
        return self.line("build", "-c", "transfer.yaml", *more)

    def line(self, *argv: str) -> Line:
        return self._run(list(argv), cwd=self.folder)


@pytest.fixture
def desk(tmp_path: Path, run_line: RunLine) -> Desk:
    return Desk(tmp_path, run_line)


def test_a_build_pairs_by_decision_and_says_so(desk: Desk) -> None:
    desk.decide(DECISIONS + STALE)
    done = desk.build("-o", "m.json")
    assert done.code == 0, done.stderr
    said = done.stderr.splitlines()
    assert "          2 paired by your decisions" in said
    assert "          1 without a transcription by your decision" in said
    assert "          1 decision is stale: it does not count" in said
    assert (
        "decisions.yaml:9:1: TL808 warning this decision does not count: s3://media/gone.mp4 is not"
        in done.stderr
    )
    entries = json.loads((desk.folder / "m.json").read_text())
    assert [(one["object"], one["transcription"], one["language"]) for one in entries] == [
        ("s3://media/a: b #1.mp4", "s3://media/late.srt", "en"),
        ("s3://media/twice.mp4", "s3://media/twice.fr.srt", "fr"),
    ]
    again = desk.build("-o", "again.json")
    assert again.code == 0
    assert (desk.folder / "again.json").read_bytes() == (desk.folder / "m.json").read_bytes()


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_the_printed_report_tells_what_became_of_the_decisions(desk: Desk, form: str) -> None:
    desk.decide(DECISIONS + STALE)
    done = desk.build("--dry-run", "--format", form)
    assert done.code == 0, done.stderr
    if form == "json":
        report: dict[str, Any] = json.loads(done.stdout)
        jsonschema.validate(report, schema.load("report"))
        stale = report["stale_decisions"]
    else:
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        stale = [one for one in lines if one["kind"] == "stale_decisions"]
        report = lines[-1]
    assert report["summary"]["decisions"] == {"applied": 2, "none": 1, "stale": 1}
    assert [(one["video"], one["file"], one["line"]) for one in stale] == [
        ("s3://media/gone.mp4", "decisions.yaml", 9)
    ]


def test_a_stale_decision_fails_a_build_that_fails_on_warnings(desk: Desk) -> None:
    desk.decide(DECISIONS)
    assert desk.build("-o", "m.json", "--fail-on", "warning").code == 0
    desk.decide(DECISIONS + STALE)
    assert desk.build("-o", "m.json", "--fail-on", "warning").code == 1


def test_without_the_file_a_build_says_that_there_is_no_decision_yet(desk: Desk) -> None:
    done = desk.build("-o", "m.json")
    assert done.code == 1
    assert "no decision yet: decisions.yaml is not there; s3transfer-tl review makes it" in done.stderr
    assert "decide with s3transfer-tl review" in done.stderr


def test_decisions_that_cannot_be_used_end_with_2_and_their_places(desk: Desk) -> None:
    desk.decide("version: 1\ndecisions:\n  - video: s3://media/a\n    transcripton: s3://media/b\n")
    done = desk.build("-o", "m.json")
    assert done.code == 2
    assert "decisions.yaml:4:5: TL802 unknown key 'transcripton'" in done.stderr
    assert "did you mean 'transcription'?" in done.stderr
    assert not (desk.folder / "m.json").exists()
    linted = desk.line("lint", "decisions.yaml")
    assert (linted.code, "decisions.yaml:4:5: TL802" in linted.stdout) == (1, True), linted.stdout


def test_a_manifest_never_takes_the_place_of_the_decisions(desk: Desk) -> None:
    desk.decide(DECISIONS)
    assert desk.build("-o", "decisions.yaml").code == 2
    assert (desk.folder / "decisions.yaml").read_text() == DECISIONS


def test_explain_tells_the_decision_in_text_and_in_json(desk: Desk) -> None:
    desk.decide(DECISIONS)
    done = desk.line("explain", "-c", "transfer.yaml", "twice.mp4")
    assert "video         paired by your decision in decisions.yaml:3" in done.stdout
    told = desk.line("explain", "-c", "transfer.yaml", "raw.srt", "--format", "json")
    document = json.loads(told.stdout)
    jsonschema.validate(document, schema.load("explain"))
    assert document["keys"][0]["outcome"] == "decided"


def test_the_schema_of_decisions_is_printed(desk: Desk) -> None:
    done = desk.line("schema", "decisions")
    assert json.loads(done.stdout)["title"] == "decisions.yaml"
