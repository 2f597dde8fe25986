"""Entries named by lines of JSON, as ``status --format jsonl`` and ``submit --format jsonl`` write them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from s3transfer_tl.errors import UsageError
from s3transfer_tl.ledger import Row


class Named:
    """The objects that some lines name, with their index where the line tells one.

    Raises ``UsageError`` for a line that names none.
    """

    def __init__(self, lines: Iterable[bytes], source: str) -> None:
        self._names: dict[tuple[str, str | None], bool] = {}  # name to whether the ledger had it
        for number, line in enumerate(lines, 1):
            if line.strip():
                self._names[_name(line, f"{source}:{number}")] = False

    def __len__(self) -> int:
        return len(self._names)

    def has(self, row: Row) -> bool:
        """Tell whether the entry is named, and remember that it is there."""
        found = [name for name in ((row.object, row.index_id), (row.object, None)) if name in self._names]
        for name in found:
            self._names[name] = True
        return bool(found)

    @property
    def missed(self) -> list[str]:
        """The objects that ``has`` has not seen."""
        return [uri for (uri, _), seen in self._names.items() if not seen]


def _name(line: bytes, where: str) -> tuple[str, str | None]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        fields = None
    uri, index_id = (
        (fields.get("object"), fields.get("index_id")) if isinstance(fields, dict) else (None, None)
    )
    if not isinstance(uri, str) or not isinstance(index_id, str | None):
        raise UsageError(
            f"{where} names no entry",
            "give lines as `s3transfer-tl status --state failed --format jsonl` writes them",
        )
    return uri, index_id
