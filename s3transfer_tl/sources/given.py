"""A file or a stream that the user named: its first bytes to recognise it by, and all of it."""

from __future__ import annotations

import difflib
import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from s3transfer_tl.errors import ConfigError, UsageError

_HEAD = 1 << 16


class Given:
    """What the user named. ``name`` is what complaints call it, ``head`` its first 64 KiB,
    ``path`` the file where it is one."""

    def __init__(self, name: str, head: bytes, path: Path | None, stream: BinaryIO | None) -> None:
        self.name = name
        self.head = head
        self.path = path
        self._stream = stream

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Open it at its start. A stream can be opened once."""
        if self.path is not None:
            with self.path.open("rb") as fp:
                yield fp
        elif self._stream is not None:
            stream, self._stream = self._stream, None
            with io.BufferedReader(_Rejoined(self.head, stream), 1 << 18) as whole:
                yield whole
        else:
            raise UsageError(f"{self.name} was read already", "save it in a file and name the file")


def from_stream(stream: BinaryIO, name: str) -> Given:
    """Return what ``stream`` holds; its first bytes are read at once."""
    return Given(name, stream.read(_HEAD), None, stream)


def from_path(spec: str, base: Path) -> Given:
    """Return the file at ``spec``, relative to ``base``; a pipe (``<(...)``) is read once.

    Raises ``ConfigError`` where there is no such file, naming the nearest, ``UsageError`` for a folder.
    """
    if not spec:
        raise UsageError("the source is an empty text", "name s3://BUCKET/PREFIX, or a listing file")
    path = base / spec
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise UsageError(
                f"{spec} is a folder; objects come from S3",
                "name s3://BUCKET/PREFIX, or a listing file; local files go by s3transfer-tl upload --dir",
            )
        if not stat.S_ISREG(kind):
            return from_stream(path.open("rb"), spec)
        with path.open("rb") as fp:
            return Given(spec, fp.read(_HEAD), path, None)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"the source {spec} cannot be read: {reason}", _nearest(path)) from error


def _nearest(path: Path) -> str:
    try:
        names = [other.name for other in path.parent.iterdir()]
    except (OSError, ValueError):
        names = []
    near = difflib.get_close_matches(path.name, names, 1)
    if near:
        return f"did you mean {path.with_name(near[0])}?"
    return "name s3://BUCKET/PREFIX, a listing file, or '-' for standard input"


class _Rejoined(io.RawIOBase):
    """A stream with the bytes that were read from it put back."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data: Any = self._head[: len(buffer)]
        if data:
            self._head = self._head[len(data) :]
        else:
            data = self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
