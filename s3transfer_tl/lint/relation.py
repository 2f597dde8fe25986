"""TL401-TL406: what entries are to each other."""

from __future__ import annotations

from collections.abc import Iterator

from s3transfer_tl.lint import index_id
from s3transfer_tl.lint.rules import Complaint, Mend, Remedy, Rule, Subject
from s3transfer_tl.model import Severity


def _duplicate_entry(subject: Subject) -> Iterator[Complaint]:
    earlier = subject.relations.entry
    if earlier:
        mend = Mend("remove the entry", remove=True)
        yield Complaint(f"the entry is the same as {earlier}", None, "entry", mend=mend)


def _duplicate_object(subject: Subject) -> Iterator[Complaint]:
    earlier = subject.relations.object
    if earlier and not subject.relations.entry:
        mend = Mend(f"remove the entry, keep {earlier}", remove=True)
        yield Complaint(f"object stands in {earlier} already", "object", mend=mend)


def _shared_transcription(subject: Subject) -> Iterator[Complaint]:
    earlier = subject.relations.transcription
    if earlier and not subject.relations.object:
        yield Complaint(f"transcription belongs to another video in {earlier}", "transcription")


def _near_object(subject: Subject) -> Iterator[Complaint]:
    relations = subject.relations
    if relations.object:
        return
    if relations.folded_object:
        message = f"object differs from {relations.folded_object} in case or in the form of its accents only"
        yield Complaint(message, "object")
    elif relations.file_name:
        message = f"object has the same file name as {relations.file_name}, in another folder"
        hint = "make sure that it is another video: the platform's task list shows file names only"
        yield Complaint(message, "object", hint=hint)


RULES = (
    Rule(
        code="TL402",
        name="duplicate-entry",
        severity=Severity.WARNING,
        hint="remove one of them",
        finds="An entry whose four values are those of an earlier one.",
        hurts="The video is indexed twice, and counted twice.",
        example="{...}, {...} with the same values",
        better="{...}",
        judge=_duplicate_entry,
        sees="relations",
        fix=Remedy("safe", "Removes the later entry."),
        settles=False,
    ),
    Rule(
        code="TL401",
        name="duplicate-object",
        severity=Severity.ERROR,
        hint="keep the entry that is right",
        finds="A video that an earlier entry has too, with another index, language or transcription.",
        hurts="It is indexed twice, once with the wrong values.",
        example='{"object": "s3://m/a.mp4", "language": "en"}, {"object": "s3://m/a.mp4", "language": "de"}',
        better='{"object": "s3://m/a.mp4", "language": "en"}',
        judge=_duplicate_object,
        sees="relations",
        fix=Remedy("unsafe", "Removes the later entry, whichever of the two is right."),
        settles=False,
    ),
    Rule(
        code="TL403",
        name="shared-transcription",
        severity=Severity.ERROR,
        hint="give each video its own transcription",
        finds="A transcription that an earlier entry with another video has too.",
        hurts="At most one of the two has these words; the other cannot be found by what is said in it.",
        example='"transcription": "s3://media/a.srt" for s3://media/a.mp4 and for s3://media/b.mp4',
        better='"transcription": "s3://media/b.srt" for s3://media/b.mp4',
        judge=_shared_transcription,
        sees="relations",
        settles=False,
    ),
    index_id.MIXED,
    Rule(
        code="TL406",
        name="near-duplicate-object",
        severity=Severity.WARNING,
        hint="compare with the listing; s3transfer-tl list shows keys as they are",
        finds=(
            "A video whose key differs from an earlier one in case or Unicode form only, "
            "or with the same file name in another folder, bound for the same index: that is told of the "
            "first three of a name, for where each video has a folder, all may be called master.mp4."
        ),
        hurts="It may be the same video twice; the platform's task list, by file name, mixes them up.",
        example='"s3://media/Pilot.mp4" and "s3://media/pilot.mp4"',
        better="one of them",
        judge=_near_object,
        sees="relations",
        settles=False,
    ),
)
