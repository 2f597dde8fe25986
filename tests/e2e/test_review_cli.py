"""`s3transfer-tl review` as a terminal and a script see it."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from s3transfer_tl import decisions
from s3transfer_tl.decisions import Decision
from tests.conftest import RunLine
from tests.reviewing import SURE, Review, lay_out, reviewing, transcription, video

ARGV = ["review", "-c", "transfer.yaml", "--no-browser"]


def post(review: Review, path: str, body: object) -> Any:
    """Enter with the token, and post as the page's script does."""
    parts = urlsplit(review.url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=10)) as connection:
        connection.request("GET", f"/?{parts.query}")
        answer = connection.getresponse()
        cookie = str(answer.headers["set-cookie"]).partition(";")[0]
        found = re.search(r'url=(/[^"]+/)"', answer.read().decode())
        assert found
        headers = {"cookie": cookie, "origin": f"http://{parts.netloc}", "content-type": "application/json"}
        connection.request("POST", found[1] + path, json.dumps(body), headers)
        return json.load(connection.getresponse())


def decide(review: Review, number: int, made: str = "en") -> Any:
    word = {"video": video(number), "transcription": transcription(number, made), "language": None}
    return post(review, "decisions", {"since": 0, "decisions": [word]})


def test_done_ends_with_0_and_says_what_was_written_and_what_to_type(tmp_path: Path) -> None:
    lay_out(tmp_path, 2)
    with reviewing(tmp_path) as review:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", review.url)
        assert post(review, "done", {})["next"] == [
            "edit transfer.yaml: add to it the line `decisions: decisions.yaml`",
            "s3transfer-tl build -c transfer.yaml -o manifest.json",
        ]
        code, said = review.end()
    assert code == 0
    assert "2 doubtful videos\n" in said
    assert review.url in said
    assert "0 of 2 doubtful videos decided; nothing was written\nnext:\n  edit transfer.yaml:" in said
    assert not review.file.exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_review_that_is_stopped_has_its_decisions_in_the_file(
    tmp_path: Path, number: int, code: int
) -> None:
    lay_out(tmp_path, 3)
    with reviewing(tmp_path) as review:
        assert decide(review, 2)["unsaved"] == 0
        review.process.send_signal(number)
        ended, said = review.end()
    assert ended == code
    assert review.decided() == {video(2): transcription(2, "en")}
    assert "1 of 3 doubtful videos decided; 1 change written to decisions.yaml" in said
    assert "s3transfer-tl build -c transfer.yaml" in said
    assert "Traceback" not in said


def test_a_stop_tries_once_more_to_write_and_says_what_is_lost(tmp_path: Path) -> None:
    lay_out(tmp_path, 3)
    with reviewing(tmp_path) as review:
        review.file.mkdir()
        assert decide(review, 2)["unsaved"] == 1
        review.process.terminate()
        ended, said = review.end()
    assert ended == 4
    assert "1 decision is not written: decisions.yaml" in said


def test_what_was_decided_before_is_kept_and_can_be_revised(tmp_path: Path) -> None:
    lay_out(tmp_path, 2)
    given = [Decision("s3://other/x.mp4", "s3://other/x.srt", "de"), Decision(video(1), None)]
    (tmp_path / "mine.yaml").write_text(decisions.dumps(given))
    with reviewing(tmp_path, "--decisions", "mine.yaml") as review:
        decide(review, 1)
        assert review.decided() == {
            "s3://other/x.mp4": "s3://other/x.srt",
            video(1): transcription(1, "en"),
        }
        review.process.terminate()
        assert "1 of 2 doubtful videos decided" in review.end()[1]


def test_a_config_that_names_the_file_needs_no_line_more(tmp_path: Path) -> None:
    lay_out(tmp_path, 1)
    with (tmp_path / "transfer.yaml").open("a") as fp:
        fp.write("decisions: kept/mine.yaml\n")
    (tmp_path / "kept").mkdir()
    with reviewing(tmp_path) as review:
        assert review.file == tmp_path / "kept" / "mine.yaml"
        assert post(review, "done", {})["next"] == ["s3transfer-tl build -c transfer.yaml -o manifest.json"]
        assert review.end()[0] == 0


def test_no_more_than_the_limit_are_shown_and_the_rest_is_told(tmp_path: Path) -> None:
    lay_out(tmp_path, 5)
    with reviewing(tmp_path, "--limit", "2") as review:
        review.process.terminate()
        assert "2 doubtful videos and 3 more, which are not shown" in review.end()[1]


def test_where_nothing_is_doubtful_there_is_nothing_to_do(tmp_path: Path, run_line: RunLine) -> None:
    lay_out(tmp_path, 0)
    ended = run_line(ARGV, cwd=tmp_path)
    assert ended.code == 3
    assert "nothing is doubtful" in ended.stderr
    assert ended.stdout == ""
    assert SURE not in ended.stderr


def test_a_port_that_is_taken_is_told_before_anything_is_listed(tmp_path: Path, run_line: RunLine) -> None:
    lay_out(tmp_path, 1)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        ended = run_line([*ARGV, "--port", str(taken.getsockname()[1])], cwd=tmp_path)
    assert ended.code == 2
    assert "another --port" in ended.stderr
    assert "listed" not in ended.stderr


def test_a_missing_extra_is_told_with_how_to_install_it(tmp_path: Path, run_line: RunLine) -> None:
    lay_out(tmp_path, 1)
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'uvicorn' else find(name, *more)\n"
    )
    paths = [str(hidden), *filter(None, sys.path)]
    ended = run_line(ARGV, cwd=tmp_path, env={"PYTHONPATH": ":".join(paths)})
    assert ended.code == 2
    assert "pip install 's3transfer-tl[review]'" in ended.stderr


def test_an_address_that_nobody_would_learn_is_wrong_usage(tmp_path: Path, run_line: RunLine) -> None:
    lay_out(tmp_path, 1)
    ended = run_line([*ARGV, "--quiet"], cwd=tmp_path)
    assert ended.code == 2
    assert "--format json" in ended.stderr


def test_a_file_that_somebody_protected_is_not_written(tmp_path: Path, run_line: RunLine) -> None:
    lay_out(tmp_path, 1)
    file = tmp_path / "decisions.yaml"
    file.write_text("version: 1\ndecisions: []\n")
    file.chmod(0o444)
    ended = run_line(ARGV, cwd=tmp_path)
    assert ended.code == 2
    assert "chmod u+w decisions.yaml" in ended.stderr
    assert "listed" not in ended.stderr


def test_what_anybody_sends_to_the_port_is_no_news_for_the_terminal(tmp_path: Path) -> None:
    lay_out(tmp_path, 1)
    stale = Decision("s3://media/gone\nerror: \u202e.mp4", None)
    (tmp_path / "decisions.yaml").write_text(decisions.dumps([stale]))
    with reviewing(tmp_path) as review:
        port = urlsplit(review.url).port
        assert port
        upgrade = (
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        for sent in (b"\x16\x03\x01\r\n\r\n", upgrade.encode()):
            with closing(socket.create_connection(("127.0.0.1", port), 5)) as connection:
                connection.sendall(f"{sent}\r\n\r\n".encode())
                assert connection.recv(100).startswith(b"HTTP/1.1 40")
        with closing(socket.create_connection(("127.0.0.1", port), 5)):
            review.process.terminate()
            ended, said = review.end()
    assert ended == 143
    assert [line.partition(" ")[0] for line in said.splitlines()] == [
        "listed",
        "warning:",
        "1",
        "review",
        "(the",
        "stopped",
    ]


@pytest.mark.parametrize("file", ["transfer.yaml", "no-such-folder/d.yaml", "."])
def test_a_file_that_could_not_be_written_is_told_at_once(
    tmp_path: Path, run_line: RunLine, file: str
) -> None:
    lay_out(tmp_path, 1)
    ended = run_line([*ARGV, "--decisions", file], cwd=tmp_path)
    assert ended.code == 2
    assert "--decisions" in ended.stderr
    assert "listed" not in ended.stderr


def test_a_decisions_file_that_cannot_be_used_is_told_with_its_place(
    tmp_path: Path, run_line: RunLine
) -> None:
    lay_out(tmp_path, 1)
    (tmp_path / "decisions.yaml").write_text("version: 1\ndecisions: 7\n")
    ended = run_line(ARGV, cwd=tmp_path)
    assert ended.code == 2
    assert "decisions.yaml:2:" in ended.stderr
