from __future__ import annotations

import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pycurl
import pytest

from s3transfer_tl import bulk
from s3transfer_tl.bulk import Bulk, Request
from tests.wire import Answer, Seen, Wire, http, self_signed, silent_port

AWKWARD_KEYS = [
    "plain.srt",
    "a/../b.srt",
    "a/./b.srt",
    "../up.srt",
    "/leading.srt",
    "a//b.srt",
    "trailing/",
    "a b.srt",
    "a+b.srt",
    "a#b.srt",
    "a?b.srt",
    "a%41.srt",
    "%2E%2E/b.srt",
    "a&b=c.srt",
    "a\\b.srt",
    'a"b".srt',
    "tab\t.srt",
    "\u65e5\u672c.srt",
    "e\u0301 \u00fc.srt",
]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make retries immediate, so that what is left of the time is the engine's own."""
    monkeypatch.setattr(bulk, "_BACKOFF", 0.001)


def echo(seen: Seen) -> Answer:
    return http(body=seen.target, head=seen.method == "HEAD")


def refuse_first(times: int, status: int) -> Wire:
    return Wire(lambda seen: http(status if seen.number < times else 200, b"body"))


# What is sent


@pytest.mark.parametrize("key", AWKWARD_KEYS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_key_goes_out_byte_for_byte(key: str, method: str) -> None:
    with Wire(echo) as wire, Bulk() as engine:
        engine.add(Request(f"{wire.url}/bucket/{quote(key, safe='/~')}", method))
        (response,) = engine
        assert response.status == 200
        assert wire.seen[0].target == b"/bucket/" + quote(key, safe="/~").encode()


def test_nothing_is_sent_that_was_not_asked_for() -> None:
    with Wire() as wire, Bulk() as engine:
        engine.add(Request(wire.url + "/key", headers={"Range": "bytes=0-0"}))
        list(engine)
        names = {line.split(b":")[0] for line in wire.seen[0].head.split(b"\r\n")[1:-2]}
        assert names == {b"Host", b"User-Agent", b"Range"}
        assert wire.seen[0].head.startswith(b"GET /key HTTP/1.1\r\n")


def test_netrc_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password made-up\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    with Wire() as wire, Bulk() as engine:
        engine.add(Request(wire.url))
        list(engine)
        assert wire.seen[0].header("Authorization") is None


def test_cookies_are_not_kept() -> None:
    with Wire(lambda seen: http(headers={"Set-Cookie": "a=b; Path=/"})) as wire, Bulk(1) as engine:
        list(engine.feed(Request(f"{wire.url}/{n}") for n in range(3)))
        assert [seen.header("Cookie") for seen in wire.seen] == [None] * 3


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x", ""])
def test_only_http_is_spoken(url: str) -> None:
    with Bulk() as engine:
        engine.add(Request(url))
        (response,) = engine
        assert response.status == 0
        assert response.error
        assert engine.sent == 1


def test_a_method_that_could_write_is_refused() -> None:
    with pytest.raises(ValueError, match="PUT is not GET or HEAD"):
        Request("http://127.0.0.1/", "PUT")


@pytest.mark.parametrize("count", [0, 513, 5000])
def test_more_in_flight_than_select_can_watch_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 512"):
        Bulk(count)


# What comes back


def test_a_response_has_status_body_headers_and_the_callers_tag() -> None:
    with Wire(lambda seen: http(200, b"xyz", headers={"X-Thing": "one: two"})) as wire, Bulk() as engine:
        engine.add(Request(wire.url, tag=("any", "thing")))
        (response,) = engine
        assert (response.status, response.body, response.error) == (200, b"xyz", "")
        assert response.header("x-thing") == "one: two"
        assert response.header("x-other") is None
        assert response.request.tag == ("any", "thing")


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    moved = http(301, b"", headers={"Location": "/elsewhere", "x-amz-bucket-region": "eu-west-1"})
    with Wire(lambda seen: moved) as wire, Bulk() as engine:
        engine.add(Request(wire.url + "/key", "HEAD"))
        (response,) = engine
        assert (response.status, response.header("X-Amz-Bucket-Region")) == (301, "eu-west-1")
        assert len(wire.seen) == 1


def test_responses_come_in_completion_order() -> None:
    def slow_first(seen: Seen) -> Answer:
        return http(delay=0.3 if seen.target == b"/slow" else 0.0)

    with Wire(slow_first) as wire, Bulk() as engine:
        for path in ("slow", "fast"):
            engine.add(Request(f"{wire.url}/{path}", tag=path))
        assert [response.request.tag for response in engine] == ["fast", "slow"]


def test_a_handle_used_for_head_reads_bodies_again_and_mixes_nothing() -> None:
    with Wire(echo) as wire, Bulk(1) as engine:
        requests = [Request(f"{wire.url}/{n}", "HEAD" if n % 3 == 0 else "GET", tag=n) for n in range(12)]
        bodies = {response.request.tag: response.body for response in engine.feed(requests)}
        assert bodies == {n: b"" if n % 3 == 0 else b"/%d" % n for n in range(12)}
        assert wire.connections == 1


def test_a_body_is_cut_at_the_cap_and_says_so() -> None:
    with Wire(lambda seen: http(200, b"x" * 100_000)) as wire, Bulk(max_body=1000) as engine:
        engine.add(Request(wire.url))
        (response,) = engine
        assert (response.status, len(response.body)) == (200, 1000)
        assert response.error == "the body is longer than 1000 bytes"
        assert engine.sent == 1


def test_a_body_of_exactly_the_cap_is_whole() -> None:
    with Wire(lambda seen: http(200, b"x" * 1000)) as wire, Bulk(max_body=1000) as engine:
        engine.add(Request(wire.url))
        (response,) = engine
        assert (len(response.body), response.error) == (1000, "")


# The loop


def test_one_request_takes_its_latency_and_no_more() -> None:
    with Wire(lambda seen: http(delay=0.2)) as wire:
        taken = []
        for _ in range(4):
            begun = time.perf_counter()
            with Bulk() as engine:
                engine.add(Request(wire.url))
                list(engine)
            taken.append(time.perf_counter() - begun)
    assert 0.2 <= min(taken) < 0.25


def test_a_follow_up_is_on_the_wire_before_add_returns_to_a_slow_caller() -> None:
    with Wire(echo) as wire, Bulk() as engine:
        engine.add(Request(wire.url + "/1", tag=1))
        for response in engine:
            if response.request.tag == 1:
                engine.add(Request(wire.url + "/2", tag=2))
                time.sleep(0.3)  # decoding
                assert [seen.target for seen in wire.seen] == [b"/1", b"/2"]


def test_a_chain_of_pages_ends_by_itself() -> None:
    with Wire(echo) as wire, Bulk() as engine:
        engine.add(Request(wire.url + "/0", tag=0))
        pages = []
        for response in engine:
            pages.append(response.body)
            if response.request.tag < 9:
                engine.add(Request(f"{wire.url}/{response.request.tag + 1}", tag=response.request.tag + 1))
        assert pages == [b"/%d" % n for n in range(10)]


def test_requests_added_before_the_loop_all_come_out_once() -> None:
    with Wire(echo) as wire, Bulk(4) as engine:
        for n in range(50):
            engine.add(Request(f"{wire.url}/{n}", tag=n))
        assert sorted(response.request.tag for response in engine) == list(range(50))
        assert wire.most_in_flight <= 4


def test_a_source_is_pulled_only_as_room_appears() -> None:
    pulled = 0

    def source(url: str) -> Iterator[Request]:
        nonlocal pulled
        for n in range(300):
            pulled += 1
            yield Request(f"{url}/{n}", "HEAD", tag=n)

    with Wire(echo) as wire, Bulk(16) as engine:
        for answered, _ in enumerate(engine.feed(source(wire.url))):
            assert pulled <= answered + 2 * 16 + 1
        assert answered == 299


def test_the_window_opens_to_what_is_allowed_and_no_further() -> None:
    with Wire(lambda seen: http(head=True, delay=0.05)) as wire, Bulk(32) as engine:
        list(engine.feed(Request(f"{wire.url}/{n}", "HEAD") for n in range(400)))
        assert 24 <= wire.most_in_flight <= 32


def test_an_engine_can_be_used_again_after_its_end() -> None:
    with Wire(echo) as wire, Bulk() as engine:
        for path in (b"/a", b"/b"):
            engine.add(Request(wire.url + path.decode()))
            assert [response.body for response in engine] == [path]


def test_leaving_the_loop_early_and_closing_twice_is_clean() -> None:
    with Wire(lambda seen: http(delay=0.01)) as wire, Bulk() as engine:
        for _ in engine.feed(Request(wire.url) for _ in range(100)):
            break
        engine.close()


def test_a_rate_is_kept_without_spinning() -> None:
    with Wire(lambda seen: http(head=True, delay=0.15)) as wire, Bulk(256, rate=400) as engine:
        begun, used = time.perf_counter(), time.thread_time()
        assert len(list(engine.feed(Request(f"{wire.url}/{n}", "HEAD") for n in range(500)))) == 500
        taken, used = time.perf_counter() - begun, time.thread_time() - used
        assert wire.most_in_flight > 32
        assert taken >= 500 / 400 - 0.1
        assert used < 0.4 * taken


def test_a_rate_with_nothing_in_flight_waits_for_the_rest() -> None:
    with Wire(echo) as wire, Bulk(4, rate=20) as engine:
        begun = time.perf_counter()
        assert len(list(engine.feed(Request(f"{wire.url}/{n}") for n in range(8)))) == 8
        assert time.perf_counter() - begun >= 0.25


# Retries


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_failure_of_the_server_is_tried_four_times(status: int) -> None:
    with refuse_first(3, status) as wire, Bulk() as engine:
        engine.add(Request(wire.url))
        assert [response.status for response in engine] == [200]
        assert len(wire.seen) == 4
    with refuse_first(99, status) as wire, Bulk() as engine:
        engine.add(Request(wire.url))
        assert [response.status for response in engine] == [status]
        assert len(wire.seen) == 4


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [429, 503])
def test_a_throttled_request_is_tried_ten_times(status: int) -> None:
    with refuse_first(9, status) as wire, Bulk() as engine:
        engine.add(Request(wire.url))
        assert [response.status for response in engine] == [200]
    with refuse_first(99, status) as wire, Bulk() as engine:
        engine.add(Request(wire.url))
        assert [response.status for response in engine] == [status]
        assert len(wire.seen) == 10


@pytest.mark.parametrize("status", [200, 204, 304, 400, 403, 404, 405, 416, 501])
def test_an_answer_is_not_asked_for_twice(status: int) -> None:
    with Wire(lambda seen: http(status, head=True)) as wire, Bulk() as engine:
        engine.add(Request(wire.url, "HEAD"))
        assert [response.status for response in engine] == [status]
        assert len(wire.seen) == 1


@pytest.mark.usefixtures("quick")
def test_a_retry_takes_a_fresh_connection_and_later_requests_share_one_again() -> None:
    with refuse_first(1, 500) as wire, Bulk(1) as engine:
        list(engine.feed(Request(f"{wire.url}/{n}") for n in range(5)))
        first, again = (seen for seen in wire.seen if seen.target == b"/0")
        assert first.connection != again.connection
        assert wire.connections == 2


@pytest.mark.usefixtures("quick")
def test_every_attempt_is_signed_anew() -> None:
    calls: list[tuple[str, str]] = []

    def sign(method: str, url: str) -> dict[str, str]:
        calls.append((method, url))
        return {"X-Signature": str(len(calls))}

    with refuse_first(2, 503) as wire, Bulk() as engine:
        engine.add(Request(wire.url + "/key", sign=sign))
        list(engine)
        assert calls == [("GET", wire.url + "/key")] * 3
        assert [seen.header("X-Signature") for seen in wire.seen] == ["1", "2", "3"]


def test_an_exception_of_sign_reaches_the_caller() -> None:
    def sign(method: str, url: str) -> dict[str, str]:
        raise PermissionError("credentials are gone")

    with Bulk() as engine, pytest.raises(PermissionError, match="credentials are gone"):
        engine.add(Request("http://127.0.0.1/", sign=sign))


@pytest.mark.usefixtures("quick")
def test_the_caller_can_send_an_error_inside_a_200_again_within_the_budget() -> None:
    with Wire(lambda seen: http(200, b"<Error/>" if seen.number < 2 else b"rows")) as wire, Bulk() as engine:
        engine.add(Request(wire.url))
        bodies = [r.body for r in engine if r.body != b"<Error/>" or not engine.retry(r)]
        assert bodies == [b"rows"]
    with Wire(lambda seen: http(200, b"<Error/>")) as wire, Bulk() as engine:
        engine.add(Request(wire.url))
        assert [r.body for r in engine if not engine.retry(r)] == [b"<Error/>"]
        assert len(wire.seen) == 4


# No answer


@pytest.mark.usefixtures("quick")
def test_a_cut_body_is_fetched_again_and_never_handed_out() -> None:
    with (
        Wire(lambda seen: http(200, b"half", length=8 if seen.number < 2 else None, then="close")) as wire,
        Bulk() as engine,
    ):
        engine.add(Request(wire.url))
        (response,) = engine
        assert (response.status, response.body, len(wire.seen)) == (200, b"half", 3)
    with Wire(lambda seen: http(200, b"half", length=8, then="close")) as wire, Bulk() as engine:
        engine.add(Request(wire.url))
        (response,) = engine
        assert (response.status, response.body) == (0, b"")
        assert "4 bytes" in response.error


@pytest.mark.usefixtures("quick")
def test_a_connection_timeout_ends_when_it_says() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(full.getsockname())
            begun = time.perf_counter()
            with Bulk(connect_timeout=0.2) as engine:
                engine.add(Request(f"http://127.0.0.1:{full.getsockname()[1]}/"))
                (response,) = engine
            assert response.status == 0
            assert "timed out" in response.error.lower()
            assert (
                0.8 <= time.perf_counter() - begun < 1.6
            )  # 4 tries; select() alone would wait a second each
        finally:
            for filler in fillers:
                filler.close()


@pytest.mark.usefixtures("quick")
def test_a_silent_server_is_given_up_after_the_stall_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "TRIES", (2, 10))
    with Wire(lambda seen: Answer(then="hang")) as wire, Bulk(stall_timeout=1) as engine:
        engine.add(Request(wire.url))
        (response,) = engine
        assert response.status == 0
        assert len(wire.seen) == 2


def test_a_dead_endpoint_answers_for_all_in_seconds() -> None:
    begun = time.perf_counter()
    with Bulk(64) as engine:
        url = f"http://127.0.0.1:{silent_port()}"
        statuses = [r.status for r in engine.feed(Request(f"{url}/{n}", "HEAD") for n in range(20_000))]
        assert statuses == [0] * 20_000
        assert engine.sent < 2_000
    assert time.perf_counter() - begun < 10


def test_a_dead_endpoint_does_not_pull_the_whole_source_at_once() -> None:
    pulled = 0

    def source(url: str) -> Iterator[Request]:
        nonlocal pulled
        for n in range(20_000):
            pulled += 1
            yield Request(f"{url}/{n}", "HEAD")

    with Bulk(16) as engine:
        for answered, _ in enumerate(engine.feed(source(f"http://127.0.0.1:{silent_port()}"))):
            assert pulled <= answered + 10 * 16
        assert answered == 19_999


def test_a_dead_host_does_not_take_a_living_one_down() -> None:
    with Wire(echo) as wire, Bulk(16) as engine:
        dead = f"http://127.0.0.1:{silent_port()}"
        source = [Request(f"{dead if n % 2 else wire.url}/{n}", tag=n) for n in range(200)]
        statuses = {r.request.tag: r.status for r in engine.feed(source)}
        assert statuses == {n: 0 if n % 2 else 200 for n in range(200)}


@pytest.mark.usefixtures("quick")
def test_a_host_that_comes_back_is_used_again() -> None:
    with Bulk() as engine, Wire(echo) as wire:
        engine.add(Request(f"http://127.0.0.1:{silent_port()}/"))
        assert [response.status for response in engine] == [0]
        host = engine._hosts[wire.url.removeprefix("http://")]
        host.silent, host.probe = 8, time.monotonic() + 0.2  # as if it had been down until now
        engine.add(Request(wire.url + "/early"))
        assert [response.status for response in engine] == [0]
        time.sleep(0.25)
        for n in range(3):
            engine.add(Request(f"{wire.url}/{n}"))
            assert [response.status for response in engine] == [200]


def test_ctrl_c_gets_out_of_a_wait_for_a_silent_server() -> None:
    with Wire(lambda seen: Answer(then="hang")) as wire:
        program = (
            "from s3transfer_tl.bulk import *\n"
            "with Bulk() as engine:\n"
            f"    engine.add(Request('{wire.url}/'))\n"
            "    list(engine)\n"
        )
        process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE)
        try:
            deadline = time.monotonic() + 20
            while not wire.seen and time.monotonic() < deadline:
                time.sleep(0.02)
            begun = time.perf_counter()
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=20)
            assert time.perf_counter() - begun < 1
            assert said.decode().strip().endswith("KeyboardInterrupt")
        finally:
            process.kill()
            process.wait()


def test_names_are_looked_up_again_after_seconds_so_that_requests_spread_over_a_services_addresses() -> None:
    """libcurl would keep one address for a minute."""
    options: dict[int, object] = {}

    class Recorded(pycurl.Curl):  # type: ignore[misc]
        def setopt(self, option: int, value: object) -> None:
            options[option] = value
            super().setopt(option, value)

    with pytest.MonkeyPatch.context() as patch, Wire(echo) as wire:
        patch.setattr(pycurl, "Curl", Recorded)
        with Bulk() as engine:
            engine.add(Request(wire.url))
            list(engine)
    assert options[pycurl.DNS_CACHE_TIMEOUT] == 5
    assert options[pycurl.BUFFERSIZE] == 512 * 1024, "a page in one read"


def test_the_urllib3_that_boto3_brings_is_never_replaced() -> None:
    """niquests brings urllib3-future, which overwrites the package of that name."""
    from importlib.metadata import requires

    needed = {re.split(r"[^\w-]", need)[0] for need in requires("s3transfer-tl") or ()}
    assert "pycurl" in needed
    assert not needed & {"niquests", "urllib3-future"}


# Certificates and proxies


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    return self_signed(tmp_path_factory.mktemp("tls"))


def test_a_ca_file_or_no_verification_opens_tls(certificate: tuple[Path, ssl.SSLContext]) -> None:
    pem, context = certificate
    for verify in (str(pem), False):
        with Wire(echo, tls=context) as wire, Bulk(verify=verify) as engine:
            engine.add(Request(wire.url + "/key"))
            assert [response.body for response in engine] == [b"/key"]


def test_an_unknown_certificate_is_refused_once_and_not_tried_again(
    certificate: tuple[Path, ssl.SSLContext],
) -> None:
    with Wire(echo, tls=certificate[1]) as wire, Bulk() as engine:
        engine.add(Request(wire.url + "/key"))
        (response,) = engine
        assert response.status == 0
        assert "certificate" in response.error
        assert (engine.sent, wire.seen) == (1, [])


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(echo) as proxy, Bulk() as engine:
        monkeypatch.setenv("http_proxy", proxy.url)
        engine.add(Request("http://media.example/a/../b"))
        assert [response.status for response in engine] == [200]
        assert proxy.seen[0].target == b"http://media.example/a/../b"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
def test_a_proxy_is_taken_from_the_names_that_boto3_reads(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(echo) as proxy, Wire(echo) as near:
        monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
        with Bulk() as engine:
            for url in ("http://media.example/far", near.url + "/near"):
                engine.add(Request(url))
            assert {response.body for response in engine} == {b"http://media.example/far", b"/near"}
        assert (len(proxy.seen), len(near.seen)) == (1, 1)


def test_a_proxy_for_http_is_none_for_https(
    monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    with Wire(echo) as proxy, Wire(echo, tls=certificate[1]) as wire:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with Bulk(1, verify=False) as engine:  # one handle for both
            engine.add(Request("http://media.example/a"))
            engine.add(Request(wire.url + "/b"))
            assert [response.body for response in engine] == [b"http://media.example/a", b"/b"]


def test_no_proxy_is_honoured_as_a_range_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(echo) as proxy, Wire(echo) as wire, Bulk() as engine:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
        engine.add(Request(wire.url + "/direct"))
        assert [response.body for response in engine] == [b"/direct"]
        assert proxy.seen == []
