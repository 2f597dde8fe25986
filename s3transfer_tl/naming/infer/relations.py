"""Alignments that are alike, gathered into relations that a rule can say."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from s3transfer_tl.naming.infer import tags
from s3transfer_tl.naming.infer.align import Alignment, Overlap, Own
from s3transfer_tl.naming.infer.tags import LANGUAGE, Tail

_MOST_PARTS = 6  # of one relation, by what is literal in it


class Member(NamedTuple):
    """One pair of keys in a relation: its alignment with the language put aside."""

    shared: tuple[tuple[str, ...], ...]
    owns: tuple[Own, ...]
    overlap: Overlap | None
    tail: Tail
    folded: bool
    tag: str | None


def relations(alignments: Iterable[Alignment]) -> list[list[Member]]:
    """Return the members of each relation, the best supported first; then of each relation's parts
    that agree in every literal."""
    gathered: dict[Hashable, list[Member]] = defaultdict(list)
    for alignment in alignments:
        member = _member(alignment)
        gathered[_kind(member)].append(member)
    groups = sorted(gathered.values(), key=lambda group: -len(group))
    return [part for group in groups for part in _parts(group)]


def _parts(group: list[Member]) -> list[list[Member]]:
    """Return the group, then its parts that agree in what only the videos, only the transcriptions,
    or both sides have of their own."""
    parts = {tuple(map(id, group)): group}
    for literals in (_video_literals, _caption_literals, _literals):
        counted = Counter(map(literals, group))
        for text, count in counted.most_common(_MOST_PARTS):
            if count > 1 and len(counted) > 1:
                part = [member for member in group if literals(member) == text]
                parts.setdefault(tuple(map(id, part)), part)
    return list(parts.values())


def _member(alignment: Alignment) -> Member:
    """Put the language aside: behind the shared text, before it, or in a folder."""
    overlap, owns = alignment.overlap, alignment.owns
    tail = tags.tail(overlap.after_caption if overlap else alignment.tail)
    tag = tail.tag
    if tag is None and overlap is not None:
        before, tag = tags.put_aside(overlap.before_caption)
        overlap = overlap._replace(before_caption=before)
    if tag is None:
        owns, tag = _language_folder(owns, has_stem=overlap is None)
    return Member(alignment.shared, owns, overlap, tail, alignment.folded, tag)


def _language_folder(owns: tuple[Own, ...], *, has_stem: bool) -> tuple[tuple[Own, ...], str | None]:
    """Put the last of the transcription's own parts aside that is a language, or ends in one."""
    for at in reversed(range(len(owns))):
        parts = owns[at].caption
        for place in reversed(range(len(parts))):
            marked, tag = _in_part(
                parts[place], is_stem=has_stem and (at, place) == (len(owns) - 1, len(parts) - 1)
            )
            if tag:
                own = Own(owns[at].video, (*parts[:place], marked, *parts[place + 1 :]))
                return (*owns[:at], own, *owns[at + 1 :]), tag
    return owns, None


def _in_part(part: str, *, is_stem: bool) -> tuple[str, str | None]:
    if tags.canonical(part):
        return LANGUAGE, part
    marked, tag = tags.put_aside(part)
    if tag and (is_stem or marked.endswith(LANGUAGE)) and marked.strip(LANGUAGE):
        return marked, tag
    return part, None


def _kind(member: Member) -> Hashable:
    """What members of one relation have in common."""
    overlap = member.overlap
    pieces = None
    if overlap is not None:
        pieces = (
            _edge(overlap.before_video, -1),
            _edge(overlap.after_video, 0),
            _edge(overlap.before_caption, -1),
            _edge(member.tail.base, 0),
            overlap.appended,
        )
    places = tuple(
        (
            bool(own.video),
            bool(own.caption),
            tuple(i - len(own.caption) for i, p in enumerate(own.caption) if LANGUAGE in p),
        )
        for own in member.owns
    )
    # A name without a language may be of the same kind as one with it.
    separator = member.tail.separator if member.tail.tag else None
    return (
        places,
        bool(member.shared[-1]) if overlap is None else None,
        pieces,
        separator in ("_", "-", " ") and separator,
    )


def _edge(text: str, at: int) -> str:
    """Return the signs between ``text`` and what it stands beside; they stay literal."""
    return "" if not text else edge(text, at) or "x"


def edge(text: str, at: int) -> str:
    """Return the run of signs at the beginning (0) or the end (-1) of ``text``."""
    letters = [i for i, c in enumerate(text) if c.isalnum() or c == LANGUAGE]
    if not letters:
        return text
    return text[: letters[0]] if at == 0 else text[letters[-1] + 1 :]


def _video_literals(member: Member) -> Hashable:
    overlap = member.overlap
    return tuple(own.video for own in member.owns), overlap and (overlap.before_video, overlap.after_video)


def _caption_literals(member: Member) -> Hashable:
    before = member.overlap and member.overlap.before_caption
    return tuple(tuple(map(masked, own.caption)) for own in member.owns), before, member.tail.base


def masked(text: str) -> str:
    """Return ``text`` with its numbers alike, as in ``2_English`` and ``3_English``."""
    return re.sub(r"[0-9]+", "0", text)


def _literals(member: Member) -> Hashable:
    return _video_literals(member), _caption_literals(member)


def values(members: Sequence[Member], field: str) -> list[str]:
    """Return one text of every member's overlap."""
    return [getattr(member.overlap, field) for member in members]
