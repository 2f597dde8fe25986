"""A listing that ``list`` saved, read by DuckDB: a quarter of the time that Python takes for its lines.

What DuckDB refuses, and what it would take more kindly than ``LinesSource`` does, goes to
``LinesSource``, which names the line. The two agree on every file (a test compares them).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3transfer_tl.errors import OutputError
from s3transfer_tl.sources import inventory_table, rows, spool
from s3transfer_tl.sources.given import Given
from s3transfer_tl.sources.listing import LinesSource
from s3transfer_tl.sources.relative import Root

if TYPE_CHECKING:
    import duckdb

_MEMORY = "500MB"
_TEXTS = ("etag", "last_modified", "index_id", "language")
_COLUMNS = ", ".join(f"{name}: 'VARCHAR'" for name in ("uri", "type", "size", *_TEXTS))


def is_ours(given: Given) -> bool:
    """Tell whether ``given`` is a file that begins as ``list`` writes it."""
    first, newline, _ = given.head.partition(b"\n")
    if given.path is None or not newline or first.endswith(b"\r"):
        return False
    try:
        told = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and "uri" in told


class SavedSource(LinesSource):
    """A file of our own lines, which can be spooled without an object a row."""

    snapshot = None  # its lines do not tell

    def __init__(self, given: Given, path: Path, root: Root | None = None) -> None:
        super().__init__(given, root)
        self._path = path
        self._con: duckdb.DuckDBPyConnection | None = None

    @property
    def stage(self) -> spool.Stage:
        """How much of the file was read, in percent."""
        percent = inventory_table.percent(self._con) if self._con else 0
        return spool.Stage("reading", percent, 100, "%")

    def stop(self) -> None:
        """End the reading, which another thread is at."""
        if self._con:
            self._con.interrupt()

    def spool_to(self, path: Path) -> spool.ListingCount:
        """Write the listing to ``path`` as Parquet; return how many objects and pages of 1,000 it has.

        Raises ``ConfigError`` as ``pages`` does, ``OutputError`` where memory or disk ends.
        """
        import duckdb

        with _connected(path) as con:
            self._con = con
            try:
                keys = _copied(con, self._path, path, _as_ours(self.root))
            except (duckdb.InvalidInputException, duckdb.ConversionException):
                lines = path.with_suffix(".lines")
                with lines.open("wb") as fp:
                    spool.write(self.pages(), fp)
                keys = _copied(con, lines, path, "true")
                lines.unlink()
        return spool.ListingCount(keys, -(-keys // rows.PAGE))


@contextmanager
def _connected(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    try:
        settings: dict[str, Any] = {"memory_limit": _MEMORY, "preserve_insertion_order": False}
        with duckdb.connect(config=settings) as con:
            con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
            yield con
    except (duckdb.OutOfMemoryException, duckdb.IOException, OSError) as error:
        said = str(error).partition("\n")[0]
        raise OutputError(
            f"the listing cannot be kept in {path.parent}: {said}", "free space there, or set TMPDIR"
        ) from error


def _as_ours(root: str) -> str:
    """Return the SQL that says whether a row is one that ``LinesSource`` takes."""
    sound = (
        f"regexp_full_match(uri, {_literal(f'(?s:s3://{rows.BUCKET.pattern}/.+)')})",
        "type IS DISTINCT FROM 'directory'",
        "(size IS NULL OR regexp_full_match(size, '[0-9]{1,18}'))",
        f"starts_with(uri, {_literal(root)})",
    )
    return " AND ".join(sound)


def _copied(con: duckdb.DuckDBPyConnection, source: Path, target: Path, sound: str) -> int:
    """Copy JSON lines to Parquet; return how many. Raises ``duckdb.InvalidInputException`` at the first
    row that is not ``sound``."""
    texts = ", ".join(name if name != "etag" else "trim(etag, '\"') AS etag" for name in _TEXTS)
    query = f"""
        COPY (SELECT CASE WHEN {sound} THEN uri ELSE error('not one of our lines') END AS uri,
                     TRY_CAST(size AS BIGINT) AS size, {texts}
              FROM read_json({_literal(str(source))}, format = 'newline_delimited', columns = {{{_COLUMNS}}}))
        TO {_literal(str(target))} (FORMAT parquet)"""  # noqa: S608 - every part is a constant or quoted
    row = con.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
