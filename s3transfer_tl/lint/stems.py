"""How the name and the place of a transcription relate to its video's."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import NamedTuple

from s3transfer_tl import naming
from s3transfer_tl.lint import language

_EXTENSION = re.compile(rf"\.(?:{'|'.join((*naming.VIDEO_EXTENSIONS, *naming.CAPTION_FORMATS))})$", re.I)
_WORD = re.compile(r"[^\W_]+")
# Words that tell what a file is, not what it shows
_NOISE = re.compile(
    r"transcripts?|transcriptions?|captions?|cc|sdh|hi|forced|default|subs?|subtitles?|srt|vtt|"
    r"videos?|movie|recording|master|proxy|final|web|hd|uhd|[248]k|\d{3,4}[ip]|\d{3,4}x\d{3,4}|[hx]26[45]"
)


def plainly_agree(video: str, transcription: str) -> bool:
    """Tell, at once, whether a transcription's file name begins with the video's stem and a dot."""
    return transcription.startswith(video[: video.rfind(".") + 1])


@functools.lru_cache(4096)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a file name in order: without extensions, without what tells language,
    size or kind, and without differences of case and form."""
    stem = name
    while (bare := _EXTENSION.sub("", stem)) != stem:
        stem = bare
    folded = unicodedata.normalize("NFC", stem).casefold()
    found = _WORD.findall(folded)
    return tuple(word for word in found if not _NOISE.fullmatch(word) and word not in language.COMMON)


@functools.lru_cache(4096)
def agree(video: str, transcription: str) -> bool:
    """Tell whether the words of one file name hold those of the other, side by side: the whisper, Zoom
    and WebDataset conventions, and names such as ``subtitles.srt`` that name no video at all."""
    longer, shorter = sorted((words(video), words(transcription)), key=len, reverse=True)
    size = len(shorter)
    return any(longer[at : at + size] == shorter for at in range(len(longer) - size + 1))


def difference(video: str, transcription: str) -> tuple[str, str]:
    """Return what remains of the words of the two names without those they begin and end with alike."""
    return _apart(words(video), words(transcription), " ")


class Way(NamedTuple):
    """The way from a video's folder to its transcription's: ``up`` the folders that end, ``down``
    those that begin; ``bucket`` is the transcription's where it is another one."""

    up: str
    down: str
    bucket: str | None

    def __str__(self) -> str:
        if not self.up and not self.down:
            return "beside the video"
        if self.bucket:
            return f"in {self.bucket}"
        return f"in {self.down or 'a folder above'}/ for {self.up or 'a video above'}/"


BESIDE = Way("", "", None)


def way(folder: str, other: str, tag: str) -> Way:
    """Return the way from ``folder`` to ``other``, both ``s3://bucket/...``; a folder in which the
    language ``tag`` stands is any language's."""
    return BESIDE if folder == other else _way(folder, other, tag)


@functools.lru_cache(4096)
def _way(folder: str, other: str, tag: str) -> Way:
    video, transcription = (tuple(text[5:].split("/")) for text in (folder, other))
    told = tag.lower() not in map(str.lower, video)
    named = tuple("{lang}" if told and part.lower() == tag.lower() else part for part in transcription)
    up, down = _apart(video, named, "/")
    return Way(up, down, transcription[0] if video[0] != transcription[0] else None)


def _apart(one: tuple[str, ...], two: tuple[str, ...], mark: str) -> tuple[str, str]:
    """Join what two sequences do not begin and end with alike."""
    least = min(len(one), len(two))
    start = next((at for at in range(least) if one[at] != two[at]), least)
    least -= start
    end = next((at for at in range(least) if one[-1 - at] != two[-1 - at]), least)
    return mark.join(one[start : len(one) - end]), mark.join(two[start : len(two) - end])
