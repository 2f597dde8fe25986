"""Submit a manifest: judge it, plan it, send it in batches; nothing twice, nothing lost (floor 4).

Everything that can be known before the first byte is done in ``prepare``; ``moves`` then commits the
intent of each batch before its request and the outcome after it. A lost answer leaves the batch
unknown: what became of it is read off the platform's own list (``follow``), never guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from s3transfer_tl import errors, lint, manifest
from s3transfer_tl.errors import NothingToDo, PlatformError, TransferError, UsageError
from s3transfer_tl.ledger import ENDED, Choice, Event, Identity, Ledger, Row
from s3transfer_tl.model import Config, Entry, Finding, Review, Severity
from s3transfer_tl.report.text import counted
from s3transfer_tl.submit.indexed import Place, indexed
from s3transfer_tl.submit.named import Named
from s3transfer_tl.submit.post import (
    Braked,
    Follower,
    Portion,
    Post,
    SeeThrough,
    Tell,
    exit_code,
    payload,
    singly,
)
from s3transfer_tl.twelvelabs import Client, Index, unknown_id

__all__ = ["Braked", "Follower", "Named", "Place", "Plan", "Portion", "SeeThrough", "Tell", "Unsound"]
__all__ += ["again", "batches", "check_index", "doubtful", "exit_code", "identities", "in_batches", "indexed"]
__all__ += ["moves", "payload", "prepare", "refuse_errors", "retriable", "review", "unsent"]

# Without --wait the tasks of so many entries are still looked up at once (50 a listing page).
_SETTLE = 1_000
_EMPTY = "TL005"  # the linter's code for a manifest without an entry
_WHOLE = Portion()
_DOUBTFUL = Choice(states=("unknown", "held"))
_SHOWN = 20  # findings a person is shown of a manifest that cannot be sent


class Unsound(TransferError):
    """The manifest has lint errors; nothing was sent."""

    exit_code = errors.FINDINGS

    def __init__(self, message: str, hint: str, findings: Sequence[Finding]) -> None:
        super().__init__(message, hint)
        self.findings = tuple(findings)


class Plan(NamedTuple):
    """What a run is about: its number, how many entries the manifest has, how many are to be sent,
    and how many stand in each state."""

    run: int
    total: int
    to_send: int
    counts: Mapping[str, int]


def review(path: Path, config: Config | None = None) -> int:
    """Judge the manifest, as ``config`` says to where there is one, and return its number of entries.

    Raises ``Unsound`` for lint errors, ``NothingToDo`` for an empty manifest, ``UsageError`` where
    there is no such file, or one that can be read only once.
    """
    try:
        with path.open("rb") as fp:
            if not fp.seekable():  # it is read again to plan: a pipe would then hold nothing
                raise UsageError(f"{path} is a pipe", "save the manifest to a file, and submit that")
            control = lint.control.of(config)
            facts = lint.Facts(config=config)
            judged = control.apply(lint.manifest(fp, str(path), facts=facts, select=control.select))
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}", "name a manifest that build wrote"
        ) from None
    if not judged.entries and all(finding.code == _EMPTY for finding in _wrong(judged)):
        raise NothingToDo(f"{path} has no entry; nothing was sent", "build a manifest that has one")
    refuse_errors(path, judged, "lint")
    return judged.entries


def refuse_errors(path: Path, judged: Review, command: str) -> None:
    """Raise ``Unsound`` where the manifest has errors, as ``command`` tells them too."""
    if wrong := _wrong(judged):
        raise Unsound(
            f"{path} has {counted(len(wrong), 'error')}; nothing was sent",
            f"mend what `s3transfer-tl {command} {path}` reports, then submit again",
            wrong[:_SHOWN],
        )


def _wrong(judged: Review) -> list[Finding]:
    return [finding for finding in judged.findings if finding.severity is Severity.ERROR]


def prepare(
    path: Path,
    *,
    ledger: Ledger,
    client: Client,
    skip: Collection[Place] = (),
    tell: Tell = lambda text: None,
) -> Plan:
    """Plan the entries of a sound manifest in the ledger, but those to ``skip``, and ask for every index
    that gets one.

    All or nothing: where an index is unknown or the platform out of reach (``PlatformError``),
    the ledger stays as it was.
    """
    with ledger.transaction():
        run = ledger.begin("submit", str(path), client.endpoint, client.version)
        wanted = identities(path, client.endpoint)
        if skip:
            wanted = (one for one in wanted if Place(one.entry.index_id, one.entry.object) not in skip)
        ledger.plan(run, wanted)
        if run > 1 and (twice := ledger.sent_otherwise(run)):
            many = counted(twice, "object was", "objects were")
            tell(
                f"{many} sent to the same index before, with another language, transcription or version of "
                "the file: each becomes a second video there"
            )
        return _plan(run, ledger, client, tell)


def retriable(
    ledger: Ledger, choice: Choice, endpoint: str, named: Named | None, source: str
) -> Iterator[Row]:
    """Yield the entries of a choice that were rejected or failed at this platform, and that a manifest can
    carry; of those only what is ``named``, where something is.

    With them comes what an earlier retry planned and did not get to send: one from the same ``source``,
    where the choice is by what planning wiped out, so that the same command again resumes.
    """
    choice = choice._replace(endpoint=endpoint, uploads=False)
    about = source if choice.states or choice.reasons else None
    for row in (
        *ledger.left("retry", about, choice),
        *ledger.chosen(choice._replace(states=choice.states or ENDED)),
    ):
        if named is None or named.has(row):
            yield row


def again(
    rows: Sequence[Row], source: str, *, ledger: Ledger, client: Client, tell: Tell = lambda text: None
) -> Plan:
    """Plan what is ``retriable`` as a new run, and ask for every index that gets one. ``source``
    says for people where the choice came from. All or nothing, as ``prepare``."""
    with ledger.transaction():
        run = ledger.begin("retry", source, client.endpoint, client.version)
        ledger.plan_again(run, rows)
        return _plan(run, ledger, client, tell)


def _plan(run: int, ledger: Ledger, client: Client, tell: Tell) -> Plan:
    for index_id in ledger.indexes_to_send(run):
        check_index(client, index_id, ledger.with_transcription(run, index_id), tell)
    counts = ledger.summary(run)
    return Plan(run, sum(counts.values()), counts.get("planned", 0), counts)


def identities(path: Path, endpoint: str) -> Iterator[Identity]:
    """Yield the manifest's entries as the ledger knows them, with the ETags of the build's report
    where ``NAME.report.json`` beside the manifest tells any."""
    beside = path.with_suffix(".report.json")
    if not beside.exists():  # a build that was split writes one report for NAME-0001.json, ...
        beside = beside.with_name(re.sub(r"-\d{4,}(?=\.report\.json$)", "", beside.name))
    etags = _etags(beside)
    with path.open("rb") as fp:
        for entry in manifest.entries(fp):
            pair = (etags.get(entry.object), etags.get(entry.transcription or ""))
            yield Identity(endpoint, entry, *pair)


def batches(path: Path, endpoint: str, ledger: Ledger | None, portion: Portion) -> Iterator[list[Entry]]:
    """Yield what a run would send now, batch by batch, for ``--dry-run``: no request, no change.

    ``ledger`` may be open for reading only, or None where there is none yet.
    """
    wanted = (identity.entry for identity in unsent(path, endpoint, ledger))
    yield from in_batches(wanted, portion)


def in_batches(entries: Iterator[Entry], portion: Portion) -> Iterator[list[Entry]]:
    """Part entries as ``portion`` says."""
    left = islice(entries, portion.limit)
    while batch := list(islice(left, portion.batch_size)):
        yield batch


def unsent(path: Path, endpoint: str, ledger: Ledger | None) -> Iterator[Identity]:
    """Yield the manifest's entries that a run would send: all where there is no ledger yet."""
    for identity in identities(path, endpoint):
        if ledger is None or ledger.state_of(identity) in (None, "planned", "rejected"):
            yield identity


def moves(
    plan: Plan,
    *,
    ledger: Ledger,
    client: Client,
    follower: Follower,
    portion: Portion = _WHOLE,
    wait: bool = False,
    see_through: SeeThrough = nullcontext,
    tell: Tell = lambda text: None,
) -> Generator[Iterable[Event], None, None]:
    """Send what is planned and settle what is unknown; with ``wait``, until every entry is at an end.

    Yields the events of each move after it is committed; they are made only where they are gone through,
    which must be before the next move. Raises ``PlatformError`` where the platform refuses
    everything or is out of reach, ``Braked`` where too many requests went wrong (either way what was not
    sent stays planned), ``LedgerError`` where nothing can be noted any more. ``see_through`` holds a wish
    to stop back while a request waits for its answer.
    """
    yield from singly(ledger.recover())
    post = Post(
        plan.run,
        ledger=ledger,
        client=client,
        portion=portion,
        follower=follower,
        see_through=see_through,
        tell=tell,
    )
    if doubtful(ledger, plan):
        yield from singly(follower.look(only_without_task=True))
    yield islice(ledger.events(plan.run, "planned"), portion.limit)
    yield from post.everything()
    if wait:
        yield from singly(follower.until_done(post.events))
    elif doubtful(ledger, plan) or 0 < post.sent <= _SETTLE:
        yield from singly(follower.settle(post.events))


def doubtful(ledger: Ledger, plan: Plan) -> int:
    """Return how many entries of the run have an outcome that is not known."""
    if not ledger.counts(_DOUBTFUL):  # as is usual, and known at once
        return 0
    return sum(ledger.counts(_DOUBTFUL._replace(run=plan.run)).values())


def check_index(client: Client, index_id: str, transcriptions: int, tell: Tell) -> Index:
    """Return the index; tell where it would not read its ``transcriptions``. Raises ``PlatformError``."""
    try:
        index = client.index(index_id)
    except PlatformError as error:
        if not unknown_id(error):
            raise
        raise PlatformError(
            f"the platform does not know the index {index_id} ({error.message}); nothing was sent",
            "check the index id, and that the key belongs to the account that owns the index",
            status=error.status,
            code=error.code,
            docs_url=error.docs_url,
        ) from None
    # up to v1.2 `conversation`, from v1.3 on `audio`: without it a transcription is read by nobody
    if transcriptions and index.options and not index.options & {"conversation", "audio"}:
        tell(
            f"index {index_id} has no conversation option: "
            f"{counted(transcriptions, 'transcription')} will be ignored"
        )
    return index


def _etags(report: Path) -> dict[str, str]:
    """Return the ETag of each object that a build's report tells one of; none without a report."""
    try:
        text = report.read_bytes()
        pairs = json.loads(text).get("pairs", []) if b'etag"' in text else []
        etags = {pair["object"]: pair.get("object_etag") for pair in pairs}
        etags |= {pair.get("transcription"): pair.get("transcription_etag") for pair in pairs}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        raise UsageError(
            f"{report} is not a build's report", "build again, or remove it: it tells which file was meant"
        ) from None
    return {uri: etag for uri, etag in etags.items() if uri and etag}
