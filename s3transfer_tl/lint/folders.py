"""TL305: the one video of a folder that is in another language than the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from s3transfer_tl.lint import customs
from s3transfer_tl.lint.customs import Tally
from s3transfer_tl.lint.rules import Complaint


def odd_languages(counted: Mapping[tuple[str, str], Tally]) -> Iterator[tuple[int, Complaint]]:
    """Yield number and complaint of each entry whose language is the odd one of its folder; ``counted``
    are the videos by folder and language."""
    folders: dict[str, dict[str, Tally]] = defaultdict(dict)
    for (folder, tag), tally in counted.items():
        folders[folder][tag] = tally
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
