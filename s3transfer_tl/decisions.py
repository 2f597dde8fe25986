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
from s3transfer_tl.model import Finding
from s3transfer_tl.naming import languages

MAX_BYTES = 64 << 20  # 400,000 decisions

_HEAD = "# decisions.yaml - written by `s3transfer-tl review`; may be edited by hand\nversion: 1\ndecisions:"
_LIST = re.compile(rb"^decisions:[ \t]*(?:[\[#\r\n]|$)", re.MULTILINE)
_URI = re.compile(r"s3://[^/]+/(?s:.)+")
# What needs no quotes in any reader of YAML, and means itself there
_PLAIN = re.compile(
    r"s3://[A-Za-z0-9._-]+/[A-Za-z0-9._/+=@-]+|(?!(?i:yes|no|on|off|true|false|null)$)[A-Za-z]{2,8}(-[A-Za-z0-9]+)*"
)
# What a reader of YAML takes as it stands between double quotes (YAML 1.2, 5.1), without " and \
_ESCAPED = re.compile(
    "[^ !#-\\[\\]-~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


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
        data = Path(path).read_bytes()
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
    reader = document.Reader(data, path, "decisions", MAX_BYTES)
    found = reader.document()
    if not reader.findings:
        reader.judge(found)
    if reader.findings:
        return (), reader.sorted()
    decided = tuple(_decisions(found["decisions"], reader))
    return ((), reader.sorted()) if reader.findings else (decided, [])


def resembles(data: bytes) -> bool:
    """Tell whether a YAML file is one of decisions: a config names them on one line."""
    return _LIST.search(data) is not None


def dumps(decisions: Iterable[Decision]) -> str:
    """Return the file with ``decisions``, sorted by video: the same text for the same decisions.

    Raises ``ValueError`` for a key with half of a surrogate pair, which no key in S3 has.
    """
    items = "".join(map(_item, sorted(decisions, key=lambda one: one.video)))
    return f"{_HEAD}\n{items}" if items else f"{_HEAD} []\n"


def _decisions(items: list[dict[str, Any]], reader: document.Reader) -> Iterator[Decision]:
    taken: dict[tuple[str, str], int] = {}
    for place, item in enumerate(items):
        for side in ("video", "transcription"):
            uri = item[side]
            if uri is None:
                continue
            mark = reader.marks["decisions", place, side]
            if not _URI.fullmatch(uri):
                hint = f"write `{side}: s3://bucket/key`"
                reader.complain("TL802", mark, f"`{side}` must be the s3:// URI of an object", hint)
            elif first := taken.get((side, uri)):
                told = f"this {side} is decided on line {first} already"
                reader.complain("TL803", mark, told, "keep one of the two")
            taken.setdefault((side, uri), mark.line)
        yield Decision(
            item["video"], item["transcription"], _language(item, place, reader), _line(place, reader)
        )


def _language(item: dict[str, Any], place: int, reader: document.Reader) -> str | None:
    tag = item.get("language")
    if tag is None:
        return None
    canonical = languages.canonical(tag)
    if canonical is None:
        mark = reader.marks["decisions", place, "language"]
        reader.complain("TL802", mark, f"'{tag}' is not a BCP 47 language tag", "write en, es or pt-BR")
    return canonical


def _line(place: int, reader: document.Reader) -> int:
    return reader.key_marks["decisions", place, "video"].line


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
    return f"\\{char}" if char in '"\\' else f"\\u{ord(char):04x}"
