"""From a manifest's bytes to a review: the first pass finds suspects, the second hears the rules."""

from __future__ import annotations

import heapq
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from s3transfer_tl import errors, manifest
from s3transfer_tl.lint.fixes import documents, entries
from s3transfer_tl.lint.lines import Lines, code_points
from s3transfer_tl.lint.proof import OF_FORM
from s3transfer_tl.lint.relate import UNRELATED, Acquaintances
from s3transfer_tl.lint.rules import Complaint, Facts, Relations, Remark, Rule, Scan, Subject, finding
from s3transfer_tl.lint.survey import Survey, Suspect
from s3transfer_tl.model import Finding

_BOM = 3  # bytes
_DECODE = json.JSONDecoder(parse_int=float).raw_decode

Heard = tuple[Rule, Complaint]


def hear(rules: Iterable[Rule], subject: Subject) -> list[Heard]:
    """Return what ``rules``, in their order, say of one entry: one cause, one complaint."""
    heard = []
    for rule in rules:
        if rule.judge is None:
            continue
        for complaint in rule.judge(subject):
            heard.append((rule, complaint))
            subject.settle(*complaint.also)
            if rule.settles and complaint.field is not None:
                subject.settle(complaint.field)
    return heard


class ManifestReview:
    """One run over one seekable file that does not change meanwhile."""

    def __init__(
        self,
        fp: BinaryIO,
        file: str,
        rules: tuple[Rule, ...],
        facts: Facts,
        scans: Iterable[Scan] = (),
        wanted: frozenset[str] = frozenset(),
    ) -> None:
        self._fp, self._file, self._facts = fp, file, facts
        self._by_code = {rule.code: rule for rule in rules}
        self._judges = tuple(rule for rule in rules if rule.judge and facts.hold(rule.fact))
        self._hearings: dict[tuple[bool, bool, bool], tuple[Rule, ...]] = {}
        self._by_fault = {rule.fault: rule for rule in rules if rule.fault}
        fp.seek(0)
        self._survey = Survey(fp, facts)
        self._known = Acquaintances()
        self._exceptions = {number for _, number in self._survey.whole.exceptions}
        marked = any(fault.kind == "byte-order-mark" for fault in self._survey.faults)
        self._lines = Lines(fp, _BOM if marked else 0)
        self.entries = self._survey.entries
        remarks = [remark for scan in scans for remark in scan(fp, facts, wanted)]
        self._remarks = sorted(remarks, key=lambda remark: remark.offset)
        self._by_entry: dict[int, list[Remark]] = defaultdict(list)
        for remark in self._remarks:
            if remark.number is not None:
                self._by_entry[remark.number].append(remark)

    def findings(self) -> Iterator[Finding]:
        """Yield the findings in file order."""
        faults = ((fault.offset, self._from_fault, fault) for fault in self._survey.faults)
        suspects = ((suspect.offset, self._from_suspect, suspect) for suspect in self._suspects())
        loose = (remark for remark in self._remarks if remark.number is None)
        remarks = ((remark.offset, self._from_remark, remark) for remark in loose)
        together: Iterator[tuple[int, Callable[[Any], Iterable[Finding]], Any]]
        together = heapq.merge(faults, remarks, suspects, key=lambda item: item[0])
        for _, findings, item in together:
            yield from findings(item)

    def _suspects(self) -> Iterator[Suspect]:
        """Yield the entries to look at, each once: the survey's, and those a scan remarked on."""
        remarked = (
            Suspect(remark.number, remark.offset, remark.length, formed=False)
            for remark in self._remarks
            if remark.number is not None
        )
        last = -1
        for suspect in heapq.merge(self._survey.suspects(), remarked, key=lambda one: one.number):
            if suspect.number != last:
                yield suspect
            last = suspect.number

    def _from_remark(self, remark: Remark) -> list[Finding]:
        rule, complaint = self._by_code[remark.code], remark.complaint
        line, column = self._lines.at(remark.offset)
        return [
            finding(
                rule,
                complaint,
                file=self._file,
                line=line,
                column=column,
                end_column=column + max(remark.length, 1),
                uri=remark.uri,
                fix=documents.whole(rule, self._fp, self._file),
            )
        ]

    def _from_fault(self, fault: manifest.Fault) -> list[Finding]:
        rule = self._by_fault[fault.kind]
        line, column = self._lines.at(fault.offset)
        self._fp.seek(fault.offset)
        text = self._fp.read(fault.length) if rule.fault != "byte-order-mark" else b""
        return [
            Finding(
                code=rule.code,
                name=rule.name,
                severity=rule.severity,
                message=fault.message,
                hint=fault.hint or rule.hint,
                file=self._file,
                line=line,
                column=column,
                end_column=column + max(code_points(text), 1),
                entry=fault.entry,
                field=fault.field,
                fix=documents.fix(rule, fault, self._fp, self._file),
            )
        ]

    def _from_suspect(self, suspect: Suspect) -> list[Finding]:
        self._fp.seek(suspect.offset)
        text = self._fp.read(suspect.length).decode("utf-8", "replace")
        line, _ = self._lines.at(suspect.offset)
        value, end = _value(text, self._file)
        text = text[:end]
        related = self._survey.shares(suspect.number)
        relations = self._known.meet(suspect.number, line, value) if related else UNRELATED
        subject = Subject(suspect.number, value, self._survey.whole, relations, self._facts)
        heard = hear(self._those_for(suspect, relations), subject)
        if self._by_entry:
            heard += [
                (self._by_code[remark.code], remark.complaint)
                for remark in self._by_entry.get(suspect.number, ())
                if remark.complaint.field not in subject.settled
            ]
        if not heard:
            return []
        members = {member.key: member for member in manifest.members(text)} if isinstance(value, dict) else {}
        placed = [(*_place(complaint, members), rule, complaint) for rule, complaint in heard]
        placed.sort(key=lambda item: item[0])
        return [self._finding(suspect, text, value, members=members, placed=item) for item in placed]

    def _those_for(self, suspect: Suspect, relations: Relations) -> tuple[Rule, ...]:
        """Return the rules that may have something to say of ``suspect``, in their order."""
        related, odd = relations != UNRELATED, suspect.number in self._exceptions
        rules = self._hearings.get((suspect.formed, related, odd))
        if rules is None:
            seen = {"entry": True, "relations": related, "exceptions": odd}
            silent = OF_FORM if suspect.formed else ()
            rules = tuple(rule for rule in self._judges if seen[rule.sees] and rule.code not in silent)
            self._hearings[suspect.formed, related, odd] = rules
        return rules

    def _finding(
        self,
        suspect: Suspect,
        text: str,
        value: Any,
        *,
        members: Mapping[str, manifest.Member],
        placed: tuple[int, int, Rule, Complaint],
    ) -> Finding:
        start, end, rule, complaint = placed
        line, column = self._lines.at(suspect.offset + len(text[:start].encode()))
        uri = value.get("object") if isinstance(value, dict) else None
        return finding(
            rule,
            complaint,
            file=self._file,
            line=line,
            column=column,
            end_column=None if "\n" in text[start:end] else column + end - start,
            entry=suspect.number,
            uri=uri if isinstance(uri, str) else None,
            fix=entries.fix(rule, complaint.mend, text, members, self._fp, offset=suspect.offset)
            if complaint.mend
            else documents.whole(rule, self._fp, self._file),
        )


def _place(complaint: Complaint, members: Mapping[str, manifest.Member]) -> tuple[int, int]:
    """Return start and end of the complaint's place, in code points of the entry's text."""
    member = members.get(complaint.field or "")
    if complaint.at == "entry" or member is None:
        return 0, 1
    if complaint.at == "key":
        return member.key_start, member.key_end
    return member.value_start, member.value_end


def _value(text: str, file: str) -> tuple[Any, int]:
    """Return the value that ``text`` begins with, and where it ends."""
    try:
        return _DECODE(text)
    except ValueError as error:
        raise errors.UsageError(f"{file} changed while it was read", "run the command again") from error
