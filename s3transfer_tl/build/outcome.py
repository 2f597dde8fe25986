"""What became of every object: the matching, the access verdicts and the listings in one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from s3transfer_tl import matching
from s3transfer_tl.build.listings import Listed
from s3transfer_tl.build.output import Part
from s3transfer_tl.model import AccessVerdict, Ambiguity
from s3transfer_tl.report import build as report

SHOWN = 10  # how many examples of a kind are shown to people; all are in the report


@dataclass(slots=True)
class Outcome:
    """Everything that a report tells. Public transcriptions are only counted: a million cost nothing."""

    matched: matching.Matching
    listed: Sequence[Listed]
    checked: bool = False
    not_public: dict[str, AccessVerdict] = field(default_factory=dict)

    def count(self, *access: str) -> int:
        """Return how many transcriptions got one of the verdicts ``access``, "public" excepted."""
        return sum(verdict.access in access for verdict in self.not_public.values())

    def summary(self) -> dict[str, Any]:
        """Return the report's summary."""
        counts = self.matched.counts
        snapshots = [one.snapshot for one in self.listed if one.snapshot]
        return {
            "videos": counts.videos,
            "transcriptions": counts.transcriptions,
            "paired": counts.paired,
            "unmatched_videos": counts.unmatched_videos,
            "orphan_transcriptions": counts.orphan_transcriptions,
            "ambiguous": counts.ambiguous,
            "excluded": counts.excluded,
            "not_public": self.count("denied", "missing"),
            "unknown_access": self.count("unknown"),
            "listing": {
                "mode": "+".join(dict.fromkeys(one.mode for one in self.listed)),
                "keys": sum(one.keys for one in self.listed),
                "pages": sum(one.pages for one in self.listed),
                "seconds": round(sum(one.seconds for one in self.listed), 3),
                **({"snapshot": min(snapshots)} if snapshots else {}),
            },
        }

    def first_ambiguities(self) -> tuple[Ambiguity, ...]:
        """Return the first few ambiguities, for people."""
        return tuple(islice(self.matched.ambiguities(), SHOWN))

    def write_report(self, fp: BinaryIO, parts: Iterable[Part], form: str = "json") -> None:
        """Write the report of schemas/report.schema.json to ``fp``; ``form`` jsonl is an outcome a line."""
        head = {
            "format_version": 1,
            "manifests": [
                {"file": part.final.name, "entries": part.entries, "sha256": part.sha256}
                for part in parts
                if part.final
            ],
            "summary": self.summary(),
            "rules": [
                {
                    "name": rule.name,
                    "pairs": rule.pairs,
                    "videos": rule.videos,
                    "transcriptions": rule.transcriptions,
                }
                for rule in self.matched.rules()
            ],
        }
        write = report.write if form == "json" else report.write_lines
        write(fp, head, self._lists())

    def _lists(self) -> Mapping[str, Iterable[Mapping[str, Any]]]:
        return {
            "pairs": self._pairs(),
            "unmatched_videos": ({"object": uri} for uri in self.matched.unmatched()),
            "orphan_transcriptions": (
                {"transcription": orphan.transcription, "reason": orphan.reason, "video": orphan.video}
                for orphan in self.matched.orphans()
            ),
            "ambiguous": (
                {"object": one.object, "reason": one.reason, "candidates": list(one.candidates)}
                for one in self.matched.ambiguities()
            ),
        }

    def _pairs(self) -> Iterator[Mapping[str, Any]]:
        otherwise = "public" if self.checked else "unchecked"
        for pair in self.matched.pairs():
            if pair.transcription is None:  # kept by a policy; it is among the unmatched
                continue
            verdict = self.not_public.get(pair.transcription)
            yield {
                "object": pair.object,
                "transcription": pair.transcription,
                "index_id": pair.index_id,
                "language": pair.language,
                "rule": pair.rule,
                "note": pair.note,
                "access": verdict.access if verdict else otherwise,
            }
