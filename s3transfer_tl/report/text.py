"""A review for people: one finding after the other with its place in the source, and a summary.

The same cause on very many entries is folded here, and only here.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator

from s3transfer_tl.model import Finding, Review, Severity

Source = Callable[[str, int], str | None]
"""Returns a line (1-based, without its end) of a file, or None where it cannot be shown."""

FOLD_FROM = 10  # findings of one cause in one file; fewer are all shown
SHOWN = 3  # of a folded cause
_WIDTH = 100  # code points of a source line


def review(review: Review, source: Source | None = None, most: int | None = None) -> str:
    """Return ``review`` as text that ends with a newline; with ``source``, each finding shows its
    line of the file and a caret under the place. ``most`` findings are shown, the worst."""
    causes = Counter(_cause(finding) for finding in review.findings)
    seen: Counter[tuple[str, str, str | None]] = Counter()
    blocks = []
    shown = review.findings
    if most is not None:
        shown = tuple(sorted(shown, key=lambda finding: -finding.severity.rank)[:most])
    for finding in shown:
        cause = _cause(finding)
        seen[cause] += 1
        if causes[cause] <= FOLD_FROM or seen[cause] <= SHOWN:
            blocks.append("\n".join(_finding(finding, source)))
        if causes[cause] > FOLD_FROM and seen[cause] == SHOWN:
            blocks.append(_fold(finding, causes[cause]))
    if len(shown) < len(review.findings):
        blocks.append(f"and {counted(len(review.findings) - len(shown), 'more finding')}")
    separator = "\n\n" if source else "\n"
    return separator.join([*blocks, "\n".join(_summary(review))]) + "\n"


def printable(text: str) -> str:
    """Return ``text`` with everything that a terminal would obey instead of showing escaped."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


def _cause(finding: Finding) -> tuple[str, str, str | None]:
    return finding.file, finding.code, finding.field


def _finding(finding: Finding, source: Source | None) -> Iterator[str]:
    parts = (finding.file, finding.line, finding.column)
    place = ":".join(str(part) for part in parts if part is not None)
    yield printable(f"{place}: {finding.code} {finding.severity.value} {finding.message}")
    line = source(finding.file, finding.line) if source and finding.line else None
    if line is not None:
        yield from _snippet(finding, line)
    if finding.hint:
        yield printable(f"    hint: {finding.hint}")


def _snippet(finding: Finding, line: str) -> Iterator[str]:
    start = (finding.column or 1) - 1
    end = max((finding.end_column or start + 2) - 1, start + 1)
    first = max(0, min(start - 20, len(line) - _WIDTH))
    shown = line[first : first + _WIDTH]
    before, marked = line[first:start], line[start : min(end, first + _WIDTH)]
    number = str(finding.line)
    lead = "..." if first else ""
    tail = "..." if first + _WIDTH < len(line) else ""
    yield f"  {number} | {lead}{printable(shown)}{tail}"
    yield f"  {' ' * len(number)} | {' ' * (len(lead) + cells(before))}{'^' * max(cells(marked), 1)}"


def cells(text: str) -> int:
    """Return how many cells of a terminal ``text`` takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in printable(text)
    )


def _fold(finding: Finding, count: int) -> str:
    what = f"{finding.code} {finding.severity.value}"
    return printable(
        f"{finding.file}: {what} on {count:,} entries; {count - SHOWN:,} not shown (--format json has all)"
    )


def _summary(review: Review) -> Iterator[str]:
    for item in review.not_run:
        yield f"not run: {item.code} (needs {item.needs})"
    counts = [counted(review.count(severity), severity.value) for severity in Severity]
    hidden = f"; {review.suppressed:,} suppressed" if review.suppressed else ""
    # subtitle files have no entries, and an empty manifest has a finding that says so
    entries = f"{counted(review.entries, 'entry', 'entries')} in " if review.entries else ""
    yield f"{entries}{counted(review.files, 'file')}: {', '.join(counts)}{hidden}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return ``count`` with what it counts: "1 video", "2 videos"."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
