"""A multipart form that is streamed from disk: a 2 GB video needs the memory of one block.

requests reads a ``files=`` form whole into memory; a body that tells its length and is iterable is
streamed with a ``Content-Length``.
"""

from __future__ import annotations

import os
import stat
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from s3transfer_tl.errors import TransferError

_BLOCK = 1 << 18  # bytes read at a time


class Unsendable(TransferError):
    """A file that cannot be read, or is not what it was: the form was never whole, so nobody took it."""


class Halted(Exception):
    """The form was told to stop."""


class FilePart(NamedTuple):
    """A file to send: the form field, the path, the media type of the part, and the ``stamp`` that the
    file must have (None: whichever)."""

    field: str
    path: Path
    media_type: str
    stamp: str | None = None


def stamp(path: Path) -> str:
    """Return what tells one state of a file from another: its size in bytes and when it was last
    written, in nanoseconds. Raises ``Unsendable`` for what is no readable file."""
    try:
        with path.open("rb") as fp:
            found = os.fstat(fp.fileno())
    except OSError as error:
        raise _unreadable(path, error) from None
    if not stat.S_ISREG(found.st_mode):
        raise Unsendable(f"{path} is no file", "a pipe or a device has no length: save it as a file")
    return _stamp(found)


def _stamp(found: os.stat_result) -> str:
    return f"{found.st_size}-{found.st_mtime_ns}"


class ManifestForm:
    """A manifest as the one part ``file``; ``meanwhile`` is called each time that the last byte has left."""

    def __init__(self, boundary: str, name: str, manifest: bytes, meanwhile: Callable[[], object]) -> None:
        self.content_type = f"multipart/form-data; boundary={boundary}"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        self._data = b"%bContent-Type: application/json\r\n\r\n%b\r\n--%b--\r\n" % (
            head.encode(),
            manifest,
            boundary.encode(),
        )
        self._meanwhile = meanwhile

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        yield self._data
        self._meanwhile()


class Form:
    """Text fields, then files; iterable as often as a connection is tried again.

    ``handed`` counts the bytes that have left, of ``len(form)``. Raises ``Unsendable``, here and while
    it is iterated, for a file that cannot be read or changes: always before the last delimiter.
    """

    def __init__(self, fields: Sequence[tuple[str, str]], files: Sequence[FilePart]) -> None:
        self._boundary = uuid.uuid4().hex
        self._heads = [self._text(name, value) for name, value in fields]
        stamps = [stamp(file.path) for file in files]
        for file, found in zip(files, stamps, strict=True):
            if file.stamp not in (None, found):
                raise _changed(file.path, "since it was checked")
        self._files = [(self._head(f), f.path, s) for f, s in zip(files, stamps, strict=True)]
        self._tail = f"--{self._boundary}--\r\n".encode()
        self._gate = threading.Lock()
        self._halted = False
        self.handed = 0
        self.whole = False

    @property
    def content_type(self) -> str:
        """The request's ``Content-Type``."""
        return f"multipart/form-data; boundary={self._boundary}"

    def __len__(self) -> int:
        files = sum(len(head) + _size(stamp) + 2 for head, _, stamp in self._files)
        return sum(map(len, self._heads)) + files + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        self.handed = 0
        for block in self._blocks():
            if self._halted:
                raise Halted
            yield block
            self.handed += len(block)
        with self._gate:
            if self._halted:
                raise Halted
            self.whole = True
        yield self._tail
        self.handed += len(self._tail)

    def halt(self) -> bool:
        """Hand over nothing more; called from any thread. Return whether it was whole by then: a form
        without its last delimiter, in a body shorter than announced, is no request that a server could
        act on (RFC 9112, section 8)."""
        with self._gate:
            self._halted = True
            return self.whole

    def _blocks(self) -> Iterator[bytes]:
        yield from self._heads
        for head, path, stamp in self._files:
            yield head
            yield from _read(path, stamp)
            yield b"\r\n"

    def _text(self, name: str, value: str) -> bytes:
        head = f'--{self._boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        return f"{head}{value}\r\n".encode()

    def _head(self, file: FilePart) -> bytes:
        # as the HTML standard's multipart/form-data encoding escapes a file name
        name = file.path.name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
        disposition = f'Content-Disposition: form-data; name="{file.field}"; filename="{name}"'
        return f"--{self._boundary}\r\n{disposition}\r\nContent-Type: {file.media_type}\r\n\r\n".encode()


def _size(stamp: str) -> int:
    return int(stamp.partition("-")[0])


def _read(path: Path, stamp: str) -> Iterator[bytes]:
    """Yield the bytes that were announced; raise where the file is another at either end of reading."""
    try:
        with path.open("rb", buffering=0) as fp:
            left = _size(stamp)
            while left and (block := fp.read(min(_BLOCK, left))):
                left -= len(block)
                yield block
            found = os.fstat(fp.fileno())
    except OSError as error:
        raise _unreadable(path, error) from None
    if left or _stamp(found) != stamp:
        raise _changed(path, "while it was read")


def _unreadable(path: Path, error: OSError) -> Unsendable:
    return Unsendable(
        f"{path} cannot be read: {error.strerror}", "mend that, then run the same command again"
    )


def _changed(path: Path, when: str) -> Unsendable:
    return Unsendable(
        f"{path} changed {when}; it was not sent",
        "wait until it is complete, then run this again",
    )
