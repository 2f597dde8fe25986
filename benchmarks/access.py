"""How fast anonymous access is judged, against what one would write or type instead.

One TLS server on loopback answers HEAD after 30 ms with 80/10/10 of 200/403/404. Every client runs in
its own process; rounds are interleaved; medians are printed, ratios are inside a round. Slow peers get
a part of the objects: their rates do not depend on the number. Then the memory of 10,000 and 100,000
objects, and the local judgement of a million keys by a bucket policy. Run it from the repository's
root: ``python -m benchmarks.access [--objects 20000] [--rounds 3]``; it takes about five minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import resource
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

LATENCY = 0.03  # seconds
CLIENTS = {  # and the part of the objects that it gets
    "ours": 1,
    "ours, no rate cap": 1,
    "bare pycurl": 1,
    "curl -Z, 256": 1,
    "requests, 64 threads": 4,
    "the same, trust_env off": 4,
    "boto3 unsigned, 64 threads": 8,
    "xargs -P64 curl -sI": 20,
}
MEMORY = 10_000, 100_000  # objects
MIX = [200] * 8 + [403, 404]


class Responder(asyncio.Protocol):
    """Answers each HEAD after the latency; pipelining is not expected."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(LATENCY, self.respond, data)

    def respond(self, data: bytes) -> None:
        method, target, _ = data.split(b" ", 2)
        status = MIX[int(target.rsplit(b"/", 1)[1]) % 10]
        body = b"<Error><Code>AccessDenied</Code></Error>" if method == b"GET" else b""
        answer = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nServer: loopback\r\n\r\n" % (status, len(body))
        self.transport.write(answer + body)  # type: ignore[attr-defined]


def serve(folder: str, port: multiprocessing.Queue[int]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(
            Responder, "127.0.0.1", 0, ssl=context, backlog=1024
        )
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextlib.contextmanager
def server(folder: str) -> Iterator[str]:
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    process = multiprocessing.Process(target=serve, args=(folder, port))
    process.start()
    try:
        yield f"https://127.0.0.1:{port.get(timeout=20)}"
    finally:
        process.terminate()
        process.join()


def ours(url: str, count: int, trust: str, rate: float | None) -> Counter[int]:
    from s3transfer_tl import access
    from s3transfer_tl.model import S3Settings

    uris = (f"s3://media/{n}" for n in range(count))
    settings = S3Settings(endpoint_url=url, verify=trust)
    return Counter(verdict.status for verdict in access.check(uris, s3=settings, rate=rate))


def bare_pycurl(url: str, count: int, trust: str) -> Counter[int]:
    """The least that a loop over pycurl can do: no retries, no window, no objects."""
    import pycurl

    multi, statuses, targets = pycurl.CurlMulti(), Counter[int](), iter(range(count))
    handles = [pycurl.Curl() for _ in range(256)]

    def start(handle: pycurl.Curl) -> None:
        if (n := next(targets, None)) is not None:
            handle.setopt(pycurl.URL, f"{url}/media/{n}")
            multi.add_handle(handle)

    for handle in handles:
        handle.setopt(pycurl.NOBODY, 1)
        handle.setopt(pycurl.CAINFO, trust)
        start(handle)
    while statuses.total() < count:
        multi.perform()
        _, done, failed = multi.info_read()
        assert not failed
        for handle in done:
            statuses[handle.getinfo(pycurl.RESPONSE_CODE)] += 1
            multi.remove_handle(handle)
            start(handle)
        multi.select(0.1)
    return statuses


def requests_pool(url: str, count: int, trust: str, *, trust_env: bool) -> Counter[int]:
    """A session whose pool is as large as its threads (the default of 10 more than halves the rate). With
    ``trust_env``, as a session is made, it looks for proxies and a netrc for every request."""
    from concurrent.futures import ThreadPoolExecutor

    import requests
    from requests.adapters import HTTPAdapter

    with requests.Session() as session, ThreadPoolExecutor(64) as threads:
        session.mount("https://", HTTPAdapter(pool_connections=1, pool_maxsize=64))
        session.verify, session.trust_env = trust, trust_env
        os.environ["REQUESTS_CA_BUNDLE"] = trust  # counts before session.verify

        def status(n: int) -> int:
            return session.head(f"{url}/media/{n}", allow_redirects=False).status_code

        return Counter(threads.map(status, range(count)))


def boto3_pool(url: str, count: int, trust: str) -> Counter[int]:
    from concurrent.futures import ThreadPoolExecutor

    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.exceptions import ClientError

    config = Config(signature_version=UNSIGNED, max_pool_connections=64, s3={"addressing_style": "path"})
    client = boto3.client("s3", endpoint_url=url, verify=trust, region_name="us-west-2", config=config)

    def status(n: int) -> int:
        try:
            client.head_object(Bucket="media", Key=str(n))
        except ClientError as error:
            return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return 200

    with ThreadPoolExecutor(64) as threads:
        return Counter(threads.map(status, range(count)))


def curl_parallel(url: str, count: int, trust: str) -> Counter[int]:
    """One curl with a config file; each answer's head goes nowhere, its status to stdout."""
    with tempfile.NamedTemporaryFile("w", suffix=".curl") as file:
        entries = (f'url = "{url}/media/{n}"\noutput = "/dev/null"\n' for n in range(count))
        file.write("".join(entries))
        file.flush()
        argv = ["curl", "-Z", "--parallel-max", "256", "-s", "-I", "--cacert", trust, "--config", file.name]
        argv += ["-w", "%{http_code}\\n"]
        run = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return Counter(map(int, run.stdout.split()))


def curl_each(url: str, count: int, trust: str) -> Counter[int]:
    urls = "\n".join(f"{url}/media/{n}" for n in range(count))
    argv = ["xargs", "-P64", "-n1", "curl", "-sI", "--cacert", trust]
    run = subprocess.run(argv, input=urls.encode(), stdout=subprocess.PIPE, check=True)
    return Counter(int(line.split()[1]) for line in run.stdout.splitlines() if line.startswith(b"HTTP/"))


def run_client(client: str, url: str, count: int, trust: str) -> Counter[int]:
    match client:
        case "requests, 64 threads":
            return requests_pool(url, count, trust, trust_env=True)
        case "the same, trust_env off":
            return requests_pool(url, count, trust, trust_env=False)
        case "boto3 unsigned, 64 threads":
            return boto3_pool(url, count, trust)
        case "bare pycurl":
            return bare_pycurl(url, count, trust)
        case "curl -Z, 256":
            return curl_parallel(url, count, trust)
        case "xargs -P64 curl -sI":
            return curl_each(url, count, trust)
    return ours(url, count, trust, 5000.0 if client == "ours" else None)


def measure(client: str, url: str, count: int, trust: str) -> None:
    """Run one client in this process and print what it took, its children included, as JSON."""
    begun = time.perf_counter()
    statuses = run_client(client, url, count, trust)
    seconds = time.perf_counter() - begun
    assert statuses == Counter(MIX[n % 10] for n in range(count)), statuses
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used) / count * 1e6
    rss = max(one.ru_maxrss for one in used) / 1024
    print(json.dumps({"rate": count / seconds, "cpu_us": cpu, "rss_mb": rss}))


def run_one(client: str, url: str, count: int, trust: Path) -> dict[str, float]:
    argv = [sys.executable, "-m", "benchmarks.access", "--client", client]
    argv += ["--url", url, "--objects", str(count), "--trust", str(trust)]
    run = subprocess.run(argv, capture_output=True, check=True, timeout=300)
    row: dict[str, float] = json.loads(run.stdout)
    return row


def compare(objects: int, rounds: int) -> None:
    from tests.wire import self_signed

    rows: dict[str, list[dict[str, float]]] = {client: [] for client in CLIENTS}
    with tempfile.TemporaryDirectory() as folder:
        trust, _ = self_signed(Path(folder))
        with server(folder) as url:
            for _ in range(rounds):
                for client, part in CLIENTS.items():
                    rows[client].append(run_one(client, url, max(objects // part // 10 * 10, 100), trust))
            memory = [run_one("ours, no rate cap", url, count, trust)["rss_mb"] for count in MEMORY]
    print(f"{objects} objects, TLS, {LATENCY * 1000:.0f} ms, {rounds} rounds, {os.cpu_count()} cores")
    print(f"{'client':<28}{'answers/s':>10}{'spread':>15}{'CPU us':>8}{'RSS MB':>8}{'uncapped ours is':>18}")
    mine = [row["rate"] for row in rows["ours, no rate cap"]]
    for client, found in rows.items():
        rates = [row["rate"] for row in found]
        times = statistics.median(a / b for a, b in zip(mine, rates, strict=True))
        spread = f"{min(rates):.0f}-{max(rates):.0f}"
        cpu, rss = (statistics.median(row[name] for row in found) for name in ("cpu_us", "rss_mb"))
        print(
            f"{client:<28}{statistics.median(rates):>10.0f}{spread:>15}{cpu:>8.0f}{rss:>8.0f}{times:>17.2f}x"
        )
    few, many = memory
    print(f"memory: {few:.0f} MB at {MEMORY[0]:,} objects, {many:.0f} MB at {MEMORY[1]:,}: {many / few:.2f}x")
    judge_locally()


def judge_locally(keys: int = 1_000_000) -> None:
    """Decide on a million keys by a policy with three patterns, each in a statement of its own."""
    from s3transfer_tl.access import policy

    arns = [f"arn:aws:s3:::media/{path}" for path in ("held/*", "subs/*", "*.srt")]
    statements = [
        {"Effect": effect, "Principal": "*", "Action": "s3:GetObject", "Resource": arn}
        for effect, arn in zip(("Deny", "Allow", "Allow"), arns, strict=True)
    ]
    decide = policy.compile(json.dumps({"Version": "2012-10-17", "Statement": statements})).decide
    uris = [f"s3://media/shows/{n % 1000}/{n}.srt" for n in range(keys)]
    begun = time.perf_counter()
    assert {decide(uri).effect for uri in uris} == {"allow"}
    print(f"policy: {keys:,} keys by 3 patterns in {time.perf_counter() - begun:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    for name in ("--client", "--url", "--trust"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.client:
        measure(given.client, given.url, given.objects, given.trust)
    else:
        compare(given.objects, given.rounds)


if __name__ == "__main__":
    main()
