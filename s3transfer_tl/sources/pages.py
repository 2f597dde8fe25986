"""LIST requests on the bulk engine, and their answers as pages."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from s3transfer_tl import bulk, s3http
from s3transfer_tl.errors import S3Error, TransferError
from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources import decode, refusals
from s3transfer_tl.sources.contact import Contact

PATIENCE = 10.0  # seconds for the first page; then boto3 asks, which knows how long to wait and what to say
# The next attempt is signed afresh, with credentials that may have been renewed meanwhile.
_WORTH_A_RETRY = frozenset({"ExpiredToken", "TokenRefreshRequired", "RequestTimeout"})
_REGION = re.compile(rb"<Region>([^<]{1,50})</Region>")

_quoted = functools.partial(quote, safe="")


class NoPageError(ValueError):
    """A 200 that holds no page: an error, or half a page."""


class Page:
    """One ListObjectsV2 answer; with ``folders`` it may hold common prefixes (``prefixes``). Its objects
    are read when they are asked for, so that the next page can be requested first.

    ``truncated`` tells that there is more, ``token`` where (None where the server does not say).
    Raises ``NoPageError``.
    """

    def __init__(self, body: bytes, folders: bool = False) -> None:
        self._body = body
        envelope, self._inner = decode.split(body)
        if folders and b"<CommonPrefixes" in self._inner:
            envelope, self._inner = body, b""
        try:
            self._root = ElementTree.fromstring(envelope)  # noqa: S314 - as botocore parses it
        except ElementTree.ParseError as error:
            raise NoPageError(str(error)) from error
        if decode.local(self._root) != "ListBucketResult":
            raise NoPageError(f"a {decode.local(self._root)} is no page")
        told = {decode.local(node): node.text or "" for node in self._root}
        self._encoded = told.get("EncodingType") == "url"
        self.truncated = told.get("IsTruncated", "").strip().lower() == "true"
        self.token = told.get("NextContinuationToken") or None
        self.prefixes = [
            self._decoded(child.text)
            for node in self._root
            if decode.local(node) == "CommonPrefixes"
            for child in node
            if child.text
        ]
        count = told.get("KeyCount", "")
        self._told = int(count) - len(self.prefixes) if count.isdecimal() else None

    @functools.cached_property
    def columns(self) -> decode.Columns:
        """The objects. Raises ``S3Error`` where no reading finds every key."""
        found = decode.proven(self._inner, self._told, self._encoded) if self._inner else None
        if found is None:
            try:
                root = ElementTree.fromstring(self._body) if self._inner else self._root  # noqa: S314
                found = decode.exact(root, self._encoded)
            except (ElementTree.ParseError, ValueError) as error:
                raise S3Error(
                    f"a page of the listing cannot be read: {error}",
                    "save a listing with the endpoint's own tool and name that file as the source",
                ) from error
        return found

    @property
    def last_key(self) -> str | None:
        """The last key; None on a page without objects."""
        if self._inner and (key := decode.last_key(self._inner)):
            return self._decoded(key)
        return self.columns.key[-1] if self.columns.key else None

    def _decoded(self, text: str) -> str:
        return decode.unescaped(text) if self._encoded else text


class Lister:
    """Asks for pages of ``bucket``; a context manager. Answers come out of ``engine``."""

    def __init__(self, bucket: str, settings: S3Settings) -> None:
        self.contact = Contact()  # made by the first page
        self._bucket = bucket
        self._settings = settings
        self._trust = s3http.trust(settings)
        self.width = settings.list_concurrency
        self._sent = 0
        self.engine = self._new_engine()

    def __enter__(self) -> Lister:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    @property
    def sent(self) -> int:
        """How many requests have been sent."""
        return self._sent + self.engine.sent

    def restart(self) -> None:
        """Drop everything that was asked for."""
        self._sent += self.engine.sent
        self.engine.close()
        self.engine = self._new_engine()

    def ask(
        self,
        prefix: str,
        tag: Any = None,
        *,
        token: str | None = None,
        after: str | None = None,
        folders: bool = False,
        most: int | None = None,
    ) -> None:
        """Ask for the page below ``prefix`` that follows ``token`` or the key ``after``; for common
        prefixes with ``folders``; for at most ``most`` keys."""
        query = f"?list-type=2&encoding-type=url&prefix={_quoted(prefix)}"
        if folders:
            query += "&delimiter=%2F"
        if token is not None:
            query += f"&continuation-token={_quoted(token)}"
        elif after is not None:
            query += f"&start-after={_quoted(after)}"
        if most is not None:
            query += f"&max-keys={most}"
        contact = self.contact
        url = contact.url + query
        self.engine.add(bulk.Request(url, headers=contact.headers, sign=contact.sign, tag=tag))

    def first(self, url: str, headers: Mapping[str, str]) -> bytes | None:
        """Return what a request that is signed already is answered with; None where that is no 200 at
        the first try, or takes longer than ``PATIENCE``."""
        request = bulk.Request(url, headers=headers)
        request.tries[:] = [tries - 1 for tries in bulk.TRIES]
        began = time.monotonic()
        self.engine.add(request)
        while (left := began + PATIENCE - time.monotonic()) > 0:
            for response in self.engine.poll(left):
                self._sent = -self.engine.sent  # it is not counted
                return response.body if response.status == 200 else None
        self.restart()
        self._sent = 0
        return None

    def answer(self, response: bulk.Response) -> Page | TransferError | None:
        """Return the page, or the refusal, or None where the request was sent again."""
        code = ""
        if response.status == 200:
            try:
                return Page(response.body, "&delimiter=" in response.request.url)
            except NoPageError:
                code = s3http.error(response.body)[0] or "InternalError"
                if self.engine.retry(response):
                    return None
        elif not response.status:
            return refusals.unanswered(self.contact.endpoint, response.error)
        code = code or s3http.error(response.body)[0] or str(response.status)
        if code in _WORTH_A_RETRY and self.engine.retry(response):
            return None
        return self._refusal(response, code)

    def next_token(self, page: Page, token: str | None, prefix: str) -> str:
        """Return where a truncated ``page``, which was asked for with ``token``, goes on.

        Raises ``S3Error`` where the server does not say.
        """
        if page.token is None or page.token == token:
            raise S3Error(
                f"the listing of s3://{self._bucket}/{prefix} cannot go on: the server says that there"
                " is more and not where",
                "this endpoint does not page its listings as S3 does; save a listing with its own tool and"
                " name that file as the source",
            )
        return page.token

    def _new_engine(self) -> bulk.Bulk:
        return bulk.Bulk(self._settings.list_concurrency, verify=self._trust)

    def _refusal(self, response: bulk.Response, code: str) -> TransferError:
        error = {"Code": code, "Message": s3http.error(response.body)[1]}
        if region := _REGION.search(response.body):
            error["Region"] = region[1].decode()
        told = {"x-amz-bucket-region": response.header("x-amz-bucket-region")}
        answer = {"Error": error, "ResponseMetadata": {"HTTPHeaders": told}}
        return refusals.refused(answer, self._settings, self._bucket)
