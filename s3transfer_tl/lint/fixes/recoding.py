"""Subtitle files of another encoding or format, written as what their name promises."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from s3transfer_tl import captions
from s3transfer_tl.captions import Cue, Fault, Kind, decoding, timing
from s3transfer_tl.model import Severity

_WIDE = {"UTF-16": ("utf-16-le", "utf-16-be"), "UTF-32": ("utf-32-le", "utf-32-be")}
_LIKELY = re.compile(
    r"cp125\d|iso8859_\d+|latin_1|koi8_[ru]|gb\w+|big5\w*|cp9(?:32|36|49|50)|shift_jis\w*|euc_\w+"
)  # what subtitles are saved in; a guess of anything else rests on too few characters
_EVIDENCE = 6  # bytes beyond ASCII; fewer fit dozens of encodings
_VTT_TAG = re.compile(r"<(?:(/?[biu])(?:[.\s][^<>]*)?|[^<>]*)>")
_SRT_TAG = re.compile(r"(</?[biu]>)|</?font\b[^<>]*>|<", re.IGNORECASE)


def to_utf8(data: bytes, kind: Kind, faults: Sequence[Fault]) -> bytes | None:
    """Return the file in UTF-8 without a byte order mark, by the mark it had or by the likely encoding.

    None where nothing likely is known, or where the text is garbled then: a file of mixed encodings
    is mended by nobody but its author.
    """
    guess = decoding.guess_encoding(data)
    if guess is None or not (guess in _WIDE or (_LIKELY.fullmatch(guess) and _evident(data))):
        return None
    for name in _WIDE.get(guess, (guess,)):
        try:
            mended = data.decode(name).removeprefix("\ufeff").encode()
        except (UnicodeError, LookupError):
            continue
        said = {fault.code for fault in captions.check(mended, kind)}
        if timing.ARROW in mended.decode() and not said & {"TL701", "TL702", "TL717"}:
            return mended
    return None


def _evident(data: bytes) -> bool:
    """Tell whether enough bytes speak for another encoding, and most of them not for UTF-8."""
    beyond = sum(byte > 0x7F for byte in data)
    as_utf8 = sum(len(char.encode()) for char in data.decode("utf-8", "ignore") if not char.isascii())
    return beyond >= _EVIDENCE and as_utf8 * 2 < beyond


def to_kind(data: bytes, kind: Kind, faults: Sequence[Fault]) -> bytes | None:
    """Return the cues of a file of the other format in the format ``kind``; None where it is not sound in
    its own."""
    other: Kind = "vtt" if kind == "srt" else "srt"
    cues = captions.cues(data, other)
    if not cues or _broken(captions.check(data, other)):
        return None
    mended = (_srt(cues) if kind == "srt" else _vtt(cues)).encode()
    return None if _broken(captions.check(mended, kind)) else mended


def _broken(faults: Sequence[Fault]) -> bool:
    return any(fault.severity is Severity.ERROR for fault in faults)


def _srt(cues: Sequence[Cue]) -> str:
    return "\n".join(
        f"{number}\n{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}\n{_lines(_plain(cue.text))}"
        for number, cue in enumerate(cues, 1)
    )


def _vtt(cues: Sequence[Cue]) -> str:
    blocks = (
        f"{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}\n{_lines(_escaped(cue.text))}"
        for cue in cues
    )
    return "\n".join(["WEBVTT\n", *blocks])


def _clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


def _plain(text: str) -> str:
    """Return WebVTT cue text as SRT has it: tags other than b, i and u gone, references resolved."""
    return html.unescape(_VTT_TAG.sub(lambda tag: f"<{tag[1]}>" if tag[1] else "", text))


def _escaped(text: str) -> str:
    """Return SRT cue text as WebVTT has it: b, i and u stay, font tags go, other signs are text."""
    text = text.replace("&", "&amp;").replace(timing.ARROW, "--&gt;")
    return _SRT_TAG.sub(lambda tag: tag[1].lower() if tag[1] else "&lt;" if tag[0] == "<" else "", text)


def _lines(text: str) -> str:
    """Return the lines that hold something, each with its end: a blank one would end the cue."""
    return "".join(f"{line}\n" for line in text.split("\n") if line.strip())
