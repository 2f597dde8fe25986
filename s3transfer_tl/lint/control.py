"""What of the rules' findings counts, and how much: selection, severities, paths, known findings."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from s3transfer_tl.errors import NothingToDo
from s3transfer_tl.lint import found, registry
from s3transfer_tl.lint.baseline import Baseline
from s3transfer_tl.model import Config, Finding, LintSpec, Mark, Review, Severity

_UNUSED = "TL901"


class Control:
    """How one run judges: a config's ``lint:`` section, and what the command line says instead.

    ``select`` on the command line is all that counts: the config's own and its ``ignore`` are not
    read. ``ignore`` is added to the config's. Globs start at the config's folder.
    Raises ``UsageError`` for a code that names no rule, ``NothingToDo`` where no rule is left.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        baseline: Baseline | None = None,
    ) -> None:
        self.config = config
        self.baseline = baseline
        self._spec = spec = config.lint if config else LintSpec()
        self._folder = os.path.dirname(os.path.abspath(config.path)) if config else os.getcwd()
        self._ignored = {} if select else _placed({"ignore": spec.ignore})
        self._chosen = registry.codes(select or spec.select, ignore)
        if not self._chosen - self._ignored.keys():
            raise NothingToDo("no rule is left to judge by", "ignore less, or select more")
        self._severity = _severities(spec.severity)
        self._by_path: dict[str, Mapping[str, str]] = {}
        self._used: set[str] = set()

    @property
    def select(self) -> list[str]:
        """The codes of the rules that are to run. The config's ``ignore`` hides some of their findings
        afterwards, so that it shows what it is good for."""
        return sorted(self._chosen)

    def counts(self, code: str) -> bool:
        """Tell whether a finding of ``code`` can count: what costs much is done for such only."""
        return code in self._chosen and code not in self._ignored

    @property
    def folder(self) -> str:
        """Where the config's globs start, absolute."""
        return self._folder

    def apply(self, review: Review, *, known: bool = False) -> Review:
        """Return ``review`` with what counts of its findings, each as severe as it was told to be; the
        others are counted as suppressed. ``known``: what the baseline knows counts too, and is not
        used up."""
        findings = found.gather([self._judged(review.findings, None if known else self.baseline)])
        return replace(
            review,
            findings=findings,
            suppressed=review.suppressed + len(review.findings) - len(findings),
            not_run=tuple(one for one in review.not_run if one.code not in self._ignored),
        )

    def ignores(self, finding: Finding) -> bool:
        """Tell whether the config ignores ``finding``, everywhere or in its file."""
        for ignored in (self._ignored, self._ignored_in(finding.file)):
            place = ignored.get(finding.code)
            if place is not None:
                self._used.add(place)
                return True
        return False

    def _judged(self, findings: Sequence[Finding], baseline: Baseline | None) -> Iterator[Finding]:
        for finding in findings:
            if finding.code not in self._chosen or self.ignores(finding):
                continue
            if baseline and baseline.knows(finding):
                continue
            severity = self._severity.get(finding.code, finding.severity)
            yield finding if severity is finding.severity else finding._replace(severity=severity)

    def _ignored_in(self, file: str) -> Mapping[str, str]:
        """Return the codes that are ignored in ``file``, each with its place in the config."""
        if not self._spec.per_path_ignores:
            return {}
        if file not in self._by_path:
            from s3transfer_tl import naming  # with RE2: only who has such globs pays for it

            path = os.path.relpath(os.path.abspath(file), self._folder).replace(os.sep, "/")
            self._by_path[file] = _placed(
                {
                    f"per_path_ignores.{glob}": codes
                    for glob, codes in self._spec.per_path_ignores.items()
                    if naming.globs.matches(glob, path)
                }
            )
        return self._by_path[file]

    def unused(
        self, checked: Collection[str] | None, *, whole: bool, not_run: Collection[str] = ()
    ) -> Review:
        """Return what suppresses nothing (TL901), once every file of ``checked`` was judged; None: this
        run wrote the baseline anew.

        ``whole``: they are all that lies in the config's folder; of fewer files nothing can be said
        about the config's ignores. ``not_run`` are the codes that lacked their facts.
        """
        told: list[Finding] = []
        if _UNUSED in self._chosen and _UNUSED not in self._ignored:
            told += self._unused_known(checked) if checked is not None else ()
            told += self._unused_codes({*not_run}) if whole else ()
        return self.apply(Review(tuple(told), 0, 0))

    def _unused_known(self, checked: Collection[str]) -> Iterator[Finding]:
        if self.baseline is None:
            return
        for known, times, mark in self.baseline.unused(checked):
            about = known.uri or known.file
            many = f"{times:,} of {known.times:,} findings" if known.times > 1 else "the finding"
            there = "are" if times > 1 else "is"
            message = f"{many} {known.code} about {about} {there} not there any more"
            hint = "remove it with --prune-baseline"
            yield _finding(str(self.baseline.path), mark, message, hint, known.uri or None)

    def _unused_codes(self, not_run: set[str]) -> Iterator[Finding]:
        if self.config is None:
            return
        places = {f"ignore.{place}": code for place, code in enumerate(self._spec.ignore)}
        for glob, codes in self._spec.per_path_ignores.items():
            places |= {f"per_path_ignores.{glob}.{place}": code for place, code in enumerate(codes)}
        for place, code in places.items():
            silent = {one for one in registry.codes([code]) if one[:3] in ("TL8", "TL9")}
            ran = (registry.codes([code]) & self._chosen) - not_run - silent
            if place not in self._used and ran and (self._ignored or not place.startswith("ignore.")):
                yield _finding(
                    self.config.path,
                    self._spec.marks.get(place) or Mark(1, 1),
                    f"{code} is ignored here, but nothing of it is found",
                    "remove it",
                )


def of(
    config: Config | None,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    baseline: Path | None = None,
) -> Control:
    """Return the control by ``config`` and the command line, whose ``baseline`` beats the config's.

    Raises as ``Control`` and ``Baseline.load`` do.
    """
    if baseline is None and config and config.lint.baseline:
        baseline = Path(config.path).parent / config.lint.baseline
    known = Baseline.load(baseline) if baseline else None
    return Control(config, select=select, ignore=ignore, baseline=known)


def _placed(codes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return each code that the lists name, with the place of the first that names it."""
    placed: dict[str, str] = {}
    for above, prefixes in codes.items():
        for number, prefix in enumerate(prefixes):
            for code in registry.codes([prefix]):
                placed.setdefault(code, f"{above}.{number}")
    return placed


def _severities(levels: Mapping[str, Severity]) -> dict[str, Severity]:
    """Return the severity of each code that ``levels`` names; of several keys the longest counts."""
    return {code: levels[prefix] for prefix in sorted(levels, key=len) for code in registry.codes([prefix])}


def _finding(file: str, mark: Mark, message: str, hint: str, uri: str | None = None) -> Finding:
    rule = registry.rule(_UNUSED)
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        message=message,
        hint=hint,
        file=file,
        line=mark.line,
        column=mark.column,
        end_column=mark.column + 1,
        uri=uri,
    )
