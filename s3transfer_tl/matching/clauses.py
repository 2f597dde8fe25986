"""Pieces of SQL for ``matching.sql``: keys, captures and patterns, spliced in as literals."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path

from s3transfer_tl import naming
from s3transfer_tl.model import SourceSpec
from s3transfer_tl.naming import names

# A stem and an ending, by far the commonest patterns: found from behind, in half the time.
_ENDINGS = {
    rf"^(((?s:.+))\.{names.EXT})$": rf"\.{names.EXT}$",
    rf"^(((?s:.+))\.({names.FORMAT}))$": rf"\.{names.FORMAT}$",
}


def key(root: str) -> str:
    """Return the SQL for the key relative to ``root``."""
    if not root:
        return "substr(uri, 6 + strpos(substr(uri, 6), '/'))"
    whole = root if root.count("/") > 2 else f"{root}/"
    return f"substr(uri, {len(whole) + 1})"


def ends_in(extension: str) -> str:
    """Return the SQL that says whether ``key`` has an extension."""
    return _matches(f"\\.{extension}$")


def _matches(pattern: str) -> str:
    return f"regexp_matches(key, {literal(pattern)})"


def _any(patterns: Sequence[str]) -> str:
    return " OR ".join(map(_matches, patterns)) or "false"


def chosen(spec: SourceSpec, known: str, asked: Sequence[str], other: str) -> str:
    """Return the SQL that says whether ``key`` is on this side.

    That is what the globs choose of the ``known`` extensions, of extensions that a glob names, and
    of what the rules' ``asked`` patterns match; the ``other`` side's extensions only if named.
    """
    named = [naming.glob(glob) for glob in spec.include if naming.names_extension(glob)]
    kind = f"({known} OR {_any(named)} OR (({_any(asked)}) AND NOT {other}))"
    include = f"({_any([naming.glob(glob) for glob in spec.include])})" if spec.include else "true"
    return f"({include} AND {kind} AND NOT ({_any([naming.glob(glob) for glob in spec.exclude])}))"


def side(side: naming.Side, root: str, *, is_video: bool, bucket: bool) -> str:
    """Return the query that takes the keys of one side apart; ``bucket``: its name joins too."""
    if side.pattern in _ENDINGS:
        filled = {"bucket": _bucket(bucket), "key": key(root), "is_video": str(is_video)}
        return step("ending", ending=literal(_ENDINGS[side.pattern]), **filled)
    groups = ["hit", *(f"g{number}" for number in range(len(side.groups)))]
    return step(
        "side",
        key=key(root),
        pattern=literal(side.pattern),
        groups=f"[{', '.join(map(literal, groups))}]",
        is_video=str(is_video),
        bucket=_bucket(bucket),
    )


def _bucket(named: bool) -> str:
    return "regexp_extract(uri, '^s3://[^/]*/')" if named else "''"


def stem(rule: naming.Rule, side: naming.Side) -> str:
    """Return the SQL for the join key: the bucket, then the captures, told apart by an escape that
    no capture can hold and that NFC does not touch."""
    captures = [_capture(side, name) for name in rule.join]
    if len(captures) > 1:
        captures = [f"replace({capture}, chr(1), chr(1) || chr(2))" for capture in captures]
    joined = " || chr(1) || chr(3) || ".join(captures)
    return f"lower(bucket || {joined})" if rule.ignore_case else f"(bucket || {joined})"


def tail(side: naming.Side) -> str:
    """Return the SQL for the language and flags as ``languages.tail`` takes them."""
    said = [_capture(side, name) for name in ("lang", "flags") if name in side.groups]
    parts = "".join(f", nullif(ltrim({capture}, '.'), '')" for capture in said)
    return f"concat_ws('.'{parts}, NULL)"


def loose_tail(side: naming.Side) -> str:
    """Return the SQL for the language and flags of a loose stem: what captures told, then the tokens."""
    tokens = "array_to_string(token[i + 1:], '.')"
    if not {"lang", "flags"} & set(side.groups):
        return tokens
    return f"concat_ws('.', nullif(said, ''), nullif({tokens}, ''))"


def form(side: naming.Side) -> str:
    """Return the SQL for the transcription's format, lower case; '' where the key tells none."""
    return f"lower({_capture(side, 'format')})" if "format" in side.groups else "''"


def _capture(side: naming.Side, name: str) -> str:
    return f"p.g{side.groups.index(name)}"


def lowered(json: str) -> str:
    """Return the SQL that writes the escapes of control characters in a JSON text in lower case. What
    follows an escaped backslash is none, so those are put aside (JSON has no control characters)."""
    text = rf"replace({json}, '\\', chr(1))"
    for code in (0x0B, *range(0x0E, 0x10), *range(0x1A, 0x20)):
        text = rf"replace({text}, '\u{code:04X}', '\u{code:04x}')"
    return rf"replace({text}, chr(1), '\\')"


def literal(text: str | None) -> str:
    """Return ``text`` as an SQL literal."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def step(name: str, **filled: str) -> str:
    """Return one statement of ``matching.sql`` with its words filled in."""
    return _steps()[name].format_map(filled)


@functools.cache
def _steps() -> dict[str, str]:
    text = Path(__file__).with_name("matching.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- step: (\w+).*\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
