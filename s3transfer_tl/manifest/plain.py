"""The form that most entries have: the keys of ``FIELDS`` in their order, and no escape in a value."""

from __future__ import annotations

import re

_SPACE = r"[ \t\n\r]*+"


def pattern(index_id: str, language: str, uri: str, transcription: str) -> re.Pattern[str]:
    """Return the pattern of an entry with such values, and of the comma and the space up to the ``{`` of
    the next one. An entry may do without its transcription.

    The arguments are patterns that match a value between its quotes, and nothing that JSON would escape.
    Their groups are the pattern's. What it matches where an entry may begin is one, whatever stands around.
    """
    transcribed = rf",{_SPACE}{_member('transcription', transcription)}"
    return re.compile(
        rf"\{{{_SPACE}{_member('index_id', index_id)},{_SPACE}{_member('language', language)},{_SPACE}"
        rf"{_member('object', uri)}(?:{transcribed})?\}}{_SPACE},{_SPACE}(?=\{{)"
    )


def _member(name: str, value: str) -> str:
    return rf'"{name}"{_SPACE}:{_SPACE}"{value}"{_SPACE}'
