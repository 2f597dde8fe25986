"""SRT and WebVTT text to cues and faults (floor 1): pure text, no files.

``check`` judges, ``cues`` reads, ``hurried`` and ``letters`` look at what is said; none raises, whatever the
bytes. docs/captions.md says what each code means and where the WebVTT specification decides.
"""

from __future__ import annotations

from s3transfer_tl.captions import decoding, proof, reading, srt, vtt
from s3transfer_tl.captions.fault import Cue, Fault, Span
from s3transfer_tl.captions.reading import Letters
from s3transfer_tl.captions.timing import Kind

__all__ = ["Cue", "Fault", "Kind", "Letters", "check", "cues", "hurried", "letters"]


def check(data: bytes, kind: Kind) -> list[Fault]:
    """Return the faults of a caption file in file order; empty where there is nothing to say.

    ``kind`` is what the file's name promises. A file that is no text, no UTF-8 or of another format has
    that one fault only.
    """
    text = decoding.read(data, kind)
    if isinstance(text, Fault):
        return [text]
    garbled = decoding.garbled(text)
    spans = (proof.srt if kind == "srt" else proof.vtt)(text)
    if spans == []:
        return garbled
    faults = _scan(text, kind, spans).faults + garbled
    return sorted(faults, key=lambda fault: (fault.line, fault.column))


def cues(data: bytes, kind: Kind) -> list[Cue]:
    """Return the cues that can be read, in file order; bytes that are not UTF-8 become U+FFFD."""
    return _scan(_text(data), kind).cues


def hurried(data: bytes, kind: Kind) -> list[Fault]:
    """Return TL718 for the cues that nobody can read in time, in file order."""
    text = _text(data)
    return reading.hurried(text, _scan(text, kind).cues)


def letters(data: bytes) -> Letters | None:
    """Tell in which script the cues are; None where it is mixed or too little to tell."""
    return reading.letters(_text(data[: reading.SAMPLE]))


def _text(data: bytes) -> str:
    return decoding.unmarked(data.decode("utf-8", "replace"))


def _scan(text: str, kind: Kind, spans: list[Span] | None = None) -> srt.Scan | vtt.Scan:
    return srt.Scan(text, spans) if kind == "srt" else vtt.Scan(text, spans)
