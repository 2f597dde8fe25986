"""A review for people: one finding after the other with its place in the source, and a summary.

The same cause on very many entries is folded here, and only here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from s3transfer_tl.model import Finding, Review, Severity
from s3transfer_tl.report import place, snippet
from s3transfer_tl.report.identity import Cause, cause
from s3transfer_tl.report.setting import DEFAULT, Setting, Source
from s3transfer_tl.report.snippet import cells, printable

__all__ = ["Cut", "cells", "counted", "parts", "printable", "review", "summary"]

FOLD_FROM = 10  # findings of one cause in one file; fewer are all shown
SHOWN = 3  # of a folded cause


class Cut:
    """The limit of ``most`` findings a rule (None: no limit), and what it left out."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._shown: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def lets(self, code: str, count: int = 1) -> bool:
        """Tell whether there is room for one more finding of ``code``, which stands for ``count``."""
        if self._most is not None and self._shown[code] >= self._most:
            self._left_out[code] += count
            return False
        self._shown[code] += 1
        return True

    def told(self) -> Iterator[str]:
        """Yield a line for each rule of which findings were left out."""
        for code, count in sorted(self._left_out.items()):
            more = counted(count, f"more {code} finding")
            yield f"{more} not shown: --max-findings is {self._most:,} a rule (--format json has all)"


def review(review: Review, source: Source | None = None, most: int | None = None) -> str:
    """Return ``review`` as text that ends with a newline; with ``source``, each finding shows its
    line of the file and a caret under the place. ``most`` findings are shown, the worst."""
    shown: Iterable[Finding] = review.findings
    left_out = 0
    if most is not None:
        shown = sorted(review.findings, key=lambda finding: -finding.severity.rank)[:most]
        left_out = len(review.findings) - most
    more = [f"and {counted(left_out, 'more finding')}"] if left_out > 0 else []
    return "".join(_parts(review, shown, Setting(source=source), more))


def parts(review: Review, setting: Setting = DEFAULT) -> Iterator[str]:
    """Yield the text piece by piece; ``setting.most`` findings of a rule are shown, folded ones apart."""
    return _parts(review, review.findings, setting, ())


def _parts(review: Review, shown: Iterable[Finding], setting: Setting, more: Iterable[str]) -> Iterator[str]:
    separator = "\n\n" if setting.source else "\n"
    cut = Cut(setting.most)
    for block in _blocks(review, shown, setting, cut):
        yield block + separator
    for line in (*cut.told(), *more):
        yield line + separator
    yield "\n".join(summary(review)) + "\n"


def _blocks(review: Review, shown: Iterable[Finding], setting: Setting, cut: Cut) -> Iterator[str]:
    causes = Counter(map(cause, review.findings))
    seen: Counter[Cause] = Counter()
    first: dict[Cause, Finding | None] = {}  # of each folded cause; None: there was no room
    for finding in shown:
        key = cause(finding)
        if causes[key] <= FOLD_FROM:
            if cut.lets(finding.code):
                yield "\n".join(_finding(finding, setting))
            continue
        if key not in first:
            first[key] = finding if cut.lets(finding.code, causes[key]) else None
        seen[key] += 1
        if (earliest := first[key]) and seen[key] <= SHOWN:
            yield "\n".join(_finding(finding, setting))
            if seen[key] == SHOWN:
                yield _fold(earliest, causes[key])


def _fold(first: Finding, count: int) -> str:
    what = "findings" if first.entry is None else "entries"
    return printable(
        f"{first.code} {first.severity.value} on {count:,} {what}, first at {_place(first)};"
        f" {count - SHOWN:,} not shown (--format json has all)"
    )


def _finding(finding: Finding, setting: Setting) -> Iterator[str]:
    yield printable(f"{_place(finding)}: {finding.code} {finding.severity.value} {finding.message}")
    if setting.source:
        line = setting.source(finding.file, finding.line) if finding.line else None
        if line is not None and finding.line:
            start = (finding.column or 1) - 1
            end = max((finding.end_column or start + 2) - 1, start + 1)
            yield from snippet.lines(line, finding.line, start, end, setting.width)
        if about := _about(finding):
            yield printable(f"    at: {about}")
    if finding.hint:
        yield printable(f"    hint: {finding.hint}")


def _place(finding: Finding) -> str:
    parts = (finding.file, finding.line, finding.column)
    return ":".join(str(part) for part in parts if part is not None)


def _about(finding: Finding) -> str:
    """Return which entry it is, as JSON Pointer too, and which object: where lines do not tell."""
    entry = None if finding.entry is None else f"entry {finding.entry}, {place.pointer(finding)}"
    return ", ".join(part for part in (entry, finding.uri) if part)


def _runs(codes: list[str]) -> Iterator[str]:
    """Yield the codes, three or more that follow each other as one: ``TL601-TL609``."""
    for _, members in groupby(enumerate(codes), lambda item: int(item[1][2:]) - item[0]):
        run = [code for _, code in members]
        yield from [f"{run[0]}-{run[-1]}"] if len(run) > 2 else run


def summary(review: Review) -> Iterator[str]:
    """Yield which rules did not run, how much can be mended, and last how much was judged and found."""
    if review.not_run:
        codes = ", ".join(_runs(sorted({item.code for item in review.not_run})))
        needs = {item.needs for item in review.not_run}
        why = f"needs {needs.pop()}" if len(needs) == 1 else "s3transfer-tl rules CODE tells what each needs"
        yield f"not run: {codes} ({why})"
    found = Counter((one.severity, one.fix and one.fix.applicability) for one in review.findings)
    fixes, severities = Counter[str | None](), Counter[Severity]()
    for (severity, way), count in found.items():
        fixes[way] += count
        severities[severity] += count
    ways = [f"{fixes['safe']:,} with lint --fix"] if fixes["safe"] else []
    if fixes["unsafe"]:
        ways.append(f"{fixes['unsafe']:,}{' more' if ways else ''} with lint --fix --unsafe-fixes")
    if ways:
        yield f"fixable: {', '.join(ways)}"
    counts = [counted(severities[severity], severity.value) for severity in Severity]
    hidden = f"; {review.suppressed:,} suppressed" if review.suppressed else ""
    # subtitle files have no entries, and an empty manifest has a finding that says so
    entries = f"{counted(review.entries, 'entry', 'entries')} in " if review.entries else ""
    yield f"{entries}{counted(review.files, 'file')}: {', '.join(counts)}{hidden}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return ``count`` with what it counts: "1 video", "2 videos"."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
