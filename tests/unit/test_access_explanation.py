from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from s3transfer_tl.access import Explainer, explanation, facts
from s3transfer_tl.model import AccessVerdict, S3Settings

KINDS = (("public", 200), ("denied", 403), ("missing", 404), ("unknown", 0))


def verdicts(count: int, buckets: int = 3) -> list[AccessVerdict]:
    return [
        AccessVerdict(f"s3://b-{n % buckets}/{n}.srt", *KINDS[n % 4], "told by S3")  # type: ignore[arg-type]
        for n in range(count)
    ]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Have slow facts; return how often each question was asked."""
    counts: Counter[str] = Counter()

    def collect(bucket: str, s3: S3Settings) -> facts.Facts:
        counts[f"bucket {bucket}"] += 1
        time.sleep(0.05)
        return facts.Facts(bucket, None)

    def look(known: facts.Facts, uri: str, s3: S3Settings) -> facts.Facts:
        counts[f"example {known.bucket}"] += 1
        time.sleep(0.05)
        return known

    monkeypatch.setattr(facts, "collect", collect)
    monkeypatch.setattr(facts, "look", look)
    return counts


@pytest.mark.parametrize("most_held", [1, 7, 10_000])
@pytest.mark.parametrize("public", [False, True])
def test_each_verdict_leaves_once_and_each_bucket_is_asked_once(
    asked: Counter[str], monkeypatch: pytest.MonkeyPatch, most_held: int, public: bool
) -> None:
    monkeypatch.setattr(explanation, "MOST_HELD", most_held)
    given = verdicts(300)
    found = list(Explainer(S3Settings(), public=public).explain(given))
    assert Counter(one.uri for one in found) == Counter(one.uri for one in given)
    assert asked == Counter([f"{what} b-{n}" for what in ("bucket", "example") for n in range(3)])
    assert {one.cause for one in found if one.access == "denied"} == {"no-grant"}
    assert {one.cause for one in found if one.access == "public"} == {""}
    assert {(one.cause, one.reason) for one in found if one.access == "missing"} == {("gone", "told by S3")}


def test_what_needs_no_fact_does_not_wait_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    may_tell = threading.Event()

    def collect(bucket: str, s3: S3Settings) -> facts.Facts:
        may_tell.wait(30)
        return facts.Facts(bucket, None, is_deaf=True)

    monkeypatch.setattr(facts, "collect", collect)
    stream = Explainer(S3Settings()).explain(verdicts(40, buckets=1))
    first = [next(stream) for _ in range(30)]
    may_tell.set()
    assert {one.access for one in first} == {"public", "missing", "unknown"}
    assert {one.access for one in stream} == {"denied"}


def test_a_stream_that_is_left_early_leaves_no_thread(asked: Counter[str]) -> None:
    before = threading.active_count()
    stream = Explainer(S3Settings()).explain(verdicts(40))
    next(stream)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() <= before
