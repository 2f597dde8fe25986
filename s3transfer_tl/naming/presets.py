"""The presets: naming conventions that many buckets follow, as pairs of regexes."""

from __future__ import annotations

from typing import NamedTuple

from s3transfer_tl.naming.names import EXT, FIELD_RUN, FORMAT


class Preset(NamedTuple):
    """One rule of a preset. ``loose``: the transcription's stem may end in language and flags."""

    video: str
    transcription: str
    loose: bool = False


_STEM = "(?P<stem>(?s:.+))"
_CAPTION = rf"{_STEM}\.(?P<format>{FORMAT})"
_FOLDER = "(?s:.*/)?"
_MEETING = rf"{_FOLDER}GMT\d{{8}}-\d{{6}}_[^/]+?"
_VIEW = "(?:_(?:gallery|speaker|active_speaker|as|avo|gvo|gallery_view|separate))?"

PRESETS: dict[str, tuple[Preset, ...]] = {
    # clip.mp4 with clip.srt, clip.en.srt, clip.en.forced.vtt
    "sidecar": (Preset(rf"{_STEM}\.{EXT}", _CAPTION, loose=True),),
    # 000042.left.mp4 with 000042.srt: the sample is the name up to its first dot
    "webdataset": (
        Preset(
            rf"(?P<sample>{_FOLDER}[^/.]+)(?:\.[^/]*)?\.{EXT}",
            rf"(?P<sample>{_FOLDER}[^/.]+)(?:\.[^/]*?)??(?P<flags>{FIELD_RUN})\.(?P<format>{FORMAT})",
        ),
    ),
    # clip.mp4 with clip.mp4.srt, else with clip.srt
    "whisper": (
        Preset(rf"(?P<stem>(?s:.+)\.{EXT})", _CAPTION, loose=True),
        Preset(rf"{_STEM}\.{EXT}", _CAPTION, loose=True),
    ),
    # GMT20240131-150000_Recording_1920x1080.mp4 with GMT20240131-150000_Recording.transcript.vtt
    "zoom": (
        Preset(
            rf"(?P<meeting>{_MEETING}){_VIEW}(?:_\d+x\d+)?\.{EXT}",
            rf"(?P<meeting>{_MEETING})(?:\.transcript)?(?P<flags>(?:\.cc)?)\.(?P<format>{FORMAT})",
        ),
    ),
}
