"""A run as text, JSON and what build hosts read (floor 2): pure functions to pieces of text, named in a
table."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from s3transfer_tl.model import Review
from s3transfer_tl.report import json, json_lines, setting, text
from s3transfer_tl.report.setting import RulePage, Setting

__all__ = ["FORMATS", "STATISTICS", "RulePage", "Setting", "json", "json_lines", "text", "write"]

Form = Callable[[Review, Setting], Iterator[str]]


def _form(module: str, function: str = "parts") -> Form:
    """Return the form that a file of this room makes; the file is imported when it is needed, since some
    need half of the standard library."""

    def parts(review: Review, told: Setting) -> Iterator[str]:
        form: Form = getattr(importlib.import_module(f"s3transfer_tl.report.{module}"), function)
        return form(review, told)

    return parts


FORMATS: Mapping[str, Form] = {
    "text": text.parts,
    "concise": _form("concise"),
    "json": json.parts,
    "jsonl": json_lines.parts,
    "github": _form("github"),
    "gitlab": _form("gitlab"),
    "sarif": _form("sarif"),
    "junit": _form("junit"),
}
"""Every form a review can take."""

STATISTICS: Mapping[str, Form] = {
    "text": _form("statistics", "text"),
    "json": _form("statistics", "json_"),
}
"""The forms that counts a rule can take."""


def write(form: Form, review: Review, fp: BinaryIO, told: Setting = setting.DEFAULT) -> None:
    """Write ``review`` to ``fp``, piece by piece, as UTF-8.

    A file's name may hold bytes that are no text; JSON reads the escape as what it stands for.
    """
    for part in form(review, told):
        fp.write(part.encode("utf-8", "backslashreplace"))
