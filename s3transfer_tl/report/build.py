"""The report of a build as JSON: every video and transcription seen, and what became of it.

Written piece by piece: a million pairs never exist as one document. The shape is
schemas/report.schema.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO


def write(fp: BinaryIO, head: Mapping[str, Any], lists: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Write ``head``'s members, then each list's items, one a line, as one JSON document."""
    fp.write(b"{\n")
    separator = b""
    for key, value in head.items():
        fp.write(separator + f"  {json.dumps(key)}: {_dumps(value)}".encode())
        separator = b",\n"
    for key, items in lists.items():
        fp.write(separator + f"  {json.dumps(key)}: [".encode())
        comma = b"\n    "
        for item in items:
            fp.write(comma + _dumps(item).encode())
            comma = b",\n    "
        fp.write(b"]" if comma == b"\n    " else b"\n  ]")
    fp.write(b"\n}\n")


def write_lines(
    fp: BinaryIO, head: Mapping[str, Any], lists: Mapping[str, Iterable[Mapping[str, Any]]]
) -> None:
    """Write each list's items as one JSON line with its list as ``kind``, then ``head`` as the last."""
    for kind, items in lists.items():
        for item in items:
            fp.write(_dumps({"kind": kind, **item}).encode() + b"\n")
    fp.write(_dumps({"kind": "report", **head}).encode() + b"\n")


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
