"""The linter where others run it: the pre-commit hooks, the action, the problem matcher."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import s3transfer_tl
from tests import action, installed
from tests.conftest import RunLine

ROOT = Path(__file__).parent.parent.parent
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
MATCHER = ROOT / ".github" / "s3transfer-tl-matcher.json"
GOOD = (ROOT / "sample_manifests" / "good-series.json").read_text(encoding="utf-8")
UPPER = GOOD.replace('"en"', '"EN"', 1)
WRONG = (ROOT / "sample_manifests" / "guide-example.json").read_text(encoding="utf-8")
SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n1\n00:00:03,000 --> 00:00:04,000\nAgain.\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    files = {
        "manifest.json": GOOD,
        "shows.manifest.json": UPPER,
        "deep/old-manifest.json": WRONG,
        "deep/a.srt": SRT,
        "package.json": "{}",
        "manifest.report.json": "{}",
        "manifests.py": "",
        "lint.baseline.json": "{}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def chosen(hook: dict[str, Any], folder: Path) -> list[str]:
    """The files that pre-commit would pass: ``files`` is searched for, ``exclude`` wins."""
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return [one for one in names if re.search(hook["files"], one) and not re.search(hook["exclude"], one)]


@pytest.mark.parametrize("hook", list(HOOKS.values()), ids=list(HOOKS))
def test_a_hook_has_what_pre_commit_wants_and_takes_manifests_and_captions(
    hook: dict[str, Any], repository: Path
) -> None:
    assert {"id", "name", "description", "entry", "language", "files"} <= hook.keys()
    assert hook["language"] == "python"
    assert chosen(hook, repository) == [
        "deep/a.srt",
        "deep/old-manifest.json",
        "manifest.json",
        "shows.manifest.json",
    ]


def test_the_lint_hook_fails_on_an_error_and_passes_without(run_line: RunLine, repository: Path) -> None:
    entry = shlex.split(HOOKS["s3transfer-tl-lint"]["entry"])
    assert entry[0] == "s3transfer-tl"
    names = chosen(HOOKS["s3transfer-tl-lint"], repository)
    assert run_line([*entry[1:], *names], cwd=repository).code == 1
    names.remove("deep/old-manifest.json")
    assert run_line([*entry[1:], *names], cwd=repository).code == 0


def test_the_fix_hook_mends_files_in_place(run_line: RunLine, repository: Path) -> None:
    entry = shlex.split(HOOKS["s3transfer-tl-lint-fix"]["entry"])
    run_line([*entry[1:], "manifest.json", "shows.manifest.json"], cwd=repository)
    assert (repository / "manifest.json").read_text(encoding="utf-8") == GOOD
    assert (repository / "shows.manifest.json").read_text(encoding="utf-8") == GOOD


def matched(text: str) -> list[dict[str, str | None]]:
    """What a runner makes of ``text``."""
    matchers = json.loads(MATCHER.read_text(encoding="utf-8"))["problemMatcher"]
    return [found for line in text.splitlines() for found in action.annotations(line, matchers)]


def test_the_problem_matcher_reads_every_finding_and_nothing_else(
    run_line: RunLine, repository: Path
) -> None:
    names = ["deep/old-manifest.json", "shows.manifest.json", "deep/a.srt"]
    findings = json.loads(run_line(["lint", *names, "--format", "json"], cwd=repository).stdout)["findings"]
    assert {one["severity"] for one in findings} == {"error", "warning", "info"}
    told = matched(run_line(["lint", *names, "--format", "concise"], cwd=repository).stdout)
    assert [{**one, "line": int(one["line"] or 0), "column": int(one["column"] or 0)} for one in told] == [
        {key: finding[key] for key in ("file", "line", "column", "code", "message")}
        | {"severity": finding["severity"].replace("info", "notice")}
        for finding in findings
    ]


def test_a_place_in_an_odd_file_name_is_read_whole(run_line: RunLine, tmp_path: Path) -> None:
    name = "a:1 b:2:3.json"
    (tmp_path / name).write_text(WRONG, encoding="utf-8")
    (told,) = matched(run_line(["lint", name, "--format", "concise"], cwd=tmp_path).stdout)
    assert (told["file"], told["line"]) == (name, "3")


def test_the_actions_inputs_have_defaults_and_descriptions() -> None:
    assert set(ACTION["inputs"]) == {"files", "args", "version", "format"}
    assert all(one["description"] and "default" in one for one in ACTION["inputs"].values())
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert "uses" in step or step["shell"] == "bash"
        assert "${{" not in step.get("run", ""), "an input in a script is code of whoever wrote it"


@pytest.mark.parametrize(
    ("inputs", "code", "annotations"),
    [
        ({}, 1, 3),
        ({"files": "manifest.json shows.manifest.json"}, 0, 1),
        ({"files": "*.manifest.json", "args": "--fail-on warning"}, 1, 1),
        ({"files": "manifest.json"}, 0, 0),
        ({"files": "shows.manifest.json", "args": "--format sarif --output-file lint.sarif"}, 0, 1),
        ({"files": "deep/*.vtt"}, 3, 0),
    ],
    ids=str,
)
def test_the_actions_last_step_lints_and_annotates(
    inputs: dict[str, str], code: int, annotations: int, repository: Path, tmp_path_factory: Any
) -> None:
    (repository / "package.json").unlink()
    runner = tmp_path_factory.mktemp("runner")
    program = runner / "s3transfer-tl" / "bin" / "s3transfer-tl"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m s3transfer_tl "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    job = action.run(
        ROOT / "action.yml",
        inputs,
        workspace=repository,
        temporary=runner,
        env={"PYTHONPATH": str(ROOT)},
        only="Lint",
    )
    assert job.code == code, job.output
    assert job.output.startswith(f"::add-matcher::{MATCHER}\n")
    assert len(job.annotations) == annotations


def test_the_action_runs_from_its_first_step_to_annotations_in_place(
    wheel: Path, repository: Path, tmp_path_factory: Any
) -> None:
    """With the wheel of this checkout in the place of PyPI, and its dependencies from here."""
    runner = tmp_path_factory.mktemp("runner")
    (runner / "dependencies").mkdir()
    installed.show_dependencies(runner / "dependencies")
    (repository / "package.json").unlink()
    job = action.run(
        ROOT / "action.yml",
        {"version": s3transfer_tl.__version__, "files": "deep"},
        workspace=repository,
        temporary=runner,
        env={
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_FIND_LINKS": str(wheel.parent),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYTHONPATH": str(runner / "dependencies"),
        },
    )
    assert job.steps == ["actions/setup-python@v5", "Install", "Lint"], job.output
    assert job.code == 1
    found = [(one["file"], one["line"], one["severity"], one["code"]) for one in job.annotations]
    assert ("deep/old-manifest.json", "3", "error", "TL111") in found
    assert {file for file, *_ in found} == {"deep/old-manifest.json", "deep/a.srt"}


def test_the_actions_annotations_can_be_workflow_commands(repository: Path, run_line: RunLine) -> None:
    told = run_line(["lint", "deep/old-manifest.json", "--format", "github"], cwd=repository).stdout
    (found,) = matched(told)
    assert (found["file"], found["line"], found["severity"]) == ("deep/old-manifest.json", "3", "error")
