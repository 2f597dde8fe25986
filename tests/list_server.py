"""A synthetic LIST server on loopback: any number of made-up keys, any latency, and faults on request.

A page is one slice of a text that was rendered once, so that a client's own speed is what is measured:
``python -m tests.list_server --shape pref --keys 1000000 --latency-ms 50`` prints its URL as JSON.
It knows ListObjectsV2 with prefix, delimiter, start-after, tokens and max-keys, and checks no signature.
``/_stat`` tells what came since it was last asked. Every bucket name holds the same keys.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gc
import hashlib
import json
import random
import socket
import ssl
import threading
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, quote_plus
from xml.sax.saxutils import escape

PAST = "2025-03-01T10:20:30.000Z"
FUTURE = "2199-03-01T10:20:30.000Z"


def shape(name: str, count: int) -> list[str]:
    """Return ``count`` keys: ``pref`` 200 folders, ``hash`` and ``seq`` flat, ``skew`` 90 % in one of
    many folders, ``odd`` with what must be encoded, ``tree`` where folders and files interleave."""
    if name == "pref":
        folders = max(1, min(200, count // 100))
        each = -(-count // folders)
        rows = (f"p{n // each:03d}/v{n % each // 2:06d}.{'mp4' if n % 2 else 'vtt'}" for n in range(count))
    elif name == "hash":
        rows = (hashlib.md5(b"%d" % n, usedforsecurity=False).hexdigest() + ".mp4" for n in range(count))
    elif name == "seq":
        rows = (f"{n:09d}.mp4" for n in range(count))
    elif name == "skew":
        large, folders = count * 9 // 10, max(1, count // 500)
        rows = (f"big/{n:08d}.mp4" if n < large else f"t{n % folders:05d}/{n:08d}.vtt" for n in range(count))
    elif name == "odd":
        odd = ("a b", "a+b", "100%25", "ü", "日本", "\U0001f3ac", "&<>\"'", "~*", "#?", "=;:@$,!()")
        rows = (f"{odd[n % len(odd)]}/{odd[n // 10 % len(odd)]}{n}" for n in range(count))
    elif name == "tree":
        rows = (f"s{n // 30:05d}{('/', '-', '.')[n % 3]}{n % 30:02d}.mp4" for n in range(count))
    else:
        raise ValueError(name)
    return list(rows)


@dataclass
class Faults:
    """What goes wrong: rates are shares of the answers, ``cap`` requests a second, ``denied`` tells
    which queries get a 403, ``expired`` which authorization headers have seen their day."""

    slow_down: float = 0.0  # 503
    failed: float = 0.0  # 500
    error_in_200: float = 0.0
    unanswered: float = 0.0  # the connection is closed instead
    reset: float = 0.0
    hang: float = 0.0  # nothing is ever sent
    cut_short: float = 0.0
    closed_after: float = 0.0  # a whole answer, and an end that was not announced
    empty_page: float = 0.0
    most_bad: int = 100  # bad answers to one request; chance alone would at times spend all its tries
    cap: float = 0.0
    unordered: bool = False
    start_after_ignored: bool = False
    denied: Callable[[dict[str, str]], bool] = lambda query: False
    expired: Callable[[str], bool] = lambda authorization: False


# Shares of the answers, in the order of Faults.
BAD = ("slow_down", "failed", "error_in_200", "unanswered", "reset", "hang", "cut_short", "closed_after")
Then = Literal["keep", "close", "reset", "hang"]  # what becomes of the connection


@dataclass
class Stat:
    """What was asked for."""

    requests: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    throttled: int = 0
    kinds: Counter[str] = field(default_factory=Counter)  # pages, probes, folders
    bad: Counter[str] = field(default_factory=Counter)  # answers, by what was wrong with them
    seconds: float = 0.0  # between the first request and the last


class Bucket:
    """Keys in the order in which they are listed, and their XML in one text."""

    def __init__(self, keys: Iterable[str], faults: Faults, modified: str, page_size: int) -> None:
        self.faults = faults
        self.page_size = page_size
        order: Callable[[str], bytes] = (
            (lambda key: key.replace("/", "\0").encode()) if faults.unordered else str.encode
        )
        self._order = order
        self.keys = sorted(keys, key=order)
        self._places = (
            [order(key) for key in self.keys] if faults.unordered else [k.encode() for k in self.keys]
        )
        tail = (
            f"</Key><LastModified>{modified}</LastModified><ETag>&quot;9e107d9d372bb6826bd81d3542a419d6&quot;</ETag>"
            "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>"
        )
        rows = [
            f"<Contents><Key>{_encoded(key)}{tail}{size(n)}</Size><StorageClass>STANDARD</StorageClass></Contents>".encode()
            for n, key in enumerate(self.keys)
        ]
        self._offsets = [0, *accumulate(map(len, rows))]
        self._text = b"".join(rows)
        self._lot = random.Random(7)

    def page(self, query: dict[str, str]) -> bytes:
        faults, prefix = self.faults, query.get("prefix", "")
        low = self._order(prefix)
        start, end = bisect_left(self._places, low), bisect_left(self._places, low + b"\xff")
        place, _, mark = base64.b64decode(query.get("continuation-token", "")).partition(b":")
        if place:
            start = int(place)
        elif "start-after" in query and not faults.start_after_ignored:
            start = max(start, bisect_right(self._places, self._order(query["start-after"])))
        most = min(int(query.get("max-keys", self.page_size)), self.page_size)
        if not mark and self._lot.random() < faults.empty_page:  # never twice in a row
            return self._answer(query, b"", 0, start, start < end, b":empty")
        if query.get("delimiter"):
            return self._folders(query, start, end, most)
        stop = min(start + most, end)
        rows = self._text[self._offsets[start] : self._offsets[max(start, stop)]]
        return self._answer(query, rows, max(0, stop - start), stop, stop < end)

    def _folders(self, query: dict[str, str], start: int, end: int, most: int) -> bytes:
        prefix, rows, folders = query.get("prefix", ""), [], []
        while start < end and len(rows) + len(folders) < most:
            cut = self.keys[start].find(query["delimiter"], len(prefix)) + 1
            if cut:
                folder = self.keys[start][:cut]
                folders.append(
                    f"<CommonPrefixes><Prefix>{_encoded(folder)}</Prefix></CommonPrefixes>".encode()
                )
                start = bisect_left(self._places, self._order(folder) + b"\xff", start)
            else:
                rows.append(self._text[self._offsets[start] : self._offsets[start + 1]])
                start += 1
        return self._answer(query, b"".join(rows + folders), len(rows) + len(folders), start, start < end)

    def _answer(
        self, query: dict[str, str], rows: bytes, count: int, stop: int, more: bool, mark: bytes = b""
    ) -> bytes:
        token = base64.b64encode(b"%d%b" % (stop, mark)) if more else b""
        return (
            b'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            b"<Name>bucket</Name><Prefix>%b</Prefix>%b<KeyCount>%d</KeyCount><MaxKeys>1000</MaxKeys>"
            b"<EncodingType>url</EncodingType><IsTruncated>%b</IsTruncated>%b</ListBucketResult>"
        ) % (
            _encoded(query.get("prefix", "")).encode(),
            b"<NextContinuationToken>%b</NextContinuationToken>" % token if more else b"",
            count,
            b"true" if more else b"false",
            rows,
        )


def size(n: int) -> int:
    """Return the size of the object at place ``n``; some are empty."""
    return n * 7919 % 100_003


def _encoded(text: str) -> str:
    return escape(quote_plus(text, safe="/*"))


class _Connection(asyncio.Protocol):
    def __init__(self, server: ListServer) -> None:
        self._server = server
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._server.transports.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head, self._read = self._read[:end], self._read[end + 4 :]
            self._exchange(head.decode("latin-1"))

    def _exchange(self, head: str) -> None:
        server, stat = self._server, self._server.stat
        target = head.split(" ", 2)[1]
        server.seen.append(head) if server.keep else None
        if target == "/_stat":
            self._transport.write(_http(200, server.told()))
            return
        stat.requests += 1
        now = time.monotonic()
        server.began = server.began if stat.requests > 1 else now
        stat.seconds = now - server.began
        stat.in_flight += 1
        stat.most_in_flight = max(stat.most_in_flight, stat.in_flight)
        asyncio.get_running_loop().call_later(server.latency, self._respond, target, head)

    def _respond(self, target: str, head: str) -> None:
        self._server.stat.in_flight -= 1
        if not self._transport.is_closing():
            raw, then = self._server.respond(target, head)
            self._transport.write(raw)
            if then == "close":
                self._transport.close()
            elif then == "reset":
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, 0 s: a close sends RST
                self._transport.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
                self._transport.abort()


class ListServer:
    """The server in a thread of its own; a context manager. ``stat`` and ``bucket`` may be read."""

    def __init__(
        self,
        keys: Iterable[str],
        *,
        latency: float = 0.0,
        faults: Faults | None = None,
        modified: str = PAST,
        page_size: int = 1000,
        tls: ssl.SSLContext | None = None,
        keep: bool = False,
        port: int = 0,
    ) -> None:
        self.faults = faults or Faults()
        self.bucket = Bucket(keys, self.faults, modified, page_size)
        self.latency = latency
        self.stat = Stat()
        self.keep = keep
        self.seen: list[str] = []
        self.transports: set[Any] = set()
        self._tls = tls
        self._port = port
        self._lot = random.Random(11)
        self._credit = self._at = 0.0
        self._spoilt: Counter[str] = Counter()  # requests, by bad answers to them
        self.began = 0.0  # when the first request came

    def __enter__(self) -> Self:
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self.serve(started.set)))
        self._thread.start()
        started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    async def serve(self, started: Callable[[], None]) -> None:
        self._stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Connection(self), "127.0.0.1", self._port, ssl=self._tls, backlog=1024
        )
        self.url = f"http{'s' if self._tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started()
        await self._stop.wait()
        server.close()
        await asyncio.sleep(0.01)  # what was accepted just now becomes a transport
        while self.transports:
            for transport in list(self.transports):
                transport.abort()
            await asyncio.sleep(0.005)
        await server.wait_closed()

    def told(self) -> bytes:
        """Return what was asked since the last time, as JSON."""
        stat, self.stat = self.stat, Stat()
        return json.dumps(vars(stat)).encode()

    def respond(self, target: str, head: str) -> tuple[bytes, Then]:
        """Return the answer's bytes, and what becomes of the connection after them."""
        faults, bad = self.faults, self._fault(target)
        query = dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))
        authorization = next(
            (line for line in head.split("\r\n") if line.lower().startswith("authorization")), ""
        )
        if self._over_cap() or bad == "slow_down":
            self.stat.throttled += 1
            return _http(503, _error("SlowDown", "Please reduce your request rate.")), "keep"
        if faults.denied(query):
            return _http(403, _error("AccessDenied", "Access Denied")), "keep"
        if faults.expired(authorization):
            return _http(400, _error("ExpiredToken", "The provided token has expired.")), "keep"
        if bad in {"failed", "error_in_200"}:
            body = _error("InternalError", "We encountered an internal error.")
            return _http(500 if bad == "failed" else 200, body), "keep"
        if bad in {"unanswered", "reset", "hang"}:
            return b"", {"unanswered": "close", "reset": "reset", "hang": "hang"}[bad]  # type: ignore[return-value]
        kind = "folders" if "delimiter" in query else "probes" if query.get("max-keys") == "1" else "pages"
        self.stat.kinds[kind] += 1
        raw = _http(200, self.bucket.page(query))
        if bad == "cut_short":
            return raw[: len(raw) * 2 // 3], "close"
        return raw, "close" if bad == "closed_after" else "keep"

    def _fault(self, target: str) -> str:
        """Return what will be wrong with the next answer; mostly nothing."""
        draw = self._lot.random()
        for name in BAD:
            draw -= getattr(self.faults, name)
            if draw < 0 and self._spoilt[target] < self.faults.most_bad:
                self._spoilt[target] += 1
                self.stat.bad[name] += 1
                return name
        return ""

    def _over_cap(self) -> bool:
        if not self.faults.cap:
            return False
        now = time.monotonic()
        # what 0.1 s allow may come at once: this machine itself stalls for longer than a few requests
        self._credit = min(self.faults.cap / 10, self._credit + (now - self._at) * self.faults.cap)
        self._at = now
        if self._credit < 1:
            return True
        self._credit -= 1
        return False


def _http(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d Whatever\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%b" % (
        status,
        len(body),
        body,
    )


def _error(code: str, message: str) -> bytes:
    return f'<?xml version="1.0"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'.encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", default="pref")
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--cap", type=float, default=0)
    parser.add_argument(
        "--faulty", type=float, default=0, help="share of answers that are bad, in eight ways"
    )
    parser.add_argument("--page-size", type=int, default=1000)
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    given = parser.parse_args()
    context = None
    if given.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*given.tls)
    faults = Faults(cap=given.cap, most_bad=3, **dict.fromkeys(BAD, given.faulty / len(BAD)))
    keys = shape(given.shape, given.keys)
    latency = given.latency_ms / 1000
    server = ListServer(keys, latency=latency, faults=faults, tls=context, page_size=given.page_size)
    gc.freeze()
    gc.disable()
    asyncio.run(server.serve(lambda: print(json.dumps({"url": server.url}), flush=True)))


if __name__ == "__main__":
    main()
