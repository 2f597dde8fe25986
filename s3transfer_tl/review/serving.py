"""The server: on 127.0.0.1, in a thread of its own, until the page says that it is done."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator, Sequence

from s3transfer_tl.build.review import Item
from s3transfer_tl.review import app
from s3transfer_tl.review.guard import Keys
from s3transfer_tl.review.sitting import Sitting

_GRACE = 2  # seconds for answers that are under way at the end


class Server:
    """A server that listens; ``url`` opens the page, once."""

    def __init__(self, url: str, ended: threading.Event) -> None:
        self.url = url
        self._ended = ended

    def wait(self) -> None:
        """Return when the page says that the review is done."""
        self._ended.wait()


def listen(port: int) -> socket.socket:
    """Return a socket that listens on 127.0.0.1:``port``, 0 for a free one. Raises ``OSError``."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        bound.listen(128)
    except BaseException:
        bound.close()
        raise
    return bound


@contextlib.contextmanager
def serve(bound: socket.socket, items: Sequence[Item], sitting: Sitting, told: app.Told) -> Iterator[Server]:
    """Serve the page on ``bound`` until the block ends, which lets answers that are under way finish."""
    import uvicorn

    port = bound.getsockname()[1]
    keys, ended = Keys(), threading.Event()
    config = uvicorn.Config(
        app.application(items, sitting, told, keys, port, ended.set),
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",  # what anybody sends is no news for the terminal
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
        limit_concurrency=100,
        h11_max_incomplete_event_size=16 << 10,
    )
    server = uvicorn.Server(config)
    # Not in the main thread: signals are the command line's, and uvicorn would take them
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="review", daemon=True)
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{port}/?token={keys.token}", ended)
    finally:
        server.should_exit = True
        thread.join()
        bound.close()
