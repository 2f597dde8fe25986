"""The form of ``POST /tasks`` (API references v1.1 to v1.2, and what SDK 0.3.2 sends on the wire)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from s3transfer_tl.twelvelabs.multipart import FilePart, Form

_MEDIA_TYPE = "application/octet-stream"  # as the guides' own samples label both parts


def task_form(
    index_id: str,
    *,
    video: Path | str,
    transcription: Path | str | None = None,
    language: str | None = None,
    disable_video_stream: bool = False,
    stamps: Mapping[Path, str | None] = {},
) -> Form:
    """Return the form of one video, streamed from disk (Path) or fetched by the platform (URL), with its
    SRT or VTT transcription. ``stamps``: what the files must be (``multipart.stamp``).

    Without ``language`` the platform takes its default. Raises ``Unsendable``.
    """
    fields = [("index_id", index_id)]
    files = []
    if language:
        fields.append(("language", language))
    if disable_video_stream:
        fields.append(("disable_video_stream", "true"))
    if transcription is not None:
        fields.append(("provide_transcription", "true"))  # without it the file is silently ignored
    for what, given in (("video", video), ("transcription", transcription)):
        if isinstance(given, Path):
            files.append(FilePart(f"{what}_file", given, _MEDIA_TYPE, stamps.get(given)))
        elif given is not None:
            fields.append((f"{what}_url", given))
    return Form(fields, files)
