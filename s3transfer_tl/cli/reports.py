"""Where reviews go: --format and --output-file, several at once, and how much people are shown."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import click

from s3transfer_tl import files, lint, report
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import Review, Severity
from s3transfer_tl.report.setting import Source

_MOST = 1000
_FILES = {  # what a report that programs read is usually called
    "json": "lint.json",
    "jsonl": "lint.jsonl",
    "gitlab": "gl-code-quality-report.json",
    "sarif": "lint.sarif",
    "junit": "junit.xml",
}
_PLAIN_WIDTH = 120  # cells, where standard output is no terminal


class Reports(NamedTuple):
    """The reports of one run: each a format and its file (None: standard output)."""

    wanted: tuple[tuple[str, Path | None], ...]
    most: int
    statistics: bool

    @property
    def files(self) -> frozenset[str]:
        """Return the reports' files, as absolute paths: no report is judged."""
        return frozenset(os.path.abspath(path) for _, path in self.wanted if path)

    def check(self, inputs: Iterable[Path] = ()) -> None:
        """Raise ``UsageError`` for a file that could never be written, or that is one of ``inputs``."""
        sources = list(inputs)
        for _, path in self.wanted:
            if path:
                files.check(path, sources, option="--output-file")

    def write(
        self,
        review: Review,
        *,
        names: Sequence[str] = (),
        source: Source | None = None,
        fail_on: Severity | None = Severity.ERROR,
        stdout: BinaryIO | None = None,
    ) -> None:
        """Write every report of ``review``: the files, all of them whole or none, and standard output
        last. ``names`` are the judged files, ``source`` has their lines for the text. ``stdout`` is
        what takes the place of standard output, where that holds something else.

        Raises ``OutputError`` where the disk refuses.
        """
        told = report.Setting(
            files=names,
            source=source,
            folder=os.getcwd(),
            width=_width(),
            most=self.most or None,
            fail_on=fail_on,
            rules=self._pages(review),
        )
        with ExitStack() as opened:
            made = []
            for form, path in self.wanted:
                if path:
                    opened.enter_context(files.clean_up(path))
                    made.append((files.write_beside(path, self._filler(form, review, told)), path))
            files.put_in_place(made)
        for form, path in self.wanted:
            if path is None:
                stream = stdout or sys.stdout.buffer
                self._filler(form, review, told)(stream)
                stream.flush()

    def _filler(self, form: str, review: Review, told: report.Setting) -> Callable[[BinaryIO], None]:
        forms = report.STATISTICS if self.statistics and form in report.STATISTICS else report.FORMATS
        return lambda fp: report.write(forms[form], review, fp, told)

    def _pages(self, review: Review) -> dict[str, report.RulePage]:
        if not any(form == "sarif" for form, _ in self.wanted):
            return {}
        found = {finding.code for finding in review.findings}
        return {
            rule.code: report.RulePage(rule.name, rule.severity, rule.finds, lint.page(rule))
            for rule in lint.RULES
            if rule.code in found
        }


def reports(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format``, ``--output-file``, ``--max-findings`` and ``--statistics``; pass them as
    ``reports`` (Reports). Two reports for standard output are a UsageError."""

    @click.option(
        "--format",
        "forms",
        type=click.Choice(list(report.FORMATS)),
        multiple=True,
        default=["text"],
        show_default="text",
        help="The form of the report. May be repeated: one report each.",
    )
    @click.option(
        "--output-file",
        "paths",
        multiple=True,
        metavar="PATH",
        help="Where it goes: the first PATH takes the first --format. [default: -]",
    )
    @click.option(
        "--max-findings",
        "most",
        type=click.IntRange(0),
        default=_MOST,
        show_default=True,
        metavar="N",
        help="Findings a rule in text and concise; 0 is all.",
    )
    @click.option("--statistics", is_flag=True, help="In text and json, counts a rule instead of findings.")
    @functools.wraps(function)
    def command(
        *args: Any, forms: Sequence[str], paths: Sequence[str], most: int, statistics: bool, **options: Any
    ) -> Any:
        if statistics and not set(forms) & set(report.STATISTICS):
            raise UsageError(f"--statistics has no form as {forms[0]}", "type --format text or --format json")
        wanted = Reports(tuple(_paired(forms, paths)), most, statistics)
        return function(*args, reports=wanted, **options)

    return command


def _width() -> int:
    if not sys.stdout.isatty():
        return _PLAIN_WIDTH
    import shutil  # 4 ms

    return shutil.get_terminal_size().columns


def _paired(forms: Sequence[str], paths: Sequence[str]) -> list[tuple[str, Path | None]]:
    """Return each format with its file."""
    if len(paths) > len(forms):
        raise UsageError(
            f"there is no --format for --output-file {paths[len(forms)]}",
            f"type --format sarif --output-file {paths[len(forms)]}, a --format for each --output-file",
        )
    named = [None if path == "-" else Path(path) for path in paths]
    named += [None] * (len(forms) - len(paths))
    to_stdout = [form for form, path in zip(forms, named, strict=True) if path is None]
    if len(to_stdout) > 1:
        first, second, *_ = to_stdout
        filed, shown = (first, second) if first in _FILES and second not in _FILES else (second, first)
        name = _FILES.get(filed, "lint.txt")
        raise UsageError(
            f"{first} and {second} cannot both go to standard output",
            f"give one a file: --format {filed} --output-file {name} --format {shown}",
        )
    real = [files.real(path) for path in named if path]
    for path in named:
        if path and real.count(files.real(path)) > 1:
            raise UsageError(f"{path} is named twice", "give each --format an --output-file of its own")
    return list(zip(forms, named, strict=True))
