"""The form that most entries have: the keys of ``FIELDS`` in their order, and no escape in a value."""

from __future__ import annotations

import re

_SPACE = r"[ \t\n\r]*+"


def pattern(index_id: str, language: str, uri: str, transcription: str) -> re.Pattern[str]:
    """Return the pattern of an entry with such values, and of the comma and the space up to the ``{`` of
    the next one; its groups are the four values (transcription: None without one).

    The arguments are patterns without groups that match values between their quotes, and nothing that
    JSON would escape. What the pattern matches where an entry may begin is one, whatever stands around.
    """
    transcribed = rf",{_SPACE}{_member('transcription', f'({transcription})')}"
    return re.compile(
        rf"\{{{_SPACE}{_member('index_id', f'({index_id})')},{_SPACE}"
        rf"{_member('language', f'({language})')},{_SPACE}"
        rf"{_member('object', f'({uri})')}(?:{transcribed})?\}}{_SPACE},{_SPACE}(?=\{{)"
    )


def _member(name: str, value: str) -> str:
    return rf'"{name}"{_SPACE}:{_SPACE}"{value}"{_SPACE}'
