"""The sandbox as an HTTP/1.1 server on 127.0.0.1, usable in a test as a context manager."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from s3transfer_tl.sandbox import faults
from s3transfer_tl.sandbox.answers import Answer
from s3transfer_tl.sandbox.intake import Transfer, Upload
from s3transfer_tl.sandbox.listing import Index
from s3transfer_tl.sandbox.objects import Objects
from s3transfer_tl.sandbox.platform import Platform
from s3transfer_tl.sandbox.tasks import Task, Tasks

DEFAULT_KEY = "tlk_SANDBOX"
DEFAULT_INDEX_ID = "65a1c0de5a4db0c5ca11ab1e"
ENGINE_OPTIONS = ("visual", "conversation", "text_in_video", "logo")


class Sandbox:
    """A stand-in platform that listens from ``with Sandbox(...) as sandbox:`` to the block's end.

    ``s3_endpoint_url`` None takes every object as present and public; else each video is read signed
    and each transcription anonymously, and the task fails where that fails. ``speed`` is how many
    platform seconds pass in one; a task takes 180 platform seconds. ``fault_specs`` are spelled as
    ``faults.GRAMMAR`` says. ``clock`` gives epoch seconds. ``told`` takes a line for each task that
    fails because of its objects. Raises ``FaultError``, ``ValueError`` for a bad endpoint URL, and
    ``OSError`` where the port is taken.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        api_key: str = DEFAULT_KEY,
        index_ids: Sequence[str] = (DEFAULT_INDEX_ID,),
        s3_endpoint_url: str | None = None,
        speed: float = 60.0,
        fault_specs: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
        told: Callable[[str], None] = lambda line: None,
    ) -> None:
        wanted = faults.parse(fault_specs)
        self.index_ids = list(dict.fromkeys(index_ids))
        indexes = {
            index_id: Index(index_id, f"sandbox-{n}", clock(), wanted.options.get(index_id, ENGINE_OPTIONS))
            for n, index_id in enumerate(self.index_ids, 1)
        }
        objects = Objects(s3_endpoint_url) if s3_endpoint_url else None
        self._stop = threading.Event()
        self._tasks = Tasks(clock, speed=speed, lag=wanted.lag)
        self._server = _Server(("127.0.0.1", port))
        self._server.platform = self._platform = Platform(
            self._tasks, indexes, wanted, key=api_key, objects=objects, wait=self._stop.wait, told=told
        )
        self.api_url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox", daemon=True
        )

    def __enter__(self) -> Sandbox:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop listening, hang up on everyone and join every thread."""
        self._stop.set()
        self._server.shutdown()
        self._server.hang_up()
        self._platform.close()
        self._thread.join()

    @property
    def transfers(self) -> list[Transfer]:
        """Return every manifest that arrived, also the refused ones."""
        return list(self._platform.transfers)

    @property
    def uploads(self) -> list[Upload]:
        """Return every POST /tasks that arrived as a well-formed form."""
        return list(self._platform.uploads)

    @property
    def calls(self) -> Counter[str]:
        """Return how often each call came, by the names of ``faults.CALLS``."""
        return Counter(self._platform.faults.count)

    @property
    def tasks(self) -> list[Task]:
        """Return every task, oldest first, however late it is listed."""
        return self._tasks.everything()

    def status(self, task: Task) -> str:
        """Return where ``task`` stands now."""
        return self._tasks.status(task)


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = False  # so that server_close joins them
    request_queue_size = 256
    platform: Platform

    def __init__(self, address: tuple[str, int]) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(address, _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close every connection and wait for its thread."""
        for request in list(self._open):
            with contextlib.suppress(OSError):  # it may just have gone by itself
                request.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that goes away is what this server is for; anything else is a bug to be seen.
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = 1 << 16
    server: _Server

    def do_GET(self) -> None:
        """Answer one request of any method."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = _Body(self.rfile, headers)
        answer = self.server.platform.answer(self.command, self.path, headers, body)
        body.drain()
        if answer is None:
            self.close_connection = True
        else:
            self._send(answer)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def _send(self, answer: Answer) -> None:
        lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if answer.status != 204:  # RFC 9110: a 204 has no Content-Length
            lines += [f"Content-Type: {answer.content_type}", f"Content-Length: {len(answer.body)}"]
        if self.close_connection:
            lines.append("Connection: close")
        # One write: head and body apart would wait for the client's delayed ACK.
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: what came in is kept, not logged."""


class _Body:
    """A request's body as a stream, whether it has a Content-Length or comes in chunks."""

    def __init__(self, stream: Any, headers: dict[str, str]) -> None:
        self._stream = stream
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        length = headers.get("content-length", "0")
        self._left = 0 if self._chunked or not length.isdecimal() else int(length)

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, b"" at the end only. Raises ``ConnectionError`` where the
        client goes away in the middle: half a request is never served."""
        if not self._left and self._chunked:
            self._next_chunk()
        if not self._left:
            return b""
        data: bytes = self._stream.read(min(size, self._left))
        if not data:
            raise ConnectionAbortedError("the body broke off")
        self._left -= len(data)
        if self._chunked and not self._left:
            self._stream.readline()  # the CRLF behind a chunk
        return data

    def drain(self) -> None:
        """Read what is left, so that the next request on the connection begins where it should."""
        while self.read(1 << 18):
            pass

    def _next_chunk(self) -> None:
        head = self._stream.readline(1024).split(b";")[0].strip()
        try:
            self._left = int(head, 16)
        except ValueError:
            raise ConnectionAbortedError("a chunk's size is no number") from None
        if not self._left:
            self._chunked = False
            while self._stream.readline(1 << 16).strip():
                pass  # trailers


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
