"""How often each rule spoke: the forms that --statistics puts in the place of the findings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from s3transfer_tl.model import Review, Severity
from s3transfer_tl.report import json as document
from s3transfer_tl.report.setting import DEFAULT, Setting
from s3transfer_tl.report.text import summary


@dataclass(frozen=True, slots=True)
class Count:
    """One rule's part of a review; ``severity`` is the worst it had, ``fixable`` how many have a fix."""

    code: str
    name: str
    severity: Severity
    count: int
    fixable: int


def counts(review: Review) -> list[Count]:
    """Return the counts, the largest first, and by code among equals."""
    found: dict[str, Count] = {}
    for finding in review.findings:
        old = found.get(finding.code) or Count(finding.code, finding.name, finding.severity, 0, 0)
        found[finding.code] = replace(
            old,
            severity=max(old.severity, finding.severity, key=lambda severity: severity.rank),
            count=old.count + 1,
            fixable=old.fixable + finding.fixable,
        )
    return sorted(found.values(), key=lambda count: (-count.count, count.code))


def text(review: Review, setting: Setting = DEFAULT) -> Iterator[str]:
    """Yield a line a rule and the summary."""
    found = counts(review)
    width = max((len(f"{count.count:,}") for count in found), default=0)
    for count in found:
        fixable = f"  [{count.fixable:,} fixable]" if count.fixable else ""
        yield f"{count.count:>{width},}  {count.code} {count.severity.value:<7}  {count.name}{fixable}\n"
    yield "\n".join(summary(review)) + "\n"


def json_(review: Review, setting: Setting = DEFAULT) -> Iterator[str]:
    """Yield one document: schemas/lint-statistics.schema.json."""
    told = {
        "format_version": document.FORMAT_VERSION,
        "statistics": [{**asdict(count), "severity": count.severity.value} for count in counts(review)],
        **document.tail(review),
    }
    yield json.dumps(told, ensure_ascii=False, indent=2) + "\n"
