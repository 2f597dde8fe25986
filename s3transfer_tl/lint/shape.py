"""TL101-TL104: the entry's shape: the right keys, with texts in them."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

from s3transfer_tl import manifest
from s3transfer_tl.lint.rules import URIS, Complaint, Mend, Remedy, Rule, Subject
from s3transfer_tl.model import Severity

# What people write for the four names; the rest is left to the edit distance.
_ALIASES = {
    "index_id": ("index", "indexid", "idx", "id"),
    "language": ("lang", "locale", "languages", "languagecode"),
    "object": (
        "video",
        "videouri",
        "videourl",
        "uri",
        "url",
        "s3uri",
        "key",
        "path",
        "file",
        "filename",
        "source",
    ),
    "transcription": (
        "transcript",
        "transcripts",
        "subtitle",
        "subtitles",
        "caption",
        "captions",
        "srt",
        "vtt",
    ),
}
_BY_ALIAS = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
_HIDDEN = ("Cc", "Cf")  # categories: control and format characters
_PLAIN_TEXT = re.compile(r"[!-~]+(?: [!-~]+)*")


@functools.lru_cache(256)  # one slip, made in a script, stands in every entry
def meant(key: str) -> str | None:
    """Return the field that an unknown ``key`` probably stands for, or None."""
    import difflib  # 6 ms that a sound manifest need not pay

    folded = re.sub(r"[^a-z]", "", key.lower())
    near = difflib.get_close_matches(key.lower(), manifest.FIELDS, 1, 0.75)
    return _BY_ALIAS.get(folded) or (near[0] if near else None)


def flaw_of_text(value: str) -> str:
    """Say what is odd about a text that should be bare ("" where nothing is): blank, padded, or with
    characters that do not show."""
    if not value or value.isspace():
        return "empty" if not value else "blank"
    if _PLAIN_TEXT.fullmatch(value):
        return ""
    if value != value.strip():
        return "padded with white space"
    hidden = next((char for char in value if unicodedata.category(char) in _HIDDEN), None)
    return f"spoiled by the invisible character U+{ord(hidden):04X}" if hidden else ""


def _stand_ins(subject: Subject) -> dict[str, str]:
    """Map each missing field to the unknown key that is probably meant for it."""
    found: dict[str, str] = {}
    for key in subject.value:
        name = None if key in manifest.FIELDS else meant(key)
        if name and name not in subject.value:
            found.setdefault(name, key)
    return found


def _missing(subject: Subject) -> Iterator[Complaint]:
    if not isinstance(subject.value, dict):
        return
    stand_ins = _stand_ins(subject)
    for name in manifest.REQUIRED:
        if name in subject.value:
            continue
        key = stand_ins.get(name)
        if key is None:
            yield Complaint(f"{name} is missing", name, "entry")
        else:
            mend = _renaming(key, name)
            said = f"{name} is missing, but there is {key!r}"
            yield Complaint(said, key, "key", mend.title, also=(name,), mend=mend)


def _renaming(key: str, name: str) -> Mend:
    return Mend(f"rename {key[:40]!r} to {name!r}", keys={key: name})


def _unknown(subject: Subject) -> Iterator[Complaint]:
    if not isinstance(subject.value, dict):
        return
    stand_ins = {key: name for name, key in _stand_ins(subject).items()}
    for key in subject.value:
        if key in manifest.FIELDS or key in subject.settled:
            continue
        hint = f"did you mean {stand_ins[key]!r}?" if key in stand_ins else ""
        mend = _renaming(key, stand_ins[key]) if key in stand_ins else None
        yield Complaint(f"{key[:40]!r} is no field of a transfer entry", key, "key", hint, mend=mend)


def _wrong_type(subject: Subject) -> Iterator[Complaint]:
    value = subject.value
    if not isinstance(value, dict):
        hint = "write an object with index_id, language and object"
        yield Complaint(f"the entry is {manifest.kind(value)}, not an object", None, "entry", hint)
        return
    for name in manifest.FIELDS:
        if name in value and not isinstance(value[name], str):
            hint = ""
            if name == "transcription" and value[name] is None:
                hint = "leave transcription out where there is none"
            elif name == "language" and value[name] is False:
                hint = 'Norwegian is "no", in quotes: some YAML tools turn a bare no into false'
            yield Complaint(f"{name} is {manifest.kind(value[name])}, not a text", name, hint=hint)


def _blank_or_padded(subject: Subject) -> Iterator[Complaint]:
    for name, value in subject.texts():
        if name in URIS and value and not value.isspace():
            continue  # keys are bytes: white space may belong there
        flaw = flaw_of_text(value)
        if flaw:
            hint = "leave transcription out where there is none" if name == "transcription" else ""
            yield Complaint(f"{name} is {flaw}", name, hint=hint, mend=_bare(name, value))


def _bare(name: str, value: str) -> Mend | None:
    """Return the value without white space and invisible characters about it; of what is inside, only a
    person knows whether something is missing there."""
    bare = value.strip()
    while bare and unicodedata.category(bare[0]) in _HIDDEN:
        bare = bare[1:].lstrip()
    while bare and unicodedata.category(bare[-1]) in _HIDDEN:
        bare = bare[:-1].rstrip()
    if name in URIS or not bare or flaw_of_text(bare):
        return None
    return Mend(f"write {bare}", {name: bare})


RULES = (
    Rule(
        code="TL101",
        name="missing-field",
        severity=Severity.ERROR,
        hint="add it; only transcription may be left out",
        finds="An entry without index_id, language or object.",
        hurts="The API documents only transcription as optional; the file is refused.",
        example='{"index_id": "629d807aa9e2a3a33a92c00b", "object": "s3://media/a.mp4"}',
        better='{"index_id": "629d807aa9e2a3a33a92c00b", "language": "en", "object": "s3://media/a.mp4"}',
        judge=_missing,
        fix=Remedy("unsafe", "Renames the key that is probably meant for the missing field."),
    ),
    Rule(
        code="TL102",
        name="unknown-field",
        severity=Severity.WARNING,
        hint="remove it",
        finds="A key that is not index_id, language, object or transcription.",
        hurts="The platform ignores or refuses it; a misspelt transcription is lost in silence.",
        example='{"transcript": "s3://media/a.srt", ...}',
        better='{"transcription": "s3://media/a.srt", ...}',
        judge=_unknown,
        fix=Remedy("unsafe", "Renames the key to the near field, where the entry lacks that one."),
    ),
    Rule(
        code="TL103",
        name="wrong-type",
        severity=Severity.ERROR,
        hint="write a text in double quotes",
        finds="A value that is not a text, or an entry that is not an object.",
        hurts="Every field is documented as a string; null is not a way to leave one out.",
        example='"transcription": null',
        better='"transcription": "s3://media/a.srt"',
        judge=_wrong_type,
    ),
    Rule(
        code="TL104",
        name="blank-or-padded",
        severity=Severity.ERROR,
        hint="write the value without anything around it",
        finds="A value that is empty, and white space or invisible characters in index_id or language.",
        hurts='"en " is not "en": the platform compares exactly. It looks right in every editor.',
        example='"index_id": "629d807aa9e2a3a33a92c00b "',
        better='"index_id": "629d807aa9e2a3a33a92c00b"',
        judge=_blank_or_padded,
        fix=Remedy("safe", "Strips index_id and language; object and transcription are never touched."),
    ),
)
