"""Boxes and parts: what is read of a video, and what is never read twice or beyond its end."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3transfer_tl.lint import limits
from s3transfer_tl.media import boxes
from s3transfer_tl.media.parts import HEAD, MOST_BYTES, MOST_REQUESTS, Lacking, Part, Parts
from tests.videos import video


def box(kind: bytes, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def mvhd(units: int, scale: int = 1000, version: int = 0) -> bytes:
    if version:
        return box(b"mvhd", b"\1\0\0\0" + bytes(16) + struct.pack(">IQ", scale, units) + bytes(80))
    return box(b"mvhd", bytes(12) + struct.pack(">II", scale, units) + bytes(80))


def track(kind: bytes, width: int = 0, height: int = 0, tables: int = 0) -> bytes:
    entry = box(b"mp4v", bytes(24) + struct.pack(">HH", width, height) + bytes(50))
    stbl = box(b"stbl", box(b"stsd", bytes(4) + struct.pack(">I", 1) + entry), box(b"stsz", bytes(tables)))
    hdlr = box(b"hdlr", bytes(8) + kind + bytes(12))
    return box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", hdlr, box(b"minf", stbl)))


def movie(*, tables: int = 0, version: int = 0, units: int = 90_000) -> bytes:
    return box(
        b"moov",
        mvhd(units, version=version),
        track(b"vide", 1920, 1080, tables),
        track(b"soun", tables=tables),
    )


FTYP = box(b"ftyp", b"isom", bytes(8))
MDAT = box(b"mdat", bytes(100_000))
FULL_HD = boxes.Movie(1920, 1080, 90.0, True)


def read(data: bytes) -> tuple[boxes.Movie, Parts]:
    parts = Parts(len(data))
    parts.add(0, data[:HEAD])
    while True:
        try:
            return boxes.read(parts), parts
        except Lacking as lacking:
            wanted = lacking.part
        assert wanted.length
        assert wanted.offset + wanted.length <= len(data)
        assert parts.allow(wanted)
        parts.add(wanted.offset, data[wanted.offset : wanted.offset + wanted.length])


@pytest.mark.parametrize(
    "data",
    [
        FTYP + movie() + MDAT,
        FTYP + MDAT + movie(),
        FTYP + movie(version=1) + MDAT,
        FTYP + box(b"free", bytes(50_000)) + MDAT + movie(),
        FTYP + struct.pack(">I4sQ", 1, b"mdat", 16 + 100_000) + bytes(100_000) + movie(),
        movie() + MDAT,
        box(b"wide") + MDAT + movie(),
        FTYP + movie() + struct.pack(">I4s", 0, b"mdat") + bytes(1000),
        FTYP + movie() + MDAT[:5000],
    ],
    ids=[
        "faststart",
        "at the end",
        "64 bits",
        "free",
        "long mdat",
        "no ftyp",
        "wide",
        "to the end",
        "cut mdat",
    ],
)
def test_a_movie_header_is_found_wherever_it_stands(data: bytes) -> None:
    assert read(data)[0] == FULL_HD


@pytest.mark.parametrize("where", ["begin", "end"])
def test_sample_tables_are_not_read(where: str) -> None:
    header = movie(tables=3_000_000)
    data = FTYP + (header + MDAT if where == "begin" else MDAT + header)
    found, parts = read(data)
    assert found == FULL_HD
    assert parts.read < 100_000
    assert parts.requests <= 4


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        ((track(b"vide", 640, 360),), (640, 360, False)),
        ((track(b"soun"),), (0, 0, True)),
        ((track(b"text"), track(b"soun"), track(b"vide", 360, 640)), (360, 640, True)),
        ((track(b"vide", 640, 360), track(b"vide", 320, 180), track(b"soun")), (640, 360, True)),
    ],
)
def test_tracks_are_told_apart(tracks: tuple[bytes, ...], expected: tuple[int, int, bool]) -> None:
    found, _ = read(FTYP + box(b"moov", mvhd(5000), *tracks) + MDAT)
    assert (found.width, found.height, found.has_audio) == expected


def fragmented(*extended: bytes, before: bytes = b"", units: int = 0) -> bytes:
    header = box(b"moov", mvhd(units), track(b"vide", 1920, 1080), track(b"soun"), box(b"mvex", *extended))
    return FTYP + header + before + (box(b"moof", bytes(100)) + MDAT) * 3


def sidx(covered: int, *durations: int) -> bytes:
    share = covered // len(durations)
    entries = b"".join(struct.pack(">III", share, one, 0) for one in durations)
    head = bytes(4) + struct.pack(">IIIIHH", 1, 1000, 0, 0, 0, len(durations))
    return box(b"sidx", head, entries)


def test_a_fragmented_movie_tells_its_duration_in_its_header() -> None:
    assert read(fragmented(box(b"mehd", bytes(4) + struct.pack(">I", 90_000))))[0] == FULL_HD


def test_a_fragmented_movie_tells_its_duration_in_an_index_of_all_of_it() -> None:
    body = 3 * len(box(b"moof", bytes(100)) + MDAT)
    assert read(fragmented(before=sidx(body, 30_000, 30_000, 30_000)))[0] == FULL_HD


@pytest.mark.parametrize(
    "data", [fragmented(), fragmented(before=sidx(50_000, 30_000)), fragmented(units=30_000)]
)
def test_the_duration_of_fragments_is_unknown_where_nothing_tells_all_of_it(data: bytes) -> None:
    assert read(data)[0] == FULL_HD._replace(duration=None)


@pytest.mark.parametrize(
    "header",
    [
        box(b"moov", mvhd(0), track(b"vide", 640, 360)),
        box(b"moov", mvhd(0xFFFF_FFFF), track(b"vide", 640, 360)),
        box(b"moov", mvhd(9000)),
        box(b"moov", box(b"cmov", bytes(500))),
        box(b"moov", mvhd(9000), box(b"trak", box(b"mdia"))),
    ],
    ids=["no duration", "unknown duration", "no tracks", "compressed", "empty track"],
)
def test_what_the_boxes_leave_open_is_a_doubt_and_no_verdict(header: bytes) -> None:
    with pytest.raises(boxes.Doubt) as doubt:
        read(FTYP + header + MDAT)
    assert not isinstance(doubt.value, boxes.Broken)


@pytest.mark.parametrize(
    "data",
    [
        FTYP + MDAT,
        FTYP + MDAT[:5000],
        FTYP + movie()[:-50],
        FTYP + box(b"moov", struct.pack(">I4s", 4, b"trak")),
        FTYP + box(b"moov", struct.pack(">I4s", 9999, b"trak")),
        FTYP + box(b"free") * 5000 + movie(),
    ],
    ids=["no header", "cut off", "cut in the header", "too small", "too large", "too many"],
)
def test_a_broken_movie_is_said_to_be(data: bytes) -> None:
    with pytest.raises(boxes.Broken):
        read(data)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_a_file_holds_reading_it_ends(data: st.DataObject) -> None:
    sound = FTYP + movie() + MDAT[:1000]
    at = data.draw(st.integers(0, len(sound) - 1))
    spoilt = sound[:at] + data.draw(st.binary(max_size=20)) + sound[at + data.draw(st.integers(0, 30)) :]
    parts = Parts(len(spoilt))
    parts.add(0, spoilt[: data.draw(st.integers(8, 600))])
    for _ in range(1000):
        try:
            boxes.read(parts)
        except Lacking as lacking:
            offset, length = lacking.part
            assert length > 0
            parts.add(offset, spoilt[offset : offset + length])
            continue
        except boxes.Doubt:
            pass
        return
    pytest.fail("it asks for ever")


@given(st.integers(1, 5000), st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 900)), max_size=20))
def test_parts_give_the_bytes_of_the_file(size: int, wanted: list[tuple[int, int]]) -> None:
    whole = bytes(number * 7 % 251 for number in range(size))
    parts = Parts(size)
    for offset, length in wanted:
        while True:
            try:
                assert parts.get(offset, length, at_once=100) == whole[offset : offset + length]
                break
            except Lacking as lacking:
                start, count = lacking.part
                assert all(start + count <= at or start >= at + len(data) for at, data in parts.held.items())
                parts.add(start, whole[start : start + count])


def test_a_video_costs_a_bounded_number_of_requests_and_bytes() -> None:
    parts = Parts(10 * MOST_BYTES)
    assert parts.allow(Part(0, MOST_BYTES))
    assert not parts.allow(Part(0, MOST_BYTES + 1))
    for number in range(MOST_REQUESTS):
        assert parts.allow(Part(number, 1))
        parts.add(number, b"x")
    assert not parts.allow(Part(99, 1))


@pytest.mark.parametrize(
    "options", [{}, {"movflags": "faststart"}, {"movflags": "frag_keyframe+empty_moov+global_sidx"}]
)
@pytest.mark.parametrize("kind", ["mp4", "mov"])
def test_what_ffmpeg_writes_is_read_as_ffmpeg_reads_it(kind: str, options: dict[str, str]) -> None:
    found, _ = read(video(5, kind=kind, **options))
    assert (found.width, found.height, found.has_audio) == (640, 360, True)
    assert found.duration == pytest.approx(5, abs=0.05)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("v1.1", "v1.1"),
        ("v1.1.1", "v1.1.1"),
        ("v1.1.2", "v1.1.2"),
        ("v1.2", "v1.2"),
        ("v1.3", "v1.3"),
        ("v1.9", "v1.3"),
        ("v1", "v1.1"),
        ("v1.2.5", "v1.2"),
    ],
)
def test_a_version_has_the_limits_of_the_latest_before_it(asked: str, found: str) -> None:
    assert limits.of(asked).version == found


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (4, "4 s"),
        (3.25, "3.25 s"),
        (1800, "30 min"),
        (7200, "2 h"),
        (11400, "3 h 10 min"),
        (901.5, "15 min 1.5 s"),
    ],
)
def test_seconds_are_told_as_people_tell_them(seconds: float, words: str) -> None:
    assert limits.seconds(seconds) == words
