"""The diff command: what two manifests do not share."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from s3transfer_tl import diff, errors, manifest
from s3transfer_tl.cli import options
from s3transfer_tl.cli.talk import Talk, printable
from s3transfer_tl.diff import Change
from s3transfer_tl.errors import NothingToDo, UsageError
from s3transfer_tl.model import Entry
from s3transfer_tl.report.text import counted

SIGNS = {"added": "+", "dropped": "-", "re-paired": "~", "changed": "~"}

EXAMPLE = """\b
Example:
  s3transfer-tl diff manifest.json new.json
"""


@click.command("diff", epilog=EXAMPLE, short_help="Tell what two manifests do not share.")
@click.argument("before", metavar="A.json", type=click.Path(path_type=Path))
@click.argument("after", metavar="B.json", type=click.Path(path_type=Path))
@options.form
@options.common
def command(talk: Talk, before: Path, after: Path, form: str) -> int:
    """Tell which entries B has that A lacks (+), which it lacks (-), and which have another
    transcription, index or language (~).

    Exit code 0, whether they differ or not; the last line on stderr, and the summary in JSON, say how many.
    """
    found = diff.compare(_entries(before), _entries(after))
    if not found.changes and not found.same:
        raise NothingToDo(f"neither {before} nor {after} holds an entry", "name two manifests")
    counts = Counter(change.kind for change in found.changes)
    summary = {kind: counts[kind] for kind in diff.KINDS} | {"same": found.same}
    if form == "json":
        _write_document(found.changes, summary)
    else:
        line = _line if form == "text" else _json_line
        for change in found.changes:
            _write(line(change) + "\n")
        if form == "jsonl":
            _write(json.dumps({"summary": summary}) + "\n")
    sys.stdout.buffer.flush()
    told = ", ".join(f"{count:,} {kind}" for kind, count in summary.items() if count and kind != "same")
    talk.say(f"{told or 'no difference'}; {counted(found.same, 'entry', 'entries')} the same")
    return errors.OK


def _entries(path: Path) -> Iterator[Entry]:
    try:
        with path.open("rb") as fp:
            yield from manifest.entries(fp)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}", "name two manifests") from error
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", error.hint) from error


def _line(change: Change) -> str:
    entry = change.after or change.before
    assert entry is not None
    if change.before is None or change.after is None:
        told = f" with {entry.transcription}" if entry.transcription else ""
    else:
        told = ": " + "; ".join(_differences(change.before, change.after))
    return printable(f"{SIGNS[change.kind]} {change.object}{told}".replace("\n", "\\n"))


def _differences(before: Entry, after: Entry) -> Iterator[str]:
    for name, was, now in zip(Entry._fields, before, after, strict=True):
        if was != now:
            yield f"{name} was {was or 'none'}, is {now or 'none'}"


def _described(change: Change) -> Mapping[str, Any]:
    sides = {"before": change.before, "after": change.after}
    return {"change": change.kind, "object": change.object} | {
        side: entry and entry._asdict() for side, entry in sides.items()
    }


def _json_line(change: Change) -> str:
    return json.dumps(_described(change), ensure_ascii=False)


def _write_document(changes: tuple[Change, ...], summary: Mapping[str, int]) -> None:
    _write('{"format_version": 1, "changes": [')
    for number, change in enumerate(changes):
        _write(f"{',' if number else ''}\n  {_json_line(change)}")
    _write(f'\n], "summary": {json.dumps(summary)}}}\n')


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode())
