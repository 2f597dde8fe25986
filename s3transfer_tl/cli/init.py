"""The init command: a first config, inferred from a listing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import options
from s3transfer_tl.cli.progress import Progress, Step
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import S3Settings
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.init import Event, Inferred

EXAMPLE = """\b
Examples:
  s3transfer-tl init s3://media/shows/ -o transfer.yaml
  s3transfer-tl init s3://media/ --transcriptions s3://captions/ --index-id 629d807aa9e2a3a33a92c00b
"""


@click.command("init", epilog=EXAMPLE, short_help="Infer the naming rules from a listing; write a config.")
@click.argument("source")
@click.option("--transcriptions", metavar="SOURCE", help="Where they are, if not in SOURCE.")
@click.option("-o", "--output", metavar="FILE", help="The config. [default: -]")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@click.option("--index-id", metavar="ID", help="The index that takes the videos.")
@click.option(
    "--language", metavar="TAG", help="Used where a key does not tell. [default: the most frequent]"
)
@click.option(
    "--sample",
    type=click.IntRange(1),
    default=200_000,
    show_default=True,
    metavar="N",
    help="Look at the first N objects of each source.",
)
@options.s3
@options.common
def command(
    talk: Talk,
    source: str,
    transcriptions: str | None,
    output: str | None,
    force: bool,
    index_id: str | None,
    language: str | None,
    sample: int,
    s3: S3Settings,
) -> int:
    """List SOURCE, find the rules by which its videos and transcriptions are named, and write a
    config that `build` takes as it is. Rules that would have to be guessed are left out.

    SOURCE is s3://bucket/prefix, a dashboard export, a listing file or '-'.
    """
    from s3transfer_tl import files, init, sources

    path = None if output in (None, "-") else Path(str(output))
    if path:
        files.check(path)
    if path is not None and path.exists() and not force:
        raise UsageError(
            f"{path} is there already", "name another file with -o, or overwrite it with --force"
        )
    request = init.Request(
        source=source,
        transcriptions=transcriptions,
        written_source=_written(source, path),
        written_transcriptions=None if transcriptions is None else _written(transcriptions, path),
        index_id=index_id or None,
        language=language,
        sample=sample,
    )
    events = init.run(
        request,
        open_source=lambda spec, role: sources.open(
            spec, role=role, s3=s3, base=Path(), stdin=sys.stdin.buffer
        ),
    )
    with Progress(talk, data=path is None) as progress:
        inferred = _follow(events, progress, talk)
    if path is None:
        _write(sys.stdout.buffer, inferred)
    else:
        with files.clean_up(path):
            temporary = files.write_beside(path, lambda fp: _write(fp, inferred))
            files.put_in_place([(temporary, path)])
    _tell(talk, inferred, path)
    return errors.OK


def _write(fp: BinaryIO, inferred: Inferred) -> None:
    fp.write(inferred.text.encode())
    fp.flush()


def _written(source: str, path: Path | None) -> str:
    """Return ``source`` as a config in the place of ``path`` must spell it."""
    if path is None or source == "-" or source.startswith("s3://") or Path(source).is_absolute():
        return source
    return os.path.relpath(source, path.parent)


def _follow(events: Iterator[Event], progress: Progress, talk: Talk) -> Inferred:
    from s3transfer_tl.init import Inferred, Listed, Proposed

    for event in events:
        match event:
            case Listed(done=True):
                progress.finish(f"listed {event.source}: {counted(event.keys, 'object')}")
                if event.cut:
                    talk.warn(
                        f"there is more in {event.source}, which is not looked at; --sample N looks at more"
                    )
            case Listed():
                progress.show(Step("listing", event.keys, about=event.source))
            case Proposed():
                progress.show(Step(f"trying {counted(event.rules, 'rule')}", unit=""))
            case Inferred():
                return event
    raise AssertionError("init ends with Inferred or an exception")


def _tell(talk: Talk, inferred: Inferred, path: Path | None) -> None:
    """Say what the rules pair and what they leave, with samples."""
    counts = inferred.counts
    for rule in inferred.rules:
        talk.say(f"  {rule.pairs:>9,} paired by {rule.name}")
    for number, what, samples in (
        (counts.unmatched_videos, "without a transcription", inferred.unmatched),
        (
            inferred.orphan_count,
            f"transcription{'' if inferred.orphan_count == 1 else 's'} of no video",
            inferred.orphans,
        ),
        (
            counts.ambiguous,
            "ambiguous: several transcriptions or videos are equally good",
            inferred.ambiguities,
        ),
    ):
        if number:
            talk.say(f"  {number:>9,} {what}")
            for sample in samples:
                talk.say(f"            {sample}")
            if number > len(samples):
                talk.say("            ...")
    if path is not None:
        talk.close(f"wrote {path}")
    if inferred.needs_index:
        talk.next("before a build, write your index_id into the config (or give init --index-id ID)")
