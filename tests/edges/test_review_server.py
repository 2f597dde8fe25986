"""The review's server, asked over HTTP as browsers and others ask."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from s3transfer_tl import decisions
from s3transfer_tl.build.review import Candidate, Item
from s3transfer_tl.decisions import Decision
from s3transfer_tl.review import app, serving, writing
from s3transfer_tl.review.guard import MOST_BODY
from s3transfer_tl.review.sitting import Sitting

ODD = "s3://m/</script><script>alert('\u202e')</script>\n&amp;.mp4"
VIDEOS = ("s3://m/a.mp4", "s3://m/b.mp4", ODD)
ONE = "s3://m/one.srt"


@dataclass
class Visitor:
    """Who asks the server on ``port``; ``told`` are the headers of the last answer."""

    port: int
    token: str
    file: Path
    ended: threading.Event
    path: str = "/"
    cookie: str = ""
    told: Mapping[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str | None
    ) -> tuple[int, str]:
        """Ask as the page does, but for ``headers``; None leaves one out."""
        given: dict[str, str | None] = {"host": f"127.0.0.1:{self.port}", "cookie": self.cookie}
        if method != "GET":
            given |= {"content-type": "application/json", "origin": f"http://127.0.0.1:{self.port}"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None and "content_length" not in headers:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            self.told = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, answer.read().decode()

    def enter(self) -> tuple[int, str]:
        """Exchange the token for the cookie, and ask for the page."""
        status, text = self.ask("GET", f"/?token={self.token}")
        assert status == 200
        self.cookie = self.told["set-cookie"].partition(";")[0]
        found = re.search(r'url=(/[^"]+/)"', text)
        assert found
        self.path = found[1]
        return self.ask("GET", self.path)

    def post(self, path: str = "decisions", **body: object) -> tuple[int, Any]:
        status, text = self.ask("POST", self.path + path, json.dumps(body).encode())
        return status, json.loads(text)

    def decide(self, video: str, transcription: str | None, since: int = 0) -> tuple[int, Any]:
        word = {"video": video, "transcription": transcription, "language": None}
        return self.post(since=since, decisions=[word])


@contextmanager
def visiting(file: Path, given: tuple[Decision, ...] = ()) -> Iterator[Visitor]:
    if given:
        file.write_text(decisions.dumps(given))
    candidate = Candidate(ONE, 1, None, None, None, "alike")
    items = [Item(video, 1, None, "unmatched", (candidate,), None) for video in VIDEOS]
    sitting = Sitting(VIDEOS, decisions.read(file), lambda changes: writing.write(file, changes))
    bound = serving.listen(0)
    ended = threading.Event()
    with serving.serve(bound, items, sitting, app.Told("transfer.yaml", file.name, ["build"])) as server:
        waiter = threading.Thread(target=lambda: (server.wait(), ended.set()), daemon=True)
        waiter.start()
        address, _, token = server.url.partition("/?token=")
        yield Visitor(int(address.rpartition(":")[2]), token, file, ended)


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    with visiting(tmp_path / "decisions.yaml") as one:
        yield one


def test_the_token_opens_the_page_once(visitor: Visitor) -> None:
    status, page = visitor.enter()
    assert status == 200
    assert "<h1>Review</h1>" in page
    assert visitor.ask("GET", visitor.path)[0] == 200  # a reload
    assert visitor.ask("GET", f"/?token={visitor.token}")[0] == 403


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%F0%9F%98%80"])
def test_without_the_right_token_nobody_enters(visitor: Visitor, query: str) -> None:
    status, text = visitor.ask("GET", f"/{query}")
    assert status == 403
    assert "the address that the command printed" in text
    assert "set-cookie" not in visitor.told
    assert visitor.enter()[0] == 200  # the token is as good as before


def test_the_cookie_is_sent_to_the_page_alone_and_no_script_reads_it(visitor: Visitor) -> None:
    visitor.ask("GET", f"/?token={visitor.token}")
    cookie = visitor.told["set-cookie"]
    assert re.fullmatch(r"review=[\w-]{43}; HttpOnly; Path=/[\w-]{22}/; SameSite=strict", cookie), cookie


@pytest.mark.parametrize("cookie", ["", "review=wrong", "review=\u00e4"])
def test_without_the_cookie_nothing_is_told_or_taken(visitor: Visitor, cookie: str) -> None:
    visitor.enter()
    visitor.cookie = cookie
    body = json.dumps({"since": 0, "decisions": [{"video": VIDEOS[0]}]}).encode()
    for method, path, sent in (
        ("GET", "", None),
        ("GET", "decisions?since=0", None),
        ("POST", "decisions", body),
        ("POST", "fit", body),
        ("POST", "done", b"{}"),
    ):
        status, text = visitor.ask(method, visitor.path + path, sent)
        assert status == 403
        assert "s3://" not in text
    assert not visitor.file.exists()
    assert not visitor.ended.is_set()


def test_each_answer_forbids_frames_caches_guesses_and_referrers(visitor: Visitor) -> None:
    for path in ("/", f"/?token={visitor.token}", "/nowhere"):
        visitor.ask("GET", path)
        assert visitor.told["cache-control"] == "no-store"
        assert visitor.told["referrer-policy"] == "no-referrer"
        assert visitor.told["x-content-type-options"] == "nosniff"
        policy = visitor.told["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "server" not in visitor.told


def test_the_pages_scripts_are_its_own_and_keys_in_it_are_text(visitor: Visitor) -> None:
    _, page = visitor.enter()
    policy = visitor.told["content-security-policy"]
    found = re.search(r"script-src 'nonce-([\w-]+)'", policy)
    assert found
    assert re.findall(r"<script[^>]*nonce=\"([\w-]+)\"", page) == [found[1]] * 2
    assert page.count("<script") == 2
    assert not re.search(r"\son\w+=|style=|javascript:|https?://", page.partition('id="data"')[0])
    data = re.search(r'id="data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert data
    assert [one["video"] for one in json.loads(data[1])["items"]] == list(VIDEOS)
    again = visitor.ask("GET", visitor.path)
    assert again[0] == 200
    assert found[1] not in visitor.told["content-security-policy"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:1",
        "evil.example:{port}",
        "127.0.0.1:{port}.evil.example",
        "[::1]:{port}",
        "",
        None,
    ],
)
def test_a_name_that_was_made_to_point_here_is_refused(visitor: Visitor, host: str | None) -> None:
    visitor.enter()
    given = host and host.format(port=visitor.port)
    status, text = visitor.ask("GET", visitor.path, host=given)
    assert status in (400, 403)  # without a host h11 itself refuses
    assert "s3://" not in text
    assert visitor.ask("GET", f"/?token={visitor.token}", host=given)[0] in (400, 403)


def test_localhost_is_this_machine_too(visitor: Visitor) -> None:
    visitor.enter()
    host = f"localhost:{visitor.port}"
    assert visitor.ask("GET", visitor.path, host=host)[0] == 200
    body = json.dumps({"since": 0, "decisions": []}).encode()
    assert visitor.ask("POST", f"{visitor.path}decisions", body, host=host, origin=f"http://{host}")[0] == 200
    assert visitor.ask("POST", f"{visitor.path}decisions", body, host=host)[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "null"},
        {"origin": None},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
    ],
)
def test_another_origin_cannot_post_even_with_the_cookie(
    visitor: Visitor, headers: dict[str, str | None]
) -> None:
    visitor.enter()
    body = json.dumps(
        {"since": 0, "decisions": [{"video": VIDEOS[0], "transcription": None, "language": None}]}
    )
    assert visitor.ask("POST", f"{visitor.path}decisions", body.encode(), **headers)[0] == 403
    assert visitor.ask("POST", f"{visitor.path}done", b"{}", **headers)[0] == 403
    assert not visitor.file.exists()
    assert not visitor.ended.is_set()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", None]
)
def test_what_a_form_could_send_is_not_taken(visitor: Visitor, kind: str | None) -> None:
    visitor.enter()
    assert visitor.ask("POST", f"{visitor.path}done", b"{}", content_type=kind)[0] == 415
    assert not visitor.ended.is_set()


def test_a_body_has_a_length_and_a_limit(visitor: Visitor) -> None:
    visitor.enter()
    path = f"{visitor.path}decisions"
    assert visitor.ask("POST", path, b" " * (MOST_BODY + 1))[0] == 413
    assert (
        visitor.ask("POST", path, b"2\r\n{}\r\n0\r\n\r\n", content_length=None, transfer_encoding="chunked")[
            0
        ]
        == 411
    )
    assert visitor.ask("POST", path, b" " * MOST_BODY)[0] == 422


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 60_000, b"null", b'{"since": 0}', b'{"since": NaN, "decisions": []}']
)
def test_what_is_not_understood_is_refused_in_a_sentence(visitor: Visitor, body: bytes) -> None:
    visitor.enter()
    status, text = visitor.ask("POST", f"{visitor.path}decisions", body)
    assert status == 422
    assert json.loads(text)["refused"]


def test_a_decision_is_in_the_file_before_it_is_answered(visitor: Visitor) -> None:
    visitor.enter()
    status, state = visitor.decide(ODD, ONE)
    assert (status, state["unsaved"], state["trouble"]) == (200, 0, None)
    assert [one[:3] for one in decisions.read(visitor.file)] == [(ODD, ONE, None)]
    assert visitor.post(since=state["seen"], decisions=[{"video": ODD}])[0] == 200
    assert decisions.read(visitor.file) == ()


def test_a_transcription_serves_one_video(visitor: Visitor) -> None:
    visitor.enter()
    assert visitor.decide(VIDEOS[0], ONE)[0] == 200
    status, refusal = visitor.decide(VIDEOS[1], ONE)
    assert status == 422
    assert refusal["refused"] == f"{ONE} is chosen for {VIDEOS[0]} already"
    assert len(decisions.read(visitor.file)) == 1


def test_fit_says_whether_a_decision_could_be_taken_without_taking_it(visitor: Visitor) -> None:
    visitor.enter()
    word = {"video": VIDEOS[0], "transcription": ONE}
    assert visitor.post("fit", **word, language="eng") == (200, {"language": "en"})
    assert visitor.post("fit", **word, language="?")[0] == 422
    assert not visitor.file.exists()


def test_decisions_about_other_videos_stay(tmp_path: Path) -> None:
    given = (Decision("s3://else/x.mp4", "s3://else/\n.srt", "pt-BR"), Decision("s3://else/y.mp4", None))
    with visiting(tmp_path / "decisions.yaml", given) as visitor:
        visitor.enter()
        visitor.decide(VIDEOS[0], ONE)
        visitor.post(since=0, decisions=[{"video": VIDEOS[0]}])
        assert [one[:3] for one in decisions.read(visitor.file)] == [one[:3] for one in given]


def test_two_tabs_share_what_was_decided(visitor: Visitor) -> None:
    visitor.enter()
    _, first = visitor.decide(VIDEOS[0], ONE)
    _, second = visitor.decide(VIDEOS[1], None, since=first["seen"])
    assert second["changes"] == [[1, {"transcription": None, "language": None}]]
    status, text = visitor.ask("GET", f"{visitor.path}decisions?since=1")
    assert status == 200
    assert json.loads(text)["changes"] == second["changes"]
    assert len(decisions.read(visitor.file)) == 2


def test_what_the_disk_refuses_is_said_and_saved_later(visitor: Visitor) -> None:
    visitor.enter()
    visitor.decide(VIDEOS[0], ONE)
    before = visitor.file.read_bytes()
    aside = visitor.file.with_suffix(".aside")
    visitor.file.rename(aside)
    visitor.file.mkdir()  # nobody, not even root, renames a file over a folder
    status, state = visitor.decide(VIDEOS[1], None)
    assert status == 500
    assert str(visitor.file) in state["trouble"]
    assert state["unsaved"] == 1
    assert visitor.post("done")[0] == 500
    assert not visitor.ended.is_set()
    visitor.file.rmdir()
    aside.rename(visitor.file)
    assert visitor.file.read_bytes() == before
    assert visitor.post(since=0, decisions=[])[0] == 200
    assert len(decisions.read(visitor.file)) == 2


def test_what_another_hand_broke_meanwhile_is_named_with_its_place(visitor: Visitor) -> None:
    visitor.enter()
    visitor.file.write_text("version: 1\ndecisions: 7\n")
    status, state = visitor.decide(VIDEOS[0], ONE)
    assert status == 500
    assert f"{visitor.file}:2:12: " in state["trouble"]
    assert visitor.file.read_text() == "version: 1\ndecisions: 7\n"
    visitor.file.unlink()
    assert visitor.post(since=0, decisions=[])[0] == 200
    assert [one.video for one in decisions.read(visitor.file)] == [VIDEOS[0]]


def test_done_ends_the_review_and_says_what_to_type(visitor: Visitor) -> None:
    visitor.enter()
    status, answer = visitor.post("done")
    assert (status, answer["next"]) == (200, ["build"])
    assert visitor.ended.wait(5)


def test_it_listens_on_loopback_only() -> None:
    with closing(serving.listen(0)) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"
        with pytest.raises(OSError, match="in use"), closing(serving.listen(bound.getsockname()[1])):
            pass
