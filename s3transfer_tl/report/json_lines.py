"""A review as JSON lines: one finding a line, and a last line with the summary."""

from __future__ import annotations

import json

from s3transfer_tl.model import Review
from s3transfer_tl.report import json as document

# Line ends for some readers, though not for JSON, which escapes only the others.
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}


def review(review: Review) -> str:
    """Return ``review`` as lines of JSON; the last has ``format_version``, ``not_run`` and ``summary``."""
    last = {"format_version": document.FORMAT_VERSION, **document.tail(review)}
    items = [*map(document.finding, review.findings), last]
    return "".join(json.dumps(item, ensure_ascii=False).translate(_LINE_ENDS) + "\n" for item in items)
