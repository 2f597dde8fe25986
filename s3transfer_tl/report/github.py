"""A review as GitHub's workflow commands: annotations beside the lines of a change.

The host shows 10 errors, 10 warnings and 10 notices of a step; what has no room is not sent, and said.
"""

from __future__ import annotations

from collections.abc import Iterator

from s3transfer_tl.model import Finding, Review, Severity
from s3transfer_tl.report import place
from s3transfer_tl.report.identity import worst_first
from s3transfer_tl.report.setting import DEFAULT, Setting
from s3transfer_tl.report.text import counted, printable, summary

MOST = 10  # annotations of a kind that a step may have

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA = {ord(char): f"%{ord(char):02X}" for char in "%\r\n"}
_PROPERTY = _DATA | {ord(char): f"%{ord(char):02X}" for char in ":,"}


def parts(review: Review, setting: Setting = DEFAULT) -> Iterator[str]:
    """Yield the commands, the worst first, and the summary with the number of those left out."""
    sent = worst_first(review.findings, MOST)
    for _, finding in sent:
        yield _command(finding, setting.folder) + "\n"
    yield "\n".join(map(printable, summary(review))) + "\n"
    left_out = len(review.findings) - len(sent)
    if left_out:
        shown = f"GitHub shows {MOST} of a kind; --format text or sarif has all"
        yield f"{counted(left_out, 'finding')} not shown: {shown}\n"


def _command(finding: Finding, folder: str) -> str:
    properties = {
        "file": place.relative(finding.file, folder),
        "line": finding.line,
        "col": finding.column,
        "endColumn": finding.end_column,
        "title": f"{finding.code} {finding.name}",
    }
    told = ",".join(
        f"{name}={str(value).translate(_PROPERTY)}" for name, value in properties.items() if value is not None
    )
    message = f"{finding.message}\n{finding.hint}".strip().translate(_DATA)
    return printable(f"::{_COMMANDS[finding.severity]} {told}::{message}")
