"""Check a manifest against the world: the linter's rules, with what S3 says as facts (floor 4).

Transcriptions are asked for anonymously first, as the platform does. Then each object gets one signed
request: HEAD for videos, GET for transcriptions, whose content is judged as it comes; then the headers of
videos are read, where that is wanted. What is in order leaves nothing behind, so memory does not grow with
the number of sound entries.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO, NamedTuple

from s3transfer_tl import lint
from s3transfer_tl.check.built import Built, beside
from s3transfer_tl.check.named import Named
from s3transfer_tl.check.videos import Probe, Videos
from s3transfer_tl.lint.limits import Platform
from s3transfer_tl.lint.stored import MOST_TRANSCRIPTION, is_archived
from s3transfer_tl.lint.world import is_conditional
from s3transfer_tl.model import AccessVerdict, Finding, MediaVerdict, NotRun, ObjectState, Review
from s3transfer_tl.report.text import counted
from s3transfer_tl.sources.objects import Answer, Trouble, Wanted

__all__ = ["MOST_TRANSCRIPTION", "Built", "Checked", "Event", "Looking", "Undecided", "beside", "run"]

CheckAccess = Callable[[Iterable[str]], Iterator[AccessVerdict]]
Ask = Callable[[Iterable[Wanted]], Iterator[Answer]]

MOST_EXCERPTS = 1_000  # lines of transcriptions that are kept to be shown
_LONGEST_EXCERPT = 1_000  # characters
_ACCESS, _CONTENT = "TL602", "TL7"


class Looking(NamedTuple):
    """How far a walk over the objects is: ``what`` is asked, of how many of how many."""

    what: str
    done: int
    total: int


class Undecided(NamedTuple):
    """Why something could not be decided, of how many objects, and which was the first."""

    trouble: Trouble
    objects: int
    first: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The end: the review, what could not be decided, how many objects were asked for, and the lines of
    transcriptions that findings are about, by file and number."""

    review: Review
    undecided: tuple[Undecided, ...]
    objects: int
    excerpts: Mapping[tuple[str, int], str]


Event = Looking | Checked


def run(
    fp: BinaryIO,
    file: str,
    *,
    control: lint.Control,
    check_access: CheckAccess,
    ask: Ask,
    built: Built | None = None,
    probe: Probe | None = None,
    platform: Platform = Platform(),  # noqa: B008  # a named tuple
) -> Iterator[Event]:
    """Check the manifest in ``fp`` (seekable), which findings call ``file``; the last event is ``Checked``.

    ``control`` says which rules run: without TL602 nothing is asked anonymously, without TL7xx no
    transcription is read. ``probe`` reads the headers of videos, which are judged for ``platform``; without
    it none is. What S3 does not tell is undecided, never missing or private. Raises what the
    edges raise for wrong settings.
    """
    named = Named(fp)
    world = _World(control, built, Videos(platform) if probe else None)
    if world.judges_access and named.counts["transcription"]:
        uris = (uri for uri, _ in named.walk("transcription"))
        verdicts = map(world.note_access, check_access(uris))
        yield from _progress(verdicts, "access", named.counts["transcription"])
    total = sum(named.counts.values())
    answers = map(world.note, ask(world.wanted(named)))
    yield from _progress(answers, "objects", total)
    if probe and world.videos:
        videos = world.videos.wanted(named, world.is_out_of_reach)
        yield from _progress(map(world.note_video, probe(videos)), "media", named.counts["object"])
        world.videos.recall(named)
    facts = world.facts()
    judged = lint.manifest(fp, file, facts=facts, select=control.select)
    content = sorted(world.reviews, key=lambda review: review.findings[0].file if review.findings else "")
    review = lint.merge([control.apply(judged), *content, world.rest()])
    yield Checked(review, tuple(world.undecided()), total, world.excerpts)


def _progress(steps: Iterable[None], what: str, total: int) -> Iterator[Looking]:
    for done, _ in enumerate(steps, 1):
        yield Looking(what, done, total)


@dataclass(slots=True)
class _World:
    """What is wrong with the world, as it comes; of what is in order only the number of files stays."""

    control: lint.Control
    built: Built | None
    videos: Videos | None
    select: tuple[str, ...] = field(init=False)
    verdicts: dict[str, AccessVerdict] = field(default_factory=dict)  # of what not just anyone can read
    states: dict[str, ObjectState] = field(default_factory=dict)
    excerpts: dict[tuple[str, int], str] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)  # of transcriptions' content
    _read: int = 0
    _troubles: Counter[tuple[str, Trouble]] = field(default_factory=Counter)
    _first: dict[Trouble, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.select = tuple(self.control.select)

    @property
    def judges_access(self) -> bool:
        return self.control.counts(_ACCESS)

    @property
    def reads(self) -> bool:
        """Whether the content of transcriptions is wanted."""
        return any(code.startswith(_CONTENT) and self.control.counts(code) for code in self.select)

    def wanted(self, named: Named) -> Iterator[Wanted]:
        """Yield what to ask for: transcriptions that anyone may read without credentials."""
        reads = self.reads
        for uri, name in named.walk("object", "transcription"):
            if name == "object":
                yield Wanted(uri, tag=name)
            else:
                public = self.judges_access and uri not in self.verdicts
                yield Wanted(uri, reads and lint.is_transcription(uri), public, name)

    def note_access(self, verdict: AccessVerdict) -> None:
        if verdict.access == "unknown":
            hint = "check the network and the endpoint, and run again"
            self._note_trouble(_ACCESS, verdict.uri, Trouble(verdict.reason, hint))
        if verdict.access != "public" or is_conditional(verdict):
            self.verdicts[verdict.uri] = verdict

    def note(self, answer: Answer) -> None:
        wanted, state = answer.wanted, answer.state
        if state is None:
            assert answer.trouble  # one of the two is there
            self._note_trouble("TL601", wanted.uri, answer.trouble)
            return
        if self.built and self.built.has_changed(state):
            state = state._replace(before=(None, None))  # recalled at the end, all at once
        if lint.doubted(state, wanted.tag):
            self.states[wanted.uri] = state
        if answer.body:  # an empty one is TL603's
            self._judge(wanted.uri, answer.body)
            if self.videos:
                self.videos.note_content(wanted.uri, answer.body)

    def is_out_of_reach(self, uri: str) -> bool:
        """Tell whether S3 has said that there is no content to read."""
        state = self.states.get(uri)
        return state is not None and (not state.there or state.size == 0 or is_archived(state))

    def note_video(self, verdict: MediaVerdict) -> None:
        assert self.videos  # it asked
        if verdict.unread:
            hint = "check the network, the endpoint and that s3:GetObject is allowed; run again"
            self._note_trouble("TL610", verdict.uri, Trouble(f"its header: {verdict.reason}", hint))
        self.videos.note(verdict)

    def facts(self) -> lint.Facts:
        """Return what is known for the linter."""
        changed = {uri for uri, state in self.states.items() if state.before}
        for uri, before in (self.built.recall(changed) if self.built else {}).items():
            self.states[uri] = self.states[uri]._replace(before=before)
        return lint.Facts(
            access=self.verdicts if self.judges_access else None,
            config=self.control.config,
            objects=self.states,
            built=str(self.built.path) if self.built else None,
            media=self.videos.verdicts if self.videos else None,
            cues=self.videos.cues if self.videos and self.reads else None,
            platform=self.videos.platform if self.videos else Platform(),
        )

    def undecided(self) -> Iterator[Undecided]:
        """Yield why something could not be decided, the most frequent first."""
        counts: Counter[Trouble] = Counter()
        for (_, trouble), count in self._troubles.items():
            counts[trouble] = max(count, counts[trouble])
        for trouble, count in counts.most_common():
            yield Undecided(trouble, count, self._first[trouble])

    def rest(self) -> Review:
        """Return the files that nothing was found in, and the rules that lack an answer about some object."""
        counts: Counter[str] = Counter()
        for (code, _), count in self._troubles.items():
            counts[code] += count
        lacking = tuple(
            NotRun(code, f"an answer about {counted(counts[code], 'object')}") for code in sorted(counts)
        )
        return self.control.apply(Review((), self._read, 0, 0, lacking))

    def _note_trouble(self, code: str, uri: str, trouble: Trouble) -> None:
        self._troubles[code, trouble] += 1
        self._first.setdefault(trouble, uri)

    def _judge(self, uri: str, data: bytes) -> None:
        review = lint.transcription(data, uri, select=self.select)
        if not review.findings and not review.suppressed:
            self._read += 1
            return
        # a fix is for a file that can be written
        review = replace(review, findings=tuple(one._replace(fix=None) for one in review.findings))
        review = self.control.apply(review)
        self._keep_lines(data, review.findings)
        self.reviews.append(review)

    def _keep_lines(self, data: bytes, findings: Iterable[Finding]) -> None:
        lines: list[str] | None = None
        for finding in findings:
            if len(self.excerpts) >= MOST_EXCERPTS or not finding.line:
                return
            if lines is None:
                lines = re.split(r"\r\n|\n|\r", data.decode("utf-8-sig", "replace"))
            if finding.line <= len(lines):
                line = lines[finding.line - 1]
                if len(line) <= _LONGEST_EXCERPT:
                    self.excerpts[finding.file, finding.line] = line
