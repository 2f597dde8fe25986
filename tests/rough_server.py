"""A platform that treats uploads roughly: it resets, answers early, stalls or stays mute, on a script."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from s3transfer_tl.sandbox import DEFAULT_INDEX_ID
from tests.fault_server import reply


@dataclass(frozen=True, slots=True)
class How:
    """What happens to one POST: read ``read`` bytes of the body (None: all), then answer with ``raw``,
    reset the connection, or say nothing until the server ends."""

    read: int | None = None
    raw: bytes = b""
    reset: bool = False
    mute: bool = False


class _Narrow(socketserver.ThreadingTCPServer):
    """Takes little ahead of what is read: a buffer that grows (32 MB on some machines) would swallow a
    whole form that nobody read, and the client would rightly call it sent."""

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 17)
        super().server_bind()


def taken(number: int) -> How:
    return How(raw=reply(201, {"_id": f"{number:024x}"}))


@dataclass
class RoughServer:
    """Listens on loopback from ``with`` on; the n-th POST gets the n-th of ``script``, then all are taken.
    ``whole`` counts the POSTs whose body came whole."""

    script: Sequence[How] = ()
    listed: Callable[[], list[dict[str, Any]]] = list
    whole: int = 0
    posts: int = 0
    received: int = 0
    busy: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        outer = self

        class Connection(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):
                    while outer._exchange(self.connection, self.rfile, self.wfile):
                        pass

        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._server = _Narrow(("127.0.0.1", 0), Connection)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _exchange(self, connection: socket.socket, rfile: Any, wfile: Any) -> bool:
        line = rfile.readline().decode("latin-1").split()
        if len(line) != 3:
            return False
        length = 0
        while field_line := rfile.readline().strip().lower():
            if field_line.startswith(b"content-length:"):
                length = int(field_line.partition(b":")[2])
        if line[0] == "GET":
            wfile.write(self._told(line[1]))
            return True
        with self._lock:
            self.posts += 1
            how = self.script[self.posts - 1] if self.posts <= len(self.script) else taken(self.posts)
        left = length if how.read is None else how.read
        while left and (block := rfile.read(min(left, 1 << 16))):
            left -= len(block)
            self.received += len(block)
        with self._lock:
            self.whole += how.read is None and not left
        self.busy.set()
        if how.mute:
            self._ended.wait(60)
            return False
        if how.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            return False
        wfile.write(how.raw)
        return how.read is None and bool(how.raw)

    def _told(self, target: str) -> bytes:
        if "/indexes/" in target:
            return reply(200, {"_id": DEFAULT_INDEX_ID})
        if "/tasks/" in target:
            number = target.rpartition("/")[2]
            return reply(200, {"_id": number, "status": "ready", "index_id": DEFAULT_INDEX_ID})
        return reply(200, {"data": self.listed() if target.endswith("page=1") else []})
