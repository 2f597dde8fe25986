"""The smallest bucket policy that lets anyone read just the transcriptions; shown, never applied.

The grammar is the IAM user guide's: a Sid is unique in its policy, `${*}`, `${?}` and `${$}` stand for
the signs themselves where Version is 2012-10-17, and a bucket policy holds at most 20 KB.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from s3transfer_tl.access import policy

SID = "PublicReadTranscriptions"
VERSION = "2012-10-17"
MOST_BYTES = 20 * 1024
_MOST_EXCLUDED = 1000  # folders and endings
_SHOWN_ENDINGS = 8  # .srt, .vtt, in any case


class Proposal(NamedTuple):
    """``current`` is the policy as it is (None: there is none, or it could not be read), ``proposed``
    the same with ``statement``, ``diff`` between the two as unified diff lines."""

    bucket: str
    statement: dict[str, Any]
    current: dict[str, Any] | None
    proposed: dict[str, Any]
    diff: str
    is_readable: bool
    is_too_long: bool
    opens_too: tuple[str, ...] = ()  # URIs that were not asked for, of a folder and an ending one each


@dataclass(slots=True)
class Scope:
    """Which keys of a bucket a statement must cover: grows with a listing, one object at a time."""

    bucket: str
    root: str  # the prefix that was listed
    folder: str | None = None  # the deepest that holds all that must be opened; None: nothing yet
    endings: set[str] = field(default_factory=set)  # as written: a Resource minds the case
    beside: bool = False  # other objects were listed as well
    excluded: dict[tuple[str, str], str] = field(default_factory=dict)  # folder and ending: one such key

    def add(self, key: str, ending: str) -> None:
        """Take in a transcription to open; ``ending`` is its last characters, such as ``.srt``."""
        folder = key[: key.rfind("/") + 1]
        if self.folder is None:
            self.folder = folder
        while not folder.startswith(self.folder):
            self.folder = self.folder[: self.folder.rfind("/", 0, -1) + 1]
        if len(self.endings) < _SHOWN_ENDINGS:
            self.endings.add(ending)

    def leave_out(self, key: str, ending: str) -> None:
        """Take in a transcription that was not asked for, and that the statement may open all the same."""
        if len(self.excluded) < _MOST_EXCLUDED:
            self.excluded.setdefault((key[: key.rfind("/") + 1], ending), key)

    def opens_too(self) -> tuple[str, ...]:
        """Return what the statement opens of what was left out, a URI for each folder and ending."""
        start = max(self.folder or "", self.root, key=len)
        return tuple(
            f"s3://{self.bucket}/{key}"
            for (_, ending), key in sorted(self.excluded.items())
            if key.startswith(start) and (not self.beside or ending in self.endings)
        )

    def resources(self, partition: str = "aws", *, version: str = VERSION) -> list[str]:
        """Return the ARNs: everything below the deepest common folder where nothing but transcriptions
        was listed, otherwise one for each of their endings there."""
        folder = self.folder or ""
        start = f"arn:{partition}:s3:::{self.bucket}/{_literal(max(folder, self.root, key=len), version)}*"
        if not self.beside:
            return [start]
        return [start + ending for ending in sorted(self.endings)]


def propose(scope: Scope, document: str | None, *, region: str | None, is_readable: bool) -> Proposal:
    """Return the statement that opens ``scope``, merged into the policy ``document``."""
    current = None
    if document:
        try:
            current = policy.document(document)
        except policy.PolicyError:
            is_readable = False
    version = str(current.get("Version", "2008-10-17")) if current else VERSION
    found = policy.statements(current) if current else []
    statement = {
        "Sid": _free_sid({str(one.get("Sid")) for one in found}),
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": scope.resources(_partition(region), version=version),
    }
    proposed = {**(current or {"Version": VERSION}), "Statement": [*found, statement]}
    return Proposal(
        bucket=scope.bucket,
        statement=statement,
        current=current,
        proposed=proposed,
        diff=_diff(current, proposed, scope.bucket),
        is_readable=is_readable,
        is_too_long=len(json.dumps(proposed, ensure_ascii=False, separators=(",", ":")).encode())
        > MOST_BYTES,
        opens_too=scope.opens_too(),
    )


def integration(bucket: str, region: str | None) -> dict[str, Any]:
    """Return the policy that the platform's role needs to read the videos of ``bucket``, as its
    dashboard asks for it (upload-cloud page: TwelvelabsIntegrationPolicy)."""
    arn = f"arn:{_partition(region)}:s3:::{bucket}"
    statement = {
        "Sid": "VisualEditor0",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"],
        "Resource": [arn, f"{arn}/*"],
    }
    return {"Version": VERSION, "Statement": [statement]}


def pretty(document: Any) -> str:
    """Return JSON as it is shown and compared."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _diff(current: dict[str, Any] | None, proposed: dict[str, Any], bucket: str) -> str:
    before = pretty(current).splitlines() if current else []
    name = f"bucket policy of {bucket}"
    lines = difflib.unified_diff(
        before, pretty(proposed).splitlines(), name, f"{name}, proposed", lineterm=""
    )
    return "\n".join(lines)


def _free_sid(taken: set[str]) -> str:
    number, sid = 1, SID
    while sid in taken:
        number += 1
        sid = f"{SID}{number}"
    return sid


def _literal(text: str, version: str) -> str:
    """Write a key's beginning so that its signs stand for themselves; before 2012-10-17 nothing does, and
    ``?`` takes exactly one character."""
    if version == VERSION:
        return "".join(f"${{{sign}}}" if sign in "*?$" else sign for sign in text)
    return text.replace("*", "?")


def _partition(region: str | None) -> str:
    if region and region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region and region.startswith("us-gov-") else "aws"
