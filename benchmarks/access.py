"""How fast anonymous access is judged, against a bare pycurl loop and a tuned ``requests`` pool.

One TLS server on loopback answers HEAD after 30 ms with 80/10/10 of 200/403/404. Every client runs in
its own process; rounds are interleaved; medians are printed, ratios are inside a round. Run it from
the repository's root: ``python -m benchmarks.access [--objects 20000] [--rounds 3]``.
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
CLIENTS = ("ours", "ours, no rate cap", "bare pycurl", "requests, 64 threads")
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


def requests_pool(url: str, count: int, trust: str) -> Counter[int]:
    """A session whose pool is as large as its threads (the default of 10 more than halves the rate)."""
    from concurrent.futures import ThreadPoolExecutor

    import requests
    from requests.adapters import HTTPAdapter

    with requests.Session() as session, ThreadPoolExecutor(64) as threads:
        session.mount("https://", HTTPAdapter(pool_connections=1, pool_maxsize=64))
        session.verify, session.trust_env = trust, False

        def status(n: int) -> int:
            return session.head(f"{url}/media/{n}", allow_redirects=False).status_code

        return Counter(threads.map(status, range(count)))


def measure(client: str, url: str, count: int, trust: str) -> None:
    """Run one client in this process and print what it took, as JSON."""
    begun = time.perf_counter()
    if client == "requests, 64 threads":
        statuses = requests_pool(url, count, trust)
    elif client == "bare pycurl":
        statuses = bare_pycurl(url, count, trust)
    else:
        statuses = ours(url, count, trust, 5000.0 if client == "ours" else None)
    seconds = time.perf_counter() - begun
    assert statuses == Counter(MIX[n % 10] for n in range(count)), statuses
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = (used.ru_utime + used.ru_stime) / count * 1e6
    print(json.dumps({"rate": count / seconds, "cpu_us": cpu, "rss_mb": used.ru_maxrss / 1024}))


def compare(objects: int, rounds: int) -> None:
    from tests.wire import self_signed

    rows: dict[str, list[dict[str, float]]] = {client: [] for client in CLIENTS}
    with tempfile.TemporaryDirectory() as folder:
        trust, _ = self_signed(Path(folder))
        with server(folder) as url:
            for _ in range(rounds):
                for client in CLIENTS:
                    # the slow peer gets fewer objects: its rate does not depend on their number
                    count = objects // 5 if client.startswith("requests") else objects
                    argv = [sys.executable, "-m", "benchmarks.access", "--client", client]
                    argv += ["--url", url, "--objects", str(count), "--trust", str(trust)]
                    run = subprocess.run(argv, capture_output=True, check=True, timeout=300)
                    rows[client].append(json.loads(run.stdout))
    print(f"{objects} objects, TLS, {LATENCY * 1000:.0f} ms, {rounds} rounds, {os.cpu_count()} cores")
    print(f"{'client':<22}{'answers/s':>10}{'spread':>15}{'CPU us':>8}{'RSS MB':>8}{'uncapped ours is':>18}")
    mine = [row["rate"] for row in rows["ours, no rate cap"]]
    for client, found in rows.items():
        rates = [row["rate"] for row in found]
        times = statistics.median(a / b for a, b in zip(mine, rates, strict=True))
        spread = f"{min(rates):.0f}-{max(rates):.0f}"
        cpu, rss = (statistics.median(row[name] for row in found) for name in ("cpu_us", "rss_mb"))
        print(
            f"{client:<22}{statistics.median(rates):>10.0f}{spread:>15}{cpu:>8.0f}{rss:>8.0f}{times:>17.2f}x"
        )


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
