"""Every way of listing finds the same keys as plain boto3, whatever the server does."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from s3transfer_tl import bulk
from s3transfer_tl.errors import S3Error
from s3transfer_tl.model import S3Object, S3Settings
from s3transfer_tl.sources.s3 import S3Source
from tests.list_server import BAD, FUTURE, Faults, ListServer, shape, size
from tests.servers import Server
from tests.wire import Wire, http, self_signed

COUNT = 20_000
PAGE = 200  # keys: 100 pages
SHAPES = ["pref", "hash", "seq", "skew", "odd", "tree"]


class Sum(NamedTuple):
    """What a listing came to: no key may be lost, doubled or changed."""

    count: int
    bytes: int
    digest: str


def summed(rows: Iterable[tuple[str, int | None]]) -> Sum:
    found = sorted(rows)
    digest = hashlib.sha256("\0".join(key for key, _ in found).encode())
    return Sum(len(found), sum(length or 0 for _, length in found), digest.hexdigest())


def listed(server: ListServer, prefix: str = "", **settings: Any) -> tuple[Sum, S3Source]:
    given = S3Settings(**({"endpoint_url": server.url, "region": "us-east-1"} | settings))
    source = S3Source("bucket", prefix, given)
    return summed((one.key, one.size) for page in source.pages() for one in page), source


def by_boto3(endpoint_url: str, bucket: str = "bucket") -> Sum:
    import boto3
    from botocore.config import Config

    s3 = boto3.client("s3", endpoint_url=endpoint_url, config=Config(s3={"addressing_style": "path"}))
    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return summed((row["Key"], row["Size"]) for page in pages for row in page.get("Contents", ()))
    finally:
        s3.close()


def known(server: ListServer, prefix: str = "") -> Sum:
    keys = server.bucket.keys
    return summed((key, size(n)) for n, key in enumerate(keys) if key.startswith(prefix))


@pytest.fixture(autouse=True)
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", Server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", Server.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


# --- shapes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_listed_as_plain_boto3_lists_it(name: str) -> None:
    with ListServer(shape(name, COUNT)) as server:
        plain = by_boto3(server.url)
        assert listed(server)[0] == listed(server, assume_byte_order=True)[0] == plain == known(server)


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("name", SHAPES)
def test_many_small_pages_come_to_the_same(name: str, ordered: bool) -> None:
    with ListServer(shape(name, COUNT), page_size=PAGE) as server:
        found, source = listed(server, assume_byte_order=ordered)
        assert found == known(server)
    assert source.mode == (
        "ranges" if ordered else "prefixes" if name in {"pref", "skew", "odd"} else "stream"
    )


@pytest.mark.parametrize("name", ["hash", "seq", "skew", "tree"])
def test_a_flat_bucket_is_read_by_many_requests_at_once_and_hardly_more_of_them(name: str) -> None:
    with ListServer(shape(name, COUNT), page_size=PAGE, latency=0.02) as server:
        found, source = listed(server, assume_byte_order=True)
        assert found == known(server)
        assert server.stat.most_in_flight >= 8
        assert server.stat.kinds["pages"] <= 1.35 * COUNT / PAGE  # pages so small count each cut dearly
        assert server.stat.kinds["probes"] <= 40 + 0.5 * server.stat.kinds["pages"]
    assert source.mode == "ranges"
    assert source.requests == server.stat.requests - 1  # the first page is boto3's
    assert source.in_flight == 0


def test_folders_that_are_known_are_cut_between_and_not_searched_for() -> None:
    with ListServer(shape("pref", COUNT), page_size=PAGE, latency=0.02) as server:
        found, source = listed(server, assume_byte_order=True)
        assert found == known(server)
        assert server.stat.most_in_flight >= 16
        assert server.stat.kinds["folders"] == 1
        assert server.stat.kinds["probes"] <= 0.15 * server.stat.kinds["pages"]
    assert source.mode == "ranges"


def test_folders_are_listed_side_by_side_in_any_order() -> None:
    with ListServer(shape("pref", COUNT), page_size=PAGE, latency=0.02) as server:
        found, source = listed(server)
        assert found == known(server)
        assert server.stat.most_in_flight >= 16
        assert server.stat.requests <= 205
    assert source.mode == "prefixes"


def test_a_few_large_folders_are_opened_one_level_more() -> None:
    keys = [f"shows/s{n % 3}/e{n % 30:02d}/{n:06d}.mp4" for n in range(COUNT)]
    with ListServer(keys, page_size=PAGE, latency=0.02) as server:
        assert listed(server)[0] == known(server)
        assert server.stat.kinds["folders"] == 5  # the root, shows/ and its three
        assert server.stat.most_in_flight >= 16


def test_files_beside_folders_and_folder_markers_are_found_once() -> None:
    keys = [*shape("pref", 5000), *(f"p{n:03d}/" for n in range(50)), *(f"z{n}" for n in range(900))]
    with ListServer(keys, page_size=100) as server:
        found, source = listed(server)
        assert found == known(server)
        assert source.mode == "prefixes"
        assert listed(server, assume_byte_order=True)[0] == known(server)


def test_a_folder_for_each_video_is_not_asked_for_one_by_one() -> None:
    keys = [f"{n // 3:06d}/{('a.mp4', 'a.vtt', 'a.json')[n % 3]}" for n in range(6000)]
    with ListServer(keys, page_size=PAGE) as server:
        found, source = listed(server)
        assert found == known(server)
        assert server.stat.requests == 30
    assert source.mode == "stream"


def test_a_first_page_that_promises_more_than_the_rest_holds_ends_in_one_stream() -> None:
    keys = [f"!all/{n:06d}" for n in range(1000)] + [f"{n // 3:06d}/{n % 3}" for n in range(6000)]
    with ListServer(keys, page_size=PAGE) as server:
        found, source = listed(server)
        assert found == known(server)
        assert server.stat.requests < 1000
    assert source.mode == "stream"


@pytest.mark.parametrize("prefix", ["p000/", "p0", "none/", ""])
@pytest.mark.parametrize("ordered", [False, True])
def test_only_what_is_below_the_prefix_is_listed(prefix: str, ordered: bool) -> None:
    with ListServer(shape("pref", COUNT), page_size=50, keep=True) as server:
        assert listed(server, prefix, assume_byte_order=ordered)[0] == known(server, prefix)
        starts = [
            head.split("start-after=")[1].split("&")[0].split(" ")[0]
            for head in server.seen
            if "start-after=" in head
        ]
    assert all(start > prefix.replace("/", "%2F") for start in starts), (
        "below the prefix a start means nothing"
    )


def test_a_small_bucket_is_one_request() -> None:
    with ListServer(shape("pref", 900)) as server:
        assert listed(server)[0] == known(server)
        assert server.stat.requests == 1


def test_a_long_way_to_the_folders_is_gone() -> None:
    keys = [f"a/b/c/d/e/f/{key}" for key in shape("pref", COUNT)]
    with ListServer(keys, page_size=PAGE, latency=0.01) as server:
        found, source = listed(server)
        assert found == known(server)
        assert server.stat.most_in_flight >= 16
    assert source.mode == "prefixes"


@pytest.mark.parametrize("ordered", [False, True])
def test_an_anonymous_listing_signs_nothing(ordered: bool) -> None:
    with ListServer(shape("pref", 5000), page_size=PAGE, keep=True) as server:
        assert listed(server, no_sign_request=True, assume_byte_order=ordered)[0] == known(server)
    assert len(server.seen) > 25
    assert not [head for head in server.seen if "authorization" in head.lower()]


@pytest.mark.parametrize("answered", ["", "none of the prefix", "p"])
def test_folders_that_are_none_are_not_gone_into(answered: str) -> None:
    with ListServer(shape("pref", COUNT), page_size=PAGE) as server:
        original = server.bucket.page

        def odd(query: dict[str, str]) -> bytes:
            if "delimiter" not in query:
                return original(query)
            folder = f"<CommonPrefixes><Prefix>{answered}</Prefix></CommonPrefixes>".encode()
            return re.sub(rb"<KeyCount>.*?<(?=/ListBucketResult)", folder + b"<", original(query))

        server.bucket.page = odd  # type: ignore[method-assign]
        found, source = listed(server, "p")
        assert found == known(server, "p")
    assert source.mode == "stream"


def test_what_is_no_s3_is_told() -> None:
    with Wire(lambda seen: http(body=b"<status>fine</status>")) as server:
        source = S3Source("bucket", "", S3Settings(endpoint_url=server.url))
        with pytest.raises(S3Error, match="does not list as S3 does"):
            list(source.pages())


def test_one_request_at_a_time_is_possible() -> None:
    with ListServer(shape("pref", COUNT), page_size=PAGE) as server:
        assert listed(server, list_concurrency=1)[0] == known(server)
        assert server.stat.most_in_flight == 1


def test_pages_come_while_the_listing_goes_on() -> None:
    with ListServer(shape("pref", COUNT), page_size=PAGE, latency=0.01) as server:
        source = S3Source("bucket", "", S3Settings(endpoint_url=server.url))
        pages = source.pages()
        flying = []
        for _ in range(20):
            next(pages)
            flying.append(source.in_flight)
        assert max(flying) > 1
        assert server.stat.requests < 150
        pages.close()


def test_objects_of_the_future_are_listed() -> None:
    with ListServer(shape("hash", 3000), modified=FUTURE) as server:
        source = S3Source("bucket", "", S3Settings(endpoint_url=server.url))
        rows = [one for page in source.pages() for one in page]
    assert len(rows) == 3000
    assert rows[0] == S3Object(
        "bucket", server.bucket.keys[0], 0, "9e107d9d372bb6826bd81d3542a419d6", FUTURE, "STANDARD"
    )


def test_tls_is_trusted_as_told(tmp_path: Path) -> None:
    certificate, context = self_signed(tmp_path)
    with ListServer(shape("pref", 5000), tls=context) as server:
        assert listed(server, verify=str(certificate))[0] == known(server)
        with warnings.catch_warnings(action="ignore"):  # urllib3 warns of what was asked for
            assert listed(server, verify=False)[0] == known(server)
        with pytest.raises(S3Error, match="no trusted connection"):
            listed(server)


# --- faults -------------------------------------------------------------------------------------

MIX = {
    "slow down": Faults(slow_down=0.05),
    "cut short": Faults(cut_short=0.05),
    "an error in a 200": Faults(error_in_200=0.05),
    "empty pages": Faults(empty_page=0.2),
    "all of them": Faults(slow_down=0.03, cut_short=0.03, error_in_200=0.03, empty_page=0.1),
}


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("name", ["pref", "hash"])
@pytest.mark.parametrize("fault", MIX)
def test_no_fault_costs_a_key(fault: str, name: str, ordered: bool) -> None:
    with ListServer(shape(name, COUNT), page_size=PAGE, faults=MIX[fault]) as server:
        assert listed(server, assume_byte_order=ordered)[0] == known(server)


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("name", ["pref", "hash"])
def test_eight_kinds_of_bad_answers_at_once_cost_no_key(
    name: str, ordered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bulk.Bulk.__init__.__kwdefaults__, "stall_timeout", 1)
    faults = Faults(**dict.fromkeys(BAD, 0.02), most_bad=2)
    with ListServer(shape(name, COUNT), page_size=100, faults=Faults(), latency=0.002) as server:
        pages = S3Source("bucket", "", S3Settings(endpoint_url=server.url, assume_byte_order=ordered)).pages()
        first = list(next(pages))  # boto3 asks for it, and waits for a minute
        vars(server.faults).update(vars(faults))
        found = summed((one.key, one.size) for page in (first, *pages) for one in page)
        assert found == known(server)
        assert len(server.stat.bad) >= 5, "chance leaves one out at times"
        assert server.stat.in_flight == 0


@pytest.mark.parametrize("name", ["tree", "skew"])
def test_a_server_without_byte_order_is_listed_whole_by_default(name: str) -> None:
    with ListServer(shape(name, COUNT), page_size=PAGE, faults=Faults(unordered=True)) as server:
        assert listed(server)[0] == known(server)


def test_a_wrong_promise_of_byte_order_is_noticed_and_costs_no_key() -> None:
    with ListServer(shape("tree", COUNT), page_size=PAGE, faults=Faults(unordered=True)) as server:
        found, source = listed(server, assume_byte_order=True)
        assert found == known(server)
    assert source.mode == "stream"


@pytest.mark.parametrize("name", ["pref", "hash"])
def test_a_server_that_ignores_where_to_start_is_noticed_and_costs_no_key(name: str) -> None:
    with ListServer(shape(name, COUNT), page_size=PAGE, faults=Faults(start_after_ignored=True)) as server:
        found, source = listed(server, assume_byte_order=True)
        assert found == known(server)
        assert server.stat.requests < 150
    assert source.mode == "stream"


def test_disorder_that_shows_late_loses_and_doubles_nothing() -> None:
    """The last pages break the order, when most of the ranges have been handed on."""
    with ListServer(shape("hash", COUNT), page_size=PAGE) as server:
        keys = server.bucket.keys
        place = next(n for n, key in enumerate(keys) if key.startswith("fe"))
        original = server.bucket.page

        def disordered(query: dict[str, str]) -> bytes:
            body = original(query)
            first, second = (f"<Key>{key}</Key>".encode() for key in keys[place : place + 2])
            return (
                body.replace(first, b"<Key>?</Key>").replace(second, first).replace(b"<Key>?</Key>", second)
            )

        server.bucket.page = disordered  # type: ignore[method-assign]
        source = S3Source("bucket", "", S3Settings(endpoint_url=server.url, assume_byte_order=True))
        found = [one.key for page in source.pages() for one in page]
    assert sorted(found) == keys
    assert source.mode == "stream"


def test_a_policy_that_allows_one_prefix_only_is_enough() -> None:
    denied = Faults(denied=lambda query: query.get("prefix") != "" or "delimiter" in query)
    with ListServer(shape("pref", COUNT), page_size=PAGE, faults=denied) as server:
        found, source = listed(server)
        assert found == known(server)
        assert server.stat.requests == 101
    assert source.mode == "stream"


@pytest.mark.parametrize("refused", ["p000/", "p100/", "p199/"])
def test_a_folder_that_may_not_be_listed_alone_costs_no_key(refused: str) -> None:
    denied = Faults(denied=lambda query: query.get("prefix") == refused)
    with ListServer(shape("pref", COUNT), page_size=PAGE, faults=denied) as server:
        found, source = listed(server)
        assert found == known(server)
    assert source.mode == "stream"


def test_probes_that_are_refused_leave_one_stream() -> None:
    denied = Faults(denied=lambda query: "max-keys" in query or "delimiter" in query)
    with ListServer(shape("hash", COUNT), page_size=PAGE, faults=denied) as server:
        found, source = listed(server, assume_byte_order=True)
        assert found == known(server)
    assert source.mode == "stream"


def test_a_refusal_in_the_middle_is_told_not_hidden() -> None:
    with ListServer(shape("hash", COUNT), page_size=PAGE) as server:
        server.faults.denied = lambda query: server.stat.requests > 50
        with pytest.raises(S3Error, match="access denied"):
            listed(server)


def test_a_server_with_a_hard_limit_is_used_to_it() -> None:
    with ListServer(shape("pref", COUNT), page_size=PAGE, latency=0.05, faults=Faults(cap=150)) as server:
        began = time.monotonic()
        found, _ = listed(server)
        seconds = time.monotonic() - began
        assert found == known(server)
        assert 0 < server.stat.throttled < server.stat.requests / 2
    assert seconds < 10  # 200 pages, 150 a second


def test_credentials_that_expire_midway_are_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "credentials.py"
    tool.write_text(
        "import datetime, json, pathlib\n"
        f"count = pathlib.Path({str(tmp_path / 'count')!r})\n"
        "number = int(count.read_text()) + 1 if count.exists() else 1\n"
        "count.write_text(str(number))\n"
        "end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=5)\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'AK{number:03d}', 'SecretAccessKey': 'SK',\n"
        "    'SessionToken': 'T', 'Expiration': end.isoformat()}))\n"
    )
    (tmp_path / "config").write_text(f"[profile p]\ncredential_process = {sys.executable} {tool}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    first = "AK001/"
    with ListServer(shape("hash", 3000), page_size=PAGE) as server:
        server.faults.expired = lambda authorization: server.stat.requests > 5 and first in authorization
        found, _ = listed(server, profile="p", list_concurrency=2)
        assert found == known(server)
    assert int((tmp_path / "count").read_text()) > 1


def test_credentials_that_are_not_renewed_are_told() -> None:
    with ListServer(shape("hash", 3000), page_size=PAGE) as server:
        server.faults.expired = lambda authorization: server.stat.requests > 5
        with pytest.raises(S3Error, match="expired"):
            listed(server)


def test_a_server_that_goes_away_is_told_and_nothing_hangs() -> None:
    with ListServer(shape("hash", COUNT), page_size=PAGE, latency=0.01) as server:
        pages = S3Source("bucket", "", S3Settings(endpoint_url=server.url)).pages()
        next(pages)
    with pytest.raises(S3Error, match="cannot reach http://127"):
        list(pages)


# --- real servers -------------------------------------------------------------------------------


@pytest.mark.parametrize("running", ["seaweed", "moto"])
def test_real_servers_are_listed_as_plain_boto3_lists_them(
    running: str, bucket: Callable[[Server], str], request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(running)
    name = bucket(server)
    odd = ["a b+c", "ü/日本", "100%25", "&<>", "x/", "\U0001f3ac"]
    keys = [f"{folder}/{n:03d}.mp4" for folder in (*odd[:4], "b-", "b", "b.c") for n in range(160)]
    keys += [*(f"{n:04d}.vtt" for n in range(200)), *odd]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda key: server.client().put_object(Bucket=name, Key=key, Body=b"x"), keys))
    source = S3Source(name, "", S3Settings(endpoint_url=server.endpoint_url))
    found = summed((one.key, one.size) for page in source.pages() for one in page)
    assert found == by_boto3(server.endpoint_url, name)
    assert found.count == len(set(keys))
    assert source.mode == "prefixes"
    if running == "moto":
        ordered = S3Source(name, "", S3Settings(endpoint_url=server.endpoint_url, assume_byte_order=True))
        assert summed((one.key, one.size) for page in ordered.pages() for one in page) == found


# --- the command line ---------------------------------------------------------------------------


def test_the_command_line_lists_in_ranges_where_the_order_is_promised(run_line: Any, tmp_path: Path) -> None:
    with ListServer(shape("hash", COUNT), page_size=PAGE, latency=0.01) as server:
        argv = ["list", "s3://bucket/", "-o", str(tmp_path / "keys.jsonl"), "--endpoint-url", server.url]
        env = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK", "AWS_DEFAULT_REGION": "us-east-1"}
        line = run_line([*argv, "--assume-byte-order", "--list-concurrency", "16"], env=env)
        assert line.code == 0, line.stderr
        assert 1 < server.stat.most_in_flight <= 16
        rows = (tmp_path / "keys.jsonl").read_text().splitlines()
        assert summed(((row := json.loads(text))["uri"][12:], row["size"]) for text in rows) == known(server)


def test_ctrl_c_ends_a_listing_at_once(tmp_path: Path) -> None:
    with ListServer(shape("pref", COUNT), page_size=20, latency=0.3) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "s3transfer_tl", "list", "s3://bucket/", "--endpoint-url", server.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        deadline = time.monotonic() + 20
        while server.stat.requests < 12 and time.monotonic() < deadline:
            time.sleep(0.02)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - began < 3
    assert b"Traceback" not in said


def test_memory_does_not_grow_with_the_listing() -> None:
    import tracemalloc

    peaks = []
    for count in (8_000, 24_000):
        with ListServer(shape("pref", count)) as server:
            source = S3Source("bucket", "", S3Settings(endpoint_url=server.url))
            list(source.pages())  # what is loaded once
            tracemalloc.start()
            before, _ = tracemalloc.get_traced_memory()
            for _ in source.pages():
                pass
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
            tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
