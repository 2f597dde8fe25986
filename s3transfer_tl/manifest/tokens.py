"""JSON text under the glass: where an object's members stand, and what exactly breaks a text.

Used for the few entries that need it only; the many go through the C scanner alone.
"""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Literal, NamedTuple

DEPTH_LIMIT = 64  # an entry is 1 deep

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING_BODY = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_TOKEN = re.compile(
    r"(?P<punctuation>[{}\[\]:,])"
    rf'|(?P<string>{_STRING_BODY.pattern}")'
    r"|(?P<scalar>(?:true|false|null|-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?)(?![\w.+-]))",
    re.ASCII,
)
_MEMBER = re.compile(
    rf'[{{,][ \t\n\r]*+({_STRING_BODY.pattern}")[ \t\n\r]*+:[ \t\n\r]*+({_STRING_BODY.pattern}")[ \t\n\r]*+'
)
_CUT_ESCAPE = re.compile(r"(?:\\(?:u[0-9a-fA-F]{0,3})?)?\Z")
_WORD = re.compile(r"[\w.+-]+")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_SCAN = json.JSONDecoder(object_pairs_hook=tuple, parse_int=float).scan_once  # type: ignore[attr-defined]


class Member(NamedTuple):
    """One ``"key": value`` of an object; ``[start, end)`` in code points of the object's text."""

    key: str
    key_start: int
    key_end: int
    value_start: int
    value_end: int


class Flaw(NamedTuple):
    """What breaks a JSON text, and where (code points)."""

    kind: Literal["syntax", "encoding", "limit", "cut"]
    at: int
    length: int
    message: str
    hint: str = ""


def members(text: str) -> list[Member]:
    """Return the members of the JSON object that ``text`` is, in order, duplicates included.

    ``text`` must be one sound object; anything else raises ``ValueError``.
    """
    found = []
    at = 0
    while member := _MEMBER.match(text, at):
        at = member.end()
        key = member[1][1:-1] if "\\" not in member[1] else scanstring(text, member.start(1) + 1)[0]
        found.append(Member(key, *member.span(1), *member.span(2)))
    return found if found and text[at : at + 1] == "}" else _any_members(text)


def _any_members(text: str) -> list[Member]:
    found = []
    at = _skip(text, 1)
    while text[at] != "}":
        key, key_end = scanstring(text, at + 1)
        value_start = _skip(text, _skip(text, key_end) + 1)
        try:
            _, value_end = _SCAN(text, value_start)
        except StopIteration as error:
            raise ValueError("not an object") from error
        found.append(Member(key, at, key_end, value_start, value_end))
        at = _skip(text, value_end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def kind(value: object) -> str:
    """Name the JSON kind of a value for a sentence: "null", "a number", "an object", ..."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case list():
            return "an array"
        case _:
            return "an object"


def lone_surrogate(text: str) -> int:
    r"""Return where in the JSON ``text`` half a surrogate pair is escaped (``\ud83d`` without its
    other half), or -1."""
    high: re.Match[str] | None = None
    for escape in _ESCAPE.finditer(text):
        code = int(escape[1] or "0", 16)
        if 0xDC00 <= code <= 0xDFFF:
            if high is None or high.end() != escape.start():
                return high.start() if high else escape.start()
            high = None
            continue
        if high is not None:
            return high.start()
        high = escape if 0xD800 <= code <= 0xDBFF else None
    return high.start() if high else -1


def encodable(text: str) -> bool:
    """Tell whether UTF-8 can hold ``text``, that is, whether it has no surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def flaw(text: str, at: int) -> Flaw | None:
    """Return what breaks the JSON value that begins at ``at``, or None where it is sound.

    A value that ``text`` ends before it is complete has a flaw of kind ``cut``.
    """
    return _Walk(text, at).flaw()


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]  # matches the empty text too


class _Walk:
    """A walk over the tokens of one value, up to its end or its first flaw."""

    def __init__(self, text: str, at: int) -> None:
        self._text, self._at = text, at
        self._open: list[str] = []

    def flaw(self) -> Flaw | None:
        expected = "a value"
        comma = -1
        while True:
            self._at = _skip(self._text, self._at)
            token = _TOKEN.match(self._text, self._at)
            word = token[0] if token and token["punctuation"] else "text" if token and token["string"] else ""
            if token is None:
                return self._no_token(expected)
            if word in ("}", "]") and comma >= 0 and expected in ("a key", "a value"):
                return Flaw("syntax", comma, 1, f"a comma before the closing {word}", "remove the comma")
            after = self._step(expected, word)
            if after is None:
                return self._unexpected(expected, token[0])
            if len(self._open) > DEPTH_LIMIT:
                return Flaw("limit", self._at, 1, f"values are nested more than {DEPTH_LIMIT} deep")
            if after == "the end":
                return None
            comma = self._at if word == "," else -1
            expected, self._at = after, token.end()

    def _step(self, expected: str, word: str) -> str | None:
        """Return what must come after the token ``word`` (empty: a scalar), None where it must not
        stand here."""
        if expected in ("a key", "a key or }") and word == "text":
            return "a colon"
        if expected == "a colon" and word == ":":
            return "a value"
        if expected in ("a value", "a value or ]") and word in ("{", "["):
            self._open.append("}" if word == "{" else "]")
            return "a key or }" if word == "{" else "a value or ]"
        if expected in ("a value", "a value or ]") and word in ("", "text"):
            return self._after_value()
        if self._open and expected.endswith(self._open[-1]):
            if word == self._open[-1]:
                self._open.pop()
                return self._after_value()
            if word == "," and expected.startswith("a comma"):
                return "a key" if self._open[-1] == "}" else "a value"
        return None

    def _after_value(self) -> str:
        return f"a comma or {self._open[-1]}" if self._open else "the end"

    def _unexpected(self, expected: str, found: str) -> Flaw:
        shown = found if len(found) < 20 else f"{found[:16]}..."
        message = f"expected {expected}, found {shown}"
        return Flaw("syntax", self._at, min(len(found), 20), message)

    def _no_token(self, expected: str) -> Flaw:
        text, at = self._text, self._at
        if at >= len(text):
            return Flaw("cut", at, 0, f"the text ends where {expected} is expected")
        if text[at] == '"':
            return self._broken_string()
        if 0xDC80 <= ord(text[at]) <= 0xDCFF:
            return Flaw("encoding", at, 1, f"byte 0x{ord(text[at]) - 0xDC00:02X} is not UTF-8")
        if text[at] == "#" or text.startswith(("//", "/*"), at):
            return Flaw("syntax", at, 1, "a comment; JSON has none", "remove the comment")
        if text[at] == "'":
            return Flaw("syntax", at, 1, "a text in single quotes", "use double quotes")
        word = _WORD.match(text, at)
        if word is None:
            shown = text[at] if text[at].isprintable() else f"U+{ord(text[at]):04X}"
            return Flaw("syntax", at, 1, f"expected {expected}, found {shown}")
        return self._bare_word(expected, word[0])

    def _bare_word(self, expected: str, word: str) -> Flaw:
        length = min(len(word), 20)
        if word.lstrip("+-") in ("NaN", "Infinity"):
            return Flaw("syntax", self._at, length, f"{word} is not JSON")
        if word.lower() in ("true", "false", "null", "none", "undefined"):
            hint = "JSON writes true, false and null"
            return Flaw("syntax", self._at, length, f"{word} is not JSON", hint)
        if expected.startswith("a key"):
            return Flaw("syntax", self._at, length, "a key without quotes", "put double quotes around it")
        if expected.startswith("a value"):
            what = "not a JSON number" if word[0] in "+-.0123456789" else "a text without quotes"
            return Flaw(
                "syntax", self._at, length, f"{word[:20]} is {what}", "put double quotes around texts"
            )
        return Flaw("syntax", self._at, length, f"expected {expected}, found {word[:20]}")

    def _broken_string(self) -> Flaw:
        text, at = self._text, self._at
        end = _STRING_BODY.match(text, at).end()  # type: ignore[union-attr]  # it begins with a quote
        if _CUT_ESCAPE.match(text, end):
            return Flaw("cut", at, 1, "the text has no closing quote")
        if text[end] == "\\":
            return Flaw("syntax", end, 2, "a backslash that escapes nothing", "write a backslash as \\\\")
        if text[end] in "\r\n":
            return Flaw("syntax", at, 1, "a text that is not closed on its line", 'put a " at its end')
        message = f"a raw control character U+{ord(text[end]):04X} in a text"
        return Flaw("syntax", end, 1, message, f"write it as \\u{ord(text[end]):04x}")
