"""Runs a composite action as GitHub's runner does, as far as ours goes: inputs, env, bash, annotations."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_INPUT = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")
_COMMAND = re.compile(r"^::(error|warning|notice)(?: ([^:]*))?::(.*)$")
# How the runner calls bash for `shell: bash`.
_BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")


@dataclass
class Job:
    """What the steps came to: the code of the last one that ran, what they printed, what is annotated."""

    code: int = 0
    steps: list[str] = field(default_factory=list)
    output: str = ""
    annotations: list[dict[str, str | None]] = field(default_factory=list)


def run(
    action: Path,
    inputs: Mapping[str, str],
    *,
    workspace: Path,
    temporary: Path,
    env: Mapping[str, str] | None = None,
    only: str | None = None,
) -> Job:
    """Run the steps of ``action`` in order, or the ``only`` one, until one fails. A step that `uses`
    setup-python gets this Python as `python`; no other is known."""
    described = yaml.safe_load(action.read_text(encoding="utf-8"))
    assert described["runs"]["using"] == "composite"
    assert set(inputs) <= set(described["inputs"]), "the runner warns of unknown inputs"
    given = {name: str(inputs.get(name, one["default"])) for name, one in described["inputs"].items()}
    job, matchers = Job(), list[dict[str, Any]]()
    bin_folder = temporary / "setup-python"
    around = {
        **os.environ,
        **(env or {}),
        "GITHUB_ACTION_PATH": str(action.parent),
        "GITHUB_WORKSPACE": str(workspace),
        "RUNNER_TEMP": str(temporary),
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
    }
    for step in described["runs"]["steps"]:
        name = step.get("name", step.get("uses"))
        if only and name != only:
            continue
        job.steps.append(name)
        if "uses" in step:
            assert step["uses"].startswith("actions/setup-python@")
            bin_folder.mkdir()
            (bin_folder / "python").symlink_to(shutil.which("python3") or sys.executable)
            continue
        assert step.keys() <= {"name", "shell", "env", "run"}, step
        assert step["shell"] == "bash"
        own = {key: _INPUT.sub(lambda found: given[found[1]], str(text)) for key, text in step["env"].items()}
        done = subprocess.run(
            [*_BASH, step["run"]],
            cwd=workspace,
            env=around | own,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        job.code, job.output = done.returncode, job.output + done.stdout + done.stderr
        for line in done.stdout.splitlines():
            if line.startswith("::add-matcher::"):
                matchers += json.loads(Path(line[15:]).read_text(encoding="utf-8"))["problemMatcher"]
            else:
                job.annotations += annotations(line, matchers)
        if job.code:
            return job
    return job


def annotations(line: str, matchers: list[dict[str, Any]]) -> Iterator[dict[str, str | None]]:
    """Yield what the runner makes of a line: a workflow command, or what the first fitting matcher reads."""
    if command := _COMMAND.match(line):
        pairs = dict(one.split("=", 1) for one in (command[2] or "").split(",") if one)
        yield {"severity": command[1], "message": command[3], **pairs}
        return
    for matcher in matchers:
        (pattern,) = matcher["pattern"]
        if match := re.search(pattern["regexp"], line):
            told = {key: match[place] for key, place in pattern.items() if key != "regexp"}
            yield {"severity": matcher.get("severity"), **told}
            return
