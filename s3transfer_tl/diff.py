"""What two manifests do not share (floor 2)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from s3transfer_tl.model import Entry

Kind = Literal["added", "dropped", "re-paired", "changed"]
KINDS: tuple[Kind, ...] = ("added", "dropped", "re-paired", "changed")


class Change(NamedTuple):
    """What became of one entry. ``re-paired``: it has another transcription (or none, or one at last);
    ``changed``: only its index or its language differs."""

    kind: Kind
    object: str
    before: Entry | None
    after: Entry | None


class Difference(NamedTuple):
    """All changes, by object; ``same`` counts the entries that both manifests hold."""

    changes: tuple[Change, ...]
    same: int


def compare(before: Iterable[Entry], after: Iterable[Entry]) -> Difference:
    """Return what happened between two manifests.

    Their order does not matter. An object that stands in one manifest several times is compared
    entry by entry: with the one that is equal, else with one of the same index, else with one of the
    same transcription, else with any. Keeps ``before`` in memory, and of ``after`` what differs.
    """
    old = Counter(before)
    new: dict[str, list[Entry]] = defaultdict(list)
    same = 0
    for entry in after:
        if old[entry] > 0:
            old[entry] -= 1
            same += 1
        else:
            new[entry.object].append(entry)
    gone: dict[str, list[Entry]] = defaultdict(list)
    for entry in old.elements():
        gone[entry.object].append(entry)
    changes = (
        change
        for uri in sorted({*gone, *new})
        for change in _changes(
            uri, sorted(gone.get(uri, ()), key=_order), sorted(new.get(uri, ()), key=_order)
        )
    )
    return Difference(tuple(changes), same)


def _changes(uri: str, before: list[Entry], after: list[Entry]) -> Iterator[Change]:
    alike: tuple[Callable[[Entry, Entry], bool], ...] = (
        lambda a, b: a.index_id == b.index_id and a.transcription == b.transcription,
        lambda a, b: a.index_id == b.index_id,
        lambda a, b: a.transcription == b.transcription,
        lambda a, b: True,
    )
    for is_alike in alike:
        for old in list(before):
            new = next((entry for entry in after if is_alike(old, entry)), None)
            if new is not None:
                before.remove(old)
                after.remove(new)
                yield Change(
                    "changed" if old.transcription == new.transcription else "re-paired", uri, old, new
                )
    for old in before:
        yield Change("dropped", uri, old, None)
    for new in after:
        yield Change("added", uri, None, new)


def _order(entry: Entry) -> tuple[str, str, str]:
    return entry.index_id, entry.transcription or "", entry.language
