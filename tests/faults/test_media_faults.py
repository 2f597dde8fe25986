"""Videos on a server that misbehaves: every one gets a verdict, and none a wrong one."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from s3transfer_tl import media
from s3transfer_tl.model import MediaVerdict, S3Settings
from tests.videos import video
from tests.wire import Answer, Seen, Wire, http

AT_THE_END = video(30)  # its header is not in the first part
RANGE = re.compile(r"bytes=(\d+)-(\d+)")


def part(seen: Seen, data: bytes = AT_THE_END, etag: str = '"one"') -> Answer:
    """Answer as S3 does."""
    found = RANGE.fullmatch(seen.header("range") or "")
    if found is None:
        return http(head=True)
    start, end = int(found[1]), min(int(found[2]) + 1, len(data))
    told = {"Content-Range": f"bytes {start}-{end - 1}/{len(data)}", "ETag": etag}
    return http(206, data[start:end], headers=told)


def start_of(seen: Seen) -> int:
    found = RANGE.fullmatch(seen.header("range") or "")
    return int(found[1]) if found else -1


def probe(
    answer: Callable[[Seen], Answer], monkeypatch: pytest.MonkeyPatch
) -> tuple[MediaVerdict, list[Seen]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SKTEST")
    with Wire(answer) as wire:
        (verdict,) = media.probe(
            ["s3://media/a.mp4"], s3=S3Settings(endpoint_url=wire.url, region="us-west-2")
        )
    return verdict, wire.seen


def test_only_parts_are_asked_for_signed_and_of_one_version(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict, seen = probe(part, monkeypatch)
    assert (verdict.width, verdict.height, verdict.duration, verdict.reason) == (640, 360, 30.0, "")
    assert [one.method for one in seen] == ["HEAD", "GET", "GET"]
    assert seen[1].header("range") == "bytes=0-32767"
    assert [one.header("if-match") for one in seen] == [None, None, '"one"']
    assert all("AWS4-HMAC-SHA256" in (one.header("authorization") or "") for one in seen)


def faulty(status: int) -> Callable[[Seen], Answer]:
    """Answer every second GET with ``status``."""
    return lambda seen: http(status) if seen.number % 2 and seen.method == "GET" else part(seen)


@pytest.mark.parametrize("status", [500, 503])
def test_passing_faults_change_nothing(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict, _ = probe(faulty(status), monkeypatch)
    assert (verdict.duration, verdict.unread) == (30.0, False)


def test_broken_connections_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(seen: Seen) -> Answer:
        told = part(seen)
        return Answer(told.raw[: len(told.raw) // 2], "reset") if seen.number % 2 else told

    verdict, _ = probe(answer, monkeypatch)
    assert verdict.duration == 30.0


@pytest.mark.parametrize("status", [403, 404, 500])
def test_what_is_refused_is_unread(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict, _ = probe(lambda seen: http(status) if seen.method == "GET" else part(seen), monkeypatch)
    assert verdict.unread
    assert verdict.width is None


def test_a_video_that_is_replaced_meanwhile_is_not_mixed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict, _ = probe(lambda seen: http(412) if start_of(seen) > 0 else part(seen), monkeypatch)
    assert "replaced" in verdict.reason
    verdict, _ = probe(
        lambda seen: part(seen, AT_THE_END + b"more") if start_of(seen) > 0 else part(seen), monkeypatch
    )
    assert "replaced" in verdict.reason
    assert verdict.width is None


def test_an_endpoint_without_ranges_is_not_downloaded_from(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict, seen = probe(lambda seen: http(200, AT_THE_END, head=seen.method == "HEAD"), monkeypatch)
    assert "no parts" in verdict.reason
    assert len(seen) <= 3


@pytest.mark.parametrize("told", ["bytes 5-32772/99999", "bytes 0-9/99999", "nonsense", ""])
def test_an_answer_about_another_part_is_not_taken(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(seen: Seen) -> Answer:
        body = AT_THE_END[:32768]
        return http(206, body, headers={"Content-Range": told}) if seen.method == "GET" else part(seen)

    verdict, _ = probe(answer, monkeypatch)
    assert verdict.unread


def test_one_video_costs_eight_requests_and_two_mib_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = b"".join(b"\x00\x00\x80\x00free" + bytes(32760) for _ in range(400))
    verdict, seen = probe(lambda seen: part(seen, endless), monkeypatch)
    assert verdict.reason == "its header is in too many places"
    assert sum(one.method == "GET" for one in seen) == 8


@pytest.mark.parametrize("size", [10**15, 10**30, "9" * 5000])
@pytest.mark.parametrize("data", [AT_THE_END, b"\x1a\x45\xdf\xa3" + bytes(40_000)], ids=["mp4", "mkv"])
def test_a_size_that_no_object_has_is_unread(
    size: object, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(seen: Seen) -> Answer:
        if not RANGE.fullmatch(seen.header("range") or ""):
            return http(head=True)
        return http(206, data[:32768], headers={"Content-Range": f"bytes 0-32767/{size}"})

    verdict, _ = probe(answer, monkeypatch)
    assert verdict.unread
    assert verdict.width is None
