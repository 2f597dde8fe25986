"""The transfer manifest: entries to canonical bytes, and bytes of any kind to entries (floor 1).

Both ways stream. ``read`` never raises on any bytes: what is broken comes out as a ``Fault`` in the
stream, and the pass goes on. It judges the form only (JSON, UTF-8, an array of entries with unique
keys); what the values must be is the linter's business.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from json.encoder import encode_basestring as quoted
from typing import Any, BinaryIO

from s3transfer_tl import errors
from s3transfer_tl.manifest.plain import pattern
from s3transfer_tl.manifest.reading import Fault, FaultKind, RawEntry, Run, read, runs
from s3transfer_tl.manifest.tokens import Member, kind, members
from s3transfer_tl.model import Entry

__all__ = [
    "FIELDS",
    "REQUIRED",
    "Fault",
    "FaultKind",
    "Member",
    "RawEntry",
    "Run",
    "dumps",
    "entries",
    "kind",
    "members",
    "pattern",
    "read",
    "runs",
    "write",
]

FIELDS = Entry._fields
REQUIRED = FIELDS[:3]

# Texts in UTF-8 without an escape, short enough that no entry of them is too long.
_TEXT = r'([^"\\\x00-\x1f\ud800-\udfff]{0,5000}+)'


def write(entries: Iterable[Entry], fp: BinaryIO) -> int:
    """Write ``entries`` in the order they come (the caller sorts by ``object``) as the canonical
    manifest: two-space indent, keys in ``FIELDS`` order, no ``transcription`` where there is none,
    one newline at the end. Returns the number of entries.

    Raises ``UnicodeEncodeError`` for text that UTF-8 cannot hold (a lone surrogate).
    """
    count = 0
    for count, (index_id, language, uri, transcription) in enumerate(entries, 1):
        last = "" if transcription is None else f',\n    "transcription": {quoted(transcription)}'
        fp.write(
            f'{"[" if count == 1 else ","}\n  {{\n    "index_id": {quoted(index_id)},\n    "language": '
            f'{quoted(language)},\n    "object": {quoted(uri)}{last}\n  }}'.encode()
        )
    fp.write(b"\n]\n" if count else b"[]\n")
    return count


def dumps(entries: Iterable[Entry]) -> bytes:
    """Return the canonical manifest of ``entries`` as bytes (see ``write``)."""
    fp = io.BytesIO()
    write(entries, fp)
    return fp.getvalue()


def entries(fp: BinaryIO) -> Iterator[Entry]:
    """Yield the entries of a manifest that is expected to be sound.

    An empty or null ``transcription`` (a dashboard's export may have one) is read as none; a byte
    order mark and an empty array are no fault here. Raises ``UsageError`` at the first element that
    is not an object of texts.
    """
    for item in runs(fp, pattern(_TEXT, _TEXT, _TEXT, _TEXT)):
        if isinstance(item, Run):
            for index_id, language, uri, transcription in item.groups:
                yield Entry(index_id, language, uri, transcription or None)
        elif isinstance(item, RawEntry):
            yield _entry(item)
        elif item.kind not in ("byte-order-mark", "empty"):
            raise _unusable(f"{item.message} (at byte {item.offset:,})", item.entry)


def _entry(raw: RawEntry) -> Entry:
    value = raw.value
    if not isinstance(value, dict):
        raise _unusable(f"it is {kind(value)}, not an object", raw.number)
    fields: dict[str, Any] = {name: value.get(name) for name in FIELDS}
    for name, text in fields.items():
        if not isinstance(text, str) and (name in REQUIRED or text is not None):
            raise _unusable(f"{name} is {kind(text) if name in value else 'missing'}", raw.number)
    return Entry(**fields)._replace(transcription=fields["transcription"] or None)


def _unusable(what: str, entry: int | None) -> errors.UsageError:
    place = "the manifest" if entry is None else f"entry {entry} of the manifest"
    return errors.UsageError(
        f"{place} cannot be used: {what}", "run s3transfer-tl lint on the file and mend what it reports"
    )
