"""The words that names in a bucket are made of, as RE2 text."""

from __future__ import annotations

VIDEO_EXTENSIONS = (
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "ts", "mts", "m2ts", "mxf", "wmv", "flv",
    "3gp", "ogv", "vob", "asf",
)  # fmt: skip
"""The file extensions of FFmpeg's common containers, lower case; keys have them in any case."""

CAPTION_FORMATS = ("srt", "vtt")
"""What the platform takes as a transcription."""

FLAGS = ("forced", "sdh", "cc", "hi", "default")
"""What a subtitle's name may say beside its language (the Jellyfin and Plex convention)."""

EXT = f"(?i:{'|'.join(VIDEO_EXTENSIONS)})"
FORMAT = f"(?i:{'|'.join(CAPTION_FORMATS)})"
FLAG_RUN = rf"(?i:(?:\.(?:{'|'.join(FLAGS)}))*)"

# A language never starts as `sdh` or `cc` here: "{name}.{lang}{flags}" must not read a flag as one.
_PRIMARY = "[abd-z][a-z]|c[abd-z]|[a-rt-z][a-z][a-z]|s[a-ce-z][a-z]|sd[a-gi-z]"
_SUBTAGS = "(?:[-_][a-z0-9]{1,8})*"
LANG = f"(?i:(?:{_PRIMARY}){_SUBTAGS})"

_TOKEN = rf"\.(?:[a-z]{{2,3}}{_SUBTAGS}|forced|default)"

# Field names of a sample are short words (asr, txt) too, so three letters are no language there.
_FIELD = rf"\.(?:[a-z]{{2}}(?:[-_](?:[a-z]{{4}}|[a-z]{{2}}|[0-9]{{3}}))*|{'|'.join(FLAGS)})"
FIELD_RUN = f"(?i:(?:{_FIELD})*)"

# A tail that says something has a language and at most the five flags.
TAIL = f"(?i:(?:{_TOKEN}){{0,6}})$"
"""Matches the run of dot tokens at the end of a stem that may be a language or flags."""
