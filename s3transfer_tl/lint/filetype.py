"""TL208-TL211: what the names say the files are."""

from __future__ import annotations

from collections.abc import Iterator

from s3transfer_tl import naming
from s3transfer_tl.lint import uri
from s3transfer_tl.lint.rules import Complaint, Mend, Remedy, Rule, Subject
from s3transfer_tl.model import Severity

_VIDEO = frozenset(naming.VIDEO_EXTENSIONS)
_CAPTION = frozenset(naming.CAPTION_FORMATS)


def extension(value: str) -> str | None:
    """Return what follows the last dot of the URI's file name, "" without one; None where ``value``
    is no S3 URI of an object."""
    parsed = uri.parse(value)
    if parsed is None or not parsed.key:
        return None
    name = uri.without_query(parsed.key).strip().rpartition("/")[2]
    return name.rpartition(".")[2] if "." in name else ""


def _swapped(subject: Subject) -> Iterator[Complaint]:
    video, transcription = subject.text("object"), subject.text("transcription")
    if video is None or transcription is None:
        return
    if (extension(video) or "").lower() in _CAPTION and (extension(transcription) or "").lower() in _VIDEO:
        message = "object names a transcription and transcription a video"
        mend = Mend("exchange the two values", {"object": transcription, "transcription": video})
        yield Complaint(message, "object", also=("transcription",), mend=mend)


def _same(subject: Subject) -> Iterator[Complaint]:
    video = subject.text("object")
    if video is not None and video == subject.text("transcription"):
        yield Complaint("object and transcription name the same file", "transcription", also=("object",))


def _video(subject: Subject) -> Iterator[Complaint]:
    value = subject.text("object")
    found = extension(value) if value is not None else None
    if found is None or found in _VIDEO:
        return
    if found.lower() in _VIDEO:
        message = f"object has the extension .{found} in upper case"
        hint = "check that the bucket has it in upper case too; then this is fine"
        yield Complaint(message, "object", hint=hint, severity=Severity.WARNING)
    elif found.lower() in _CAPTION:
        yield Complaint(f"object names a transcription (.{found})", "object", hint="name the video here")
    elif found:
        yield Complaint(f"object has the extension .{found[:20]}, which no video format has", "object")
    else:
        yield Complaint("object has no file extension", "object")


def _transcription(subject: Subject) -> Iterator[Complaint]:
    value = subject.text("transcription")
    found = extension(value) if value is not None else None
    if found is None or found in _CAPTION:
        return
    if found.lower() in _CAPTION:
        message = f"transcription has the extension .{found} in upper case"
        hint = "check that the bucket has it in upper case too; then this is fine"
        yield Complaint(message, "transcription", hint=hint, severity=Severity.WARNING)
    elif found.lower() in _VIDEO:
        yield Complaint(f"transcription names a video (.{found})", "transcription")
    elif found:
        yield Complaint(f"transcription has the extension .{found[:20]}, not .srt or .vtt", "transcription")
    else:
        yield Complaint("transcription has no file extension", "transcription")


RULES = (
    Rule(
        code="TL210",
        name="fields-swapped",
        severity=Severity.ERROR,
        hint="exchange the two values",
        finds="A transcription in object and a video in transcription.",
        hurts="The platform would try to index a text file; the task fails.",
        example='"object": "s3://media/a.srt", "transcription": "s3://media/a.mp4"',
        better='"object": "s3://media/a.mp4", "transcription": "s3://media/a.srt"',
        judge=_swapped,
        fix=Remedy("safe", "Exchanges the two values."),
    ),
    Rule(
        code="TL211",
        name="object-equals-transcription",
        severity=Severity.ERROR,
        hint="name the .srt or .vtt file in transcription, or leave it out",
        finds="The same URI in object and transcription.",
        hurts="One file cannot be both; the task fails.",
        example='"object": "s3://media/a.mp4", "transcription": "s3://media/a.mp4"',
        better='"object": "s3://media/a.mp4", "transcription": "s3://media/a.srt"',
        judge=_same,
    ),
    Rule(
        code="TL208",
        name="video-extension",
        severity=Severity.ERROR,
        hint="name a video file (.mp4, .mov, .mkv, ...)",
        finds="An object without a video's extension (FFmpeg's common containers). Upper case: a warning.",
        hurts="It is most often not a video at all, and the task fails.",
        example='"object": "s3://media/a.jpg"',
        better='"object": "s3://media/a.mp4"',
        judge=_video,
    ),
    Rule(
        code="TL209",
        name="transcription-extension",
        severity=Severity.ERROR,
        hint="name an .srt or .vtt file",
        finds="A transcription that is not .srt or .vtt: .txt, .sbv, .srt.txt. Upper case is a warning.",
        hurts="The platform takes SRT and WebVTT only.",
        example='"transcription": "s3://media/a.srt.txt"',
        better='"transcription": "s3://media/a.srt"',
        judge=_transcription,
    ),
)
