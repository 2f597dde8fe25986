"""The one client of the platform: every request goes through here, and only here the key is shown."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from s3transfer_tl import __version__
from s3transfer_tl.errors import PlatformError, UsageError
from s3transfer_tl.model import IndexedVideo, PlatformSettings, Secret, Task
from s3transfer_tl.twelvelabs import answers, lost
from s3transfer_tl.twelvelabs.answers import AnswerLost, BrokenOff, Index, RateLimited
from s3transfer_tl.twelvelabs.codes import VERSIONS
from s3transfer_tl.twelvelabs.multipart import Form, ManifestForm

_Listed = TypeVar("_Listed", Task, IndexedVideo)

PAGE_LIMIT = 50  # the most that GET /tasks gives (API reference v1.2)
_STALE_PAGES = 3  # pages in a row without anything new before a listing counts as going round in circles
_BODY_LIMIT = 8 << 20  # bytes of an answer that are read
_LOST_STATUSES = frozenset({408, *range(500, 600)})  # the server may have taken the request before it failed


def endpoint(api_url: str) -> str:
    """Return ``api_url`` in the one form that names the platform: no version, no slash at the end.

    SDK 1.x wants ``/v1.3`` inside the same TWELVELABS_BASE_URL, so a version there is dropped.
    Raises ``UsageError`` for what is no http(s) URL.
    """
    hint = "give it like https://api.twelvelabs.io"
    try:
        parts = urlsplit(api_url)
        host = parts.hostname
        _ = parts.port  # raises ValueError for a port that is no number
        (host or "").encode("idna")  # the same for a label that no DNS can carry
    except ValueError:
        raise UsageError(f"--api-url {api_url!r} is not a URL", hint) from None
    if not api_url.isprintable() or " " in api_url:
        raise UsageError(f"--api-url {api_url!r} holds a character that no URL has", hint)
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise UsageError(f"--api-url {api_url!r} is not an http or https address", hint)
    if parts.username or parts.password:
        raise UsageError("--api-url must not carry a user or password", hint)
    path = re.sub(r"/v\d+(\.\d+)*$", "", parts.path.rstrip("/"))
    return urlunsplit((parts.scheme, parts.netloc.lower(), path.rstrip("/"), "", ""))


class Client:
    """Twelve Labs over HTTP. A GET is tried again on trouble; a POST only while nothing was sent.

    ``clock`` gives epoch seconds, ``sleep`` waits, ``on_wait`` is told the seconds and the reason of
    each wait before it begins. ``retries`` is how often a request without an answer is made anew. Raises
    ``UsageError`` for a version without transfers, an address or a key that no request can carry: all
    before anything is sent.
    """

    def __init__(
        self,
        settings: PlatformSettings,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
        on_wait: Callable[[float, str], object] = lambda seconds, why: None,
        timeout: tuple[float, float] = (10.0, 120.0),  # seconds to connect, to hear something
        retries: int = 3,
    ) -> None:
        self.endpoint = endpoint(settings.api_url)
        self.version = _checked_version(settings.version)
        self._spent = 0.0  # our epoch seconds until which the platform takes no POST, as it last said
        self.skew = 0.0  # the platform's clock minus ours, in seconds, by its last Date header
        self.answered: str | None = None  # the version that answered last, by its X-Api-Version header
        self.transfers = self.transferred = 0  # manifests that were posted, and their bytes
        self._clock, self._sleep, self._on_wait, self._timeout = clock, sleep, on_wait, timeout
        self._key = settings.key
        self._boundary = uuid.uuid4().hex
        self._posts: dict[str, requests.PreparedRequest] = {}  # by path: much the same each time
        self._session = requests.Session()
        self._session.auth = _Key(settings.key)
        self._session.headers["User-Agent"] = f"s3transfer-tl/{__version__}"
        # Read and status retries are for GET only; `connect` alone holds for POST: nothing was sent yet.
        # `other` is 0 because urllib3 would apply it to POST as well.
        retry = urllib3.Retry(
            total=None,
            connect=retries,
            read=retries,
            status=retries,
            other=0,
            redirect=0,
            allowed_methods={"GET"},
            status_forcelist=(500, 502, 503, 504),
            backoff_factor=0.3,
            respect_retry_after_header=False,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _OneHost(max_retries=retry))
        # requests would read the proxies and the CA bundle out of the environment for each request anew
        found = self._session.merge_environment_settings(self.endpoint, {}, None, None, None)
        self._session.proxies, self._session.verify = found["proxies"], found["verify"]
        self._session.trust_env = False

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def now(self) -> float:
        """Return the epoch seconds by the platform's clock, as far as its answers told it."""
        return self._clock() + self.skew

    def greet(self) -> None:
        """Ask once for one index of the account: the least that tells whether the key is taken.

        Raises ``PlatformError`` where it is refused or no answer comes, ``RateLimited`` where it is
        known and must wait.
        """
        status, body = self._send("GET", "indexes", params={"page_limit": "1"})
        answers.document(self._where("GET", "indexes"), status, body)

    def transfer(
        self,
        manifest: bytes,
        name: str = "manifest.json",
        *,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        """Post a manifest: one part ``file``, application/json. Any 2xx will do, with or without body.
        ``meanwhile`` is called when the last byte has left; the answer is awaited after it.

        Raises ``AnswerLost`` where the bytes were sent and no answer tells what became of them,
        ``RateLimited`` for 429 (refused unread; see ``wait``), ``PlatformError`` for a refusal
        (status) or where nothing could be sent (status 0).
        """
        self.transfers += 1
        self.transferred += len(manifest)
        self._send("POST", "tasks/transfers", ManifestForm(self._boundary, name, manifest, meanwhile))

    def create_task(self, form: Form, *, timeout: tuple[float, float] = (60.0, 600.0)) -> str:
        """Post one video with its transcription (``task_form``); return the task's id. ``timeout`` is the
        seconds for one block to leave, and for the answer to come.

        Raises as ``transfer`` does, ``BrokenOff`` where the connection ended before the form was whole,
        and what the form raises.
        """
        where = self._where("POST", "tasks")
        try:
            status, body = self._send("POST", "tasks", form, timeout=timeout)
        except AnswerLost as error:
            if form.whole:
                raise
            raise BrokenOff(
                f"{where}: the connection broke off after {form.handed:,} of {len(form):,} bytes",
                "run the same command again: what was not sent whole was not taken",
                status=error.status,
                code=error.code,
            ) from error
        try:
            return answers.task(where, answers.document(where, status, body)).id
        except PlatformError as error:
            raise AnswerLost(error.message, "the task was made; look for it with GET /tasks") from None

    def task(self, task_id: str) -> Task:
        """Return one task. Raises ``PlatformError`` (404, or 400 resource_not_exist) if there is none."""
        path = f"tasks/{quote(task_id, safe='')}"
        return answers.task(self._where("GET", path), self._get(path))

    def index(self, index_id: str) -> Index:
        """Return an index. Raises ``PlatformError`` (404, or 400 resource_not_exist) if there is none."""
        return answers.index(index_id, self._get(f"indexes/{quote(index_id, safe='')}"))

    def tasks(
        self, *, index_id: str | None = None, filename: str | None = None, created_at: float | None = None
    ) -> Iterator[Task]:
        """Yield each task once, newest first, of ``index_id``, called ``filename``, made at or after
        ``created_at`` (epoch seconds by the platform's clock).

        Pages until an empty one: ``total_page`` is not to be trusted. ``created_at`` is judged here:
        the platform's own filter stops at midnight ("on that date at or after that time").
        """
        filters = {"index_id": index_id, "filename": filename}
        for tasks, fresh in self._pages("tasks", filters, answers.task):
            yield from (task for task in fresh if created_at is None or _made_since(task, created_at))
            if created_at is not None and _past(tasks, created_at):
                return

    def videos(self, index_id: str, *, filename: str | None = None) -> Iterator[IndexedVideo]:
        """Yield each video of an index once, newest first, called ``filename`` where it is given (whether
        that filter is exact is not documented)."""
        path = f"indexes/{quote(index_id, safe='')}/videos"
        for _, fresh in self._pages(path, {"filename": filename}, answers.video):
            yield from fresh

    @property
    def spent(self) -> bool:
        """Tell whether the last answer to a POST said that no more may come for a while (see ``rest``)."""
        return self._spent > self._clock()

    def rest(self) -> None:
        """Wait where the last answer to a POST said that no more may come for a while."""
        wait, self._spent = self._spent - self._clock(), 0.0
        if wait > 0:
            self._on_wait(wait, "the platform's rate limit is used up")
            self._sleep(wait)

    def pause(self, wait: float | None, attempt: int, why: str) -> None:
        """Wait as the platform told (``wait`` seconds), never less than the backoff of ``attempt``."""
        seconds = max(wait or 0.0, min(0.5 * 2**attempt, 60.0))
        self._on_wait(seconds, why)
        self._sleep(seconds)

    def _pages(
        self, path: str, filters: Mapping[str, str | None], read: Callable[[str, Any], _Listed]
    ) -> Iterator[tuple[list[_Listed], list[_Listed]]]:
        """Yield the pages of a listing, newest first: all that is on a page, and what is new on it."""
        query = {name: value for name, value in filters.items() if value is not None}
        query |= {"page_limit": str(PAGE_LIMIT), "sort_by": "created_at", "sort_option": "desc"}
        seen: set[str] = set()
        page, stale = 0, 0
        while stale < _STALE_PAGES:
            page += 1
            data = self._get(path, query | {"page": str(page)}).get("data")
            where = self._where("GET", path)
            if not isinstance(data, list | None):
                raise PlatformError(f"{where}: the platform's list is no list", "run the same command again")
            items = [read(where, item) for item in data or ()]
            if not items:
                return
            fresh = [item for item in items if item.id not in seen]
            # new ones push old ones onto the next page: a page of known ones is no end by itself
            stale = 0 if fresh else stale + 1
            seen.update(item.id for item in fresh)
            yield items, fresh

    def _get(self, path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        attempt = 0
        while True:
            try:
                status, body = self._send("GET", path, params=query)
                return answers.document(self._where("GET", path), status, body)
            except RateLimited as error:
                attempt += 1
                self.pause(error.wait, attempt, error.message)

    def _send(
        self,
        method: str,
        path: str,
        form: Form | ManifestForm | None = None,
        *,
        params: Mapping[str, str] | None = None,
        timeout: tuple[float, float] | None = None,
    ) -> tuple[int, bytes]:
        where = self._where(method, path)
        try:
            response = self._session.send(
                self._prepared(method, path, params) if form is None else self._posting(path, form),
                # a redirect would carry the key to wherever it points
                allow_redirects=False,
                stream=True,
                timeout=timeout or self._timeout,
            )
        except OSError as error:  # requests' own are OSErrors too; a CA bundle that is missing comes bare
            lost.forget_variables(error)
            raise self._unanswered(where, error) from error
        with response:
            # the status alone settles a 2xx: a body that breaks off must not make it a lost answer
            body = self._redacted(_body(response, strict=method == "GET"))
        date = answers.http_date(response.headers.get("Date"))
        self.skew = date + 0.5 - self._clock() if date else self.skew
        self.answered = response.headers.get("X-Api-Version")
        if method == "POST" and response.headers.get("X-Ratelimit-Remaining", "").strip() == "0":
            self._spent = self._clock() + (answers.wait_told(response.headers, self._clock()) or 0.0)
        if 200 <= response.status_code < 300:
            return response.status_code, body
        refusal = answers.error(where, response.status_code, response.headers, body, self._clock())
        if method == "POST" and response.status_code in _LOST_STATUSES:
            raise AnswerLost(
                refusal.message,
                "it may have been taken all the same",
                status=refusal.status,
                code=refusal.code,
            )
        raise refusal

    def _prepared(
        self, method: str, path: str, params: Mapping[str, str] | None = None
    ) -> requests.PreparedRequest:
        url = f"{self.endpoint}/{self.version}/{path}"
        return self._session.prepare_request(requests.Request(method, url, params=params))

    def _posting(self, path: str, form: Form | ManifestForm) -> requests.PreparedRequest:
        if path not in self._posts or self._session.cookies:  # a cookie may be another each time
            self._posts[path] = self._prepared("POST", path)
        request = self._posts[path].copy()
        request.body = form  # type: ignore[assignment]
        request.headers["Content-Type"] = form.content_type
        request.headers["Content-Length"] = str(len(form))
        return request

    def _unanswered(self, where: str, error: OSError) -> PlatformError:
        if where.startswith("POST") and not lost.nothing_sent(error):
            return AnswerLost(f"{where}: the answer was lost", "whether it was taken is not known")
        proxy = "the proxy for " if isinstance(error, requests.exceptions.ProxyError) else ""
        return PlatformError(
            f"{where}: {proxy}{self.endpoint} gave no answer ({lost.reason(error)})",
            "check --api-url, the network, any proxy and REQUESTS_CA_BUNDLE, then run the same command again",
        )

    def _redacted(self, body: bytes) -> bytes:
        return body.replace(self._key.reveal().encode(), b"***")

    def _where(self, method: str, path: str) -> str:
        return f"{method} /{self.version}/{path}"


class _OneHost(HTTPAdapter):
    """Looks for the connections to its host once: all requests go there, by one proxy and CA bundle."""

    _pool: Any = None

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pool of connections."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool


class _Key(AuthBase):
    """Puts the key on a request: the one place where it is revealed. Being the session's ``auth`` it
    also keeps requests from looking into ``.netrc``."""

    def __init__(self, key: Secret) -> None:
        text = key.reveal()
        # requests would quote a bad header value in its error, and the value is the key
        if not text.isascii() or not text.isprintable() or " " in text or not text:
            raise UsageError(
                "the API key holds a character that no header can carry",
                "copy it again from the dashboard into TWELVE_LABS_API_KEY, without spaces or line ends",
            )
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["x-api-key"] = self._key.reveal()
        return request


def _checked_version(version: str) -> str:
    if not re.fullmatch(r"v\d+(\.\d+)*", version):
        raise UsageError(f"--api-version {version!r} is no version", f"known: {', '.join(VERSIONS)}")
    if version in VERSIONS and not VERSIONS[version].transcriptions:
        raise UsageError(
            f"API {version} takes no transcriptions: POST /tasks/transfers ended with v1.2",
            "use --api-version v1.2; there is no documented way to give a transcription in v1.3",
        )
    return version


def _body(response: requests.Response, *, strict: bool) -> bytes:
    try:
        return response.raw.read(_BODY_LIMIT, decode_content=True) or b""
    except urllib3.exceptions.HTTPError:
        if not strict:
            return b""
        raise PlatformError("the platform's answer broke off", "run the same command again") from None


def _made_since(task: Task, instant: float) -> bool:
    made = answers.seconds_of(task.created_at)
    return made is None or made >= instant


def _past(tasks: list[Task], instant: float) -> bool:
    """Tell whether a page proves that all later pages are older than ``instant``: it runs from newer
    to older and ends before it. A server that sorts the other way is read to its end."""
    first, last = answers.seconds_of(tasks[0].created_at), answers.seconds_of(tasks[-1].created_at)
    return first is not None and last is not None and first > last and last < instant
