"""How fast the headers of videos are read, against ``ffprobe`` on URLs.

One server on loopback answers ranged GETs after 30 ms and counts requests and bytes. The videos are MP4,
half with the header first, half with it at the end: of 10 s, or of 2 h (``--shelf long``); ``--shelf other``
has Matroska, MPEG-TS and AVI instead. 32 are in flight in either client. Rounds are interleaved; medians are
printed, ratios are inside a round. Run it from the repository's root: ``python -m benchmarks.media``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

LATENCY = 0.03  # seconds
IN_FLIGHT = 32
LONGEST_SEND = 64 << 10  # bytes handed to the socket at once: what a client closes on is not counted
RANGE = re.compile(rb"\r\nrange: bytes=(\d+)-(\d*)", re.IGNORECASE)
CLIENTS = ("ours", "ffprobe")


def shelf(which: str) -> dict[str, bytes]:
    from tests.videos import video

    if which == "other":
        return {
            "a.mkv": video(60, kind="matroska"),
            "a.ts": video(60, kind="mpegts", codec="mpeg2video"),
            "a.avi": video(60, kind="avi"),
        }
    seconds, size = (10, (640, 360)) if which == "short" else (7200, (64, 48))
    return {
        "first.mp4": video(seconds, size=size, movflags="faststart"),
        "last.mp4": video(seconds, size=size),
    }


class Responder(asyncio.Protocol):
    """Answers ranged GETs and HEADs after the latency; an open range is sent bit by bit."""

    def __init__(self, videos: list[bytes], counts: Any) -> None:
        self.videos, self.counts = videos, counts
        self.held = b""
        self.sending: asyncio.Task[None] | None = None
        self.room = asyncio.Event()
        self.room.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.transport.set_write_buffer_limits(high=LONGEST_SEND)
        plug = self.transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST_SEND)

    def connection_lost(self, _: Exception | None) -> None:
        self.room.set()
        if self.sending:
            self.sending.cancel()

    def pause_writing(self) -> None:
        self.room.clear()

    def resume_writing(self) -> None:
        self.room.set()

    def data_received(self, data: bytes) -> None:
        self.held += data
        if self.held.endswith(b"\r\n\r\n"):
            request, self.held = self.held, b""
            self.sending = asyncio.create_task(self.respond(request))

    async def respond(self, request: bytes) -> None:
        await asyncio.sleep(LATENCY)
        method, target, _ = request.split(b" ", 2)
        number = target.rsplit(b"/", 1)[1].split(b".")[0]
        if not number.isdigit():  # the question about the bucket
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return
        video = self.videos[int(number) % len(self.videos)]
        start, end, status = 0, len(video), b"200 OK"
        if found := RANGE.search(request):
            start, end = int(found[1]), min(int(found[2] or len(video)) + 1, len(video))
            status = b"206 Partial Content"
        head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nContent-Range: bytes %d-%d/%d\r\n" % (
            status, end - start, start, end - 1, len(video)
        )  # fmt: skip
        self.counts[0] += 1
        self.transport.write(head + b'Accept-Ranges: bytes\r\nETag: "e"\r\n\r\n')
        while start < end and method == b"GET" and not self.transport.is_closing():
            await self.room.wait()
            piece = video[start : min(start + LONGEST_SEND, end)]
            self.transport.write(piece)
            self.counts[1] += len(piece)
            start += len(piece)


def serve(videos: list[bytes], counts: Any, port: multiprocessing.Queue[int]) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Responder(videos, counts), "127.0.0.1", 0, backlog=512)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextlib.contextmanager
def server(videos: list[bytes], counts: Any) -> Iterator[str]:
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    process = multiprocessing.Process(target=serve, args=(videos, counts, port))
    process.start()
    try:
        yield f"http://127.0.0.1:{port.get(timeout=60)}"
    finally:
        process.terminate()
        process.join()


def ours(url: str, count: int) -> int:
    from s3transfer_tl import media
    from s3transfer_tl.model import S3Settings

    uris = (f"s3://media/{number}.mp4" for number in range(count))
    found = media.probe(uris, s3=S3Settings(endpoint_url=url), in_flight=IN_FLIGHT)
    return sum(not verdict.reason for verdict in found)


def ffprobe(url: str, count: int) -> int:
    argv = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json"]

    def one(number: int) -> bool:
        target = f"{url}/media/{number}.mp4"
        done = subprocess.run([*argv, target], capture_output=True, check=False)
        told = json.loads(done.stdout or b"{}")
        return bool(told.get("streams")) and "duration" in told.get("format", {})

    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        return sum(threads.map(one, range(count)))


def measure(client: str, url: str, count: int) -> None:
    """Run one client in this process and print what it took, as JSON."""
    begun = time.perf_counter()
    known = (ours if client == "ours" else ffprobe)(url, count)
    seconds = time.perf_counter() - begun
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used) / count * 1e3
    memory = sum(one.ru_maxrss for one in used) / 1024
    print(json.dumps({"rate": count / seconds, "known": known / count, "cpu_ms": cpu, "rss_mb": memory}))


def run(client: str, url: str, count: int, counts: Any) -> dict[str, float]:
    counts[0] = counts[1] = 0
    keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "us-west-2"}
    argv = [sys.executable, "-m", "benchmarks.media", "--client", client, url, str(count)]
    done = subprocess.run(argv, capture_output=True, check=True, env=os.environ | keys)
    row: dict[str, float] = json.loads(done.stdout)
    return row | {"requests": counts[0] / count, "kb": counts[1] / count / 1024}


def compare(videos: int, rounds: int, which: str) -> None:
    held = shelf(which)
    print(", ".join(f"{name} {len(data) / 1e6:.1f} MB" for name, data in held.items()))
    counts = multiprocessing.Array("q", 2)
    clients = [client for client in CLIENTS if client == "ours" or shutil.which("ffprobe")]
    if len(clients) == 1:
        print("ffprobe is not there: apt-get install ffmpeg")
    rows: dict[str, list[dict[str, float]]] = {client: [] for client in clients}
    with server(list(held.values()), counts) as url:
        for _ in range(rounds):
            for client in clients:
                count = videos if client == "ours" else max(IN_FLIGHT, videos // 10)
                rows[client].append(run(client, url, count, counts))
    each = {}
    for name, data in held.items():
        with server([data], counts) as url:
            each[name] = run("ours", url, IN_FLIGHT, counts)
    print("| client | videos/s | known | CPU ms a video | requests a video | KB a video | MB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for client, found in rows.items():
        middle = {name: statistics.median(row[name] for row in found) for name in found[0]}
        print(
            f"| {client} | {middle['rate']:.0f} | {middle['known']:.0%} | {middle['cpu_ms']:.1f} |"
            f" {middle['requests']:.2f} | {middle['kb']:.0f} | {middle['rss_mb']:.0f} |"
        )
    for client in clients[1:]:
        pairs = zip(rows["ours"], rows[client], strict=True)
        ratios = sorted(mine["rate"] / theirs["rate"] for mine, theirs in pairs)
        print(f"ours is {statistics.median(ratios):.1f}x {client} ({ratios[0]:.1f} to {ratios[-1]:.1f})")
    for name, row in each.items():
        print(f"{name}: {row['requests']:.1f} requests, {row['kb']:.0f} KB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=640)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shelf", choices=("short", "long", "other"), default="short")
    parser.add_argument("--client", nargs=3, metavar=("NAME", "URL", "COUNT"))
    given = parser.parse_args()
    if given.client:
        measure(given.client[0], given.client[1], int(given.client[2]))
    else:
        compare(given.videos, given.rounds, given.shelf)


if __name__ == "__main__":
    main()
