"""Include and exclude globs, as RE2 text."""

from __future__ import annotations

import functools
import re
from typing import Any

from s3transfer_tl.naming.regexes import PatternError, quote, refuse

_ANY = "(?s:.*)"
_LEXEME = re.compile(r"\*\*/|\*\*|\\.|\[[!^]?\]?[^\]]*\]|.", re.DOTALL)
_FIXED_EXTENSION = re.compile(r"\.[^./*?]+\Z")


def glob(pattern: str) -> str:
    r"""Return the RE2 text, anchored at both ends, of a glob over a whole key.

    ``*`` and ``?`` stay inside one path segment, ``**`` crosses ``/``, ``**/`` also matches no
    folder at all, ``[abc]`` and ``[!a-z]`` are classes, ``{a,b}`` are alternatives and ``\`` takes
    the next character as it is. Upper and lower case differ.

    Raises ``PatternError`` for an empty glob, a bracket or brace that does not close, a class that
    RE2 refuses, and a backslash at the end.
    """
    if not pattern:
        raise PatternError(0, "the glob is empty", "write a glob such as **/*.mp4")
    parts: list[str] = []
    opened: list[int] = []
    for lexeme in _LEXEME.finditer(pattern):
        offset, text = lexeme.start(), lexeme.group()
        at_segment = offset == 0 or pattern[offset - 1] == "/"
        if text == "**/":
            parts.append("(?:(?s:.*)/)?" if at_segment else f"{_ANY}/")
        elif text == "{":
            opened.append(offset)
            parts.append("(?:")
        elif text == "}" and opened:
            opened.pop()
            parts.append(")")
        elif text == "," and opened:
            parts.append("|")
        elif text in ("[", "\\"):
            raise PatternError(offset, f"`{text}` has no end", f"write \\{text} for itself")
        else:
            parts.append(_one(offset, text))
    if opened:
        raise PatternError(opened[-1], "`{` has no end", "close it with }, or write \\{ for itself")
    return f"^(?:{''.join(parts)})$"


def names_extension(pattern: str) -> bool:
    """Whether a glob ends in an extension of its own (``**/*.bin``), so that what it chooses is
    wanted whatever its kind; ``shows/**`` does not."""
    return bool(_FIXED_EXTENSION.search(pattern))


def literal_start(pattern: str) -> str:
    """Return the text that every key begins with which a glob matches; "" where there is none."""
    start = ""
    for lexeme in _LEXEME.finditer(pattern):
        text = lexeme.group()
        if (len(text) > 1 and text[0] != "\\") or text in "*?[{":
            break
        start += text[-1]
    return start


@functools.cache
def _compiled(pattern: str) -> Any:
    import re2

    return re2.compile(glob(pattern))


def matches(pattern: str, key: str) -> bool:
    """Whether a glob that compiles matches a whole key."""
    return _compiled(pattern).match(key) is not None


def _one(offset: int, text: str) -> str:
    if text == "**":
        return _ANY
    if text == "*":
        return "[^/]*"
    if text == "?":
        return "[^/]"
    if text.startswith("\\"):
        return quote(text[1])
    if text.startswith("["):
        return _class(offset, text[1:-1])
    return quote(text)


def _class(offset: int, body: str) -> str:
    negated = body[:1] in ("!", "^")
    escaped = re.sub(r"([\\\[\]^])", r"\\\1", body[1:] if negated else body)
    text = f"[^/{escaped}]" if negated else f"[{escaped}]"
    try:
        refuse(text)
    except PatternError as error:
        raise PatternError(offset, error.message, "write \\[ for the character itself") from None
    return text
