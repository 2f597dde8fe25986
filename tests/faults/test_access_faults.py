from __future__ import annotations

import time
import zlib
from collections import Counter

import pytest

from s3transfer_tl import access, bulk
from s3transfer_tl.model import AccessVerdict, S3Settings
from tests.wire import Answer, Seen, Wire, http

ENDS = {"public": b"srt", "denied": b"denied", "missing": b"missing"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_BACKOFF", 0.001)


def truth(seen: Seen) -> Answer:
    """Answer as the object's end says, as S3 does."""
    status, code = {b"denied": (403, "AccessDenied"), b"missing": (404, "NoSuchKey")}.get(
        seen.target.rsplit(b".", 1)[-1], (200, "")
    )
    body = f"<Error><Code>{code}</Code></Error>".encode() if code else b"1"
    return http(status, body, head=seen.method == "HEAD")


def judged(wire: Wire, count: int, **options: float) -> dict[str, AccessVerdict]:
    ends = [end.decode() for end in ENDS.values()]
    uris = [f"s3://media/{n % 11}/{n}.{ends[n % 3]}" for n in range(count)]
    s3 = S3Settings(endpoint_url=wire.url, no_sign_request=True)
    found = list(access.explain(access.check(uris, s3=s3, **options), s3=s3))  # type: ignore[arg-type]
    assert Counter(verdict.uri for verdict in found) == Counter(uris)
    return {verdict.uri: verdict for verdict in found}


def expected(uri: str) -> str:
    return next(access for access, end in ENDS.items() if uri.endswith(end.decode()))


@pytest.mark.parametrize(
    ("fault", "is_settled"),
    [
        (http(503), True),
        (http(500), True),
        (Answer(then="reset"), True),
        (Answer(b"HTTP/1.1 200 OK\r\nContent-Le", then="close"), True),
        (Answer(b"SSH-2.0-OpenSSH_9\r\n", then="close"), False),
    ],
    ids=["503", "500", "reset", "cut head", "not HTTP"],
)
def test_a_fault_on_one_object_in_twenty_makes_no_verdict_wrong(fault: Answer, is_settled: bool) -> None:
    """The first try of each twentieth object fails, and every first ranged GET. What another try can
    settle is settled; what is no HTTP at all is not tried again."""
    tried: Counter[bytes] = Counter()

    def answer(seen: Seen) -> Answer:
        name = seen.target + seen.method.encode()
        tried[name] += 1
        fails = tried[name] == 1 and (seen.method == "GET" or zlib.crc32(seen.target) % 20 == 0)
        return fault if fails else truth(seen)

    with Wire(answer) as wire:
        found = judged(wire, 600)
    unknown = {uri for uri, verdict in found.items() if verdict.access == "unknown"}
    assert {uri for uri in found if found[uri].access != expected(uri)} == unknown
    assert len(unknown) <= (0 if is_settled else 60)


def test_a_ranged_get_with_a_wrong_length_costs_the_code_and_no_verdict() -> None:
    def answer(seen: Seen) -> Answer:
        lies = seen.method == "GET"
        return http(403, b"<Error>", length=500, then="close") if lies else truth(seen)

    with Wire(answer) as wire:
        found = judged(wire, 60)
    assert all(verdict.access == expected(uri) for uri, verdict in found.items())


def test_a_head_that_promises_a_length_is_not_waited_for() -> None:
    with Wire(lambda seen: http(200, length=10**9)) as wire:
        found = judged(wire, 60)
    assert {verdict.access for verdict in found.values()} == {"public"}


def test_a_host_that_answers_a_part_and_hangs_leaves_those_unknown() -> None:
    def answer(seen: Seen) -> Answer:
        return Answer(then="hang") if seen.target.endswith(b"7.srt") else truth(seen)

    with Wire(answer) as wire:
        found = judged(wire, 60, stall_timeout=1)
    unknown = {uri for uri, verdict in found.items() if verdict.access == "unknown"}
    assert unknown == {uri for uri in found if uri.endswith("7.srt")}
    assert unknown
    assert {verdict.cause for uri, verdict in found.items() if uri in unknown} == {"unknown"}


def test_a_name_that_does_not_resolve_makes_all_unknown_soon() -> None:
    begun = time.perf_counter()
    uris = [f"s3://media/{n}.srt" for n in range(2000)]
    settings = S3Settings(no_sign_request=True)
    found = list(access.check(uris, s3=settings, aws="http://s3.{region}.invalid"))
    assert Counter(verdict.uri for verdict in found) == Counter(uris)
    assert {verdict.access for verdict in found} == {"unknown"}
    assert all("media.s3.us-west-2.invalid" in verdict.reason for verdict in found)
    assert time.perf_counter() - begun < 20


def test_an_endpoint_that_throttles_everything_is_never_said_to_be_private() -> None:
    with Wire(lambda seen: http(503, head=seen.method == "HEAD")) as wire:
        found = judged(wire, 30)
    assert {(verdict.access, verdict.cause) for verdict in found.values()} == {("unknown", "unknown")}
