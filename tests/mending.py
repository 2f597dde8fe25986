"""Files mended as --fix mends them, in memory."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

from s3transfer_tl import lint
from s3transfer_tl.lint.fixes import applying
from s3transfer_tl.model import Finding, Review


class Mended(NamedTuple):
    """``data`` is the file afterwards, ``left`` what is still to say of it."""

    data: bytes
    fixed: int
    left: tuple[Finding, ...]


def review(data: bytes, name: str, select: Sequence[str] = ()) -> Review:
    """Return what the linter says of ``data`` under ``name``."""
    return lint.file(io.BytesIO(data), name, select=select)


def mend(data: bytes, name: str, *, unsafe: bool = False, select: Sequence[str] = ()) -> Mended:
    """Return ``data`` with every fix applied, the unsafe ones if ``unsafe``."""
    done = applying.mend(io.BytesIO(data), name, lambda fp: lint.file(fp, name, select=select), unsafe=unsafe)
    if done.fp is None:
        return Mended(data, 0, done.review.findings)
    with done.fp:
        done.fp.seek(0)
        return Mended(done.fp.read(), done.fixed, done.review.findings)
