"""JSON documents of any size, read a value at a time: positions kept, one buffer in memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from s3transfer_tl.errors import ConfigError

_CHUNK = 1 << 18
_LARGEST = 1 << 24  # no object is described in more
_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()


class Item(NamedTuple):
    """A value of a document: ``name`` is its member's name, ``line`` and ``column`` where it begins."""

    name: str
    value: Any
    line: int
    column: int


class Document:
    """A JSON document in ``fp``; ``file`` is what complaints call it.

    Every method raises ``ConfigError`` with file:line:column where the document is not JSON.
    """

    def __init__(self, fp: BinaryIO, file: str) -> None:
        self.file = file
        self._fp = fp
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self._marked, self._line, self._column = 0, 1, 1  # a place behind _at whose position is known
        self._ended = False

    def items(self, *inside: str) -> Iterator[Item]:
        """Yield the elements of the array that the document is; or the members of the object that
        it is, the elements of each member ``inside`` (an array, or null) one by one."""
        opening = self._peek()
        if opening == "[":
            yield from self._elements("")
        elif opening == "{":
            yield from self._members(inside)
        else:
            raise self._broken("neither a JSON array nor a JSON object")
        if self._peek():
            raise self._broken("more text after the end of the document")

    def _members(self, inside: tuple[str, ...]) -> Iterator[Item]:
        for _ in self._between("{", "}"):
            place = self._place()
            name = self._value() if self._peek() == '"' else None
            if not isinstance(name, str) or self._peek() != ":":
                raise self._broken("not a member's name and a colon")
            self._at += 1
            if name in inside and self._peek() == "[":
                yield from self._elements(name)
            else:
                yield Item(name, self._value(), *place)

    def _elements(self, name: str) -> Iterator[Item]:
        for _ in self._between("[", "]"):
            place = self._place()
            yield Item(name, self._value(), *place)

    def _between(self, opening: str, closing: str) -> Iterator[None]:
        """Yield once before every comma-separated part; the caller reads the part."""
        self._at += len(opening)
        if self._peek() == closing:
            self._at += 1
            return
        while True:
            self._peek()
            yield
            mark = self._peek()
            if mark not in (",", closing):
                raise self._broken(f"expected ',' or '{closing}'")
            self._at += 1
            if mark == closing:
                return

    def _peek(self) -> str:
        """Return the next character that is not white space, '' at the end of the document."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def _value(self) -> Any:
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or not self._more():  # else a number may go on in the next chunk
                    self._at = end
                    return value
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > _LARGEST or not self._more():
                    self._at = error.pos
                    raise self._broken(error.msg) from error
            except RecursionError as error:
                raise self._broken("nested too deeply") from error

    def _more(self) -> bool:
        """Read on; False at the end of the file."""
        if self._ended:
            return False
        self._place()
        # a value longer than the buffer: read as much again, so that retries cost twice, not squared
        data = self._fp.read(max(_CHUNK, len(self._text) - self._at))
        self._ended = not data
        self._text = self._text[self._at :]
        self._at = self._marked = 0
        try:
            self._text += self._decode.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            self._text += error.object[: error.start].decode()
            self._at = len(self._text)
            raise self._broken("not UTF-8") from error
        return True

    def _place(self) -> tuple[int, int]:
        """Return line and column of what comes next, 1-based, in code points."""
        passed = self._text[self._marked : self._at]
        if newlines := passed.count("\n"):
            self._line += newlines
            self._column = len(passed) - passed.rfind("\n")
        else:
            self._column += len(passed)
        self._marked = self._at
        return self._line, self._column

    def _broken(self, why: str) -> ConfigError:
        line, column = self._place()
        return ConfigError(
            f"{self.file}:{line}:{column}: {why}", "the file is damaged or cut off: save the listing again"
        )
