"""The section of a lint or a check: findings grouped by rule, each with its way out; then every finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from s3transfer_tl.report.page.parts import (
    MOST,
    Bar,
    Column,
    Facts,
    Part,
    Section,
    Step,
    Table,
    Tile,
    Tone,
    filled,
    number,
    slices,
    text,
)
from s3transfer_tl.report.text import counted

LISTS = ("findings", "not_run")
"""The members of a review's document whose elements ``Judged.take`` wants one by one."""

TONES: Mapping[str, Tone] = {"error": "bad", "warning": "warn", "info": "info"}
_SEVERITY = Column("Severity", "choice", TONES)
_WAYS = 50  # hints of a rule that are told apart; they may name the object


class _Found:
    """The findings of one rule."""

    def __init__(self) -> None:
        self.name, self.severity, self.first = "", "", ""
        self.count = 0
        self.fixable = 0
        self.hints: Counter[str] = Counter()


class Judged:
    """A review, as ``--format json`` or ``jsonl`` has it. ``file`` is where all of it can be read; ``most``
    findings are kept, the worst; ``finds`` says what a rule finds, by its code."""

    def __init__(self, file: str, most: int = MOST, finds: Mapping[str, str] | None = None) -> None:
        self._file, self._most, self._finds = file, most, finds or {}
        self._summary: Mapping[str, Any] = {}
        self._rules: dict[str, _Found] = {}
        self._rows = {severity: self._table() for severity in TONES}
        self._not_run = Table("Rules that did not run", (Column("Rule", "choice"), Column("Needs", "choice")))

    def take(self, name: str, value: Any) -> None:
        """Take a member of the document, or an element of one of ``LISTS``."""
        if name == "summary" and isinstance(value, dict):
            self._summary = value
        elif name == "findings" and isinstance(value, dict):
            self._finding(value)
        elif name == "not_run" and isinstance(value, dict):
            self._not_run.add(text(value.get("code")), text(value.get("needs")))

    def is_empty(self) -> bool:
        """Tell whether nothing was judged."""
        return not number(self._summary.get("files")) and not self._rules

    def section(self, name: str, facts: Facts = ()) -> Section:
        """Return what the page shows of the review."""
        errors, warnings, infos = (self._rows[severity].total for severity in TONES)
        files, entries = number(self._summary.get("files")), number(self._summary.get("entries"))
        suppressed = number(self._summary.get("suppressed"))
        judged = f"{counted(entries, 'entry', 'entries')} in " if entries else ""
        worst = "Nothing was found" if not self._rules else counted(errors, "error")
        more = f", {counted(warnings, 'warning')} and {counted(infos, 'info')}" if self._rules else ""
        return Section(
            kind="Findings",
            name=name,
            verdict=f"{worst}{more} in {judged}{counted(files, 'file')}.",
            tone="bad" if errors else "warn" if warnings else "good",
            facts=(*facts, *([("Suppressed", f"{suppressed:,}")] if suppressed else [])),
            tiles=(
                Tile("files", files),
                Tile("entries", entries),
                Tile("errors", errors, "bad"),
                Tile("warnings", warnings, "warn"),
                Tile("infos", infos, "info"),
            ),
            steps=tuple(self._steps()),
            parts=filled(self._parts()),
        )

    def _finding(self, one: Mapping[str, Any]) -> None:
        code, severity = text(one.get("code")) or "", text(one.get("severity")) or ""
        place = ":".join(str(one[key]) for key in ("file", "line", "column") if one.get(key) is not None)
        found = self._rules.setdefault(code, _Found())
        hint = text(one.get("hint")) or ""
        if not found.count:
            found.name, found.severity, found.first = text(one.get("name")) or "", severity, place
        found.count += 1
        found.fixable += bool(one.get("fixable"))
        if hint in found.hints or len(found.hints) < _WAYS:
            found.hints[hint] += 1
        entry = one.get("entry")
        self._rows.setdefault(severity, self._table()).add(
            severity,
            code,
            place,
            entry if isinstance(entry, int) else None,
            text(one.get("uri")),
            text(one.get("message")),
            hint,
        )

    def _table(self) -> Table:
        columns = (
            *(_SEVERITY, Column("Rule", "choice"), Column("Place", "key"), Column("Entry", "number")),
            *(Column("Object", "key"), Column("What is wrong"), Column("Way out")),
        )
        rest = f'all are under "findings" in {self._file}'
        return Table("Every finding, the worst first", columns, rest=rest, most=self._most)

    def _steps(self) -> Iterator[Step]:
        fixable = sum(found.fixable for found in self._rules.values())
        if fixable:
            what = counted(fixable, "finding")
            yield Step(
                f"{what} can be mended by the tool: look at the changes, then mend.",
                "rules",
                ("s3transfer-tl lint --diff FILE", "s3transfer-tl lint --fix FILE"),
            )
        for code, found in self._worst_first()[:3]:
            if found.severity == "error":
                hint, _ = found.hints.most_common(1)[0]
                yield Step(
                    f"{counted(found.count, 'time')} {code} {found.name}: {hint.rstrip('.?')}.", "rules"
                )

    def _worst_first(self) -> list[tuple[str, _Found]]:
        order = [*TONES]
        ranks = {severity: rank for rank, severity in enumerate(order)}
        return sorted(
            self._rules.items(),
            key=lambda item: (ranks.get(item[1].severity, len(order)), -item[1].count, item[0]),
        )

    def _parts(self) -> Iterator[Part]:
        counts = [
            (counted(table.total, name).partition(" ")[2], table.total, TONES.get(name, "mute"))
            for name, table in self._rows.items()
        ]
        if any(count for _, count, _ in counts):
            yield Part("severity", "How bad it is", bars=(Bar("Findings", slices(*counts)),))
        rules = Table(
            "Findings by rule, the worst first",
            (
                *(_SEVERITY, Column("Rule", "choice"), Column("Findings", "number")),
                *(Column("What it finds"), Column("Way out"), Column("First at", "key")),
            ),
        )
        for code, found in self._worst_first():
            hint, _ = found.hints.most_common(1)[0]
            other = len(found.hints) - 1
            ways = f"{hint} (the most frequent of {other + 1:,} ways out)" if other else hint
            rules.add(
                found.severity, f"{code} {found.name}", found.count, self._finds.get(code), ways, found.first
            )
        yield Part(
            "rules",
            "By rule",
            "The page of a rule: s3transfer-tl rules CODE.",
            rules.total,
            tables=(rules.slim(),),
        )
        every = self._every()
        yield Part("findings", "Every finding", "", every.total, tables=(every.slim(),))
        not_run = "A rule that lacks its facts judges nothing: what it looks for may be there all the same."
        yield Part("not-run", "Not run", not_run, self._not_run.total, tables=(self._not_run,))

    def _every(self) -> Table:
        every = self._table()
        for table in self._rows.values():
            every.total += table.total
            every.rows += table.rows[: every.most - len(every.rows)]
        return every
