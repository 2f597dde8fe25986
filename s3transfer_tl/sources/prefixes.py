"""Many prefixes listed side by side: exact on every server, in whatever order it lists."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from s3transfer_tl.errors import TransferError
from s3transfer_tl.sources.decode import Columns
from s3transfer_tl.sources.pages import Lister, Page

LEVELS = 4  # how deep below the prefix folders are looked for
ENOUGH = 4  # prefixes a request in flight: no folder is opened for more
FEWEST_KEYS = 32  # keys a folder: with fewer, one stream needs fewer requests and hardly more time
_SAMPLE = 200  # folders that end within a page, before the listing is judged by them
_WAITING = 1000  # prefixes known and not yet asked for


class AbandonedError(Exception):
    """This way of listing does not work here: list again as one stream."""


@dataclass(slots=True, eq=False)
class _Prefix:
    text: str
    depth: int
    token: str | None = None  # with which the page that is awaited was asked for
    held: Page | None = None  # its first page, while its folders are asked for
    folders_token: str | None = None


class Prefixes:
    """One listing of all keys below a prefix. ``split`` tells whether it came to more than one."""

    name = "prefixes"

    def __init__(self, lister: Lister) -> None:
        self._lister = lister
        self._waiting: deque[_Prefix] = deque()
        self._unfinished: deque[_Prefix] = deque()  # with more folders than one page tells
        self._asked = 0
        self._open = 1
        self._small = self._small_keys = 0
        self.split = False

    def run(self, prefix: str, page: Page) -> Iterator[Columns]:
        """Yield the objects below ``prefix``, whose first page is ``page``.

        Raises ``AbandonedError`` where a prefix below may not be listed, or holds too little to be
        worth it; ``S3Error`` where S3 refuses.
        """
        yield from self._first(_Prefix(prefix, 0), page)
        for response in self._lister.engine:
            answer = self._lister.answer(response)
            if answer is None:
                continue
            self._asked -= 1
            step, node = response.request.tag
            if isinstance(answer, TransferError):
                yield from self._refused(step, node, answer)
            else:
                yield from getattr(self, step)(node, answer)
            self._pump()

    def _first(self, node: _Prefix, page: Page) -> Iterator[Columns]:
        if page.truncated and self._room(node) and self._has_folders(node, page):
            node.held = page
            self._ask(node, "_folders")
            return
        if not page.truncated and self.split:
            self._weigh(page)
        yield from self._next(node, page)

    def _next(self, node: _Prefix, page: Page) -> Iterator[Columns]:
        if page.truncated:
            node.token = self._lister.next_token(page, node.token, node.text)
            self._ask(node, "_next")  # before the page is read: the network never waits for that
        else:
            self._open -= 1
        if page.columns.key:
            yield page.columns

    def _folders(self, node: _Prefix, page: Page) -> Iterator[Columns]:
        held, node.held = node.held, None
        if held and not page.prefixes:
            yield from self._next(node, held)
            return
        if not all(text.startswith(node.text) and text != node.text for text in page.prefixes):
            raise AbandonedError  # these are not folders below it
        self.split = True
        depth = node.depth + (len(page.prefixes) > 1)  # a lone folder is a way, not a level
        self._waiting.extend(_Prefix(text, depth) for text in page.prefixes)
        self._open += len(page.prefixes)
        if page.truncated:
            node.folders_token = self._lister.next_token(page, node.folders_token, node.text)
            self._unfinished.append(node)
        else:
            self._open -= 1
        if page.columns.key:
            yield page.columns

    def _refused(self, step: str, node: _Prefix, refusal: TransferError) -> Iterator[Columns]:
        if node.held:  # it may be listed, but not by folders
            held, node.held = node.held, None
            yield from self._next(node, held)
        elif step == "_first":
            raise AbandonedError from refusal
        else:
            raise refusal

    def _room(self, node: _Prefix) -> bool:
        return node.depth < LEVELS and self._open < ENOUGH * self._lister.width

    def _has_folders(self, node: _Prefix, page: Page) -> bool:
        """Tell whether the first page shows folders with enough keys each."""
        start, keys = len(node.text), page.columns.key
        if "".join(keys).count("/") == len(keys) * node.text.count("/"):
            return False  # most of the pages that are looked at
        folders = {key[: key.find("/", start) + 1] for key in keys}
        return folders != {""} and len(folders) * FEWEST_KEYS <= len(keys)

    def _weigh(self, page: Page) -> None:
        self._small += 1
        self._small_keys += len(page.columns.key)
        if self._small >= _SAMPLE and self._small_keys < FEWEST_KEYS * self._small:
            raise AbandonedError

    def _pump(self) -> None:
        """Keep the engine supplied, and what waits bounded."""
        while self._unfinished and len(self._waiting) < _WAITING:
            self._ask(self._unfinished.popleft(), "_folders")
        while self._waiting and self._asked < _WAITING:
            self._ask(self._waiting.popleft(), "_first")

    def _ask(self, node: _Prefix, step: str) -> None:
        self._asked += 1
        folders = step == "_folders"
        token = node.folders_token if folders else node.token
        self._lister.ask(node.text, (step, node), token=token, folders=folders)


def stream(lister: Lister, prefix: str) -> Iterator[Columns]:
    """Yield the objects below ``prefix`` page after page. Raises ``S3Error``."""
    token = None
    lister.ask(prefix)
    for response in lister.engine:
        answer = lister.answer(response)
        if isinstance(answer, TransferError):
            raise answer
        if answer is None:
            continue
        if answer.truncated:
            token = lister.next_token(answer, token, prefix)
            lister.ask(prefix, token=token)
        if answer.columns.key:
            yield answer.columns
