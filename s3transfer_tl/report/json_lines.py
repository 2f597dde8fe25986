"""A review as JSON lines: one finding a line, and a last line with the summary."""

from __future__ import annotations

import json
from collections.abc import Iterator

from s3transfer_tl.model import Review
from s3transfer_tl.report import json as document
from s3transfer_tl.report.setting import DEFAULT, Setting


def review(review: Review) -> str:
    """Return ``review`` as lines of JSON; the last has ``format_version``, ``not_run`` and ``summary``."""
    return "".join(parts(review))


def parts(review: Review, setting: Setting = DEFAULT) -> Iterator[str]:
    """Yield those lines."""
    for item in review.findings:
        yield document.finding(item) + "\n"
    last = {"format_version": document.FORMAT_VERSION, **document.tail(review)}
    yield json.dumps(last, ensure_ascii=False) + "\n"
