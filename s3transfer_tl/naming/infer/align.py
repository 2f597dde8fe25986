"""What two keys have in common, as a relation that other pairs of keys may share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from s3transfer_tl.naming import names
from s3transfer_tl.naming.infer import tags


class Name(NamedTuple):
    """A key taken apart: its folders, the file name without the extension, the extension."""

    folders: tuple[str, ...]
    stem: str
    extension: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the folders and the stem."""
        return (*self.folders, self.stem)


class Overlap(NamedTuple):
    """The text that two stems share, and what stands before and after it on each side."""

    shared: str
    before_video: str
    after_video: str
    before_caption: str
    after_caption: str
    appended: bool = False  # the transcription's name has the video's extension too: clip.mp4.srt
    folded: bool = False  # the two agree only where case is ignored


class Own(NamedTuple):
    """Parts of a path that stand on one side only, at one place."""

    video: tuple[str, ...]
    caption: tuple[str, ...]


class Alignment(NamedTuple):
    """How a video's key and a transcription's key correspond.

    Shared runs of folders and ``owns`` take turns: ``shared[0] owns[0] shared[1] ...``. With an
    ``overlap`` the stems come after the last run; without one they are the last parts of the path,
    and ``tail`` is what follows a transcription's stem that is a folder of the video.
    ``folded``: they agree only where case is ignored.
    """

    shared: tuple[tuple[str, ...], ...]
    owns: tuple[Own, ...]
    overlap: Overlap | None
    folded: bool
    tail: str = ""


_VIDEO = re.compile(rf"(?s:(.*))\.({names.EXT})\Z")
_CAPTION = re.compile(rf"(?s:(.*))\.({names.FORMAT})\Z")
_MOST_OWNS = 2


def video(key: str) -> Name | None:
    """Return the name of a video's key, or None where it has no video's extension."""
    return _split(key, _VIDEO)


def caption(key: str) -> Name | None:
    """Return the name of a transcription's key, or None where it has no transcription's extension."""
    return _split(key, _CAPTION)


def _split(key: str, pattern: re.Pattern[str]) -> Name | None:
    *folders, last = unicodedata.normalize("NFC", key).split("/")
    found = pattern.match(last)
    return found and Name(tuple(folders), found[1], found[2])


def alignments(video: Name, caption: Name) -> Iterator[Alignment]:
    """Yield the ways in which the two correspond: by their file names, by whole parts of the path."""
    overlap = _overlap(video, caption)
    if overlap is not None:
        yield from _aligned(video.folders, caption.folders, overlap)
    if overlap is None or not _is_whole(overlap):
        stem = next((f for f in video.folders if f and _continues(caption.stem, f)), caption.stem)
        parts = (*caption.folders, stem)
        yield from _aligned(video.parts, parts, None, caption.stem[len(stem) :])


def _continues(stem: str, folder: str) -> bool:
    """Whether ``stem`` is a folder's name with a language behind it."""
    rest = stem[len(folder) :]
    return stem.startswith(folder) and rest != "" and tags.tail(rest).base == ""


def _is_whole(overlap: Overlap) -> bool:
    return not (overlap.before_video or overlap.after_video or overlap.before_caption)


def _aligned(
    video: Sequence[str], caption: Sequence[str], overlap: Overlap | None, tail: str = ""
) -> Iterator[Alignment]:
    matcher = SequenceMatcher(None, [_fold(p) for p in video], [_fold(p) for p in caption], autojunk=False)
    shared: list[tuple[str, ...]] = []
    owns: list[Own] = []
    folded = overlap is not None and overlap.folded
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            shared.append(tuple(video[i:j]))
            folded = folded or tuple(video[i:j]) != tuple(caption[k:m])
        else:
            if len(shared) == len(owns):
                shared.append(())
            owns.append(Own(tuple(video[i:j]), tuple(caption[k:m])))
    if len(shared) == len(owns):
        shared.append(())
    if len(owns) <= _MOST_OWNS and (overlap is not None or any(shared)):
        yield Alignment(tuple(shared), tuple(owns), overlap, folded, tail)


def _fold(text: str) -> str:
    folded = text.lower()
    return folded if len(folded) == len(text) else text


def _overlap(video: Name, caption: Name) -> Overlap | None:
    """Return the longest text that both stems have between the ends of words, if any."""
    name = f"{video.stem}.{video.extension}"
    if caption.stem.startswith(name):
        return Overlap(video.stem, "", "", "", caption.stem[len(name) :], appended=True)
    first, second = _fold(video.stem), _fold(caption.stem)
    block = SequenceMatcher(None, first, second, autojunk=False).find_longest_match()
    start, end, shift = block.a, block.a + block.size, block.b - block.a
    while start < end and not _opens(first, start, second, start + shift):
        start += 1
    while start < end and not _closes(first, end, second, end + shift):
        end -= 1
    if not any(c.isalnum() for c in first[start:end]):
        return None
    return Overlap(
        video.stem[start:end],
        video.stem[:start],
        video.stem[end:],
        caption.stem[: start + shift],
        caption.stem[end + shift :],
        folded=video.stem[start:end] != caption.stem[start + shift : end + shift],
    )


def _opens(first: str, i: int, second: str, j: int) -> bool:
    """Whether a word begins here in both texts; digits behind letters are a word, as in ``clip0042``."""
    if not (i and j):
        return _begins(first, i) and _begins(second, j)
    return first[i].isalnum() and _begins(first, i) and _begins(second, j)


def _begins(text: str, at: int) -> bool:
    if at == 0 or not text[at - 1].isalnum() or not text[at].isalnum():
        return True
    return text[at].isdigit() and not text[at - 1].isdigit()


def _closes(first: str, i: int, second: str, j: int) -> bool:
    """Whether a word ends here in both texts."""
    if i < len(first) and j < len(second) and not first[i - 1].isalnum():
        return False
    return all(
        at == len(text) or not (text[at - 1].isalnum() and text[at].isalnum())
        for text, at in ((first, i), (second, j))
    )
