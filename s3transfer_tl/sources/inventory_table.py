"""The data files of an S3 Inventory as one table, read by DuckDB out of core.

A bucket of 10^8 keys is 10^8 rows here and no Python object.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3transfer_tl.errors import ConfigError, OutputError, UsageError
from s3transfer_tl.sources.inventory_manifest import InventoryManifest

if TYPE_CHECKING:
    import duckdb

_MEMORY = "1GB"
_TEXTS = ("etag", "last_modified", "storage_class", "index_id", "language")
# Named as CSV inventories name them; Parquet and ORC write is_latest and e_tag for the same.
_NEEDED = ("bucket", "key")


@contextlib.contextmanager
def opened(
    manifest: InventoryManifest, paths: Sequence[Path], root: str
) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """Yield a connection and the query for the inventory's objects, columns as in a listing: uri, size,
    etag, last_modified, storage_class, index_id, language. Versions that are not the latest, and
    delete markers, are no objects; with ``root`` neither is what does not lie below it.

    Raises ``ConfigError`` where a file is not what the manifest says, ``OutputError`` where memory
    or disk ends, ``UsageError`` for ORC without pyarrow.
    """
    import duckdb

    try:
        with duckdb.connect(config={"memory_limit": _MEMORY}) as con:
            yield con, _objects(con, manifest, [str(path) for path in paths], root) if paths else _none()
    except duckdb.OutOfMemoryException as error:
        raise OutputError(
            f"reading {manifest.name} ran out of memory ({_MEMORY})", "free memory and run again"
        ) from error
    except duckdb.Error as error:
        said = str(error).partition("\n")[0]
        if "No space left" in said:
            raise OutputError(f"no space is left for the listing: {said}", "free space in TMPDIR") from error
        raise ConfigError(
            f"the data of {manifest.name} cannot be read: {said}",
            "its checksums are right, so it was written so: report what wrote it, or name a newer inventory",
        ) from error


def percent(con: duckdb.DuckDBPyConnection) -> int:
    """Return how much is done of what another thread has ``con`` do, 0 to 100."""
    import duckdb

    try:
        return max(0, int(con.query_progress()))
    except duckdb.Error:  # it was closed meanwhile
        return 100


class Reading:
    """A COPY that may take minutes, while another thread looks on."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    @property
    def percent(self) -> int:
        """How much of it is done, 0 to 100."""
        return percent(self._con)

    def run(self, statement: str) -> int:
        """Run ``statement``; return its number of rows. Raises ``duckdb.InterruptException`` when stopped."""
        self._con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        (rows,) = self._con.execute(statement).fetchone() or (0,)
        return int(rows)

    def stop(self) -> None:
        """End it at once."""
        self._con.interrupt()


def _none() -> str:
    """Return the query for no objects: an empty bucket's inventory has no data files."""
    texts = ", ".join(f"NULL::VARCHAR AS {name}" for name in _TEXTS)
    return f"SELECT NULL::VARCHAR AS uri, NULL::BIGINT AS size, {texts} WHERE false"


def _objects(con: duckdb.DuckDBPyConnection, manifest: InventoryManifest, paths: list[str], root: str) -> str:
    source, columns = _source(con, manifest, paths)
    if missing := [name for name in _NEEDED if name not in columns]:
        raise ConfigError(
            f"{manifest.name} has no column for the {missing[0]}", "add it to the inventory's configuration"
        )
    # AWS writes a space as '+' and a plus as %2B; url_decode knows only the percent signs
    key = columns["key"]
    if manifest.form == "CSV":
        key = f"url_decode(replace({key}, '+', ' '))"
    told = {name: columns.get(name, "NULL") for name in ("size", "etag", "lastmodifieddate", "storageclass")}
    current = " AND ".join(
        f"coalesce(lower({columns[name]}::VARCHAR), '') <> '{dropped}'"
        for name, dropped in (("islatest", "false"), ("isdeletemarker", "true"))
        if name in columns
    )
    below = f"starts_with(uri, {_literal(root)})" if root else "true"
    whole = "error('a row without bucket or key')"
    return f"""
        SELECT * FROM (
          SELECT CASE WHEN {columns["bucket"]} <> '' AND {columns["key"]} <> ''
                 THEN 's3://' || {columns["bucket"]} || '/' || {key} ELSE {whole} END AS uri,
                 nullif({told["size"]}::VARCHAR, '')::BIGINT AS size,
                 nullif(trim({told["etag"]}, '"'), '') AS etag,
                 {_time(manifest, told["lastmodifieddate"])} AS last_modified,
                 nullif({told["storageclass"]}, '') AS storage_class,
                 NULL::VARCHAR AS index_id, NULL::VARCHAR AS language
          FROM {source} WHERE {current or "true"})
        WHERE {below}"""  # noqa: S608 - every part is a constant or quoted


def _time(manifest: InventoryManifest, column: str) -> str:
    if manifest.form == "CSV" or column == "NULL":
        return f"nullif({column}, '')"
    return f"strftime(make_timestamp(epoch_us({column})), '%Y-%m-%dT%H:%M:%S.%gZ')"


def _source(
    con: duckdb.DuckDBPyConnection, manifest: InventoryManifest, paths: list[str]
) -> tuple[str, dict[str, str]]:
    """Return what to read from, and its columns: lower case without '_', to their names in SQL."""
    files = f"[{', '.join(map(_literal, paths))}]"
    if manifest.form == "CSV":
        types = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in manifest.columns)
        source = (
            f"read_csv({files}, auto_detect = false, header = false, compression = 'gzip', delim = ',',"
            f" quote = '\"', escape = '\"', new_line = '\\n', columns = {{{types}}})"
        )
        return source, _by_name(manifest.columns)
    if manifest.form == "Parquet":
        source = f"read_parquet({files})"
        names = [row[0] for row in con.execute(f"DESCRIBE FROM {source}").fetchall()]
        return source, _by_name(names)
    reader = _orc(paths)
    con.register("orc", reader)
    return "orc", _by_name(reader.schema.names)


def _by_name(names: Sequence[str]) -> dict[str, str]:
    return {name.replace("_", "").lower(): f'"{name}"' for name in names}


def _orc(paths: list[str]) -> Any:
    """Return the ORC files as one Arrow stream, a stripe at a time. Raises ``UsageError`` without pyarrow."""
    try:
        import pyarrow as arrow
        from pyarrow import orc
    except ImportError as error:
        raise UsageError(
            "an inventory in ORC is read with pyarrow, which is not installed",
            "pip install 's3transfer-tl[orc]'",
        ) from error

    def stripes() -> Iterator[Any]:
        for path in paths:
            file = orc.ORCFile(path)
            for number in range(file.nstripes):
                yield file.read_stripe(number)

    return arrow.RecordBatchReader.from_batches(orc.ORCFile(paths[0]).schema, stripes())


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
