"""A saved listing as a fact for the linter."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from pathlib import Path

from s3transfer_tl import errors
from s3transfer_tl.cli import judged
from s3transfer_tl.model import S3Settings


class Listing:
    """The URIs of the listing file ``path``, read anew each time."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __iter__(self) -> Iterator[str]:
        from s3transfer_tl import sources

        source = sources.open(self.path, role="list", s3=S3Settings(), base=Path(), stdin=io.BytesIO())
        for page in source.pages():
            for found in page:
                yield found.uri

    def check(self, names: Collection[str]) -> None:
        """Raise ``UsageError`` where it cannot serve to judge the files ``names``."""
        if self.path == "-" or "://" in self.path:
            hint = "save it first: s3transfer-tl list SOURCE -o keys.jsonl"
            raise errors.UsageError(f"--listing takes a file, not {self.path}", hint)
        manifests = [name for name in names if judged.is_manifest(name)]
        if len(manifests) > 1:
            message = f"--listing is of one manifest, but there are {len(manifests):,}"
            raise errors.UsageError(message, "judge them one by one, each with its own listing")
