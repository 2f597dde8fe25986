"""Fixes of a manifest as a whole: its encoding, its brackets."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from s3transfer_tl import manifest
from s3transfer_tl.lint.rules import Rule
from s3transfer_tl.model import Edit, Fix

_CHUNK = 1 << 20  # bytes a read
_MARKS = (  # UTF-32 first: its little-endian mark starts with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONGEST = 2 << 20  # code points of one object
_BLANK = " \t\r\n"
_BETWEEN = re.compile(r"([ \t\r\n]*)(,?)([ \t\r\n]*)")
_SCAN = json.JSONDecoder(parse_int=float).scan_once  # type: ignore[attr-defined]


class _Nowhere:
    """Takes bytes and forgets them."""

    def write(self, data: bytes) -> int:
        return len(data)


def fix(rule: Rule, fault: manifest.Fault, fp: BinaryIO, file: str) -> Fix | None:
    """Return the fix for a fault of the reader, None where there is none."""
    if rule.fix is None:
        return None
    if fault.kind == "byte-order-mark":
        edit = Edit(fault.offset, fault.offset + fault.length, b"")
        return Fix(rule.fix.applicability, rule.fix.does, (edit,))
    return whole(rule, fp, file)


def whole(rule: Rule, fp: BinaryIO, file: str) -> Fix | None:
    """Return the fix that writes ``fp`` anew; None where the rule has none that works, which is tried."""
    if rule.fix is None or rule.fix.rewrite is None:
        return None
    fp.seek(0)
    mended = rule.fix.rewrite(fp, _Nowhere(), file)  # type: ignore[arg-type]  # it writes, and nothing else
    return Fix(rule.fix.applicability, rule.fix.does) if mended else None


def to_utf8(source: BinaryIO, target: BinaryIO, file: str) -> bool:
    """Re-encode UTF-16 or UTF-32 that begins with its mark. Anything else is a guess about keys, and a
    key in the wrong encoding names another object."""
    start = source.read(4)
    name = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if name is None:
        return False
    source.seek(0)
    decode = codecs.getincrementaldecoder(name)("strict").decode
    try:
        while chunk := source.read(_CHUNK):
            target.write(decode(chunk).encode())
        decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def to_array(source: BinaryIO, target: BinaryIO, file: str) -> bool:
    """Put ``[``, ``]`` and commas about objects that follow each other; their bytes stay."""
    if source.read(3) == codecs.BOM_UTF8:
        target.write(codecs.BOM_UTF8)
    else:
        source.seek(0)
    count, gap = 0, ""
    try:
        for count, (text, after) in enumerate(_objects(source), 1):
            lead = ("," + gap) if count > 1 else "[\n" if "\n" in after + text else "["
            target.write((lead + text).encode())
            gap = after
    except ValueError:
        return False
    target.write((gap + "]" + ("\n" if "\n" in gap else "")).encode())
    return count > 0


def _objects(source: BinaryIO) -> Iterator[tuple[str, str]]:
    """Yield the text of each object and the white space after it; a comma after it is dropped.

    Raises ``ValueError`` where something else stands there.
    """
    decode = codecs.getincrementaldecoder("utf-8")("strict").decode
    window, at, eof = "", 0, False
    while True:
        end = _end(window, at)
        behind = _BETWEEN.match(window, end) if end else None
        if behind and (behind.end() < len(window) or eof):
            yield window[at:end], behind[1] + behind[3]
            at = behind.end()
        elif eof or len(window) - at > _LONGEST:
            if window[at:].strip(_BLANK):
                raise ValueError("no object")
            return
        else:
            chunk = source.read(_CHUNK)
            window, at, eof = (window[at:] + decode(chunk, final=not chunk)).lstrip(_BLANK), 0, not chunk


def _end(window: str, at: int) -> int:
    """Return where the object at ``at`` ends, 0 where none does."""
    if not window.startswith("{", at):
        return 0
    try:
        end: int = _SCAN(window, at)[1]
    except (StopIteration, ValueError, RecursionError):
        return 0
    return end
