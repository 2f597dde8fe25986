"""The key in a keyring: `auth`, and every command that needs a key."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from s3transfer_tl import schema
from s3transfer_tl.sandbox import DEFAULT_KEY, Sandbox
from tests.conftest import TESTS, RunLine
from tests.wire import silent_port

LONG = "tlk_VERYSECRETKEY0123456789"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        "PYTHON_KEYRING_BACKEND": "tests.keyrings.FileKeyring",
        "TEST_KEYRING": str(tmp_path / "keyring.json"),
    }


def test_a_key_is_tried_kept_used_and_removed(run_line: RunLine, env: dict[str, str], tmp_path: Path) -> None:
    with Sandbox(api_key=LONG) as sandbox:
        env["TWELVELABS_BASE_URL"] = sandbox.api_url
        kept = run_line(["auth", "login", "--stdin"], env=env, input=f"{LONG}\n")
        assert kept.code == 0
        assert "...6789" in kept.stderr
        assert json.loads((tmp_path / "keyring.json").read_text()) == {
            f"s3transfer-tl:{sandbox.api_url} api-key": LONG
        }
        told = run_line(["auth", "status"], env=env)
        assert (told.code, told.stdout) == (
            0,
            f"{sandbox.api_url}: ...6789 from keyring, taken by the platform\n",
        )
        manifest = tmp_path / "manifest.json"
        manifest.write_text(
            json.dumps([{"index_id": sandbox.index_ids[0], "language": "en", "object": "s3://media/a.mp4"}])
        )
        sent = run_line(["submit", "manifest.json", "--ledger", "l.sqlite3"], env=env, cwd=tmp_path)
        assert sent.code == 0, sent.stderr
        assert len(sandbox.transfers) == 1
        gone = run_line(["auth", "logout"], env=env)
        assert gone.code == 0
    assert json.loads((tmp_path / "keyring.json").read_text()) == {}
    assert run_line(["auth", "status"], env=env).code == 2
    assert run_line(["auth", "logout"], env=env).code == 3
    assert LONG not in f"{kept}{told}{sent}{gone}"
    for path in tmp_path.iterdir():
        assert LONG.encode() not in path.read_bytes()


def test_a_key_is_for_its_own_address_only(run_line: RunLine, env: dict[str, str], tmp_path: Path) -> None:
    with Sandbox() as here, Sandbox() as there:
        one = {**env, "TWELVELABS_BASE_URL": here.api_url}
        assert run_line(["auth", "login"], env=one, input=DEFAULT_KEY).code == 0
        told = run_line(["auth", "status", "--api-url", there.api_url], env=one)
        assert told.code == 2
        assert there.calls == {}
        versioned = run_line(["auth", "status", "--api-url", f"{here.api_url}/v1.2/"], env=one)
        assert versioned.code == 0  # the same platform, spelled otherwise


def test_the_environment_goes_before_the_keyring(run_line: RunLine, env: dict[str, str]) -> None:
    with Sandbox() as sandbox:
        env["TWELVELABS_BASE_URL"] = sandbox.api_url
        assert run_line(["auth", "login"], env=env, input=DEFAULT_KEY).code == 0
        env["TWELVELABS_API_KEY"] = "tlk_WRONG"
        told = run_line(["auth", "status", "--format", "json"], env=env)
    assert told.code == 4
    document = json.loads(told.stdout)
    schema.validator("auth").validate(document)
    assert (document["origin"], document["verified"], document["masked"]) == (
        "TWELVELABS_API_KEY",
        False,
        "...",
    )


def test_a_key_that_is_refused_is_not_kept(run_line: RunLine, env: dict[str, str], tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        env["TWELVELABS_BASE_URL"] = sandbox.api_url
        done = run_line(["auth", "login", "--debug"], env=env, input=LONG)
    assert done.code == 4
    assert "api_key_invalid" in done.stderr
    assert "Traceback" in done.stderr
    assert LONG not in done.stderr
    assert not (tmp_path / "keyring.json").exists()


def test_nobody_is_asked_with_no_verify(run_line: RunLine, env: dict[str, str], tmp_path: Path) -> None:
    env["TWELVELABS_BASE_URL"] = f"http://127.0.0.1:{silent_port()}"
    assert run_line(["auth", "login"], env=env, input=LONG).code == 4
    assert run_line(["auth", "login", "--no-verify"], env=env, input=LONG).code == 0
    told = run_line(["auth", "status", "--no-verify"], env=env)
    assert (told.code, told.stdout.rpartition(", ")[2]) == (0, "not verified\n")


@pytest.mark.parametrize("key", ["", " \n", "tlk_A B", "tlk_\u00fc"])
def test_what_is_no_key_is_wrong_usage(run_line: RunLine, env: dict[str, str], key: str) -> None:
    done = run_line(["auth", "login", "--no-verify", "--debug"], env=env, input=key)
    assert done.code == 2
    assert not key.strip() or key not in done.stderr


@pytest.mark.parametrize(
    ("backend", "says"),
    [
        ("tests.keyrings.LockedKeyring", "the keyring is locked"),
        ("keyring.backends.fail.Keyring", "no keyring that can be used"),
        ("no.such.Backend", "backend cannot be loaded"),
        ("tests.keyrings.LeavingKeyring", "the keyring refused (SystemExit)"),
        ("tests.keyrings.NumberKeyring", "backend cannot be loaded"),
    ],
)
def test_a_keyring_that_cannot_be_used_is_a_sentence(
    run_line: RunLine, env: dict[str, str], backend: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / "manifest.json").write_text("[]")
    for argv in (["auth", "status"], ["submit", "manifest.json"]):
        done = run_line(argv, env=env | {"PYTHON_KEYRING_BACKEND": backend}, cwd=tmp_path)
        assert done.code == 2
        assert says in done.stderr
        assert "TWELVE_LABS_API_KEY" in done.stderr
        assert "Traceback" not in done.stderr
        assert "hunter2" not in done.stderr


def test_a_keyring_that_waits_to_be_unlocked_does_not_hang_a_job(
    run_line: RunLine, env: dict[str, str]
) -> None:
    began = time.monotonic()
    done = run_line(["auth", "status"], env=env | {"PYTHON_KEYRING_BACKEND": "tests.keyrings.SilentKeyring"})
    assert time.monotonic() - began < 20
    assert done.code == 2
    assert "did not answer within 5 s" in done.stderr


def test_a_backend_that_tells_the_key_is_not_quoted(run_line: RunLine, env: dict[str, str]) -> None:
    env["PYTHON_KEYRING_BACKEND"] = "tests.keyrings.RudeKeyring"
    done = run_line(["auth", "login", "--no-verify", "--debug"], env=env, input=LONG)
    assert done.code == 2
    assert LONG not in done.stdout + done.stderr


def test_a_keyring_that_keeps_nothing_is_told(run_line: RunLine) -> None:
    env = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    done = run_line(["auth", "login", "--no-verify"], env=env, input=LONG)
    assert done.code == 2
    assert "did not keep it" in done.stderr


def test_a_key_that_was_kept_with_a_line_end_is_taken_without(
    run_line: RunLine, env: dict[str, str], tmp_path: Path
) -> None:
    with Sandbox(api_key=LONG) as sandbox:
        env["TWELVELABS_BASE_URL"] = sandbox.api_url
        kept = {f"s3transfer-tl:{sandbox.api_url} api-key": f"{LONG}\n"}
        (tmp_path / "keyring.json").write_text(json.dumps(kept))
        told = run_line(["auth", "status"], env=env)
    assert told.stdout == f"{sandbox.api_url}: ...6789 from keyring, taken by the platform\n"


def test_without_the_extra_the_pip_line_is_told(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[]")
    hidden = (
        "import importlib.util as u; real = u.find_spec;"
        "u.find_spec = lambda name, *a: None if name == 'keyring' else real(name, *a);"
        "from s3transfer_tl.cli import run; import sys; sys.exit(run(sys.argv[1:]))"
    )
    argv = [sys.executable, "-c", hidden, "auth", "login"]
    done = subprocess.run(argv, input=b"x", capture_output=True, check=False, cwd=TESTS.parent)
    assert done.returncode == 2
    assert b"pip install 's3transfer-tl[keyring]'" in done.stderr


def test_a_key_that_is_typed_is_not_shown(env: dict[str, str], tmp_path: Path) -> None:
    with Sandbox(api_key=LONG) as sandbox:
        path = os.pathsep.join([str(TESTS / "loopback"), str(TESTS.parent)])
        theirs, ours = pty.openpty()
        argv = [sys.executable, "-m", "s3transfer_tl", "auth", "login", "--api-url", sandbox.api_url]
        full = os.environ | env | {"PYTHONPATH": path}
        with subprocess.Popen(
            argv, stdin=ours, stdout=ours, stderr=ours, env=full, start_new_session=True
        ) as process:
            os.close(ours)
            seen = b""
            while b"API key for" not in seen:
                seen += os.read(theirs, 1000)
            time.sleep(0.5)  # the prompt turns echo off before it reads
            os.write(theirs, f"{LONG}\n".encode())
            try:
                while chunk := os.read(theirs, 1000):
                    seen += chunk
            except OSError:  # Linux: the other side is closed
                pass
        os.close(theirs)
    assert process.returncode == 0, seen
    assert LONG.encode() not in seen
    assert re.search(rb"kept the key .*6789", seen)
