"""TL610 to TL613: videos as their headers tell of them, against the platform's documented limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from s3transfer_tl.lint import limits
from s3transfer_tl.lint.limits import Frame, Length
from s3transfer_tl.lint.rules import Complaint, Facts, Rule, Subject
from s3transfer_tl.model import MediaVerdict, Severity

TOLERANCE = 1.0  # seconds that a last cue may stay on beyond the video: players cut it

_NEEDS = "the headers of the videos: s3transfer-tl check --media"
_ASK_INDEX = "tell the index's engines with --engine; on such an index, "


def _verdict(subject: Subject) -> MediaVerdict | None:
    if not subject.facts.media or not isinstance(subject.value, dict):
        return None
    uri = subject.value.get("object")
    return subject.facts.media.get(uri) if isinstance(uri, str) else None


def _resolution(subject: Subject) -> Iterator[Complaint]:
    verdict = _verdict(subject)
    if verdict is None:
        return
    width, height = verdict.width, verdict.height
    if width is None or height is None:
        hint = "look at it yourself: ffprobe shows what it holds"
        message = f"what the video is like is not known: {verdict.reason}"
        yield Complaint(message, "object", hint=hint, severity=Severity.INFO)
        return
    if not width:
        yield Complaint("it has no video track", "object", hint="name the video; this file holds sound alone")
        return
    frames = limits.of(subject.facts.platform.version).frames
    refusing = [frame for frame in frames if not _fits(max(width, height), min(width, height), frame)]
    said = f"video is {width}x{height}"
    if len(refusing) == len(frames):
        yield Complaint(f"{said}: {_wants(min(width, height), refusing[0])} ({refusing[0].source})", "object")
    elif refusing:
        hint = "pages of the documentation disagree: ask the platform's support, or scale it down"
        message = f"{said}: {_wants(min(width, height), refusing[0])} ({refusing[0].source})"
        yield Complaint(message, "object", hint=hint, severity=Severity.WARNING)
    elif all(height > frame.most_height for frame in frames):
        hint = "no page says what 4K is for a portrait: try one first, or scale it down"
        message = f"{said}: a portrait, within the limits only if they hold for either orientation"
        yield Complaint(message, "object", hint=hint, severity=Severity.WARNING)


def _fits(long: int, short: int, frame: Frame) -> bool:
    return short >= frame.least and long <= frame.most_width and short <= frame.most_height


def _wants(short: int, frame: Frame) -> str:
    if short < frame.least:
        return f"the short side must have at least {frame.least} pixels"
    return f"at most {frame.most_width}x{frame.most_height}"


def _duration(subject: Subject) -> Iterator[Complaint]:
    verdict = _verdict(subject)
    if verdict is None or (verdict.duration is None and verdict.width is None):
        return  # TL610 says that nothing is known
    if verdict.duration is None:
        hint = "look at it yourself, or remux it: ffmpeg -i IN -c copy OUT.mp4"
        message = f"the video's duration is not known: {verdict.reason}"
        yield Complaint(message, "object", hint=hint, severity=Severity.INFO)
        return
    platform = subject.facts.platform
    documented = limits.of(platform.version)
    said = f"video lasts {limits.seconds(round(verdict.duration, 2))}"
    if told := _refused(verdict.duration, documented.marengo):
        yield Complaint(f"{said}: Marengo takes {told[0]}", "object", severity=told[1])
        return
    told = _refused(verdict.duration, documented.pegasus)
    if told and any(engine.is_a("pegasus") for engine in platform.engines):
        yield Complaint(f"{said}: Pegasus takes {told[0]}", "object", severity=told[1])
    elif told and not platform.engines:
        hint = _ASK_INDEX + "shorten it, or cut it into parts"
        message = f"{said}: if the index has Pegasus, that takes {told[0]}"
        yield Complaint(message, "object", hint=hint, severity=Severity.WARNING)


def _refused(duration: float, lengths: Sequence[Length]) -> tuple[str, Severity] | None:
    """Return what a page that refuses the duration says; an error where all of them refuse it."""
    refusing = [length for length in lengths if not length.least <= duration <= length.most]
    if not refusing:
        return None
    words = f"{limits.span(refusing[0])} ({refusing[0].source})"
    return words, Severity.ERROR if len(refusing) == len(lengths) else Severity.WARNING


def _silent(subject: Subject) -> Iterator[Complaint]:
    verdict = _verdict(subject)
    if verdict is None or verdict.has_audio is not False:
        return
    platform = subject.facts.platform
    documented = limits.of(platform.version)
    if documented.sound == "always":
        yield Complaint(f"video has no audio track ({documented.sound_source})", "object")
    elif documented.sound == "conversation":
        options = [engine.options for engine in platform.engines]
        if any(named and "conversation" in named for named in options):
            yield Complaint("video has no audio track, and the index has `conversation` on", "object")
        elif not options or None in options:
            yield Complaint(
                "video has no audio track: an index with `conversation` on refuses it",
                "object",
                hint=_ASK_INDEX + "leave it out, or add an audio track (a silent one will do)",
                severity=Severity.WARNING,
            )


def _beyond(subject: Subject) -> Iterator[Complaint]:
    verdict = _verdict(subject)
    uri = subject.text("transcription")
    end = (subject.facts.cues or {}).get(uri) if uri else None
    if verdict and verdict.duration and end is not None and end > verdict.duration + TOLERANCE:
        last, whole = limits.seconds(round(end, 1)), limits.seconds(round(verdict.duration, 1))
        yield Complaint(f"the transcription's last cue ends at {last}, the video at {whole}", "transcription")


RULES = (
    Rule(
        code="TL610",
        name="video-resolution",
        severity=Severity.ERROR,
        hint="scale it: ffmpeg -i IN -vf scale=-2:1080 OUT.mp4",
        finds="A video that is smaller or larger than the platform documents, whatever its orientation; a"
        " file without a video track. A warning for a portrait that only a generous reading allows. A video"
        " whose header could not be read is named too (info): nothing is known of it.",
        hurts="The platform refuses the video after it was transferred.",
        example="320x240",
        better="1920x1080",
        judge=_resolution,
        settles=False,
        fact="media",
        needs=_NEEDS,
    ),
    Rule(
        code="TL611",
        name="video-duration",
        severity=Severity.ERROR,
        hint="cut it into parts, each with its own captions, or leave it out",
        finds="A video that is shorter or longer than the engines take. Where the index's engines are not"
        " told (--engine), what Pegasus alone refuses is a warning; so is what some page takes.",
        hurts="The platform refuses the video after it was transferred.",
        example="3 h 10 min",
        better="1 h 35 min twice",
        judge=_duration,
        settles=False,
        fact="media",
        needs=_NEEDS,
    ),
    Rule(
        code="TL612",
        name="no-audio-track",
        severity=Severity.ERROR,
        hint="leave it out, or add an audio track (a silent one will do)",
        finds="A video without an audio track for an index with `conversation` on; where the index's engines"
        " are not told (--engine), a warning.",
        hurts="The task fails: that engine listens, transcription or not.",
        example="one track: video",
        better="two tracks: video, audio",
        judge=_silent,
        settles=False,
        fact="media",
        needs=_NEEDS,
    ),
    Rule(
        code="TL613",
        name="transcription-beyond-video",
        severity=Severity.WARNING,
        hint="check that it belongs to this video, and that both are the same cut",
        finds="A transcription whose last cue ends more than a second after the video.",
        hurts="It is the sign of a wrong pair or of another cut: every cue may be at the wrong place.",
        example="last cue 00:58:12, video 00:44:03",
        better="last cue 00:43:58, video 00:44:03",
        judge=_beyond,
        settles=False,
        fact="cues",
        needs="the headers of the videos and the transcriptions: s3transfer-tl check --media",
    ),
)


def doubted(verdict: MediaVerdict, end: float | None, platform: limits.Platform) -> bool:
    """Tell whether a rule complains of a video, whose transcription's last cue ends at ``end`` (seconds)."""
    facts = Facts(media={verdict.uri: verdict}, cues={"-": end or 0.0}, platform=platform)
    subject = Subject(0, {"object": verdict.uri, "transcription": "-"}, facts=facts)
    return any(rule.judge and next(rule.judge(subject), None) for rule in RULES)
