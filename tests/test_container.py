"""The container file, as far as it can be tried without an engine: what it says, and its steps by hand."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import s3transfer_tl
from tests import installed

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
Instructions = list[tuple[str, str]]
INDEX = "629d807aa9e2a3a33a92c00b"


def instructions() -> Instructions:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines if line)]


def values(word: str) -> list[str]:
    return [rest for one, rest in instructions() if one == word]


def copied() -> list[str]:
    """What is copied from the repository."""
    lines = [rest.split() for rest in values("COPY") if not rest.startswith("--from=")]
    return [source.rstrip("/") for *sources, _ in lines for source in sources]


def test_every_source_is_there_and_none_is_kept_out() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in ignored if line and not line.startswith("#")]
    assert patterns[0] == "*"
    for source in copied():
        assert (ROOT / source).exists(), source
        sent = False
        for pattern in patterns:
            name = pattern.removeprefix("!").removeprefix("**/")
            if any(fnmatch.fnmatch(part, name) for part in (source, source.split("/")[0])):
                sent = pattern.startswith("!")
        assert sent, f"{source} is kept out by .dockerignore"


def test_the_user_is_nobody_by_number_and_the_ledger_has_its_volume() -> None:
    assert instructions()[-4:][1] == ("USER", f"{installed.NOBODY}:{installed.NOBODY}")
    (state,) = (json.loads(rest) for rest in values("VOLUME"))
    assert state == ["/state"]
    assert any("XDG_STATE_HOME=/state" in rest for rest in values("ENV"))
    assert any(f"--owner={installed.NOBODY}" in rest and "/state" in rest for rest in values("RUN"))


def test_versions_and_names_are_the_projects() -> None:
    arguments = dict(rest.split("=", 1) for rest in values("ARG"))
    assert arguments["VERSION"] == s3transfer_tl.__version__
    assert values("FROM") == ["${PYTHON} AS build", "${PYTHON}"]
    tag = re.fullmatch(r"docker\.io/library/python:(3\.\d+)-slim-\w+", arguments["PYTHON"])
    assert tag
    assert f"Programming Language :: Python :: {tag[1]}" in PROJECT["project"]["classifiers"]
    (label,) = values("LABEL")
    assert f'base.name="{arguments["PYTHON"]}"' in label
    assert f'licenses="{PROJECT["project"]["license"]}"' in label
    assert [json.loads(rest) for rest in values("ENTRYPOINT")] == [
        [next(iter(PROJECT["project"]["scripts"]))]
    ]


def test_what_is_copied_builds_the_very_wheel(wheel: Path, tmp_path: Path) -> None:
    source = tmp_path / "src"
    for name in copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            source.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    argv = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        "--wheel",
        "--outdir",
        str(tmp_path),
        str(source),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = tmp_path.glob("*.whl")
    assert zipfile.ZipFile(built).namelist() == zipfile.ZipFile(wheel).namelist()
    assert built.read_bytes() == wheel.read_bytes(), "two builds of one source differ"


class Image:
    """What the image holds: the wheel, its dependencies, a state folder, and nobody to run it."""

    def __init__(self, folder: Path, script: Path) -> None:
        self.folder, self.script, self.work = folder, script, folder / "work"

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.script.parent}:/usr/bin:/bin",
            "XDG_STATE_HOME": str(self.folder / "state"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return subprocess.run(
            [*installed.drops_root(), self.script, *argv],
            cwd=self.work,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture(scope="module")
def image(wheel: Path) -> Iterator[Image]:
    # not below pytest's own folder, which nobody may enter
    with tempfile.TemporaryDirectory(prefix="s3transfer-tl-image-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = Image(folder, installed.make(folder / "venv", wheel))
        state = folder / "state"
        state.mkdir()
        if os.geteuid() == 0:
            os.chown(state, installed.NOBODY, installed.NOBODY)
        made.work.mkdir()
        uris = "s3://media/shows/pilot.mp4\ns3://media/shows/pilot.en.srt\n"
        config = f"version: 1\nindex_id: {INDEX}\nvideos: {{source: keys.txt}}\naccess: off\n"
        entry = {"index_id": INDEX, "language": "en", "object": "s3://media/shows/pilot.mp4"}
        (made.work / "keys.txt").write_text(uris, encoding="utf-8")
        (made.work / "transfer.yaml").write_text(config, encoding="utf-8")
        (made.work / "manifest.json").write_text(json.dumps([entry]), encoding="utf-8")
        made.work.chmod(0o555)
        yield made
        made.work.chmod(0o755)


def test_nobody_without_a_home_can_lint_and_build_in_a_folder_that_cannot_be_written(image: Image) -> None:
    assert image.run("--version").stdout.strip() == f"s3transfer-tl, version {s3transfer_tl.__version__}"
    judged = image.run("lint", "manifest.json")
    assert (judged.returncode, judged.stderr) == (
        0,
        "judging as transfer.yaml says (--no-config: without it)\n",
    )
    built = image.run("build", "-c", "transfer.yaml")
    assert built.returncode == 0, built.stderr
    assert json.loads(built.stdout)[0]["transcription"] == "s3://media/shows/pilot.en.srt"


def test_nobody_gets_a_sentence_where_the_folder_cannot_be_written(image: Image) -> None:
    if not installed.drops_root() and os.access(image.work, os.W_OK):
        pytest.skip("here nobody is kept from writing")
    refused = image.run("build", "-c", "transfer.yaml", "-o", "new.json")
    assert refused.returncode in {2, 4}
    assert "hint:" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_ledger_goes_to_the_volume(image: Image) -> None:
    asked = image.run("status")
    assert asked.returncode == 3
    assert f"{image.folder}/state/s3transfer-tl/ledger.sqlite3" in asked.stderr


@pytest.mark.parametrize("line", ["demo", "check manifest.json --media"])
def test_a_command_that_lacks_its_extra_says_which(image: Image, line: str) -> None:
    refused = image.run(*line.split())
    assert refused.returncode == 2, refused.stderr
    assert f"s3transfer-tl[{'demo' if line == 'demo' else 'media'}]" in refused.stderr
