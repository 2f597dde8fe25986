"""The ledger: sound, free, and without anything that waits for somebody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from s3transfer_tl import ledger
from s3transfer_tl.doctor.check import Check, Meaning, error, ok, skipped, warning
from s3transfer_tl.errors import LedgerError, NothingToDo
from s3transfer_tl.ledger import health

MEANINGS = (
    Meaning(
        "ledger",
        "Does the ledger open, is every page of it sound (SQLite's `integrity_check`), is its format known,"
        " is it written ahead (WAL), could a submission write it?",
        "restore a copy, or see what sqlite3's `.recover` saves; update the tool for a newer format",
    ),
    Meaning(
        "lock",
        "Does another process hold the ledger? Two may not submit into one.",
        "wait until it has ended, or keep a second ledger with `--ledger`",
    ),
    Meaning(
        "outcomes",
        "Does an entry wait with an unknown outcome, because an answer was lost?",
        "`s3transfer-tl status --refresh`; what stays: `s3transfer-tl resolve`",
    ),
)
NAMES = tuple(one.name for one in MEANINGS)


def look(path: Path) -> Iterator[Check]:
    """Yield the checks of the ledger at ``path``; nothing is written."""
    place = Path(os.path.realpath(path.expanduser()))  # of links in a circle too
    holder = health.holder(place)
    try:
        if (refusal := health.refusal(place)) and not place.exists():
            raise refusal
        found = health.examine(place)
    except NothingToDo:
        yield ok("ledger", f"none yet at {place}: the first submission makes it")
        yield _lock(holder)
        yield skipped("outcomes", "nothing was submitted yet")
        return
    except LedgerError as trouble:
        yield error("ledger", trouble.message, trouble.hint)
        yield _lock(holder)
        yield skipped("outcomes", "the ledger cannot be read")
        return
    yield error("ledger", refusal.message, refusal.hint) if refusal else _sound(place, found)
    yield _lock(holder)
    yield _outcomes(found.counts)


def _sound(place: Path, found: health.Health) -> Check:
    entries = f"{sum(found.counts.values()):,} entries"
    if found.journal != "wal":
        return warning(
            "ledger",
            f"{place}: {entries}, sound, but its journal is {found.journal}, not WAL",
            "the next submission sets it; on a disk that cannot keep WAL choose another place with --ledger",
        )
    older = f", format {found.version}: the next submission brings it to {ledger.file.VERSION}"
    return ok("ledger", f"{place}: {entries}, sound{older if found.version < ledger.file.VERSION else ''}")


def _lock(holder: str | None) -> Check:
    if holder is None:
        return ok("lock", "nobody holds the ledger")
    return warning(
        "lock", f"{holder} holds the ledger", "wait until it has ended, or keep a second one with --ledger"
    )


def _outcomes(counts: dict[str, int]) -> Check:
    waiting = {state: counts[state] for state in ("sending", "unknown", "held") if counts.get(state)}
    if not waiting:
        return ok("outcomes", "none is unknown")
    told = ", ".join(f"{count:,} {state}" for state, count in waiting.items())
    return warning(
        "outcomes",
        f"what became of some entries is not known: {told}",
        "s3transfer-tl status --refresh asks the platform; s3transfer-tl resolve settles what stays",
    )
