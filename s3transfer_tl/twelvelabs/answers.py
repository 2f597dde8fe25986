"""What the platform says, read tolerantly: errors in all their shapes, waits, tasks, indexes.

Pure functions of status, headers and body. The shapes are those of the API reference: v1.1 and
later ``{code, message, docs_url}``, newer resources ``{"error": {...}}``, v1 numeric codes, and
whatever a proxy in between may write.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from s3transfer_tl.errors import PlatformError
from s3transfer_tl.model import IndexedVideo, Task
from s3transfer_tl.twelvelabs import codes

LONGEST_WAIT = 86_400.0  # seconds; the documented rate-limit window is 24 hours
_QUOTED = 400  # characters of the platform's own words that a sentence quotes
_STOPPING_STATUSES = frozenset({0, 401, 403, *range(300, 400)})


class AnswerLost(PlatformError):
    """The bytes of a POST were sent and no usable answer came: whether it was taken is unknown."""


class BrokenOff(PlatformError):
    """The connection ended before the last byte of a form had left: it cannot have been taken."""


class RateLimited(PlatformError):
    """429: the request was refused unread; ``wait`` is how many seconds the platform asks for, None
    where it does not say."""

    def __init__(self, message: str, hint: str, wait: float | None) -> None:
        super().__init__(message, hint, status=429, code="too_many_requests")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Index:
    """An index as ``GET /indexes/{id}`` tells it. ``options`` gathers what v1.1 calls
    ``index_options``, v1.2 ``engine_options`` and v1.3 ``model_options``; ``engines`` are the names of its
    engines or models, each with its options."""

    id: str
    options: frozenset[str]
    engines: tuple[tuple[str, frozenset[str]], ...] = ()


def error(where: str, status: int, headers: Mapping[str, str], body: bytes, now: float) -> PlatformError:
    """Return what a refusal says: the platform's words as it said them, and a hint for its code.

    ``where`` is the request line, ``now`` the epoch seconds by our clock. A 429 comes back as
    ``RateLimited``.
    """
    code, words, docs_url = _words(body)
    said = f"{code}: {words}" if code and words else code or words
    message = f"{where}: the platform answered {status}" + (f", {said}" if said else "")
    if status == 429:
        return RateLimited(message, codes.ADVICE["too_many_requests"], wait_told(headers, now))
    hint = codes.advice(code) or _hint_of_status(status, headers)
    return PlatformError(message, hint, status=status, code=code, docs_url=docs_url)


def unknown_id(error: PlatformError) -> bool:
    """Tell whether the platform says that there is no such index or task (404, or 400
    resource_not_exist). A 404 without its own code is somebody else's: a wrong address, a proxy."""
    known = error.code is not None and error.code not in codes.STOPPING
    return error.code == "resource_not_exist" or (error.status == 404 and known)


def holds_for_all(error: PlatformError) -> bool:
    """Tell whether no other request of its kind can fare better: the platform is out of reach, the key or
    the plan will not do, or there is no such place. A run stops there."""
    no_such_place = error.status == 404 and error.code != "resource_not_exist"
    return error.status in _STOPPING_STATUSES or error.code in codes.STOPPING or no_such_place


def _words(body: bytes) -> tuple[str | None, str, str | None]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None, "", None  # a proxy's HTML page helps nobody
    if not isinstance(document, dict):
        return None, "", None
    inner = document.get("error")
    fields = inner if isinstance(inner, dict) else document
    code = _text(fields.get("code")) or _text(fields.get("error_code"))
    words = _text(fields.get("message")) or _text(inner)
    return code, words[:_QUOTED], _text(fields.get("docs_url")) or None


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _hint_of_status(status: int, headers: Mapping[str, str]) -> str:
    if 300 <= status < 400:
        return (
            f"it points to {headers.get('Location', 'nowhere')}; the key is never sent to another address: "
            "if you trust it, give it with --api-url"
        )
    return {
        401: codes.ADVICE["api_key_invalid"],
        403: codes.ADVICE["unauthorized"],
        404: "is --api-url right, and does it serve --api-version? Transcriptions are taken by v1.1 to v1.2 "
        "only, v1.3 has no way to give one",
        413: "send fewer entries at a time with --batch-size",
    }.get(
        status,
        "mend what it names, then run the same command again"
        if 400 <= status < 500
        else "run the same command again; nothing is sent twice",
    )


def wait_told(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that the answer asks us to wait, 0 to 86,400, or None where it is silent.

    ``Retry-After`` is seconds or an HTTP date; ``X-Ratelimit-Reset`` is UTC epoch seconds (API
    reference v1.2). Instants are measured against the answer's own ``Date``, so that a wrong clock
    here does no harm. The longer of the two holds.
    """
    here = http_date(headers.get("Date")) or now
    told = [_retry_after(headers.get("Retry-After"), here), _reset(headers.get("X-Ratelimit-Reset"), here)]
    waits = [wait for wait in told if wait is not None]
    return min(max(*waits, 0.0), LONGEST_WAIT) if waits else None


def _retry_after(text: str | None, now: float) -> float | None:
    seconds = _number(text)
    if seconds is not None:
        return seconds
    instant = http_date(text)
    return None if instant is None else instant - now


def _reset(text: str | None, now: float) -> float | None:
    seconds = _number(text)
    return None if seconds is None else seconds - now


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def http_date(text: str | None) -> float | None:
    """Return the epoch seconds of an HTTP date, None for anything else."""
    try:
        moment = parsedate_to_datetime(text or "")
        # RFC 9110: an HTTP date is GMT, whatever a sloppy server leaves out
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def seconds_of(instant: str) -> float | None:
    """Return the epoch seconds of an RFC 3339 instant as the platform writes it (any number of
    fractional digits), None for anything else."""
    try:
        moment = datetime.fromisoformat(instant)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def document(where: str, status: int, body: bytes) -> dict[str, Any]:
    """Return the JSON object of a good answer. Raises ``PlatformError`` where it is none."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise PlatformError(
            f"{where}: the platform answered {status} with something that is not a JSON object",
            "is --api-url the platform's address? A proxy or a login page may stand in between",
            status=status,
        )
    return parsed


def task(where: str, fields: Any) -> Task:
    """Return a task of a listing or of ``GET /tasks/{id}``. Raises ``PlatformError`` without an id.

    v1.1 and v1.2 call the video's facts ``metadata``, v1.3 ``system_metadata``.
    """
    if not isinstance(fields, dict) or not _text(fields.get("_id")):
        raise PlatformError(f"{where}: the platform told a task without an id", "run the same command again")
    facts = fields.get("metadata") or fields.get("system_metadata")
    filename = facts.get("filename") if isinstance(facts, dict) else None
    process = fields.get("process")
    remaining = process.get("remain_seconds") if isinstance(process, dict) else None
    return Task(
        id=_text(fields["_id"]),
        index_id=_text(fields.get("index_id")),
        status=_text(fields.get("status")).lower(),
        created_at=_text(fields.get("created_at")),
        filename=filename if isinstance(filename, str) and filename else None,
        estimated_time=_text(fields.get("estimated_time")) or None,
        remaining=float(remaining) if isinstance(remaining, int | float) and remaining > 0 else None,
    )


def video(where: str, fields: Any) -> IndexedVideo:
    """Return a video of an index's listing. Raises ``PlatformError`` without an id."""
    if not isinstance(fields, dict) or not _text(fields.get("_id")):
        raise PlatformError(f"{where}: the platform told a video without an id", "run the same command again")
    facts = fields.get("metadata") or fields.get("system_metadata")
    facts = facts if isinstance(facts, dict) else {}
    size = facts.get("size")
    return IndexedVideo(
        _text(fields["_id"]), _text(facts.get("filename")) or None, size if isinstance(size, int) else None
    )


def index(index_id: str, fields: Mapping[str, Any]) -> Index:
    """Return an index from the three shapes in which v1.1, v1.2 and v1.3 tell it."""
    inner = fields.get("data")
    told = inner if isinstance(inner, dict) else fields
    engines = []
    if options := _strings(told.get("index_options")):
        engines.append((_text(told.get("engine_id")), frozenset(options)))
    for one in [*_dicts(told.get("engines")), *_dicts(told.get("models"))]:
        name = _text(one.get("engine_name")) or _text(one.get("model_name"))
        own = (*_strings(one.get("engine_options")), *_strings(one.get("model_options")))
        engines.append((name, frozenset(own)))
    together = frozenset().union(*(own for _, own in engines))
    return Index(_text(told.get("_id")) or index_id, together, tuple(engines))


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
