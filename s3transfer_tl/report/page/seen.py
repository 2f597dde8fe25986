"""What a build saw, taken from its report a value at a time: counts of everything, rows of the first many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from s3transfer_tl.report.page.parts import MOST, Column, Table, Tone, number, text

LISTS = (
    *("rules", "pairs", "unmatched_videos", "orphan_transcriptions", "ambiguous", "excluded"),
    "stale_decisions",
)
"""The members of a build's report whose elements ``Seen.take`` wants one by one."""

CLOSED = ("denied", "missing")
ORPHANS: Mapping[str, tuple[str, Tone]] = {
    "contested": ("wanted, and the rules do not decide by whom", "warn"),
    "refused": ("its name ends in what is neither language nor flag", "bad"),
    "no_video": ("no video has its name", "mute"),
    "lost": ("its video took a better one", "info"),
    "decided": ("by decision its video took another, or none", "info"),
}
_ACCESS: Mapping[str, Tone] = {
    "denied": "bad",
    "missing": "bad",
    "unknown": "warn",
    "unchecked": "info",
    "public": "good",
}
_TIES: Mapping[str, str] = {"tie": "equally good", "contested": "another video wants it"}
_UNMATCHED: Mapping[str, str] = {
    "decided": "decided so",
    "given_away": "its best candidate was given to another",
}
_VIDEO, _TRANSCRIPTION = Column("Video", "key"), Column("Transcription", "key")
_READABLE = Column("Access", "choice", _ACCESS)


class Seen:
    """A build's report. ``file`` is where all of it can be read; ``most`` rows of a table are kept."""

    def __init__(self, file: str, most: int = MOST) -> None:
        self.summary: Mapping[str, Any] = {}
        self.manifests: list[Mapping[str, Any]] = []
        self.access: Counter[str] = Counter()  # of pairs that are in the manifest
        self.left_out = 0
        self.unmatched_by_decision = 0
        self.orphans: Counter[str] = Counter()
        self.folders: Counter[str] = Counter()  # of transcriptions that S3 denies

        def table(kind: str, caption: str, *columns: Column) -> Table:
            return Table(caption, columns, rest=f'all are under "{kind}" in {file}', most=most)

        self.rules = table(
            "rules",
            "What each naming rule paired, in the order in which they are tried",
            Column("Rule"),
            *(Column(title, "number") for title in ("Pairs", "Videos it fits", "Transcriptions it fits")),
        )
        self.pairs = table(
            "pairs",
            "Every pair",
            *(_VIDEO, _TRANSCRIPTION, Column("Language", "choice"), Column("Rule", "choice"), _READABLE),
            *(Column("Index", "choice"), Column("Note")),
        )
        caption = "Transcriptions that were not proved public"
        self.closed = table("pairs", caption, _TRANSCRIPTION, _READABLE, _VIDEO)
        nearest, why = Column("Nearest transcription in no pair", "key"), Column("Why", "choice")
        self.unmatched = table("unmatched_videos", "Videos without a transcription", _VIDEO, why, nearest)
        self.ambiguous = table(
            "ambiguous",
            "Videos that the rules do not decide",
            *(_VIDEO, Column("Why", "choice"), Column("Candidates", "key")),
        )
        self.orphaned = table(
            "orphan_transcriptions",
            "Transcriptions in no pair",
            *(_TRANSCRIPTION, Column("Why", "choice", dict(ORPHANS.values()))),
            *(Column("Its video", "key"), Column("What is wrong with its name")),
        )
        caption = "Decisions about what is not listed"
        columns = _VIDEO, _TRANSCRIPTION, Column("Not listed", "choice"), Column("Decided at", "key")
        self.stale = table("stale_decisions", caption, *columns)
        caption = "What include or exclude kept out"
        self.excluded = table("excluded", caption, Column("Object", "key"), Column("Side", "choice"))

    def take(self, name: str, value: Any) -> None:
        """Take a member of the report, or an element of one of ``LISTS``."""
        if name == "summary" and isinstance(value, dict):
            self.summary = value
        elif name == "manifests" and isinstance(value, list):
            self.manifests = [one for one in value if isinstance(one, dict)]
        elif name in LISTS and isinstance(value, dict):
            getattr(self, f"_{name}")(value)

    def count(self, name: str) -> int:
        """Return a count of the report's summary."""
        return number(self.summary.get(name))

    @property
    def decided(self) -> int:
        """Return how many pairs people decided."""
        decisions = self.summary.get("decisions")
        return number(decisions.get("applied")) if isinstance(decisions, dict) else 0

    def is_empty(self) -> bool:
        """Tell whether the build saw nothing at all."""
        return not any(self.count(name) for name in ("videos", "transcriptions", "excluded"))

    def _rules(self, rule: Mapping[str, Any]) -> None:
        counts = (number(rule.get(name)) for name in ("pairs", "videos", "transcriptions"))
        self.rules.add(text(rule.get("name")), *counts)

    def _pairs(self, pair: Mapping[str, Any]) -> None:
        video, transcription = text(pair.get("object")), text(pair.get("transcription"))
        access, note = text(pair.get("access")), text(pair.get("note"))
        if pair.get("left_out"):
            self.left_out += 1
            note = "; ".join(filter(None, ("left out by --since", note)))
        else:
            self.access[access or ""] += 1
        language, rule = text(pair.get("language")), text(pair.get("rule"))
        self.pairs.add(video, transcription, language, rule, access, text(pair.get("index_id")), note)
        if access in (*CLOSED, "unknown"):
            self.closed.add(transcription, access, video)
        if access == "denied" and transcription:
            self.folders[transcription.rpartition("/")[0] + "/"] += 1

    def _unmatched_videos(self, one: Mapping[str, Any]) -> None:
        reason = text(one.get("reason"))
        self.unmatched_by_decision += reason == "decided"
        why = reason and _UNMATCHED.get(reason, reason)
        self.unmatched.add(text(one.get("object")), why, text(one.get("nearest")))

    def _orphan_transcriptions(self, one: Mapping[str, Any]) -> None:
        reason = text(one.get("reason")) or ""
        self.orphans[reason] += 1
        why = ORPHANS.get(reason, (reason, "mute"))[0]
        told = text(one.get("video")), text(one.get("problem"))
        self.orphaned.add(text(one.get("transcription")), why, *told)

    def _ambiguous(self, one: Mapping[str, Any]) -> None:
        candidates, reason = one.get("candidates"), text(one.get("reason")) or ""
        # a page is no place to choose among thousands, and a line end in a key shows as an escape
        told = [text(each) or "" for each in candidates] if isinstance(candidates, list) else []
        self.ambiguous.add(text(one.get("object")), _TIES.get(reason, reason), tuple(told))

    def _stale_decisions(self, one: Mapping[str, Any]) -> None:
        missing = one.get("missing")
        told = " and ".join(map(str, missing)) if isinstance(missing, list) else text(missing)
        place = f"{text(one.get('file'))}:{text(one.get('line'))}"
        self.stale.add(text(one.get("video")), text(one.get("transcription")), told, place)

    def _excluded(self, one: Mapping[str, Any]) -> None:
        self.excluded.add(text(one.get("uri")), text(one.get("side")))
