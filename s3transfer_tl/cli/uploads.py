"""A run of uploads as people see it: what was paired, how far it is, how it ended."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s3transfer_tl.cli import sending
from s3transfer_tl.cli.progress import Progress, bar
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.follow import Pace
    from s3transfer_tl.ledger import Event, Ledger
    from s3transfer_tl.twelvelabs import Client
    from s3transfer_tl.upload import Line, Piece, Sent
    from s3transfer_tl.upload.folder import Paired

SHOWN = 5


def tell(talk: Talk, paired: Paired) -> None:
    """Say what the naming rules made of a folder; the worst comes last."""
    counts = paired.counts
    for rule in paired.rules:
        talk.say(f"  {rule.pairs:>9,} paired by {rule.name}")
    for count, what, names in (
        (counts.orphan_transcriptions, "transcription in no pair", paired.orphans),
        (counts.unmatched_videos, "video without a transcription", paired.unmatched),
        (counts.excluded, "excluded", ()),
        (paired.unnamed, "left out: the name is not UTF-8", ()),
    ):
        if count:
            some = f": {', '.join(names[:SHOWN])}" if names else ""
            more = f" and {count - SHOWN:,} more" if names and count > SHOWN else ""
            talk.say(f"  {count:>9,} {what}{some}{more}")
    for video, candidates in paired.ambiguities[:SHOWN]:
        talk.warn(f"{video} is ambiguous: {', '.join(candidates[:SHOWN])}")


def fields(one: Piece, line: Line) -> Iterator[tuple[str, str]]:
    """Yield what the form of an upload would hold, as people read it."""
    from s3transfer_tl.upload import is_url

    entry = one.entry
    yield "index_id", entry.index_id
    if entry.language:
        yield "language", entry.language
    if line.disable_video_stream:
        yield "disable_video_stream", "true"
    if entry.transcription:
        yield "provide_transcription", "true"
    kind = "video_url" if is_url(entry.object) else "video_file"
    yield kind, entry.object if is_url(entry.object) else f"{entry.object} ({one.size:,} bytes)"
    if entry.transcription:
        yield (
            "transcription_url" if is_url(entry.transcription) else "transcription_file",
            entry.transcription,
        )


@dataclass(frozen=True, slots=True)
class Run:
    """How a run goes: its name in the ledger at ``path``, how it sends and follows, what stdout holds."""

    name: str
    line: Line
    pace: Pace
    path: Path
    again: bool
    wait: bool
    form: str


def send(talk: Talk, pieces: Sequence[Piece], client: Client, how: Run) -> int:
    """Plan and send the uploads, show how far it is, and return the exit code; the ledger notes it too."""
    from s3transfer_tl import upload
    from s3transfer_tl.cli import entries
    from s3transfer_tl.follow import Follower
    from s3transfer_tl.ledger import Ledger

    with Ledger.open(how.path) as book:
        stream = entries.Stream(talk, how.form, lambda: book.summary(plan.run))
        plan = upload.prepare(pieces, how.name, ledger=book, client=client, again=how.again, tell=stream.tell)
        if known := plan.total - plan.to_send:
            told = counted(known, "of them was", "of them were")
            talk.say(f"{told} sent before and will not be sent again")
        moving = Moving(talk, data=how.form == "jsonl")
        events = upload.send(
            plan,
            ledger=book,
            client=client,
            follower=Follower(book, client, plan.run, pace=how.pace, tell=moving.tell),
            line=how.line,
            urls={name: url for one in pieces for name, url in one.urls.items()},
            wait=how.wait,
            tell=moving.tell,
            show=moving.show,
        )

        def show(event: Event) -> None:
            moving.finish()
            stream.show(event)

        try:
            return sending.through(events, show, book=book, run=plan.run, wait=how.wait)
        finally:
            moving.finish()
            stream.finish()
            _show(talk, book, plan.run, how.form)


def _show(talk: Talk, book: Ledger, run: int, form: str) -> None:
    from s3transfer_tl.cli import entries
    from s3transfer_tl.ledger import Choice

    if form == "json":
        entries.echo_document(book, Choice(run))
    elif form == "text":
        entries.echo_table(book, Choice(run), all_rows=True)
    entries.advise(talk, book, Choice(run))


class Moving:
    """The line that tells bytes, rate and the time that is left."""

    def __init__(self, talk: Talk, *, data: bool) -> None:
        self._progress = Progress(talk, data=data)
        self._began = time.monotonic()

    def show(self, sent: Sent) -> None:
        """Show how far it is."""
        self._progress.show(moving(sent, time.monotonic() - self._began))

    def tell(self, text: str) -> None:
        """Say a sentence without breaking the line."""
        self._progress.finish(text)

    def finish(self) -> None:
        """Leave no moving line behind."""
        self._progress.finish()


def moving(sent: Sent, seconds: float) -> str:
    """Return the moving line, which fits 80 columns: uploads that are done, bytes out of all, bytes a second,
    and the time left at this rate."""
    rate = sent.done / max(seconds, 0.001)
    left = int((sent.total - sent.done) / rate) if rate else None
    time_left = "" if left is None else f", {left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"
    size = f"{sent.done / 1e6:,.0f} of {sent.total / 1e6:,.0f} MB"
    done = f"{sent.files:,} of {sent.of:,}"
    return f"{done}: {bar(sent.done, sent.total)} {size}, {rate / 1e6:,.1f} MB/s{time_left}"
