"""The key that most resembles another, for what is in no pair: a typo, another folder, a missing zero."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import NamedTuple

from s3transfer_tl.matching.outcome import Matching
from s3transfer_tl.naming import names

MOST = 50_000  # keys that one key is compared with: those in its folder, then those of its length
_REFINED = 200  # of them; their folders and numbers count too
_WORTH = {True: 60.0, False: 80.0}  # of 100, of what is in no pair and of what is; less is no resemblance
_NAME = 0.7  # of the score; the rest is the folder's
_OTHER_NUMBERS = 25.0  # clip-1 and clip-2 are two names
_ENDING = re.compile(rf"(?:(?i:\.(?:{'|'.join(names.VIDEO_EXTENSIONS)})))?\.[^./]*\Z|\Z")
_TAIL = re.compile(names.TAIL.replace("$", r"\Z"))
_WANTED = {"video": "is_video", "transcription": "NOT is_video", None: "true"}


class Near(NamedTuple):
    """A key that resembles another; ``score`` is 60 to 100, ``free`` says that it is in no pair (true
    for all where both sides were searched)."""

    uri: str
    score: float
    free: bool


def nearest(matched: Matching, uri: str, *, side: str | None, most: int = 1) -> list[Near]:
    """Return the keys of ``side`` ("video", "transcription", None for both) that resemble ``uri``, the
    best first; those in no pair come before the others.

    Bounded: compares with at most ``MOST`` keys, in one pass over the listed objects.
    """
    from rapidfuzz import fuzz, process

    folder, name = _taken_apart(uri)
    rows = list(
        matched.rows(
            "near",
            {"folder": uri[: uri.rfind("/") + 1], "length": len(uri) - uri.rfind("/") - 1},
            side=side or "video",
            wanted=_WANTED[side],
            most=str(MOST),
        )
    )
    found: list[Near] = []
    for free in (True, False) if side else (True,):
        pool = [other for other, is_free in rows if is_free is free or side is None]
        apart = [_taken_apart(other) for other in pool]
        alike = process.extract(name, [other for _, other in apart], scorer=fuzz.ratio, limit=_REFINED)
        scored = (
            Near(pool[place], round(_score(folder, name, *apart[place], ratio), 1), free)
            for _, ratio, place in alike
        )
        worth = (near for near in scored if near.score >= _WORTH[free])
        found += sorted(worth, key=lambda near: (-near.score, _form(near.uri) != _form(uri), near.uri))
    return found[:most]


def _score(folder: str, name: str, other_folder: str, other_name: str, ratio: float) -> float:
    from rapidfuzz import fuzz

    score = _NAME * ratio + (1 - _NAME) * fuzz.ratio(folder, other_folder)
    ours, theirs = _numbers(name), _numbers(other_name)
    return score if ours <= theirs or theirs <= ours else score - _OTHER_NUMBERS


def _form(uri: str) -> str:
    return uri.rpartition(".")[2].lower()


def _numbers(name: str) -> Counter[int]:
    return Counter(int(digits) for digits in re.findall(r"[0-9]{1,18}", name))


def _taken_apart(uri: str) -> tuple[str, str]:
    """Return folder and bare name, in the form in which they are compared."""
    folder, _, name = unicodedata.normalize("NFC", uri).casefold().rpartition("/")
    bare = _ENDING.sub("", name, count=1)
    return folder, _TAIL.sub("", bare, count=1) or name
