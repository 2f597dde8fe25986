"""A run of uploads as people see it: what was paired, how far it is, how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s3transfer_tl.cli import sending
from s3transfer_tl.cli.meter import size
from s3transfer_tl.cli.progress import Step
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.follow import Pace
    from s3transfer_tl.ledger import Event
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


def volume(pieces: Sequence[Piece]) -> str:
    """Return how much video leaves from here, to follow a count: how large that of a URL is nobody knows."""
    here = [one.size for one in _here(pieces)]
    return f", {counted(sum(here), 'byte')} of video" if here else ""


def _here(pieces: Sequence[Piece]) -> list[Piece]:
    from s3transfer_tl.upload import is_url

    return [one for one in pieces if not is_url(one.entry.object)]


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
    from s3transfer_tl.ledger import Choice, Ledger

    stream = entries.Stream(talk, how.form, lambda: book.summary(plan.run))
    with Ledger.open(how.path, clock=stream.clock) as book:
        stream.moving(Step(f"planning {counted(len(pieces), 'upload')}", unit=""))
        plan = upload.prepare(pieces, how.name, ledger=book, client=client, again=how.again, tell=stream.tell)
        if known := plan.total - plan.to_send:
            told = counted(known, "of them was", "of them were")
            talk.say(f"{told} sent before and will not be sent again")
        stream.finish()
        sizes = {one.entry.object: one.size for one in _here(pieces)}
        uploaded = upload.Sent(0, 0, 0, 0)

        def show(sent: Sent) -> None:
            nonlocal uploaded
            uploaded = sent
            if sent.files < sent.of:
                stream.moving(moving(sent))

        def pass_on(event: Event) -> None:
            if event.event == "accepted":
                known = sizes.get(event.object)
                talk.say(
                    f"sent {event.object}" if known is None else f"uploaded {event.object}, {size(known)}"
                )
            stream.show(event)

        events = upload.send(
            plan,
            ledger=book,
            client=client,
            follower=Follower(book, client, plan.run, pace=how.pace, tell=stream.tell),
            line=how.line,
            urls={name: url for one in pieces for name, url in one.urls.items()},
            wait=how.wait,
            tell=stream.tell,
            show=show,
        )
        try:
            return sending.through(events, pass_on, book=book, run=plan.run, wait=how.wait)
        finally:
            stream.finish()
            if sizes:
                sent = f"uploaded {counted(uploaded.files, 'file')}, {counted(uploaded.done, 'byte')}"
            else:
                sent = f"sent {counted(uploaded.files, 'URL')}"
            entries.conclude(talk, book, Choice(plan.run), how.form, sent, all_rows=True)


def moving(sent: Sent) -> Step:
    """Return uploads on their way: bytes, and how many of them are done."""
    return Step("uploading", sent.done, sent.total, "bytes", more=(f"{sent.files:,} of {sent.of:,} files",))
