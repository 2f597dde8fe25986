"""The platform itself: versions, the key, routes, limits and faults; one call in, one answer out."""

from __future__ import annotations

import hmac
import json
import re
import threading
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from s3transfer_tl.model import Entry
from s3transfer_tl.sandbox import answers, intake, listing
from s3transfer_tl.sandbox.answers import Answer, Refusal
from s3transfer_tl.sandbox.faults import Effect, Faults
from s3transfer_tl.sandbox.intake import Transfer, Upload
from s3transfer_tl.sandbox.listing import Index
from s3transfer_tl.sandbox.multipart import Readable
from s3transfer_tl.sandbox.objects import Objects
from s3transfer_tl.sandbox.tasks import Task, Tasks

VERSIONS = ("v1.1", "v1.1.1", "v1.1.2", "v1.2", "v1.3")
RECEIVED = "/sandbox/received"  # what came in so far, for tests of another process; no key needed
READERS = 8
_ID = r"([^/]+)"
_ROUTES = {
    "transfers": ("POST", re.compile("tasks/transfers")),
    "create": ("POST", re.compile("tasks")),
    "tasks": ("GET", re.compile("tasks")),
    "status": ("GET", re.compile("tasks/status")),
    "task": ("GET", re.compile(f"tasks/{_ID}")),
    "delete": ("DELETE", re.compile(f"tasks/{_ID}")),
    "indexes": ("GET", re.compile("indexes")),
    "index": ("GET", re.compile(f"indexes/{_ID}")),
    "videos": ("GET", re.compile(f"indexes/{_ID}/videos")),
    "delete-video": ("DELETE", re.compile(f"indexes/{_ID}/videos/{_ID}")),
}


@dataclass(slots=True)
class Call:
    """One request: ``ids`` are the path's, ``keep`` how many entries a fault leaves (None: all)."""

    version: str
    name: str
    ids: tuple[str, ...]
    query: Mapping[str, Sequence[str]]
    content_type: str
    body: Readable
    keep: int | None = None
    record: Transfer | Upload | None = None


class Platform:
    """Everything behind the socket. ``wait`` sleeps; ``told`` takes a line for each task that fails
    because of its objects. Safe to call from many threads."""

    def __init__(
        self,
        tasks: Tasks,
        indexes: Mapping[str, Index],
        faults: Faults,
        *,
        key: str,
        objects: Objects | None,
        wait: Callable[[float], object],
        told: Callable[[str], None],
    ) -> None:
        self.tasks = tasks
        self.faults = faults
        self.transfers: list[Transfer] = []
        self.uploads: list[Upload] = []
        self._indexes = indexes
        self._key = key
        self._objects = objects
        self._wait = wait
        self._told = told
        self._readers = ThreadPoolExecutor(READERS, "sandbox-reader") if objects else None
        self._window: tuple[float, int] = (0.0, 0)  # when it began, calls since
        self._lock = threading.Lock()
        self._endpoints: dict[str, Callable[[Call], Answer]] = {
            "transfers": self._transfer,
            "create": self._create,
            "tasks": self._list_tasks,
            "status": self._count_tasks,
            "task": self._show_task,
            "delete": self._delete_task,
            "indexes": self._list_indexes,
            "index": self._show_index,
            "videos": self._list_videos,
            "delete-video": self._delete_video,
        }

    def close(self) -> None:
        """Stop reading objects."""
        if self._readers:
            self._readers.shutdown(cancel_futures=True)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: Readable) -> Answer | None:
        """Return the answer to one request, or None where a fault cuts it."""
        path, _, query = target.partition("?")
        if method == "GET" and path == RECEIVED:
            return self._received()
        version = path.split("/")[1] if path.startswith("/") else ""
        try:
            self._admit(headers)
            name, ids = _route(version, method, path)
            parameters = urllib.parse.parse_qs(query, keep_blank_values=True)
            call = Call(version, name, ids, parameters, headers.get("content-type", ""), body)
            answer = self._call(call)
        except Refusal as refusal:
            answer = refusal.answer
        if answer is None:
            return None
        shown = version if version in VERSIONS else "v1.2"
        return answer._replace(headers=(("X-Api-Version", shown), *answer.headers))

    def _admit(self, headers: Mapping[str, str]) -> None:
        if not hmac.compare_digest(headers.get("x-api-key", "").encode(), self._key.encode()):
            message = "The API key is either invalid or has expired. Generate a new one and try again."
            raise Refusal(401, "api_key_invalid", message)

    def _call(self, call: Call) -> Answer | None:
        effect = self.faults.next(call.name) or Effect()
        call.keep = effect.keep
        answer = self._served(call, effect)
        if effect.delay:
            self._wait(effect.delay)
        if call.record:
            call.record.answer = 0 if effect.cut else answer.status
        return None if effect.cut else answer

    def _served(self, call: Call, effect: Effect) -> Answer:
        try:
            limited = self._count(call.name)
            # A refused transfer is read all the same, so that what was sent can be looked at.
            answer = Answer(204)
            if call.keep != 0 or call.name == "transfers":
                answer = self._endpoints[call.name](call)
            if effect.status:
                answer = _faulty(effect, self.tasks.now())
        except Refusal as refusal:
            return refusal.answer
        return answer._replace(headers=(*answer.headers, *limited))

    def _count(self, name: str) -> tuple[tuple[str, str], ...]:
        """Count a call against the rate limit; return the headers that tell where it stands."""
        if not self.faults.limit or name not in ("transfers", "create"):
            return ()
        limit, seconds = self.faults.limit
        with self._lock:
            now = self.tasks.now()
            began, used = self._window
            if now >= began + seconds:
                began, used = now, 0
            if used >= limit:
                raise answers.too_many(limit, used, began + seconds, now)
            self._window = (began, used + 1)
        return answers.rate_headers(limit, used + 1, int(-(-(began + seconds) // 1)))

    def _transfer(self, call: Call) -> Answer:
        """204 and an empty body: no task ids, in any version; they are found by listing."""
        data = intake.manifest_part(call.body, call.content_type)
        call.record = record = Transfer(self.tasks.now(), data)
        self.transfers.append(record)
        record.entries = intake.entries(data, self._indexes)
        for entry in record.entries[: call.keep]:
            task = self._start(entry)
            record.kept += 1
            if self._readers:
                self._readers.submit(self._read, task, entry)
        return Answer(204)

    def _start(self, entry: Entry) -> Task:
        filename = entry.object.rpartition("/")[2]
        ending = self.faults.ending(filename)
        return self.tasks.start(
            entry.index_id, filename, entry.object, ending=ending, read=self._objects is None
        )

    def _read(self, task: Task, entry: Entry) -> None:
        assert self._objects is not None
        trouble: str | None = "the sandbox could not read it"
        try:
            task.size, trouble = self._objects.video(entry.object)
            if trouble is None and entry.transcription is not None:
                trouble = self._objects.transcription(entry.transcription)
        finally:
            task.trouble, task.read = trouble, True
            if trouble:
                self._told(f"task {task.id} ({task.filename}) fails: {trouble}")

    def _create(self, call: Call) -> Answer:
        """201 with the task's id (v1.2, as clients insist); 200 with the video's too in v1.3."""
        parts = intake.upload_form(call.body, call.content_type, call.version)
        files = {part.name: (part.filename, part.size, part.sha256) for part in parts if part.filename}
        fields = {part.name: part.text for part in parts if not part.filename}
        call.record = record = Upload(self.tasks.now(), fields, files)
        self.uploads.append(record)
        video = intake.video(parts, self._indexes)
        task = self.tasks.start(
            video.index_id,
            video.filename,
            video.source,
            ending=self.faults.ending(video.filename),
            size=video.size,
            trouble=video.trouble,
        )
        record.task_id = task.id
        if video.trouble:
            self._told(f"task {task.id} ({task.filename}) fails: {video.trouble}")
        if call.version == "v1.3":
            return answers.document({"_id": task.id, "video_id": task.video_id})
        return answers.document({"_id": task.id}, 201)

    def _list_tasks(self, call: Call) -> Answer:
        return listing.tasks(self.tasks, call.query, call.version)

    def _show_task(self, call: Call) -> Answer:
        return answers.document(listing.task(self.tasks, self._known(call.ids[0]), call.version))

    def _count_tasks(self, call: Call) -> Answer:
        index_id = call.query.get("index_id", [""])[0]
        if not index_id:
            raise answers.missing("index_id")
        if index_id not in self._indexes:
            raise answers.no_such_index(index_id)
        return listing.status(self.tasks, index_id)

    def _delete_task(self, call: Call) -> Answer:
        """Only what has ended can be deleted, and of a ready task the video first (documented)."""
        task = self._known(call.ids[0])
        status = self.tasks.status(task)
        held = status == "ready" and task.video_id in self.tasks.videos(task.index_id)
        if held or status not in ("ready", "failed"):
            why = "its video must be deleted first" if held else f"its status is {status}"
            raise Refusal(409, "task_cannot_be_deleted", f"Task {task.id} cannot be deleted: {why}.")
        self.tasks.delete(task)
        return Answer(204)

    def _list_indexes(self, call: Call) -> Answer:
        return listing.indexes(self.tasks, list(self._indexes.values()), call.query, call.version)

    def _show_index(self, call: Call) -> Answer:
        return answers.document(listing.index(self.tasks, self._index_of(call), call.version))

    def _list_videos(self, call: Call) -> Answer:
        return listing.videos(self.tasks, self._index_of(call).id, call.query, call.version)

    def _delete_video(self, call: Call) -> Answer:
        if not self.tasks.delete_video(self._index_of(call).id, call.ids[1]):
            raise answers.not_found("video", call.ids[1])
        return Answer(204)

    def _known(self, task_id: str) -> Task:
        if task := self.tasks.get(task_id):
            return task
        raise answers.not_found("task", task_id)

    def _index_of(self, call: Call) -> Index:
        if index := self._indexes.get(call.ids[0]):
            return index
        raise answers.not_found("index", call.ids[0])

    def _received(self) -> Answer:
        """Return one JSON line a transfer: its time, answer (0: cut) and the entries that were kept."""
        lines = [
            json.dumps(
                {
                    "time": transfer.time,
                    "answer": transfer.answer,
                    "sent": len(transfer.entries),
                    "kept": [entry._asdict() for entry in transfer.entries[: transfer.kept]],
                }
            )
            for transfer in list(self.transfers)
        ]
        return Answer(200, "".join(line + "\n" for line in lines).encode(), "application/x-ndjson")


def _route(version: str, method: str, path: str) -> tuple[str, tuple[str, ...]]:
    rest = path.split("/", 2)[2] if path.count("/") > 1 else ""
    if version in VERSIONS:
        for name, (verb, pattern) in _ROUTES.items():
            # v1.3 has no manifest transfers; api_upgrade_required would say that a later version has.
            if name == "transfers" and version == "v1.3":
                continue
            if verb == method and (found := pattern.fullmatch(rest)):
                return name, found.groups()
    raise Refusal(404, "resource_not_exist", f"The endpoint {method} {path} does not exist.")


def _faulty(effect: Effect, now: float) -> Answer:
    status = effect.status or 500
    if status == 429:
        return answers.too_many(1000, 1000, now + effect.reset, now).answer
    if status >= 502:
        return answers.gateway(status)
    return Refusal(status, "sandbox_fault", "The sandbox was told to answer so.").answer
