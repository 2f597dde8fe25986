"""TL008, TL009 and TL407: the size, the form and the order of a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from s3transfer_tl import manifest
from s3transfer_tl.lint.fixes import arranging
from s3transfer_tl.lint.rules import Complaint, Facts, Remark, Remedy, Rule, Subject
from s3transfer_tl.model import Entry, Severity

_OPENING, _BETWEEN, _CLOSING = b"[\n  ", b",\n  ", b"\n]\n"  # as ``manifest.write`` has them


def _too_many(subject: Subject) -> Iterator[Complaint]:
    config = subject.facts.config
    most = config.lint.max_entries if config else None
    if most is not None and subject.number == most:
        message = f"the manifest has {subject.whole.entries:,} entries; lint.max_entries is {most:,}"
        yield Complaint(message, None, "entry", hint=f"split it: s3transfer-tl build --max-entries {most}")


def scan(fp: BinaryIO, facts: Facts, wanted: frozenset[str]) -> Iterator[Remark]:
    """Tell where a manifest first departs from the canonical form, and where from the order of its
    objects. Says nothing of a file that is no array of sound entries: other rules do."""
    if "TL009" in wanted:
        yield from _departure(fp)
    if "TL407" in wanted:
        yield from _disorder(fp)


def _departure(fp: BinaryIO) -> Iterator[Remark]:
    fp.seek(0)
    end = 0
    for item in manifest.read(fp):
        if isinstance(item, manifest.Fault) or not _is_sound(item.value):
            return
        here = fp.tell()  # of the reader, which goes on from there
        fp.seek(end)
        between, text = fp.read(item.offset - end), fp.read(item.length)
        fp.seek(here)
        said = _departs(item, between, text)
        if said:
            yield Remark("TL009", Complaint(said, None, "entry"), item.offset, item.length, item.number)
            return
        end = item.offset + item.length
    fp.seek(end)
    if end and fp.read(len(_CLOSING) + 1) != _CLOSING:
        message = "the file does not end with the last entry, ], and one line feed"
        yield Remark("TL009", Complaint(message), end, 0)


def _departs(entry: manifest.RawEntry, between: bytes, text: bytes) -> str:
    if between != (_BETWEEN if entry.number else _OPENING):
        return "the space before this entry is not a line feed and two spaces"
    order = [name for name in manifest.FIELDS if name in entry.value]
    if list(entry.value) != order:
        return f"the keys of this entry are not in the order {', '.join(order)}"
    if text != manifest.dumps([Entry(**entry.value)])[len(_OPENING) : -len(_CLOSING)]:
        return "this entry is not written with two spaces of indent and as few escapes as can be"
    return ""


def _is_sound(value: Any) -> bool:
    return (
        type(value) is dict
        and set(manifest.REQUIRED) <= set(value) <= set(manifest.FIELDS)
        and all(isinstance(text, str) for text in value.values())
    )


def _disorder(fp: BinaryIO) -> Iterator[Remark]:
    fp.seek(0)
    last, number, first, count = "", 0, None, 0
    message = ""
    for item in manifest.read(fp):
        uri = item.value.get("object") if isinstance(item, manifest.RawEntry) and _is_dict(item) else None
        if not isinstance(item, manifest.RawEntry) or not isinstance(uri, str):
            continue
        if uri < last:
            count += 1
            if first is None:
                first, message = item, f"object sorts before that of entry {number}"
        last, number = uri, item.number
    if first is not None:
        more = f"; so do {count - 1:,} more before those above them" if count > 1 else ""
        yield Remark("TL407", Complaint(message + more, "object"), first.offset, first.length, first.number)


def _is_dict(item: manifest.RawEntry) -> bool:
    return isinstance(item.value, dict)


RULES = (
    Rule(
        code="TL008",
        name="too-many-entries",
        severity=Severity.WARNING,
        hint="split it: s3transfer-tl build --max-entries N",
        finds="More entries than `lint.max_entries` of the config allows in one manifest.",
        hurts="What the platform takes in one transfer is not documented; a refused file is refused whole.",
        example="lint: {max_entries: 1000} and a manifest of 25,000 entries",
        better="25 manifests, as build --max-entries 1000 writes them",
        judge=_too_many,
        needs="lint.max_entries of a config",
        fact="max_entries",
        settles=False,
    ),
    Rule(
        code="TL009",
        name="not-formatted",
        severity=Severity.INFO,
        hint="write it anew in the canonical form: s3transfer-tl lint --select TL009 --fix",
        finds=(
            "The first place where a manifest is not in the form that build writes: two spaces of indent, "
            "keys in the order index_id, language, object, transcription, one line feed at the end."
        ),
        hurts="Nothing, for the platform. A diff against a built manifest shows lines that say the same.",
        example='{"object": "s3://media/a.mp4", "index_id": "629d807aa9e2a3a33a92c00b", "language": "en"}',
        better='{ "index_id": "629d807aa9e2a3a33a92c00b", "language": "en", "object": "s3://media/a.mp4" }',
        fix=Remedy("safe", "Writes the entries anew, in their order.", arranging.canonical),
        default=False,
    ),
    Rule(
        code="TL407",
        name="unsorted",
        severity=Severity.INFO,
        hint="sort the entries by object: s3transfer-tl lint --select TL407 --fix",
        finds="The first entry whose object sorts before the one above it, by code points, as build sorts.",
        hurts="Nothing, for the platform. Two manifests of the same videos cannot be compared line by line.",
        example='"s3://media/b.mp4" above "s3://media/a.mp4"',
        better='"s3://media/a.mp4" above "s3://media/b.mp4"',
        fix=Remedy("safe", "Sorts the entries, each as it is, by object.", arranging.by_object),
        default=False,
    ),
)
