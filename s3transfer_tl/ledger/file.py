"""The ledger's file: found, locked, opened, brought to this version; every trouble in a sentence."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

import filelock
import platformdirs

from s3transfer_tl.errors import LedgerBusy, LedgerError, NothingToDo, TransferError

APPLICATION_ID = 0x5333544C  # "S3TL"
# In order: each brings the file from one version to the next, and is never edited.
_MIGRATIONS = ("tables.sql", "0002.sql", "0003.sql", "0004.sql")
VERSION = len(_MIGRATIONS)
# File systems whose locks and shared memory SQLite's WAL cannot trust (sqlite.org/wal.html).
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre"})
_REMOTE_FUSE = frozenset({"fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.glusterfs", "fuse.ceph"})


def default_path() -> Path:
    """Return ``~/.local/state/s3transfer-tl/ledger.sqlite3``, or its place on another system."""
    return Path(platformdirs.user_state_dir("s3transfer-tl", appauthor=False)) / "ledger.sqlite3"


def lock(path: Path) -> filelock.BaseFileLock:
    """Take the kernel's lock beside the ledger; it dies with its process, so it is never stale.

    Raises ``LedgerBusy`` if another process holds it, ``LedgerError`` where none can be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = filelock.FileLock(f"{path}.lock", timeout=0)
        held.acquire()
    except filelock.Timeout as error:
        if not Path(f"{path}.lock").exists():  # filelock takes a folder that refuses files for contention
            raise unusable(path, error) from error
        raise LedgerBusy(
            f"the ledger {path} is in use by another process",
            "wait until it has ended, or keep a second ledger with --ledger",
        ) from None
    except (OSError, NotImplementedError) as error:
        raise unusable(path, error) from error
    return held


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open the ledger at ``path``, made anew where there is none.

    Raises ``NothingToDo`` where there is none to read, ``LedgerError`` for a file that is no
    ledger, of a newer version, damaged, on a network file system, or not to be read or written.
    """
    if read_only and not path.exists():
        raise _nothing(path)
    connection = None
    if path.is_dir():
        raise LedgerError(f"the ledger {path} is a folder", "name a file in it with --ledger")
    if not read_only:
        refuse_network(path)
    try:
        connection = sqlite3.connect(_uri(path, read_only), uri=True, isolation_level=None, timeout=10)
        _check(connection, path, read_only=read_only)
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # the list of states is held by STATES; SQLite would go through it for every row that is written
            connection.execute("PRAGMA ignore_check_constraints = ON")
            connection.execute("PRAGMA cache_size = -65536")  # KiB: planning 100,000 entries must not spill
            connection.execute("PRAGMA wal_autocheckpoint = 16000")  # pages: each waits for the disk twice
            _migrate(connection)
    except (sqlite3.Error, OSError) as error:
        if connection is not None:
            connection.close()
        raise unusable(path, error) from error
    except TransferError:
        assert connection is not None
        connection.close()
        raise
    return connection


def _uri(path: Path, read_only: bool) -> str:
    uri = path.absolute().as_uri()
    if not read_only:
        return f"{uri}?mode=rwc"
    # a reader of a WAL database writes beside it; in a folder that forbids that, a ledger at rest
    # can still be read as it stands
    at_rest = not path.with_name(f"{path.name}-wal").exists()
    return f"{uri}?mode=ro" + ("&immutable=1" if at_rest and not os.access(path.parent, os.W_OK) else "")


def _nothing(path: Path) -> NothingToDo:
    return NothingToDo(f"there is no ledger at {path}", "submit a manifest first, or name one with --ledger")


def _check(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise LedgerError(
            f"{path} is an SQLite database, but not a ledger",
            "name another file with --ledger; this one was left as it is",
        )
    if version > VERSION:
        raise LedgerError(
            f"the ledger {path} was written by a newer s3transfer-tl (format {version}; this is {VERSION})",
            "update s3transfer-tl: pip install -U s3transfer-tl",
        )
    if read_only and version == 0:
        raise _nothing(path)


def is_older(path: Path) -> bool:
    """Tell whether ``path`` is a ledger that an earlier version wrote."""
    try:
        with contextlib.closing(sqlite3.connect(_uri(path, read_only=True), uri=True)) as connection:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error:
        return False  # `connect` says what is wrong with it
    return application == APPLICATION_ID and 0 < version < VERSION


def _migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    for number, name in enumerate(_MIGRATIONS[version:], version + 1):
        statements = Path(__file__).with_name(name).read_text(encoding="utf-8")
        # one transaction: a crash in the middle leaves the file as it was, for the next run to go on
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{statements}\nPRAGMA application_id = {APPLICATION_ID};\n"
            f"PRAGMA user_version = {number};\nCOMMIT;"
        )


def unusable(path: Path, error: Exception) -> LedgerError:
    """Return the sentence and the way out for a ledger that the system or SQLite refuses."""
    said = str(error)
    if "not a database" in said or "malformed" in said:
        return LedgerError(
            f"the ledger {path} is damaged ({said})",
            "keep the file, restore a copy, or see what sqlite3's .recover saves; "
            "without it the tool cannot know what was sent before",
        )
    forbidden = isinstance(error, PermissionError | NotADirectoryError)
    if forbidden or "readonly" in said or "read-only" in said.lower():
        return LedgerError(f"the ledger {path} cannot be written", "mend its permissions, or choose --ledger")
    if "full" in said or "disk I/O" in said:
        return LedgerError(
            f"the ledger {path} cannot be written ({said}); {_free(path)}",
            "make room, then run the same command again: nothing is sent without a note of it, nothing twice",
        )
    return LedgerError(f"the ledger {path} cannot be used ({said})", "choose another place with --ledger")


def _free(path: Path) -> str:
    try:
        return f"{shutil.disk_usage(path.parent).free / 1e6:.0f} MB are free there"
    except OSError:
        return "how much room is left is not known"


def refuse_network(path: Path) -> None:
    """Raise ``LedgerError`` for a ledger on a file system whose locks cannot be trusted."""
    kind = _file_system(path)
    if kind in _REMOTE or kind in _REMOTE_FUSE:
        raise LedgerError(
            f"the ledger {path} is on a network file system ({kind})",
            "its locks cannot be trusted there: choose a local disk with --ledger",
        )


def _file_system(path: Path) -> str | None:
    """Return the type of the file system that holds ``path``, None where the system does not tell."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    place, best, kind = os.path.realpath(path), "", None
    for line in lines:
        fields, _, rest = line.partition(" - ")
        mount = fields.split(" ")[4].replace("\\040", " ")
        inside = place == mount or place.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, rest.split(" ")[0]
    return kind
