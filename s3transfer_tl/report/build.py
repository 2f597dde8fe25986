"""The report of a build as JSON: every video and transcription seen, and what became of it.

Written piece by piece: a million pairs never exist as one document. The shape is
schemas/report.schema.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from json.encoder import encode_basestring as quoted
from typing import Any, BinaryIO

_AT_ONCE = 1_000  # items


def write(fp: BinaryIO, head: Mapping[str, Any], lists: Mapping[str, Iterable[str]]) -> None:
    """Write ``head``'s members, then each list's items (JSON objects as text), one a line, as one JSON
    document."""
    fp.write(b"{\n")
    separator = b""
    for key, value in head.items():
        fp.write(separator + f"  {json.dumps(key)}: {_dumps(value)}".encode())
        separator = b",\n"
    for key, items in lists.items():
        fp.write(separator + f"  {json.dumps(key)}: [".encode())
        start, remaining = b"\n    ", iter(items)
        while some := list(islice(remaining, _AT_ONCE)):
            fp.write(start + ",\n    ".join(some).encode())
            start = b",\n    "
        fp.write(b"]" if start == b"\n    " else b"\n  ]")
    fp.write(b"\n}\n")


def write_lines(fp: BinaryIO, head: Mapping[str, Any], lists: Mapping[str, Iterable[str]]) -> None:
    """Write each list's items as one JSON line with its list as ``kind``, then ``head`` as the last."""
    for kind, items in lists.items():
        for item in items:
            fp.write(f'{{"kind": "{kind}", {item[1:]}\n'.encode())
    fp.write(_dumps({"kind": "report", **head}).encode() + b"\n")


def item(**members: str | None) -> str:
    """Return one item of texts as JSON text. About 1 us."""
    told = (f'"{name}": {"null" if text is None else quoted(text)}' for name, text in members.items())
    return f"{{{', '.join(told)}}}"


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
