"""A rig for uploads: local files, the ledger of a submission rig, and a run in one call."""

from __future__ import annotations

import shutil
from pathlib import Path

import s3transfer_tl.sandbox
from s3transfer_tl import upload
from s3transfer_tl.follow import Follower
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID
from tests.submission import PACE, Rig, Run

SAMPLE = Path(s3transfer_tl.sandbox.__file__).parent / "sample.mp4"
LINE = upload.Line(timeout=2.0)
SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello.\n"


def video(path: Path, size: int | None = None) -> Path:
    """Make a video: the sample, or ``size`` bytes that take no room on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(SAMPLE, path)
    if size is not None:
        with path.open("r+b") as fp:
            fp.truncate(size)
    return path


def captioned(path: Path, size: int | None = None) -> tuple[Path, Path]:
    """Make a video and a transcription beside it."""
    srt = path.with_suffix(".srt")
    made = video(path, size)
    srt.write_text(SRT)
    return made, srt


def piece(path: Path, size: int | None = None, language: str = "en") -> upload.Piece:
    return upload.piece(*captioned(path, size), DEFAULT_INDEX_ID, language)


def run(
    rig: Rig, *pieces: upload.Piece, wait: bool = False, again: bool = False, line: upload.Line = LINE
) -> Run:
    """Upload as a process of its own would."""
    told: list[str] = []
    upload.review(pieces)
    with rig.client() as client, rig.ledger() as book:
        plan = upload.prepare(pieces, "test", ledger=book, client=client, again=again, tell=told.append)
        follower = Follower(book, client, plan.run, pace=PACE, tell=told.append)
        urls = {name: url for one in pieces for name, url in one.urls.items()}
        events = list(
            upload.send(
                plan,
                ledger=book,
                client=client,
                follower=follower,
                line=line,
                urls=urls,
                wait=wait,
                tell=told.append,
            )
        )
        return Run(events, book.summary(plan.run), told, plan)
