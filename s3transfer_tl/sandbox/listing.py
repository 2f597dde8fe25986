"""GET: filters, order and pages, and how tasks, videos and indexes look in each API version."""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from s3transfer_tl.sandbox import answers
from s3transfer_tl.sandbox.answers import Answer
from s3transfer_tl.sandbox.tasks import DONE, Task, Tasks, rfc3339

# The sandbox does not look inside videos: each is taken for its own sample.
DURATION, WIDTH, HEIGHT, FPS = 12.0, 640, 360, 2.0

PAGE_LIMIT = 50
_PAGING = ("page", "page_limit", "sort_by", "sort_option")
_COMPARISONS = {"gte": operator.ge, "gt": operator.gt, "lte": operator.le, "lt": operator.lt}

Query = Mapping[str, Sequence[str]]
Row = TypeVar("Row")
Field = tuple[Callable[[str, str], Any], Callable[[Any], Any]]  # (read the parameter, read the row)


@dataclass(frozen=True, slots=True)
class Index:
    """An index: its id, when it was made (epoch seconds) and its engine's options."""

    id: str
    name: str
    created: float
    options: tuple[str, ...]


def tasks(store: Tasks, query: Query, version: str) -> Answer:
    """Answer GET /tasks: newest first, 10 a page, at most 50; past the last page, no data."""
    since, until = -math.inf, math.inf
    rest = dict(query)
    for name in [name for name in query if re.fullmatch(r"created_at(\[\w+\])?", name)]:
        for text in rest.pop(name):
            at = moment("created_at", text)
            comparison = name[11:-1] or "gte"  # documented: "at or after"
            if comparison not in _COMPARISONS:
                raise answers.unknown(name)
            if comparison in ("gte", "gt"):
                since = max(since, at if comparison == "gte" else math.nextafter(at, math.inf))
            else:
                until = min(until, at if comparison == "lte" else math.nextafter(at, -math.inf))
    index_id, filename = rest.pop("index_id", [None])[0], rest.pop("filename", [None])[0]
    rows = store.find(index_id=index_id, filename=filename, since=since, until=until)
    fields: dict[str, Field] = {
        "_id": (_text, operator.attrgetter("id")),
        "status": (_text, store.status),
        "updated_at": (moment, lambda task: moment("updated_at", store.updated(task))),
        "estimated_time": (moment, lambda task: moment("estimated_time", store.after(task, DONE))),
        "duration": (_number, lambda task: DURATION),
        "width": (_number, lambda task: WIDTH),
        "height": (_number, lambda task: HEIGHT),
    }
    rows = _filtered(rows, rest, fields)
    if _sorted_by(query) == "updated_at":
        rows.sort(key=fields["updated_at"][1])
    return _page(rows, query, lambda row: task(store, row, version), version, "index_task_list")


def task(store: Tasks, row: Task, version: str) -> dict[str, Any]:
    """Return the task object. v1.3 tells ``video_id`` at once and no ``process``; before it, the id
    comes with ``ready``. There is no ``hls`` (nothing is streamed) and never a reason of failure."""
    status = store.status(row)
    metadata: dict[str, Any] = {"filename": row.filename}
    if status != "validating" and not row.trouble:
        metadata = {"duration": DURATION, "filename": row.filename, "height": HEIGHT, "width": WIDTH}
    shown: dict[str, Any] = {"_id": row.id, "index_id": row.index_id}
    if status == "ready" or version == "v1.3":
        shown["video_id"] = row.video_id
    shown |= {
        "status": status,
        "created_at": rfc3339(row.created),
        "updated_at": store.updated(row),
        "estimated_time": store.after(row, DONE),
    }
    if version == "v1.3":
        return shown | {"system_metadata": metadata}
    return shown | {"type": "index_task_info", "metadata": metadata, "process": store.progress(row)}


def videos(store: Tasks, index_id: str, query: Query, version: str) -> Answer:
    """Answer GET /indexes/ID/videos. A parameter that is no known field asks for custom metadata
    (documented), which no video here has: nothing is found."""

    def indexed(row: tuple[str, Task]) -> float:
        return moment("indexed_at", store.after(row[1], DONE))

    fields: dict[str, Field] = {
        "_id": (_text, lambda row: row[0]),
        "filename": (_text, lambda row: row[1].filename),
        "size": (_number, lambda row: row[1].size),
        "duration": (_number, lambda row: DURATION),
        "width": (_number, lambda row: WIDTH),
        "height": (_number, lambda row: HEIGHT),
        "fps": (_number, lambda row: FPS),
        "created_at": (moment, lambda row: row[1].created),
        "updated_at": (moment, indexed),
        "indexed_at": (moment, indexed),
    }
    known = {name: values for name, values in query.items() if _split(name)[0] in (*fields, *_PAGING)}
    rows = list(store.videos(index_id).items()) if len(known) == len(query) else []
    rows = _filtered(rows, known, fields)
    rows.sort(key=fields[_sorted_by(query)][1])

    def show(row: tuple[str, Task]) -> dict[str, Any]:
        metadata = {"filename": row[1].filename, "duration": DURATION, "fps": FPS, "width": WIDTH}
        return {
            "_id": row[0],
            "created_at": rfc3339(row[1].created),
            "updated_at": store.after(row[1], DONE),
            "indexed_at": store.after(row[1], DONE),
            "system_metadata" if version == "v1.3" else "metadata": metadata
            | {"height": HEIGHT, "size": row[1].size},
        }

    return _page(rows, query, show, version)


def indexes(store: Tasks, rows: Sequence[Index], query: Query, version: str) -> Answer:
    """Answer GET /indexes."""
    fields: dict[str, Field] = {
        "_id": (_text, operator.attrgetter("id")),
        "index_name": (_text, operator.attrgetter("name")),
        "created_at": (moment, operator.attrgetter("created")),
        "updated_at": (moment, operator.attrgetter("created")),
    }
    found = _filtered(rows, query, fields)
    _sorted_by(query)
    return _page(found, query, lambda row: index(store, row, version), version)


def index(store: Tasks, row: Index, version: str) -> dict[str, Any]:
    """Return the index object: ``engines`` up to v1.2 (one shape, v1.2's), ``models`` in v1.3."""
    models: dict[str, Any]
    if version == "v1.3":
        options = ["audio" if name == "conversation" else name for name in row.options]
        models = {"models": [{"model_name": "marengo2.7", "model_options": options}]}
    else:
        engine = {"engine_name": "marengo2.6", "engine_options": list(row.options), "finetuned": False}
        models = {"engines": [engine]}
    count = len(store.videos(row.id))
    return {
        "_id": row.id,
        "index_name": row.name,
        "created_at": rfc3339(row.created),
        "updated_at": rfc3339(row.created),
        "expires_at": None,
        "video_count": count,
        "total_duration": count * DURATION,
        "addons": [],
        **models,
    }


def status(store: Tasks, index_id: str) -> Answer:
    """Answer GET /tasks/status: how many tasks of an index stand where. It knows four words only, so
    queued and indexing count as pending."""
    count = dict.fromkeys(("ready", "validating", "pending", "failed"), 0)
    rows = store.find(index_id=index_id)
    for row in rows:
        now = store.status(row)
        count[now if now in count else "pending"] += 1
    return answers.document({"index_id": index_id, **count, "total_result": len(rows)})


def moment(name: str, text: str) -> float:
    """Return an RFC 3339 time or date as epoch seconds."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise answers.invalid(name, f"'{text}' is no RFC 3339 time") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _text(name: str, text: str) -> str:
    return text


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise answers.invalid(name, f"'{text}' is no number") from None


def _split(parameter: str) -> tuple[str, str]:
    name, _, comparison = parameter.partition("[")
    return name, comparison.removesuffix("]")


def _filtered(rows: Sequence[Row], query: Query, fields: Mapping[str, Field]) -> list[Row]:
    found = list(rows)
    for parameter, texts in query.items():
        name, comparison = _split(parameter)
        if name in _PAGING and not comparison:
            continue
        if name not in fields or (comparison and comparison not in _COMPARISONS):
            raise answers.unknown(parameter)
        read, value = fields[name]
        wanted = [read(name, text) for text in texts]
        if comparison or read is moment:
            compare = _COMPARISONS[comparison or "gte"]
            found = [row for row in found if all(compare(value(row), each) for each in wanted)]
        else:
            found = [row for row in found if value(row) in wanted]
    return found


def _sorted_by(query: Query) -> str:
    name = query.get("sort_by", ["created_at"])[0]
    if name not in ("created_at", "updated_at"):
        raise answers.invalid("sort_by", "it takes created_at or updated_at")
    return name


def _page(
    rows: Sequence[Row], query: Query, show: Callable[[Row], Any], version: str, kind: str | None = None
) -> Answer:
    """Return one page of ``rows``, which come in ascending order."""
    page, limit = _positive(query, "page", 1), _positive(query, "page_limit", 10)
    if limit > PAGE_LIMIT:
        raise answers.invalid("page_limit", f"the maximum is {PAGE_LIMIT}")
    order = query.get("sort_option", ["desc"])[0]
    if order not in ("asc", "desc"):
        raise answers.invalid("sort_option", "it takes asc or desc")
    first, total = (page - 1) * limit, len(rows)
    places = range(total) if order == "asc" else range(total - 1, -1, -1)
    info = {
        "limit_per_page": limit,
        "page": page,
        "total_page": -(-total // limit),
        "total_results": total,
    }
    shown = {"data": [show(rows[place]) for place in places[first : first + limit]], "page_info": info}
    if kind and version != "v1.3":
        shown["type"] = kind
    return Answer(200, json.dumps(shown).encode())


def _positive(query: Query, name: str, default: int) -> int:
    text = query.get(name, [str(default)])[0]
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise answers.invalid(name, f"'{text}' is no number from 1")
    return int(text)
