"""Rules and listings in, pairs out: one DuckDB pipeline for ten keys and for ten million (floor 2).

The SQL is ``matching.sql``. Python fills in the patterns, says what the tail of a name means (once
per distinct tail) and reads the results as a stream. What ranks before what, and what is ambiguous,
is written in the SQL and nowhere else.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from s3transfer_tl import naming
from s3transfer_tl.decisions import Decision
from s3transfer_tl.errors import OutputError
from s3transfer_tl.matching import clauses, pipeline
from s3transfer_tl.matching.asked import Fate, Inquiry, Offer
from s3transfer_tl.matching.nearest import Near, nearest
from s3transfer_tl.matching.outcome import (
    NFC_NOTE,
    Counts,
    Honoured,
    Left,
    Matching,
    Problem,
    Refusal,
    RuleCount,
    Stale,
)
from s3transfer_tl.matching.pipeline import Job, Listing
from s3transfer_tl.model import Config

__all__ = [
    "NFC_NOTE",
    "Counts",
    "Fate",
    "Honoured",
    "Inquiry",
    "Left",
    "Listing",
    "Matching",
    "Near",
    "Offer",
    "Problem",
    "Refusal",
    "RuleCount",
    "Stale",
    "match",
    "nearest",
]

_SPILL_PER_BYTE = 3  # of listing; measured: 1.3 GB for a listing of 2.3 GB under a cap of 2 GB
_PACKED = 20  # bytes of JSON lines for one of Parquet; it is an upper limit that costs nothing
_USUALLY_PACKED = 5
_MEMORY_PER_BYTE = 2  # more makes it no faster (measured at a million keys) and leaves it with the process
_MEMORY_FLOOR, _MEMORY_CAP = 400_000_000, 1_200_000_000
_ON_DISK = 100_000_000  # bytes of JSON lines; a listing smaller than that is kept in memory
_SPILL_FLOOR = 1 << 30


@contextmanager
def match(
    videos: Listing,
    transcriptions: Listing | None,
    rules: Sequence[naming.Rule],
    config: Config,
    *,
    work_dir: Path,
    memory_limit: str | None = None,
    asked: Sequence[str] | None = None,
    decided: Sequence[Decision] = (),
) -> Iterator[Matching]:
    """Pair the videos with their transcriptions; ``transcriptions`` None takes both from one listing.

    ``asked``: the keys and URIs that an ``Inquiry`` into the outcome will tell of. ``decided`` comes before
    the rules.

    DuckDB keeps to ``memory_limit`` (by default what the listing calls for, at most 1.2 GB), keeps a
    large listing in a file below ``work_dir`` and spills there; nothing is left.
    Raises ``ConfigError`` where a rule's join key is so coarse that candidates grow with the square of
    the listing, and ``OutputError`` where memory or temporary space ends.
    """
    import duckdb

    listings = videos, transcriptions or videos
    memory_limit = memory_limit or f"{_memory(listings)}B"
    spill = Path(tempfile.mkdtemp(prefix="matching-", dir=work_dir))
    settings: dict[str, Any] = {
        "memory_limit": memory_limit,
        "temp_directory": str(spill),
        "max_temp_directory_size": f"{_spill_cap(listings, spill)}B",
        "preserve_insertion_order": False,
        "force_compression": "uncompressed",  # of the file below: to pack it takes longer than all the joins
    }
    try:
        with duckdb.connect(config=settings) as con:
            kept = str(spill / "listing.db") if _lines(listings, _USUALLY_PACKED) > _ON_DISK else ":memory:"
            con.execute(f"ATTACH {clauses.literal(kept)} AS disk")
            yield pipeline.run(
                con,
                Job(
                    videos,
                    transcriptions,
                    tuple(rules),
                    config,
                    None if asked is None else tuple(asked),
                    tuple(decided),
                ),
            )
    except duckdb.OutOfMemoryException as error:
        raise OutputError(
            f"matching ran out of memory or temporary space ({memory_limit} of memory, files in {work_dir})",
            "free space there, or match a smaller prefix",
        ) from error
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _spill_cap(listings: Sequence[Listing], spill: Path) -> int:
    listed = _lines(listings, _PACKED)
    return min(max(_SPILL_PER_BYTE * listed, _SPILL_FLOOR), shutil.disk_usage(spill).free // 2)


def _memory(listings: Sequence[Listing]) -> int:
    return min(max(_MEMORY_PER_BYTE * _lines(listings, _USUALLY_PACKED), _MEMORY_FLOOR), _MEMORY_CAP)


def _lines(listings: Sequence[Listing], packed: int) -> int:
    """Return how many bytes the listings have, or would have as JSON lines."""
    return sum(
        listing.path.stat().st_size * (packed if listing.is_packed else 1) for listing in set(listings)
    )
