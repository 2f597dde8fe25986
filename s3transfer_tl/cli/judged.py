"""The options that choose rules; the files under judgement are the API's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import click

from s3transfer_tl.api.judged import Listing, Sources, exit_code, holds, is_manifest, names, reviews

__all__ = ["Listing", "Sources", "codes", "exit_code", "holds", "is_manifest", "names", "reviews"]


def codes(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--select`` and ``--ignore``; pass them as lists of codes, however they were joined."""

    @click.option("--select", multiple=True, metavar="CODE", help="Only these rules; TL2 means every TL2xx.")
    @click.option("--ignore", multiple=True, metavar="CODE", help="Not these rules; wins over --select.")
    @functools.wraps(function)
    def command(*args: Any, select: Sequence[str], ignore: Sequence[str], **options: Any) -> Any:
        return function(*args, select=_split(select), ignore=_split(ignore), **options)

    return command


def _split(texts: Sequence[str]) -> list[str]:
    return [code.strip() for text in texts for code in text.split(",")]
