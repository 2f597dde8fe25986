"""Many files on all cores: worker processes that read and judge, reviews in the order of the names."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from s3transfer_tl.model import Review

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

Judge = Callable[[bytes, str], Review]
"""What judges a file's bytes under its name; it must be picklable, as a function of a module is."""

_FEW = 64  # files; fewer are judged before a second process has started
_CHUNK = 32  # files that a worker judges at a time
_AHEAD = 2  # chunks a worker: one that it judges, one that waits

_Chunk = list[Review | None]


def reviews(names: Sequence[str], judge: Judge, processes: int | None = None) -> Iterator[Review | None]:
    """Yield ``judge``'s review of each of the files ``names``, in their order; None for a file that cannot
    be read.

    ``processes`` (default: the cores that this process may use) work at the same time, holding a bounded
    number of files and reviews. Few files, one core, or a system without processes: all is done here.
    A worker that dies costs nothing but time: what it had is judged here.
    """
    cores = processes or _cores()
    if cores < 2 or len(names) < _FEW:
        return iter(_judged(judge, names))
    return chain.from_iterable(_together(names, judge, cores))


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def _together(names: Sequence[str], judge: Judge, cores: int) -> Iterator[_Chunk]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    size = min(_CHUNK, -(-len(names) // (cores * 4)))
    chunks = [names[at : at + size] for at in range(0, len(names), size)]
    done = 0
    try:
        pool = ProcessPoolExecutor(cores, initializer=_start)
        try:
            for found in _in_order(pool, judge, chunks, cores * _AHEAD):
                done += 1
                yield found
        finally:
            pool.shutdown(cancel_futures=True)
    except (BrokenProcessPool, ImportError, OSError):  # a worker died, or the system lets none be made
        yield from (_judged(judge, chunk) for chunk in chunks[done:])


def _in_order(
    pool: ProcessPoolExecutor, judge: Judge, chunks: Sequence[Sequence[str]], ahead: int
) -> Iterator[_Chunk]:
    waiting = deque(pool.submit(_judged, judge, chunk) for chunk in chunks[:ahead])
    for chunk in chunks[ahead:]:
        yield waiting.popleft().result()
        waiting.append(pool.submit(_judged, judge, chunk))
    while waiting:
        yield waiting.popleft().result()


def _judged(judge: Judge, names: Sequence[str]) -> _Chunk:
    found: _Chunk = []
    for name in names:
        try:
            with open(name, "rb") as fp:
                data = fp.read()
        except (OSError, ValueError):
            found.append(None)
        else:
            found.append(judge(data, name))
    return found


def _start() -> None:
    """Prepare a worker: Ctrl-C is its parent's business, and it does not outlive its parent."""
    import multiprocessing

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    assert parent  # this is a worker

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
