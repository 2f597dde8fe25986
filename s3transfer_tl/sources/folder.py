"""A local folder as a source: its files as if they were the objects of a bucket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import S3Object

_PAGE = 1000


class FolderSource:
    """The files below ``folder``, in the order of their paths. ``bucket`` stands for the folder: the URI
    of ``FOLDER/a/b.mp4`` is ``s3://BUCKET/a/b.mp4``. Links to files count as files; links to folders are
    not followed. ``unnamed`` counts files whose names are not UTF-8: no naming rule can hold for them."""

    mode = "folder"

    def __init__(self, folder: Path, bucket: str) -> None:
        self.root = f"s3://{bucket}/"
        self.unnamed = 0
        self._folder, self._bucket = folder, bucket

    def pages(self) -> Iterator[list[S3Object]]:
        """Yield pages of files. Raises ``ConfigError`` for a folder that cannot be read."""
        page: list[S3Object] = []
        for found in self._files():
            page.append(found)
            if len(page) == _PAGE:
                yield page
                page = []
        yield page

    def path(self, uri: str) -> Path:
        """Return the file that ``uri`` stands for."""
        return self._folder / uri.removeprefix(self.root)

    def _files(self) -> Iterator[S3Object]:
        for folder, below, names in os.walk(self._folder, onerror=_refuse):
            below.sort()
            for name in sorted(names):
                path = Path(folder, name)
                key = path.relative_to(self._folder).as_posix()
                try:
                    key.encode()
                except UnicodeEncodeError:
                    self.unnamed += 1
                    continue
                if path.is_file():
                    yield S3Object(self._bucket, key, path.stat().st_size)


def _refuse(error: OSError) -> None:
    raise ConfigError(
        f"the folder {error.filename} cannot be read: {error.strerror}", "name a folder, or mend its mode"
    )
