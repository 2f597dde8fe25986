"""A relation as a pair of templates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from s3transfer_tl.model import RuleSpec
from s3transfer_tl.naming.infer import shapes, tags
from s3transfer_tl.naming.infer.relations import Member, edge, masked, values
from s3transfer_tl.naming.infer.tags import LANGUAGE

WHOLE, CERTAIN, PARTLY, FOLDER, GUESS, NEVER = range(6)
"""How sure a rule's join is: the whole name; an identifier or a name with fixed text around; part of
a name, or a name anywhere; the folder alone, where one side's file names are fixed; a number alone; the
folder alone, which is not tried."""

_NEVER_THERE = re.compile(r"[\x00-\x1f]")
_MANY = 5  # members after which a constant folder is no coincidence


class Draft(NamedTuple):
    """A rule to try. ``cost`` counts what a reader must understand; ``support`` the pairs it came from."""

    spec: RuleSpec
    tier: int
    cost: float
    support: int
    replaces: bool = False  # folders of the video for others of the transcription


class _Part(NamedTuple):
    """One part of a path as template text; ``may_lack``: not every key has it; ``varies``: its name."""

    text: str
    may_lack: bool = False
    varies: str = ""


class _Style(NamedTuple):
    """What a relation leaves open: whether the shared text is written as a shape, and whether folders
    that the two sides do not share matter."""

    shaped: str | None
    anywhere: bool


def drafts(members: Sequence[Member]) -> Iterator[Draft]:
    """Yield the rules that say what ``members`` have in common, the plainest first."""
    for style in _styles(members):
        sides = _Sides(members, style)
        if sides.video and sides.caption and sides.tier != NEVER:
            language = tags.named(sides.caption)
            spec = RuleSpec(
                name=sides.name,
                language=language,
                video=sides.video,
                transcription=sides.caption,
                ignore_case=any(member.folded for member in members),
            )
            cost: float = 1 + sides.video.count("{") + sides.caption.count("{") + 2 * spec.ignore_case
            cost += 0.1 * (language not in (None, "en"))
            yield Draft(spec, sides.tier, cost, len(members), sides.replaces)


def _styles(members: Sequence[Member]) -> Iterator[_Style]:
    yield _Style(None, False)
    first = members[0].overlap
    if first is None or (_is_whole(members) and not members[0].owns):
        return
    shared = values(members, "shared")
    pattern = shapes.shape(shared)
    if pattern is not None:
        yield _Style(pattern, False)
        if shapes.is_distinctive(shared):
            yield _Style(pattern, True)
    else:
        words = [re.split(r"[^0-9A-Za-z]", text) for text in shared]
        last = shapes.shape([split[-1] for split in words])
        if last is not None and all(len(split) > 1 for split in words):
            yield _Style(f".+[^0-9A-Za-z]{last}", False)


def _is_whole(members: Sequence[Member]) -> bool:
    """Whether the whole of both stems is shared, but for a language."""
    return all(
        m.overlap is not None
        and not (m.overlap.before_video or m.overlap.after_video or m.overlap.before_caption or m.tail.base)
        for m in members
    )


class _Sides:
    """Both templates of one relation in one style; empty where it cannot be said."""

    def __init__(self, members: Sequence[Member], style: _Style) -> None:
        self._members = members
        self._style = style
        self._used: dict[str, int] = {}
        self._has_language = False
        self.loose_folders = False
        overlap = members[0].overlap
        self._merges = (
            overlap is not None
            and style.shaped is None
            and not (overlap.before_video or overlap.before_caption)
        )
        video, caption = self._folders()
        if overlap is None:
            ending = self._tail()
            self.video, self.caption = _joined(video), _joined(caption)
            self.caption = self.caption and self.caption + ending
            self.tier = self._folder_tier()
            self.name = "folder"
        else:
            first, second = self._stems()
            self.video, self.caption = _joined([*video, _Part(first)]), _joined([*caption, _Part(second)])
            self.tier = self._tier()
        folders = [own for m in members for own in (m.owns if overlap is not None else m.owns[:-1])]
        self.replaces = self.loose_folders or style.anywhere or any(o.video and o.caption for o in folders)
        if _NEVER_THERE.search(self.video + self.caption):
            self.video = ""
        self.video += ".{ext}" if self.video else ""
        self.caption += ".{format}" if self.caption else ""

    def _folder_tier(self) -> int:
        """Judge a join by parts of the path: one side's stem is a folder of the other, or none is."""
        if not self._members[0].owns:
            return NEVER
        last = [m.owns[-1] for m in self._members]
        videos = {tuple(map(masked, own.video[-1:])) for own in last}
        captions = {tuple(map(masked, own.caption[-1:])) for own in last}
        if () in videos or () in captions:
            return CERTAIN if len(videos) == len(captions) == 1 else PARTLY
        return FOLDER if min(len(videos), len(captions)) == 1 else NEVER

    def _tier(self) -> int:
        overlaps = [m.overlap for m in self._members if m.overlap]
        affixes = {(o.before_video, o.after_video, o.before_caption) for o in overlaps}
        bases = {m.tail.base for m in self._members}
        whole = _is_whole(self._members)
        distinctive = self._style.shaped is not None and shapes.is_distinctive(
            values(self._members, "shared")
        )
        fixed = len(affixes) == 1 and len(bases) == 1
        self.name = "trees" if whole else "id" if self._style.shaped else "names"
        tier = WHOLE if whole else CERTAIN if fixed or distinctive else PARTLY
        if not distinctive and all(
            o.shared.isdecimal() and o.before_video and o.before_caption for o in overlaps
        ):
            return GUESS  # VID_01 with CAP_01 may be, holiday-01 with invoice-01 is not
        return max(tier, PARTLY) if self.loose_folders and not distinctive else tier

    def _folders(self) -> tuple[list[_Part], list[_Part]]:
        """Return both sides' folders, without the run that the stem's own place takes in."""
        video: list[_Part] = []
        caption: list[_Part] = []
        members, owns = self._members, self._members[0].owns
        if self._style.anywhere:
            return self._anywhere()
        for slot in range(len(owns) + 1):
            if not (slot == len(owns) and self._merges):
                common = self._shared(slot)
                video += common
                caption += common
            if slot < len(owns):
                at_end = slot == len(owns) - 1 and members[0].overlap is None
                video += self._own([m.owns[slot].video for m in members], "folder", at_end=at_end)
                caption += self._own([m.owns[slot].caption for m in members], "place", at_end=at_end)
        return video, caption

    def _anywhere(self) -> tuple[list[_Part], list[_Part]]:
        """Return folders that do not matter to an identifier."""
        video = self._named("folder")
        members = self._members
        if len({m.owns for m in members}) == 1 and not any(any(m.shared) for m in members):
            return [_Part(f"{{{video}:**}}", True)], self._own(
                [sum((o.caption for o in m.owns), ()) for m in members], "place"
            )
        return [_Part(f"{{{video}:**}}", True)], [_Part(f"{{{self._named('place')}:**}}", True)]

    def _shared(self, slot: int) -> list[_Part]:
        runs = [member.shared[slot] for member in self._members]
        counts = {len(run) for run in runs}
        if counts == {0}:
            return []
        if len(set(runs)) == 1 and len(runs) >= _MANY:
            return [_Part(_literal(part)) for part in runs[0]]
        several = (
            sum(any(m.shared[place] for m in self._members) for place in range(len(self._members[0].shared)))
            > 1
        )
        if len(counts) == 1 and (counts == {1} or (several and max(counts) <= 3)):
            return [_Part(f"{{{self._named('part')}}}") for _ in range(max(counts))]
        return [_Part(f"{{{self._named('path')}:**}}", 0 in counts)]

    def _own(self, runs: Sequence[tuple[str, ...]], name: str, *, at_end: bool = False) -> list[_Part]:
        if not any(runs):
            return []
        if len({len(run) for run in runs}) > 1:
            self.loose_folders = True
            return [_Part(f"{{{self._named(name)}:**}}", () in runs)]
        columns = list(zip(*runs, strict=True))
        varied = any(len(set(column)) > 1 for column in columns)
        parts: list[_Part] = []
        for place, column in enumerate(columns):
            # A number beside what varies, such as the year of a date, varies too.
            if len(set(column)) == 1 and not (varied and column[0].isdigit()):
                parts.append(_Part(self._with_language(column[0])))
                continue
            self.loose_folders = True
            is_stem = at_end and place == len(columns) - 1
            if is_stem and len(set(map(masked, column))) == 1:
                parts.append(_Part(self._numbered(column)))
                continue
            if parts and parts[-1].varies and not is_stem:
                parts[-1] = _Part(f"{{{parts[-1].varies}:**}}", varies=parts[-1].varies)
            else:
                named = self._named("name" if is_stem and name == "folder" else name)
                parts.append(_Part(f"{{{named}}}", varies="" if is_stem else named))
        return parts

    def _numbered(self, column: Sequence[str]) -> str:
        """Return the template of texts that differ in numbers only."""
        pieces = [re.split(r"([0-9]+)", text) for text in column]
        return "".join(
            self._with_language(piece[0]) if len(set(piece)) == 1 else f"{{{self._named('number')}:\\d+}}"
            for piece in zip(*pieces, strict=True)
        )

    def _stems(self) -> tuple[str, str]:
        members = self._members
        overlap = members[0].overlap
        assert overlap is not None
        first = self._affix(values(members, "before_video"), "title", -1)
        second = self._affix(values(members, "before_caption"), "prefix", -1)
        after = self._affix(values(members, "after_video"), "rest", 0)
        base = self._affix([m.tail.base for m in members], "suffix", 0)
        tail = self._tail()
        video, caption = self._shared_text(base, tail)
        middle = ".{ext}" if overlap.appended else ""
        return f"{first}{video}{after}", f"{second}{caption}{middle}{base}{tail}"

    def _shared_text(self, base: str, tail: str) -> tuple[str, str]:
        """Return the place of the text that both stems have, as each side writes it."""
        if self._style.shaped is not None:
            place = f"{{{self._named('id')}:{self._style.shaped}}}"
            return place, place
        crosses = self._merges and any(member.shared[-1] for member in self._members)
        name = self._named("path" if crosses else "name")
        plain = f"{{{name}:**}}" if crosses else f"{{{name}}}"
        # A greedy name would take in a language that may be missing or have a hyphen.
        if base == "" and (tail[:2] not in ("", ".{") or "{flags}" in tail):
            return plain, f"{{{name}:(?s:.+?)}}" if crosses else f"{{{name}:[^/]+?}}"
        return plain, plain

    def _tail(self) -> str:
        tails = [member.tail for member in self._members]
        spoken = {t.separator for t in tails if t.tag and t.separator}
        text = ""
        if spoken and not self._has_language:
            separator = min(spoken)
            text = f"{_literal(separator)}{{lang}}"
            self._has_language = True
            if any(t.tag is None for t in tails):
                text = f"[{text}]"
        return text + ("{flags}" if any(t.flags for t in tails) else "")

    def _affix(self, texts: Sequence[str], name: str, at: int) -> str:
        distinct = set(texts)
        if len(distinct) == 1:
            return self._with_language(texts[0])
        signs = edge(texts[0], at)
        inner = [text[len(signs) :] if at == 0 else text[: len(text) - len(signs)] for text in texts]
        number = ":\\d+" if all(text.isdecimal() and text.isascii() for text in inner) else ""
        place = f"{{{self._named(name)}{number}}}"
        return f"{_literal(signs)}{place}" if at == 0 else f"{place}{_literal(signs)}"

    def _with_language(self, text: str) -> str:
        if LANGUAGE in text and not self._has_language:
            self._has_language = True
            return "{lang}".join(map(_literal, text.split(LANGUAGE)))
        return _literal(text)

    def _named(self, name: str) -> str:
        self._used[name] = self._used.get(name, 0) + 1
        return name if self._used[name] == 1 else f"{name}{self._used[name]}"


def _joined(parts: Sequence[_Part]) -> str:
    if not parts or parts[-1].may_lack:
        return ""
    *folders, last = parts
    return "".join(f"[{p.text}/]" if p.may_lack else f"{p.text}/" for p in folders) + last.text


def _literal(text: str) -> str:
    return re.sub(r"([\\{}\[\]*])", r"\\\1", text)
