"""The real command line as people set it up: configs found upward, options by environment, and the sum."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import jsonschema
import pytest

from s3transfer_tl import schema
from tests.conftest import RunLine

ROOT = Path(__file__).parent.parent.parent
CONFIG = """\
version: 1
index_id: 629d807aa9e2a3a33a92c00b
language: en
videos:
  source: keys.txt
  exclude: ["**/proxies/**"]
naming:
  rules:
    - name: mine
      preset: sidecar
access: off
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    (root / "shows").mkdir()
    (root / "transfer.yaml").write_text(CONFIG, encoding="utf-8")
    (root / "keys.txt").write_text("s3://media/a.mp4\ns3://media/a.en.srt\n", encoding="utf-8")
    return root


def test_build_finds_the_config_above_and_its_listing_beside_it(repository: Path, run_line: RunLine) -> None:
    done = run_line(["build", "-o", "m.json"], cwd=repository / "shows")
    assert done.code == 0, done.stderr
    assert "using ../transfer.yaml (a folder above)" in done.stderr
    assert json.loads((repository / "shows" / "m.json").read_text(encoding="utf-8"))[0]["language"] == "en"


def test_build_says_nothing_of_the_config_that_is_here(repository: Path, run_line: RunLine) -> None:
    done = run_line(["build", "--dry-run"], cwd=repository)
    assert done.code == 0, done.stderr
    assert "using" not in done.stderr


def test_explain_finds_it_too(repository: Path, run_line: RunLine) -> None:
    assert run_line(["explain", "a.mp4"], cwd=repository / "shows").code == 0


def test_lint_judges_by_the_config_above_and_leaves_it_out_when_told(
    repository: Path, run_line: RunLine
) -> None:
    (repository / "transfer.yaml").write_text("version: 1\nlint: {max_entries: 1}\n", encoding="utf-8")
    entry = {"index_id": "629d807aa9e2a3a33a92c00b", "language": "en"}
    entries = [entry | {"object": f"s3://media/{name}.mp4"} for name in "ab"]
    (repository / "shows" / "m.json").write_text(json.dumps(entries), encoding="utf-8")
    done = run_line(["lint", "m.json"], cwd=repository / "shows")
    assert "TL008" in done.stdout
    assert "judging as ../transfer.yaml says" in done.stderr
    assert run_line(["lint", "--no-config", "m.json"], cwd=repository / "shows").stderr == ""


def test_the_environment_names_a_config_and_no_config_leaves_it_out(
    repository: Path, tmp_path: Path, run_line: RunLine
) -> None:
    env = {"S3TRANSFER_TL_CONFIG": str(repository / "transfer.yaml")}
    done = run_line(["build", "--dry-run"], cwd=tmp_path, env=env)
    assert done.code == 0, done.stderr
    assert f"using {repository / 'transfer.yaml'} (S3TRANSFER_TL_CONFIG)" in done.stderr
    (tmp_path / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n", encoding="utf-8")
    assert "judging as" in run_line(["lint", "a.srt"], cwd=tmp_path, env=env).stderr
    done = run_line(["lint", "--no-config", "a.srt"], cwd=tmp_path, env=env)
    assert done.code == 0
    assert "judging as" not in done.stderr


def test_the_command_line_wins_over_the_environments_config(repository: Path, run_line: RunLine) -> None:
    env = {"S3TRANSFER_TL_CONFIG": "/nowhere.yaml"}
    done = run_line(["build", "-c", "transfer.yaml", "--dry-run"], cwd=repository, env=env)
    assert done.code == 0, done.stderr


def test_without_a_config_it_is_said_where_it_was_looked_for(tmp_path: Path, run_line: RunLine) -> None:
    done = run_line(["build"], cwd=tmp_path)
    assert done.code == 2
    assert f"neither transfer.yaml nor transfer.yml is in {tmp_path}" in done.stderr
    assert "init SOURCE" in done.stderr


def test_an_option_by_environment_decides_the_exit_code(tmp_path: Path, run_line: RunLine) -> None:
    (tmp_path / "m.json").write_text("[{}]", encoding="utf-8")
    assert run_line(["lint", "m.json"], cwd=tmp_path).code == 1
    assert run_line(["lint", "m.json"], cwd=tmp_path, env={"S3TRANSFER_TL_FAIL_ON": "never"}).code == 0
    both = {"S3TRANSFER_TL_FAIL_ON": "never", "S3TRANSFER_TL_LINT_FAIL_ON": "error"}
    assert run_line(["lint", "m.json"], cwd=tmp_path, env=both).code == 1


def test_a_wrong_value_names_the_variable(tmp_path: Path, run_line: RunLine) -> None:
    done = run_line(["rules"], cwd=tmp_path, env={"S3TRANSFER_TL_FORMAT": "sarif"})
    assert done.code == 2
    assert "S3TRANSFER_TL_FORMAT" in done.stderr


def test_an_option_of_the_environment_that_does_not_fit_is_named(tmp_path: Path, run_line: RunLine) -> None:
    done = run_line(["check", "m.json"], cwd=tmp_path, env={"S3TRANSFER_TL_ENGINE": "marengo2.6"})
    assert done.code == 2
    assert "from the environment: S3TRANSFER_TL_ENGINE" in done.stderr


def test_every_setting_is_shown_with_its_origin(repository: Path, run_line: RunLine) -> None:
    env = {
        "S3TRANSFER_TL_LEDGER": "/tmp/l.sqlite3",
        "AWS_PROFILE": "media",
        "S3TRANSFER_TL_BUILD_FAIL_ON": "info",
    }
    done = run_line(["config", "show", "--origin"], cwd=repository, env=env)
    assert done.code == 0, done.stderr
    lines = done.stdout.splitlines()
    for line in (
        'index_id: "629d807aa9e2a3a33a92c00b"  # transfer.yaml:2',
        'videos.exclude: ["**/proxies/**"]  # transfer.yaml:6',
        'naming.rules[0].name: "mine"  # transfer.yaml:9',
        'access: "off"  # transfer.yaml:11',
        'policy.ambiguous: "fail"  # default',
        'prefer.languages: ["en"]  # default',
        'transcriptions.source: "keys.txt"  # default',
        '--ledger: "/tmp/l.sqlite3"  # S3TRANSFER_TL_LEDGER',
        '--profile: "media"  # AWS_PROFILE',
        'build --fail-on: "info"  # S3TRANSFER_TL_BUILD_FAIL_ON',
    ):
        assert line in lines


def test_settings_as_json_keep_their_schema(repository: Path, tmp_path: Path, run_line: RunLine) -> None:
    for folder in (repository, repository / "shows", tmp_path):
        done = run_line(["config", "show", "--format", "json"], cwd=folder)
        assert done.code == 0, done.stderr
        jsonschema.validate(json.loads(done.stdout), schema.load("config-show"))


def test_no_secret_is_shown(repository: Path, run_line: RunLine) -> None:
    env = {
        "TWELVE_LABS_API_KEY": "tlk_SECRET1",
        "S3TRANSFER_TL_API_KEY": "tlk_SECRET2",
        "S3TRANSFER_TL_SANDBOX_API_KEY": "tlk_SECRET3",
        "AWS_SECRET_ACCESS_KEY": "SECRET4",
        "S3TRANSFER_TL_ENDPOINT_URL": "http://me:SECRET5@127.0.0.1:9/?X-Amz-Signature=SECRET6",
    }
    for words in (["--origin"], ["--format", "json"]):
        done = run_line(["config", "show", *words], cwd=repository, env=env)
        assert "http://***@127.0.0.1:9" in done.stdout
        assert "SECRET" not in (done.stdout + done.stderr).replace("AWS_SECRET", "")


def test_config_path_is_for_scripts(repository: Path, tmp_path: Path, run_line: RunLine) -> None:
    done = run_line(["config", "path"], cwd=repository / "shows")
    assert (done.code, done.stdout) == (0, f"{repository / 'transfer.yaml'}\n")
    assert run_line(["config", "path"], cwd=tmp_path).code == 2


def test_a_config_that_cannot_be_used_is_told_with_its_place(repository: Path, run_line: RunLine) -> None:
    (repository / "transfer.yaml").write_text("version: 1\nvidoes: {}\n", encoding="utf-8")
    done = run_line(["config", "show"], cwd=repository)
    assert done.code == 2
    assert "transfer.yaml:2:1: TL802" in done.stderr
    assert "did you mean 'videos'?" in done.stderr


def test_upload_takes_the_index_from_the_config_above(repository: Path, run_line: RunLine) -> None:
    (repository / "shows" / "a.mp4").write_bytes(b"\0" * 64)
    (repository / "shows" / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHi.\n", encoding="utf-8")
    words = ["upload", "a.mp4", "a.srt", "--dry-run"]
    done = run_line(words, cwd=repository / "shows")
    assert done.code == 0, done.stderr
    assert "index_id: 629d807aa9e2a3a33a92c00b" in done.stdout
    assert "using ../transfer.yaml" in done.stderr
    done = run_line([*words, "--index-id", "6298d673f1090f1100476d4c"], cwd=repository / "shows")
    assert "index_id: 6298d673f1090f1100476d4c" in done.stdout
    assert "using" not in done.stderr


def test_a_config_may_be_a_pipe_and_never_ends_up_in_memory_whole(
    repository: Path, run_line: RunLine
) -> None:
    pipe = repository / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=((repository / "transfer.yaml").read_bytes(),))
    writer.start()
    done = run_line(["config", "show", "--origin", "-c", str(pipe)], cwd=repository)
    writer.join()
    assert done.code == 0
    assert f'videos.source: "keys.txt"  # {pipe}:' in done.stdout
    endless = run_line(["config", "show", "-c", "/dev/zero"], cwd=repository)
    assert endless.code == 2
    assert "TL804" in endless.stderr


def test_a_working_directory_that_is_gone_is_told(tmp_path: Path) -> None:
    gone = f"mkdir gone && cd gone && rmdir ../gone && {sys.executable} -m s3transfer_tl"
    for command in ("config path", "doctor", "build"):
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        line = ["sh", "-c", f"{gone} {command}"]
        done = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "working directory" in done.stderr
