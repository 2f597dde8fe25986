"""Servers that misbehave: every request ends with its one true answer, or with status 0, never twice."""

from __future__ import annotations

import time
import zlib
from collections import Counter

import pytest

from s3transfer_tl.bulk import Bulk, Request, Response
from tests.wire import Answer, Seen, Wire, http

FAULTS = ("unanswered", "cut", "reset", "500", "503", "error-in-200", "hang", "close-after")


class Moody:
    """One request in a hundred meets each of eight faults; by key and attempt, so runs are alike."""

    def __init__(self) -> None:
        self.attempts: Counter[bytes] = Counter()
        self.met: Counter[str] = Counter()

    def __call__(self, seen: Seen) -> Answer:
        self.attempts[seen.target] += 1
        lot = zlib.crc32(b"%s %d" % (seen.target, self.attempts[seen.target])) % 100
        fault = FAULTS[lot] if lot < len(FAULTS) else ""
        self.met[fault] += 1
        body = b"rows of " + seen.target
        match fault:
            case "unanswered":
                return Answer(then="close")
            case "cut":
                return http(200, body[:-3], length=len(body), then="close")
            case "reset":
                return Answer(then="reset")
            case "500" | "503":
                return http(int(fault))
            case "error-in-200":
                return http(200, b"<Error><Code>InternalError</Code></Error>")
            case "hang":
                return Answer(then="hang")
            case "close-after":
                return http(200, body, then="close")
        return http(200, body)


def test_eight_kinds_of_fault_lose_nothing_and_double_nothing() -> None:
    moody, got = Moody(), Counter[str]()
    with Wire(moody) as wire, Bulk(64, stall_timeout=1) as engine:
        for response in engine.feed(Request(f"{wire.url}/{n}", tag=n) for n in range(2000)):
            if response.body.startswith(b"<Error>") and engine.retry(response):
                continue
            assert (response.status, response.body) == (200, b"rows of /%d" % response.request.tag)
            got[response.request.tag] += 1
    assert got == Counter(range(2000))
    assert all(moody.met[fault] >= 5 for fault in FAULTS)


@pytest.mark.slow
def test_a_server_at_its_limit_is_used_well_and_answers_all() -> None:
    limit, allowance = 500.0, 25.0
    tokens, last = allowance, time.monotonic()

    def limited(seen: Seen) -> Answer:
        nonlocal tokens, last
        tokens, last = min(allowance, tokens + (seen.at - last) * limit), seen.at
        if tokens < 1:
            return http(503, head=True, delay=0.03)
        tokens -= 1
        return http(200, head=True, delay=0.03)

    with Wire(limited) as wire, Bulk(256) as engine:
        begun = time.perf_counter()
        statuses = Counter(
            r.status for r in engine.feed(Request(f"{wire.url}/{n}", "HEAD") for n in range(2500))
        )
        taken = time.perf_counter() - begun
    assert statuses == {200: 2500}
    assert engine.sent < 1.25 * 2500
    assert 2500 / taken > 0.6 * limit  # 0.95 on an idle machine


@pytest.mark.parametrize("fault", ["unanswered", "reset", "garbage"])
def test_a_server_that_never_answers_one_key_spoils_no_other(fault: str) -> None:
    def answer(seen: Seen) -> Answer:
        if seen.target != b"/bad":
            return http(200, seen.target)
        if fault == "garbage":
            return Answer(b"\x00\x01 not HTTP\r\n\r\n", then="close")
        return Answer(then="reset" if fault == "reset" else "close")

    def right(response: Response) -> bool:
        if response.request.tag == "bad":
            return response.status == 0 and bool(response.error)
        return response.body == f"/{response.request.tag}".encode()

    with Wire(answer) as wire, Bulk(8) as engine:
        tags = ["bad", *(str(n) for n in range(300))]
        responses = list(engine.feed(Request(f"{wire.url}/{tag}", tag=tag) for tag in tags))
    assert len(responses) == 301
    assert all(right(response) for response in responses)


def test_a_host_that_resets_everything_is_told_as_no_answer_without_minutes_of_waiting() -> None:
    begun = time.perf_counter()
    with Wire(lambda seen: Answer(then="reset")) as wire, Bulk(64) as engine:
        statuses = Counter(
            r.status for r in engine.feed(Request(f"{wire.url}/{n}", "HEAD") for n in range(5000))
        )
    assert statuses == {0: 5000}
    assert time.perf_counter() - begun < 15
