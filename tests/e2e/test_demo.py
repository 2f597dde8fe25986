"""The demo runs the whole main job, and the README shows what it prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Line, RunLine

README = Path(__file__).parent.parent.parent / "README.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "here"


def demo(run_line: RunLine, folder: Path) -> Line:
    return run_line(["demo", "--dir", str(folder)], timeout=120)


def unstamped(text: str) -> list[str]:
    """Lines without what differs from run to run: seconds and colours."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return [re.sub(r"\d+(\.\d)? s\b", "N s", line).rstrip() for line in plain.splitlines()]


def test_the_demo_ends_with_0_and_the_readme_shows_its_build(run_line: RunLine, folder: Path) -> None:
    done = demo(run_line, folder)
    assert done.code == 0, done.stdout + done.stderr
    both = done.stdout + done.stderr
    assert "6 paired by sidecar" in both
    assert "TL602" in both
    assert re.search(r"^ready +5$", done.stdout, re.MULTILINE)
    shown = README.read_text(encoding="utf-8").split("```console\n", 1)[1].split("```", 1)[0]
    printed = unstamped(both)
    for line in unstamped(shown):
        assert line in printed, f"the README shows a line that the demo does not print: {line}"


def test_a_folder_that_is_not_the_demos_is_left_alone(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    done = demo(run_line, tmp_path)
    assert (done.code, "not an earlier demo's" in done.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
