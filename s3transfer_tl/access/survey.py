"""All transcriptions of a listing: verdicts and causes, counted, and what would open the closed ones."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from s3transfer_tl.access import probe, statement
from s3transfer_tl.access.diagnosis import Cause
from s3transfer_tl.access.explanation import Explainer
from s3transfer_tl.access.facts import Unread
from s3transfer_tl.model import Access, AccessVerdict, S3Object, S3Settings

ENDINGS = (".srt", ".vtt")
EXAMPLES = 10  # kept of each cause
MOST_CAUSES = 100  # told apart by their sentence; more are counted by their name alone
RESTRICTED = frozenset({"network", "condition"})  # a 200 that others may not get


@dataclass(slots=True)
class Group:
    """Transcriptions with one verdict and one cause."""

    access: Access
    cause: str
    reason: str
    hint: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


class Survey:
    """One pass over a listing. After ``verdicts`` has ended, the rest tells what it came to."""

    def __init__(
        self,
        s3: S3Settings,
        root: str,
        *,
        chosen: Callable[[str], bool] = lambda _: True,
        check: Callable[..., Iterator[AccessVerdict]] = probe.check,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.restricted = 0
        self.listed = 0
        self._s3 = s3
        self._root = root.removeprefix("s3://").partition("/")[2]
        self._chosen = chosen
        self._check = check
        self._explainer = Explainer(s3, public=True)
        self._groups: dict[tuple[str, str, str], Group] = {}
        self._scopes: dict[str, statement.Scope] = {}
        self._closed: set[str] = set()  # buckets whose policy lacks a statement

    def verdicts(self, pages: Iterable[Sequence[S3Object]]) -> Iterator[AccessVerdict]:
        """Judge the transcriptions among the objects of ``pages``: those that end in .srt or .vtt."""
        for verdict in self._explainer.explain(self._check(self._transcriptions(pages), s3=self._s3)):
            self._count(verdict)
            yield verdict

    @property
    def total(self) -> int:
        """How many verdicts there are."""
        return self.counts.total()

    def groups(self) -> list[Group]:
        """Return the verdicts that have a cause, the most frequent first."""
        return sorted(self._groups.values(), key=lambda group: (-group.count, group.reason))

    def warnings(self) -> list[Cause]:
        """Return what is to be known of the buckets."""
        return [cause for one in self._explainer.diagnoses.values() for cause in one.warnings()]

    def unread(self) -> list[Unread]:
        """Return the questions about the buckets that stayed open."""
        return [answer for one in self._explainer.diagnoses.values() for answer in one.unread()]

    def proposals(self) -> list[statement.Proposal]:
        """Return, for each bucket where one is missing, the statement that opens its transcriptions."""
        found = []
        for bucket in sorted(self._closed):
            facts = self._explainer.diagnosis(bucket).facts
            readable = not isinstance(facts.document, Unread)
            document = None if isinstance(facts.document, Unread) else facts.document
            scope = self._scopes[bucket]
            found.append(statement.propose(scope, document, region=facts.region, is_readable=readable))
        return found

    def integrations(self) -> list[dict[str, object]]:
        """Return the policy for the platform's role, for each bucket."""
        known = self._explainer.diagnoses
        regions = {name: known[name].facts.region if name in known else None for name in self._scopes}
        return [statement.integration(name, region) for name, region in sorted(regions.items())]

    def _transcriptions(self, pages: Iterable[Sequence[S3Object]]) -> Iterator[str]:
        for page in pages:
            self.listed += len(page)
            for found in page:
                scope = self._scopes.get(found.bucket)
                if scope is None:
                    scope = self._scopes[found.bucket] = statement.Scope(found.bucket, self._root)
                if found.key[-4:].lower() in ENDINGS and self._chosen(found.uri):
                    yield found.uri
                elif found.key[-4:].lower() in ENDINGS:
                    scope.beside = True
                    scope.leave_out(found.key, found.key[-4:])
                elif not found.key.endswith("/"):  # a folder marker is nothing to keep closed
                    scope.beside = True

    def _count(self, verdict: AccessVerdict) -> None:
        self.counts[verdict.access] += 1
        if not verdict.cause:
            return
        if verdict.access == "public" and verdict.cause in RESTRICTED:
            self.restricted += 1
        if verdict.access == "denied" and verdict.status != 200:
            bucket, _, key = verdict.uri.removeprefix("s3://").partition("/")
            if self._explainer.diagnosis(bucket).wants_statement(verdict.uri):
                self._closed.add(bucket)
                self._scopes[bucket].add(key, key[-4:])
        reason = verdict.reason if len(self._groups) < MOST_CAUSES else ""
        name = (verdict.access, verdict.cause, reason)
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = Group(verdict.access, verdict.cause, verdict.reason, verdict.hint)
        group.count += 1
        bisect.insort(group.examples, verdict.uri)  # answers come in no order; what is told has one
        del group.examples[EXAMPLES:]
