"""What an index has already: the same file name and the same size, as the platform lists its videos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from s3transfer_tl.ledger import Identity, base_name
from s3transfer_tl.twelvelabs import Client

# Up to so many file names of an index are asked for one by one instead of by a listing (50 a page).
_FEW = 20

Sizes = Callable[[Iterable[str]], Iterator[tuple[str, int | None]]]


class Place(NamedTuple):
    """An object in an index."""

    index_id: str
    object: str


def indexed(candidates: Iterable[Identity], client: Client, sizes: Sizes) -> frozenset[Place]:
    """Return those of ``candidates`` whose index has a video of their file name and size.

    ``sizes`` is asked only for objects whose name is there; it yields each with its bytes, None for one
    that is missing. Raises what the client and ``sizes`` raise.
    """
    by_index: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for identity in candidates:
        entry = identity.entry
        by_index[entry.index_id][base_name(entry.object)].append(entry.object)
    found = set()
    for index_id, objects in by_index.items():
        there: dict[str, set[int]] = defaultdict(set)  # file name to sizes
        for name in objects if len(objects) <= _FEW else (None,):
            for video in client.videos(index_id, filename=name):
                if video.filename and video.size is not None:
                    there[base_name(video.filename)].add(video.size)
        # the platform's filter may be inexact, so names are compared here
        same_name = [uri for name in objects.keys() & there.keys() for uri in objects[name]]
        for uri, size in sizes(same_name):
            if size in there[base_name(uri)]:
                found.add(Place(index_id, uri))
    return frozenset(found)
