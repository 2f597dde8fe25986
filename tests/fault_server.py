"""A platform that misbehaves on request: whole requests are read and kept, answers are raw bytes."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; ``fields`` are its headers by lower-case name."""

    number: int
    method: str
    target: str
    fields: dict[str, str]
    body: bytes


def reply(status: int = 200, document: Any = None, *, body: bytes | None = None, **fields: str) -> bytes:
    """Make an answer: ``document`` as JSON, or ``body`` as it is; headers are written A_B for A-B."""
    raw = body if body is not None else b"" if document is None else json.dumps(document).encode()
    head = {"Content-Length": str(len(raw))} | {name.replace("_", "-"): text for name, text in fields.items()}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {text}" for name, text in head.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
HANG_UP = b""  # the request was read, the connection is cut without a word


@dataclass
class FaultServer:
    """Listens on loopback from ``with`` on; ``answer`` is asked once per request."""

    answer: Callable[[Request], bytes]
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer = self

        class Connection(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    while outer._exchange(self.rfile, self.wfile):
                        pass
                except ConnectionError:
                    pass

        self._lock = threading.Lock()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def count(self, method: str) -> int:
        return sum(request.method == method for request in self.requests)

    def _exchange(self, rfile: Any, wfile: Any) -> bool:
        line = rfile.readline().decode("latin-1").split()
        if len(line) != 3:
            return False
        fields = {}
        while field_line := rfile.readline().strip().decode("latin-1"):
            name, _, text = field_line.partition(":")
            fields[name.lower()] = text.strip()
        body = rfile.read(int(fields.get("content-length", 0)))
        with self._lock:
            request = Request(len(self.requests), line[0], line[1], fields, body)
            self.requests.append(request)
        raw = self.answer(request)
        wfile.write(raw)
        return bool(raw) and fields.get("connection") != "close"
