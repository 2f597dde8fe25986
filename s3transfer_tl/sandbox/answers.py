"""What the platform answers: documents, and refusals in its one shape, `{code, message, docs_url}`."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

DOCS_URL = "https://docs.twelvelabs.io/reference"


class Answer(NamedTuple):
    """One HTTP answer. ``headers`` are beyond those that every answer has."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):
    """An answer that ends a call early."""

    def __init__(
        self, status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        document = {"code": code, "message": message, "docs_url": DOCS_URL}
        self.answer = Answer(status, json.dumps(document).encode(), headers=headers)


def document(value: Any, status: int = 200) -> Answer:
    """Return ``value`` as a JSON answer."""
    return Answer(status, json.dumps(value).encode())


def invalid(name: str, why: str) -> Refusal:
    """Return the refusal of a parameter with a bad value."""
    return Refusal(400, "parameter_invalid", f"The {name} parameter is invalid: {why}.")


def unknown(name: str) -> Refusal:
    """Return the refusal of a parameter that the endpoint does not know."""
    return Refusal(400, "parameter_unknown", f"The following parameter is not recognized: {name}.")


def missing(name: str) -> Refusal:
    """Return the refusal of a call that lacks a parameter."""
    return Refusal(400, "parameter_not_provided", f"The {name} parameter is required but was not provided.")


def no_such_index(index_id: str) -> Refusal:
    """Return the refusal of an index named in a parameter. 400, as for any bad parameter: the
    reference gives no status, and its specification knows 400 only."""
    return Refusal(
        400, "resource_not_exist", f"Resource with id {index_id} does not exist in collection index."
    )


def not_found(what: str, name: str) -> Refusal:
    """Return the refusal of a path that leads nowhere: 404, as the general page on errors says."""
    return Refusal(404, "resource_not_exist", f"Resource with id {name} does not exist in collection {what}.")


def too_many(limit: int, used: int, reset: float, now: float) -> Refusal:
    """Return the 429. The rate is told as documented: X-Ratelimit-Reset in UTC epoch seconds (whole,
    rounded up); the platform documents no Retry-After."""
    at = int(-(-reset // 1))
    headers = rate_headers(limit, used, at)
    again = max(at - int(now), 1)
    message = f"You have reached the rate limit ({limit}). Please try again after {again} seconds."
    return Refusal(429, "too_many_requests", message, headers)


def rate_headers(limit: int, used: int, reset: int) -> tuple[tuple[str, str], ...]:
    """Return the headers that the answers of a limited endpoint carry."""
    return (
        ("X-Ratelimit-Limit", str(limit)),
        ("X-Ratelimit-Remaining", str(max(limit - used, 0))),
        ("X-Ratelimit-Used", str(used)),
        ("X-Ratelimit-Reset", str(reset)),
    )


def gateway(status: int) -> Answer:
    """Return what stands in front of the platform says when the platform does not: HTML."""
    text = (
        f"<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>\n"
    )
    return Answer(status, text.encode(), "text/html")
