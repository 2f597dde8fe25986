"""What an entry can be, which way it may go, and the values that leave the ledger."""

from __future__ import annotations

import functools
import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from s3transfer_tl.ledger.clock import Instant, rfc3339
from s3transfer_tl.model import Entry

# state -> where it may go. `sending` is committed before the first byte of a request; `unknown` is
# left only by what the platform's own list shows, or by somebody's word.
STATES: Mapping[str, frozenset[str]] = {
    "planned": frozenset({"sending"}),
    "sending": frozenset({"accepted", "rejected", "unknown", "planned"}),
    "unknown": frozenset({"accepted", "planned", "held", "rejected"}),
    "held": frozenset({"accepted", "planned"}),
    "rejected": frozenset({"planned"}),
    "accepted": frozenset({"indexing", "ready", "failed", "held"}),
    "indexing": frozenset({"indexing", "ready", "failed"}),
    "ready": frozenset(),
    "failed": frozenset({"planned"}),
}

# Where an entry went wrong for good, and may be sent anew because its request or its task is over.
ENDED = ("failed", "rejected")

# state -> the event that tells its coming, in the words of the published event stream
EVENTS: Mapping[str, str] = {
    "planned": "planned",
    "sending": "sending",
    "accepted": "accepted",
    "rejected": "rejected",
    "unknown": "unknown",
    "held": "unknown",
    "indexing": "status",
    "ready": "status",
    "failed": "status",
}


class Identity(NamedTuple):
    """What makes an entry itself: the same video in the same index with the same transcription.

    An ETag that is None is not known; it never tells two entries apart.
    """

    endpoint: str
    entry: Entry
    object_etag: str | None = None
    transcription_etag: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, hexadecimal."""
        index_id, language, uri, transcription = self.entry
        text = (
            f"[{_shared(self.endpoint, index_id, language)},{quoted(uri)},{_quoted(self.object_etag)},"
            f"{_quoted(transcription)},{_quoted(self.transcription_etag)}]"
        )
        return hashlib.sha256(text.encode()).hexdigest()


@functools.lru_cache(maxsize=64)
def _shared(endpoint: str, index_id: str, language: str) -> str:
    """Return what most entries of a manifest have in common."""
    return ",".join(map(quoted, (endpoint, index_id, language)))


def _quoted(text: str | None) -> str:
    return "null" if text is None else quoted(text)


class Ready(NamedTuple):
    """An entry that is planned: what its request needs of it."""

    id: int
    digest: str
    index_id: str
    language: str
    object: str
    transcription: str | None
    name: str

    @property
    def entry(self) -> Entry:
        """The manifest's entry."""
        return Entry(self.index_id, self.language, self.object, self.transcription)


class Row(NamedTuple):
    """An entry and where it stands. ``since`` is its intent by the platform's clock, in epoch
    seconds; ``looks`` counts the listings in a row in which an unknown entry was absent, ``losses``
    how often its answer was lost while we listened; ``vouched`` is 1 where somebody said that the platform
    has it."""

    id: int
    digest: str
    index_id: str
    language: str
    object: str
    transcription: str | None
    state: str
    status: str | None
    task_id: str | None
    message: str | None
    name: str
    batch_id: int | None
    since: float | None
    intent: Instant | None
    looks: int
    looked: Instant | None
    updated: float
    losses: int
    vouched: int

    @property
    def entry(self) -> Entry:
        """The manifest's entry."""
        return Entry(self.index_id, self.language, self.object, self.transcription)


class Event(NamedTuple):
    """One line of the published event stream; ``time`` is RFC 3339, UTC."""

    time: str
    event: str
    object: str
    index_id: str
    task_id: str | None
    status: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Entries that went to a state together, at ``time`` (epoch seconds): each a pair of object and index.
    Their events are made when somebody goes through them; most runs show none."""

    time: float
    state: str
    places: Sequence[tuple[str, str]]
    task_id: str | None = None
    message: str | None = None

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Event]:
        time, event = rfc3339(self.time), EVENTS[self.state]
        for uri, index_id in self.places:
            yield Event(time, event, uri, index_id, self.task_id, None, self.message)


def base_name(name: str) -> str:
    """Return what the platform's task list can be compared by: the last part of a key, a file's path or
    a URL's path, in NFC (the API reference shows base names only, and does not say how they are stored)."""
    if name.startswith(("https://", "http://")):
        name = unquote(urlsplit(name).path)
    return unicodedata.normalize("NFC", name.rpartition("/")[2])
