"""``lint --format`` and ``--output-file``: several reports of one run, each where it was sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml

from s3transfer_tl import schema
from tests.conftest import RunLine

SAMPLES = Path(__file__).parent.parent.parent / "sample_manifests"
ERROR = (SAMPLES / "guide-example.json").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.json").write_text(ERROR, encoding="utf-8")
    return tmp_path


def test_two_formats_at_once_go_to_a_file_and_to_standard_output(run_line: RunLine, folder: Path) -> None:
    plain = run_line(["lint", "m.json"], cwd=folder)
    line = run_line(
        ["lint", "m.json", "--format", "sarif", "--output-file", "lint.sarif", "--format", "text"], cwd=folder
    )
    assert line == plain
    run = json.loads((folder / "lint.sarif").read_text(encoding="utf-8"))["runs"][0]
    assert [result["ruleId"] for result in run["results"]] == ["TL111"]
    assert run["tool"]["driver"]["rules"][0]["help"]["markdown"].startswith("# TL111 index-id-length")
    assert sorted(path.name for path in folder.iterdir()) == ["lint.sarif", "m.json"]


def test_every_format_can_have_its_file(run_line: RunLine, folder: Path) -> None:
    forms = ["json", "jsonl", "github", "gitlab", "sarif", "junit", "concise", "text"]
    options = [part for form in forms for part in ("--format", form, "--output-file", f"out.{form}")]
    line = run_line(["lint", "m.json", *options], cwd=folder)
    assert line == (1, "", "")
    for form in forms:
        alone = run_line(["lint", "m.json", "--format", form], cwd=folder)
        assert (folder / f"out.{form}").read_text(encoding="utf-8") == alone.stdout, form


def test_a_file_without_a_format_is_text_and_a_dash_is_standard_output(
    run_line: RunLine, folder: Path
) -> None:
    plain = run_line(["lint", "m.json"], cwd=folder)
    line = run_line(["lint", "m.json", "--output-file", "report.txt"], cwd=folder)
    assert line == (1, "", "")
    assert (folder / "report.txt").read_text(encoding="utf-8") == plain.stdout
    assert run_line(["lint", "m.json", "--output-file", "-"], cwd=folder) == plain


def test_a_report_is_written_again_and_never_judged(run_line: RunLine, folder: Path) -> None:
    command = ["lint", ".", "--format", "json", "--output-file", "lint.json"]
    for _ in range(2):
        assert run_line(command, cwd=folder) == (1, "", "")
        document = json.loads((folder / "lint.json").read_text(encoding="utf-8"))
        assert document["summary"]["files"] == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--format", "text", "--format", "sarif"],
            "give one a file: --format sarif --output-file lint.sarif --format text",
        ),
        (
            ["--format", "junit", "--format", "github", "--format", "gitlab", "--output-file", "j.xml"],
            "--format gitlab --output-file gl-code-quality-report.json --format github",
        ),
        (
            ["--format", "json", "--output-file", "a", "--output-file", "b"],
            "there is no --format for --output-file b",
        ),
        (
            ["--format", "json", "--output-file", "a", "--format", "text", "--output-file", "./a"],
            "named twice",
        ),
        (["--output-file", "m.json"], "m.json is an input of this run"),
        (["--output-file", "gone/report.txt"], "make it, or name another file with --output-file"),
        (["--output-file", "."], "is a folder"),
        (["--output-file", "/dev/null"], "leave --output-file out to write to standard output"),
        (["--format", "sarif", "--statistics"], "type --format text or --format json"),
        (["--max-findings", "-1"], "--max-findings"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_report_that_has_no_place_is_refused_with_what_to_type(
    options: list[str], said: str, run_line: RunLine, folder: Path
) -> None:
    line = run_line(["lint", "m.json", *options], cwd=folder)
    assert (line.code, line.stdout) == (2, "")
    assert said in line.stderr
    assert [path.name for path in folder.iterdir()] == ["m.json"]
    assert (folder / "m.json").read_text(encoding="utf-8") == ERROR


def test_a_full_disk_leaves_the_old_report_and_a_sentence(folder: Path) -> None:
    (folder / "old.sarif").write_text("old")
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))\n"
        "from s3transfer_tl import cli\n"
        "sys.exit(cli.run(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "lint", "m.json", "--format", "sarif", "--output-file", "old.sarif"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(SAMPLES.parent), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert "old.sarif could not be written" in done.stderr
    assert (folder / "old.sarif").read_text() == "old"
    assert len(list(folder.iterdir())) == 2


def test_a_name_that_is_no_text_is_told_in_every_form(run_line: RunLine, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.json")
    (tmp_path / name).write_text(ERROR, encoding="utf-8")
    for form in ["text", "concise", "json", "jsonl", "github", "gitlab", "sarif", "junit"]:
        line = run_line(["lint", name, "--format", form], cwd=tmp_path)
        assert (line.code, line.stderr) == (1, ""), form
        told = "caf%E9" if form == "sarif" else "caf\\udce9"
        assert told in line.stdout.replace("\\\\", "\\"), form  # GitLab's path is text in JSON


def test_statistics_take_the_findings_place_in_text_and_json(run_line: RunLine, folder: Path) -> None:
    line = run_line(["lint", "m.json", "--statistics"], cwd=folder)
    assert line.code == 1
    assert line.stdout.startswith("1  TL111 error    index-id-length")
    command = ["lint", "m.json", "--statistics", "--format", "json", "--format", "jsonl"]
    line = run_line([*command, "--output-file", "counts.json"], cwd=folder)
    counts = json.loads((folder / "counts.json").read_text(encoding="utf-8"))
    assert schema.validator("lint-statistics").is_valid(counts)
    assert len(line.stdout.splitlines()) == 2


def test_a_rules_findings_are_cut_for_people_and_not_for_programs(run_line: RunLine, tmp_path: Path) -> None:
    entry = {"index_id": "629d807aa9e2a3a33a92c00b", "language": "en"}
    entries = [{**entry, "object": f"s3://media/{number}.mp4/"} for number in range(30)]
    (tmp_path / "m.json").write_text(json.dumps(entries, indent=2))
    shown = run_line(["lint", "m.json", "--format", "concise", "--max-findings", "5"], cwd=tmp_path)
    assert shown.stdout.count(": TL203 error ") == 5
    assert "25 more TL203 findings not shown: --max-findings is 5 a rule" in shown.stdout
    whole = run_line(["lint", "m.json", "--format", "concise", "--max-findings", "0"], cwd=tmp_path)
    assert whole.stdout.count(": TL203 error ") == 30
    lines = run_line(["lint", "m.json", "--format", "jsonl", "--max-findings", "5"], cwd=tmp_path)
    assert lines.stdout.count('"TL203"') == 30


def test_junit_fails_what_fail_on_fails_and_names_clean_files(run_line: RunLine, folder: Path) -> None:
    (folder / "clean.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    command = ["lint", "m.json", "clean.srt", "--format", "junit"]
    suites = JUnitXml.fromstring(run_line(command, cwd=folder).stdout.encode())
    assert [(suite.name, suite.failures) for suite in suites] == [("m.json", 1), ("clean.srt", 0)]
    line = run_line([*command, "--fail-on", "never"], cwd=folder)
    assert line.code == 0
    assert JUnitXml.fromstring(line.stdout.encode()).failures == 0
