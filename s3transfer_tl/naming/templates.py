"""Templates: keys with names in braces where keys differ, as RE2 text."""

from __future__ import annotations

import re

from s3transfer_tl.naming import names
from s3transfer_tl.naming.regexes import PatternError, distinct, lexemes, named_groups, quote, refuse

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SEGMENT = "[^/]+"
_ACROSS = "(?s:.+)"
_MEANINGS = {"lang": names.LANG, "ext": names.EXT, "format": names.FORMAT, "flags": names.FLAG_RUN}


def regex(template: str) -> tuple[str, dict[str, int]]:
    r"""Return the regex that ``template`` stands for, and the offset of each name in the template.

    ``{name}`` is one or more characters other than ``/``, ``{name:**}`` may cross ``/``,
    ``{name:REGEX}`` is RE2; ``{lang}``, ``{ext}``, ``{format}`` and ``{flags}`` are what their names
    say; ``[...]`` may be absent; ``\`` takes the next character as it is. Raises ``PatternError``.
    """
    if not template:
        raise PatternError(0, "the template is empty", "write a template such as {path:**}.{ext}")
    parts: list[str] = []
    named: list[tuple[str, int]] = []
    optional: list[int] = []
    position = 0
    while position < len(template):
        char = template[position]
        end = position + 1
        if char == "{":
            end = _closing(template, position)
            name, group = _place(template[position + 1 : end - 1], position + 1)
            named.append((name, position))
            parts.append(group)
        elif char == "[":
            optional.append(position)
            parts.append("(?:")
        elif char == "]":
            if not optional:
                raise PatternError(position, "`]` closes nothing", "write \\] for the character itself")
            optional.pop()
            parts.append(")?")
        elif char == "\\":
            end = position + 2
            parts.append(quote(_escaped(template, position)))
        elif char in "*}":
            raise PatternError(position, f"`{char}` means nothing in a template", _meant(char))
        else:
            parts.append(quote(char))
        position = end
    if optional:
        hint = "close it with ], or write \\[ for the character itself"
        raise PatternError(optional[-1], "`[` has no end", hint)
    return "".join(parts), distinct(named)


def _place(inside: str, offset: int) -> tuple[str, str]:
    """Return name and group for what stands between two braces, which begins at ``offset``."""
    name, colon, pattern = inside.partition(":")
    if not _NAME.fullmatch(name):
        hint = "names are letters, digits and _; write \\{ for a brace in the key"
        raise PatternError(offset, f"`{name}` is no name", hint)
    if not colon:
        return name, f"(?P<{name}>{_MEANINGS.get(name, _SEGMENT)})"
    if pattern == "**":
        return name, f"(?P<{name}>{_ACROSS})"
    start = offset + len(name) + 1
    try:
        refuse(pattern)
    except PatternError as error:
        raise error.moved(start) from None
    for _, place in named_groups(pattern):
        raise PatternError(start + place, "a named group inside braces", "the braces name it already")
    return name, f"(?P<{name}>{pattern})"


def _closing(template: str, position: int) -> int:
    """Return the offset behind the brace that closes the one at ``position``."""
    depth = 0
    for offset, text in lexemes(template[position:]):
        depth += (text == "{") - (text == "}")
        if depth == 0:
            return position + offset + 1
    raise PatternError(position, "`{` has no end", "close it with }, or write \\{ for the character itself")


def _escaped(template: str, position: int) -> str:
    following = template[position + 1 : position + 2]
    if not following or following.isalnum():
        hint = "a template is no regex: write \\\\ for a backslash in the key"
        raise PatternError(position, "`\\` stands before no sign", hint)
    return following


def _meant(char: str) -> str:
    if char == "*":
        return "write {name} for a part of a path, {name:**} for any path, \\* for the character itself"
    return "write \\} for the character itself"
