"""One streaming pass over the bytes of a manifest: every element and every fault, with offsets.

The C scanner of the standard library reads entry by entry out of a window of text, so a file of any
size needs the memory of a few megabytes (measured: 100,000 entries in 0.25 s).
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, Literal, NamedTuple, NoReturn, cast

from s3transfer_tl.manifest import tokens

CHUNK = 4 << 20  # bytes a read
RUN = 200  # entries: so few that the garbage collector is not called on their account
ENTRY_LIMIT = 1 << 20  # code points; a sound entry has fewer than 5,000

FaultKind = Literal["syntax", "encoding", "byte-order-mark", "shape", "empty", "duplicate-key", "limit"]

_SPACE = re.compile(r"[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*(?=\{)")
_NEXT_ENTRY = re.compile(r"(?:\n[ \t]*+|\}[ \t\n\r]*+,?+[ \t\n\r]*+)(?=\{)")
_WIDE = re.compile(rb"\xff\xfe|\xfe\xff|\x00|[^\x00]\x00")  # UTF-16 and UTF-32, marked or not


class RawEntry(NamedTuple):
    """One array element as it stands. ``number`` is its 0-based position in the array, ``offset``
    and ``length`` its text in bytes of the file. ``value`` is a dict for an object (its keys are
    unique; objects inside are tuples of pairs), else what the JSON says; every number is a float."""

    number: int
    offset: int
    length: int
    value: Any


class Run(NamedTuple):
    """Elements that stand one behind the other in the plain form that was asked for. ``number`` is the
    first one's. ``offsets`` are the bytes where they begin, and where the last one's comma and the space
    behind it end. ``groups`` are what the groups of the form hold, None for one that took no part."""

    number: int
    offsets: list[int]
    groups: list[tuple[Any, ...]]


class Fault(NamedTuple):
    """Something that is no entry. ``offset`` and ``length`` (bytes) tell the place; ``entry`` is the
    element it spoils, None outside one. ``hint`` is empty where there is only the usual one."""

    kind: FaultKind
    offset: int
    length: int
    message: str
    hint: str = ""
    entry: int | None = None
    field: str | None = None


def read(fp: BinaryIO) -> Iterator[RawEntry | Fault]:
    """Yield every array element of the manifest in ``fp``, and every fault, in file order.

    ``fp`` is read from where it stands to its end; offsets count from there. Never raises on any
    bytes. After a broken entry the pass goes on at the next ``{`` that can begin one.
    """
    return cast(Iterator[RawEntry | Fault], _Reader(fp).items())


def runs(fp: BinaryIO, plain: re.Pattern[str]) -> Iterator[Run | RawEntry | Fault]:
    """Yield what ``read`` does, but in one ``Run`` the elements of plain form that follow one another:
    nothing is decoded there (measured: 1,000,000 entries in 1.5 s). See ``plain.pattern``."""
    return _Reader(fp, plain).items()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity, which the standard library would take


# Numbers are never right in an entry; float has no limit on digits that could raise.
_DECODER = json.JSONDecoder(object_pairs_hook=tuple, parse_int=float, parse_constant=_refuse)
_SCAN = _DECODER.scan_once  # type: ignore[attr-defined]


class _Reader:
    """The state of one pass: a window of decoded text over the file.

    Bytes that are not UTF-8 become lone surrogates (``surrogateescape``): an offset into the text
    still translates into an offset into the file, and the culprits are told afterwards.
    """

    def __init__(self, fp: BinaryIO, plain: re.Pattern[str] | None = None) -> None:
        self._fp = fp
        self._plain = plain
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._text = ""
        self._at = 0  # where the pass stands in the window
        self._eof = False
        self._ascii = True
        self._doubtful = False  # the window holds a bad byte or an escape that may be half a pair
        self._known = (0, 0)  # a position in the window and its byte offset in the file
        self._number = 0  # of the next element
        self._resumed = False  # the last element was broken, and the pass went on behind it
        self._lost = False  # or could not, since no entry begins there

    def items(self) -> Iterator[Run | RawEntry | Fault]:
        start = self._fp.read(CHUNK)
        if _WIDE.match(start):
            yield Fault("encoding", 0, 1, "the file is not UTF-8; it looks like UTF-16 or UTF-32")
            return
        mark = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
        if mark:
            yield Fault("byte-order-mark", 0, mark, "the file begins with a byte order mark")
        self._known = (0, mark)
        self._widen(start[mark:])
        if not self._skip_space():
            yield Fault("empty", 0, 0, "the file is blank")
        elif self._text[self._at] != "[":
            yield self._not_an_array()
        else:
            yield from self._array()

    # The window

    def _widen(self, chunk: bytes) -> None:
        """Drop what lies behind and add ``chunk``."""
        offset = self._byte(self._at)
        self._text = self._text[self._at :] + self._decode(chunk, final=not chunk)
        self._at, self._known, self._eof = 0, (0, offset), not chunk
        self._ascii = self._text.isascii()
        self._doubtful = "\\u" in self._text or not (self._ascii or tokens.encodable(self._text))

    def _look_ahead(self) -> None:
        """Make sure that a whole entry lies ahead, or the end of the file does."""
        while len(self._text) - self._at < ENTRY_LIMIT and not self._eof:
            self._widen(self._fp.read(CHUNK))

    def _byte(self, at: int) -> int:
        """Return the byte offset in the file of position ``at`` of the window."""
        position, offset = self._known
        if self._ascii:
            return offset + at - position
        if at >= position:
            offset += _bytes_of(self._text[position:at])
        else:
            offset -= _bytes_of(self._text[at:position])
        self._known = (at, offset)
        return offset

    def _skip_space(self) -> bool:
        """Move to the next code point that is not white space; tell whether there is one."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text) or self._eof:
                return self._at < len(self._text)
            self._widen(self._fp.read(CHUNK))

    # The document

    def _not_an_array(self) -> Fault:
        self._look_ahead()
        broken = tokens.flaw(self._text, self._at)
        if broken and broken.kind != "cut":
            return self._fault(broken)
        hint, what = "", "a value"
        if self._text[self._at] == "{":
            what = "one object"
            if _NEXT_ENTRY.search(self._text, self._at + 1):
                what, hint = (
                    "objects one after the other",
                    "put them between [ and ], with commas between them",
                )
        return Fault(
            "shape", self._byte(self._at), 1, f"the file holds {what}, not an array of entries", hint
        )

    def _array(self) -> Iterator[Run | RawEntry | Fault]:
        seen, last = "[", self._byte(self._at)  # what the pass came by last, and where
        self._at += 1
        while self._skip_space():
            char = self._text[self._at]
            if char == "]":
                yield from self._closing(seen, last)
                return
            here = self._byte(self._at)
            if char == ",":
                if seen in ("[", ","):
                    yield Fault("syntax", here, 1, "a comma without an entry before it", "remove the comma")
                seen, last = "," if seen == "entry" else "fault", here
                self._at += 1
                continue
            if seen == "entry" and char == "{":
                yield Fault("syntax", here, 1, "no comma between two entries", "put a comma before this one")
            self._resumed = False
            yield from self._elements()
            if self._lost:
                return  # inside a broken element, which is told already
            seen = "fault" if self._resumed else "entry"
            last = self._byte(self._at) - 1
        if seen != "fault":
            yield Fault("syntax", last, 1, "the file ends before the array is closed", "add the closing ]")

    def _closing(self, seen: str, last: int) -> Iterator[Fault]:
        if seen == ",":
            yield Fault("syntax", last, 1, "a comma without an entry after it", "remove the comma")
        elif seen == "[":
            yield Fault("empty", last, 1, "the array holds no entry")
        self._at += 1
        if self._skip_space():
            yield Fault("syntax", self._byte(self._at), 1, "text after the end of the array", "remove it")

    def _elements(self) -> Iterator[Run | RawEntry | Fault]:
        """Yield the element here and those that follow it in good order."""
        while True:
            if len(self._text) - self._at < ENTRY_LIMIT:
                self._look_ahead()
            if self._plain and (matches := self._matches(self._plain)):
                yield self._run(matches)
                continue
            start = self._at
            try:
                value, end = _SCAN(self._text, start)
            except (ValueError, StopIteration, RecursionError):
                yield self._broken(start)
                return
            if end - start > ENTRY_LIMIT or (end == len(self._text) and not self._eof):
                yield self._too_long(start)
                return
            yield self._element(start, end, value)
            after = _COMMA.match(self._text, end)
            if after is None:
                self._at = end
                return
            self._at = after.end()

    def _matches(self, plain: re.Pattern[str]) -> list[re.Match[str]]:
        """Return the next matches, which follow one another from here on."""
        match = plain.scanner(self._text, self._at).match  # type: ignore[attr-defined]
        return list(islice(iter(match, None), RUN))

    def _run(self, matches: list[re.Match[str]]) -> Run:
        number = self._number
        self._number += len(matches)
        self._at = matches[-1].end()
        starts = [match.start() for match in matches]
        starts.append(self._at)
        if self._ascii or self._text[starts[0] : self._at].isascii():
            shift = self._byte(starts[0]) - starts[0]
            offsets = [shift + start for start in starts]
            self._known = (self._at, offsets[-1])
        else:
            offsets = [self._byte(start) for start in starts]
        return Run(number, offsets, [match.groups() for match in matches])

    def _element(self, start: int, end: int, value: Any) -> RawEntry | Fault:
        """Return the element in ``[start, end)`` of the window, or the fault of its text."""
        number = self._number
        self._number += 1
        offset = self._byte(start)
        length = self._byte(end) - offset
        if self._doubtful:
            fault = self._undecodable(start, end, number)
            if fault:
                return fault
        if self._text.find("[", start + 1, end) >= 0 or self._text.find("{", start + 1, end) >= 0:
            deep = tokens.flaw(self._text, start)
            if deep:  # too deep: the scanner found nothing else
                return self._fault(deep)._replace(entry=number)
        if type(value) is tuple:
            pairs = value
            value = dict(pairs)
            if len(value) != len(pairs):
                return self._duplicate(start, end, number)
        return RawEntry(number, offset, length, value)

    # What is wrong with an element

    def _undecodable(self, start: int, end: int, number: int) -> Fault | None:
        text = self._text[start:end]
        try:
            text.encode()
        except UnicodeEncodeError as error:
            at = start + error.start
            message = f"byte 0x{ord(self._text[at]) - 0xDC00:02X} is not UTF-8"
            return Fault("encoding", self._byte(at), 1, message, entry=number)
        at = tokens.lone_surrogate(text)
        if at < 0:
            return None
        message = f"{text[at : at + 6]} is half a surrogate pair, which UTF-8 cannot hold"
        return Fault("encoding", self._byte(start + at), 6, message, "write the character itself", number)

    def _duplicate(self, start: int, end: int, number: int) -> Fault:
        seen: set[str] = set()
        for member in tokens.members(self._text[start:end]):
            if member.key in seen:
                break
            seen.add(member.key)
        offset = self._byte(start + member.key_start)
        length = self._byte(start + member.key_end) - offset
        message = f"the key {member.key!r} stands twice in the entry"
        return Fault("duplicate-key", offset, length, message, entry=number, field=member.key)

    def _broken(self, start: int) -> Fault:
        """Tell the flaw of the element at ``start`` and move on to the next entry."""
        broken = tokens.flaw(self._text, start) or tokens.Flaw("syntax", start, 1, "not JSON")
        if broken.kind == "cut" and not self._eof:
            return self._too_long(start)
        is_element = self._text[start] in '{["-0123456789tfnN'
        fault = self._fault(broken, start)._replace(entry=self._number if is_element else None)
        self._number += is_element
        self._resynchronise(max(start + 1, broken.at), broken.at if broken.at > start else None)
        return fault

    def _too_long(self, start: int) -> Fault:
        offset = self._byte(start)
        fault = Fault(
            "limit", offset, 1, f"the entry is longer than {ENTRY_LIMIT:,} characters", "", self._number
        )
        self._number += 1
        self._resynchronise(start + 1, None)
        return fault

    def _fault(self, broken: tokens.Flaw, start: int | None = None) -> Fault:
        if broken.kind == "cut":
            at = self._at if start is None else start
            return Fault("syntax", self._byte(at), 1, "the file ends inside this entry", "complete the file")
        offset = self._byte(broken.at)
        length = self._byte(min(broken.at + broken.length, len(self._text))) - offset
        return Fault(broken.kind, offset, length, broken.message, broken.hint)

    def _resynchronise(self, search_from: int, flaw_at: int | None) -> None:
        """Move to where the next entry can begin, else to the end of the file."""
        self._resumed = True
        if flaw_at is not None and self._text[flaw_at : flaw_at + 1] == "{":
            self._at = flaw_at
            return
        while True:
            found = _NEXT_ENTRY.search(self._text, search_from)
            if found:
                self._at = found.end()
                return
            if self._eof:
                self._lost = True
                return
            self._at = len(self._text) - 1
            self._widen(self._fp.read(CHUNK))
            search_from = 0


def _bytes_of(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
