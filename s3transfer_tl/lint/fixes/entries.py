"""From what an entry should say to edits of its bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring as quoted
from typing import BinaryIO

from s3transfer_tl import manifest
from s3transfer_tl.lint.rules import Mend, Rule
from s3transfer_tl.model import Edit, Fix

_BLANK = b" \t\n\r"
_BEFORE = 4096  # bytes looked at for the comma before an entry


def fix(
    rule: Rule, mend: Mend, text: str, members: Mapping[str, manifest.Member], fp: BinaryIO, *, offset: int
) -> Fix | None:
    """Return the fix that makes the entry ``text``, at byte ``offset`` of ``fp``, what ``mend`` says.

    None where it cannot be done without a guess: a field that is not there, no comma before an entry
    that shall go.
    """
    if rule.fix is None:
        return None
    edits = _removal(text, fp, offset) if mend.remove else _changes(mend, text, members, offset)
    title = mend.title[:1].upper() + mend.title[1:]
    return Fix(rule.fix.applicability, title, edits) if edits else None


def _changes(mend: Mend, text: str, members: Mapping[str, manifest.Member], offset: int) -> tuple[Edit, ...]:
    spans = []
    for name, value in mend.values.items():
        if name not in members:
            return ()
        spans.append((members[name].value_start, members[name].value_end, value))
    for key, name in mend.keys.items():
        if key not in members or name in members:
            return ()
        spans.append((members[key].key_start, members[key].key_end, name))
    spelt = {
        json.loads(one): one
        for one in (text[m.value_start : m.value_end] for m in members.values())
        if one.startswith('"')
    }
    edits = []
    for start, end, value in sorted(spans):
        at = offset + len(text[:start].encode())
        written = spelt.get(value) or quoted(value)  # what moves keeps its escapes
        edits.append(Edit(at, at + len(text[start:end].encode()), written.encode()))
    return tuple(edits)


def _removal(text: str, fp: BinaryIO, offset: int) -> tuple[Edit, ...]:
    """Remove the entry and the comma before it: entries that go always have an earlier one."""
    start = max(offset - _BEFORE, 0)
    fp.seek(start)
    before = fp.read(offset - start).rstrip(_BLANK)
    if not before.endswith(b","):
        return ()
    behind = len(before[:-1].rstrip(_BLANK))
    return (Edit(start + behind, offset + len(text.encode()), b""),)
