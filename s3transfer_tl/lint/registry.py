"""Every rule, in the order in which they judge, and the ways to name some of them."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from s3transfer_tl.errors import UsageError
from s3transfer_tl.lint import (
    config_rules,
    conform,
    filetype,
    form,
    index_id,
    language,
    layout,
    pairing,
    relation,
    shape,
    stored,
    strays,
    subtitles,
    uri,
    video,
    world,
)
from s3transfer_tl.lint.rules import Rule, Scan

# In the order in which they judge: once a complaint explains a field, later rules leave it alone.
JUDGING: tuple[Rule, ...] = (
    *form.RULES,
    *shape.RULES,
    index_id.PLACEHOLDER,
    *index_id.RULES,
    *uri.RULES,
    *filetype.RULES,
    *language.RULES,
    *relation.RULES,
    *pairing.RULES,
    *layout.RULES,
    *conform.RULES,
    *strays.RULES,
    *world.RULES,
    *stored.RULES,
    *video.RULES,
)
SCANS: tuple[Scan, ...] = (layout.scan, conform.scan, strays.scan)
RULES: tuple[Rule, ...] = tuple(
    sorted((*JUDGING, *subtitles.RULES, *config_rules.RULES), key=lambda rule: rule.code)
)

BY_CODE = {rule.code: rule for rule in RULES}


def rule(code: str) -> Rule:
    """Return the rule called ``code``. Raises ``UsageError``, naming the nearest, for no rule."""
    found = BY_CODE.get(code.upper())
    if found is None:
        raise UsageError(f"there is no rule {code}", _nearest(code))
    return found


def codes(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> frozenset[str]:
    """Return the codes that ``select`` names (where empty: all that are on by default) and ``ignore``
    does not.

    Both hold codes or beginnings of codes: ``TL2`` means every TL2xx. Raises ``UsageError`` for one
    that names no rule.
    """
    return _codes(tuple(select), tuple(ignore))


@functools.lru_cache(8)  # who judges many small files asks for the same each time: 2 ms
def _codes(select: tuple[str, ...], ignore: tuple[str, ...]) -> frozenset[str]:
    chosen = _matching(select) if select else (rule.code for rule in RULES if rule.default)
    return frozenset(chosen) - frozenset(_matching(ignore))


def _matching(prefixes: Iterable[str]) -> Iterable[str]:
    for prefix in prefixes:
        codes = [code for code in BY_CODE if prefix and code.startswith(prefix.upper())]
        if not codes:
            raise UsageError(f"no rule begins with {prefix!r}", _nearest(prefix))
        yield from codes


def _nearest(code: str) -> str:
    import difflib

    near = difflib.get_close_matches(code.upper(), BY_CODE, 9, 0.5)
    group = code.upper()[:3]  # of the near ones, one of the same group
    best = next((known for known in near if known.startswith(group)), near[0] if near else None)
    return (f"did you mean {best}? " if best else "") + "s3transfer-tl rules lists them all"
