"""A review as SARIF 2.1.0, as code scanning hosts read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from s3transfer_tl import __version__
from s3transfer_tl.model import Finding, Fix, Review, Severity
from s3transfer_tl.report import place
from s3transfer_tl.report.identity import fingerprints, worst_first
from s3transfer_tl.report.setting import DEFAULT, Setting
from s3transfer_tl.report.text import counted, printable

MOST = 25_000  # results that a host takes of a run

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def parts(review: Review, setting: Setting = DEFAULT) -> Iterator[str]:
    """Yield the log, a line a result. Of more than ``MOST`` findings the worst are in it, and a
    notification tells how many there were."""
    found = _marked(review)
    codes = sorted({finding.code for finding, _ in found})
    head = {
        "tool": {"driver": _driver(codes, found, setting)},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(review)],
        "properties": {"files": review.files, "entries": review.entries, "suppressed": review.suppressed},
    }
    yield f'{{\n"$schema": "{_SCHEMA}",\n"version": "2.1.0",\n"runs": [{{\n'
    for name, value in head.items():
        yield f'"{name}": {_dumps(value)},\n'
    yield '"results": ['
    separator = "\n"
    for finding, mark in found:
        yield separator + _dumps(_result(finding, mark, codes.index(finding.code), setting.folder))
        separator = ",\n"
    yield "\n]\n}]\n}\n"


def _marked(review: Review) -> list[tuple[Finding, str]]:
    """Return each finding that is a result with its fingerprint."""
    marks = fingerprints(review.findings)
    if len(review.findings) <= MOST:
        return list(zip(review.findings, marks, strict=True))
    worst = worst_first(review.findings, MOST)[:MOST]
    wanted = {number for number, _ in worst}
    by_number = {number: mark for number, mark in enumerate(marks) if number in wanted}
    return [(finding, by_number[number]) for number, finding in worst]


def _driver(
    codes: Sequence[str], found: Sequence[tuple[Finding, str]], setting: Setting
) -> Mapping[str, object]:
    names = {finding.code: finding.name for finding, _ in found}
    return {
        "name": "s3transfer-tl",
        "version": __version__,
        "rules": [_rule(code, names[code], setting) for code in codes],
    }


def _rule(code: str, name: str, setting: Setting) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": code, "name": name}
    if page := setting.rules.get(code):
        rule["shortDescription"] = {"text": page.finds}
        rule["help"] = {"text": page.page, "markdown": page.page}
        rule["defaultConfiguration"] = {"level": _LEVELS[page.severity]}
    return rule


def _invocation(review: Review) -> dict[str, Any]:
    invocation: dict[str, Any] = {"executionSuccessful": True}
    if review.not_run:
        invocation["toolConfigurationNotifications"] = [
            _notification("note", f"{item.code} did not run: it needs {item.needs}")
            for item in review.not_run
        ]
    if len(review.findings) > MOST:
        text = f"{MOST:,} of {counted(len(review.findings), 'finding')} are results, the worst first"
        hint = "s3transfer-tl lint --format json has all"
        invocation["toolExecutionNotifications"] = [_notification("warning", f"{text}; {hint}")]
    return invocation


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": printable(text)}}


def _result(finding: Finding, mark: str, rule: int, folder: str) -> dict[str, Any]:
    artifact = {"uri": place.uri(finding.file, folder)}
    physical: dict[str, Any] = {"artifactLocation": artifact}
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endColumn": finding.end_column,
    }
    if finding.line is not None:
        physical["region"] = {name: value for name, value in region.items() if value is not None}
    location: dict[str, Any] = {"physicalLocation": physical}
    if pointer := place.pointer(finding):
        location["logicalLocations"] = [{"fullyQualifiedName": printable(pointer)}]
    result = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": "\n".join(map(printable, filter(None, (finding.message, finding.hint))))},
        "locations": [location],
        "partialFingerprints": {"ruleAndObject/v1": mark},
    }
    if finding.fix and finding.fix.edits:
        result["fixes"] = [_fix(finding.fix, artifact)]
    return result


def _fix(fix: Fix, artifact: dict[str, str]) -> dict[str, Any]:
    safe = "" if fix.applicability == "safe" else " (unsafe: check the outcome)"
    replacements = []
    for edit in fix.edits:
        replacement: dict[str, Any] = {
            "deletedRegion": {"byteOffset": edit.start, "byteLength": edit.end - edit.start}
        }
        if edit.text:
            replacement["insertedContent"] = _content(edit.text)
        replacements.append(replacement)
    return {
        "description": {"text": printable(fix.title) + safe},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}],
    }


def _content(text: bytes) -> dict[str, str]:
    try:
        return {"text": text.decode()}
    except UnicodeDecodeError:
        import base64

        return {"binary": base64.b64encode(text).decode("ascii")}


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
