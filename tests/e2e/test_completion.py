"""Completion as shells ask for it: by the protocol, and in real bash, zsh and fish."""

from __future__ import annotations

import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from s3transfer_tl import schema
from s3transfer_tl.sandbox import DEFAULT_KEY, Sandbox
from tests.conftest import RunLine

ROOT = Path(__file__).parent.parent.parent
INDEX = "629d807aa9e2a3a33a92c00b"
PATIENCE = 60  # seconds; a shell answers in a tenth of one, where nobody else works


def asked(run_line: RunLine, line: str, cwd: Path | None = None, **env: str) -> list[str]:
    """Return what bash is told for a line with the cursor at its end."""
    words = {
        "COMP_WORDS": line,
        "COMP_WORDBREAKS": " \t\n\"'><=;|&(:",
        "_S3TRANSFER_TL_COMPLETE": "bash_complete",
    }
    done = run_line([], cwd=cwd, env=words | env)
    assert (done.code, done.stderr) == (0, "")
    return [text.partition(",")[2] for text in done.stdout.splitlines() if text]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "m.json",
        "t.yaml",
        "a.srt",
        "a.vtt",
        "a.mp4",
        "notes.txt",
        ".hidden.json",
        "with space.json",
    ):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    return tmp_path


def test_commands_complete(run_line: RunLine) -> None:
    assert asked(run_line, "s3transfer-tl b") == ["build"]
    assert {"lint", "config", "completion"} <= set(asked(run_line, "s3transfer-tl "))
    assert asked(run_line, "s3transfer-tl config ") == ["path", "show"]


def test_options_and_their_choices_complete(run_line: RunLine) -> None:
    assert asked(run_line, "s3transfer-tl lint --unsafe") == ["--unsafe-fixes"]
    assert asked(run_line, "s3transfer-tl lint --fail-on ") == ["error", "warning", "info", "never"]
    assert "--origin" in asked(run_line, "s3transfer-tl config show --")


def test_profiles_come_from_the_files_of_aws(run_line: RunLine, tmp_path: Path) -> None:
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text("[default]\n[profile media]\nregion=x\n[sso-session mine]\n", encoding="utf-8")
    credentials.write_text("[default]\naws_access_key_id = SECRET\n[ archive ]\n", encoding="utf-8")
    env = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
    assert asked(run_line, "s3transfer-tl list --profile ", **env) == ["default", "media", "archive"]
    assert asked(run_line, "s3transfer-tl list --profile=me", **env) == ["media"]


def test_rules_complete_by_code_and_by_name(run_line: RunLine) -> None:
    assert asked(run_line, "s3transfer-tl rules TL111") == ["TL111"]
    assert asked(run_line, "s3transfer-tl rules index-id-l") == ["index-id-length"]
    assert asked(run_line, "s3transfer-tl lint --select TL6,TL111") == ["TL6,TL111"]


def test_schemas_complete(run_line: RunLine) -> None:
    assert asked(run_line, "s3transfer-tl schema ") == schema.names()


def test_runs_complete_from_the_ledger(run_line: RunLine, tmp_path: Path) -> None:
    manifest = tmp_path / "m.json"
    manifest.write_text(
        f'[{{"index_id": "{INDEX}", "language": "en", "object": "s3://media/a.mp4"}}]', encoding="utf-8"
    )
    ledger = tmp_path / "l.sqlite3"
    with Sandbox(index_ids=(INDEX,)) as sandbox:
        words = ["submit", manifest, "--ledger", ledger, "--api-url", sandbox.api_url]
        done = run_line([str(one) for one in words], env={"TWELVE_LABS_API_KEY": DEFAULT_KEY}, cwd=tmp_path)
    assert done.code == 0, done.stderr
    assert asked(run_line, f"s3transfer-tl status --ledger {ledger} --run ") == ["1"]
    assert asked(run_line, f"s3transfer-tl report --ledger {ledger} ", tmp_path) == [
        "1",
        "l.sqlite3",
        "m.json",
    ]


def test_no_ledger_is_made_by_asking(run_line: RunLine, tmp_path: Path) -> None:
    assert asked(run_line, f"s3transfer-tl status --ledger {tmp_path / 'no.sqlite3'} --run ") == []
    assert not list(tmp_path.iterdir())


def test_index_ids_come_from_the_config(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "transfer.yaml").write_text(f"index_id: {INDEX}\n", encoding="utf-8")
    assert asked(run_line, "s3transfer-tl status --index-id ", tmp_path) == [INDEX]


def test_faults_complete_behind_their_colon(run_line: RunLine) -> None:
    assert "transfers:1=cut" in asked(run_line, "s3transfer-tl sandbox --fault ")
    assert asked(run_line, "s3transfer-tl sandbox --fault transfers:1=") == ["429", "cut"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("submit ", ["m.json", "sub", "with space.json"]),
        ("build -c ", ["sub", "t.yaml"]),
        ("lint ", ["a.srt", "a.vtt", "m.json", "sub", "t.yaml", "with space.json"]),
        ("upload ", ["a.mp4", "sub"]),
        ("upload a.mp4 ", ["a.srt", "a.vtt", "sub"]),
        ("upload --dir ", ["sub"]),
        ("submit .h", [".hidden.json"]),
        ("list n", ["notes.txt"]),
    ],
)
def test_files_complete_by_their_kind(line: str, wanted: list[str], folder: Path, run_line: RunLine) -> None:
    assert asked(run_line, f"s3transfer-tl {line}", folder) == wanted


def test_what_cannot_be_read_completes_nothing(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "l.sqlite3").write_bytes(b"no ledger" * 200)
    assert asked(run_line, f"s3transfer-tl status --ledger {tmp_path / 'l.sqlite3'} --run ") == []
    assert asked(run_line, "s3transfer-tl no-such-command --") == ["--version", "--help"]
    assert asked(run_line, f"s3transfer-tl submit {tmp_path}/nowhere/") == []


@pytest.mark.parametrize(
    ("line", "imported"),
    [("s3transfer-tl ", []), ("s3transfer-tl lint --f", ["lint"]), ("s3transfer-tl submit --w", ["submit"])],
)
def test_completion_imports_no_more_than_the_one_command(line: str, imported: list[str]) -> None:
    code = (
        "import sys\nfrom s3transfer_tl import cli\n"
        "try: cli.run([])\nexcept SystemExit: pass\n"
        "print([name for name in cli.COMMANDS if f's3transfer_tl.cli.{name}' in sys.modules],"
        " sorted({'boto3', 'requests', 'duckdb', 'pycurl', 'rich', 'sqlite3'} & set(sys.modules)),"
        " file=sys.stderr)"
    )
    env = {"COMP_WORDS": line, "_S3TRANSFER_TL_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | env,
        cwd=ROOT,
        check=True,
    )
    assert done.stderr.strip() == f"{imported} []"


@pytest.fixture
def program(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Return an environment whose PATH has the program, whatever is installed."""
    here = tmp_path_factory.mktemp("bin")
    script = here / "s3transfer-tl"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {sys.executable} -m s3transfer_tl "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    return os.environ | {"PATH": f"{here}{os.pathsep}{os.environ['PATH']}", "TERM": "xterm", "PS1": "> "}


class Typed:
    """A shell on a terminal of its own."""

    def __init__(self, argv: list[str], env: Mapping[str, str], cwd: Path) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], argv, dict(env))
        self.seen = ""

    def type(self, text: str, until: str) -> str:
        """Type ``text``; return what is shown from then on, once ``until`` is in it."""
        os.write(self.fd, text.encode())
        self.seen = ""
        end = time.monotonic() + PATIENCE
        while until not in self.seen:
            assert time.monotonic() < end, f"no {until!r} in {self.seen!r}"
            if select.select([self.fd], [], [], 0.2)[0]:
                self.seen += os.read(self.fd, 65536).decode("utf-8", "replace")
        return self.seen

    def close(self) -> None:
        """End the shell."""
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture
def bash(program: Mapping[str, str], folder: Path) -> Iterator[Typed]:
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    shell = Typed(["bash", "--norc", "--noprofile", "-i"], program, folder)
    shell.type('eval "$(s3transfer-tl completion bash)"; echo READY$((1))\n', "READY1")
    yield shell
    shell.close()


@pytest.fixture
def zsh(program: Mapping[str, str], folder: Path) -> Iterator[Typed]:
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed")
    shell = Typed(["zsh", "-f", "-i"], dict(program), folder)
    start = (
        'autoload -Uz compinit; compinit -D -u; eval "$(s3transfer-tl completion zsh)"; echo READY$((1))\n'
    )
    shell.type(start, "READY1")
    yield shell
    shell.close()


def test_bash_completes_as_one_types(bash: Typed) -> None:
    bash.type("s3transfer-tl chec\t", "check ")
    bash.type("m\t", "m.json ")
    bash.type("--unsa\b\b\b\b\b\b--report=m\t", "m.json ")
    bash.type("\x15s3transfer-tl sandbox --fault ready\t", "ready:\\*=failed")
    bash.type("\x15s3transfer-tl check w\t", "with\\ space.json")


def test_zsh_completes_as_one_types(zsh: Typed) -> None:
    zsh.type("s3transfer-tl chec\t", "check")
    zsh.type("m\t", "m.json")
    zsh.type("--report=m\t", "m.json")
    zsh.type("\x15s3transfer-tl sandbox --fault rea\t", "ready:\\*=failed")
    zsh.type("\x15s3transfer-tl sch\t", "schema")
    zsh.type("config-s\t", "config-show")


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("s3transfer-tl chec", "check\tJudge a manifest against the world: objects, access, subtitles."),
        ("s3transfer-tl submit m", "m.json"),
        ("s3transfer-tl build --config=t", "--config=t.yaml"),
        ("s3transfer-tl rules index-id-l", "index-id-length\tTL111"),
        ("s3transfer-tl sandbox --fault lag", "lag=5\tseconds until a task is listed"),
    ],
)
def test_fish_completes(line: str, wanted: str, program: Mapping[str, str], folder: Path) -> None:
    code = f"s3transfer-tl completion fish | source; complete -C {shlex.quote(line)}"
    argv = ["fish", "--no-config", "-c", code]
    done = subprocess.run(argv, env=program, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [wanted], done.stderr


@pytest.mark.parametrize(("shell", "flag"), [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
def test_the_script_is_sound(shell: str, flag: str, run_line: RunLine, tmp_path: Path) -> None:
    done = run_line(["completion", shell])
    assert done.code == 0
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(done.stdout, encoding="utf-8")
    subprocess.run([shell, flag, str(tmp_path / "script")], check=True)
