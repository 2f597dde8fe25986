"""Texts of others in a page: shown exactly, what cannot be seen by its escape, and obeyed nowhere.

``page.js`` does the same to the rows that it shows.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s3transfer_tl.report.snippet import printable

if TYPE_CHECKING:
    from markupsafe import Markup


def marked(text: str) -> Markup:
    """Return ``text`` as markup; what cannot be seen stands as its escape, marked as such."""
    from markupsafe import Markup, escape

    if text.isprintable() and not text.startswith(" ") and not text.endswith(" "):
        return escape(text)
    parts = (
        escape(char) if seen else Markup('<span class="odd">{}</span>').format(_escaped(char))
        for char, seen in _told_apart(text)
    )
    return Markup("").join(parts)


def plain(text: str) -> Markup:
    """Return ``text`` for places that take no element, such as attributes."""
    from markupsafe import escape

    return escape(printable(text))


def markup(text: str) -> Markup:
    """Return ``text`` as it is: markup of our own making, never a text of others."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - see above


def script_data(value: Any) -> str:
    """Return ``value`` as JSON that can stand in a script element, whatever its texts hold."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if not written.isprintable():  # marks of direction, halves of characters: nothing for a source to hold
        written = json.dumps(value, separators=(",", ":"))
    for char in "<>&":  # str.replace takes a tenth of the time of str.translate
        written = written.replace(char, f"\\u{ord(char):04x}")
    return written


def _told_apart(text: str) -> list[tuple[str, bool]]:
    last = len(text) - 1
    return [
        (char, char.isprintable() and not (char == " " and at in (0, last))) for at, char in enumerate(text)
    ]


def _escaped(char: str) -> str:
    return "\\x20" if char == " " else printable(char)
