"""Read ``multipart/form-data`` as a stream (RFC 7578): any part may be larger than memory."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Protocol

CHUNK = 1 << 18
MAX_HEAD = 1 << 14
MAX_KEPT = 1 << 28  # a manifest of a million entries fits


class FormError(ValueError):
    """The body is not the form that its Content-Type promises."""


class Readable(Protocol):
    """Anything with ``read(size) -> bytes`` that returns b"" at the end only."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes."""


@dataclass(slots=True)
class Part:
    """One part: ``size`` in bytes and ``sha256`` always, ``data`` only where it was kept."""

    name: str
    filename: str | None
    content_type: str | None
    size: int = 0
    sha256: str = ""
    data: bytes = b""

    @property
    def text(self) -> str:
        """Return the content as text; a byte that is not UTF-8 becomes U+FFFD."""
        return self.data.decode("utf-8", "replace")


def read(body: Readable, content_type: str, *, drop: Collection[str] = ()) -> list[Part]:
    """Return the parts of a form. Parts named in ``drop`` are hashed and measured, never kept.

    Raises ``FormError`` where the body breaks off, a part has no name or is too large to keep.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise FormError("Content-Type is not multipart/form-data with a boundary")
    stream = _Stream(body, b"\r\n--" + boundary.encode("latin-1", "replace"))
    for _ in stream.until_delimiter():
        pass  # a preamble is allowed and means nothing
    parts = []
    while not stream.at_end():
        part = _part(stream.head())
        _fill(part, stream.until_delimiter(), keep=part.name not in drop)
        parts.append(part)
    return parts


def _part(head: bytes) -> Part:
    header = Message()
    for line in head.decode("utf-8", "replace").split("\r\n"):
        field, colon, value = line.partition(":")
        if colon:
            header[field.strip()] = value.strip()
    disposition = str(header.get("Content-Disposition", ""))
    name = _parameter(disposition, "name")
    if not disposition.lower().startswith("form-data") or name is None:
        raise FormError("a part has no name")
    return Part(name, _parameter(disposition, "filename"), header.get("Content-Type"))


def _parameter(disposition: str, name: str) -> str | None:
    found = re.search(rf';\s*{name}=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', disposition, re.IGNORECASE)
    if found is None:
        return None
    quoted: str | None = found[1]
    if quoted is None:
        return str(found[2])
    # Browsers and httpx write %22 for a quote (WHATWG), curl and requests a backslash.
    return re.sub(r'\\(["\\])', r"\1", quoted).replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _fill(part: Part, chunks: Iterator[bytes], *, keep: bool) -> None:
    digest = hashlib.sha256()
    kept = []
    for chunk in chunks:
        part.size += len(chunk)
        digest.update(chunk)
        if keep:
            kept.append(chunk)
            if part.size > MAX_KEPT:
                raise FormError(f"the part {part.name} is larger than {MAX_KEPT} bytes")
    part.sha256, part.data = digest.hexdigest(), b"".join(kept)


class _Stream:
    """The body with one chunk of look-ahead. The delimiter's CRLF belongs to it, so the buffer
    begins with one: a body may begin with its first delimiter."""

    def __init__(self, body: Readable, delimiter: bytes) -> None:
        self._body = body
        self._delimiter = delimiter
        self._buffer = b"\r\n"

    def until_delimiter(self) -> Iterator[bytes]:
        """Yield the bytes up to the next delimiter, and go past it."""
        size = len(self._delimiter)
        while (at := self._buffer.find(self._delimiter)) < 0:
            safe = max(len(self._buffer) - size + 1, 0)
            if safe:
                yield self._buffer[:safe]
                self._buffer = self._buffer[safe:]
            self._more()
        if at:
            yield self._buffer[:at]
        self._buffer = self._buffer[at + size :]

    def at_end(self) -> bool:
        """After a delimiter: tell whether it was the last, else go to the next part's head."""
        while b"\n" not in self._buffer and self._buffer[:2] != b"--":
            if len(self._buffer) > MAX_HEAD:
                raise FormError("a delimiter does not end")
            self._more()
        if self._buffer[:2] == b"--":
            return True
        line, _, self._buffer = self._buffer.partition(b"\n")
        if line.strip(b" \t\r"):
            raise FormError("a delimiter is followed by text")
        return False

    def head(self) -> bytes:
        """Return a part's header lines and go past the empty line."""
        self._buffer = b"\r\n" + self._buffer  # a head without any line is an empty line at once
        while (at := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD:
                raise FormError("a part's head does not end")
            self._more()
        head, self._buffer = self._buffer[:at], self._buffer[at + 4 :]
        return head

    def _more(self) -> None:
        chunk = self._body.read(CHUNK)
        if not chunk:
            raise FormError("the form breaks off before its last delimiter")
        self._buffer += chunk
