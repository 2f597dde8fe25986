"""Which finding is which, and which comes first where not all have room."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from s3transfer_tl.model import Finding

_NUMBERS = re.compile(r"\d+")

Cause = tuple[str, str, str | None, str]


def cause(finding: Finding) -> Cause:
    """Return what findings of one cause share: the file, the rule, the field and what is said."""
    return finding.file, finding.code, finding.field, finding.message


def fingerprints(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield one text a finding, unique among them.

    Made of file, rule, field and object, not of lines: it stays what it is when entries move. What has
    no object is told apart by what is said without its numbers (of cues, lines), and what shares all by
    its turn.
    """
    import hashlib  # for hosts' formats only

    turns: Counter[bytes] = Counter()
    for finding in findings:
        about = _NUMBERS.sub("", finding.message) if finding.uri is None else finding.uri
        parts = (finding.file, finding.code, finding.field or "", about)
        key = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass"))
        turn = turns[key.digest()]
        turns[key.digest()] += 1
        if turn:
            key.update(b"\0%d" % turn)
        yield key.hexdigest()[:40]


def worst_first(findings: Iterable[Finding], most: int) -> list[tuple[int, Finding]]:
    """Return ``findings`` with their positions by severity, the worst first, ``most`` of each, and among
    equals one of each cause before the second of any: what is cut shows as many causes as it has room for."""
    turns: Counter[int] = Counter()  # by hash, which takes a tenth of the room: an order is all it decides
    ranked: dict[int, list[tuple[int, int, Finding]]] = {}
    for number, finding in enumerate(findings):
        key = hash(cause(finding))
        kept = ranked.setdefault(-finding.severity.rank, [])
        kept.append((turns[key], number, finding))
        turns[key] += 1
        if len(kept) >= 2 * most + 1000:
            kept.sort()
            del kept[most:]
    return [(number, one) for rank in sorted(ranked) for _, number, one in sorted(ranked[rank])[:most]]
