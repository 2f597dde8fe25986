"""What a command says: in whose ears, in which letters, and that saying it never stops the work."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl.cli import streams
from s3transfer_tl.cli.talk import DRY, REPEATED, Talk


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_rehearsal_says_so_on_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk()
    talk.dry_run = True
    talk.say("one\n  two")
    talk.warn("three")
    talk.close("four")
    lines = capsys.readouterr().err.splitlines()
    assert [line.startswith(DRY) for line in lines] == [True] * 4
    assert lines[3].startswith(f"{DRY}four; ")


def test_trouble_is_told_again_and_where_all_of_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk()
    talk.repeat("failed", (f"{n}.mp4" for n in range(1_500)), 1_500, "`status --state failed`")
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["failed:", "  0.mp4"]
    assert lines[REPEATED + 1 :] == ["  and 1,490 more: `status --state failed`"]
    talk.repeat("failed", iter(()), 0, "")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("gone", [Broken(), None])
def test_nobody_to_talk_to_is_no_trouble(monkeypatch: pytest.MonkeyPatch, gone: io.StringIO | None) -> None:
    monkeypatch.setattr(sys, "stderr", gone)
    talk = Talk()
    talk.say("one")
    talk.say("two")


def test_only_errors_are_loud_enough_for_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk()
    talk.quiet = True
    talk.say("said")
    talk.warn("warned")
    talk.next("next")
    talk.close("closed")
    assert capsys.readouterr().err == ""
    talk.bug(ValueError("x"))
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@given(text=st.text())
def test_any_text_can_be_written_in_any_encoding_and_json_stays_json(encoding: str, text: str) -> None:
    streams.forgive()
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors=streams.ESCAPED, newline="")
    stream.write(text)
    stream.flush()
    stream.write(json.dumps(text, ensure_ascii=False))
    stream.flush()
    data = stream.buffer.getvalue()  # type: ignore[attr-defined]
    written = json.dumps(text, ensure_ascii=False).encode(encoding, streams.ESCAPED)
    assert data.endswith(written)
    assert json.loads(written.decode(encoding)) == text


@pytest.mark.parametrize(("last", "code"), [("", 120), ("streams.let_go()", 0)])
def test_what_a_broken_standard_error_still_holds_does_not_make_the_exit_code(last: str, code: int) -> None:
    lines = ["import sys", "from s3transfer_tl.cli import streams", "sys.stderr = open(2, 'w')"]
    script = "\n".join([*lines, "sys.stderr.write('held')", last])
    read, write = os.pipe()
    os.close(read)
    env = {name: text for name, text in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run([sys.executable, "-c", script], env=env, stderr=write, check=False)
    os.close(write)
    assert done.returncode == code
