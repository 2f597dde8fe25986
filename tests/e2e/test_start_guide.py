"""docs/start.md is followed to the letter: in an empty folder, by a shell that knows nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
GUIDE = ROOT / "docs" / "start.md"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
SECONDS = 240
# What a newcomer has: a Python, a shell, and where packages come from.
KEPT = re.compile(r"PIP_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|.*_proxy|.*_PROXY")


@dataclass(frozen=True)
class Step:
    """A command as the guide shows it, the exit code it names, and the lines that it shows."""

    line: str
    code: int
    shown: tuple[str, ...]


def steps() -> list[Step]:
    found = []
    for block in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.splitlines()
            more = [line[2:] for line in lines[1:] if line.startswith("> ")]
            first, _, code = lines[0].partition("   # exit ")
            shown = tuple(line for line in lines[1:] if line != "..." and not line.startswith("> "))
            found.append(Step("\n".join([first, *more]), int(code or 0), shown))
    return found


def script() -> str:
    """The guide as one shell script; each command's exit code and output stand between marks."""
    told = ["set +e"]
    for number, step in enumerate(steps()):
        line = step.line.replace("'s3transfer-tl[demo]'", f"'{ROOT}[demo]'")
        told.append(f"echo '@@ {number}'\n{line}\necho \"@@ ended $?\"")
    told.append("kill -TERM %1; wait")
    return "\n".join(told)


def printed(text: str) -> list[tuple[str, int]]:
    parts = re.findall(r"^@@ \d+\n(.*?)^@@ ended (\d+)\n", text, re.DOTALL | re.MULTILINE)
    return [(output, int(code)) for output, code in parts]


def timeless(text: str) -> str:
    """The text without what differs from run to run: seconds, rates and the sizes that hang on them."""
    return re.sub(r"\d[\d,.]*(?= s\b|/s\b)", "N", text)


@pytest.mark.slow
def test_a_newcomer_gets_from_nothing_to_a_submitted_manifest(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    bash = shutil.which("bash")
    assert bash
    python = tmp_path / "bin" / "python3"  # the interpreter, without the project's packages around it
    python.parent.mkdir()
    python.symlink_to(Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"))
    env = {name: text for name, text in os.environ.items() if KEPT.fullmatch(name)}
    env |= {"HOME": str(home), "PATH": f"{python.parent}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    env |= {"PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip"))}
    here = tmp_path / "new folder"
    here.mkdir()
    done = subprocess.run(
        [bash, "--noprofile", "--norc", "-c", script()],
        cwd=here,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=False,
    )
    text = done.stdout.decode("utf-8")
    results = printed(text)
    assert len(results) == len(steps()), text
    for step, (output, code) in zip(steps(), results, strict=True):
        assert code == step.code, f"{step.line}\n{output}"
        for line in step.shown:
            assert timeless(line) in timeless(output), f"{step.line}\ndoes not print: {line}\nbut:\n{output}"
    assert "tlk_SANDBOX" not in text
