"""Submit a manifest: judge it, plan it, send it in batches; nothing twice, nothing lost (floor 4).

Everything that can be known before the first byte is done in ``prepare``; ``send`` then commits the
intent of each batch before its request and the outcome after it. A lost answer leaves the batch
unknown: what became of it is read off the platform's own list (``follow``), never guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol

from s3transfer_tl import errors, lint, manifest
from s3transfer_tl.errors import NothingToDo, PlatformError, TransferError, UsageError
from s3transfer_tl.ledger import Event, Identity, Ledger, Row
from s3transfer_tl.model import Config, Entry, Finding, Severity
from s3transfer_tl.report.text import counted
from s3transfer_tl.twelvelabs import STOPPING, AnswerLost, Client, RateLimited, unknown_id

# Without --wait the tasks of so many entries are still looked up at once (50 a listing page).
_SETTLE = 1_000
_STOPPING_STATUSES = frozenset({0, 401, 403, *range(300, 400)})
_EMPTY = "TL005"  # the linter's code for a manifest without an entry
_SHOWN = 20  # findings a person is shown of a manifest that cannot be sent


Tell = Callable[[str], object]


class Follower(Protocol):
    """What ``send`` needs of ``follow.Follower``, which finds and follows what was sent."""

    def look(self, *, only_without_task: bool) -> Iterator[Event]:
        """Ask the platform once and yield what moved."""

    def until_done(self, resend: Callable[[], Iterable[Event]]) -> Iterator[Event]:
        """Ask until every entry is at an end; ``resend`` sends what never arrived."""

    def settle(self, resend: Callable[[], Iterable[Event]]) -> Iterator[Event]:
        """Ask as long as that needs no wait worth mentioning."""


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


@dataclass(frozen=True, slots=True)
class Portion:
    """How much is sent: entries a request, and at most so many entries in this run (None: all)."""

    batch_size: int = 100
    limit: int | None = None


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
    wrong = [finding for finding in judged.findings if finding.severity is Severity.ERROR]
    if not judged.entries and all(finding.code == _EMPTY for finding in wrong):
        raise NothingToDo(f"{path} has no entry; nothing was sent", "build a manifest that has one")
    if wrong:
        raise Unsound(
            f"{path} has {counted(len(wrong), 'error')}; nothing was sent",
            f"mend what `s3transfer-tl lint {path}` reports, then submit again",
            wrong[:_SHOWN],
        )
    return judged.entries


def prepare(path: Path, *, ledger: Ledger, client: Client, tell: Tell = lambda text: None) -> Plan:
    """Plan the entries of a sound manifest in the ledger and ask for every index that gets one.

    All or nothing: where an index is unknown or the platform out of reach (``PlatformError``),
    the ledger stays as it was.
    """
    with ledger.transaction():
        run = ledger.begin("submit", str(path), client.endpoint, client.version)
        ledger.plan(run, identities(path, client.endpoint))
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
    wanted = (
        identity.entry
        for identity in identities(path, endpoint)
        if ledger is None or ledger.state_of(identity) in (None, "planned", "rejected")
    )
    left = islice(wanted, portion.limit)
    while batch := list(islice(left, portion.batch_size)):
        yield batch


def send(
    plan: Plan,
    *,
    ledger: Ledger,
    client: Client,
    follower: Follower,
    portion: Portion = Portion(),
    wait: bool = False,
    tell: Tell = lambda text: None,
) -> Iterator[Event]:
    """Send what is planned and settle what is unknown; with ``wait``, until every entry is at an end.

    Yields each event after it is committed. Raises ``PlatformError`` where the platform refuses
    everything or is out of reach (what was not sent stays planned), ``LedgerError`` where nothing
    can be noted any more.
    """
    yield from ledger.recover()
    post = _Post(plan.run, ledger=ledger, client=client, portion=portion, follower=follower, tell=tell)
    if doubtful(ledger, plan):
        yield from follower.look(only_without_task=True)
    yield from islice(ledger.events(plan.run, "planned"), portion.limit)
    yield from post.everything()
    if wait:
        yield from follower.until_done(post.everything)
    elif doubtful(ledger, plan) or 0 < post.sent <= _SETTLE:
        yield from follower.settle(post.everything)


def exit_code(counts: Mapping[str, int], *, wait: bool) -> int:
    """Return how a run ended: 6 where an outcome is unknown, 5 where some were rejected (or, having
    waited, failed), 0 otherwise."""
    if counts.get("unknown", 0) or counts.get("held", 0):
        return errors.UNKNOWN
    if counts.get("rejected", 0) or (wait and counts.get("failed", 0)):
        return errors.PARTLY
    return errors.OK


def payload(entries: Iterable[Entry]) -> bytes:
    """Return the manifest that one request carries: exactly the bytes of the ``file`` part."""
    return manifest.dumps(entries)


class _Post:
    """Sends the planned entries of a run. ``left`` is what ``--limit`` still allows."""

    def __init__(
        self,
        run: int,
        *,
        ledger: Ledger,
        client: Client,
        portion: Portion,
        follower: Follower,
        tell: Tell,
    ) -> None:
        self._run, self._ledger, self._client, self._follower, self._tell = (
            run,
            ledger,
            client,
            follower,
            tell,
        )
        self._size = portion.batch_size
        self._left = portion.limit
        self.sent = 0
        self._refusals = 0  # 429 in a row

    def everything(self) -> Iterator[Event]:
        """Send batch after batch until nothing is planned."""
        after = -1
        while True:
            size = self._size if self._left is None else min(self._size, self._left)
            rows, last = self._ledger.planned(self._run, after, size) if size else ([], after)
            if not rows:
                return
            yield from self._tell_apart(rows)
            refused = self._refusals
            yield from self._batch(rows)
            if self._refusals == refused:
                after = last  # else the same batch comes again

    def _tell_apart(self, rows: Sequence[Row]) -> Iterator[Event]:
        """Find the tasks of earlier entries with the same index and file name before more of them
        are made: afterwards nothing could tell them apart."""
        if self._ledger.names_waiting(self._client.endpoint, rows):
            yield from self._follower.look(only_without_task=True)

    def _batch(self, rows: Sequence[Row]) -> Iterator[Event]:
        data = payload(row.entry for row in rows)
        batch, events = self._ledger.intend(self._run, rows, self._client.now())
        try:
            yield from events
        except BaseException:
            self._ledger.settle(batch, "refused", "stopped before anything was sent")
            raise
        try:
            self._client.transfer(data)
        except RateLimited as error:
            self._refusals += 1
            yield from self._ledger.settle(batch, "refused", error.message, http_status=429, code=error.code)
            self._client.pause(error.wait, self._refusals, error.message)
        except AnswerLost as error:
            who = counted(len(rows), "entry is", "entries are")
            self._tell(f"{error.message}; {who} unknown until the platform's list tells")
            self._count(len(rows))
            status = error.status or None
            yield from self._ledger.settle(batch, "lost", error.message, http_status=status, code=error.code)
        except PlatformError as error:
            yield from self._refused(batch, error, len(rows))
        except BaseException:
            # stopped between the first byte and the answer
            self._ledger.settle(batch, "lost", "stopped before the answer came")
            raise
        else:
            self._count(len(rows))
            yield from self._ledger.settle(batch, "accepted")

    def _refused(self, batch: int, error: PlatformError, count: int) -> Iterator[Event]:
        no_such_place = error.status == 404 and error.code != "resource_not_exist"
        if error.status in _STOPPING_STATUSES or error.code in STOPPING or no_such_place:
            status = error.status or None
            yield from self._ledger.settle(
                batch, "refused", error.message, http_status=status, code=error.code
            )
            raise error
        self._tell(f"{error.message}; {counted(count, 'entry is', 'entries are')} rejected")
        self._count(count)
        status = error.status
        yield from self._ledger.settle(batch, "rejected", error.message, http_status=status, code=error.code)

    def _count(self, count: int) -> None:
        self._refusals = 0
        self.sent += count
        if self._left is not None:
            self._left -= count


def doubtful(ledger: Ledger, plan: Plan) -> int:
    """Return how many entries of the run have an outcome that is not known."""
    counts = ledger.summary(plan.run)
    return counts.get("unknown", 0) + counts.get("held", 0)


def check_index(client: Client, index_id: str, transcriptions: int, tell: Tell) -> None:
    """Ask for the index; tell where it would not read its ``transcriptions``. Raises ``PlatformError``."""
    try:
        index = client.index(index_id)
    except PlatformError as error:
        if not unknown_id(error):
            raise
        raise PlatformError(
            f"the platform does not know the index {index_id} ({error.message}); nothing was sent",
            "check index_id in the manifest, and that the key belongs to the account that owns the index",
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
