"""What the page's script sends, checked: anything may come over a wire."""

from __future__ import annotations

import re
from typing import Any

from s3transfer_tl.decisions import Decision
from s3transfer_tl.naming import languages
from s3transfer_tl.review.sitting import Sitting

COUNT = re.compile("[0-9]{1,9}")
_TRANSCRIPTION = re.compile(r"(?s)s3://[A-Za-z0-9][A-Za-z0-9._-]*/(?P<key>.*\.(?i:srt|vtt))")
_MOST_KEY = 1_024  # bytes, by S3


class Unfit(ValueError):
    """A request that cannot be taken; says why in a sentence for the page."""


def decisions(body: Any, sitting: Sitting) -> tuple[int, list[tuple[str, Decision | None]]]:
    """Return how many changes the tab has seen, and its decisions (None: taken back) by video, of
    ``{"since": 3, "decisions": [{"video", "transcription", "language"} or {"video"}]}``; at most one.

    Raises ``Unfit``.
    """
    since, words = _fields(body, "since", "decisions")
    if type(since) is not int or not 0 <= since < 10**9:
        raise Unfit("`since` is no count")
    if not isinstance(words, list) or len(words) > 1:
        raise Unfit("`decisions` is no list of at most one")
    return since, [word(one, sitting) for one in words]


def word(body: Any, sitting: Sitting) -> tuple[str, Decision | None]:
    """Return one decision, and the video that it is about. Raises ``Unfit``."""
    taken_back = isinstance(body, dict) and list(body) == ["video"]
    video, *rest = (
        _fields(body, "video") if taken_back else _fields(body, "video", "transcription", "language")
    )
    if not isinstance(video, str) or video not in sitting:
        raise Unfit("this video is not in the review")
    if taken_back:
        return video, None
    transcription, language = rest
    if transcription is not None:
        _check_uri(transcription)
    taker = sitting.taker(transcription)
    if taker not in (None, video):
        raise Unfit(f"{transcription} is chosen for {taker} already")
    return video, Decision(video, transcription, _language(language))


def _check_uri(uri: Any) -> None:
    found = _TRANSCRIPTION.fullmatch(uri) if isinstance(uri, str) else None
    if found is None:
        raise Unfit("a transcription is s3://BUCKET/KEY and ends in .srt or .vtt")
    try:
        length = len(found["key"].encode())
    except UnicodeEncodeError:
        raise Unfit("a key is UTF-8") from None
    if length > _MOST_KEY:
        raise Unfit(f"a key has at most {_MOST_KEY:,} bytes")


def _language(tag: Any) -> str | None:
    if tag is None:
        return None
    canonical = languages.canonical(tag) if isinstance(tag, str) and tag.isascii() and len(tag) < 64 else None
    if canonical is None:
        raise Unfit("that is no language tag; write it as en or pt-BR")
    return canonical


def _fields(value: Any, *names: str) -> list[Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise Unfit(f"that is no object of {', '.join(names)}")
    return [value[name] for name in names]
