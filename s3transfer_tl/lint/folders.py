"""TL305: the one video of a folder that is in another language than the rest.

It takes a pass of its own, which only manifests of several languages pay for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import BinaryIO

from s3transfer_tl import manifest
from s3transfer_tl.lint import customs
from s3transfer_tl.lint.customs import Tally
from s3transfer_tl.lint.proof import Columns, plain
from s3transfer_tl.lint.rules import Complaint

_MOST = 50_000  # folders that are told apart


def odd_languages(fp: BinaryIO) -> Iterator[tuple[int, Complaint]]:
    """Yield number and complaint of each entry whose language is the odd one of its folder."""
    folders: dict[str, dict[str, Tally]] = defaultdict(dict)
    fp.seek(0)
    for first, pairs in _pairs(fp):
        for (folder, tag), count in Counter(pairs).items():
            if folder in folders or len(folders) < _MOST:
                customs.add(folders[folder], tag, Tally(count, first + pairs.index((folder, tag))))
    for folder, tags in folders.items():
        if len(tags) == 2:
            usual = customs.main(tags)
            (odd,) = tags.keys() - {usual}
            same = odd.partition("-")[0] == usual.partition("-")[0]  # en-GB among en says nothing
            if tags[odd].entries == 1 and tags[usual].entries >= customs.FEW and not same:
                said = (
                    f"language is {odd}; the other {tags[usual].entries:,} videos in {folder}/ have {usual}"
                )
                yield tags[odd].first, Complaint(said, "language")


def _pairs(fp: BinaryIO) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Yield folder and language of entries that follow one another, with the first one's number."""
    for item in manifest.runs(fp, plain()):
        if isinstance(item, manifest.Run):
            columns = Columns(*zip(*item.groups, strict=True))
            yield item.number, list(zip(columns.folders, columns.tags, strict=True))
        elif isinstance(item, manifest.RawEntry) and isinstance(item.value, dict):
            tag, video = item.value.get("language"), item.value.get("object")
            if isinstance(tag, str) and isinstance(video, str):
                yield item.number, [(video[: video.rfind("/")], tag)]
