"""Very many small HTTP requests (floor 2): one thread, libcurl's multi interface, no S3 knowledge.

``Bulk`` is an iterable of responses in completion order. Its caller adds requests before and inside
the loop, or feeds it a lazy source; it bounds what is in flight, spaces and retries, and keeps nothing
that was handed out. Proxies and ``NO_PROXY`` come from the environment, as boto3 reads it.
"""

from __future__ import annotations

import functools
import heapq
import io
import itertools
import math
import random
import select
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.request import getproxies

import pycurl

from s3transfer_tl import __version__

MOST_IN_FLIGHT = 512  # the multi interface waits with select(), which ends at 1,024 descriptors
THROTTLED = frozenset({429, 503})
FAILED = frozenset({500, 502, 504})
TRIES = 4, 10  # in all: failed, throttled. A server at its limit left 5 keys of 20,000 unanswered with 4
_BACKOFF, _LONGEST_BACKOFF = 0.2, 5.0  # seconds
_SILENT = 8  # requests in a row that a host left without any answer: it is down
_PROBE_EVERY = 1.0  # seconds between real attempts at a host that is down
_RATED_PAUSE, _RATED_IN_FLIGHT = 0.003, 32  # seconds; batches events, 170 us an answer without, 65 with

_UNREACHED = frozenset({5, 6, 7, 35, 58, 59, 60, 66, 77, 83, 90})  # no proxy, name, connection or trust
_HOPELESS = frozenset({1, 3, 58, 59, 60, 66, 77, 83, 90})  # bad URL or no trust: the same next time
_TIMED_OUT, _TOO_LARGE = 28, 23


@dataclass(slots=True)
class Request:
    """One GET or HEAD. ``url`` is ASCII and goes out byte for byte. ``sign(method, url)`` is called
    for every attempt and returns headers; None is anonymous. ``tag`` is the caller's own."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    sign: Callable[[str, str], Mapping[str, str]] | None = None
    tag: Any = None
    host: str = field(init=False, repr=False)
    tries: list[int] = field(default_factory=lambda: [0, 0], init=False, repr=False)  # failed, throttled
    since: float = field(default=math.inf, init=False, repr=False)  # when it was first sent

    def __post_init__(self) -> None:
        if self.method not in {"GET", "HEAD"}:
            raise ValueError(f"{self.method} is not GET or HEAD")
        self.host = self.url.split("/", 3)[2] if "://" in self.url else ""


@dataclass(slots=True)
class Response:
    """An answer, or the lack of one: ``status`` 0 and ``error`` in libcurl's words. Redirects are
    answers. Where the body was longer than the cap, it is cut there and ``error`` says so."""

    request: Request
    status: int
    body: bytes = b""
    head: bytes = b""  # the raw header lines
    error: str = ""

    def header(self, name: str) -> str | None:
        """Return a header's value, whatever the name's case."""
        wanted = name.lower().encode()
        for line in reversed(self.head.split(b"\r\n")):
            found, colon, value = line.partition(b":")
            if colon and found.lower() == wanted:
                return value.strip().decode("latin-1")
        return None


class Pace:
    """How many requests may be in flight and when the next may go; no transport, no clock of its own.

    The window starts at 8 and doubles each 0.1 s while answers are clean. A 429 or 503 takes it to
    0.7, at most once in 0.5 s; from then on it grows by one each 0.1 s. ``rate`` is requests a
    second, with 50 ms of credit after a pause.
    """

    def __init__(self, most: int, rate: float | None = None) -> None:
        self.window = float(min(8, most))
        self._most = most
        self.gap = 1 / rate if rate else 0.0
        self._doubling = True
        self._grown = self._cut = self._slot = -math.inf

    def clean(self, now: float) -> None:
        """Count an answer that was not throttled."""
        if now - self._grown >= 0.1:
            self.window = min(self._most, self.window * 2 if self._doubling else self.window + 1)
            self._grown = now

    def throttled(self, now: float) -> None:
        """Count a 429 or 503."""
        self._doubling = False
        self._grown = now  # no growth among throttled answers
        if now - self._cut >= 0.5:
            self.window = max(1.0, self.window * 0.7)
            self._cut = now

    def delay(self, now: float) -> float:
        """Return the seconds until the rate lets a request go."""
        return max(0.0, self._slot - now) if self.gap else 0.0

    def take(self, now: float) -> None:
        """Spend the slot of a request that goes now."""
        self._slot = max(self._slot, now - 0.05) + self.gap


@dataclass(slots=True)
class _Host:
    """What is known of a host: when it last answered, and how many requests it left unanswered since."""

    answered: float = -math.inf
    silent: int = 0
    probe: float = 0.0  # when a host that is down is next tried
    error: str = ""


class Bulk:
    """The engine. Iterate it once at a time; it ends when nothing is queued or in flight.

    ``verify`` is a CA file or folder, True (libcurl's own default) or False; ``rate`` is requests a
    second; ``stall_timeout`` (seconds) ends a transfer in which nothing moves; ``max_body`` is in
    bytes. ``sent`` counts attempts. A host that cannot be reached at all is taken as down: its
    requests are answered with status 0 at once, but for one real attempt a second.
    Raises ValueError where ``max_in_flight`` is not 1 to 512.
    """

    def __init__(
        self,
        max_in_flight: int = 32,
        *,
        rate: float | None = None,
        verify: bool | str = True,
        connect_timeout: float = 10.0,
        stall_timeout: int = 30,
        max_body: int | None = None,
    ) -> None:
        if not 1 <= max_in_flight <= MOST_IN_FLIGHT:
            raise ValueError(f"max_in_flight is {max_in_flight}, not 1 to {MOST_IN_FLIGHT}")
        self.sent = 0
        self.pace = Pace(max_in_flight, rate)
        self._most_held = 4 * max_in_flight
        self._new_handle = functools.partial(_handle, verify, connect_timeout, stall_timeout)
        self._max_body = max_body
        self._http_proxy = getproxies().get("http")  # libcurl has no eye for HTTP_PROXY in capitals
        self._multi = pycurl.CurlMulti()
        self._idle: list[Any] = []
        self._active: dict[Any, tuple[Request, io.BytesIO, io.BytesIO]] = {}  # body, head
        self._queue: deque[Request] = deque()
        self._source: Iterator[Request] = iter(())
        self._later: list[tuple[float, int, Request]] = []  # a heap of retries by the time they are due
        self._ready: deque[Response] = deque()
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)

    @property
    def in_flight(self) -> int:
        """How many requests are on the wire."""
        return len(self._active)

    def add(self, request: Request) -> None:
        """Queue a request; where the window has room it is on the wire before this returns."""
        self._queue.append(request)
        self._advance()

    def feed(self, source: Iterable[Request]) -> Self:
        """Take requests from ``source`` as room appears, after all that is added. Return self."""
        self._source = itertools.chain(self._source, source)
        return self

    def retry(self, response: Response) -> bool:
        """Send a request again whose 200 was no success (only the caller can know); False where its
        tries are spent."""
        return self._again(response.request, throttled=False)

    def __iter__(self) -> Iterator[Response]:
        while True:
            self._advance()
            if not self._ready:
                free_in = self._fill()  # what has just ended left room, or is a retry that is due
                if not (self._active or self._later or self._queue or self._ready):
                    return
                if not self._ready:
                    self._wait(free_in)
            while self._ready:
                yield self._ready.popleft()

    def poll(self, longest: float, also: Sequence[int] = ()) -> list[Response]:
        """Move on until a response is there, a file descriptor of ``also`` can be read, or ``longest``
        (seconds) has passed; return the responses that are there. For callers with more to wait for than
        the network."""
        self._advance()
        if not self._ready:
            self._wait(min(self._fill(), longest), also)
            self._advance()
        came = list(self._ready)
        self._ready.clear()
        return came

    def close(self) -> None:
        """Drop what is queued or in flight and close every connection."""
        for handle in [*self._active, *self._idle]:
            handle.close()  # libcurl takes it out of the multi handle too
        self._multi.close()
        for held in (self._active, self._idle, self._later, self._queue, self._ready):
            held.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _advance(self) -> None:
        """Start what may start, move bytes, take what is complete."""
        self._fill()
        self._multi.perform()
        _, done, failed = self._multi.info_read()
        for handle in done:
            self._settle(handle, 0, "")
        for handle, code, error in failed:
            self._settle(handle, code, error)

    def _fill(self) -> float:
        """Start what may start. Return the seconds until time alone lets more start: infinity where
        only an answer does."""
        while len(self._active) < int(self.pace.window) and len(self._ready) < self._most_held:
            now = time.monotonic()
            due = self._later[0][0] - now if self._later else math.inf
            room = len(self._later) < self._most_held
            if room and not self._queue:
                self._queue.extend(itertools.islice(self._source, 1))
            if due > 0 and not (room and self._queue):
                return due
            if delay := self.pace.delay(now):
                return delay
            self._begin(heapq.heappop(self._later)[2] if due <= 0 else self._queue.popleft(), now)
        return math.inf

    def _begin(self, request: Request, now: float) -> None:
        host = self._hosts[request.host]
        if host.silent >= _SILENT:
            if now < host.probe:
                self._ready.append(Response(request, 0, error=host.error))
                return
            host.probe = now + _PROBE_EVERY
        headers = {"Accept": "", **request.headers}
        if request.sign:
            headers |= request.sign(request.method, request.url)
        handle = self._idle.pop() if self._idle else self._new_handle()
        body, head = io.BytesIO(), io.BytesIO()
        write = body.write if self._max_body is None else functools.partial(_capped, body, self._max_body)
        handle.setopt(pycurl.URL, request.url)
        handle.setopt(pycurl.PROXY, self._http_proxy if request.url.startswith("http:") else None)
        handle.setopt(pycurl.HTTPGET, 1)  # also undoes the NOBODY of the handle's last request
        if request.method == "HEAD":
            handle.setopt(pycurl.NOBODY, 1)
        handle.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in headers.items()])
        handle.setopt(pycurl.FRESH_CONNECT, any(request.tries))
        handle.setopt(pycurl.WRITEFUNCTION, write)
        handle.setopt(pycurl.HEADERFUNCTION, head.write)
        self._multi.add_handle(handle)
        self._active[handle] = request, body, head
        self.pace.take(now)
        self.sent += 1
        request.since = min(request.since, now)

    def _settle(self, handle: Any, code: int, error: str) -> None:
        request, body, head = self._active.pop(handle)
        now = time.monotonic()
        status = handle.getinfo(pycurl.RESPONSE_CODE) if code in {0, _TOO_LARGE} else 0
        if status and not head.getvalue().endswith((b"\r\n\r\n", b"\n\n")):
            status, error = 0, "the answer ends within its head"  # libcurl takes it for whole after a HEAD
        unreached = code in _UNREACHED or (code == _TIMED_OUT and not handle.getinfo(pycurl.REQUEST_SIZE))
        self._multi.remove_handle(handle)
        self._idle.append(handle)
        host = self._hosts[request.host]
        if status:
            host.answered, host.silent = now, 0
            (self.pace.throttled if status in THROTTLED else self.pace.clean)(now)
        again = status in FAILED | THROTTLED or (not status and code not in _HOPELESS)
        if again and self._again(request, throttled=status in THROTTLED):
            return
        if not status and host.answered < request.since:  # nothing at all came while this one was tried
            host.silent += _SILENT if unreached else 1
            host.probe, host.error = now + _PROBE_EVERY, error
        if code == _TOO_LARGE:
            error = f"the body is longer than {self._max_body} bytes"
        whole = (body.getvalue(), head.getvalue()) if status else (b"", b"")
        self._ready.append(Response(request, status, *whole, error))

    def _again(self, request: Request, *, throttled: bool) -> bool:
        request.tries[throttled] += 1
        spent = request.tries[throttled]
        if spent >= TRIES[throttled]:
            return False
        pause = random.uniform(0, min(_LONGEST_BACKOFF, _BACKOFF * 2 ** (spent - 1)))  # noqa: S311 - no secret
        heapq.heappush(self._later, (time.monotonic() + pause, id(request), request))
        return True

    def _wait(self, free_in: float, also: Sequence[int] = ()) -> None:
        timer = self._multi.timeout()  # milliseconds; select() alone knows nothing of libcurl's timers
        longest = min(free_in, 1.0 if timer < 0 else timer / 1000, 1.0)
        if also:
            readable, writable, broken = self._multi.fdset()
            if self._active and not (readable or writable):
                longest = min(longest, 0.01)  # as below
            select.select([*readable, *also], writable, broken, longest)
        elif not self._active:
            time.sleep(longest)
        elif self._multi.select(longest) < 0:
            time.sleep(min(longest, 0.01))  # no descriptor yet: a name is being resolved
        elif self.pace.gap and len(self._active) > _RATED_IN_FLIGHT:
            time.sleep(_RATED_PAUSE)


def _handle(verify: bool | str, connect_timeout: float, stall_timeout: int) -> Any:
    """Make a handle; libcurl's own defaults are: no netrc, no cookies, no redirect followed."""
    handle = pycurl.Curl()
    for option, value in {
        pycurl.PATH_AS_IS: 1,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.NOSIGNAL: 1,
        pycurl.BUFFERSIZE: 512 * 1024,
        pycurl.DNS_CACHE_TIMEOUT: 5,  # seconds: spread over a service's addresses, as AWS asks
        pycurl.CONNECTTIMEOUT_MS: int(connect_timeout * 1000),
        pycurl.LOW_SPEED_LIMIT: 1,
        pycurl.LOW_SPEED_TIME: stall_timeout,
        pycurl.TIMEOUT: 10 * stall_timeout,  # a drip must end too
        pycurl.USERAGENT: f"s3transfer-tl/{__version__}",
        pycurl.SSL_VERIFYPEER: 1 if verify else 0,
        pycurl.SSL_VERIFYHOST: 2 if verify else 0,
    }.items():
        handle.setopt(option, value)
    if isinstance(verify, str):
        handle.setopt(pycurl.CAPATH if Path(verify).is_dir() else pycurl.CAINFO, verify)
    return handle


def _capped(body: io.BytesIO, most: int, chunk: bytes) -> int:
    return body.write(chunk[: most - body.tell()])  # a short count is libcurl's error 23
