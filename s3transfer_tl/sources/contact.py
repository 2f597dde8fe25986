"""The first page of a listing, through boto3, and what it teaches for the pages after it.

boto3 resolves the credentials, the endpoint's rules and the bucket's region, and refuses what cannot
be asked; its signer then signs every later attempt with credentials as fresh as they are.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import s3transfer_tl
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import S3Settings
from s3transfer_tl.sources import decode, identity, profiles, refusals


@dataclass(slots=True)
class Contact:
    """How a bucket is listed: ``url`` has no query; ``sign`` is None for anonymous requests."""

    url: str = ""
    body: bytes = b""  # of the first page
    headers: Mapping[str, str] = field(default_factory=dict)
    sign: Callable[[str, str], Mapping[str, str]] | None = None

    @property
    def endpoint(self) -> str:
        """The scheme and the host."""
        return self.url[: self.url.find("/", 8)]

    @property
    def in_byte_order(self) -> bool:
        """Whether keys are known to be listed in the order of their UTF-8 bytes: in AWS's general
        purpose buckets (ListObjectsV2, API reference). Its directory buckets have no order."""
        host = urlsplit(self.url).hostname or ""
        others = ("s3express", "outposts", "object-lambda")
        return host.endswith((".amazonaws.com", ".amazonaws.com.cn")) and not any(o in host for o in others)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Look for no garbage meanwhile: what boto3 loads all stays, and to look takes a sixth of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_without_collection()
def client(
    settings: S3Settings,
    *,
    impatient: bool = False,
    seconds: float | None = None,
    known: identity.Credentials | None = None,
) -> Any:
    """Return a boto3 S3 client. Credentials (but for ``known`` ones), region and endpoint come from boto3's
    own chain.
    ``impatient`` gives a call up after two tries of 10 s: for questions that may stay open; ``seconds``
    after a single try that long.

    Raises ``UsageError`` for an unknown profile, an endpoint that is no URL, and settings that boto3
    cannot read.
    """
    from botocore import UNSIGNED
    from botocore.config import Config

    with refusals.translated(settings), profiles.understood():
        session = identity.session(settings, known)
        config = Config(connect_timeout=10, user_agent_extra=f"s3transfer-tl/{s3transfer_tl.__version__}")
        if impatient:
            config = config.merge(Config(read_timeout=10, retries={"total_max_attempts": 2}))
        if seconds:
            once = {"total_max_attempts": 1}
            config = config.merge(Config(connect_timeout=seconds, read_timeout=seconds, retries=once))
        if settings.no_sign_request:
            config = config.merge(Config(signature_version=UNSIGNED))
        else:
            _refuse_unsendable(session.get_credentials())
        chosen = session._session.get_scoped_config().get("s3")
        if settings.endpoint_url and not (isinstance(chosen, dict) and "addressing_style" in chosen):
            # few endpoints other than AWS have a DNS name for every bucket
            config = config.merge(Config(s3={"addressing_style": "path"}))
        made = session.client(
            "s3",
            endpoint_url=settings.endpoint_url,
            verify=None if settings.verify is True else settings.verify,  # None: AWS_CA_BUNDLE counts
            config=config,
        )
        made.meta.events.register_first("needs-retry.s3.HeadBucket", _stay)
        return made


def _stay(request_dict: Any, response: Any, **_: Any) -> None:
    """Take a redirect of HeadBucket that names no region for the last word: to learn the region, boto3
    would ask HeadBucket, be redirected, and ask again without end."""
    if response and "x-amz-bucket-region" not in response[1]["ResponseMetadata"]["HTTPHeaders"]:
        request_dict["context"].setdefault("s3_redirect", {})["redirected"] = True


def _refuse_unsendable(credentials: Any) -> None:
    """Raise ``UsageError`` for credentials that no header can carry.

    boto3's error would quote them, and they are secret.
    """
    found = credentials.get_frozen_credentials() if credentials else ()
    for name, text in zip(("access key id", "secret access key", "session token"), found, strict=False):
        if text and not (text.isascii() and text.isprintable()):
            raise UsageError(
                f"the AWS {name} holds a character that no header can carry",
                "copy it again, without line ends or spaces, or choose another profile with --profile",
            )


@contextmanager
def made(
    settings: S3Settings, bucket: str, prefix: str, fetch: Callable[[str, Mapping[str, str]], bytes | None]
) -> Iterator[Contact]:
    """List the first page below ``prefix``. Raises what boto3 raises.

    ``fetch`` (URL, headers) is given the request that boto3 signed, and returns the body of a 200: so that
    the pages after it find their connection open, and boto3's own HTTP is neither loaded nor shaken hands
    with. Where it returns None boto3 sends the request itself, and says in its own words what is wrong.
    """
    s3 = client(settings)
    asked = {"Bucket": bucket, "Prefix": prefix}
    if settings.request_payer:
        asked["RequestPayer"] = settings.request_payer
    contact = Contact()
    try:
        with _attached(s3, contact), _hooked(s3, "before-send.s3.ListObjectsV2", _through(fetch)):
            s3.list_objects_v2(**asked)
        yield contact
    finally:
        s3.close()


def _through(fetch: Callable[[str, Mapping[str, str]], bytes | None]) -> Callable[..., Any]:
    from botocore.awsrequest import AWSResponse

    tried = False

    def answer(request: Any, **_: Any) -> Any:
        nonlocal tried
        if tried:  # what went wrong once is boto3's to try again
            return None
        tried = True
        body = fetch(request.url, {name: _text(value) for name, value in request.headers.items()})
        return None if body is None else AWSResponse(request.url, 200, {}, _Raw(body))

    return answer


class _Raw:
    """A body as botocore reads it from urllib3."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


@contextmanager
def _attached(s3: Any, contact: Contact) -> Iterator[None]:
    """Make ``s3`` tell ``contact`` what it sends and what comes back."""
    from botocore import handlers

    # It parses the whole page to look for an error inside a 200, so it is called below on what is
    # left of the page instead. A later botocore may not have it under this name: then only slower.
    check_200 = getattr(handlers, "_handle_200_error", None)
    if check_200:
        s3.meta.events.unregister("before-parse.s3.*", check_200)

    def came(operation_model: Any, response_dict: Any, **_: Any) -> None:
        contact.body = response_dict["body"]
        if response_dict["status_code"] == 200:
            response_dict["body"] = decode.split(contact.body)[0]
        if check_200:
            check_200(operation_model=operation_model, response_dict=response_dict)

    with overheard(s3, contact, "ListObjectsV2"), _hooked(s3, "before-parse.s3.ListObjectsV2", came):
        yield


@contextmanager
def overheard(s3: Any, contact: Contact, operation: str) -> Iterator[None]:
    """Make ``s3`` tell ``contact`` where it sends ``operation`` and how it signs. Of several attempts (a
    bucket in another region) the last counts."""
    from botocore import UNSIGNED
    from botocore.awsrequest import AWSRequest

    def learn(request: Any, request_signer: Any, signature_version: Any, **_: Any) -> None:
        context = request.context

        def sign(method: str, url: str) -> Mapping[str, str]:
            again = AWSRequest(method, url, headers=contact.headers)
            again.context = context
            request_signer.sign(operation, again)
            return dict(again.headers.items())

        if signature_version != UNSIGNED:
            contact.sign = sign

    def sent(request: Any, **_: Any) -> None:
        contact.url = request.url.partition("?")[0]
        told = {name: _text(value) for name, value in request.headers.items()}
        payer = {name: value for name, value in told.items() if name.lower() == "x-amz-request-payer"}
        contact.headers = payer

    with (
        _hooked(s3, f"before-sign.s3.{operation}", learn),
        _hooked(s3, f"before-send.s3.{operation}", sent),
    ):
        yield


@contextmanager
def _hooked(s3: Any, event: str, hook: Callable[..., None]) -> Iterator[None]:
    s3.meta.events.register(event, hook)
    try:
        yield
    finally:
        s3.meta.events.unregister(event, hook)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
