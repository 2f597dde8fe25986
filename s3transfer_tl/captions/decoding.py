"""Bytes to text: is it UTF-8, is it captions at all (TL701, TL702), was it garbled before (TL717)."""

from __future__ import annotations

import codecs
import re

from s3transfer_tl.captions.fault import Fault, Problem, within
from s3transfer_tl.captions.timing import Kind
from s3transfer_tl.model import Severity

_BOMS = (  # UTF-32 first: its little-endian mark starts with UTF-16's
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_CONTROLS = bytes(set(range(32)) - {9, 10, 12, 13}) + b"\x7f"
_WIDE = ["utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le", "utf_7"]  # told apart above
_SAMPLE = 4096
_EVIDENCE = 16384
_GZIP = b"\x1f\x8b"
_UTF8_HINT = "save the file as UTF-8"
_FORMAT = {"srt": "an SRT file", "vtt": "a WebVTT file"}
_FOREIGN = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("an HTML page", r"<(?:!doctype\s+html|html|head|body|script)\b"),
        ("an S3 error answer", r"(?:<\?xml[^>]*>\s*)?<Error>"),
        ("XML", r"<(?:\?xml|!--|!doctype|tt|transcript|timedtext|sami)\b"),
        ("an ASS or SSA script", r"\[Script Info\]"),
        ("a MicroDVD file", r"\{\d+\}\{\d+\}"),
        ("an SBV file", r"\d+:\d\d:\d\d\.\d{3},\d+:\d\d:\d\d\.\d{3}\s"),
        ("JSON", r"[{\[]\s*(?:[\"{\[\]}]|-?\d+\s*[,\]])"),
        ("an LRC file", r"\[(?:\d+:\d\d[.\]]|ti:|ar:|al:|by:)"),
    )
)
_LOST_ARROW = _FOREIGN[:3]  # these may hold `-->` themselves, in comments
_SRT_OPENING = re.compile(r"\s*(?:\d+[ \t]*\n)?\s*\d+:\d\d:\d\d,\d{3}[ \t]*-->", re.ASCII)

_HIGH = "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)) + "\x80-\x9f"
_AFTER_A = "".join(set(_HIGH) - set("\u2019\u201d\u2026\u2013\u2014\u2122\u203a-"))  # may follow a word
_LEADS = "\xc2\xc3\xd0\xd1\xe2\xf0"
_MOJIBAKE = re.compile(
    rf"(?=[{_LEADS}])(?:\xc3[\x80-\x9f\xa1-\xaa\xac-\xba\xbc-\xbf{_AFTER_A}]"
    rf"|\xc2[\xa0-\xa5\xa7\xa9\xab\xae\xb0-\xb4\xb7\xbf]"
    rf"|\xe2[\u20ac\x80][{_HIGH}\xa0-\xbf]"
    rf"|(?:[\xd0\xd1][{_HIGH}\xa0-\xbf]){{2,}}"
    rf"|\xf0[\u0178\x9f][{_HIGH}])"
)


def read(data: bytes, kind: Kind) -> str | Fault:
    """Return the text with LF line ends and without byte order mark, or why it is no caption text."""
    name = next((name for bom, name in _BOMS if data.startswith(bom)), None) or _bare_utf16(data)
    if name:
        return _file("TL701", f"the file is {name}, not UTF-8", _UTF8_HINT)
    if data.startswith(_GZIP):
        hint = "unpack it, and put what comes out in its place: gzip -d < PACKED > PLAIN"
        return _file("TL702", f"this is gzip data, not {_FORMAT[kind]}", hint)
    if _binary(data):
        return _file("TL702", f"this is binary data, not {_FORMAT[kind]}", _hint(kind))
    try:
        text = unmarked(data.decode("utf-8"))
    except UnicodeDecodeError as broken:
        guess = guess_encoding(data)
        said = f"the byte 0x{data[broken.start]:02x} is not UTF-8"
        said += f"; the file looks like {guess}" if guess else ""
        return _byte(data, broken.start, said)
    if foreign := _foreign(text, kind):
        blank = len(text) - len(text.lstrip())
        problem = Problem(
            "TL702",
            Severity.ERROR,
            blank,
            blank + len(text[blank : blank + 200].partition("\n")[0]),
            f"this is {foreign}, not {_FORMAT[kind]}",
            _hint(kind),
        )
        return next(within([problem], text, 1))
    return text


def unmarked(text: str) -> str:
    """Return decoded text with LF line ends and without byte order mark."""
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def legible(data: bytes) -> str:
    """Return the text as people can read it, to show it: of UTF-16 and UTF-32 what it stands for, U+FFFD
    for what is neither that nor UTF-8."""
    name = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if name is None and _bare_utf16(data):
        name = "UTF-16-BE" if data[:_SAMPLE:2].count(0) > data[1:_SAMPLE:2].count(0) else "UTF-16-LE"
    return data.decode(name or "utf-8-sig", "replace")


def guess_encoding(data: bytes) -> str | None:
    """Name the likely encoding of bytes that are not UTF-8; None where nothing can be said.

    A byte order mark decides; else charset-normalizer, where it is installed, judges the lines that
    are not ASCII.
    """
    name = next((name for bom, name in _BOMS if data.startswith(bom)), None) or _bare_utf16(data)
    if name:
        return name
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return None
    lines = [line for line in data.splitlines() if not line.isascii()]
    found = from_bytes(b"\n".join(lines)[:_EVIDENCE], cp_exclusion=_WIDE)
    best = found.best()
    if best is None:
        return None
    as_good = [one for one in found if (one.chaos, one.coherence) == (best.chaos, best.coherence)]
    same = {name for one in as_good for name in (one.encoding, *one.could_be_from_charset)}
    return next((name for name in ("cp1252", "cp1251") if name in same), best.encoding)


def garbled(text: str) -> list[Fault]:
    """Return TL717 for each way in which the text was damaged before: one fault a way, at its first place."""
    if text.isascii() and "\0" not in text:
        return []
    found = []
    if any(lead in text for lead in _LEADS) and (place := _MOJIBAKE.search(text)):
        said = f"{place[0]!r} looks like UTF-8 read as another encoding and saved again"
        found.append((place.start(), place.end(), said, "take the file from before it was converted"))
    for char, name, hint in (
        ("\ufffd", "U+FFFD, the mark of a lost character", "restore the character from the original"),
        ("\0", "a NUL character", "remove it; players show U+FFFD in its place"),
    ):
        if (spot := text.find(char)) >= 0:
            count = text.count(char)
            found.append((spot, spot + 1, name + (f", {count} times" if count > 1 else ""), hint))
    return list(within((Problem("TL717", Severity.WARNING, *spot) for spot in sorted(found)), text, 1))


def _file(code: str, message: str, hint: str) -> Fault:
    return Fault(code, Severity.ERROR, 1, 1, 1, message, hint)


def _byte(data: bytes, offset: int, message: str) -> Fault:
    before = unmarked(data[:offset].decode("utf-8"))
    column = len(before) - before.rfind("\n")
    line = before.count("\n") + 1
    return Fault("TL701", Severity.ERROR, line, column, column + 1, message, _UTF8_HINT)


def _bare_utf16(data: bytes) -> str | None:
    even, odd = data[:_SAMPLE:2], data[1:_SAMPLE:2]
    for few, many in ((even, odd), (odd, even)):
        if len(many) > 3 and many.count(0) > len(many) * 0.4 and few == few.translate(None, _CONTROLS):
            return "UTF-16"
    return None


def _binary(data: bytes) -> bool:
    if b"-->" in data or b"WEBVTT" in data[:16]:
        return False
    sample = data[:_SAMPLE]
    return len(sample) - len(sample.translate(None, _CONTROLS)) > len(sample) * 0.05


def _foreign(text: str, kind: Kind) -> str | None:
    start = text.lstrip()[:_SAMPLE]
    if kind == "srt" and start.startswith("WEBVTT"):
        return "WebVTT"
    if kind == "vtt" and _SRT_OPENING.match(start):
        return "SRT"
    formats = _LOST_ARROW if "-->" in text else _FOREIGN
    return next((name for name, opening in formats if opening.match(start)), None)


def _hint(kind: Kind) -> str:
    other = "vtt" if kind == "srt" else "srt"
    return f"put {_FORMAT[kind]} here, or convert this one; if it is .{other} text, rename the file"
