"""A review as a GitLab code quality report: a JSON array that merge requests compare."""

from __future__ import annotations

import json
from collections.abc import Iterator

from s3transfer_tl.model import Review, Severity
from s3transfer_tl.report import place
from s3transfer_tl.report.identity import fingerprints
from s3transfer_tl.report.setting import DEFAULT, Setting
from s3transfer_tl.report.text import printable

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def parts(review: Review, setting: Setting = DEFAULT) -> Iterator[str]:
    """Yield the array, a line a finding; all of them."""
    separator = "[\n"
    for finding, fingerprint in zip(review.findings, fingerprints(review.findings), strict=True):
        issue = {
            "description": printable(f"{finding.code} {finding.message}"),
            "check_name": finding.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[finding.severity],
            "location": {
                "path": printable(place.relative(finding.file, setting.folder)),
                "lines": {"begin": finding.line or 1},
            },
        }
        yield separator + json.dumps(issue)
        separator = ",\n"
    yield "\n]\n" if review.findings else "[]\n"
