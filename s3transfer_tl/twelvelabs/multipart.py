"""A multipart form that is streamed from disk: a 2 GB video needs the memory of one block.

requests reads a ``files=`` form whole into memory; a body that tells its length and is iterable is
streamed with a ``Content-Length``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_BLOCK = 1 << 18  # bytes read at a time


class FilePart(NamedTuple):
    """A file to send: the form field, the path, and the media type of the part."""

    field: str
    path: Path
    media_type: str


class Form:
    """Text fields, then files; iterable as often as a connection is tried again."""

    def __init__(self, fields: Sequence[tuple[str, str]], files: Sequence[FilePart]) -> None:
        self._boundary = uuid.uuid4().hex
        self._heads = [self._text(name, value) for name, value in fields]
        self._files = [(self._head(file), file.path, file.path.stat().st_size) for file in files]
        self._tail = f"--{self._boundary}--\r\n".encode()

    @property
    def content_type(self) -> str:
        """The request's ``Content-Type``."""
        return f"multipart/form-data; boundary={self._boundary}"

    def __len__(self) -> int:
        files = sum(len(head) + size + 2 for head, _, size in self._files)
        return sum(map(len, self._heads)) + files + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield from self._heads
        for head, path, size in self._files:
            yield head
            with path.open("rb") as fp:
                left = size  # never more than was announced, should the file grow meanwhile
                while left and (block := fp.read(min(_BLOCK, left))):
                    left -= len(block)
                    yield block
            yield b"\r\n"
        yield self._tail

    def _text(self, name: str, value: str) -> bytes:
        head = f'--{self._boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        return f"{head}{value}\r\n".encode()

    def _head(self, file: FilePart) -> bytes:
        # as the HTML standard's multipart/form-data encoding escapes a file name
        name = file.path.name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
        disposition = f'Content-Disposition: form-data; name="{file.field}"; filename="{name}"'
        return f"--{self._boundary}\r\n{disposition}\r\nContent-Type: {file.media_type}\r\n\r\n".encode()
