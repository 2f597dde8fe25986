"""TL0xx: the file as JSON. The reader finds these faults; the rules give them code, page and hint."""

from __future__ import annotations

from s3transfer_tl.lint.fixes import documents
from s3transfer_tl.lint.rules import Remedy, Rule
from s3transfer_tl.model import Severity

RULES = (
    Rule(
        code="TL001",
        name="json-syntax",
        severity=Severity.ERROR,
        hint="correct the JSON at this place",
        finds="Text that is not JSON: a missing or extra comma or quote, a comment, NaN, a cut file.",
        hurts="The platform refuses the whole file; no entry of it is indexed.",
        example='[{"index_id": "629d807aa9e2a3a33a92c00b",}]',
        better='[{"index_id": "629d807aa9e2a3a33a92c00b"}]',
        fault="syntax",
    ),
    Rule(
        code="TL002",
        name="not-utf8",
        severity=Severity.ERROR,
        hint="save the file as UTF-8",
        finds="A byte that is not UTF-8, or an escaped half of a surrogate pair.",
        hurts="JSON is UTF-8. A key that was re-encoded names another object, or none.",
        example='"object": "s3://media/caf\\ud83d.mp4"',
        better='"object": "s3://media/caf\u00e9.mp4"',
        fault="encoding",
        fix=Remedy(
            "unsafe",
            "Re-encodes UTF-16 or UTF-32 that begins with its byte order mark; guesses nothing.",
            documents.to_utf8,
        ),
    ),
    Rule(
        code="TL003",
        name="byte-order-mark",
        severity=Severity.WARNING,
        hint="save the file as UTF-8 without a byte order mark",
        finds="The three bytes EF BB BF at the start of the file.",
        hurts="RFC 8259 forbids them in JSON that is sent; many parsers refuse such a file.",
        example="EF BB BF 5B 0A ...",
        better="5B 0A ...",
        fault="byte-order-mark",
        fix=Remedy("safe", "Removes the byte order mark."),
    ),
    Rule(
        code="TL004",
        name="not-an-array",
        severity=Severity.ERROR,
        hint="put the entries between [ and ]",
        finds="A top level that is not an array: one object, JSON lines, a text.",
        hurts="POST /tasks/transfers takes an array, even for one video.",
        example='{"index_id": "629d807aa9e2a3a33a92c00b", ...}',
        better='[{"index_id": "629d807aa9e2a3a33a92c00b", ...}]',
        fault="shape",
        fix=Remedy(
            "unsafe", "Puts one object, or objects one after the other, into an array.", documents.to_array
        ),
    ),
    Rule(
        code="TL005",
        name="empty-manifest",
        severity=Severity.ERROR,
        hint="build it again, and look at the listing if it stays empty",
        finds="An array without entries, or a blank file.",
        hurts="Nothing would be indexed, and a green check would hide it.",
        example="[]",
        better='[{"index_id": "629d807aa9e2a3a33a92c00b", ...}]',
        fault="empty",
    ),
    Rule(
        code="TL006",
        name="duplicate-key",
        severity=Severity.ERROR,
        hint="keep one of them",
        finds="The same key twice in one entry.",
        hurts="Parsers keep one of the two and do not say which; most keep the last.",
        example='{"object": "s3://media/a.mp4", "object": "s3://media/b.mp4", ...}',
        better='{"object": "s3://media/b.mp4", ...}',
        fault="duplicate-key",
    ),
    Rule(
        code="TL007",
        name="nesting-too-deep",
        severity=Severity.ERROR,
        hint="an entry is one flat object with four texts",
        finds="Values nested more than 64 deep, or an entry of more than a million characters.",
        hurts="No manifest needs that; parsers fail on it in ways that differ.",
        example='{"object": [[[[...]]]]}',
        better='{"object": "s3://media/a.mp4"}',
        fault="limit",
    ),
)
