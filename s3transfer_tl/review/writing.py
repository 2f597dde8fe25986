"""The decisions file, written anew after each word; nothing else is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from s3transfer_tl import decisions, files
from s3transfer_tl.decisions import Decision
from s3transfer_tl.errors import ConfigError


def write(path: Path, changes: Mapping[str, Decision | None]) -> None:
    """Write ``changes``, by video, into the decisions file ``path``; None takes a decision back.

    The file is read again before: what another hand wrote there meanwhile is kept. Raises ``ConfigError``
    where it cannot be used any more, ``OutputError`` where the disk refuses; the old file is whole then.
    """
    kept = [one for one in _read(path) if one.video not in changes]
    made = [one for one in changes.values() if one is not None]
    takers = {one.transcription: one.video for one in kept if one.transcription}
    for one in made:
        if one.transcription in takers:
            raise ConfigError(
                f"{path} now gives {one.transcription} to {takers[one.transcription]}",
                f"take it out there, or decide otherwise about {one.video}",
            )
    text = decisions.dumps([*kept, *made]).encode()

    def fill(fp: BinaryIO) -> None:
        fp.write(text)

    with files.clean_up(path):
        files.put_in_place([(files.write_beside(path, fill), path)])


def _read(path: Path) -> tuple[Decision, ...]:
    try:
        return decisions.read(path)
    except ConfigError as error:
        if not error.findings:
            raise
        first = error.findings[0]
        told = f"{first.file}:{first.line}:{first.column}: {first.message}"
        raise ConfigError(
            f"another hand wrote what cannot be used: {told}", "mend it there, then try again", error.findings
        ) from error
