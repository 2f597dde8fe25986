"""A submission as the ledger has it: where its entries stand, and how they came there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from s3transfer_tl.errors import LedgerError, NothingToDo, UsageError
from s3transfer_tl.ledger import Choice, Ledger, default_path
from s3transfer_tl.ledger.past import Record
from s3transfer_tl.report import page
from s3transfer_tl.report.page.parts import Facts, Section
from s3transfer_tl.report.page.submission import Refusal
from s3transfer_tl.twelvelabs import advice

_FIELDS = ("object", "transcription", "index_id", "language", "state", "status", "task_id", "message")


def section(name: str, ledger: Path | None, run: int | None, most: int) -> Section:
    """Return the section of ``run`` of a ledger (None: the default one), or of all it ever took.

    Raises ``UsageError`` where there is no such ledger or run, ``NothingToDo`` where it is empty.
    """
    path = (ledger or default_path()).expanduser()
    if not path.exists():
        raise UsageError(f"there is no file {name}, and no ledger at {path}", "name a file, or --ledger FILE")
    try:
        with Ledger.open(path, read_only=True) as book:
            return _section(name, book, run, most)
    except LedgerError as error:
        raise UsageError(error.message, error.hint) from error


def _section(name: str, book: Ledger, run: int | None, most: int) -> Section:
    if not book.last_event():
        book.prove()
        raise NothingToDo(f"the ledger {book.path} is empty", "submit a manifest first")
    record = book.record(run)
    if run is not None and record is None:
        raise UsageError(
            f"the ledger {book.path} has no run {run}",
            f"name the ledger itself to see every entry: s3transfer-tl report {shlex.quote(str(book.path))}",
        )
    option = "" if book.path == default_path().resolve() else f" --ledger {shlex.quote(str(book.path))}"
    chosen = f" --run {run}" if run is not None else ""
    rest = f"s3transfer-tl status{chosen} --format jsonl{option} prints all"
    submitted = page.submitted.Submitted(rest, most)
    for row in book.chosen(Choice(run)):
        submitted.add(
            {field: getattr(row, field) for field in _FIELDS} | {"updated": page.moment(row.updated)}
        )
    if submitted.is_empty():
        raise NothingToDo(f"run {run} of the ledger {book.path} is about no entry", "name another run")
    span = book.span(run)
    curve = page.history.curve(book.moves(run), *span, page.submitted.STATES) if span else None
    return page.submission.section(
        f"run {run}: {record.source}" if run is not None and record else name,
        submitted,
        _facts(book, record, run),
        curve=curve,
        refusals=_refusals(book, run),
        option=option,
    )


def _facts(book: Ledger, record: Record | None, run: int | None) -> Facts:
    ledger = ("Ledger", str(book.path))
    if record is None:
        return (ledger,)
    if run is None:
        runs = sum(1 for _ in book.runs())
        return (ledger, ("Runs", f"{runs:,}"), ("Latest run began", page.moment(record.began)))
    ended = (
        "not noted: it was stopped, or is under way" if record.ended is None else page.moment(record.ended)
    )
    return (
        ("Command", record.command),
        ("Of", record.source),
        ("Platform", record.endpoint),
        ("Began", page.moment(record.began)),
        ("Ended", ended),
        *([("Exit code", str(record.exit_code))] if record.exit_code is not None else []),
        ("Written by version", record.version),
        ledger,
    )


def _refusals(book: Ledger, run: int | None) -> Iterator[Refusal]:
    for one in book.troubles(run):
        told = one.entries, one.http_status, one.code, one.message
        yield Refusal(page.moment(one.time), one.outcome, *told, advice(one.code))
