"""The shape that many identifiers share, as RE2 text: ``[A-Z]{3}\\d{5}``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from s3transfer_tl.naming.regexes import quote

_RUN = re.compile(r"[0-9]+|[A-Z]+|[a-z]+|[^0-9A-Za-z]+")
_CLASSES = (
    ("0123456789", r"\d"),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "[A-Z]"),
    ("abcdefghijklmnopqrstuvwxyz", "[a-z]"),
)
_WIDE = (r"[0-9a-f-]", r"[0-9A-Za-z]", r"[\w-]")
_DISTINCT_RUNS = 7
_DISTINCT_WIDE = 8


def shape(texts: Sequence[str]) -> str | None:
    """Return a pattern that all of ``texts`` match because they are built alike, or None where they
    are not identifiers: no digits, or no common build."""
    distinct = sorted(set(texts))
    if len(distinct) < 2 or not all(text.isascii() for text in distinct):
        return None
    return _runs(distinct) or _wide(distinct)


def is_distinctive(texts: Iterable[str]) -> bool:
    """Whether identifiers of this build are long enough that two equal ones mean the same thing."""
    shortest = min(texts, key=_letters)
    if any(c.isdigit() for c in shortest):
        return _letters(shortest) >= _DISTINCT_RUNS
    return _letters(shortest) >= _DISTINCT_WIDE and " " not in shortest


def _letters(text: str) -> int:
    return sum(c.isalnum() for c in text)


def _runs(texts: Sequence[str]) -> str | None:
    """Digits, capitals and small letters in the same order everywhere."""
    taken = [_RUN.findall(text) for text in texts]
    if len({len(runs) for runs in taken}) > 1:
        return None
    parts = []
    for column in zip(*taken, strict=True):
        kinds = {_class(run) for run in column}
        if len(set(column)) == 1 and not column[0].isdigit():
            parts.append(quote(column[0]))
        elif len(kinds) == 1 and (kind := kinds.pop()):
            parts.append(kind + _count(column))
        else:
            return None
    pattern = "".join(parts)
    return pattern if "\\d" in pattern else None


def _class(run: str) -> str | None:
    return next((name for letters, name in _CLASSES if run[0] in letters), None)


def _count(column: Sequence[str]) -> str:
    lengths = {len(run) for run in column}
    length = min(lengths)
    # Short numbers grow: lesson9, lesson10.
    return "+" if len(lengths) > 1 or (length < 3 and column[0].isdigit()) else f"{{{length}}}"


def _wide(texts: Sequence[str]) -> str | None:
    """One alphabet and one length, as hashes and video site ids have."""
    lengths = {len(text) for text in texts}
    if len(lengths) > 1 or min(lengths) < _DISTINCT_WIDE:
        return None
    mixed = all(any(c.isdigit() for c in t) or (t != t.lower() and t != t.upper()) for t in texts)
    count = f"{{{lengths.pop()}}}"
    return next(
        (w + count for w in _WIDE if mixed and all(re.fullmatch(f"{w}*", t, re.ASCII) for t in texts)), None
    )
