"""What a manifest does as a rule, so that the exceptions stand out: TL405, TL501, TL502.

The first pass counts, in bounded memory; an exception is told once, at its first entry. A file that
has no custom, or that follows one of its own throughout, has no exceptions.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import NamedTuple, TypeVar

from s3transfer_tl.lint import language, stems
from s3transfer_tl.lint.proof import Columns
from s3transfer_tl.lint.rules import Complaint
from s3transfer_tl.model import Severity

_MOST = 50_000  # folders, ways between them, and ways to differ, that are told apart
_USUAL = 0.8  # of all pairs; where fewer go one way, there is no custom of folders
_MANY = 50  # entries in a row that go one way: theirs is a custom
_RECENT = 4096  # pairs of folders that are counted before they are looked at
_LOOKS = 100_000  # pairs whose names are compared one by one: a second or two
_SCHEME = len("s3://")
FEW = 4  # entries that make a custom

Name = TypeVar("Name", bound=Hashable)
Told = dict[tuple[str, int], Complaint]


class Tally(NamedTuple):
    """How many entries have something, and the number of the first one."""

    entries: int
    first: int


class Customs:
    """Counts the entries of one manifest."""

    def __init__(self) -> None:
        self._recent: dict[tuple[str, str | None, str], Tally] = {}  # folders of both, and language
        self.folders: dict[tuple[str, str], Tally] = {}  # videos by folder and language
        self._buckets: dict[str, Tally] = {}  # of videos
        self._places: dict[stems.Way, Tally] = {}
        self._pairs = 0
        self._looks = _LOOKS
        self._ways: dict[tuple[str, str], int] = {}  # of stems that disagree: its ordinal
        self._way_counts: Counter[int] = Counter()
        self._odd = array("I")  # entries whose stems disagree; their ways; digests of the two stems
        self._odd_ways = array("I")
        self._odd_videos, self._odd_transcriptions = array("q"), array("q")

    def note(self, number: int, tag: str, video: str, transcription: str | None) -> None:
        """Count one entry; the URIs name files in buckets."""
        add(self._buckets, _bucket(video), Tally(1, number))
        self._count_folder(video[: video.rfind("/")], tag, Tally(1, number))
        if transcription is not None:
            self._note_pair(number, tag, video, transcription)

    def note_run(self, first: int, run: Columns) -> list[int]:
        """Count entries ``first``, ``first + 1``, ... at once; return the numbers of those whose
        transcription's name may tell another language than theirs."""
        keys = list(zip(run.folders, run.places, run.tags, strict=True))
        for key, count in Counter(keys).items():
            known = self._recent.get(key)
            at = known.first if known else first + keys.index(key)
            self._recent[key] = Tally(known.entries + count if known else count, at)
        if len(self._recent) > _RECENT:
            self._look_at_recent()
        if None not in run.places:
            return []
        pairs = zip(run.places, run.transcriptions, strict=True)
        other = [place is None and transcription is not None for place, transcription in pairs]
        if not any(other):
            return []
        numbers = range(first, first + len(other))
        rows = (
            list(compress(column, other)) for column in (numbers, run.tags, run.videos, run.transcriptions)
        )
        return self._note_pairs(*rows)  # type: ignore[arg-type]  # with transcriptions

    def _look_at_recent(self) -> None:
        """Count what ``note_run`` has gathered."""
        for (folder, place, tag), tally in self._recent.items():
            add(self._buckets, _bucket(f"{folder}/"), tally)
            self._count_folder(folder, tag, tally)
            if place is not None:
                self._count_place(stems.way(folder, place, tag), tally)
                self._pairs += tally.entries
        self._recent.clear()

    def _note_pairs(
        self,
        numbers: Sequence[int],
        tags: Sequence[str],
        videos: Sequence[str],
        transcriptions: Sequence[str],
    ) -> list[int]:
        """Count pairs: those that plainly agree at once, the others one by one."""
        starts = [video[: video.rfind(".") + 1] for video in videos]
        ends = transcriptions
        agree = list(map(str.startswith, ends, starts))
        place: stems.Way | None = stems.BESIDE
        if len(agree) > _MANY and not any(
            agree
        ):  # perhaps in another tree, or with another beginning, but else alike
            here, there = _common(videos), _common(transcriptions)
            if any("/" in start[len(here) :] for start in starts):  # many folders: whole ones agree
                here, there = here[: here.rfind("/") + 1], there[: there.rfind("/") + 1]
            starts = [start[len(here) :] for start in starts]
            ends = [uri[len(there) :] for uri in transcriptions]
            place = _place(here, there, starts, tags[0])
            if place is not None:
                agree = list(map(str.startswith, ends, starts))
        count = sum(agree)
        if count and place is not None:
            self._pairs += count
            at = agree.index(True)
            self._count_place(place, Tally(count, numbers[at]))
            name, caption = (_name(uris[at]) for uris in (videos, transcriptions))
            if not stems.plainly_agree(name, caption) and not stems.agree(name, caption):
                self._count_way(name, caption, count)  # all of them differ alike
        if count < len(agree):
            odd = [at for at, agrees in enumerate(agree) if not agrees]
            for at in odd:
                self._note_pair(numbers[at], tags[at], videos[at], transcriptions[at])
        return _doubtful(numbers, tags, videos, transcriptions, map(str.removeprefix, ends, starts))

    def _note_pair(self, number: int, tag: str, video: str, transcription: str) -> None:
        folder, _, name = video.rpartition("/")
        other, _, caption = transcription.rpartition("/")
        self._pairs += 1
        self._count_place(stems.way(folder, other, tag), Tally(1, number))
        if stems.plainly_agree(name, caption) or not self._looks:
            return
        self._looks -= 1
        if not stems.agree(name, caption):
            self._odd.append(number)
            self._odd_ways.append(self._count_way(name, caption, 1))
            self._odd_videos.append(hash(stems.words(name)))
            self._odd_transcriptions.append(hash(stems.words(caption)))

    def _count_way(self, name: str, caption: str, count: int) -> int:
        """Count a way to differ; return its ordinal."""
        way = self._ways.setdefault(stems.difference(name, caption), len(self._ways))
        self._way_counts[way] += count
        return way

    def _count_folder(self, folder: str, tag: str, tally: Tally) -> None:
        if (folder, tag) in self.folders or len(self.folders) < _MOST:
            add(self.folders, (folder, tag), tally)

    def _count_place(self, place: stems.Way, tally: Tally) -> None:
        if place in self._places or len(self._places) < _MOST:
            add(self._places, place, tally)

    def exceptions(self, *, names_are_judged: bool) -> Told:
        """Return what the rules say, by code and entry. ``names_are_judged``: naming rules decide on
        names and places, so that customs need not."""
        self._look_at_recent()
        told = {("TL405", at): complaint for at, complaint in self._odd_buckets()}
        if not names_are_judged:
            told.update((("TL501", at), complaint) for at, complaint in self._odd_names())
            told.update((("TL502", at), complaint) for at, complaint in self._odd_places())
        return told

    def _odd_buckets(self) -> Iterator[tuple[int, Complaint]]:
        if len(self._buckets) < 2:
            return
        total, most = sum(tally.entries for tally in self._buckets.values()), main(self._buckets)
        for bucket, tally in self._buckets.items():
            if bucket != most:
                count = self._buckets[most].entries
                said = f"{tally.entries:,} of {total:,} videos lie in {bucket}, {count:,} in {most}"
                yield tally.first, Complaint(said, "object")

    def _odd_names(self) -> Iterator[tuple[int, Complaint]]:
        usual = {
            number
            for way, number in self._ways.items()
            if self._way_counts[number] >= FEW - 1
            and not any(char.isdigit() for part in way for char in part)
        }
        odd = [at for at, way in enumerate(self._odd_ways) if way not in usual]
        owners = dict(zip(reversed(self._odd_videos), reversed(self._odd), strict=True))
        holders = dict(zip(reversed(self._odd_transcriptions), reversed(self._odd), strict=True))
        few = len(odd) * FEW <= self._pairs
        for at in odd:
            owner = owners.get(self._odd_transcriptions[at])
            holder = holders.get(self._odd_videos[at])
            if owner is not None:
                said = f"transcription is named after another video, that of entry {owner}"
                hint = "" if holder is None else f"entry {holder} has the one that is named after this video"
                yield self._odd[at], Complaint(said, "transcription", hint=hint)
            elif few:
                yield self._odd[at], Complaint("transcription is not named after the video", "transcription")

    def _odd_places(self) -> Iterator[tuple[int, Complaint]]:
        if len(self._places) < 2:
            return
        usual = main(self._places)
        count = self._places[usual].entries
        if count < max(FEW, _USUAL * self._pairs):
            return
        for place, tally in self._places.items():
            if place != usual:
                more = f", as do {tally.entries - 1:,} more" if tally.entries > 1 else ""
                said = f"transcription lies {place}{more}; {count:,} of {self._pairs:,} lie {usual}"
                severity = Severity.INFO if place.bucket == usual.bucket else Severity.WARNING
                yield tally.first, Complaint(said, "transcription", severity=severity)


def add(tallies: dict[Name, Tally], name: Name, tally: Tally) -> None:
    """Count ``tally`` under ``name``."""
    known = tallies.get(name)
    tallies[name] = (
        tally if known is None else Tally(known.entries + tally.entries, min(known.first, tally.first))
    )


def main(tallies: Mapping[Name, Tally]) -> Name:
    """Return the most frequent, the first of several."""
    return max(tallies, key=lambda name: (tallies[name].entries, -tallies[name].first))


def _doubtful(
    numbers: Sequence[int],
    tags: Sequence[str],
    videos: Sequence[str],
    transcriptions: Sequence[str],
    rests: Iterable[str],
) -> list[int]:
    """Return the numbers of the pairs whose tail does not plainly suit the tag. ``rests`` are what
    stands behind the video's stem, or the whole URI where that is no part of it."""
    said = list(zip(tags, rests, strict=True))
    plain = {(tag, rest): language.plainly_suits(tag, rest) for tag, rest in set(said)}
    if all(plain.values()):
        return []
    doubtful = compress(
        zip(numbers, tags, videos, transcriptions, strict=True), (not plain[one] for one in said)
    )
    return [
        number
        for number, tag, video, transcription in doubtful
        if (told := language.suffix(video, transcription)) is not None and not language.suits(told, tag)
    ]


def _bucket(uri: str) -> str:
    return uri[5 : uri.index("/", 5)]


def _name(uri: str) -> str:
    return uri[uri.rfind("/") + 1 :]


def _shared(uris: Sequence[str]) -> str:
    """Return what all ``uris`` begin with."""
    first, last = min(uris), max(uris)
    return first[: next((at for at, char in enumerate(first) if last[at : at + 1] != char), len(first))]


def _common(uris: Sequence[str]) -> str:
    """Return the whole words that all ``uris`` begin with."""
    shared = _shared(uris)
    return shared[: max(shared.rfind(mark) for mark in "/_- ") + 1]


def _place(here: str, there: str, starts: Iterable[str], tag: str) -> stems.Way | None:
    """Return the way from videos that begin with ``here`` to transcriptions that begin with ``there``
    where the same follows; None where it cannot be told for all of them at once."""
    if len(here) <= _SCHEME or len(there) <= _SCHEME:
        return None
    if not (here.endswith("/") and there.endswith("/")) and any("/" in start for start in starts):
        return None
    return stems.way(here.rpartition("/")[0], there.rpartition("/")[0], tag)
