"""decisions.yaml: pairs that a person decided, for every later build (floor 1).

Keys are bytes: what is written is read back byte for byte, whatever a key holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from s3transfer_tl import document
from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import Finding, Mark
from s3transfer_tl.naming import languages

MAX_BYTES = 64 << 20  # 400,000 decisions

_HEAD = "# decisions.yaml - written by `s3transfer-tl review`; may be edited by hand\nversion: 1\ndecisions:"
_LIST = re.compile(rb"^decisions:[ \t]*(?:[\[#\r\n]|$)", re.MULTILINE)
_URI = re.compile(r"s3://[^/]+/(?s:.)+")
# What needs no quotes in any reader of YAML, and means itself there
_URIS = r"s3://[A-Za-z0-9._-]+/[A-Za-z0-9._/+=@-]+"
_TAGS = r"(?!(?i:yes|no|on|off|true|false|null)$)[A-Za-z]{2,8}(?:-[A-Za-z0-9]+)*"
_PLAIN = re.compile(f"{_URIS}|{_TAGS}")
# What a reader of YAML takes as it stands between double quotes (YAML 1.2, 5.1), without " and \
_CLEAR = " !#-\\[\\]-~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
# What an editor shows as nothing, as a space or by turning what follows: a person could not tell it is there
_UNSEEN = (
    "\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u3000\u3164\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_ESCAPED = re.compile(f"[^{_CLEAR}]|[{_UNSEEN}]")
_ESCAPE = re.compile(r'\\(?:["\\]|u(?!d[89a-f])[0-9a-f]{4}|U00(?:0[1-9a-f]|10)[0-9a-f]{4})')
_QUOTED = f'"(?:[{_CLEAR}]|{_ESCAPE.pattern})*"'
_ITEM = re.compile(
    f"  - video: ({_URIS}|{_QUOTED})\n    transcription: (null|{_URIS}|{_QUOTED})\n"
    f"(?:    language: ({_TAGS}|{_QUOTED})\n)?".replace("$", r"(?=\n)")
)
_COLUMNS = 12, 20, 15  # of the three values
_SIDES = ("video", "transcription")


class Decision(NamedTuple):
    """What a person decided about a video: the transcription that it takes, None for none of those there
    are. Both are raw ``s3://`` URIs. ``language`` is a canonical tag, None: as for any pair. ``line`` is
    where it stands in its file."""

    video: str
    transcription: str | None
    language: str | None = None
    line: int | None = None


def read(path: str | Path) -> tuple[Decision, ...]:
    """Return the decisions in the file ``path``, in its order; none where there is no such file.

    Raises ``ConfigError`` with one finding a complaint (TL801 to TL804), or without one where the file
    cannot be read.
    """
    try:
        data = document.read(path, MAX_BYTES)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror or error}", "name the file with `decisions:` in the config"
        ) from error
    found, findings = parse(data, str(path))
    if findings:
        count = f"{len(findings)} problem{'s' if len(findings) > 1 else ''}"
        raise ConfigError(f"{path} cannot be used: {count}", "mend the lines above and run again", findings)
    return found


def parse(data: bytes, path: str) -> tuple[tuple[Decision, ...], list[Finding]]:
    """Return the decisions in ``data``, or none and every complaint about it. Never raises."""
    lines = _written(data)
    if lines is None:
        reader = document.Reader(data, path, "decisions", MAX_BYTES)
        found = reader.document()
        if not reader.findings:
            reader.judge(found)
        if reader.findings:
            return (), reader.sorted()
        lines = [_line(item, place, reader) for place, item in enumerate(found["decisions"])]
    findings = list(_complaints(lines, path))
    return ((), findings) if findings else (tuple(map(_decision, lines)), [])


def resembles(data: bytes) -> bool:
    """Tell whether a YAML file is one of decisions: a config names them on one line."""
    return _LIST.search(data) is not None


def dumps(decisions: Iterable[Decision]) -> str:
    """Return the file with ``decisions``, sorted by video: the same text for the same decisions.

    Raises ``ValueError`` for a key with half of a surrogate pair, which no key in S3 has.
    """
    items = "".join(map(_item, sorted(decisions, key=lambda one: one.video)))
    return f"{_HEAD}\n{items}" if items else f"{_HEAD} []\n"


class _Line(NamedTuple):
    """One item as it stands in the file, with the place of each value."""

    video: str
    transcription: str | None
    language: str | None
    marks: tuple[Mark, Mark, Mark]


def _line(item: dict[str, Any], place: int, reader: document.Reader) -> _Line:
    above = "decisions", place
    language = reader.marks.get((*above, "language"), Mark(1, 1))
    marks = reader.marks[*above, "video"], reader.marks[*above, "transcription"], language
    return _Line(item["video"], item["transcription"], item.get("language"), marks)


def _written(data: bytes) -> list[_Line] | None:
    """Return what ``dumps`` wrote, in a tenth of the time and memory; None for any other text."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    at, number, lines = len(_HEAD) + 1, _HEAD.count("\n") + 2, []
    if not text.startswith(f"{_HEAD}\n"):
        return None
    while found := _ITEM.match(text, at):
        inside = [scalar is not None and scalar.startswith('"') for scalar in found.groups()]
        places = zip(range(number, number + 3), _COLUMNS, inside, strict=True)
        marks = [Mark(line, column + quote) for line, column, quote in places]
        video, transcription, language = map(_value, found.groups())
        lines.append(_Line(str(video), transcription, language, (marks[0], marks[1], marks[2])))
        at, number = found.end(), number + 2 + (language is not None)
    return lines if lines and at == len(text) else None


def _value(scalar: str | None) -> str | None:
    if scalar is None or scalar == "null":
        return None
    if not scalar.startswith('"'):
        return scalar
    return _ESCAPE.sub(_unescaped, scalar[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    char, code = found[0][1], found[0][2:]
    return chr(int(code, 16)) if code else char


def _complaints(lines: list[_Line], path: str) -> Iterator[Finding]:
    taken: dict[tuple[str, str], int] = {}
    for line in lines:
        for side, uri, mark in zip(_SIDES, (line.video, line.transcription), line.marks, strict=False):
            if uri is None:
                continue
            if not _URI.fullmatch(uri):
                told, hint = (
                    f"`{side}` must be the s3:// URI of an object",
                    f"write `{side}: s3://bucket/key`",
                )
                yield document.complaint("TL802", path, mark, told, hint)
            elif first := taken.get((side, uri)):
                told = f"this {side} is decided on line {first} already"
                yield document.complaint("TL803", path, mark, told, "keep one of the two")
            taken.setdefault((side, uri), mark.line)
        if line.language is not None and languages.canonical(line.language) is None:
            told = f"'{line.language}' is not a BCP 47 language tag"
            yield document.complaint("TL802", path, line.marks[2], told, "write en, es or pt-BR")


def _decision(line: _Line) -> Decision:
    language = line.language and languages.canonical(line.language)
    return Decision(line.video, line.transcription, language, line.marks[0].line)


def _item(one: Decision) -> str:
    language = f"    language: {_scalar(one.language)}\n" if one.language else ""
    transcription = "null" if one.transcription is None else _scalar(one.transcription)
    return f"  - video: {_scalar(one.video)}\n    transcription: {transcription}\n{language}"


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    text.encode()  # a ValueError, here and not in the file
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    if char in '"\\':
        return f"\\{char}"
    return f"\\u{ord(char):04x}" if char <= "\uffff" else f"\\U{ord(char):08x}"
