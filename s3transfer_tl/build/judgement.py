"""The review of a build: what the linter says of the manifest, and what the naming rules left behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from s3transfer_tl import lint, matching, naming
from s3transfer_tl.build import near
from s3transfer_tl.build.outcome import Outcome
from s3transfer_tl.build.output import Part
from s3transfer_tl.config import complaint
from s3transfer_tl.model import Config, Finding, Mark, Review, Severity

# What the build itself decided and reports: by which rule, beside what, and what is left over
_ANSWERED = ("TL503", "TL504", "TL505", "TL506")
_STALE = "remove it, or decide anew with s3transfer-tl review"


def judge(
    config: Config, rules: Sequence[naming.Rule], root: str, outcome: Outcome, parts: list[Part]
) -> Review:
    """Judge the written ``parts`` by the linter's own rules, with the access verdicts as a fact, and the
    ``rules`` by what they did. ``root`` is what the videos' keys are relative to."""
    facts = lint.Facts(access=outcome.not_public if outcome.checked else None, config=config)
    control = lint.control.of(config)
    named = (
        *_idle_rules(config, rules, root, outcome.matched),
        *_refused(config, outcome.matched),
        *_stale(outcome),
    )
    reviews = [control.apply(Review(named, 0, 0))]
    for part in parts:
        with part.temporary.open("rb") as fp:
            name = str(part.final or "-")
            found = lint.manifest(fp, name, facts=facts, select=control.select, ignore=_ANSWERED)
            reviews.append(control.apply(found))
    return lint.merge(reviews)


def _idle_rules(
    config: Config, rules: Sequence[naming.Rule], root: str, matched: matching.Matching
) -> Iterator[Finding]:
    """Yield a warning for each naming rule that paired nothing: a typo looks just like that."""
    for number, (spec, rule) in enumerate(zip(config.rules, matched.rules(), strict=True)):
        if rule.pairs or rule.decided:
            continue
        message = (
            f"naming rule '{rule.name}' paired nothing: its patterns match {rule.videos} videos "
            f"and {rule.transcriptions} transcriptions"
        )
        almost = near.almost([one for one in rules if one.spec == number], matched, root)
        hint = "mend its patterns, or remove it" + (f"; nearest: {', '.join(almost)}" if almost else "")
        finding = complaint("TL806", config.path, spec.marks.get("", Mark(1, 1)), message, hint)
        yield finding._replace(severity=Severity.WARNING)


def _refused(config: Config, matched: matching.Matching) -> Iterator[Finding]:
    """Yield a warning for each ending that kept transcriptions from the videos they are named after."""
    for found in matched.problems():
        more = f", and {found.refused - 1:,} more" if found.refused > 1 else ""
        yield Finding(
            code="TL506",
            name="orphan-transcription",
            severity=Severity.WARNING,
            message=f"{found.transcription} is named after {found.video}, but {found.problem}{more}",
            hint="end it with a language tag (en, pt-BR) or a flag (forced, sdh, cc), or write a naming rule",
            file=config.path,
            uri=found.transcription,
        )


def _stale(outcome: Outcome) -> Iterator[Finding]:
    """Yield a warning for each decision about what is not listed."""
    for decision, video, transcription in outcome.matched.honoured.stale:
        lacking = [
            f"{uri} is not listed as a {side}"
            for side, uri, lacks in (
                ("video", decision.video, video),
                ("transcription", decision.transcription, transcription),
            )
            if lacks
        ]
        message = f"this decision does not count: {' and '.join(lacking)}"
        place = Mark(decision.line or 1, 1)
        finding = complaint("TL808", str(outcome.decisions), place, message, _STALE)
        yield finding._replace(severity=Severity.WARNING, end_column=None, uri=decision.video)
