"""What a report is told besides the review."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from s3transfer_tl.model import Severity

Source = Callable[[str, int], str | None]
"""Returns a line (1-based, without its end) of a file, or None where it cannot be shown."""


class RulePage(NamedTuple):
    """What is told of a rule: its ``name``, default ``severity``, one sentence and its page (Markdown)."""

    name: str
    severity: Severity
    finds: str
    page: str


class Setting(NamedTuple):
    """``files`` are the names that were judged, in order, clean ones too. ``source`` has their lines, for
    people. ``folder`` (absolute) is what hosts' paths start from. ``width`` is the terminal's, in cells.
    ``most`` findings of a rule are shown to people; None: all. A finding as bad as ``fail_on`` fails the
    run. ``rules`` has the pages by code."""

    files: Sequence[str] = ()
    source: Source | None = None
    folder: str = ""
    width: int = 120
    most: int | None = None
    fail_on: Severity | None = Severity.ERROR
    rules: Mapping[str, RulePage] = MappingProxyType({})


DEFAULT = Setting()
