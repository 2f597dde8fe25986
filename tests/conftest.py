"""What every test gets: a clean environment, a network that ends at loopback, real S3 servers."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.servers import Moto, SeaweedFS, Server

TESTS = Path(__file__).parent
_SCRUBBED = ("AWS_", "TWELVE", "S3TRANSFER", "BOTO", "XDG_")
_SCRUBBED_NAMES = frozenset(
    {"NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}
)
_SCRUBBED_ENDS = ("_PROXY", "_proxy")

_spec = importlib.util.spec_from_file_location("loopback_only", TESTS / "loopback" / "sitecustomize.py")
assert _spec
assert _spec.loader
_spec.loader.exec_module(importlib.util.module_from_spec(_spec))


class Line(NamedTuple):
    """What one run of the command line came to."""

    code: int
    stdout: str
    stderr: str


RunLine = Callable[..., Line]


def pytest_configure() -> None:
    """Take every option that the caller's environment sets out of it, before any fixture starts a process."""
    for name in list(os.environ):
        if name.startswith("S3TRANSFER_TL_") and not name.startswith("S3TRANSFER_TL_TEST_"):
            del os.environ[name]


@pytest.fixture(autouse=True, scope="session")
def no_config_above(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the search for a config end at the tests' folder, as at the root of a repository."""
    (tmp_path_factory.getbasetemp() / ".git").mkdir(exist_ok=True)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in list(os.environ):
        if name.startswith(_SCRUBBED) or name.endswith(_SCRUBBED_ENDS) or name in _SCRUBBED_NAMES:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "no-aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "no-aws-credentials"))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by way of the source distribution, as a release does."""
    out = tmp_path_factory.mktemp("dist")
    argv = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(TESTS.parent)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def seaweed() -> Iterator[SeaweedFS]:
    with SeaweedFS() as server:
        yield server


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    with Moto() as server:
        yield server


@pytest.fixture
def bucket() -> Callable[[Server], str]:
    """Return a maker of buckets: ``bucket(server)`` is the name of a new one."""
    return lambda server: server.create_bucket()


@pytest.fixture
def run_line() -> RunLine:
    """Return ``run_line(argv, env=..., cwd=..., input=...)``: the real command line in a process of
    its own, in the clean environment plus ``env``, with no way off loopback."""
    return _run_line


def _run_line(
    argv: Sequence[str | os.PathLike[str]],
    *,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    input: str | bytes | None = None,  # noqa: A002 - as in subprocess.run
    timeout: float = 120,
) -> Line:
    given = input.encode() if isinstance(input, str) else input
    path = os.pathsep.join([str(TESTS / "loopback"), str(TESTS.parent)])
    done = subprocess.run(
        [sys.executable, "-m", "s3transfer_tl", *argv],
        input=b"" if given is None else given,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": path} | dict(env or {}),
        cwd=cwd,
        timeout=timeout,
        check=False,
    )
    # decoded here: text mode would turn the \r of a key into \n
    return Line(done.returncode, done.stdout.decode(), done.stderr.decode())
