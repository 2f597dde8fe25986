"""What was built or submitted before, so that a build can leave it out."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path

from s3transfer_tl import ledger, manifest
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import Entry

_SQLITE = b"SQLite format 3\0"
# In these states an entry is not at the platform, and is no reason to leave it out.
_NOT_THERE = frozenset({"planned", "rejected", "failed"})


class Since:
    """The entries of an earlier manifest or ledger, 8 bytes each: at a million entries here and there,
    one build in ten million takes a new one for known."""

    def __init__(self, name: str, entries: Iterable[Entry]) -> None:
        self.name = name
        self._digests = array("q", sorted(map(_digest, entries)))

    def holds(self, index_id: str | None, object: str, transcription: str | None) -> bool:  # noqa: A002
        """Tell whether the entry is there, whatever its language."""
        digest = hash((index_id, object, transcription))
        place = bisect_left(self._digests, digest)
        return place < len(self._digests) and self._digests[place] == digest


def read(path: Path) -> Since:
    """Read a manifest or a ledger; its first bytes tell which.

    Raises ``UsageError`` for a file that is neither, ``LedgerError`` for a ledger that cannot be read.
    """
    try:
        with path.open("rb") as fp:
            head = fp.read(len(_SQLITE))
            if head != _SQLITE:
                fp.seek(0)
                return Since(str(path), manifest.entries(fp))
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror or error}", "name a manifest or a ledger with --since"
        ) from error
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", error.hint) from error
    return Since(str(path), _submitted(path))


def _submitted(path: Path) -> Iterator[Entry]:
    with ledger.Ledger.open(path, read_only=True) as opened:
        yield from (row.entry for row in opened.rows() if row.state not in _NOT_THERE)


def _digest(entry: Entry) -> int:
    return hash((entry.index_id, entry.object, entry.transcription))
