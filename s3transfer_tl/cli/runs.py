"""Runs that a page is to show, told apart by what is in them: builds, reviews, submissions."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from s3transfer_tl import check, lint
from s3transfer_tl.cli import age, recorded
from s3transfer_tl.errors import ConfigError, NothingToDo, UsageError
from s3transfer_tl.report import page
from s3transfer_tl.report.page.parts import Facts, Section
from s3transfer_tl.sources.documents import Document

WHAT = (
    "name a build's manifest or its report, what lint, check, submit or status print with --format json,"
    " a ledger, or the number of one of its runs"
)
_AGAIN = "run the command that wrote it again, and save its output as UTF-8"
_FORMAT_VERSION = 1
_LOOK = 1 << 16  # bytes that tell what a file is
_SQLITE = b"SQLite format 3\0"
_LISTS = frozenset((*page.seen.LISTS, *page.review.LISTS, *page.submitted.LISTS))
_REVIEW = frozenset({"format_version", "findings", "not_run", "summary"})


class Wanted(NamedTuple):
    """What all runs of a page share: the ledger that numbers are looked up in, how many rows of a table go
    into the page, and what time it is."""

    ledger: Path | None
    most: int
    now: datetime


def section(run: str, wanted: Wanted) -> Section:
    """Read ``run``: a file, ``-`` for standard input, or the number of a run in the ledger.

    Raises ``UsageError`` or ``ConfigError`` for what is no run, ``NothingToDo`` for an empty one.
    """
    path = Path(run)
    if run.isdecimal() and not path.exists():
        return recorded.section(run, wanted.ledger, int(run), wanted.most)
    with _opened(run) as fp:
        head = fp.read(_LOOK)
        fp.seek(0)
        if head.startswith(_SQLITE):
            return recorded.section(run, path, None, wanted.most)
        begun = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not begun:
            raise NothingToDo(f"{run} is empty", WHAT)
        if begun.startswith(b"["):
            return _of_manifest(path, wanted)
        if not begun.startswith(b"{"):
            raise UsageError(f"{run} is no run that a page can show", WHAT)
        return _Reading(run, fp, wanted).section(lines=_is_lines(begun))


def inputs(runs: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files that are read for ``runs``."""
    for run in runs:
        path = Path(run)
        yield path
        if beside := check.built.beside(path):
            yield beside


@contextlib.contextmanager
def _opened(run: str) -> Iterator[BinaryIO]:
    try:
        with contextlib.ExitStack() as opened:
            fp = sys.stdin.buffer if run == "-" else opened.enter_context(Path(run).open("rb"))
            if not fp.seekable():  # what it is shows in its beginning, which a pipe gives once
                kept = opened.enter_context(tempfile.TemporaryFile())
                shutil.copyfileobj(fp, kept)
                kept.seek(0)
                fp = kept
            yield fp
    except OSError as error:
        raise UsageError(f"cannot read {run}: {error.strerror or error}", WHAT) from error


def _is_lines(begun: bytes) -> bool:
    """Tell whether this is one JSON object a line: the first line is one, and no whole document."""
    line, _, _ = begun.partition(b"\n")
    try:
        first = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return not {"findings", "pairs", "entries"} & set(first)


def _of_manifest(path: Path, wanted: Wanted) -> Section:
    """Return the section of the build whose manifest is at ``path``."""
    beside = check.built.beside(path)
    if beside is None:
        raise UsageError(
            f"beside {path} there is no build's report",
            f"name a run: s3transfer-tl check {path} --format json > check.json, then report check.json",
        )
    with _opened(str(beside)) as fp:
        reading = _Reading(str(path), fp, wanted, str(beside))
        return reading.section(lines=False, manifest=path)


class _Reading:
    """Reads a file once; whoever of the three knows a value takes it, and the summary tells whose it was."""

    def __init__(self, run: str, fp: BinaryIO, wanted: Wanted, file: str | None = None) -> None:
        self._run, self._fp, self._wanted = run, fp, wanted
        self._file = file or run
        self._names: set[str] = set()
        self._summary: Mapping[str, Any] | None = None
        finds = {rule.code: rule.finds for rule in lint.RULES}
        self._seen = page.seen.Seen(self._file, wanted.most)
        self._judged = page.review.Judged(self._file, wanted.most, finds)
        self._submitted = page.submitted.Submitted(f'all are under "entries" in {self._file}', wanted.most)
        self._told = page.told.Told(wanted.most)

    def section(self, *, lines: bool, manifest: Path | None = None) -> Section:
        """Return the section of the run."""
        try:
            self._read_lines() if lines else self._read_document()
        except ConfigError as error:
            raise ConfigError(error.message, _AGAIN) from error
        made = self._made(manifest)
        if made is None:
            raise NothingToDo(f"{self._run} is a run about nothing", WHAT)
        return made

    def _made(self, manifest: Path | None) -> Section | None:
        summary = self._summary
        if not self._told.is_empty():
            if self._names & _LISTS:
                raise UsageError(f"{self._run} holds lines of more than one run", "name each run's own file")
            for entry in self._told.entries():
                self._submitted.add(entry)
            curve = page.history.curve(self._told.moves(), *self._told.span, page.submitted.STATES)
            return page.submission.section(self._run, self._submitted, self._facts(), curve=curve)
        if summary is not None and "videos" in summary:
            remarks = (*_changed(manifest, self._seen.manifests), *self._aged())
            found = page.build.section(self._run, self._seen, self._facts(), remarks)
            return None if self._seen.is_empty() else found
        if summary is not None and "files" in summary and self._names <= _REVIEW:
            return None if self._judged.is_empty() else self._judged.section(self._run, self._facts())
        if not self._submitted.is_empty():
            return page.submission.section(self._run, self._submitted, self._facts())
        if summary == {}:
            return None
        if "statistics" in self._names:
            raise UsageError(f"{self._run} holds counts, no findings", "leave --statistics out")
        if summary is None and self._names:
            raise UsageError(f"{self._run} has no summary: no run wrote it, or it is cut off", WHAT)
        raise UsageError(f"{self._run} is no run that a page can show", WHAT)

    def _read_document(self) -> None:
        for item in Document(self._fp, self._file).items(*_LISTS):
            self._take(item.name, item.value)

    def _read_lines(self) -> None:
        for number, line in enumerate(self._fp, 1):
            if not line.strip():
                continue
            try:
                one = json.loads(line)
                self._take_line(dict(one))
            except (ValueError, TypeError, RecursionError) as error:
                message = f"{self._file}:{number}: not the JSON line of a run ({error})"
                raise ConfigError(message, _AGAIN) from error

    def _take_line(self, one: dict[str, Any]) -> None:
        if "event" in one:
            self._told.take(one)
            return
        if "code" in one:
            self._take("findings", one)
            return
        kind = one.pop("kind", "report")
        if kind != "report":
            self._take(kind, one)
            return
        for name, value in one.items():
            for each in value if name in ("rules", "not_run") and isinstance(value, list) else [value]:
                self._take(name, each)

    def _take(self, name: str, value: Any) -> None:
        if name == "format_version" and value != _FORMAT_VERSION:
            raise UsageError(
                f"{self._file} is of format {value}; this version reads {_FORMAT_VERSION}",
                "update s3transfer-tl: pip install -U s3transfer-tl",
            )
        self._names.add(name)
        if name == "summary" and isinstance(value, dict):
            self._summary = value
        for taker in (self._seen, self._judged, self._submitted):
            taker.take(name, value)

    def _facts(self) -> Facts:
        found = [("Read from", "standard input" if self._file == "-" else self._file)]
        with contextlib.suppress(OSError):
            found.append(("Last written", page.moment(Path(self._file).stat().st_mtime)))
        return tuple(found)

    def _aged(self) -> Iterator[str]:
        listing = self._seen.summary.get("listing")
        snapshot = listing.get("snapshot") if isinstance(listing, dict) else None
        with contextlib.suppress(ValueError, TypeError):  # what is no time is shown as it stands
            if snapshot:
                yield f"{age.told(snapshot, self._wanted.now)}."


def _changed(manifest: Path | None, written: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a remark where the manifest is not the one that the build wrote."""
    import hashlib

    if manifest is None:
        return
    with manifest.open("rb") as fp:
        digest = hashlib.file_digest(fp, "sha256").hexdigest()
    if digest not in {one.get("sha256") for one in written}:
        yield f"{manifest} was changed after this build, or is of another; the page tells of the build."
