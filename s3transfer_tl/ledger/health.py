"""Whether a ledger is sound, who holds it, and what in it waits for somebody."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from s3transfer_tl.errors import LedgerBusy, LedgerError
from s3transfer_tl.ledger import file
from s3transfer_tl.ledger.states import STATES

_COUNTING = 4  # the first version that keeps count of the entries in each state
_COUNTED = "SELECT state, entries FROM tallies WHERE entries <> 0"


class Health(NamedTuple):
    """What a ledger is: ``version`` of its format (this tool writes ``file.VERSION``), ``journal`` as SQLite
    calls it, ``counts`` the entries in each state that occurs."""

    version: int
    journal: str
    counts: dict[str, int]


def examine(path: Path) -> Health:
    """Read all of the ledger at ``path`` and prove its pages and indexes; nothing is written.

    Raises ``NothingToDo`` where there is none, ``LedgerError`` where it is damaged or cannot be read.
    """
    with contextlib.closing(file.connect(path, read_only=True)) as connection:
        try:
            for said in complaints(connection, "integrity_check"):
                raise sqlite3.DatabaseError(f"malformed: {said}")
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            journal: str = connection.execute("PRAGMA journal_mode").fetchone()[0]
            counts = dict(connection.execute("SELECT state, count(*) FROM entries GROUP BY state"))
            if unknown := counts.keys() - STATES.keys():  # SQLite proves no CHECK where it may only read
                raise sqlite3.DatabaseError(f"malformed: no entry can be {sorted(unknown)[0]}")
            if version >= _COUNTING and counts != dict(connection.execute(_COUNTED)):
                raise sqlite3.DatabaseError("malformed: its counts are not those of its entries")
        except sqlite3.Error as error:
            raise file.unusable(path, error) from error
    return Health(version, journal, counts)


def complaints(connection: sqlite3.Connection, pragma: str) -> Iterator[str]:
    """Yield what SQLite finds wrong by ``pragma``: integrity_check, or quick_check, which leaves out the
    indexes. Some versions take columns of tables without row ids for NULL that
    are not (3.40.1, measured): such a complaint counts where the value itself says so."""
    unfounded = {"ok"}
    for (said,) in connection.execute(f"PRAGMA {pragma}(1000000000)"):
        if said in unfounded:
            continue
        named = re.fullmatch(r"NULL value in (\w+)\.(\w+)", said)
        if (
            named
            and not connection.execute(
                f"SELECT 1 FROM {named[1]} WHERE typeof({named[2]}) = 'null' LIMIT 1"
            ).fetchone()
        ):
            unfounded.add(said)
        else:
            yield said


def refusal(path: Path) -> LedgerError | None:
    """Return why no submission could write the ledger at ``path``, as far as can be told without writing."""
    there = next((one for one in (path, *path.parents) if os.path.lexists(one)), path)
    try:
        there.stat()  # links may stand in a circle
        file.refuse_network(path)
        if there != path and not there.is_dir():
            raise NotADirectoryError(f"{there} is no folder")
        if not os.access(there, os.W_OK):
            raise PermissionError(f"{there} is read-only")
    except LedgerError as error:
        return error
    except OSError as error:
        return file.unusable(path, error)
    return None


def holder(path: Path) -> str | None:
    """Return who holds the ledger for writing, None where nobody does: ``process 123 (python3)``, or
    ``another process`` where the system does not tell."""
    beside = Path(f"{path}.lock")
    pids = _lockers(beside)
    if not beside.exists() or pids == []:
        return None
    try:  # only where somebody seems to have it: a lock taken to look could turn another run away
        file.lock(path).release()
    except LedgerBusy:
        return f"process {pids[0]}{_name(pids[0])}" if pids else "another process"
    return None


def _lockers(path: Path) -> list[int] | None:
    """Return the processes that Linux names as holding a lock on ``path``; None: the system does not tell."""
    if sys.platform != "linux":
        return None
    try:
        number = path.stat().st_ino
        lines = Path("/proc/locks").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    held = [line.split() for line in lines if " -> " not in line]
    return [int(one[4]) for one in held if len(one) > 5 and one[5].rpartition(":")[2] == str(number)]


def _name(pid: int) -> str:
    try:
        return f" ({Path(f'/proc/{pid}/comm').read_text(encoding='utf-8', errors='replace').strip()})"
    except OSError:
        return ""
