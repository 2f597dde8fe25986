"""A review as one JSON document: schemas/lint-report.schema.json. Nothing is folded or cut."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from json.encoder import encode_basestring as quoted
from typing import Any

from s3transfer_tl.model import Finding, Review, Severity
from s3transfer_tl.report.setting import DEFAULT, Setting

FORMAT_VERSION = 1

# Line ends for some readers, though not for JSON, which escapes only the others.
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}


def review(review: Review) -> str:
    """Return ``review`` as JSON that ends with a newline."""
    return "".join(parts(review))


def parts(review: Review, setting: Setting = DEFAULT) -> Iterator[str]:
    """Yield the document piece by piece, a line a finding: a million never exist as one text."""
    yield f'{{\n  "format_version": {FORMAT_VERSION},\n  "findings": ['
    separator = "\n    "
    for item in review.findings:
        yield separator + finding(item)
        separator = ",\n    "
    yield "]" if not review.findings else "\n  ]"
    for name, value in tail(review).items():
        yield f',\n  "{name}": {json.dumps(value, ensure_ascii=False)}'
    yield "\n}\n"


def finding(finding: Finding) -> str:
    """Return one finding as the report holds it, as one line of JSON. About 4 us, a third of what
    ``json.dumps`` takes."""
    line = (
        f'{{"code": {quoted(finding.code)}, "name": {quoted(finding.name)},'
        f' "severity": "{finding.severity.value}", "file": {quoted(finding.file)},'
        f' "line": {_or_null(finding.line)}, "column": {_or_null(finding.column)},'
        f' "end_column": {_or_null(finding.end_column)}, "entry": {_or_null(finding.entry)},'
        f' "field": {_text_or_null(finding.field)}, "uri": {_text_or_null(finding.uri)},'
        f' "message": {quoted(finding.message)}, "hint": {quoted(finding.hint)},'
        f' "fixable": {"true" if finding.fixable else "false"}}}'
    )
    return line if line.isascii() else line.translate(_LINE_ENDS)


def tail(review: Review) -> dict[str, Any]:
    """Return what follows the findings: the rules not run, and the summary."""
    counts = Counter(item.severity for item in review.findings)  # one pass: they may be on disk
    return {
        "not_run": [item._asdict() for item in review.not_run],
        "summary": {
            "files": review.files,
            "entries": review.entries,
            "errors": counts[Severity.ERROR],
            "warnings": counts[Severity.WARNING],
            "infos": counts[Severity.INFO],
            "suppressed": review.suppressed,
        },
    }


def _or_null(number: int | None) -> int | str:
    return "null" if number is None else number


def _text_or_null(text: str | None) -> str:
    return "null" if text is None else quoted(text)
