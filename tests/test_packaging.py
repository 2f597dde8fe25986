"""What is installed is what the repository holds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import click
import jsonschema
import jsonschema.validators
import pytest

from s3transfer_tl import __version__, cli, schema
from s3transfer_tl.cli import environment

ROOT = Path(__file__).parent.parent
HEAVY = ("boto3", "botocore", "requests", "duckdb", "pycurl", "rich", "re2", "sqlite3")


def test_the_wheel_holds_schemas_sql_types_and_the_sample(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in schema.names():
        assert f"s3transfer_tl/schemas/{name}.schema.json" in names
    assert {
        "s3transfer_tl/py.typed",
        "s3transfer_tl/matching/matching.sql",
        "s3transfer_tl/ledger/tables.sql",
        "s3transfer_tl/sandbox/sample.mp4",
        "s3transfer_tl/review/page.html",
    } <= names
    pages = {path.name for path in (ROOT / "docs" / "man").iterdir()}
    shared = f"s3transfer_tl-{__version__}.data/data/share/man/man1/"
    assert {name.removeprefix(shared) for name in names if name.startswith(shared)} == pages
    assert not [name for name in names if name.startswith(("tests/", "docs/", "benchmarks/", ".demo"))]


def test_an_installed_wheel_reads_its_own_schemas(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, system_site_packages=False)
    site = next((tmp_path / "venv").glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # the dependencies of this environment, but not its checkout of the project
    dependencies = Path(jsonschema.__file__).parent.parent
    code = (
        "import s3transfer_tl.schema as s, json; print(s._FOLDER); [json.loads(s.text(n)) for n in s.names()]"
    )
    done = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": f"{site}{os.pathsep}{dependencies}"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(site) in done.stdout


@pytest.mark.parametrize("name", schema.names())
def test_every_schema_is_one_by_its_own_metaschema(name: str) -> None:
    document = schema.load(name)
    jsonschema.validators.validator_for(document).check_schema(document)
    assert document["$id"] == f"urn:s3transfer-tl:schema:{name}"
    assert document["title"]


COMMANDS = environment.commands(cli.main, click.Context(cli.main, info_name="s3transfer-tl"))
HELPS = [["--help"], *([*path, "--help"] for path, _ in COMMANDS)]


@pytest.mark.parametrize("argv", [*HELPS, ["lint", "{manifest}"], ["rules"]], ids=" ".join)
def test_a_light_command_loads_nothing_heavy(argv: list[str], tmp_path: Path) -> None:
    manifest = tmp_path / "m.json"
    entry = {"index_id": "629d807aa9e2a3a33a92c00b", "language": "en", "object": "s3://media/a.mp4"}
    manifest.write_text(json.dumps([entry]), encoding="utf-8")
    code = (
        "import sys; from s3transfer_tl import cli; code = cli.run(sys.argv[1:]);"
        f"loaded = sorted(set(sys.modules) & set({HEAVY!r})); "
        "print('loaded:', *loaded, file=sys.stderr); sys.exit(code)"
    )
    line = [word.format(manifest=manifest) for word in argv]
    done = subprocess.run(
        [sys.executable, "-c", code, *line], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].strip() == "loaded:"


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="no processor time of a process here")
@pytest.mark.parametrize("argv", [["--help"], ["submit", "--help"], ["check", "--help"]], ids=" ".join)
def test_help_takes_less_than_200_ms(argv: list[str]) -> None:
    """Of processor time, which a busy machine does not stretch as it does the clock's; the best of five."""
    best = 1.0
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-m", "s3transfer_tl", *argv], stdout=subprocess.DEVNULL, cwd=ROOT
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        best = min(best, used.ru_utime + used.ru_stime)
        if best < 0.2:
            return
    raise AssertionError(f"{best:.3f} s")


@pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")
def test_man_finds_the_pages_of_an_environment_by_its_path(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    with zipfile.ZipFile(wheel) as archive:
        data = [name for name in archive.namelist() if "/share/man/" in name]
        archive.extractall(tmp_path / "wheel", data)
    (folder,) = (tmp_path / "wheel").glob("*/data/share")
    shutil.copytree(folder, tmp_path / "venv" / "share", dirs_exist_ok=True)  # where pip puts it
    path = f"{tmp_path / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for name in ("s3transfer-tl", "s3transfer-tl-build", "s3transfer-tl-config-show"):
        done = subprocess.run(
            ["man", "-w", name], capture_output=True, text=True, env={"PATH": path}, check=False
        )
        assert done.stdout.strip() == str(tmp_path / "venv" / "share" / "man" / "man1" / f"{name}.1")


def test_the_tests_do_not_hear_the_callers_options() -> None:
    """Variables that would change every command change no test."""
    loud = {"FORMAT": "json", "FAIL_ON": "never", "QUIET": "1", "CONFIG": "/nowhere.yaml", "NOBODYS": "1"}
    env = os.environ | {f"S3TRANSFER_TL_{name}": value for name, value in loud.items()}
    chosen = "decides_the_exit_code or says_nothing"
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen]
    argv += ["tests/e2e/test_conventions_cli.py"]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, env=env, check=False)
    assert done.returncode == 0, done.stdout
