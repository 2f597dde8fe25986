"""POST: what the platform accepts: a transfer manifest, or one video with its transcription."""

from __future__ import annotations

import functools
import json
import posixpath
import re
import urllib.parse
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from s3transfer_tl import schema
from s3transfer_tl.model import Entry
from s3transfer_tl.sandbox import answers, multipart, transcription
from s3transfer_tl.sandbox.multipart import Part, Readable

MAX_VIDEO = 2 << 30  # documented as "2 GB" for POST /tasks
_UPLOAD_FIELDS = {
    "index_id",
    "video_file",
    "video_url",
    "provide_transcription",
    "transcription_file",
    "transcription_url",
    "language",
    "disable_video_stream",
    "dummy",  # SDK 0.1 sends it empty beside a URL, to force multipart
}
_UPLOAD_FIELDS_V13 = {"index_id", "video_file", "video_url", "enable_video_stream", "user_metadata"}
# httpx writes true; requests writes Python's True, as the documentation's own sample does.
_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}


@dataclass(slots=True)
class Transfer:
    """One POST /tasks/transfers as it came: when, its manifest, how many entries were kept, and the
    status it was answered with (0: cut)."""

    time: float
    body: bytes
    entries: tuple[Entry, ...] = ()
    kept: int = 0
    answer: int = 0


@dataclass(slots=True)
class Upload:
    """One POST /tasks that was a well-formed form: its fields, and each file's size and SHA-256."""

    time: float
    fields: dict[str, str]
    files: dict[str, tuple[str, int, str]]  # part -> (file name, bytes, SHA-256)
    task_id: str | None = None
    answer: int = 0


@dataclass(frozen=True, slots=True)
class Video:
    """What an accepted POST /tasks asks for. ``source`` identifies the video."""

    index_id: str
    filename: str
    source: str
    size: int
    trouble: str | None


def manifest_part(body: Readable, content_type: str) -> bytes:
    """Return the manifest's bytes from the form. The part may call itself application/json,
    application/octet-stream or (the documentation's Python sample) multipart/form-data."""
    parts = form(body, content_type)
    for part in parts:
        if part.name != "file":
            raise answers.unknown(part.name)
    if not parts:
        raise answers.missing("file")
    if len(parts) > 1:
        raise answers.invalid("file", "it was sent more than once")
    return parts[0].data


def entries(data: bytes, indexes: Container[str]) -> tuple[Entry, ...]:
    """Return the manifest's entries. One bad entry refuses the whole manifest.

    Raises ``Refusal``: parameter_unknown, parameter_not_provided or parameter_invalid with the
    entry's place, or resource_not_exist for an index that is not there.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise answers.invalid("file", f"it is not JSON ({error})") from None
    if not isinstance(document, list) or not document:
        raise answers.invalid("file", "it is not an array with entries")
    return tuple(_entry(place, value, indexes) for place, value in enumerate(document))


@functools.cache
def _entry_rules() -> Any:
    return schema.load("manifest")["$defs"]["entry"]


def _entry(place: int, value: Any, indexes: Container[str]) -> Entry:
    rules = _entry_rules()
    if not isinstance(value, dict):
        raise answers.invalid(f"file[{place}]", "it is not an object")
    for name in value:
        if name not in rules["properties"]:
            raise answers.unknown(f"file[{place}].{name}")
    for name in rules["required"]:
        if name not in value:
            raise answers.missing(f"file[{place}].{name}")
    for error in schema.entry_validator().iter_errors(value):
        name = ".".join(str(part) for part in error.instance_path)
        raise answers.invalid(f"file[{place}].{name}", error.message)
    entry = Entry(**value)
    if entry.index_id not in indexes:
        raise answers.no_such_index(entry.index_id)
    return entry


def upload_form(body: Readable, content_type: str, version: str) -> list[Part]:
    """Return the parts of POST /tasks. The video itself is measured and hashed, not kept."""
    parts = form(body, content_type, drop=("video_file",))
    known = _UPLOAD_FIELDS_V13 if version == "v1.3" else _UPLOAD_FIELDS
    for part in parts:
        if part.name not in known:
            raise answers.unknown(part.name)
    return parts


def video(parts: list[Part], indexes: Container[str]) -> Video:
    """Return what the form asks for. Raises ``Refusal`` as the endpoint does.

    A URL wins over a file (documented) and is never fetched here. The transcription counts only with
    ``provide_transcription``, as on the platform, which ignores it silently otherwise.
    """
    form = {part.name: part for part in reversed(parts)}  # SDKs send URLs twice; the first counts
    index_id = _text(form, "index_id") or ""
    if not index_id:
        raise answers.missing("index_id")
    for name in ("provide_transcription", "disable_video_stream", "enable_video_stream"):
        if name in form and form[name].text not in _BOOLEANS:
            raise answers.invalid(name, f"'{form[name].text}' is neither true nor false")
    if (language := _text(form, "language")) and not re.fullmatch(
        r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", language
    ):
        raise answers.invalid("language", f"'{language}' is no language tag")
    if index_id not in indexes:
        raise answers.no_such_index(index_id)
    trouble = _transcription(form)
    if url := _text(form, "video_url"):
        path = urllib.parse.unquote(_web(url, "video_url").path)
        return Video(index_id, posixpath.basename(path), url, 0, trouble)
    file = form.get("video_file")
    if file is None:
        raise answers.missing("video_file")
    if not file.size:
        raise answers.Refusal(400, "video_file_broken", "The video file is broken: it is empty.")
    if file.size > MAX_VIDEO:
        raise answers.Refusal(400, "video_filesize_too_large", "The video file is larger than 2 GB.")
    filename = posixpath.basename(file.filename or "") or "video"
    return Video(index_id, filename, f"{file.sha256} {filename}", file.size, trouble)


def form(body: Readable, content_type: str, *, drop: tuple[str, ...] = ()) -> list[Part]:
    """Return a form's parts; a body that is no form is refused."""
    try:
        return multipart.read(body, content_type, drop=drop)
    except multipart.FormError as error:
        raise answers.invalid("request body", str(error)) from None


def _transcription(form: dict[str, Part]) -> str | None:
    if not _BOOLEANS[form["provide_transcription"].text if "provide_transcription" in form else "false"]:
        return None
    if url := _text(form, "transcription_url"):
        _web(url, "transcription_url")
        return None
    file = form.get("transcription_file")
    if file is None:
        raise answers.missing("transcription_file")
    problem = transcription.problem(file.data, file.filename or "")
    return f"{file.filename}: {problem}" if problem else None


def _text(form: dict[str, Part], name: str) -> str | None:
    return form[name].text if name in form else None


def _web(url: str, name: str) -> urllib.parse.SplitResult:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise answers.invalid(name, f"'{url}' is no http:// or https:// URL")
    return parts
