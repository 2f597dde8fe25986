"""The diff command on real files."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from s3transfer_tl import manifest, schema
from s3transfer_tl.model import Entry
from tests.conftest import Line, RunLine

OLD = [
    Entry("i", "en", "s3://b/a.mp4", "s3://b/a.srt"),
    Entry("i", "en", "s3://b/b.mp4", "s3://b/b.srt"),
    Entry("i", "en", "s3://b/c\n.mp4", "s3://b/c.srt"),
    Entry("i", "en", "s3://b/d.mp4"),
    Entry("i", "en", "s3://b/e.mp4", "s3://b/e.srt"),
]
NEW = [
    Entry("i", "en", "s3://b/a.mp4", "s3://b/a.srt"),
    Entry("i", "en", "s3://b/b.mp4", "s3://b/b.vtt"),
    Entry("j", "es", "s3://b/c\n.mp4", "s3://b/c.srt"),
    Entry("i", "en", "s3://b/\u00fc.mp4", "s3://b/\u00fc.srt"),
    Entry("i", "en", "s3://b/e.mp4"),
]


def diff(folder: Path, run_line: RunLine, *more: str) -> Line:
    (folder / "a.json").write_bytes(manifest.dumps(OLD))
    (folder / "b.json").write_bytes(manifest.dumps(NEW))
    return run_line(["diff", "a.json", "b.json", *more], cwd=folder)


def test_the_lines_say_what_was_and_what_is(tmp_path: Path, run_line: RunLine) -> None:
    done = diff(tmp_path, run_line)
    assert (done.code, done.stdout) == (
        0,
        "~ s3://b/b.mp4: transcription was s3://b/b.srt, is s3://b/b.vtt\n"
        "~ s3://b/c\\n.mp4: index_id was i, is j; language was en, is es\n"
        "- s3://b/d.mp4\n"
        "~ s3://b/e.mp4: transcription was s3://b/e.srt, is none\n"
        "+ s3://b/\u00fc.mp4 with s3://b/\u00fc.srt\n",
    )
    assert done.stderr == "1 added, 1 dropped, 2 re-paired, 1 changed; 1 entry the same\n"


def test_json_follows_its_schema_and_the_lines_say_the_same(tmp_path: Path, run_line: RunLine) -> None:
    document = json.loads(diff(tmp_path, run_line, "--format", "json").stdout)
    jsonschema.validate(document, schema.load("diff"))
    *lines, last = map(json.loads, diff(tmp_path, run_line, "--format", "jsonl").stdout.splitlines())
    assert lines == document["changes"]
    assert last == {"summary": document["summary"]}
    assert document["changes"][0]["before"] == OLD[1]._asdict()
    assert document["summary"] == {"added": 1, "dropped": 1, "re-paired": 2, "changed": 1, "same": 1}


def test_equal_manifests_end_with_0_and_an_empty_document_is_valid(tmp_path: Path, run_line: RunLine) -> None:
    diff(tmp_path, run_line)
    done = run_line(["diff", "a.json", "a.json", "--format", "json"], cwd=tmp_path)
    assert done.code == 0
    jsonschema.validate(json.loads(done.stdout), schema.load("diff"))
    assert "no difference; 5 entries the same" in done.stderr


def test_what_a_dashboard_writes_for_no_transcription_is_none(tmp_path: Path, run_line: RunLine) -> None:
    entry = {"index_id": "i", "language": "en", "object": "s3://b/a.mp4"}
    (tmp_path / "a.json").write_text(json.dumps([entry]))
    (tmp_path / "b.json").write_text(json.dumps([{"transcription": "", **entry}]))
    done = run_line(["diff", "a.json", "b.json"], cwd=tmp_path)
    assert (done.code, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        ("[]", 3, "neither a.json nor a.json holds an entry"),
        ("[{", 2, "a.json: "),
        ('[{"object": 1}]', 2, "a.json: entry 0 of the manifest cannot be used"),
        (None, 2, "cannot read a.json"),
    ],
)
def test_what_cannot_be_compared_is_told(
    tmp_path: Path, run_line: RunLine, content: str | None, code: int, says: str
) -> None:
    if content is not None:
        (tmp_path / "a.json").write_text(content)
    done = run_line(["diff", "a.json", "a.json"], cwd=tmp_path)
    assert (done.code, says in done.stderr, "hint:" in done.stderr) == (code, True, True), done.stderr


def test_one_empty_side_is_a_difference(tmp_path: Path, run_line: RunLine) -> None:
    diff(tmp_path, run_line)
    (tmp_path / "none.json").write_text("[]")
    done = run_line(["diff", "none.json", "a.json"], cwd=tmp_path)
    assert (done.code, done.stdout.count("+ ")) == (0, 5)
