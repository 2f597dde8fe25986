"""A review as one JSON document: schemas/lint-report.schema.json. Nothing is folded or cut."""

from __future__ import annotations

import json
from typing import Any

from s3transfer_tl.model import Finding, Review, Severity

FORMAT_VERSION = 1


def review(review: Review) -> str:
    """Return ``review`` as JSON that ends with a newline."""
    document = {
        "format_version": FORMAT_VERSION,
        "findings": [finding(item) for item in review.findings],
        **tail(review),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def finding(finding: Finding) -> dict[str, Any]:
    """Return one finding as the report holds it."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "end_column": finding.end_column,
        "entry": finding.entry,
        "field": finding.field,
        "uri": finding.uri,
        "message": finding.message,
        "hint": finding.hint,
        "fixable": finding.fixable,
    }


def tail(review: Review) -> dict[str, Any]:
    """Return what follows the findings: the rules not run, and the summary."""
    return {
        "not_run": [item._asdict() for item in review.not_run],
        "summary": {
            "files": review.files,
            "entries": review.entries,
            "errors": review.count(Severity.ERROR),
            "warnings": review.count(Severity.WARNING),
            "infos": review.count(Severity.INFO),
            "suppressed": review.suppressed,
        },
    }
