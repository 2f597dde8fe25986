"""TL111-TL114 and TL404: the index that takes the video."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from s3transfer_tl.lint.rules import Complaint, Mend, Remedy, Rule, Subject
from s3transfer_tl.model import Severity

LENGTH = 24
WELL_FORMED = re.compile(r"[0-9a-f]{24}")
_HEX = frozenset("0123456789abcdefABCDEF")
_LOOK_ALIKES = {"O": "0", "o": "0", "l": "1", "I": "1", "S": "5", "s": "5", "Z": "2", "z": "2", "g": "9"}
_PLACEHOLDER = re.compile(r"\s*<[^<>]*>\s*|0+")
_PLACEHOLDER_IN_URI = re.compile(r"<[A-Za-z][A-Za-z0-9 _-]*>")


def neighbour(value: str, ids: Mapping[str, int]) -> str | None:
    """Return the id that ``value`` is one slip away from: a prefix of it or one edit apart. The one
    that most entries have wins."""
    near = [known for known in ids if known != value and _one_slip(value.lower(), known)]
    return max(near, key=lambda known: ids[known], default=None)


def _one_slip(value: str, known: str) -> bool:
    if len(value) >= LENGTH // 2 and (value.startswith(known) or known.startswith(value)):
        return True
    pairs = zip(value, known, strict=False)
    same = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(value), len(known)))
    rest, other = value[same:], known[same:]
    return rest[1:] == other or rest == other[1:] or rest[1:] == other[1:]


def _hint(subject: Subject, value: str) -> str:
    near = neighbour(value, subject.whole.ids)
    if near is None:
        return ""
    count = subject.whole.ids[near]
    return f"did you mean {near}, as in {count:,} other {'entry' if count == 1 else 'entries'} of this file?"


def _length(subject: Subject) -> Iterator[Complaint]:
    value = subject.text("index_id")
    if value is not None and len(value) != LENGTH:
        count = "1 character" if len(value) == 1 else f"{len(value):,} characters"
        yield Complaint(f"index_id has {count}, not {LENGTH}", "index_id", hint=_hint(subject, value))


def _characters(subject: Subject) -> Iterator[Complaint]:
    value = subject.text("index_id")
    if value is None or _HEX.issuperset(value):
        return
    at, char = next((at, char) for at, char in enumerate(value) if char not in _HEX)
    odd = list(dict.fromkeys(one for one in value if one not in _HEX))
    alike = [f"{one} for {_LOOK_ALIKES[one]}" for one in odd if one in _LOOK_ALIKES]
    like = f"; perhaps {' and '.join(alike)}" if alike else ""
    message = f"index_id has {char!r} at character {at + 1}, which is no hexadecimal digit{like}"
    hint = _hint(subject, value)
    if not hint and len(alike) == len(odd):
        meant = "".join(_LOOK_ALIKES.get(one, one) for one in value)
        hint = f"compare with the dashboard: {meant}?"
    yield Complaint(message, "index_id", hint=hint)


def _case(subject: Subject) -> Iterator[Complaint]:
    value = subject.text("index_id")
    if value is not None and value != value.lower():
        mend = Mend(f"write {value.lower()}", {"index_id": value.lower()})
        yield Complaint("index_id has upper-case letters", "index_id", hint=mend.title, mend=mend)


def _placeholder(subject: Subject) -> Iterator[Complaint]:
    for name, value in subject.texts():
        found = _PLACEHOLDER.fullmatch(value)
        if name in ("object", "transcription"):
            found = found or _PLACEHOLDER_IN_URI.search(value)
        if found:
            yield Complaint(f"{name} still holds the placeholder {found[0][:40]}", name)


def _mixed(subject: Subject) -> Iterator[Complaint]:
    value, main = subject.text("index_id"), subject.whole.main_id
    if value is None or main is None or value == main or not WELL_FORMED.fullmatch(value):
        return
    ids = subject.whole.ids
    message = (
        f"index_id {value} has {ids[value]:,} of {sum(ids.values()):,} entries; {main} has {ids[main]:,}"
    )
    yield Complaint(message, "index_id")


PLACEHOLDER = Rule(
    code="TL114",
    name="placeholder-value",
    severity=Severity.ERROR,
    hint="put the real value in its place",
    finds="A value copied from a guide and never filled in: <YOUR_INDEX_ID>, or all zeros.",
    hurts="There is no such index, language or object.",
    example='"index_id": "<YOUR_INDEX_ID>"',
    better='"index_id": "629d807aa9e2a3a33a92c00b"',
    judge=_placeholder,
)

RULES = (
    Rule(
        code="TL111",
        name="index-id-length",
        severity=Severity.ERROR,
        hint="copy the id again from the dashboard",
        finds="An index id that does not have 24 characters. An id nearby that has them is named.",
        hurts="A character was lost or doubled in copying: no such index, or worse, another one.",
        example='"index_id": "629d807aa9e2a3a33a92c00b1"',
        better='"index_id": "629d807aa9e2a3a33a92c00b"',
        judge=_length,
    ),
    Rule(
        code="TL112",
        name="index-id-chars",
        severity=Severity.ERROR,
        hint="copy the id again from the dashboard",
        finds="An index id with a character that is not a hexadecimal digit, such as O for 0 or l for 1.",
        hurts="There is no such index.",
        example='"index_id": "629d8O7aa9e2a3a33a92c00b"',
        better='"index_id": "629d807aa9e2a3a33a92c00b"',
        judge=_characters,
    ),
    Rule(
        code="TL113",
        name="index-id-case",
        severity=Severity.WARNING,
        hint="write it in lower case",
        finds="An index id with upper-case letters.",
        hurts="The platform writes ids in lower case; whether it compares exactly is not documented.",
        example='"index_id": "629D807AA9E2A3A33A92C00B"',
        better='"index_id": "629d807aa9e2a3a33a92c00b"',
        judge=_case,
        fix=Remedy("safe", "Writes the id in lower case."),
    ),
)

MIXED = Rule(
    code="TL404",
    name="mixed-index-ids",
    severity=Severity.WARNING,
    hint="make sure that these videos belong into another index; split the manifest if you mean it",
    finds="An entry whose index id is not the one that most entries have.",
    hurts="Legal, but most often one id was pasted over some of the entries only.",
    example='"index_id": "6298d673f1090f1100476d4c" among 100 entries with 629d807aa9e2a3a33a92c00b',
    better="one index id in the file",
    judge=_mixed,
    settles=False,
)
