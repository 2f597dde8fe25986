"""What the rules decide, without a manifest: a build that stops after matching (floor 4)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from s3transfer_tl import matching
from s3transfer_tl.build import listings, plan
from s3transfer_tl.build.listings import Listed, OpenSource
from s3transfer_tl.model import Ambiguity, Config, Orphan, Pair


@dataclass(frozen=True, slots=True)
class Pairing:
    """What became of every video and transcription, each sorted by URI. ``pairs`` are what the policies
    leave for the manifest, ``unmatched`` the URIs of the videos that no rule pairs."""

    pairs: tuple[Pair, ...]
    unmatched: tuple[str, ...]
    orphans: tuple[Orphan, ...]
    ambiguities: tuple[Ambiguity, ...]


def run(config: Config, *, open_source: OpenSource) -> Iterator[Listed | Pairing]:
    """List and pair; the last event is ``Pairing``. A ``fail`` policy fails nothing here.

    Raises ``ConfigError`` for a bad pattern, and whatever the edges raise.
    """
    rules, decided = plan.rules(config), plan.decided(config)
    with tempfile.TemporaryDirectory(prefix="s3transfer-tl-") as folder:
        work = Path(folder)
        pushed = plan.pushed(config, rules, decided)
        videos, transcriptions, _ = yield from listings.both(config, open_source, work, pushed)
        with matching.match(videos, transcriptions, rules, config, work_dir=work, decided=decided) as matched:
            found = Pairing(
                tuple(matched.pairs()),
                tuple(matched.unmatched()),
                tuple(matched.orphans()),
                tuple(matched.ambiguities()),
            )
    yield found
