"""The sandbox over a plain socket: the oddities that our own client must live with."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import s3transfer_tl.sandbox
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, FaultError, Sandbox, listing
from tests.servers import Moto, SeaweedFS, Server

SRT = b"1\n00:00:01,000 --> 00:00:02,500\nHello.\n"
SAMPLE = Path(s3transfer_tl.sandbox.__file__).parent / "sample.mp4"
KEY = {"x-api-key": DEFAULT_KEY}


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Got(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


class Caller:
    """One kept connection; ``headers`` are sent with each request."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.connection = http.client.HTTPConnection(sandbox.api_url.removeprefix("http://"), timeout=20)

    def __call__(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any
    ) -> Got:
        self.connection.request(method, path, body, KEY if headers is None else headers, **more)
        response = self.connection.getresponse()
        return Got(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def form(self, path: str, *parts: tuple[str, bytes]) -> Got:
        """POST a form; a part's name may go on with ``; filename="..."``."""
        lines = [
            f'--XX\r\nContent-Disposition: form-data; name="{name}"\r\n'.replace(
                "; filename", '"; filename', 1
            )
            .replace('""', '"')
            .encode()
            + b"\r\n"
            + data
            for name, data in parts
        ]
        body = b"\r\n".join([*lines, b"--XX--\r\n"])
        return self("POST", path, body, KEY | {"Content-Type": "multipart/form-data; boundary=XX"})

    def transfer(self, *names: str, version: str = "v1.2") -> Got:
        return self.form(f"/{version}/tasks/transfers", ("file", manifest(*names)))

    def tasks(self, query: str = "") -> Any:
        got = self("GET", f"/v1.2/tasks?{query}")
        assert got.status == 200, got
        return got.json


def manifest(*names: str, **more: Any) -> bytes:
    return json.dumps([entry(name, **more) for name in names]).encode()


def entry(name: str, **more: Any) -> dict[str, Any]:
    return {"index_id": DEFAULT_INDEX_ID, "language": "en", "object": f"s3://media/{name}"} | more


def names(listing: Any) -> list[str]:
    return [task["metadata"]["filename"] for task in listing["data"]]


@pytest.fixture
def opened() -> Iterator[Callable[..., tuple[Sandbox, Caller]]]:
    with contextlib.ExitStack() as stack:

        def open_one(**options: Any) -> tuple[Sandbox, Caller]:
            sandbox = stack.enter_context(Sandbox(**options))
            caller = Caller(sandbox)
            stack.callback(caller.connection.close)
            return sandbox, caller

        yield open_one


Opened = Callable[..., tuple[Sandbox, Caller]]


@pytest.mark.parametrize("version", ["v1.1", "v1.1.1", "v1.1.2", "v1.2"])
def test_a_transfer_is_answered_with_204_and_nothing(opened: Opened, version: str) -> None:
    _, call = opened()
    got = call.transfer("a.mp4", version=version)
    assert (got.status, got.body, got.headers["x-api-version"]) == (204, b"", version)
    assert "content-length" not in got.headers
    assert names(call.tasks()) == ["a.mp4"]


@pytest.mark.parametrize(
    "part_type", [None, "application/json", "application/octet-stream", "multipart/form-data"]
)
def test_the_manifest_part_may_call_itself_anything_that_clients_send(
    opened: Opened, part_type: str | None
) -> None:
    sandbox, call = opened()
    line = f"Content-Type: {part_type}\r\n" if part_type else ""
    head = f'--XX\r\nContent-Disposition: form-data; name="file"; filename="m.json"\r\n{line}\r\n'.encode()
    content_type = KEY | {"Content-Type": "multipart/form-data; boundary=XX"}
    body = head + manifest("a.mp4") + b"\r\n--XX--\r\n"
    assert call("POST", "/v1.2/tasks/transfers", body, content_type).status == 204
    assert sandbox.transfers[0].body == manifest("a.mp4")


def test_v13_has_no_transfers_and_no_transcriptions(opened: Opened) -> None:
    _, call = opened()
    assert call.transfer("a.mp4", version="v1.3").status == 404
    upload = [("index_id", DEFAULT_INDEX_ID.encode()), ('video_file; filename="a.mp4"', b"video")]
    assert call.form("/v1.3/tasks", *upload, ("provide_transcription", b"true")).code == "parameter_unknown"
    made = call.form("/v1.3/tasks", *upload)
    assert made.status == 200
    task = call("GET", f"/v1.3/tasks/{made.json['_id']}").json
    assert task["video_id"] == made.json["video_id"]
    assert task["system_metadata"] == {"filename": "a.mp4"}
    assert not {"metadata", "process", "type"} & set(task)
    assert "models" in call("GET", f"/v1.3/indexes/{DEFAULT_INDEX_ID}").json


BAD_MANIFESTS = {
    "extra entry field": (json.dumps([entry("a.mp4", title="A")]), "parameter_unknown", "file[0].title"),
    "missing": (
        json.dumps([entry("a.mp4"), {"index_id": DEFAULT_INDEX_ID}]),
        "parameter_not_provided",
        "file[1]",
    ),
    "https object": (json.dumps([entry("", object="https://a/b")]), "parameter_invalid", "file[0].object"),
    "25 characters": (
        json.dumps([entry("a.mp4", index_id="629d807aa9e2a3a33a92c00b1")]),
        "parameter_invalid",
        "index_id",
    ),
    "empty transcription": (
        json.dumps([entry("a.mp4", transcription="")]),
        "parameter_invalid",
        "transcription",
    ),
    "null": (json.dumps([entry("a.mp4", transcription=None)]), "parameter_invalid", "transcription"),
    "unknown index": (json.dumps([entry("a.mp4", index_id="0" * 24)]), "resource_not_exist", "0" * 24),
    "not JSON": ("[{", "parameter_invalid", "JSON"),
    "too deep": ("[" * 100_000, "parameter_invalid", "JSON"),
    "an object": ("{}", "parameter_invalid", "array"),
    "empty": ("[]", "parameter_invalid", "array"),
    "a string in it": ('["s3://a/b"]', "parameter_invalid", "file[0]"),
}


@pytest.mark.parametrize("case", BAD_MANIFESTS)
def test_a_bad_manifest_is_refused_whole_with_the_documented_code(opened: Opened, case: str) -> None:
    text, code, named = BAD_MANIFESTS[case]
    sandbox, call = opened()
    got = call.form("/v1.2/tasks/transfers", ("file", text.encode()))
    assert (got.status, got.code) == (400, code)
    assert named in got.json["message"]
    assert sandbox.tasks == []
    assert [(transfer.answer, transfer.kept) for transfer in sandbox.transfers] == [(400, 0)]


def test_an_extra_form_field_is_refused(opened: Opened) -> None:
    _, call = opened()
    got = call.form("/v1.2/tasks/transfers", ("file", manifest("a.mp4")), ("language", b"en"))
    assert (got.status, got.code) == (400, "parameter_unknown")
    assert call.form("/v1.2/tasks/transfers").code == "parameter_not_provided"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1.2/tasks/" + "0" * 24, 404, "resource_not_exist"),
        ("GET", "/v1.2/indexes/" + "0" * 24, 404, "resource_not_exist"),
        ("GET", "/v1.2/tasks/status?index_id=" + "0" * 24, 400, "resource_not_exist"),
        ("GET", "/v1.2/nowhere", 404, "resource_not_exist"),
        ("GET", "/v9/tasks", 404, "resource_not_exist"),
        ("PUT", "/v1.2/tasks", 404, "resource_not_exist"),
        ("GET", "/v1.2/tasks?page_limit=51", 400, "parameter_invalid"),
        ("GET", "/v1.2/tasks?page=0", 400, "parameter_invalid"),
        ("GET", "/v1.2/tasks?created_at=yesterday", 400, "parameter_invalid"),
        ("GET", "/v1.2/tasks?sort_by=filename", 400, "parameter_invalid"),
        ("GET", "/v1.2/tasks?file_name=a", 400, "parameter_unknown"),
        ("GET", "/v1.2/tasks?created_at[near]=2024-01-01", 400, "parameter_unknown"),
    ],
)
def test_refusals_have_the_platforms_shape(
    opened: Opened, method: str, path: str, status: int, code: str
) -> None:
    _, call = opened()
    got = call(method, path)
    assert (got.status, got.code) == (status, code)
    assert {"code", "message", "docs_url"} == set(got.json)
    assert got.headers["x-api-version"] == "v1.2"


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "tlk_OTHER"}])
def test_a_wrong_key_is_refused_before_anything_is_done(opened: Opened, headers: dict[str, str]) -> None:
    sandbox, call = opened()
    got = call("POST", "/v1.2/tasks/transfers", b"x" * 100_000, headers)
    assert (got.status, got.code) == (401, "api_key_invalid")
    assert call("GET", "/v1.2/tasks").status == 200  # on the same connection
    assert not sandbox.transfers


def test_listing_is_newest_first_in_pages_and_empty_past_the_last(opened: Opened) -> None:
    _, call = opened()
    call.transfer(*(f"{n:02}.mp4" for n in range(23)))
    first = call.tasks()
    assert names(first) == [f"{n:02}.mp4" for n in range(22, 12, -1)]
    assert first["page_info"] == {"limit_per_page": 10, "page": 1, "total_page": 3, "total_results": 23}
    assert names(call.tasks("page=3&page_limit=10")) == ["02.mp4", "01.mp4", "00.mp4"]
    assert names(call.tasks("sort_option=asc&page_limit=2&page=12")) == ["22.mp4"]
    past = call.tasks("page=4")
    assert (past["data"], past["page_info"]["total_results"]) == ([], 23)


def test_listing_is_filtered_by_index_name_time_and_status(opened: Opened) -> None:
    clock, other = Clock(), "b" * 24
    _, call = opened(clock=clock, speed=1.0, index_ids=[DEFAULT_INDEX_ID, other])
    call.transfer("old/master.mp4", "old/x.mp4")
    clock.now += 60.5
    call.form("/v1.2/tasks/transfers", ("file", manifest("new/master.mp4", index_id=other)))
    call.transfer("new/master.mp4")
    assert len(call.tasks(f"index_id={DEFAULT_INDEX_ID}&filename=master.mp4")["data"]) == 2
    assert len(call.tasks("filename=master.mp4")["data"]) == 3
    assert names(call.tasks(f"index_id={other}")) == ["master.mp4"]
    since = call.tasks("filename=x.mp4")["data"][0]["created_at"]
    assert since == "2023-11-14T22:13:20Z"
    assert len(call.tasks(f"created_at={since}")["data"]) == 4
    assert len(call.tasks(f"created_at[gt]={since}")["data"]) == 2
    assert len(call.tasks(f"created_at[lte]={since}")["data"]) == 2
    assert len(call.tasks("created_at[gte]=2023-11-14T22:14:20.5Z")["data"]) == 2
    assert len(call.tasks("status=indexing")["data"]) == 2
    assert len(call.tasks("status=indexing&status=validating")["data"]) == 4
    assert len(call.tasks("status=queued&sort_by=updated_at")["data"]) == 0
    assert len(call.tasks("status=indexing&status=pending&width=640&duration[gte]=13")["data"]) == 0


def test_a_task_goes_through_the_documented_statuses_on_the_clock(opened: Opened) -> None:
    clock = Clock()
    _, call = opened(clock=clock, speed=60.0)
    call.transfer("a.mp4")
    seen = []
    for _ in range(8):
        task = call.tasks()["data"][0]
        seen.append(
            (task["status"], task["updated_at"][17:], "video_id" in task, task["process"]["percentage"])
        )
        clock.now += 0.5  # 30 platform seconds
    assert seen == [
        ("validating", "20Z", False, 0),
        ("pending", "20.333Z", False, 0),
        ("indexing", "21Z", False, 0.0),
        ("indexing", "21Z", False, 25.0),
        ("indexing", "21Z", False, 50.0),
        ("indexing", "21Z", False, 75.0),
        ("ready", "23Z", True, 0),
        ("ready", "23Z", True, 0),
    ]
    assert task["estimated_time"] == "2023-11-14T22:13:23Z"
    assert task["metadata"] == {"duration": 12.0, "filename": "a.mp4", "height": 360, "width": 640}
    assert "hls" not in task


def test_the_same_video_is_two_tasks_but_one_video(opened: Opened) -> None:
    _, call = opened(speed=1e9)
    call.transfer("a.mp4")
    call.transfer("a.mp4")
    assert len({task["video_id"] for task in call.tasks()["data"]}) == 1
    assert call("GET", f"/v1.2/indexes/{DEFAULT_INDEX_ID}/videos").json["page_info"]["total_results"] == 1


def test_a_clock_set_back_leaves_the_listing_in_order(opened: Opened) -> None:
    clock = Clock()
    _, call = opened(clock=clock)
    call.transfer("first.mp4")
    clock.now -= 3600
    call.transfer("second.mp4")
    clock.now += 3600
    assert names(call.tasks()) == ["second.mp4", "first.mp4"]


@pytest.mark.parametrize("true", [b"true", b"True"])
def test_an_upload_takes_both_spellings_of_true(opened: Opened, true: bytes) -> None:
    sandbox, call = opened(speed=1e9)
    got = call.form(
        "/v1.2/tasks",
        ("index_id", DEFAULT_INDEX_ID.encode()),
        ("language", b"en"),
        ("provide_transcription", true),
        ('transcription_file; filename="a.srt"', SRT),
        ('video_file; filename="dir/a.mp4"', b"video"),
    )
    assert got.status == 201
    assert call("GET", f"/v1.2/tasks/{got.json['_id']}").json["status"] == "ready"
    assert sandbox.uploads[0].task_id == got.json["_id"]
    assert sandbox.uploads[0].answer == 201


def test_a_transcription_that_is_not_announced_is_ignored_silently(opened: Opened) -> None:
    _, call = opened(speed=1e9)
    call.form(
        "/v1.2/tasks",
        ("index_id", DEFAULT_INDEX_ID.encode()),
        ('transcription_file; filename="a.srt"', b"no cue"),
        ('video_file; filename="a.mp4"', b"video"),
    )
    assert call.tasks()["data"][0]["status"] == "ready"


INDEX = ("index_id", DEFAULT_INDEX_ID.encode())
BAD_UPLOADS = {
    "INDEX_ID": ([("INDEX_ID", INDEX[1])], "parameter_unknown"),
    "no index": ([("video_url", b"https://a.test/v.mp4")], "parameter_not_provided"),
    "no video": ([INDEX], "parameter_not_provided"),
    "empty video": ([INDEX, ('video_file; filename="a.mp4"', b"")], "video_file_broken"),
    "url": ([INDEX, ("video_url", b"s3://a/b.mp4")], "parameter_invalid"),
    "boolean": ([INDEX, ("provide_transcription", b"yes")], "parameter_invalid"),
    "announced": (
        [INDEX, ("video_url", b"https://a.test/v"), ("provide_transcription", b"true")],
        "parameter_not_provided",
    ),
    "unknown index": ([("index_id", b"0" * 24), ("video_url", b"https://a.test/v")], "resource_not_exist"),
}


@pytest.mark.parametrize("case", BAD_UPLOADS)
def test_a_bad_upload_is_refused_with_the_documented_code(opened: Opened, case: str) -> None:
    parts, code = BAD_UPLOADS[case]
    _, call = opened()
    got = call.form("/v1.2/tasks", *parts)
    assert (got.status, got.code) == (400, code)


def test_a_chunked_body_and_expect_100_are_understood(opened: Opened) -> None:
    sandbox, call = opened()
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + manifest("a.mp4") + b"\r\n--XX--\r\n"
    )
    headers = KEY | {"Content-Type": "multipart/form-data; boundary=XX"}
    pieces = iter([body[:7], body[7:50], body[50:]])
    assert call("POST", "/v1.2/tasks/transfers", pieces, headers, encode_chunked=True).status == 204
    assert len(call.tasks()["data"]) == 1
    port = int(sandbox.api_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        wire.sendall(
            f"POST /v1.2/tasks/transfers HTTP/1.1\r\nHost: x\r\n{head}Expect: 100-continue\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        assert wire.recv(100).startswith(b"HTTP/1.1 100 ")
        wire.sendall(body)
        assert wire.recv(100).startswith(b"HTTP/1.1 204 ")


def test_half_a_request_is_never_accepted(opened: Opened) -> None:
    sandbox, _ = opened()
    port = int(sandbox.api_url.rpartition(":")[2])
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + manifest("a.mp4") + b"\r\n--XX--\r\n"
    )
    for chunked in (False, True):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
            length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
            head = f"POST /v1.2/tasks/transfers HTTP/1.1\r\nx-api-key: {DEFAULT_KEY}\r\n{length}\r\n"
            wire.sendall(f"{head}Content-Type: multipart/form-data; boundary=XX\r\n\r\n".encode())
            wire.sendall((b"fff\r\n" if chunked else b"") + body[:-4])
            wire.shutdown(socket.SHUT_WR)
            assert wire.recv(100) == b""
    assert sandbox.tasks == []


# Faults


def test_a_cut_answer_leaves_the_entries_accepted_or_as_many_as_asked(opened: Opened) -> None:
    sandbox, call = opened(fault_specs=["transfers:1=cut", "transfers:2=cut:0", "transfers:3=cut:1"])
    for _ in range(3):
        with pytest.raises(http.client.RemoteDisconnected):
            call.transfer("a.mp4", "b.mp4")
        call.connection.close()
    assert [transfer.kept for transfer in sandbox.transfers] == [2, 0, 1]
    assert [transfer.answer for transfer in sandbox.transfers] == [0, 0, 0]
    assert call.transfer("a.mp4", "b.mp4").status == 204
    assert len(call.tasks()["data"]) == 5


def test_errors_come_before_or_after_the_entries_are_kept(opened: Opened) -> None:
    faults = ["transfers:1=500", "transfers:2=503-after-accept", "transfers:3=take:1", "transfers:4=429:7"]
    clock = Clock()
    sandbox, call = opened(fault_specs=faults, clock=clock)
    answers = [call.transfer("a.mp4", "b.mp4") for _ in range(5)]
    assert [answer.status for answer in answers] == [500, 503, 204, 429, 204]
    assert [transfer.kept for transfer in sandbox.transfers] == [0, 2, 1, 0, 2]
    assert answers[1].headers["content-type"] == "text/html"
    limited = answers[3]
    assert limited.code == "too_many_requests"
    assert limited.headers["x-ratelimit-remaining"] == "0"
    assert int(limited.headers["x-ratelimit-reset"]) == clock.now + 7
    assert "retry-after" not in limited.headers


def test_a_limit_is_told_and_kept(opened: Opened) -> None:
    clock = Clock()
    _, call = opened(fault_specs=["limit=2/60"], clock=clock)
    answers = [call.transfer("a.mp4") for _ in range(3)]
    assert [answer.status for answer in answers] == [204, 204, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert "x-ratelimit-limit" not in call("GET", "/v1.2/tasks").headers
    clock.now += 60
    assert call.transfer("a.mp4").headers["x-ratelimit-used"] == "1"


def test_a_lagging_listing_shows_tasks_late_but_knows_their_ids(opened: Opened) -> None:
    clock = Clock()
    sandbox, call = opened(fault_specs=["lag=2"], clock=clock)
    call.transfer("a.mp4")
    assert call.tasks()["data"] == []
    assert call("GET", f"/v1.2/tasks/{sandbox.tasks[0].id}").status == 200
    clock.now += 2.1
    assert names(call.tasks()) == ["a.mp4"]


def test_endings_are_chosen_by_file_name(opened: Opened) -> None:
    faults = ["ready:bad*=failed", "ready:stuck.mp4=indexing", "ready:odd[1].mp4=archiving"]
    _, call = opened(fault_specs=faults, speed=1e9)
    call.transfer("bad1.mp4", "stuck.mp4", "odd[1].mp4", "good.mp4")
    found = {task["metadata"]["filename"]: task["status"] for task in call.tasks()["data"]}
    assert found == {
        "bad1.mp4": "failed",
        "stuck.mp4": "indexing",
        "odd[1].mp4": "archiving",
        "good.mp4": "ready",
    }


def test_a_slow_answer_comes_late_and_its_work_at_once(opened: Opened) -> None:
    sandbox, call = opened(fault_specs=["transfers:1=slow:0.3"])
    began = time.monotonic()
    assert call.transfer("a.mp4").status == 204
    assert time.monotonic() - began >= 0.3
    assert sandbox.transfers[0].kept == 1


def test_closing_does_not_wait_for_a_slow_answer_or_an_idle_connection() -> None:
    began = time.monotonic()
    with Sandbox(fault_specs=["tasks:1=slow:60"]) as sandbox:
        idle, slow = Caller(sandbox), Caller(sandbox)
        idle("GET", "/v1.2/indexes")
        slow.connection.request("GET", "/v1.2/tasks", headers=KEY)
        while not sandbox.calls["tasks"]:
            time.sleep(0.005)
    idle.connection.close()
    slow.connection.close()
    assert time.monotonic() - began < 10


def test_an_index_has_the_options_it_was_given(opened: Opened) -> None:
    other = "b" * 24
    _, call = opened(index_ids=[DEFAULT_INDEX_ID, other], fault_specs=[f"options:{other}=visual"])
    engines = {index["_id"]: index["engines"][0] for index in call("GET", "/v1.2/indexes").json["data"]}
    assert engines[other]["engine_options"] == ["visual"]
    assert "conversation" in engines[DEFAULT_INDEX_ID]["engine_options"]


@pytest.mark.parametrize("which", ["2", "2-2", "/2"])
def test_a_fault_hits_the_calls_it_names(opened: Opened, which: str) -> None:
    _, call = opened(fault_specs=[f"tasks:{which}=500"])
    assert [call("GET", "/v1.2/tasks").status for _ in range(3)] == [200, 500, 200]


UNREADABLE = """tasks tasks=500 tasks:=500 nothing:1=500 tasks:0=500 tasks:x=500 tasks:1=200 tasks:1=slow
tasks:1=slow:x tasks:1=cut:-1 tasks:1=500:3 lag= lag=-1 limit=3 limit=0/5"""


@pytest.mark.parametrize("spec", ["", *UNREADABLE.split()])
def test_a_fault_that_cannot_be_read_is_named(spec: str) -> None:
    with pytest.raises(FaultError, match="cannot read the fault"):
        Sandbox(fault_specs=[spec])


# Objects


def settled(call: Caller) -> dict[str, str]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        tasks = call.tasks("page_limit=50")["data"]
        if all(task["status"] in ("ready", "failed") for task in tasks):
            return {task["metadata"]["filename"]: task["status"] for task in tasks}
        time.sleep(0.02)
    raise AssertionError("tasks did not end")


def as_admin(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.env().items():
        monkeypatch.setenv(name, value)


def test_videos_are_read_signed_and_transcriptions_as_anyone(
    opened: Opened, seaweed: SeaweedFS, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_admin(seaweed, monkeypatch)
    bucket, said = seaweed.create_bucket(), list[str]()
    seaweed.open_to_all(bucket, "public/")
    for key, body in {
        "private.mp4": b"video",
        "empty.mp4": b"",
        "public/good.srt": SRT,
        "public/\u65e5 + #%?.srt": SRT,
        "public/bad.srt": b"not a subtitle",
        "secret.srt": SRT,
    }.items():
        seaweed.client().put_object(Bucket=bucket, Key=key, Body=body)
    sandbox, call = opened(s3_endpoint_url=seaweed.endpoint_url, speed=1e9, told=said.append)

    def video(key: str, transcription: str | None) -> dict[str, Any]:
        more = {"transcription": f"s3://{bucket}/{transcription}"} if transcription else {}
        return entry("", object=f"s3://{bucket}/{key}", **more)

    # one object under several names is enough: the sandbox tells tasks apart by their base name
    cases = {
        "none": ("private.mp4", None, "ready"),
        "good": ("private.mp4", "public/good.srt", "ready"),
        "odd": ("private.mp4", "public/\u65e5 + #%?.srt", "ready"),
        "bad": ("private.mp4", "public/bad.srt", "failed"),
        "secret": ("private.mp4", "secret.srt", "failed"),
        "missing": ("private.mp4", "public/missing.srt", "failed"),
        "empty": ("empty.mp4", None, "failed"),
        "gone": ("gone.mp4", None, "failed"),
    }
    entries = [video(key, transcription) for key, transcription, _ in cases.values()]
    assert call.form("/v1.2/tasks/transfers", ("file", json.dumps(entries).encode())).status == 204
    settled(call)
    assert [sandbox.status(task) for task in sandbox.tasks] == [status for _, _, status in cases.values()]
    assert sandbox.tasks[0].size == len(b"video")
    told = "\n".join(said)
    assert len(said) == 5
    for why in (
        "public/bad.srt: line 1",
        "secret.srt is not public",
        "missing.srt",
        "empty.mp4 is empty",
        "gone.mp4",
    ):
        assert why in told


@pytest.mark.parametrize("key", ["a//b.srt", "/lead.srt", "a/../up.srt", "a/./b.srt", "plus+ %2F.srt"])
def test_a_transcriptions_key_goes_out_byte_for_byte(
    opened: Opened, moto: Moto, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    as_admin(moto, monkeypatch)
    bucket = moto.create_bucket()
    moto.client().put_object(Bucket=bucket, Key="v.mp4", Body=b"video")
    moto.client().put_object(Bucket=bucket, Key=key, Body=SRT, ACL="public-read")
    _, call = opened(s3_endpoint_url=moto.endpoint_url, speed=1e9)
    sent = [entry("", object=f"s3://{bucket}/v.mp4", transcription=f"s3://{bucket}/{key}")]
    call.form("/v1.2/tasks/transfers", ("file", json.dumps(sent).encode()))
    assert settled(call) == {"v.mp4": "ready"}


def test_a_dead_endpoint_fails_the_task(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SK")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        said: list[str] = []
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        _, call = opened(s3_endpoint_url=url, speed=1e9, told=said.append)
        call.transfer("a.mp4")
        assert settled(call) == {"a.mp4": "failed"}
    assert "cannot read s3://media/a.mp4" in said[0]


# Size


def test_the_sample_video_is_small_and_is_what_the_sandbox_says_of_every_video() -> None:
    data = SAMPLE.read_bytes()
    assert len(data) < 25_000
    header, track = data.index(b"mvhd") + 4, data.index(b"tkhd") + 4
    timescale, duration = struct.unpack(">II", data[header + 12 : header + 20])
    assert duration / timescale == listing.DURATION
    width, height = struct.unpack(">II", data[track + 76 : track + 84])  # 16.16 fixed point
    assert (width >> 16, height >> 16) == (listing.WIDTH, listing.HEIGHT)
    assert (b"avc1" in data, b"mp4a" in data) == (True, True)


def test_a_hundred_thousand_tasks_are_listed_quickly_and_once_each(opened: Opened) -> None:
    sandbox, call = opened(speed=1e9)
    total = 100_000
    assert call.transfer(*(f"{n // 10}/v{n % 10}.mp4" for n in range(total))).status == 204
    assert len(sandbox.tasks) == total
    began = time.monotonic()
    page = call.tasks(f"index_id={DEFAULT_INDEX_ID}&page_limit=50&page={total // 50}")
    assert len(page["data"]) == 50
    assert len(call.tasks("filename=v3.mp4&page_limit=50")["data"]) == 50
    assert call("GET", f"/v1.2/indexes/{DEFAULT_INDEX_ID}").json["video_count"] == total
    assert time.monotonic() - began < 10


def test_many_callers_at_once_lose_nothing(opened: Opened) -> None:
    sandbox, _ = opened()

    def send(number: int) -> None:
        call = Caller(sandbox)
        for n in range(20):
            assert call.transfer(f"{number}-{n}.mp4").status == 204
        call.connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({task.filename for task in sandbox.tasks}) == 160
    assert len({task.id for task in sandbox.tasks}) == 160
