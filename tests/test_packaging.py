"""What is installed is what the repository holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import jsonschema
import jsonschema.validators
import pytest

from s3transfer_tl import schema

ROOT = Path(__file__).parent.parent
HEAVY = ("boto3", "botocore", "requests", "duckdb", "pycurl", "rich", "re2", "sqlite3")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel by way of the source distribution, as a release does."""
    out = tmp_path_factory.mktemp("dist")
    argv = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = out.glob("*.whl")
    return found


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


@pytest.mark.parametrize(
    "argv",
    [
        ["--help"],
        ["lint", "--help"],
        ["build", "--help"],
        ["submit", "--help"],
        ["status", "--help"],
        ["retry", "--help"],
        ["resolve", "--help"],
        ["lint", "{manifest}"],
        ["rules"],
    ],
    ids=" ".join,
)
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
