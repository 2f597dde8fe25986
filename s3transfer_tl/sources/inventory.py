"""An S3 Inventory as a source: a bucket's daily or weekly list of itself, read without one LIST."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from s3transfer_tl.model import S3Object
from s3transfer_tl.sources import inventory_manifest, inventory_table, rows, spool
from s3transfer_tl.sources.inventory_files import Files
from s3transfer_tl.sources.inventory_manifest import InventoryManifest
from s3transfer_tl.sources.spool import ListingCount

_AT_ONCE = 4  # data files: one connection to S3 brings 50 to 90 MB/s, one core sums 500


class InventorySource:
    """The latest versions of all objects that the inventory names; delete markers are none.

    ``root`` '' takes the whole key; ``s3://bucket/prefix/`` takes what lies below it. ``snapshot``
    is when the inventory was taken, ISO 8601 in UTC: known once it was read.
    """

    mode = "inventory"

    def __init__(self, files: Files, root: str = "") -> None:
        self.root = root
        self.snapshot: str | None = None
        self._files = files
        self._bytes = 0  # of all data files; known once the manifest was read
        self._reading: inventory_table.Reading | None = None

    @property
    def stage(self) -> spool.Stage:
        """What it is at: the bytes that were fetched and verified, then how much of them was read."""
        if self._reading:
            return spool.Stage("reading", self._reading.percent, 100, "%")
        return spool.Stage("fetching", self._files.fetched, self._bytes, "bytes")

    def stop(self) -> None:
        """End the fetch or the reading, which another thread is at, soon. What was fetched is kept."""
        self._files.stop()
        if self._reading:
            self._reading.stop()

    def pages(self) -> Iterator[list[S3Object]]:
        """Yield pages of objects in the order of the data files.

        Raises ``ConfigError`` for an inventory that is damaged or incomplete, ``S3Error`` where S3
        refuses or cannot be reached, ``OutputError`` where the disk refuses.
        """
        manifest, paths = self._fetched()
        with inventory_table.opened(manifest, paths, self.root) as (con, query):
            con.execute(query)
            while page := con.fetchmany(rows.PAGE):
                yield [S3Object(*_split(row[0]), *row[1:]) for row in page]

    def spool_to(self, path: Path) -> ListingCount:
        """Write the objects to ``path`` as Parquet, with the columns that matching reads; return how many
        there are, in how many data files. Raises as ``pages`` does. About 1 s for a million on one core."""
        manifest, paths = self._fetched()
        with inventory_table.opened(manifest, paths, self.root) as (con, query):
            con.execute("SET preserve_insertion_order = false")
            to = str(path).replace("'", "''")
            copy = f"COPY (SELECT {spool.COLUMNS} FROM ({query})) TO '{to}' (FORMAT parquet)"  # noqa: S608 - all ours
            self._reading = inventory_table.Reading(con)
            keys = self._reading.run(copy)
        return ListingCount(keys, len(paths))

    def _fetched(self) -> tuple[InventoryManifest, list[Path]]:
        """Return the manifest and where its data files are, all of them verified."""
        data, checksum = self._files.manifest()
        manifest = inventory_manifest.parse(data, self._files.name, checksum)
        self.snapshot = manifest.snapshot
        self._bytes = sum(file.size for file in manifest.files)
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            return manifest, list(pool.map(self._files.data, manifest.files))
        except BaseException:
            self._files.stop()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri[5:].partition("/")
    return bucket, key
