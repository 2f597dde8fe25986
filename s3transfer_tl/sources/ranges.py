"""One prefix listed as many ranges of keys: for flat and skewed buckets, where byte order is known.

All state changes between two answers, so nothing is locked. Every page is checked against the order
that this rests on; the first that breaks it ends this way of listing.
"""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from s3transfer_tl.errors import TransferError
from s3transfer_tl.sources import cuts
from s3transfer_tl.sources.decode import Columns
from s3transfer_tl.sources.pages import Lister, Page
from s3transfer_tl.sources.prefixes import AbandonedError

PATIENCE = 2  # pages a range reads between two attempts to split it
FEWEST_PAGES = 6  # what must be left of a range that is split
_FIRST_PROBES, _PROBES_A_PAGE = 40, 0.4
_SAMPLE = 24  # keys


@dataclass(slots=True, eq=False)
class _Range:
    """Keys in ``(low, upto]``; what is up to ``after`` has been read or asked for."""

    low: str
    after: str
    upto: str | None
    token: str | None = None  # for a page without keys, after which no key can say where to go on
    asked_after: str = ""
    read: int = 0  # keys
    untried: int = 0  # pages since the last attempt to split it
    patience: int = PATIENCE
    sample: Sequence[str] = ()
    splitting: _Split | None = None


@dataclass(slots=True, eq=False)
class _Split:
    """An attempt to split a range: the search, and the answers it waits for."""

    wanted: int
    search: Generator[list[str], cuts.Answers, list[str]]
    missing: int = 0
    answers: dict[str, str | None] = field(default_factory=dict)


class Ranges:
    """One listing of all keys below a prefix. ``split`` tells whether it came to more than one range."""

    name = "ranges"

    def __init__(self, lister: Lister) -> None:
        self._lister = lister
        self._prefix = ""
        self._ranges: set[_Range] = set()
        self._page_size = 1000
        self._pages = self.probes = 0
        self._folders_asked = False
        self._folders: list[str] = []  # all of them, in order; none where a page does not tell all
        self.split = False

    def run(self, prefix: str, page: Page) -> Iterator[Columns]:
        """Yield the objects below ``prefix``, whose first page is ``page``.

        Raises ``AbandonedError`` where the server does not list in byte order or does not heed where
        a page is to start; ``S3Error`` where S3 refuses.
        """
        self._prefix = prefix
        root = _Range("", "", None, untried=PATIENCE - 1)
        self._ranges.add(root)
        yield from self._page(root, page)
        for response in self._lister.engine:
            answer = self._lister.answer(response)
            if answer is None:
                continue
            step, found, point = response.request.tag
            if step == "page":
                if isinstance(answer, TransferError):
                    raise answer
                yield from self._page(found, answer)
            elif step == "folders":
                self._learn(found, answer)
            else:
                self._probed(found, point, answer)
            self._share()

    def _page(self, found: _Range, page: Page) -> Iterator[Columns]:
        after, last, token = found.asked_after, page.last_key, found.token
        found.token = None
        if page.truncated and last is None:
            found.token = self._lister.next_token(page, token, self._prefix)
            self._ask(found)
        elif last is not None and page.truncated and (found.upto is None or last < found.upto):
            found.after = last
            self._ask(found)  # before the page is read: the network never waits for that
        else:
            self._ranges.discard(found)
        if last is None:
            return
        columns = page.columns
        self._prove(columns.key, after, last)
        self._pages += 1
        self._page_size = max(len(columns.key), 1) if page.truncated else self._page_size
        found.untried += 1
        found.sample = columns.key[:: len(columns.key) // _SAMPLE + 1]
        if found.upto is not None and last > found.upto:
            columns = columns.part(slice(bisect_right(columns.key, found.upto)))
        found.read += len(columns.key)
        if columns.key:
            yield columns

    def _prove(self, keys: Sequence[str], after: str, last: str) -> None:
        """Python compares strings by code point, which is the order of their UTF-8 bytes."""
        ascending = all(map(operator.lt, keys, islice(keys, 1, None)))
        if not (ascending and keys[0] > after and keys[-1] == last):
            raise AbandonedError

    def _ask(self, found: _Range) -> None:
        found.asked_after = found.after
        # below the prefix a start means nothing on AWS, and the end of everything elsewhere
        after = found.after if found.after > self._prefix else None
        self._lister.ask(self._prefix, ("page", found, ""), token=found.token, after=after)

    def _share(self) -> None:
        """Give idle requests something to do: split the ranges that have most left."""
        busy = sum(1 + (one.splitting.wanted if one.splitting else 0) for one in self._ranges)
        idle = int(self._lister.engine.pace.window) - busy
        if idle <= 0 or self.probes > _FIRST_PROBES + _PROBES_A_PAGE * self._pages:
            return
        start, left = len(self._prefix), []
        for one in self._ranges:
            if one.untried >= one.patience and not one.splitting:
                keys = cuts.rest(one.low, one.after, one.upto, start, one.sample, one.read)
                if keys >= FEWEST_PAGES * self._page_size:
                    left.append((keys, id(one), one))
        for number, (keys, _, one) in enumerate(sorted(left, reverse=True)):
            if idle <= 0:
                return
            share = -(-idle // (len(left) - number))
            wanted = int(min(share, keys // (FEWEST_PAGES // 2 * self._page_size)))
            idle -= wanted
            self._begin(one, wanted)

    def _begin(self, found: _Range, wanted: int) -> None:
        found.untried = 0
        search = cuts.search(found.after, found.upto, len(self._prefix), found.sample, wanted)
        found.splitting = _Split(wanted, search)
        inside = self._folders_in(found)
        if inside:
            self._cut(found, cuts.evenly(inside, wanted))
        elif not self._folders_asked:
            self._folders_asked = True
            self.probes += 1
            self._lister.ask(self._prefix, ("folders", found, ""), after=found.after, folders=True)
        else:
            self._search(found, None)

    def _learn(self, found: _Range, answer: Page | TransferError) -> None:
        """Cut between folders where one page tells them all; else look for cuts."""
        assert found.splitting
        if isinstance(answer, Page) and not answer.truncated and len(answer.prefixes) > 1:
            self._folders = sorted(answer.prefixes)
            if inside := self._folders_in(found):
                self._cut(found, cuts.evenly(inside, found.splitting.wanted))
                return
        self._search(found, None)

    def _folders_in(self, found: _Range) -> list[str]:
        """Return the folders that begin in what is left of a range."""
        end = len(self._folders) if found.upto is None else bisect_left(self._folders, found.upto)
        return self._folders[bisect_right(self._folders, found.after) : end]

    def _search(self, found: _Range, answers: cuts.Answers | None) -> None:
        split = found.splitting
        assert split
        try:
            points = next(split.search) if answers is None else split.search.send(answers)
        except StopIteration as ended:
            self._cut(found, ended.value)
            return
        split.missing, split.answers = len(points), {}
        self.probes += len(points)
        for point in points:
            self._lister.ask(self._prefix, ("probe", found, point), after=point, most=1)

    def _probed(self, found: _Range, point: str, answer: Page | TransferError) -> None:
        split = found.splitting
        assert split
        key = answer.last_key if isinstance(answer, Page) else None
        if key is not None and key <= point:
            raise AbandonedError
        split.answers[point] = key
        split.missing -= 1
        if not split.missing:
            self._search(found, split.answers)

    def _cut(self, found: _Range, points: list[str]) -> None:
        """Give away what lies after the points; what has been asked for meanwhile stays."""
        found.splitting = None
        points = [point for point in points if point > found.after]
        if found not in self._ranges or not points:
            found.patience *= 2
            return
        self.split = True
        for low, upto in zip(points, [*points[1:], found.upto], strict=True):
            new = _Range(low, low, upto, sample=found.sample)
            self._ranges.add(new)
            self._ask(new)
        found.upto = points[0]
        found.low, found.read = found.after, 0
