"""A run as text, JSON or JSON lines (floor 2): pure functions to a string, named in a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from s3transfer_tl.model import Review
from s3transfer_tl.report import json, json_lines, text

__all__ = ["FORMATS", "json", "json_lines", "text"]

FORMATS: Mapping[str, Callable[[Review], str]] = {
    "text": text.review,
    "json": json.review,
    "jsonl": json_lines.review,
}
"""Every form a review can take; text also takes a source for its snippets."""
