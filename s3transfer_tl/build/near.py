"""What resembles a key that found no partner: for reports, bounded in time and memory."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

from s3transfer_tl import matching, naming
from s3transfer_tl.naming import names
from s3transfer_tl.naming.reach import reach

MOST = 1_000  # unmatched videos that get a nearest transcription
_COMPARED = 300  # keys that one key is compared with
_KEPT = 100_000  # orphans that are looked at
_LOOKED_AT = 500  # keys of a side that a rule which paired nothing is tried on
_WORTH = 60.0  # of 100; less is no resemblance
_FORMAT = re.compile(rf"\.{names.FORMAT}\Z")
_TAIL = re.compile(names.TAIL.replace("$", r"\Z"))


def nearest(unmatched: Iterable[str], orphans: Iterable[str]) -> dict[str, str]:
    """Return, for the first ``MOST`` of the ``unmatched`` videos, the one of ``orphans`` whose name
    resembles theirs most: of those in the folder where there are any, else of those of about the same
    length. Videos that nothing resembles are left out."""
    return {video: near[0][0] for video, near in alike(unmatched, orphans, 1).items()}


def alike(unmatched: Iterable[str], orphans: Iterable[str], most: int) -> dict[str, list[tuple[str, float]]]:
    """Return, for the same videos, up to ``most`` of ``orphans`` in the same way, each with how much it
    resembles, of 100; the best first, those in the folder before all others."""
    videos = list(islice(unmatched, MOST))
    if not videos:
        return {}
    here, anywhere = _Shelf(), _Shelf()
    folders = {_folder(uri) for uri in videos}
    for uri in islice(orphans, _KEPT):
        name = _bare(uri)
        if _folder(uri) in folders:
            here.put(_folder(uri), name, uri)
        anywhere.put("", name, uri)
    found = {}
    for video in videos:
        name = video[video.rindex("/") + 1 :].rpartition(".")[0]
        near = here.best(_folder(video), name, most)
        if len(near) < most:
            seen = {uri for uri, _ in near}
            near += [one for one in anywhere.best("", name, most) if one[0] not in seen][: most - len(near)]
        if near:
            found[video] = near
    return found


def almost(rules: Sequence[naming.Rule], matched: matching.Matching, root: str) -> list[str]:
    """Return up to three keys that the rules of one config entry, which paired nothing, got furthest in:
    left over, and of a side that no key of it matched."""
    sides = [
        [rule.video for rule in rules],
        [rule.transcription for rule in rules],
    ]
    left_over = (matched.unmatched(), (orphan.transcription for orphan in matched.orphans()))
    for patterns, uris in zip(sides, left_over, strict=True):
        keys = [_key(uri, root) for uri in islice(uris, _LOOKED_AT)]
        if any(side.captures(key) is not None for side in patterns for key in keys):
            continue
        return sorted(keys, key=lambda key: -_got(patterns, key))[:3]
    return []


def _got(patterns: Sequence[naming.Side], key: str) -> int:
    reached = (reach(side, key) for side in patterns)
    return max((one.offset for one in reached if one is not None), default=0)


def _key(uri: str, root: str) -> str:
    return uri[len(root) :] if root and uri.startswith(root) else uri[5:].partition("/")[2]


class _Shelf:
    """URIs by folder and by the length of their bare name."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, int], list[str]] = defaultdict(list)
        self._uris: dict[tuple[str, int], list[str]] = defaultdict(list)

    def put(self, folder: str, name: str, uri: str) -> None:
        place = folder, len(name)
        if len(self._names[place]) < _COMPARED:
            self._names[place].append(name)
            self._uris[place].append(uri)

    def best(self, folder: str, name: str, most: int) -> list[tuple[str, float]]:
        """Return the URIs of the most similar names, with how similar they are."""
        from rapidfuzz import fuzz, process

        some: list[str] = []
        uris: list[str] = []
        for more in range(len(name) + 1):
            for length in {len(name) - more, len(name) + more}:
                some += self._names.get((folder, length), ())
                uris += self._uris.get((folder, length), ())
            if len(some) >= _COMPARED:
                break
        found = process.extract(name, some, scorer=fuzz.ratio, score_cutoff=_WORTH, limit=most)
        return [(uris[place], score) for _, score, place in found]


def _folder(uri: str) -> str:
    return uri[: uri.rindex("/")]


def _bare(uri: str) -> str:
    """Return a transcription's name without its format and what may be a language or a flag."""
    name = uri[uri.rindex("/") + 1 :]
    return _TAIL.sub("", _FORMAT.sub("", name), count=1) or name
