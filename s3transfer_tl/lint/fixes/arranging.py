"""Fixes of a sound manifest as a whole: its canonical form, and its order."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import BinaryIO

from s3transfer_tl import manifest
from s3transfer_tl.model import Entry

_NO_FAULT = ("byte-order-mark",)


def canonical(source: BinaryIO, target: BinaryIO, file: str) -> bool:
    """Write the entries anew, in their order; False where one is more or less than its four texts."""
    source.seek(0)
    try:
        return manifest.write(_entries(source), target) > 0
    except (TypeError, ValueError):
        return False


def _entries(source: BinaryIO) -> Iterator[Entry]:
    for item in manifest.read(source):
        if isinstance(item, manifest.Fault) or not isinstance(item.value, dict):
            raise ValueError("no sound manifest")
        yield Entry(**item.value)


def by_object(source: BinaryIO, target: BinaryIO, file: str) -> bool:
    """Write the entries, each as it is, sorted by object; what stands between them stays in its place.

    False where an element has no object. Holds the objects in memory.
    """
    source.seek(0)
    offsets, lengths, objects = array("Q"), array("Q"), list[str]()
    for item in manifest.read(source):
        if isinstance(item, manifest.Fault):
            if item.kind in _NO_FAULT:
                continue
            return False
        uri = item.value.get("object") if isinstance(item.value, dict) else None
        if not isinstance(uri, str):
            return False
        offsets.append(item.offset)
        lengths.append(item.length)
        objects.append(uri)
    order = sorted(range(len(objects)), key=objects.__getitem__)
    at = 0
    for place, number in enumerate(order):
        target.write(_slice(source, at, offsets[place] - at))
        target.write(_slice(source, offsets[number], lengths[number]))
        at = offsets[place] + lengths[place]
    source.seek(at)
    target.write(source.read())
    return True


def _slice(source: BinaryIO, offset: int, length: int) -> bytes:
    source.seek(offset)
    return source.read(length)
