"""The platform's client: what it sends, what it understands, and that no POST ever arrives twice."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl.errors import PlatformError, UsageError
from s3transfer_tl.model import PlatformSettings, Secret
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, Sandbox
from s3transfer_tl.twelvelabs import AnswerLost, Client, RateLimited, answers, endpoint, task_form
from tests.fault_server import HANG_UP, NO_CONTENT, FaultServer, Request, reply
from tests.wire import Answer, Wire, silent_port

KEY = "tlk_VERYSECRETKEY"
MANIFEST = b'[\n  {"index_id": "x"}\n]\n'
INDEX_ID = "629d807aa9e2a3a33a92c00b"

Connect = Callable[..., Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    made = []

    def connect(url: str, version: str = "v1.2", key: str = KEY, **options: Any) -> Client:
        client = Client(PlatformSettings(url, version, Secret(key)), **options)
        made.append(client)
        return client

    yield connect
    for client in made:
        client.__exit__()


def in_turn(*raw: bytes) -> Callable[[Request], bytes]:
    """Answer with the given bytes one after the other, the last for good."""
    return lambda request: raw[min(request.number, len(raw) - 1)]


def task(number: int, created: str = "2026-01-01T00:00:00Z", **more: Any) -> dict[str, Any]:
    return {
        "_id": f"{number:024x}",
        "index_id": INDEX_ID,
        "status": "ready",
        "created_at": created,
        "metadata": {"filename": f"{number}.mp4"},
        **more,
    }


# Transfers


def test_a_transfer_is_one_json_part_called_file_with_the_key_in_its_header(connect: Connect) -> None:
    with FaultServer(in_turn(NO_CONTENT)) as server:
        connect(server.url).transfer(MANIFEST)
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/v1.2/tasks/transfers")
    assert request.fields["x-api-key"] == KEY
    assert request.fields["content-type"].startswith("multipart/form-data; boundary=")
    assert request.body.count(b"Content-Disposition") == 1
    assert b'name="file"; filename="manifest.json"\r\nContent-Type: application/json\r\n' in request.body
    assert MANIFEST in request.body


@pytest.mark.parametrize(
    "good",
    [
        NO_CONTENT,
        reply(200, {"message": "Succesfully requested indexing task", "type": "index_task_create"}),
        reply(201, body=b"thanks"),
        reply(200),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",  # cut, but the status settled it
    ],
    ids=["204", "200-json", "201-text", "200-empty", "200-broken-off"],
)
def test_any_2xx_will_do_with_or_without_a_body(connect: Connect, good: bytes) -> None:
    with FaultServer(in_turn(good)) as server:
        connect(server.url, timeout=(2.0, 0.5)).transfer(MANIFEST)
    assert server.count("POST") == 1


def test_what_is_done_meanwhile_begins_with_the_last_byte_and_the_answer_is_awaited_after_it(
    connect: Connect,
) -> None:
    arrived, done = threading.Event(), threading.Event()

    def answer(request: Request) -> bytes:
        arrived.set()
        assert done.wait(10)
        return NO_CONTENT

    def meanwhile() -> None:
        assert arrived.wait(10)
        done.set()

    with FaultServer(answer) as server:
        connect(server.url, timeout=(2.0, 20.0)).transfer(MANIFEST, meanwhile=meanwhile)
    assert done.is_set()


def test_nothing_is_done_meanwhile_where_nothing_leaves(connect: Connect) -> None:
    with pytest.raises(PlatformError, match="gave no answer"):
        connect(f"http://127.0.0.1:{silent_port()}").transfer(MANIFEST, meanwhile=pytest.fail)


@pytest.mark.parametrize("version", ["v1.1", "v1.1.1", "v1.1.2", "v1.2"])
def test_every_version_that_takes_transfers_is_posted_to(connect: Connect, version: str) -> None:
    with FaultServer(in_turn(NO_CONTENT)) as server:
        connect(server.url, version).transfer(MANIFEST)
    assert server.requests[0].target == f"/{version}/tasks/transfers"


def test_v1_3_is_told_before_anything_is_sent(connect: Connect) -> None:
    with FaultServer(in_turn(NO_CONTENT)) as server, pytest.raises(UsageError) as caught:
        connect(server.url, "v1.3")
    assert "v1.3" in caught.value.message
    assert "v1.2" in caught.value.hint
    assert not server.requests


def test_a_version_nobody_knows_is_tried_and_its_404_told_plainly(connect: Connect) -> None:
    nothing = reply(404, body=b"<html>nothing here</html>")
    with FaultServer(in_turn(nothing)) as server, pytest.raises(PlatformError) as caught:
        connect(server.url, "v1.4").transfer(MANIFEST)
    assert caught.value.status == 404
    assert "v1.1 to v1.2 only" in caught.value.hint


# No POST arrives twice


@pytest.mark.parametrize(
    "bad",
    [HANG_UP, b"HTTP/1.1 2", reply(500), reply(502, body=b"<html>"), reply(503), reply(504), reply(408)],
    ids=["cut", "cut-in-status", "500", "502", "503", "504", "408"],
)
def test_an_answer_that_is_lost_is_unknown_and_the_post_arrives_once(connect: Connect, bad: bytes) -> None:
    def answer(request: Request) -> bytes:
        return bad

    with FaultServer(answer) as server, pytest.raises(AnswerLost):
        connect(server.url, timeout=(2.0, 0.3)).transfer(MANIFEST)
    assert server.count("POST") == 1


def test_an_answer_that_never_comes_is_unknown(connect: Connect) -> None:
    with Wire(lambda seen: Answer(then="hang")) as server, pytest.raises(AnswerLost):
        connect(server.url, timeout=(2.0, 0.2)).transfer(MANIFEST)
    assert sum(seen.method == "POST" for seen in server.seen) == 1


def test_a_reset_after_the_request_is_unknown(connect: Connect) -> None:
    with Wire(lambda seen: Answer(then="reset")) as server, pytest.raises(AnswerLost):
        connect(server.url).transfer(MANIFEST)


def test_a_dead_endpoint_got_nothing(connect: Connect) -> None:
    with pytest.raises(PlatformError) as caught:
        connect(f"http://127.0.0.1:{silent_port()}").transfer(MANIFEST)
    assert not isinstance(caught.value, AnswerLost)
    assert caught.value.status == 0
    assert "127.0.0.1" in caught.value.message
    assert "--api-url" in caught.value.hint


def test_a_proxy_out_of_reach_is_told_as_the_proxy(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://user:s3cret@127.0.0.1:{silent_port()}")
    with Wire() as server, pytest.raises(PlatformError, match="the proxy for http") as caught:
        connect(server.url).transfer(MANIFEST)
    assert "s3cret" not in caught.value.message


def test_a_ca_bundle_that_is_not_there_is_told_by_name(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    with pytest.raises(PlatformError, match=r"/no/such/bundle\.pem") as caught:
        connect(f"https://127.0.0.1:{silent_port()}").index(INDEX_ID)
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint


def test_a_certificate_nobody_trusts_got_nothing(connect: Connect, tmp_path: Path) -> None:
    with Wire(tls=_own_certificate(tmp_path)) as server, pytest.raises(PlatformError) as caught:
        connect(server.url).transfer(MANIFEST)
    assert not isinstance(caught.value, AnswerLost)
    assert not server.seen


def test_a_tls_server_that_dies_before_it_answers_leaves_an_unknown(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = _own_certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "cert.pem"))
    with Wire(lambda seen: Answer(then="reset"), tls=context) as server, pytest.raises(AnswerLost):
        connect(server.url).transfer(MANIFEST)
    assert [seen.method for seen in server.seen][:1] == ["POST"]


def _own_certificate(folder: Path) -> ssl.SSLContext:
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


# Errors, in all their shapes


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (
            {"code": "parameter_invalid", "message": "language is wrong"},
            "parameter_invalid: language is wrong",
        ),
        ({"error": {"code": "parameter_invalid", "message": "no"}}, "parameter_invalid: no"),
        ({"error_code": "104", "message": "Invalid values"}, "104: Invalid values"),
        ({"code": 101, "error": "token is not valid", "message": "Please"}, "101: Please"),
        ({"message": "only words"}, "only words"),
    ],
)
def test_the_platforms_words_are_shown_as_it_said_them(connect: Connect, document: Any, said: str) -> None:
    with FaultServer(in_turn(reply(400, document))) as server, pytest.raises(PlatformError) as caught:
        connect(server.url).transfer(MANIFEST)
    assert caught.value.message == f"POST /v1.2/tasks/transfers: the platform answered 400, {said}"
    assert caught.value.hint


@pytest.mark.parametrize(
    "body", [b"<html>Bad</html>", b"\xff\xfe", b"[1]", b"null", b'"text"', b"[" * 100_000, b""]
)
def test_an_error_that_is_no_json_object_is_told_by_its_status(connect: Connect, body: bytes) -> None:
    with FaultServer(in_turn(reply(400, body=body))) as server, pytest.raises(PlatformError) as caught:
        connect(server.url).transfer(MANIFEST)
    assert caught.value.message == "POST /v1.2/tasks/transfers: the platform answered 400"


def test_an_error_keeps_code_status_and_docs_url(connect: Connect) -> None:
    error = {"code": "api_upgrade_required", "message": "use v1.3", "docs_url": "https://docs.example/x"}
    with FaultServer(in_turn(reply(400, error))) as server, pytest.raises(PlatformError) as caught:
        connect(server.url).transfer(MANIFEST)
    assert (caught.value.status, caught.value.code) == (400, "api_upgrade_required")
    assert caught.value.docs_url == "https://docs.example/x"
    assert "v1.3 has no way" in caught.value.hint


def test_a_get_that_answers_no_json_is_told_as_that(connect: Connect) -> None:
    page = reply(200, body=b"<html>log in</html>")
    with FaultServer(in_turn(page)) as server, pytest.raises(PlatformError, match="not a JSON object"):
        connect(server.url).index(INDEX_ID)


# Waiting


def test_a_429_on_a_get_is_waited_out_as_told(connect: Connect) -> None:
    slept: list[float] = []
    told: list[str] = []
    limited = reply(429, {"code": "too_many_requests", "message": "try later"}, Retry_After="7")
    with FaultServer(in_turn(limited, limited, reply(200, {"_id": INDEX_ID}))) as server:
        client = connect(server.url, sleep=slept.append, on_wait=lambda seconds, why: told.append(why))
        assert client.index(INDEX_ID).id == INDEX_ID
    assert slept == [7.0, 7.0]
    assert "try later" in told[0]


def test_a_429_on_a_post_says_how_long_to_wait_and_was_not_taken(connect: Connect) -> None:
    now = 1_800_000_000.0
    date = format_datetime(datetime.fromtimestamp(now + 1000, UTC), usegmt=True)  # our clock is slow
    limited = reply(429, X_Ratelimit_Reset=str(int(now) + 1030), Date=date)
    with FaultServer(in_turn(limited)) as server, pytest.raises(RateLimited) as caught:
        connect(server.url, clock=lambda: now).transfer(MANIFEST)
    assert caught.value.wait == 30.0
    assert server.count("POST") == 1


@given(
    st.dictionaries(
        st.sampled_from(["Retry-After", "X-Ratelimit-Reset", "Date"]),
        st.one_of(
            st.text(max_size=40),
            st.floats().map(str),
            st.integers().map(str),
            st.datetimes().map(lambda moment: format_datetime(moment.replace(tzinfo=UTC), usegmt=True)),
        ),
    ),
    st.floats(0, 4e9),
)
def test_no_header_can_ask_for_more_than_a_day_or_for_less_than_nothing(
    headers: dict[str, str], now: float
) -> None:
    wait = answers.wait_told(headers, now)
    assert wait is None or 0 <= wait <= answers.LONGEST_WAIT


@given(st.integers(0, 86_400), st.integers(0, 86_400), st.floats(1e9, 3e9))
def test_the_longer_of_two_waits_holds(after: int, reset: int, now: float) -> None:
    headers = {"Retry-After": str(after), "X-Ratelimit-Reset": str(now + reset)}
    assert answers.wait_told(headers, now) == pytest.approx(max(after, reset), abs=0.001)


@given(st.integers(0, 86_400), st.integers(1_000_000_000, 3_000_000_000))
def test_retry_after_may_be_a_date(after: int, now: int) -> None:
    date = format_datetime(datetime.fromtimestamp(now + after, UTC), usegmt=True)
    assert answers.wait_told({"Retry-After": date}, now) == after


def test_a_silent_429_backs_off_longer_each_time(connect: Connect) -> None:
    slept: list[float] = []
    client = connect("http://127.0.0.1:9", sleep=slept.append)
    for attempt in range(1, 9):
        client.pause(None, attempt, "limited")
    assert slept == sorted(slept)
    assert slept[-1] == 60.0


# Tasks and indexes


def test_tasks_are_paged_to_the_first_empty_page_whatever_total_page_says(connect: Connect) -> None:
    def answer(request: Request) -> bytes:
        page = int(request.target.partition("&page=")[2])
        data = [task(page * 100 + n) for n in range(50)] if page <= 3 else []
        return reply(200, {"data": data, "page_info": {"page": 0, "total_page": 0}})

    with FaultServer(answer) as server:
        found = list(connect(server.url).tasks(index_id=INDEX_ID))
    assert len(found) == 150
    assert server.count("GET") == 4
    assert f"index_id={INDEX_ID}&page_limit=50" in server.requests[0].target


def test_a_server_that_repeats_its_page_for_ever_is_left(connect: Connect) -> None:
    with FaultServer(in_turn(reply(200, {"data": [task(1), task(2)]}))) as server:
        assert [found.id[-1] for found in connect(server.url).tasks()] == ["1", "2"]
    assert server.count("GET") < 10


def test_a_listing_ends_where_newest_first_passes_the_wanted_time(connect: Connect) -> None:
    def answer(request: Request) -> bytes:
        page = int(request.target.partition("&page=")[2])
        return reply(
            200, {"data": [task(10 * page + n, f"2026-01-0{9 - page}T00:00:0{9 - n}Z") for n in (0, 1)]}
        )

    with FaultServer(answer) as server:
        since = datetime(2026, 1, 7, tzinfo=UTC).timestamp()
        found = list(connect(server.url).tasks(created_at=since))
    assert [item.created_at[:10] for item in found] == [
        "2026-01-08",
        "2026-01-08",
        "2026-01-07",
        "2026-01-07",
    ]
    assert server.count("GET") == 3


def test_a_listing_that_runs_from_old_to_new_is_read_to_its_end(connect: Connect) -> None:
    def answer(request: Request) -> bytes:
        page = int(request.target.partition("&page=")[2])
        return reply(
            200,
            {
                "data": [task(n, f"2026-01-0{n}T00:00:00Z") for n in range(2 * page, 2 * page + 2)]
                if page < 4
                else []
            },
        )

    with FaultServer(answer) as server:
        since = datetime(2026, 1, 6, tzinfo=UTC).timestamp()
        assert [found.created_at[9] for found in connect(server.url).tasks(created_at=since)] == ["6", "7"]


def test_a_task_is_read_in_both_shapes_and_with_any_status(connect: Connect) -> None:
    old = task(1, status="Indexing", video_id="v")
    new = task(2, status="dreaming", metadata=None, system_metadata={"filename": "new.mp4"})
    bare = {"_id": "3"}
    with FaultServer(in_turn(reply(200, old), reply(200, new), reply(200, bare))) as server:
        client = connect(server.url)
        found = [client.task("a"), client.task("b/../c"), client.task("c")]
    assert [item.status for item in found] == ["indexing", "dreaming", ""]
    assert [item.filename for item in found] == ["1.mp4", "new.mp4", None]
    assert server.requests[1].target == "/v1.2/tasks/b%2F..%2Fc"


@pytest.mark.parametrize(
    "shape",
    [
        {"index_options": ["visual", "conversation"]},
        {"engines": [{"engine_name": "marengo2.6", "engine_options": ["visual", "conversation"]}]},
        {"models": [{"model_options": ["visual"]}, {"model_options": ["conversation"]}]},
        {"data": {"_id": INDEX_ID, "index_options": ["visual", "conversation"]}},
    ],
)
def test_an_index_tells_its_options_in_every_versions_shape(connect: Connect, shape: Any) -> None:
    with FaultServer(in_turn(reply(200, {"_id": INDEX_ID, **shape}))) as server:
        assert connect(server.url).index(INDEX_ID).options == {"visual", "conversation"}


def test_a_get_is_tried_again_over_500_and_a_cut(connect: Connect) -> None:
    with FaultServer(in_turn(reply(503), HANG_UP, reply(200, {"_id": INDEX_ID}))) as server:
        assert connect(server.url).index(INDEX_ID).id == INDEX_ID
    assert server.count("GET") == 3


# Against the stand-in platform


def test_an_upload_streams_video_and_transcription_from_disk(connect: Connect, tmp_path: Path) -> None:
    from s3transfer_tl import sandbox

    video = tmp_path / 'a "b" \u65e5.mp4'
    video.write_bytes((Path(sandbox.__file__).parent / "sample.mp4").read_bytes())
    srt = tmp_path / "a.srt"
    srt.write_text("1\n00:00:01,000 --> 00:00:02,500\nHello.\n")
    with Sandbox() as platform:
        client = connect(platform.api_url, key=DEFAULT_KEY)
        form = task_form(DEFAULT_INDEX_ID, video=video, transcription=srt, language="en")
        made = client.create_task(form)
        assert client.task(made).filename == video.name
        (upload,) = platform.uploads
    assert len(platform.tasks) == 1
    assert upload is not None


def test_the_stand_in_lists_what_was_transferred(connect: Connect) -> None:
    entries = [
        {"index_id": DEFAULT_INDEX_ID, "language": "en", "object": f"s3://b/{n}.mp4"} for n in range(120)
    ]
    with Sandbox() as platform:
        client = connect(platform.api_url, key=DEFAULT_KEY)
        client.transfer(json.dumps(entries).encode())
        found = list(client.tasks(index_id=DEFAULT_INDEX_ID))
        assert [item.filename for item in client.tasks(filename="7.mp4")] == ["7.mp4"]
        with pytest.raises(PlatformError) as caught:
            client.index("0" * 24)
    assert {item.filename for item in found} == {f"{n}.mp4" for n in range(120)}
    assert caught.value.code == "resource_not_exist"


def test_a_wrong_key_is_told_as_that(connect: Connect) -> None:
    with Sandbox() as platform, pytest.raises(PlatformError) as caught:
        connect(platform.api_url, key="tlk_WRONG").index(DEFAULT_INDEX_ID)
    assert caught.value.status == 401
    assert "TWELVE_LABS_API_KEY" in caught.value.hint


# The key


def test_a_redirect_never_carries_the_key_anywhere(connect: Connect) -> None:
    with FaultServer(in_turn(NO_CONTENT)) as elsewhere:
        moved = reply(307, Location=f"{elsewhere.url}/v1.2/tasks/transfers")
        with FaultServer(in_turn(moved)) as server:
            for call in (lambda client: client.transfer(MANIFEST), lambda client: client.index(INDEX_ID)):
                with pytest.raises(PlatformError) as caught:
                    call(connect(server.url))
                assert elsewhere.url in caught.value.hint
    assert not elsewhere.requests


def test_the_key_shows_in_no_message_hint_repr_or_traceback(connect: Connect) -> None:
    def echo(request: Request) -> bytes:
        return reply(400, {"code": "api_key_odd", "message": f"you sent {request.fields['x-api-key']}"})

    with FaultServer(echo) as server:
        client = connect(server.url)
        with pytest.raises(PlatformError) as caught:
            client.transfer(MANIFEST)
    shown = (
        "".join(traceback.format_exception(caught.value))
        + caught.value.hint
        + repr(client)
        + repr(vars(client))
    )
    assert KEY not in shown
    assert "you sent ***" in shown


def test_no_answer_leaves_the_key_in_no_variable_that_a_crash_report_shows(connect: Connect) -> None:
    with pytest.raises(PlatformError, match="gave no answer") as caught:
        connect(f"http://127.0.0.1:{silent_port()}").transfer(MANIFEST)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "Connection refused" in shown
    assert KEY not in shown


@pytest.mark.parametrize("key", ["tlk_A\nB", "tlk_A B", "tlk_\u00fc", "tlk_A\x00", ""])
def test_a_key_that_no_header_can_carry_is_told_without_showing_it(connect: Connect, key: str) -> None:
    with pytest.raises(UsageError) as caught:
        connect("http://127.0.0.1:9", key=key)
    shown = "".join(traceback.format_exception(caught.value)) + caught.value.hint
    assert not key or key not in shown


def test_netrc_never_overrules_the_key(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with FaultServer(in_turn(NO_CONTENT)) as server:
        connect(server.url).transfer(MANIFEST)
    assert "authorization" not in server.requests[0].fields


# The address


@pytest.mark.parametrize(
    ("given_url", "same"),
    [
        ("https://api.twelvelabs.io", "https://api.twelvelabs.io"),
        ("https://API.twelvelabs.io/", "https://api.twelvelabs.io"),
        ("https://api.twelvelabs.io/v1.3/", "https://api.twelvelabs.io"),
        ("http://127.0.0.1:80/proxy/tl", "http://127.0.0.1:80/proxy/tl"),
    ],
)
def test_one_platform_has_one_name(given_url: str, same: str) -> None:
    assert endpoint(given_url) == same


@pytest.mark.parametrize(
    "wrong",
    [
        "api.twelvelabs.io",
        "ftp://x",
        "https://",
        "https://u:p@x",
        "https://x?y=1",
        "http://[::1",
        "http://x:y",
        f"http://{'a' * 64}.io",
        "http://a..io",
        "http://a b.io",
        "http://a.io/\udcff",
        "http://a.io/\n",
    ],
)
def test_what_is_no_address_is_told_before_anything_is_sent(wrong: str) -> None:
    with pytest.raises(UsageError):
        endpoint(wrong)
