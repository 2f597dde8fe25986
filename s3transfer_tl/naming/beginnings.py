"""Which beginnings of keys can matter at all: what need not be listed to pair the same.

A video matters where an include glob may match it. A transcription matters where its globs may, and
where a rule may pair it with such a video. All else would be neither video nor transcription, or a
transcription that no rule knows a video for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from s3transfer_tl.model import SourceSpec
from s3transfer_tl.naming.globs import literal_start
from s3transfer_tl.naming.regexes import lexemes
from s3transfer_tl.naming.rules import Rule, Side

MOST = 10  # beginnings of one side; of more their common beginning is taken

_ESCAPED = re.compile(r"\\[^A-Za-z0-9]")
_PLAIN = re.compile(r"[^\\\[\](){}|?*+.^$]", re.DOTALL)
_SPARES_SLASH = re.compile(r"\\[dwszAb]|[(){}|?*+^$]|\(\?")  # lexemes that never match a "/"
# Letters that NFC brings to ASCII (the Kelvin sign is one) may be spelled otherwise on the other side.
_SAME_IN_NFC = re.compile(r"[ -:<-JL-_a-~]*/")


class Pushed(NamedTuple):
    """The beginnings of each side's keys, relative to its source, sorted; ("",) means all keys."""

    videos: tuple[str, ...]
    transcriptions: tuple[str, ...]

    @property
    def either(self) -> tuple[str, ...]:
        """Those of one listing that serves both sides."""
        return _merged((*self.videos, *self.transcriptions))


def pushed(
    videos: SourceSpec, transcriptions: SourceSpec | None, rules: Sequence[Rule], also: Sequence[str] = ()
) -> Pushed:
    """Return the beginnings below which everything lies that decides about pairs. ``also``: keys of
    transcriptions that may be in a pair whatever the rules say."""
    wanted = _merged(map(literal_start, videos.include or ("**",)))
    globs = (transcriptions.include if transcriptions else ()) or ("**",)
    chosen = _merged(map(literal_start, globs))
    paired = _merged(start for rule in rules for start in _beside(rule, wanted))
    kept = _merged(_both(chosen, paired)) or chosen
    more = [key for key in also if not key.startswith(kept)]
    if len(more) + len(kept) > MOST:  # a listing each would cost more than their neighbours do
        more = [key[: key.rfind("/") + 1] for key in more]
    return Pushed(wanted, _merged((*kept, *more)))


def _beside(rule: Rule, wanted: Sequence[str]) -> Iterator[str]:
    """Yield how transcriptions begin that ``rule`` pairs with videos that begin as ``wanted``."""
    video, transcription = _start(rule.video), _start(rule.transcription)
    shared = transcription.capture in rule.join and transcription.capture == video.capture
    for start in wanted:
        if not shared or not video.takes_folders or not start.startswith(video.text):
            yield transcription.text
        else:
            folders = _SAME_IN_NFC.match(start, len(video.text))
            yield transcription.text + (folders[0] if folders else "")


class _Start(NamedTuple):
    """How a pattern begins: a text, then perhaps a capture, which ``takes_folders`` where no "/" of the
    key can come after it."""

    text: str
    capture: str | None
    takes_folders: bool


def _start(side: Side) -> _Start:
    pieces = [text for _, text in lexemes(side.pattern[2:-2])]  # without ^( and )$
    if "|" in _outside(pieces):
        return _Start("", None, False)
    texts: list[str] = []
    for number, piece in enumerate(pieces):
        following = pieces[number + 1] if number + 1 < len(pieces) else ""
        if not (_PLAIN.fullmatch(piece) or _ESCAPED.fullmatch(piece)) or following in ("?", "*", "{"):
            break
        texts.append(piece[-1])
    else:
        number = len(pieces)
    start, rest = "".join(texts), pieces[number:]
    if rest[:1] != ["("]:
        return _Start(start, None, False)
    end = _closed(rest)
    if rest[end : end + 1] in (["?"], ["*"], ["+"], ["{"]):
        return _Start(start, None, False)
    return _Start(start, side.groups[0], all(map(_spares_slash, rest[end:])))


def _outside(pieces: Sequence[str]) -> list[str]:
    """Return what stands in no group."""
    depth, found = 0, []
    for piece in pieces:
        depth += piece.startswith("(") - (piece == ")")
        if not depth:
            found.append(piece)
    return found


def _closed(pieces: Sequence[str]) -> int:
    """Return the place behind the group that ``pieces`` begin with."""
    depth = 0
    for place, piece in enumerate(pieces, 1):
        depth += piece.startswith("(") - (piece == ")")
        if not depth:
            return place
    return len(pieces)


def _spares_slash(piece: str) -> bool:
    if _SPARES_SLASH.fullmatch(piece):
        return True
    return piece != "/" and bool(_PLAIN.fullmatch(piece) or (_ESCAPED.fullmatch(piece) and piece != "\\/"))


def _both(one: Collection[str], other: Collection[str]) -> Iterator[str]:
    """Yield the beginnings that keys have which begin as one of either side says."""
    for a in one:
        for b in other:
            if a.startswith(b) or b.startswith(a):
                yield max(a, b, key=len)


def _merged(starts: Iterable[str]) -> tuple[str, ...]:
    """Return the fewest beginnings that cover ``starts``."""
    kept: list[str] = []
    for start in sorted(set(starts)):
        if not kept or not start.startswith(kept[-1]):
            kept.append(start)
    if len(kept) <= MOST:
        return tuple(kept)
    first, last = kept[0], kept[-1]
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return (first[:same],)
