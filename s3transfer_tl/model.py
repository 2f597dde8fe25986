"""The types that flow between rooms (floor 0).

Frozen, no behaviour beyond derived properties; none holds a client, a handle or a clock. Named tuples
(a data class takes five times as long to define, and three times as long to make) but for what has
defaults of its own: the config and its parts.
Trouble with one item is a value of one of these types; trouble with the run is an exception of
``errors``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

Access = Literal["public", "denied", "missing", "unknown", "unchecked"]
_NONE: Mapping[str, Any] = MappingProxyType({})


class S3Object(NamedTuple):
    """One listed object. ``key`` is exactly the key: never normalised, stripped or re-encoded.

    A named tuple, not a dataclass: a listing makes one per object, and a tuple costs a third.
    """

    bucket: str
    key: str
    size: int | None = None
    etag: str | None = None  # without quotes
    last_modified: str | None = None  # as the source wrote it
    storage_class: str | None = None
    index_id: str | None = None  # told by a dashboard export only
    language: str | None = None  # told by a dashboard export only

    @property
    def uri(self) -> str:
        """Return ``s3://bucket/key`` with the key byte for byte."""
        return f"s3://{self.bucket}/{self.key}"


class Mark(NamedTuple):
    """A place in a file the user wrote: 1-based line and column in code points.

    ``literal`` tells that the text there is the value character for character (no escapes, no
    folding), so that an offset into the value is an offset into the file.
    """

    line: int
    column: int
    literal: bool = True


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A naming rule as the config spells it. Either ``preset``, or a pair of templates, or a pair
    of regexes. ``marks`` tells where each field's text begins in the config (for complaints)."""

    name: str | None = None
    preset: str | None = None
    video: str | None = None
    transcription: str | None = None
    video_regex: str | None = None
    transcription_regex: str | None = None
    index_id: str | None = None
    language: str | None = None
    ignore_case: bool = False
    marks: Mapping[str, Mark] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Where one side's objects come from. ``source`` is as written; globs select keys relative to
    the source's prefix, or to ``root`` where a saved listing has one."""

    source: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)
    root: str | None = None


class LintSpec(NamedTuple):
    """How the linter judges, as the config's ``lint:`` section spells it. ``select``, ``ignore``, the
    keys of ``severity`` and the values of ``per_path_ignores`` are codes or beginnings of codes; the
    globs and ``baseline`` start at the config's folder. ``languages`` (the service's list) and
    ``max_entries`` (of one manifest) are facts for rules; empty and None: not known. ``marks`` are
    keyed below ``lint``: ``ignore.0``, ``severity.TL404`` (of the key)."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = _NONE
    per_path_ignores: Mapping[str, tuple[str, ...]] = _NONE
    baseline: str | None = None
    languages: tuple[str, ...] = ()
    max_entries: int | None = None
    marks: Mapping[str, Mark] = _NONE


class BareWord(NamedTuple):
    """A text such as ``no`` without quotes: ``place`` is its key among the config's ``marks``,
    ``offset`` where it begins in the file, in bytes."""

    place: str
    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Config:
    """A checked transfer.yaml. ``path`` is where it was read from; relative sources start there.
    ``bare`` are the texts that readers of YAML 1.1 take for booleans."""

    path: str
    videos: SourceSpec
    transcriptions: SourceSpec | None = None  # None: the videos' listing, all of it
    index_id: str | None = None
    language: str | None = None
    rules: tuple[RuleSpec, ...] = (RuleSpec(preset="sidecar"),)
    prefer_languages: tuple[str, ...] = ()  # empty: the config's language
    prefer_formats: tuple[str, ...] = ("vtt", "srt")
    unmatched_video: Literal["omit", "include", "fail"] = "omit"
    ambiguous: Literal["fail", "first", "omit"] = "fail"
    access: Literal["each", "off"] = "each"
    decisions: str | None = None  # a file, as it is written
    lint: LintSpec = LintSpec()  # noqa: RUF009  # a named tuple
    bare: tuple[BareWord, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)

    @property
    def only_judges(self) -> bool:
        """Tell whether it holds a `lint:` section alone: no sources, and no naming rules of its own."""
        return not self.videos.source


class Pair(NamedTuple):
    """A video and what became of it: ``transcription`` is None where the policy ``include`` keeps
    an unmatched video. ``object`` and ``transcription`` are ``s3://`` URIs."""

    object: str
    transcription: str | None
    index_id: str | None
    language: str | None
    rule: str
    note: str | None = None


class Orphan(NamedTuple):
    """A transcription in no pair. ``video`` is the video it lost, contests or is named after, where
    there is one; ``problem`` is what is wrong with the name of one that was refused."""

    transcription: str
    reason: Literal["lost", "decided", "contested", "refused", "no_video"]
    video: str | None = None
    problem: str | None = None


class Ambiguity(NamedTuple):
    """A video that the rules cannot decide, with every tied candidate (``s3://`` URIs)."""

    object: str
    candidates: tuple[str, ...]
    reason: Literal["tie", "contested"]


class Entry(NamedTuple):
    """One entry of the transfer manifest, in the manifest's key order."""

    index_id: str
    language: str
    object: str
    transcription: str | None = None


class Severity(enum.Enum):
    """How bad a finding is; ``ERROR`` is the worst."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for error: a threshold is a comparison."""
        return {"info": 0, "warning": 1, "error": 2}[self.value]


class Edit(NamedTuple):
    """``text`` for the bytes of a file from offset ``start`` up to ``end``."""

    start: int
    end: int
    text: bytes


class Fix(NamedTuple):
    """A way to mend a finding. A safe one leaves what the file means as it is; an unsafe one rests on a
    guess. ``title`` says what is done ("Write 629d..."). ``edits`` do not overlap and rise; there are
    none where the rule writes the whole file anew (a sort, another encoding)."""

    applicability: Literal["safe", "unsafe"]
    title: str
    edits: tuple[Edit, ...] = ()


class Finding(NamedTuple):
    """One complaint: what (``code``, ``message``), where, and what to do next (``hint``).

    ``line`` and ``column`` are 1-based, in code points; ``end_column`` is exclusive. ``entry`` is
    the 0-based position in the manifest's array and ``field`` the entry's field, None outside a
    manifest. ``uri`` is the entry's object, or the object that the finding is about.
    """

    code: str
    name: str
    severity: Severity
    message: str
    hint: str
    file: str
    line: int | None = None
    column: int | None = None
    end_column: int | None = None
    entry: int | None = None
    field: str | None = None
    uri: str | None = None
    fix: Fix | None = None

    @property
    def fixable(self) -> bool:
        """Tell whether there is a fix, safe or not, for this very finding."""
        return self.fix is not None


class NotRun(NamedTuple):
    """A rule that did not run, and the fact it lacked: a clean review cannot hide it."""

    code: str
    needs: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a linter run found: the one thing reporters take. Very many findings are read from a file,
    with every pass over them."""

    findings: Sequence[Finding]
    files: int
    entries: int
    suppressed: int = 0
    not_run: tuple[NotRun, ...] = ()

    def count(self, severity: Severity) -> int:
        """Return how many findings have exactly ``severity``."""
        return sum(finding.severity is severity for finding in self.findings)


class AccessVerdict(NamedTuple):
    """Whether anyone may read ``uri``: ``status`` is the last HTTP status (0: no answer) and
    ``reason`` the sentence that says why. ``code`` is S3's own word where it was read. ``cause`` (one of
    ``access.CAUSES``) and ``hint`` (what to do) are there once ``access.explain`` has looked."""

    uri: str
    access: Access
    status: int
    reason: str
    code: str = ""
    cause: str = ""
    hint: str = ""


class ObjectState(NamedTuple):
    """What S3 says of one object now; None is what it does not say. Not ``there``: S3 says that it is
    missing, in the words of ``reason``.

    ``archive`` is the archive tier of INTELLIGENT_TIERING, ``restored`` tells of a copy that can be read.
    ``encryption`` is ``AES256``, ``aws:kms``, ``aws:kms:dsse`` or ``SSE-C``. ``region`` is the bucket's,
    told once a bucket. ``before`` is the size and the ETag that the build saw.
    """

    uri: str
    there: bool = True
    reason: str = ""
    size: int | None = None
    etag: str | None = None  # without quotes
    content_type: str | None = None
    storage_class: str | None = None
    archive: str | None = None
    restored: bool = False
    encryption: str | None = None
    requester_pays: bool = False
    region: str | None = None
    before: tuple[int | None, str | None] | None = None


class MediaVerdict(NamedTuple):
    """What a video's header tells: pixels as they are coded, ``duration`` in seconds. None is not known,
    and ``reason`` then says why; it is empty where all is known. ``container`` is FFmpeg's name. 0 pixels:
    there is no video track. ``unread``: S3 did not serve it."""

    uri: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    has_audio: bool | None = None
    container: str | None = None
    reason: str = ""
    unread: bool = False


class Standing(NamedTuple):
    """Where a submitted entry stands: what ``status --format json`` tells of it. ``state`` is the ledger's
    word, ``status`` the platform's; ``message`` says why where something went wrong."""

    object: str
    transcription: str | None
    index_id: str
    language: str
    state: str
    status: str | None = None
    task_id: str | None = None
    message: str | None = None


class Task(NamedTuple):
    """An indexing task as ``GET /tasks`` tells it. Times are RFC 3339 text as the platform wrote
    them; ``filename`` is ``metadata.filename`` and may be missing while validating."""

    id: str
    index_id: str
    status: str
    created_at: str
    filename: str | None = None
    estimated_time: str | None = None  # when it should be ready
    remaining: float | None = None  # seconds, as it says of itself


class IndexedVideo(NamedTuple):
    """A video of an index, as ``GET /indexes/{id}/videos`` tells it; ``size`` in bytes."""

    id: str
    filename: str | None
    size: int | None


class Secret:
    """A text that never shows itself: not in ``repr``, ``str``, a format or a traceback.

    ``reveal()`` is called in one place, where the request header is made.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a Secret is never pickled")


@dataclass(frozen=True, slots=True)
class S3Settings:
    """How S3 is reached, spelled as the AWS CLI spells it. Credentials are never in here: the
    chain is boto3's. ``verify`` is True, False (``--no-verify-ssl``) or a CA bundle's path.
    ``list_concurrency`` is how many LIST requests may be in flight; ``assume_byte_order`` says that
    the endpoint lists keys in the order of their UTF-8 bytes, as AWS is known to."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    no_sign_request: bool = False
    request_payer: str | None = None
    verify: bool | str = True
    list_concurrency: int = 32
    assume_byte_order: bool = False


class PlatformSettings(NamedTuple):
    """How the platform is reached. ``version`` is a path segment such as ``v1.2``."""

    api_url: str
    version: str
    key: Secret
