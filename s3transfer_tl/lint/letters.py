"""TL719: do the letters of a subtitle file fit the language that its name ends with?"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from s3transfer_tl.model import Severity

if TYPE_CHECKING:
    from s3transfer_tl import captions

_SCRIPT_NAMES = {
    "Latn": "Latin",
    "Cyrl": "Cyrillic",
    "Grek": "Greek",
    "Hebr": "Hebrew",
    "Arab": "Arabic",
    "Deva": "Devanagari",
    "Beng": "Bengali",
    "Taml": "Tamil",
    "Telu": "Telugu",
    "Thai": "Thai",
    "Geor": "Georgian",
    "Armn": "Armenian",
    "Hang": "Korean",
    "Hira": "Japanese",
    "Kana": "Japanese",
    "Hani": "Chinese",
}
_COMPOUND = {
    "Jpan": frozenset(("Hira", "Kana", "Hani")),
    "Kore": frozenset(("Hang", "Hani")),
    "Hans": frozenset(("Hani",)),
    "Hant": frozenset(("Hani",)),
}
_SEVERAL_SCRIPTS = {*"az bs ha kk ks ku ky mn ms pa sd sh sr tg tk tt ug uz".split()}  # noqa: SIM905


def faults(data: bytes, file: str) -> Iterator[captions.Fault]:
    """Yield TL719 where the text is not in the letters of the language that the file's name ends with."""
    language = _named_language(file)
    expected = _scripts(language) if language else frozenset()
    if not expected:
        return
    from s3transfer_tl import captions

    found = captions.letters(data)
    if found and found.script not in expected:
        yield captions.Fault(
            code="TL719",
            severity=Severity.INFO,
            line=found.line,
            column=found.column,
            end_column=found.column + 1,
            message=f"the name says {language}, but the text is in {_SCRIPT_NAMES[found.script]} letters",
            hint=f"if the text is not {language}, rename the file and correct `language` in its entry",
        )


def _named_language(file: str) -> str | None:
    """Return the language that the name of a subtitle file ends with, before flags such as forced."""
    _, *tokens = PurePath(file).stem.split(".")
    if not tokens:
        return None
    from s3transfer_tl.naming import languages

    for count in (3, 2, 1):
        language = languages.tail(".".join(tokens[-count:])).language
        if language:  # of three letters, most are words that happen to be a language's code
            return language if len(language.partition("-")[0]) == 2 else None
    return None


@functools.cache
def _scripts(language: str) -> frozenset[str]:
    """Return the scripts that a text in ``language`` may have; empty where that is not certain."""
    import langcodes

    tag = langcodes.get(language)
    if tag.language in _SEVERAL_SCRIPTS and not tag.script:
        return frozenset()
    script = tag.maximize().script or ""
    return _COMPOUND.get(script, frozenset((script,)) & _SCRIPT_NAMES.keys())
