"""Whether a transcription's bytes are SRT or WebVTT that the platform could use."""

from __future__ import annotations

from s3transfer_tl import captions
from s3transfer_tl.model import Severity


def problem(data: bytes, name: str) -> str | None:
    """Return why ``data`` cannot be used, or None. The end of ``name`` tells SRT from WebVTT; where it
    tells neither, the signature does. What costs a cue or the file counts, oddities do not."""
    kind: captions.Kind = "vtt" if data[:9].removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT") else "srt"
    if name.lower().endswith((".srt", ".vtt")):
        kind = "srt" if name.lower().endswith(".srt") else "vtt"
    for fault in captions.check(data, kind):
        if fault.severity is Severity.ERROR:
            return f"line {fault.line}, column {fault.column}: {fault.message}"
    return None
