"""A review as one line a finding: ``file:line:column: CODE severity message``, for people and problem
matchers. Every finding has a line and a column there: 1:1 is the file as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from s3transfer_tl.model import Review
from s3transfer_tl.report.setting import DEFAULT, Setting
from s3transfer_tl.report.text import Cut, printable, summary


def parts(review: Review, setting: Setting = DEFAULT) -> Iterator[str]:
    """Yield the lines, ``setting.most`` a rule, and the summary."""
    cut = Cut(setting.most)
    for finding in review.findings:
        if cut.lets(finding.code):
            place = f"{finding.file}:{finding.line or 1}:{finding.column or 1}"
            yield printable(f"{place}: {finding.code} {finding.severity.value} {finding.message}") + "\n"
    for line in (*cut.told(), *summary(review)):
        yield line + "\n"
