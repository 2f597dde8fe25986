"""A review as JUnit XML: a test suite a file, a test case a finding; a clean file is one that passed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import quoteattr

from s3transfer_tl.model import Finding, Review
from s3transfer_tl.report.setting import DEFAULT, Setting
from s3transfer_tl.report.text import printable

_NAME = "s3transfer-tl"


def parts(review: Review, setting: Setting = DEFAULT) -> Iterator[str]:
    """Yield the document, a test case at a time.

    A finding as bad as ``setting.fail_on`` is a failure; another one is a case that passed, with what
    was found as its output.
    """
    by_file: defaultdict[str, list[Finding]] = defaultdict(list)
    for name in setting.files:
        by_file[name] = []
    for finding in review.findings:
        by_file[finding.file].append(finding)
    failures = {name: sum(_fails(one, setting) for one in found) for name, found in by_file.items()}
    tests = sum(len(found) or 1 for found in by_file.values())
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield f'<testsuites name="{_NAME}" tests="{tests}" failures="{sum(failures.values())}" errors="0">\n'
    for name, found in by_file.items():
        counts = f'tests="{len(found) or 1}" failures="{failures[name]}" errors="0" skipped="0"'
        yield f"<testsuite name={quoteattr(printable(name))} {counts}>\n"
        for case in _cases(name, found, setting):
            yield tostring(case, encoding="unicode") + "\n"
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _cases(file: str, found: Iterable[Finding], setting: Setting) -> Iterator[Element]:
    turns: Counter[str] = Counter()
    for finding in found:
        name = _name(finding)
        turns[name] += 1
        # Readers keep one case of a name only.
        case = _case(file, name if turns[name] == 1 else f"{name} ({turns[name]})")
        if finding.line:
            case.set("line", str(finding.line))
        text = printable(f"{finding.code} {finding.severity.value} {finding.message}")
        if _fails(finding, setting):
            told = SubElement(case, "failure", type=finding.severity.value, message=text)
        else:
            told = SubElement(case, "system-out")
        place = ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)
        told.text = "\n".join([printable(f"{place}: {text}"), printable(f"hint: {finding.hint}")])
        yield case
    if not turns:
        yield _case(file, "no finding")


def _case(file: str, name: str) -> Element:
    return Element("testcase", classname=printable(file), name=name, file=printable(file))


def _name(finding: Finding) -> str:
    """Return what stays the same from run to run where it can: the object, not the line."""
    about = [part for part in (finding.uri, finding.field) if part]
    where = " ".join(about) if finding.uri else f"{finding.line or 1}:{finding.column or 1}"
    return printable(f"{finding.code} {finding.name}: {where}")


def _fails(finding: Finding, setting: Setting) -> bool:
    return setting.fail_on is not None and finding.severity.rank >= setting.fail_on.rank
