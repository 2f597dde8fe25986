"""The presets: naming conventions that many buckets follow, as pairs of regexes."""

from __future__ import annotations

from typing import NamedTuple

from s3transfer_tl.naming.names import EXT, FIELD_RUN, FORMAT, LANG


class Preset(NamedTuple):
    """One rule of a preset. ``loose``: the transcription's stem may end in language and flags.
    ``one_bucket``: what it pairs is in one bucket."""

    video: str
    transcription: str
    loose: bool = False
    one_bucket: bool = True


_STEM = "(?P<stem>(?s:.+))"
_VIDEO = rf"{_STEM}\.{EXT}"
_CAPTION = rf"{_STEM}\.(?P<format>{FORMAT})"
_FOLDER = "(?s:.*/)?"
_MEETING = rf"{_FOLDER}GMT\d{{8}}-\d{{6}}_[^/]+?"
_VIEW = "(?:_(?:gallery|speaker|active_speaker|as|avo|gvo|gallery_view|separate))?"

PRESETS: dict[str, tuple[Preset, ...]] = {
    # clip.mp4 with clip.srt, clip.en.srt, clip.en.forced.vtt
    "sidecar": (Preset(_VIDEO, _CAPTION, loose=True),),
    # shows/clip.mp4 with shows/clip.srt or en/shows/clip.vtt of another tree, which may be another bucket's
    "mirrored": (
        Preset(_VIDEO, _CAPTION, loose=True, one_bucket=False),
        Preset(_VIDEO, rf"(?P<lang>{LANG})/{_CAPTION}", loose=True, one_bucket=False),
    ),
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
        Preset(_VIDEO, _CAPTION, loose=True),
    ),
    # GMT20240131-150000_Recording_1920x1080.mp4 with GMT20240131-150000_Recording.transcript.vtt
    "zoom": (
        Preset(
            rf"(?P<meeting>{_MEETING}){_VIEW}(?:_\d+x\d+)?\.{EXT}",
            rf"(?P<meeting>{_MEETING})(?:\.transcript)?(?P<flags>(?:\.cc)?)\.(?P<format>{FORMAT})",
        ),
    ),
}
