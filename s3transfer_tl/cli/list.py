"""The list command: a listing, saved."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import age, options
from s3transfer_tl.cli.progress import Progress, listing
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.model import S3Object, S3Settings
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.sources import Source

EXAMPLE = """\b
Examples:
  s3transfer-tl list s3://media/shows/ -o keys.jsonl
  s5cmd --json ls 's3://media/*' | s3transfer-tl list - -o keys.jsonl
  rclone lsjson -R r:media/shows | s3transfer-tl list - --root s3://media/shows/ -o keys.jsonl
"""


@click.command("list", epilog=EXAMPLE, short_help="Save a listing as JSON lines.")
@click.argument("source")
@click.option("-o", "--output", metavar="FILE", help="The listing. [default: -]")
@click.option("--root", metavar="URI", help="The place that SOURCE lists, where its rows name no bucket.")
@options.s3
@options.common
def command(talk: Talk, source: str, output: str | None, root: str | None, s3: S3Settings) -> int:
    """Write what SOURCE holds, one object a line: uri, size, etag, last_modified, storage_class.

    SOURCE is s3://bucket/prefix, the manifest.json of an S3 Inventory, a dashboard export, a listing
    file or '-'. What is written is a
    SOURCE again: a bucket that was listed once can be built from many times, offline.
    """
    from s3transfer_tl import files, sources
    from s3transfer_tl.sources import spool

    path = None if output in (None, "-") else Path(str(output))
    if path:
        files.check(path)
    found = sources.open(source, role="list", s3=s3, base=Path(), stdin=sys.stdin.buffer, root=root)
    progress = Progress(talk, data=path is None)
    pages = _shown(found, progress, source)
    try:
        if path is None:
            count = spool.write(pages, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            with files.clean_up(path):
                counts: list[spool.ListingCount] = []
                temporary = files.write_beside(path, lambda fp: counts.append(spool.write(pages, fp)))
                (count,) = counts
                if count.keys:
                    files.put_in_place([(temporary, path)])
    finally:
        progress.finish()
    if not count.keys:
        raise errors.NothingToDo(
            f"nothing listed: {source} holds no object", "check the prefix: it is compared letter by letter"
        )
    to = f", to {path} ({counted(path.stat().st_size, 'byte')})" if path else ""
    if snapshot := getattr(found, "snapshot", None):
        talk.say(age.told(snapshot))
    talk.close(f"listed {counted(count.keys, 'object')}, {counted(count.pages, 'page')}{to}")
    return errors.OK


def _shown(found: Source, progress: Progress, source: str) -> Iterator[Sequence[S3Object]]:
    """Pass the pages of ``found`` on, showing how many objects came and how fast."""
    from s3transfer_tl.build.listings import TICK, Listed, Spooled

    began = time.monotonic()
    pages = found.pages()
    if isinstance(found, Spooled):
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(next, pages, None)
            try:
                while wait([first], TICK).not_done:
                    seconds = time.monotonic() - began
                    progress.show(
                        listing(Listed("", source, found.mode, 0, 0, seconds, False, stage=found.stage))
                    )
            except BaseException:  # a signal
                found.stop()
                raise
        page = first.result()
        pages = chain([page] if page else [], pages)
    keys = 0
    for number, page in enumerate(pages, 1):
        keys += len(page)
        seconds = time.monotonic() - began
        flying = getattr(found, "in_flight", None)
        progress.show(listing(Listed("", source, found.mode, keys, number, seconds, False, in_flight=flying)))
        yield page
