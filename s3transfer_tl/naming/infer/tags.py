"""Language tags and flags inside names, found and put aside."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from s3transfer_tl.naming import languages, names

LANGUAGE = "\0"
"""Stands where a name had a language tag; no key that is text holds it in practice."""

# Three letters are mostly words (`sub`, `mac`, `new`): only these are read as languages.
_LONG = {
    "ara", "ceb", "ces", "chi", "cze", "dan", "deu", "dut", "ell", "eng", "fil", "fin", "fra", "fre", "ger",
    "gre", "heb", "hin", "hun", "ind", "ita", "jpn", "kor", "nld", "nor", "pol", "por", "ron", "rum", "rus",
    "spa", "swe", "tha", "tur", "ukr", "vie", "yue", "zho",
}  # fmt: skip
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|\d{3}))?")
_NAMED = {
    "arabic": "ar", "chinese": "zh", "czech": "cs", "danish": "da", "dutch": "nl", "english": "en",
    "finnish": "fi", "french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi",
    "hungarian": "hu", "italian": "it", "japanese": "ja", "korean": "ko", "norwegian": "no", "polish": "pl",
    "portuguese": "pt", "romanian": "ro", "russian": "ru", "spanish": "es", "swedish": "sv", "thai": "th",
    "turkish": "tr", "ukrainian": "uk", "vietnamese": "vi",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_FLAGS = re.compile(rf"(?i:(?:\.(?:{'|'.join(names.FLAGS)}))+)\Z")


class Tail(NamedTuple):
    """The end of a transcription's name: ``base`` literal text, then ``separator`` and a language
    where ``tag`` is one, then flags."""

    base: str
    separator: str
    tag: str | None
    flags: bool


@functools.cache
def canonical(text: str) -> str | None:
    """Return the language that ``text`` most likely means, or None for what is more likely a word."""
    found = _TAG.fullmatch(text)
    if found is None or (len(found[1]) == 3 and found[1].lower() not in _LONG):
        return None
    return languages.canonical(text)


def named(text: str) -> str | None:
    """Return the language whose English name ``text`` has as its only such word."""
    told = {_NAMED[word.lower()] for word in _WORD.findall(text) if word.lower() in _NAMED}
    return told.pop() if len(told) == 1 else None


def put_aside(text: str) -> tuple[str, str | None]:
    """Return ``text`` with ``LANGUAGE`` in the place of the last language tag in it, and that tag."""
    words = list(_WORD.finditer(text))
    for last in reversed(range(len(words))):
        for first in range(max(0, last - 2), last + 1):
            start, end = words[first].start(), words[last].end()
            if canonical(text[start:end]):
                return f"{text[:start]}{LANGUAGE}{text[end:]}", text[start:end]
    return text, None


def tail(text: str) -> Tail:
    """Take apart what follows the shared part of a transcription's name, such as ``_cc.en.forced``."""
    flagged = _FLAGS.search(text)
    # A lone .hi is Hindi.
    rest = text[: flagged.start()] if flagged and text.lower() != ".hi" else text
    marked, tag = put_aside(rest)
    flags = flagged is not None and text.lower() != ".hi"
    before, _, after = marked.partition(LANGUAGE)
    if tag is None or after:
        return Tail(marked, "", tag, flags)
    separator = before[-1:] if before[-1:] in (".", "_", "-", " ") else ""
    return Tail(before.removesuffix(separator), separator, tag, flags)
