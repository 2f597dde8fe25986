"""A run as text, JSON and what build hosts read (floor 2): pure functions to pieces of text, named in a
table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from s3transfer_tl.model import Review
from s3transfer_tl.report import (
    concise,
    github,
    gitlab,
    json,
    json_lines,
    junit,
    sarif,
    setting,
    statistics,
    text,
)
from s3transfer_tl.report.setting import RulePage, Setting

__all__ = ["FORMATS", "STATISTICS", "RulePage", "Setting", "json", "json_lines", "text", "write"]

Form = Callable[[Review, Setting], Iterator[str]]

FORMATS: Mapping[str, Form] = {
    "text": text.parts,
    "concise": concise.parts,
    "json": json.parts,
    "jsonl": json_lines.parts,
    "github": github.parts,
    "gitlab": gitlab.parts,
    "sarif": sarif.parts,
    "junit": junit.parts,
}
"""Every form a review can take."""

STATISTICS: Mapping[str, Form] = {"text": statistics.text, "json": statistics.json_}
"""The forms that counts a rule can take."""


def write(form: Form, review: Review, fp: BinaryIO, told: Setting = setting.DEFAULT) -> None:
    """Write ``review`` to ``fp``, piece by piece, as UTF-8.

    A file's name may hold bytes that are no text; JSON reads the escape as what it stands for.
    """
    for part in form(review, told):
        fp.write(part.encode("utf-8", "backslashreplace"))
