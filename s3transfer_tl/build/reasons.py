"""Why candidates won and lost, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from s3transfer_tl import matching, naming
from s3transfer_tl.decisions import Decision
from s3transfer_tl.matching import Fate, Offer
from s3transfer_tl.matching.asked import Criterion, Verdict
from s3transfer_tl.model import Config, SourceSpec

_SHOWN = 3  # names in a sentence


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key of the other side that a rule brings together with the explained one. ``by`` is the key
    that it lost to, ``criterion`` what decided that. ``tail`` is what the transcription's name was read
    to say of language and flags, ``language`` what the pair would be in."""

    uri: str
    verdict: Verdict
    criterion: Criterion | None
    by: str | None
    tail: str
    language: str | None
    reason: str


class Decided:
    """What the ``decisions`` that count did to one matching."""

    def __init__(self, config: Config, decisions: Sequence[Decision], matched: matching.Matching) -> None:
        stale = {one.decision.video for one in matched.honoured.stale}
        self._file = config.decisions
        self._of = {one.video: one for one in decisions if one.video not in stale}
        self._taking = {one.transcription: one for one in self._of.values() if one.transcription}
        self._left = {one.uri: one for one in matched.left_by_decision()} if decisions else {}

    def sentence(self, fate: Fate) -> str | None:
        """Return the outcome of what a decision concerns as a sentence, else None."""
        ours = self._of.get(fate.uri) if fate.is_video else self._taking.get(fate.uri)
        kept = ", but in the manifest without one" if fate.pair is not None else ""
        if ours is not None:
            how = "paired" if ours.transcription else "no transcription"
            return f"{how} by {self._place(ours)}{'' if ours.transcription else kept}"
        if fate.is_video and (left := self._left.get(fate.uri)):
            by = self._place(self._of[str(left.taker)])
            return f"no transcription: {by} gives {left.wanted} to {left.taker}{kept}"
        if fate.orphan == "decided" and (about := self._of.get(str(fate.rival))):
            return f"in no pair: {self._place(about)} says otherwise for {fate.rival}"
        if fate.orphan == "decided":
            return f"in no pair: what {fate.rival} wanted more was given away, and it takes no second choice"
        return None

    def otherwise(self, offer: Offer) -> str:
        """Return why a candidate lost by a decision."""
        if ours := self._of.get(offer.video):
            return f"{self._place(ours)} says otherwise"
        taking = self._taking[offer.transcription]
        return f"{self._place(taking)} gives it to {taking.video}"

    def _place(self, one: Decision) -> str:
        return f"your decision in {self._file}:{one.line}"


class Reasons:
    """What can be said of the offers of one matching."""

    def __init__(
        self, config: Config, inquiry: matching.Inquiry, offers: Sequence[Offer], decided: Decided
    ) -> None:
        self._config, self._inquiry, self._decided = config, inquiry, decided
        self._rivals = inquiry.rivals()
        self._ties: dict[str, list[str]] = {}
        for offer in offers:
            if offer.verdict != "outranked" and offer.cost is not None and offer.tie:
                self._ties.setdefault(offer.video, []).append(offer.transcription)

    def candidate(self, offer: Offer, side: str) -> Candidate:
        """Return ``offer`` as a candidate of the object on ``side``, with the reason of its verdict."""
        criterion = self._inquiry.criterion(offer)
        by = {"outranked": offer.best, "shadowed": offer.elsewhere}.get(offer.verdict)
        return Candidate(
            uri=offer.transcription if side == "video" else offer.video,
            verdict=offer.verdict,
            criterion=criterion,
            by=by,
            tail=offer.tail,
            language=offer.language,
            reason=self._outranked(offer, criterion) if criterion else self._reason(offer),
        )

    def sentence(self, fate: Fate, outcome: str) -> str:
        """Return the outcome of a video or a transcription as a sentence."""
        pair, policy = fate.pair, self._config.ambiguous
        if by_decision := self._decided.sentence(fate):
            return by_decision
        if outcome == "paired":
            return "paired" if not (fate.tie or fate.contested) else f"paired by `policy.ambiguous: {policy}`"
        if fate.is_video:
            kept = ", but in the manifest without one" if pair is not None else ""
            said = {
                "tie": f"ambiguous: its best candidates are equally good{kept}",
                "contested": f"ambiguous: another video wants the same transcription{kept}",
                "unmatched": f"no transcription{kept}",
            }
            return said[outcome]
        return {
            "lost": f"in no pair: {fate.rival} took a better one",
            "contested": f"in no pair: {fate.rival} wants it, and the rules do not decide",
            "refused": "in no pair: its name ends in what is neither language nor flag",
            "no_video": "in no pair: no video has its name",
        }[outcome]

    def left_out(self, keys: Mapping[str, str]) -> tuple[Literal["excluded", "neither"], str]:
        """Return the outcome of an object on neither side, given its key relative to each source."""
        sides = (
            ("videos", keys["video"], self._config.videos, naming.VIDEO_EXTENSIONS),
            (
                "transcriptions",
                keys["transcription"],
                self._config.transcriptions or SourceSpec(""),
                naming.CAPTION_FORMATS,
            ),
        )
        for name, key, spec, extensions in sides:
            if key.lower().rpartition(".")[2] not in extensions:
                continue
            for glob in spec.exclude:
                if naming.globs.matches(glob, key):
                    return "excluded", f"left out: `{glob}` under `{name}: exclude` matches it"
            if spec.include:
                return "excluded", f"left out: nothing under `{name}: include` matches it"
        return "neither", "neither a video nor a transcription by its extension, and no rule asks for it"

    def _outranked(self, offer: Offer, criterion: Criterion) -> str:
        if criterion == "rule" and offer.best == offer.transcription:
            return "an earlier rule brings them together already"
        better = {
            "rule": "is brought by an earlier rule",
            "nfc": "has the very same name; here it is the same only under Unicode NFC",
            "forced": "is not forced; forced subtitles come last",
            "language": f"is in {offer.best_language or 'no language'}, which is preferred to "
            f"{offer.language or 'no language'}",
            "tag": "tells its language in its name",
            "hearing": "is plain, not made for the hard of hearing",
            "format": "has the preferred format",
        }[criterion]
        return f"{offer.best} {better}"

    def _reason(self, offer: Offer) -> str:
        match offer.verdict:
            case "shadowed":
                return f"goes with {offer.elsewhere}, by a longer or a more exact name"
            case "refused":
                return str(offer.problem)
            case "won":
                return ""
            case "decided":
                return self._decided.otherwise(offer)
            case "tie":
                others = [uri for uri in self._ties[offer.video] if uri != offer.transcription]
                if offer.taken is not None:
                    return f"as good as {offer.taken}, whose key is smaller"
                return f"as good as {_some(others)}"
            case _:
                others = [uri for uri in self._rivals[offer.transcription] if uri != offer.video]
                return f"{_some(others)} {'wants' if len(others) == 1 else 'want'} it too"


def _some(uris: Sequence[str]) -> str:
    shown = " and ".join(uris[:_SHOWN])
    return f"{shown} and {len(uris) - _SHOWN} more" if len(uris) > _SHOWN else shown
