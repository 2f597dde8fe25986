"""What became of every object: the matching, the access verdicts and the listings in one place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from s3transfer_tl import matching
from s3transfer_tl.build import near
from s3transfer_tl.build.listings import Listed
from s3transfer_tl.build.output import Part
from s3transfer_tl.build.since import Since
from s3transfer_tl.model import AccessVerdict, Ambiguity
from s3transfer_tl.report import build as report

LIST_KINDS = ("paired", "unmatched", "orphans", "ambiguous", "excluded", "not-public")
_SIDES = ("video", "transcription")
SHOWN = 10  # how many examples of a kind are shown to people; all are in the report


@dataclass(slots=True)
class Outcome:
    """Everything that a report tells. Public transcriptions are only counted: a million cost nothing."""

    matched: matching.Matching
    listed: Sequence[Listed]
    since: Since | None = None
    decisions: Path | None = None  # the file that the config names
    left_out: int = 0  # entries that ``since`` holds
    checked: bool = False
    not_public: dict[str, AccessVerdict] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.since is not None:
            self.left_out = self.matched.leave_out(self.since.holds)

    def note_access(self, verdicts: Iterable[AccessVerdict]) -> Iterator[int]:
        """Take the verdicts as they come; yield how many there are so far."""
        self.checked = True
        for done, verdict in enumerate(verdicts, 1):
            if verdict.access != "public":
                self.not_public[verdict.uri] = verdict
            yield done
        self.matched.note_access((one.uri, one.access) for one in self.not_public.values())

    def count(self, *access: str) -> int:
        """Return how many transcriptions got one of the verdicts ``access``, "public" excepted."""
        return sum(verdict.access in access for verdict in self.not_public.values())

    def summary(self) -> dict[str, Any]:
        """Return the report's summary."""
        counts = self.matched.counts
        snapshots = [one.snapshot for one in self.listed if one.snapshot]
        prefixes = sorted({prefix for one in self.listed for prefix in one.prefixes or [one.source]})
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
            "left_out": self.left_out,
            "listing": {
                "mode": "+".join(dict.fromkeys(one.mode for one in self.listed)),
                "keys": sum(one.keys for one in self.listed),
                "pages": sum(one.pages for one in self.listed),
                "seconds": round(sum(one.seconds for one in self.listed), 3),
                **({"snapshot": min(snapshots)} if snapshots else {}),
                **({"prefixes": prefixes} if any(one.prefixes for one in self.listed) else {}),
            },
            **({"decisions": self._honoured()} if self.decisions else {}),
        }

    def _honoured(self) -> dict[str, int]:
        applied, none, stale = self.matched.honoured
        return {"applied": applied, "none": none, "stale": len(stale)}

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

    def write_list(self, fp: BinaryIO, kind: str) -> None:
        """Write one kind of what became of the objects as plain lines, a URI each; ``paired`` is two
        columns with a tab between them. A key that holds a newline breaks its line."""
        for line in self._lines(kind):
            fp.write(f"{line}\n".encode())

    def _lines(self, kind: str) -> Iterator[str]:
        match kind:
            case "paired":
                return map("\t".join, self.matched.paired())
            case "unmatched":
                return self.matched.unmatched()
            case "orphans":
                return (orphan.transcription for orphan in self.matched.orphans())
            case "ambiguous":
                return (one.object for one in self.matched.ambiguities())
            case "excluded":
                return (one.uri for one in self.matched.excluded())
            case "not-public":
                verdicts = self.not_public.values()
                return iter(sorted(one.uri for one in verdicts if one.access in ("denied", "missing")))
        raise ValueError(kind)

    def _lists(self) -> Mapping[str, Iterable[str]]:
        return {
            "pairs": self.matched.reported("public" if self.checked else "unchecked"),
            "unmatched_videos": self._unmatched(),
            "orphan_transcriptions": (
                report.item(
                    transcription=one.transcription, reason=one.reason, video=one.video, problem=one.problem
                )
                for one in self.matched.orphans()
            ),
            "ambiguous": (
                json.dumps(
                    {"object": one.object, "reason": one.reason, "candidates": one.candidates},
                    ensure_ascii=False,
                )
                for one in self.matched.ambiguities()
            ),
            "excluded": (report.item(uri=one.uri, side=one.side) for one in self.matched.excluded()),
            **({"stale_decisions": self._stale()} if self.decisions else {}),
        }

    def _stale(self) -> Iterator[str]:
        for decision, *missing in self.matched.honoured.stale:
            told = {
                "video": decision.video,
                "transcription": decision.transcription,
                "file": str(self.decisions),
                "line": decision.line,
                "missing": [side for side, lacks in zip(_SIDES, missing, strict=True) if lacks],
            }
            yield json.dumps(told, ensure_ascii=False)

    def _unmatched(self) -> Iterator[str]:
        free = (one.transcription for one in self.matched.orphans() if one.reason in ("no_video", "refused"))
        found = near.nearest(self.matched.unmatched(), free)
        left = {one.uri: one for one in self.matched.left_by_decision()} if self.decisions else {}
        for uri in self.matched.unmatched():
            told: dict[str, str | None] = {"object": uri, "nearest": found.get(uri)}
            if one := left.get(uri):
                told |= {"nearest": None, "reason": "decided"}
                if one.taker:
                    told |= {"reason": "given_away", "wanted": one.wanted, "taker": one.taker}
            yield report.item(**told)
