"""What the access command prints at the end: for people, and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from s3transfer_tl.cli.talk import printable
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.access import Group, Survey
    from s3transfer_tl.access.statement import Proposal

SHOWN = 3  # examples of a cause
_PLATFORM_ROLE = (
    "attach it as TwelvelabsIntegrationPolicy to the role TwelvelabsIntegrationRole; copy the trust policy"
    " from the platform's dashboard. It lets the platform read the videos; transcriptions stay as they are"
)


def write(survey: Survey, source: str, form: str, *, integration: bool) -> None:
    """Print the outcome: as text, as one JSON document, or as the last line of JSON lines."""
    if form == "text":
        lines = _text(survey, source, integration=integration)
        sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode())
    else:
        told = json.dumps(_document(survey, source, integration=integration), indent=2, ensure_ascii=False)
        if form == "jsonl":
            told = json.dumps({"summary": _summary(survey)})
        sys.stdout.buffer.write(told.encode() + b"\n")
    sys.stdout.buffer.flush()


def _text(survey: Survey, source: str, *, integration: bool) -> Iterator[str]:
    counts = [f"{survey.counts[one]:,} {one}" for one in ("public", "denied", "missing", "unknown")]
    told = ", ".join(one for one in counts if not one.startswith("0 "))
    yield printable(f"{source}: {counted(survey.total, 'transcription')}: {told}")
    for group in survey.groups():
        yield ""
        yield from map(printable, _group(group))
    for warning in survey.warnings():
        yield ""
        yield printable(f"warning: {warning.sentence}")
        yield printable(f"  {warning.hint}")
    if unread := survey.unread():
        yield ""
        yield "not answered to these credentials, so not taken into account:"
        yield from (printable(f"  {one.permission}: {one.why}") for one in unread)
    for proposal in survey.proposals():
        yield ""
        yield from _proposal(proposal)
    if integration:
        for document in survey.integrations():
            yield ""
            yield "for the platform's role, to read the videos:"
            yield from json.dumps(document, indent=2, ensure_ascii=False).splitlines()
            yield _PLATFORM_ROLE


def _group(group: Group) -> Iterator[str]:
    yield f"{group.count:,} {group.access}: {group.reason}"
    yield from (f"    {uri}" for uri in group.examples[:SHOWN])
    if group.count > SHOWN:
        yield f"    and {group.count - SHOWN:,} more"
    if group.hint:
        yield f"  to do: {group.hint}"


def _proposal(proposal: Proposal) -> Iterator[str]:
    if proposal.is_readable:
        yield f"this statement opens just the transcriptions of {proposal.bucket}; nothing was changed:"
        yield from map(printable, proposal.diff.splitlines())
    else:
        yield (
            f"the policy of {proposal.bucket} could not be read; this statement in it opens just the"
            " transcriptions:"
        )
        shown = json.dumps(proposal.statement, indent=2, ensure_ascii=False)
        yield from map(printable, shown.splitlines())
    if proposal.opens_too:
        yield "it opens these too, which were not asked for, and what lies beside them:"
        yield from (printable(f"  {uri}") for uri in proposal.opens_too[:SHOWN])
        if len(proposal.opens_too) > SHOWN:
            yield f"  and in {counted(len(proposal.opens_too) - SHOWN, 'more folder')}"
        yield "keep what shall stay closed in another folder, or add a Deny for it"
    if proposal.is_too_long:
        yield "a bucket policy holds 20 KB at most: shorten another statement, or use another bucket"
    yield "put by whoever has s3:PutBucketPolicy"


def _summary(survey: Survey) -> dict[str, int]:
    names = ("public", "denied", "missing", "unknown")
    return {
        "listed": survey.listed,
        "transcriptions": survey.total,
        **{name: survey.counts[name] for name in names},
        "restricted": survey.restricted,
    }


def _document(survey: Survey, source: str, *, integration: bool) -> dict[str, Any]:
    """Return the document of schemas/access.schema.json."""
    return {
        "format_version": 1,
        "source": source,
        "summary": _summary(survey),
        "causes": [
            {
                "access": group.access,
                "cause": group.cause,
                "count": group.count,
                "message": group.reason,
                "hint": group.hint,
                "examples": group.examples,
            }
            for group in survey.groups()
        ],
        "warnings": [
            {"cause": one.name, "message": one.sentence, "hint": one.hint} for one in survey.warnings()
        ],
        "not_answered": [{"permission": one.permission, "why": one.why} for one in survey.unread()],
        "proposals": [
            {
                "bucket": one.bucket,
                "statement": one.statement,
                "current": one.current,
                "proposed": one.proposed if one.is_readable else None,
                "diff": one.diff if one.is_readable else None,
                "opens_too": one.opens_too,
            }
            for one in survey.proposals()
        ],
        "integration_policies": survey.integrations() if integration else [],
    }
