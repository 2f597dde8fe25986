"""What a rule is, what it sees, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, BinaryIO, Literal, NamedTuple

from s3transfer_tl import manifest
from s3transfer_tl.lint.limits import Platform
from s3transfer_tl.model import AccessVerdict, Config, Finding, MediaVerdict, ObjectState, Severity

URIS = ("object", "transcription")
Fact = Literal["access", "config", "languages", "max_entries", "listing", "objects", "built", "media", "cues"]
_NONE: Mapping[Any, Any] = MappingProxyType({})


class Facts(NamedTuple):
    """What the caller knows of the world; what is None nobody asked, and the rules that need it are
    listed as not run. ``access`` maps a transcription's URI to its verdict. ``config`` is what the
    manifest was or would be built with. ``listing`` is every ``s3://`` URI that is there; it is
    iterated once for each manifest. ``objects`` maps URIs to what S3 says of them; those that nothing is
    wrong with may be left out. ``built`` names the report that says what they were. ``media`` maps videos
    to what their headers tell, ``cues`` transcriptions to the end of their last cue (seconds); what nothing
    is wrong with may be left out. ``platform`` is what videos are judged for."""

    access: Mapping[str, AccessVerdict] | None = None
    config: Config | None = None
    listing: Iterable[str] | None = None
    objects: Mapping[str, ObjectState] | None = None
    built: str | None = None
    media: Mapping[str, MediaVerdict] | None = None
    cues: Mapping[str, float] | None = None
    platform: Platform = Platform()

    def doubted(self) -> frozenset[str]:
        """Return the URIs of which a rule may have to complain, by what is known of the world."""
        verdicts = (self.access or {}).values()
        private = (one.uri for one in verdicts if one.access in ("denied", "missing") or one.cause)
        return frozenset((*private, *(self.objects or ()), *(self.media or ())))

    def hold(self, fact: Fact | None) -> bool:
        """Tell whether ``fact`` is known, where one is needed."""
        match fact:
            case None:
                return True
            case "languages":
                return self.config is not None and bool(self.config.lint.languages)
            case "max_entries":
                return self.config is not None and self.config.lint.max_entries is not None
            case "config":
                return self.config is not None and not self.config.only_judges
            case _:
                return getattr(self, fact) is not None


class Mend(NamedTuple):
    """What would put an entry right: new texts for its fields, new names for its keys, or that the
    entry goes. ``title`` says so in a few words."""

    title: str
    values: Mapping[str, str] = _NONE
    keys: Mapping[str, str] = _NONE
    remove: bool = False


class Complaint(NamedTuple):
    """What a rule says of an entry. ``at`` is the place: the field's value, the field's key, or the
    entry as a whole. ``hint`` and ``severity`` default to the rule's. ``also`` names further fields
    that have the same cause and need no second complaint. ``mend`` is given where the way out is
    known, by rules with a ``fix``."""

    message: str
    field: str | None = None
    at: Literal["value", "key", "entry"] = "value"
    hint: str = ""
    severity: Severity | None = None
    also: tuple[str, ...] = ()
    mend: Mend | None = None


def finding(rule: Rule, complaint: Complaint, **place: Any) -> Finding:
    """Return what ``rule`` says of an entry or a file; ``place`` is what a ``Finding`` tells of where."""
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=complaint.severity or rule.severity,
        message=complaint.message,
        hint=complaint.hint or rule.hint,
        field=complaint.field,
        **place,
    )


class Remark(NamedTuple):
    """What a rule that reads the whole file says. ``offset`` and ``length`` (bytes) are those of entry
    ``number``, or of the place in the file where it is None. ``uri`` is the object that is meant where
    it is not the entry's."""

    code: str
    complaint: Complaint
    offset: int
    length: int
    number: int | None = None
    uri: str | None = None


class Earlier(NamedTuple):
    """An entry that stands before the judged one and shares something with it."""

    number: int
    line: int
    object: str

    def __str__(self) -> str:
        return f"entry {self.number} (line {self.line})"


class Relations(NamedTuple):
    """The first earlier entry that is the same as the judged one in each respect."""

    entry: Earlier | None = None
    object: Earlier | None = None
    transcription: Earlier | None = None
    folded_object: Earlier | None = None  # same under NFC and case folding, not the same
    file_name: Earlier | None = None  # same base name and index, another folder


class Whole(NamedTuple):
    """What the judged manifest holds besides the entry. ``ids`` counts its well-formed index ids,
    ``main_id`` is the one that most entries have (the first of them where several do). ``languages``
    is how many it has. ``exceptions`` are what the file as a whole makes odd about an entry, by code and
    number."""

    ids: Mapping[str, int] = _NONE
    main_id: str | None = None
    entries: int = 0
    languages: int = 0
    exceptions: Mapping[tuple[str, int], Complaint] = _NONE


class Subject:
    """One entry under judgement: ``value`` as the JSON has it (see ``manifest.RawEntry``)."""

    __slots__ = ("_texts", "facts", "number", "relations", "settled", "value", "whole")

    def __init__(
        self,
        number: int,
        value: Any,
        whole: Whole = Whole(),  # noqa: B008  # as the two below, a named tuple
        relations: Relations = Relations(),  # noqa: B008
        facts: Facts = Facts(),  # noqa: B008
    ) -> None:
        self.number, self.value, self.whole = number, value, whole
        self.relations, self.facts = relations, facts
        self.settled: set[str] = set()  # fields that a complaint has explained
        texts = value if isinstance(value, dict) else {}
        self._texts = {name: text for name in manifest.FIELDS if isinstance(text := texts.get(name), str)}

    def settle(self, *names: str) -> None:
        """Note that a complaint has explained these fields."""
        self.settled.update(names)
        for name in names:
            self._texts.pop(name, None)

    def text(self, name: str) -> str | None:
        """Return the field's value where it is a text that no earlier rule complained of."""
        return self._texts.get(name)

    def texts(self, names: Iterable[str] = manifest.FIELDS) -> list[tuple[str, str]]:
        """Return name and value of those of ``names`` that ``text`` knows."""
        texts = self._texts
        return [(name, texts[name]) for name in names if name in texts]


Judge = Callable[[Subject], Iterator[Complaint]]
Sight = Literal["entry", "relations", "exceptions"]
"""What a rule looks at first: the entry's own values, its relations to earlier entries, or what
``Whole.exceptions`` has of it."""
Scan = Callable[[BinaryIO, Facts, frozenset[str]], Iterator[Remark]]
"""Reads a manifest as a whole, given the codes that are wanted: what needs more than one entry."""
Rewrite = Callable[[BinaryIO, BinaryIO, str], bool]
"""Copies a file (the first, from its start) to the second, mended; the third is its name. False: it
cannot be mended, and what was written is to be thrown away."""


class Remedy(NamedTuple):
    """How the findings of a rule are mended, where they can be: ``does`` is the sentence for its page.

    The edits come with the complaint (``Mend``), or from the room that found the fault. ``rewrite`` is
    for what is mended in the file as a whole, all findings of the rule at once.
    """

    applicability: Literal["safe", "unsafe"]
    does: str
    rewrite: Rewrite | None = None


class Rule(NamedTuple):
    """One rule, declared once: everything else (findings, pages, tables) is made from it.

    ``name`` names the fault. ``hint`` is what to do next, ``finds``, ``hurts``, ``example`` and
    ``better`` are its page. ``fact`` is what it cannot run without, ``needs`` how people get it.
    ``judge`` yields the complaints of one entry, and ``sees`` is what it makes them of: an entry that has
    nothing of the kind need not be shown to it. A rule without ``judge`` speaks for the reader's faults of
    kind ``fault``, for a scan of the whole file, or for the faults of subtitle files.
    ``settles``: after a complaint the later rules leave the field alone. ``default``: it runs unless
    it is ignored; a rule without it runs only where it is selected.
    """

    code: str
    name: str
    severity: Severity
    hint: str
    finds: str
    hurts: str
    example: str
    better: str
    judge: Judge | None = None
    sees: Sight = "entry"
    fault: manifest.FaultKind | None = None
    settles: bool = True
    needs: str | None = None
    fact: Fact | None = None
    since: str = "0.1.0"
    fix: Remedy | None = None
    default: bool = True
