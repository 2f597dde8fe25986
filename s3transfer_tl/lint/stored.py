"""TL601, TL603-TL609: objects as S3 tells of them now; the facts come from ``check``."""

from __future__ import annotations

from collections.abc import Iterator

from s3transfer_tl.lint.rules import URIS, Complaint, Facts, Rule, Subject
from s3transfer_tl.model import ObjectState, Severity

MOST_TRANSCRIPTION = 8 << 20  # bytes; two hours with a time for every word are some 2 MB
REGION = "us-west-2"
# The platform documents 2 GB for every API version, v1.1.1 to v1.3, and not whether of 1,000 or of 1,024
GB_2, GIB_2 = 2 * 10**9, 2 * 2**30

_NEEDS = "what S3 says of the objects: s3transfer-tl check"
_ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})  # GLACIER_IR can be read at once
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_NO_TYPE = frozenset({"application/octet-stream", "binary/octet-stream"})
_KMS = ("aws:kms", "aws:kms:dsse")


def _states(subject: Subject) -> Iterator[tuple[str, str, ObjectState]]:
    """Yield the fields of the entry whose object is known of, each with its name in words and its state."""
    if not subject.facts.objects or not isinstance(subject.value, dict):
        return
    for name in URIS:
        uri = subject.value.get(name)
        state = subject.facts.objects.get(uri) if isinstance(uri, str) else None
        if state:
            yield name, "video" if name == "object" else name, state


def _missing(subject: Subject) -> Iterator[Complaint]:
    for name, what, state in _states(subject):
        if not state.there:
            yield Complaint(f"{what} is not there: {state.reason}", name)


def _empty(subject: Subject) -> Iterator[Complaint]:
    for name, what, state in _states(subject):
        if state.size == 0:
            yield Complaint(f"{what} is empty: 0 bytes", name)


def _too_large(subject: Subject) -> Iterator[Complaint]:
    for name, _, state in _states(subject):
        size = state.size or 0
        if name == "transcription" and size > MOST_TRANSCRIPTION:
            yield Complaint(
                f"transcription has {_megabytes(size)}: its content was not looked at",
                name,
                hint="check that it holds subtitles and nothing else",
                severity=Severity.WARNING,
            )
        elif name == "object" and size > GIB_2:
            yield Complaint(f"video has {_megabytes(size)}: the platform takes 2 GB", name)
        elif name == "object" and size > GB_2:
            yield Complaint(
                f"video has {_megabytes(size)}: over 2 GB if the platform counts in powers of ten",
                name,
                severity=Severity.WARNING,
            )


def _archived(subject: Subject) -> Iterator[Complaint]:
    for name, what, state in _states(subject):
        kept = state.archive or state.storage_class
        if is_archived(state):
            yield Complaint(f"{what} is archived ({kept}): nobody can read it as it is", name)


def _content_type(subject: Subject) -> Iterator[Complaint]:
    for name, what, state in _states(subject):
        kind = (state.content_type or "").partition(";")[0].strip().lower()
        if kind in _HTML:
            yield Complaint(f"{what} is stored as {kind}: is it an error page?", name)
        elif name == "object" and (kind.startswith("text/") or "mpegurl" in kind or "json" in kind):
            yield Complaint(f"video is stored as {kind}", name)
        elif name == "transcription" and kind.partition("/")[0] in ("video", "audio", "image"):
            yield Complaint(f"transcription is stored as {kind}", name)
        elif name == "transcription" and kind in _NO_TYPE and state.uri.lower().endswith(".vtt"):
            yield Complaint(f"transcription is stored as {kind}, not as text/vtt", name)


def _elsewhere(subject: Subject) -> Iterator[Complaint]:
    for name, _, state in _states(subject):
        if state.region and state.region != REGION:
            bucket = state.uri[5:].partition("/")[0]
            yield Complaint(f"the bucket {bucket} is in {state.region}, not in {REGION}", name)


def _changed(subject: Subject) -> Iterator[Complaint]:
    for name, what, state in _states(subject):
        if state.before:
            size, etag = state.before
            then = f"{size:,} bytes" if size is not None and size != state.size else f"ETag {etag}"
            now = f"{state.size:,} bytes" if then.endswith("bytes") else f"ETag {state.etag}"
            yield Complaint(f"{what} has changed since the build: {then} then, {now} now", name)


def _locked(subject: Subject) -> Iterator[Complaint]:
    for name, what, state in _states(subject):
        verdict = (subject.facts.access or {}).get(state.uri)
        if name == "transcription" and verdict and verdict.access == "denied":
            continue  # TL602 says why
        if state.encryption == "SSE-C":
            yield Complaint(
                f"{what} is encrypted with a key of its own (SSE-C): nobody else can read it",
                name,
                hint="copy it onto itself with SSE-S3 (AES256)",
                severity=Severity.ERROR,
            )
        elif state.encryption in _KMS and name == "object":
            yield Complaint(
                f"video is encrypted with {state.encryption}: the platform's role needs the key too",
                name,
                hint="allow the integration role kms:Decrypt on its key, or copy it with SSE-S3 (AES256)",
            )
        elif state.requester_pays:
            yield Complaint(
                f"{what} is in a bucket whose readers pay: S3 refuses who does not agree to", name
            )


def _megabytes(size: int) -> str:
    return f"{size / 10**6:,.1f} MB"


RULES = (
    Rule(
        code="TL601",
        name="object-missing",
        severity=Severity.ERROR,
        hint="upload it, correct the key, or build the manifest again",
        finds="A video or a transcription that is not in S3 (a signed HEAD or GET says 404).",
        hurts="The platform finds nothing to index; the task fails.",
        example="HEAD s3://media/shows/01.mp4: 404",
        better="HEAD s3://media/shows/01.mp4: 200",
        judge=_missing,
        settles=False,
        fact="objects",
        needs=_NEEDS,
    ),
    Rule(
        code="TL603",
        name="empty-object",
        severity=Severity.ERROR,
        hint="upload it again",
        finds="A video or a transcription of 0 bytes: often an upload that was broken off.",
        hurts="There is nothing to index.",
        example="Content-Length: 0",
        better="Content-Length: 48211",
        judge=_empty,
        settles=False,
        fact="objects",
        needs=_NEEDS,
    ),
    Rule(
        code="TL604",
        name="video-too-large",
        severity=Severity.ERROR,
        hint="make it smaller (a lower bitrate will do), or part it",
        finds="A video over the 2 GB that the platform documents. Up to 2,147,483,648 bytes it is a"
        " warning, since GB may mean either; so is a transcription over 8 MiB, which is not read.",
        hurts="The platform refuses the video after it was transferred.",
        example="3,100,000,000 bytes",
        better="1,900,000,000 bytes",
        judge=_too_large,
        settles=False,
        fact="objects",
        needs=_NEEDS,
    ),
    Rule(
        code="TL605",
        name="archived-storage-class",
        severity=Severity.ERROR,
        hint="restore it (aws s3api restore-object), or copy it to STANDARD",
        finds="An object in GLACIER, DEEP_ARCHIVE or an archive tier of INTELLIGENT_TIERING, without a"
        " restored copy.",
        hurts="S3 serves it to nobody until it is restored, though HEAD says 200.",
        example="x-amz-storage-class: DEEP_ARCHIVE",
        better='x-amz-storage-class: DEEP_ARCHIVE, x-amz-restore: ongoing-request="false"',
        judge=_archived,
        settles=False,
        fact="objects",
        needs=_NEEDS,
    ),
    Rule(
        code="TL606",
        name="content-type",
        severity=Severity.WARNING,
        hint="look into it; then store it with its type, as aws s3 cp --content-type TYPE does",
        finds="A Content-Type that is not the file's: text/html, a playlist, octet-stream for .vtt.",
        hurts="It is often not what its name says; players refuse WebVTT that is not text/vtt.",
        example="a.vtt as text/html",
        better="a.vtt as text/vtt",
        judge=_content_type,
        settles=False,
        fact="objects",
        needs=_NEEDS,
    ),
    Rule(
        code="TL607",
        name="region-mismatch",
        severity=Severity.WARNING,
        hint="copy the files to a bucket in us-west-2, or ask the platform's support",
        finds="A bucket outside us-west-2; told once a bucket.",
        hurts="The platform documents transfers from us-west-2 only.",
        example="x-amz-bucket-region: eu-west-1",
        better="x-amz-bucket-region: us-west-2",
        judge=_elsewhere,
        settles=False,
        fact="objects",
        needs=_NEEDS,
    ),
    Rule(
        code="TL608",
        name="changed-since-build",
        severity=Severity.WARNING,
        hint="check that it is the right file; build again to take note of it",
        finds="An object whose size or ETag is not what the build's report has.",
        hurts="Somebody replaced it: the pair may not belong together any more.",
        example="48,211 bytes then, 51,007 bytes now",
        better="the same size and ETag",
        judge=_changed,
        settles=False,
        fact="built",
        needs="the build's report: s3transfer-tl check with NAME.report.json beside the manifest",
    ),
    Rule(
        code="TL609",
        name="encrypted-or-requester-pays",
        severity=Severity.WARNING,
        hint="turn Requester Pays off, or copy the files to another bucket",
        finds="A video that SSE-KMS encrypts, an object with a key of its own (SSE-C, an error), or a bucket"
        " whose readers pay.",
        hurts="The platform cannot read it, unless its role was given the key.",
        example="x-amz-server-side-encryption: aws:kms",
        better="x-amz-server-side-encryption: AES256",
        judge=_locked,
        settles=False,
        fact="objects",
        needs=_NEEDS,
    ),
)


def is_archived(state: ObjectState) -> bool:
    """Tell whether S3 serves the object to nobody until it is restored."""
    return bool(state.archive or state.storage_class in _ARCHIVED) and not state.restored


def doubted(state: ObjectState, name: str) -> bool:
    """Tell whether a rule complains of what S3 says of the object in the field ``name``."""
    subject = Subject(0, {name: state.uri}, facts=Facts(objects={state.uri: state}))
    return any(rule.judge and next(rule.judge(subject), None) for rule in RULES)
