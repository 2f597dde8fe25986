"""TL6xx: what only the world can tell; the facts come from the caller."""

from __future__ import annotations

from collections.abc import Iterator

from s3transfer_tl.lint.rules import Complaint, Rule, Subject
from s3transfer_tl.model import AccessVerdict, Severity


def is_conditional(verdict: AccessVerdict) -> bool:
    """Tell whether the object is public only because the request met a condition of the bucket policy."""
    return verdict.access == "public" and verdict.cause in ("network", "condition")


def _not_public(subject: Subject) -> Iterator[Complaint]:
    uri = subject.value.get("transcription") if isinstance(subject.value, dict) else None
    verdict = (subject.facts.access or {}).get(uri) if isinstance(uri, str) else None
    state = (subject.facts.objects or {}).get(uri) if isinstance(uri, str) else None
    if state and not state.there:
        return  # TL601 says so
    if verdict and verdict.access == "denied":
        message = f"transcription is not public: {verdict.reason}"
        yield Complaint(message, "transcription", hint=verdict.hint)
    elif verdict and verdict.access == "missing":
        hint = "upload it, or correct the key"
        yield Complaint(f"transcription is not there: {verdict.reason}", "transcription", hint=hint)
    elif verdict and is_conditional(verdict):
        message = f"transcription is {verdict.reason.removeprefix('200: ')}"
        yield Complaint(message, "transcription", hint=verdict.hint, severity=Severity.WARNING)


RULES = (
    Rule(
        code="TL602",
        name="access-denied",
        severity=Severity.ERROR,
        hint="let everyone read it (a bucket policy with s3:GetObject for *), or leave the field out",
        finds="A transcription that an anonymous request cannot read. As a warning: one that it can read only"
        " under a condition of the bucket policy, which the platform may not meet.",
        hurts="The platform reads transcriptions anonymously; a private one fails its task.",
        example="GET without credentials: 403",
        better="GET without credentials: 200",
        judge=_not_public,
        needs="access verdicts: s3transfer-tl check, or build with `access: each`",
        fact="access",
        settles=False,
    ),
)
