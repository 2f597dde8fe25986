"""The platform's error codes and versions as data: what to do about a code, what a version takes.

Codes are those of the API references v1 to v1.3; a number is a code of v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Version(NamedTuple):
    """What a version of the API takes: manifests (``POST /tasks/transfers``), transcriptions beside a
    video (``provide_transcription``); and the index option without which no transcription is read."""

    transfers: bool
    transcriptions: bool
    option: str


_TO_V1_2 = Version(transfers=True, transcriptions=True, option="conversation")
# v1.3 documents no way to give a transcription at all. A version that is not here is tried and may
# answer 404.
VERSIONS: Mapping[str, Version] = {
    "v1.1": _TO_V1_2,
    "v1.1.1": _TO_V1_2,
    "v1.1.2": _TO_V1_2,
    "v1.2": _TO_V1_2,
    "v1.3": Version(transfers=False, transcriptions=False, option="audio"),
}

_KEY = "the key is wrong or has expired; put a new one into TWELVE_LABS_API_KEY"
_LINT = "the platform names the field; run lint on the manifest"
_RESOLUTION = "the platform takes 360p to 4K (v1.1.1 and older: below 1080p); encode the video anew"
_DURATION = "the platform takes 4 s to 2 h, less with Pegasus; cut the video or choose another index"
_FILE = "the video cannot be read; play it, or encode it anew"
_SIZE = "the platform takes 2 GB a video; encode it smaller"
_ID = "check the id and that the key belongs to the account that owns it"
_INDEX = "an index cannot be changed so; make another one and name it in the manifest"

ADVICE: Mapping[str, str] = {
    "api_key_invalid": _KEY,
    "api_upgrade_required": "transcriptions are taken by v1.1 to v1.2 only, v1.3 has no way to give one; "
    "ask Twelve Labs whether your account still has v1.2",
    "api_allowed_for_paid_plan": "transfers from S3 need a paid plan",
    "api_not_allowed": "this account may not use transfers; ask Twelve Labs",
    "unauthorized": "this key may not do that; use a key of the account that owns the index",
    "region_not_allowed": "the platform does not serve your region",
    "request_canceled_or_timed_out": "the platform gave up; send fewer entries at a time with --batch-size",
    "resource_not_exist": _ID,
    "resource_not_exists": _ID,
    "parameter_unknown": "the manifest carries a field the platform does not know; run lint on it",
    "parameter_invalid": _LINT,
    "parameter_not_provided": "the platform names the missing field; run lint on the manifest",
    "usage_limit_exceeded": "the plan's quota is used up; raise it or wait, then run the same command again",
    "too_many_requests": "wait, then run the same command again",
    "tags_not_allowed": "the index does not take tags",
    "index_option_cannot_be_changed": _INDEX,
    "index_engine_cannot_be_changed": _INDEX,
    "index_name_already_exists": "choose another name for the index",
    "video_resolution_too_low": _RESOLUTION,
    "video_resolution_too_high": _RESOLUTION,
    "video_resolution_invalid_aspect_ratio": "the platform takes 1:1 to 1:2.4; crop or pad the video",
    "video_duration_too_short": _DURATION,
    "video_duration_too_long": _DURATION,
    "video_file_broken": _FILE,
    "video_filesize_too_large": _SIZE,
    "task_cannot_be_deleted": "only a ready or failed task can be deleted; wait until it is",
    "101": _KEY,
    "102": "the platform names the missing field; run lint on the manifest",
    "103": "the manifest carries a field the platform does not know; run lint on it",
    "104": _LINT,
    "201": _ID,
    "301": "the upload broke off; send it again",
    "302": _RESOLUTION,
    "303": _RESOLUTION,
    "304": _DURATION,
    "305": _DURATION,
    "306": "the index reads conversation, so the video must have an audio track",
    "401": _FILE,
}

# Codes after which no other batch can fare better: the run stops and its entries stay planned.
STOPPING = frozenset(
    {"api_key_invalid", "api_upgrade_required", "api_allowed_for_paid_plan", "api_not_allowed"}
    | {"unauthorized", "region_not_allowed", "usage_limit_exceeded", "101"}
)


def advice(code: str | None) -> str | None:
    """Return what to do about a code of the platform, None for one that nobody knows."""
    return ADVICE.get(code or "")
