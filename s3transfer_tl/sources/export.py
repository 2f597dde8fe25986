"""The list of videos that the platform's dashboard exports, to be filled in: a JSON array."""

from __future__ import annotations

from collections.abc import Iterator

from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import S3Object
from s3transfer_tl.sources import rows
from s3transfer_tl.sources.documents import Document, Item
from s3transfer_tl.sources.given import Given
from s3transfer_tl.sources.rows import BadRowError


class ExportSource:
    """The ``object`` of each ``{index_id, language, object, transcription}``. ``index_id`` and
    ``language`` stay with it; ``transcription`` is what the export leaves to be filled in."""

    mode = "export"
    root = ""

    def __init__(self, given: Given) -> None:
        self._given = given

    def pages(self) -> Iterator[list[S3Object]]:
        """Yield pages of videos in the export's order.

        Raises ``ConfigError`` with file:line:column at the first entry without an ``s3://`` object.
        """
        with self._given.opened() as fp:
            yield from rows.paged(map(self._video, Document(fp, self._given.name).items()))

    def _video(self, item: Item) -> S3Object:
        try:
            if not isinstance(item.value, dict):
                raise BadRowError("not an entry of a dashboard export")
            bucket, key = rows.split(item.value.get("object"))
            named = {name: item.value.get(name) or None for name in ("index_id", "language")}
            return rows.row(bucket, key, named)
        except BadRowError as error:
            place = f"{self._given.name}:{item.line}:{item.column}"
            raise ConfigError(
                f"{place}: {error}", 'every entry of an export has an "object": "s3://BUCKET/KEY"'
            ) from error
