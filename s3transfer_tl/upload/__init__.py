"""Upload local files: judge them, plan them, stream them from disk; nothing twice, nothing lost (floor 4).

The ledger, its states and its guarantees are those of ``submit``: an upload is a batch of one entry,
whose object is a path or a URL. The answer tells the task, and a form that did not leave whole is known
not to be taken; only where all of it left and no answer came is the outcome unknown.
``folder`` pairs what is below a folder; it is imported by who has one, as it loads the matcher.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from types import MappingProxyType

from s3transfer_tl import submit
from s3transfer_tl.ledger import Event, Identity, Ledger
from s3transfer_tl.lint.limits import Engine
from s3transfer_tl.model import Config, Review, Severity
from s3transfer_tl.report.text import counted
from s3transfer_tl.submit import Plan, Tell, Unsound
from s3transfer_tl.twelvelabs import Client
from s3transfer_tl.upload import files
from s3transfer_tl.upload.files import Engines, Piece, is_url, piece
from s3transfer_tl.upload.sending import Line, Sending, Sent

__all__ = [
    "Line",
    "Piece",
    "Sent",
    "engines",
    "identities",
    "is_url",
    "piece",
    "prepare",
    "review",
    "send",
    "unsent",
]

_LINE = Line()
_SHOWN = 20  # findings a person is shown of files that cannot be sent


def engines(pieces: Sequence[Piece], client: Client) -> Engines:
    """Return the engines of every index that is to get an upload. Raises ``PlatformError`` for an index that
    the platform does not know."""
    told = {}
    for index_id in sorted({one.entry.index_id for one in pieces}):
        index = submit.check_index(client, index_id, 0, lambda text: None)
        told[index_id] = tuple(Engine(name, options) for name, options in index.engines)
    return told


def review(
    pieces: Sequence[Piece],
    config: Config | None = None,
    version: str = "v1.2",
    engines: Engines = MappingProxyType({}),
) -> Review:
    """Judge what is to be uploaded, before a byte is sent, by the limits of an API version and of the
    ``engines`` where they are known, and return the review: it has warnings at most.

    Raises ``Unsound`` for errors, ``UsageError`` for a transcription that is neither SRT nor VTT.
    """
    files.check_names(pieces)
    judged = files.judge(pieces, config, version, engines)
    wrong = [finding for finding in judged.findings if finding.severity is Severity.ERROR]
    if wrong:
        raise Unsound(
            f"{counted(len(wrong), 'error')} in what was to be uploaded; nothing was sent",
            "mend the lines above, then upload again",
            wrong[:_SHOWN],
        )
    return judged


def identities(pieces: Sequence[Piece], endpoint: str) -> Iterator[Identity]:
    """Yield the uploads as the ledger knows them: a file is its path, size and time of writing."""
    for one in pieces:
        yield Identity(endpoint, one.entry, *one.stamps)


def unsent(
    pieces: Sequence[Piece], endpoint: str, ledger: Ledger | None, *, again: bool = False
) -> list[Piece]:
    """Return what a run would upload: all where there is no ledger yet, with ``again`` what failed too."""
    to_send = {None, "planned", "rejected", *(["failed"] if again else [])}
    known = zip(pieces, identities(pieces, endpoint), strict=True)
    return [one for one, identity in known if ledger is None or ledger.state_of(identity) in to_send]


def prepare(
    pieces: Sequence[Piece],
    name: str,
    *,
    ledger: Ledger,
    client: Client,
    again: bool = False,
    tell: Tell = lambda text: None,
) -> Plan:
    """Plan the uploads in the ledger under ``name``, with ``again`` those too whose tasks failed, and ask
    for every index that gets one.

    All or nothing, as ``submit.prepare``.
    """
    with ledger.transaction():
        run = ledger.begin("upload", name, client.endpoint, client.version)
        ledger.plan(run, identities(pieces, client.endpoint))
        for row in list(ledger.rows(run, "failed")) if again else ():
            ledger.move(row, "planned")
        for index_id in ledger.indexes_to_send(run):
            submit.check_index(client, index_id, ledger.with_transcription(run, index_id), tell)
    counts = ledger.summary(run)
    return Plan(run, sum(counts.values()), counts.get("planned", 0), counts)


def send(
    plan: Plan,
    *,
    ledger: Ledger,
    client: Client,
    follower: submit.Follower,
    line: Line = _LINE,
    urls: Mapping[str, str] | None = None,
    wait: bool = False,
    tell: Tell = lambda text: None,
    show: Callable[[Sent], object] = lambda sent: None,
) -> Generator[Event, None, None]:
    """Upload what is planned and settle what is unknown; with ``wait``, until every entry is at an end.

    ``urls`` are signed URLs by the names they have in the ledger. ``show`` is told ten times a second
    how far it is. Yields each event after it is committed. Raises as ``submit.moves`` does, and
    ``PlatformError`` where the connection breaks off again and again: what was not sent stays planned.
    """
    yield from ledger.recover()
    sending = Sending(plan.run, ledger, client, follower, line, urls or {}, tell=tell, show=show)
    if submit.doubtful(ledger, plan):
        yield from follower.look(only_without_task=True)
    yield from ledger.events(plan.run, "planned")
    yield from sending.everything()
    if wait:
        yield from follower.until_done(sending.everything)
    elif submit.doubtful(ledger, plan):
        yield from follower.settle(sending.everything)
