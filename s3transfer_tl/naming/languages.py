"""Language tags, and what the dot-separated tail of a transcription's name means."""

from __future__ import annotations

import functools
from typing import NamedTuple

_FLAGS = {"forced", "sdh", "cc"}


class Tail(NamedTuple):
    """What a tail such as ``en.forced`` says. ``language`` is a canonical tag, or None where it
    tells none. With a ``problem`` the transcription is no match for the name before the tail."""

    language: str | None
    forced: bool
    impaired: bool  # made for the hard of hearing: sdh, cc, or hi beside a language
    problem: str | None


@functools.cache
def canonical(tag: str) -> str | None:
    """Return ``tag`` as a canonical BCP 47 tag (``eng`` is ``en``, ``pt_br`` is ``pt-BR``), or None
    where it is none (langcodes; the IANA registry's subtags)."""
    import langcodes
    from langcodes.tag_parser import LanguageTagError

    try:
        standard = langcodes.standardize_tag(tag)
    except LanguageTagError:
        return None
    return standard if langcodes.tag_is_valid(standard) else None


@functools.cache
def tail(text: str) -> Tail:
    """Return what ``text``, dot-separated tokens in any order and any case, means.

    ``hi`` is Hindi where no other language is named, else a flag; ``default`` says nothing; ``und``
    is a language that is not told. A token that is neither flag nor language is a problem, and so
    are two languages.
    """
    tokens = [token for token in text.lower().split(".") if token not in ("", "default", "und")]
    flags = {token for token in tokens if token in _FLAGS}
    tags = [token for token in tokens if token not in flags]
    others = [tag for tag in tags if tag != "hi"]
    hearing = "hi" in tags and (bool(others) or tags.count("hi") > 1)
    named = others or tags[:1]
    languages = {tag: canonical(tag) for tag in named}
    unknown = [tag for tag, language in languages.items() if language is None]
    distinct = sorted({language for language in languages.values() if language is not None})
    problem = None
    if unknown:
        problem = f"`{unknown[0]}` is neither a language tag nor a flag"
    elif len(distinct) > 1:
        problem = f"two languages, {distinct[0]} and {distinct[1]}"
    return Tail(
        language=distinct[0] if distinct and problem is None else None,
        forced="forced" in flags,
        impaired=bool(flags & {"sdh", "cc"}) or hearing,
        problem=problem,
    )
