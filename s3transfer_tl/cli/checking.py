"""The check of a manifest as commands run it: edges to S3, progress, and what could not be decided."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from s3transfer_tl.cli.progress import Progress, Step
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.errors import S3Error
from s3transfer_tl.lint.limits import Platform
from s3transfer_tl.model import S3Settings
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.check import Checked
    from s3transfer_tl.lint import Control

SHOWN = 3  # reasons why something could not be decided

_WORDS = {
    "access": "asking for transcriptions anonymously",
    "objects": "asking for objects",
    "media": "reading the headers of videos",
}


def checked(
    talk: Talk,
    fp: BinaryIO,
    file: str,
    *,
    control: Control,
    s3: S3Settings,
    report: Path | None = None,
    videos: Platform | None = None,
) -> Checked:
    """Check the manifest in ``fp``, which is called ``file``, showing how far it is; tell what could not be
    decided. ``report`` is the build's, by default the one beside ``file``; ``videos`` is what the headers of
    videos are judged for, None to read none.

    Raises ``UsageError`` for wrong S3 settings, or where PyAV is not installed, and what ``check.Built``
    raises for the report.
    """
    from s3transfer_tl import check
    from s3transfer_tl.api import edges

    events = edges.checked(fp, file, control=control, s3=s3, report=report, videos=videos)
    with Progress(talk) as progress:
        for event in events:
            if isinstance(event, check.Checked):
                done = event
            else:
                progress.show(Step(_WORDS[event.what], event.done, event.total))
    talk.close(f"asked for {counted(done.objects, 'object')}")
    for undecided in done.undecided[:SHOWN]:
        about = (
            f"{undecided.first} and {undecided.objects - 1:,} more"
            if undecided.objects > 1
            else undecided.first
        )
        message, hint = undecided.trouble
        talk.error(S3Error(f"not decided for {about}: {message}", hint))
    if len(done.undecided) > SHOWN:
        talk.say(f"and for {counted(len(done.undecided) - SHOWN, 'more reason')}")
    return done
