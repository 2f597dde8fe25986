"""The check flow with headers of videos: which are read, what is kept, what is undecided."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator

import pytest

from s3transfer_tl import check, lint
from s3transfer_tl.lint.limits import Engine, Platform
from s3transfer_tl.model import AccessVerdict, MediaVerdict, ObjectState
from s3transfer_tl.sources.objects import Answer, Wanted

INDEX = "629d807aa9e2a3a33a92c00b"
SOUND = (1920, 1080, 900.0, True, "mov", "")


def srt(last: int) -> bytes:
    """Return subtitles whose last cue ends at ``last`` seconds."""
    return b"1\n00:00:01,000 --> 00:%02d:%02d,000\nHello.\n" % divmod(last, 60)


class World:
    """Videos and transcriptions by key, all of them public."""

    def __init__(self) -> None:
        self.videos: dict[str, tuple[object, ...]] = {}
        self.states: dict[str, dict[str, object]] = {}
        self.bodies: dict[str, bytes] = {}
        self.probed: list[str] = []

    def access(self, uris: Iterable[str]) -> Iterator[AccessVerdict]:
        return (AccessVerdict(uri, "public", 200, "200") for uri in uris)

    def ask(self, wanted: Iterable[Wanted]) -> Iterator[Answer]:
        for one in wanted:
            key = one.uri.removeprefix("s3://media/")
            body = self.bodies.get(key, srt(60))
            state = ObjectState(one.uri, **{"size": len(body), **self.states.get(key, {})})  # type: ignore[arg-type]
            yield Answer(one, state, body if one.body else None)

    def probe(self, uris: Iterable[str]) -> Iterator[MediaVerdict]:
        for uri in uris:
            key = uri.removeprefix("s3://media/")
            self.probed.append(key)
            yield MediaVerdict(uri, *self.videos.get(key, SOUND))  # type: ignore[arg-type]

    def check(
        self,
        *pairs: tuple[str, str],
        ignore: tuple[str, ...] = (),
        platform: Platform = Platform(),  # noqa: B008
    ) -> check.Checked:
        rows = [
            {
                "index_id": INDEX,
                "language": "en",
                "object": f"s3://media/{v}",
                "transcription": f"s3://media/{t}",
            }
            for v, t in pairs
        ]
        *_, last = check.run(
            io.BytesIO(json.dumps(rows, indent=2).encode()),
            "m.json",
            control=lint.Control(ignore=ignore),
            check_access=self.access,
            ask=self.ask,
            probe=self.probe,
            platform=platform,
        )
        assert isinstance(last, check.Checked)
        return last


@pytest.fixture
def world() -> World:
    return World()


def codes(done: check.Checked) -> list[tuple[str, str, int | None]]:
    return [(one.code, one.severity.value, one.entry) for one in done.review.findings if one.code > "TL61"]


def test_sound_videos_leave_nothing_behind(world: World) -> None:
    done = world.check(("a.mp4", "a.srt"), ("b.mp4", "b.srt"))
    assert codes(done) == []
    assert world.probed == ["a.mp4", "b.mp4"]
    assert not {item.code for item in done.review.not_run} & {"TL610", "TL611", "TL612", "TL613"}


def test_each_limit_is_told_at_its_entry(world: World) -> None:
    world.videos = {
        "b.mp4": (320, 240, 900.0, True),
        "c.mp4": (1920, 1080, 8000.0, True),
        "d.mp4": (1920, 1080, 900.0, False),
        "e.mp4": (None, None, None, None, None, "it is cut off"),
    }
    pairs = [(f"{name}.mp4", f"{name}.srt") for name in "abcde"]
    assert codes(world.check(*pairs)) == [
        ("TL610", "error", 1),
        ("TL611", "error", 2),
        ("TL612", "warning", 3),
        ("TL610", "info", 4),
    ]


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        (Platform(), [("TL611", "warning", 0), ("TL612", "warning", 0)]),
        (Platform(engines=(Engine("marengo2.6"),)), [("TL612", "warning", 0)]),
        (Platform(engines=(Engine("marengo2.6", frozenset({"visual"})),)), []),
        (Platform(engines=(Engine("marengo2.6", frozenset({"conversation"})),)), [("TL612", "error", 0)]),
        (Platform(engines=(Engine("pegasus1.1", frozenset({"visual"})),)), [("TL611", "error", 0)]),
        (Platform("v1.1.1"), [("TL612", "error", 0)]),
        (Platform("v1.3"), []),
        (Platform("v1.1"), [("TL610", "error", 0), ("TL612", "error", 0)]),
    ],
)
def test_videos_are_judged_for_the_version_and_the_engines_told(
    platform: Platform, expected: list[tuple[str, str, int]], world: World
) -> None:
    world.videos = {"a.mp4": (1920, 1080, 2400.0, False)}
    assert codes(world.check(("a.mp4", "a.srt"), platform=platform)) == expected


def test_a_transcription_that_goes_on_after_its_video_is_told(world: World) -> None:
    world.videos = {"a.mp4": (1920, 1080, 61.0, True), "b.mp4": (1920, 1080, 61.0, True)}
    world.bodies = {"a.srt": srt(61), "b.srt": srt(90)}
    done = world.check(("a.mp4", "a.srt"), ("b.mp4", "b.srt"))
    assert codes(done) == [("TL613", "warning", 1)]


def test_of_a_video_with_several_transcriptions_each_is_judged(world: World) -> None:
    world.videos = {"a.mp4": (1920, 1080, 61.0, True)}
    world.bodies = {"a.en.srt": srt(61), "a.es.srt": srt(90)}
    done = world.check(("a.mp4", "a.en.srt"), ("a.mp4", "a.es.srt"))
    assert codes(done) == [("TL613", "warning", 1)]
    assert world.probed == ["a.mp4"]


def test_what_has_no_content_is_not_read(world: World) -> None:
    world.states = {
        "a.mp4": {"there": False},
        "b.mp4": {"size": 0},
        "c.mp4": {"storage_class": "GLACIER"},
        "d.mp4": {"storage_class": "GLACIER", "restored": True},
    }
    world.check(*((f"{name}.mp4", f"{name}.srt") for name in "abcd"))
    assert world.probed == ["d.mp4"]


def test_a_video_that_s3_did_not_serve_is_undecided_and_no_finding(world: World) -> None:
    world.videos = {"a.mp4": (None, None, None, None, None, "no answer", True)}
    done = world.check(("a.mp4", "a.srt"), ("b.mp4", "b.srt"))
    assert codes(done) == []
    assert [(one.objects, one.first) for one in done.undecided] == [(1, "s3://media/a.mp4")]
    assert "TL610" in {item.code for item in done.review.not_run}


def test_without_the_content_of_transcriptions_tl613_does_not_run(world: World) -> None:
    done = world.check(("a.mp4", "a.srt"), ignore=("TL7",))
    assert "TL613" in {item.code for item in done.review.not_run}
