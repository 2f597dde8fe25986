"""Builds and reviews with decisions: what a person said comes first, and nothing else moves."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from s3transfer_tl import build, decisions, naming, schema, sources
from s3transfer_tl.build import explain, pairing, plan, review
from s3transfer_tl.decisions import Decision
from s3transfer_tl.errors import ConfigError, NothingToDo, PolicyError
from s3transfer_tl.model import Config, RuleSpec, S3Object, S3Settings, SourceSpec
from tests import inventories

INDEX = "629d807aa9e2a3a33a92c00b"
KEYS = [
    "a.mov",
    "a.mp4",
    "a.srt",
    "b.mp4",
    "b.de.srt",
    "b.fr.srt",
    "c.mp4",
    "c.srt",
    "d.mp4",
    "e.mp4",
    "f.es.srt",
]
RAW = RuleSpec(
    name="raw", video="{n}.{ext}", transcription="raw/{n}.{format}", index_id="r" * 24, language="fi"
)


class World:
    """A folder with a config, a listing of a bucket, and decisions."""

    def __init__(self, folder: Path, keys: Sequence[str] = KEYS, **more: Any) -> None:
        self.folder = folder
        self.config = Config(
            path=str(folder / "transfer.yaml"),
            videos=SourceSpec("keys.txt"),
            index_id=INDEX,
            language="en",
            ambiguous="omit",
            access="off",
            decisions="decisions.yaml",
        )
        self.config = replace(self.config, **more)
        self.list(keys)

    def list(self, keys: Sequence[str]) -> None:
        lines = (
            f'{{"uri": "s3://media/{key}", "size": {len(key)}, "last_modified": "2024"}}\n' for key in keys
        )
        (self.folder / "keys.txt").write_text("".join(lines), encoding="utf-8")

    def decide(self, **decided: str | None) -> None:
        """``a_mp4="a.srt"`` decides about a.mp4."""
        made = [
            Decision(f"s3://media/{video.replace('_', '.')}", other and f"s3://media/{other}")
            for video, other in decided.items()
        ]
        (self.folder / "decisions.yaml").write_text(decisions.dumps(made), encoding="utf-8")

    def open(self, spec: str, side: Any) -> Any:
        return sources.open(spec, role=side, s3=S3Settings(), base=self.folder, stdin=io.BytesIO())

    def build(self, **target: Any) -> build.Built:
        *_, last = build.run(
            self.config,
            open_source=self.open,
            check_access=lambda uris: iter(()),
            target=build.Target(self.folder / "manifest.json", io.BytesIO(), **target),
        )
        assert isinstance(last, build.Built)
        return last

    def doubtful(self, limit: int = review.LIMIT) -> review.Doubtful:
        *_, last = review.run(self.config, plan.decided(self.config), open_source=self.open, limit=limit)
        assert isinstance(last, review.Doubtful)
        return last

    @property
    def manifest(self) -> dict[str, str]:
        entries = json.loads((self.folder / "manifest.json").read_bytes())
        return {one["object"][11:]: one["transcription"][11:] for one in entries}

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "manifest.report.json").read_bytes())
        jsonschema.validate(found, schema.load("report"))
        return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_build_honours_and_reports_what_was_decided(world: World) -> None:
    world.decide(
        a_mov="a.srt", b_mp4="b.fr.srt", c_mp4=None, d_mp4="f.es.srt", x_mp4="c.srt", e_mp4="gone.srt"
    )
    built = world.build()
    assert world.manifest == {"a.mov": "a.srt", "b.mp4": "b.fr.srt", "d.mp4": "f.es.srt"}
    assert built.summary["decisions"] == {"applied": 3, "none": 1, "stale": 2}
    assert [one["language"] for one in json.loads((world.folder / "manifest.json").read_bytes())] == [
        "en",
        "fr",
        "es",
    ]
    report = world.report
    assert {one["rule"] for one in report["pairs"]} == {"decision"}
    assert report["unmatched_videos"] == [
        {
            "object": "s3://media/a.mp4",
            "nearest": None,
            "reason": "given_away",
            "wanted": "s3://media/a.srt",
            "taker": "s3://media/a.mov",
        },
        {"object": "s3://media/c.mp4", "nearest": None, "reason": "decided"},
        {"object": "s3://media/e.mp4", "nearest": report["unmatched_videos"][2]["nearest"]},
    ]
    assert [(one["line"], one["missing"]) for one in report["stale_decisions"]] == [
        (12, ["transcription"]),
        (14, ["video"]),
    ]
    stale = [one for one in built.review.findings if one.code == "TL808"]
    assert [(one.file, one.line) for one in stale] == [
        (str(world.folder / "decisions.yaml"), 12),
        (str(world.folder / "decisions.yaml"), 14),
    ]


def test_two_builds_with_decisions_are_byte_equal(world: World) -> None:
    world.decide(a_mov="a.srt", b_mp4="b.fr.srt", c_mp4=None)
    world.build()
    first = (world.folder / "manifest.json").read_bytes()
    world.list(KEYS[::-1])
    world.build()
    assert (world.folder / "manifest.json").read_bytes() == first


@pytest.mark.parametrize("named", [None, "decisions.yaml"])
def test_without_a_decision_all_is_as_the_rules_have_it(world: World, named: str | None) -> None:
    world.config = replace(world.config, decisions=named)
    built = world.build()
    assert world.manifest == {"c.mp4": "c.srt"}
    nothing = {"applied": 0, "none": 0, "stale": 0}
    assert built.summary.get("decisions") == (nothing if named else None)
    assert ("stale_decisions" in world.report) is bool(named)


def test_a_policy_that_fails_is_content_once_all_is_decided(world: World) -> None:
    world.config = replace(world.config, ambiguous="fail")
    with pytest.raises(PolicyError, match="3 videos are ambiguous"):
        world.build()
    world.decide(a_mov="a.srt", b_mp4=None)
    world.build()
    assert world.manifest == {"a.mov": "a.srt", "c.mp4": "c.srt"}
    world.config = replace(world.config, unmatched_video="fail")
    with pytest.raises(PolicyError, match="4 videos have no transcription"):
        world.build()


def test_an_unmatched_video_is_emitted_where_the_policy_says_so(world: World) -> None:
    world.config = replace(world.config, unmatched_video="include")
    world.decide(c_mp4=None)
    world.build()
    entries = json.loads((world.folder / "manifest.json").read_bytes())
    assert {one["object"] for one in entries if "transcription" not in one} >= {"s3://media/c.mp4"}


def test_a_decided_pair_has_the_index_of_the_rule_that_brings_it(tmp_path: Path) -> None:
    keys = ["a.mp4", "raw/a.srt", "a.srt", "b.mp4", "x.pt.srt", "raw/c.zq.srt", "c.mp4"]
    world = World(tmp_path, keys, rules=(RuleSpec(preset="sidecar"), RAW))
    world.decide(a_mp4="raw/a.srt", b_mp4="x.pt.srt")
    built = world.build()
    entries = json.loads((world.folder / "manifest.json").read_bytes())
    assert [(one["index_id"], one["language"]) for one in entries] == [("r" * 24, "fi"), (INDEX, "pt")]
    assert not [one for one in built.review.findings if "raw" in one.message and one.code == "TL806"]


def test_decisions_are_honoured_of_two_listings_and_of_an_inventory(tmp_path: Path) -> None:
    rows = [inventories.Row(f"shows/{key}") for key in KEYS]
    inventory = inventories.write(tmp_path, [rows], form="Parquet")
    (tmp_path / "subs.txt").write_text("s3://texts/x/b.srt\ns3://texts/x/a.srt\n", encoding="utf-8")
    world = World(tmp_path)
    made = [
        Decision("s3://media/shows/b.mp4", "s3://texts/x/a.srt"),
        Decision("s3://media/shows/a.mp4", "s3://media/shows/a.srt"),
    ]
    (tmp_path / "decisions.yaml").write_text(decisions.dumps(made), encoding="utf-8")
    world.config = replace(
        world.config,
        videos=SourceSpec(str(inventory)),
        transcriptions=SourceSpec("subs.txt"),
    )
    assert world.build().summary["decisions"] == {"applied": 1, "none": 0, "stale": 1}
    world.config = replace(world.config, transcriptions=None)
    assert world.build().summary["decisions"] == {"applied": 1, "none": 0, "stale": 1}
    (one,) = [item for item in world.doubtful().items if item.decision]
    assert (one.video, one.candidates[0].size) == ("s3://media/shows/a.mp4", rows[2].size)


def test_what_is_built_since_counts_a_decision_as_new(world: World) -> None:
    world.build()
    (world.folder / "manifest.json").rename(world.folder / "old.json")
    world.decide(c_mp4="f.es.srt", b_mp4="b.fr.srt")
    *_, _last = build.run(
        world.config,
        open_source=world.open,
        check_access=lambda uris: iter(()),
        target=build.Target(world.folder / "manifest.json", io.BytesIO()),
        since=build.since.read(world.folder / "old.json"),
    )
    assert world.manifest == {"b.mp4": "b.fr.srt", "c.mp4": "f.es.srt"}


def test_a_file_that_cannot_be_used_ends_the_build_before_anything_is_listed(world: World) -> None:
    (world.folder / "decisions.yaml").write_text("version: 1\ndecisions: [{video: x}]\n")
    (world.folder / "keys.txt").unlink()
    with pytest.raises(ConfigError) as caught:
        world.build()
    assert [(one.line, one.column) for one in caught.value.findings] == [(2, 13)]


class Narrow:
    """A place in S3 that notes below what it was listed."""

    root, mode = "s3://media/in/", "stream"

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = keys
        self.prefixes: tuple[str, ...] = ()

    def below(self, starts: Sequence[str]) -> Any:
        self.prefixes = tuple(self.root + start for start in starts)
        return self

    def pages(self) -> Any:
        found = (S3Object("media", key, len(key), last_modified="2024") for key in self.keys)
        yield [one for one in found if one.uri.startswith(self.prefixes or self.root)]


def test_a_listing_cut_short_still_has_what_was_decided(world: World) -> None:
    keys = ["in/a/x.mp4", "in/a/x.srt", "in/late/y.srt", "in/late/z.srt", "in/a/w.mp4"]
    source = Narrow(keys)
    sided = SourceSpec("s3://media/in/", include=("a/*.mp4",))
    world.config = replace(world.config, videos=sided, transcriptions=SourceSpec("s3://media/in/"))
    world.open = lambda spec, side: source  # type: ignore[method-assign]
    world.build()
    assert source.prefixes == ("s3://media/in/a/",)
    made = [Decision("s3://media/in/a/w.mp4", "s3://media/in/late/y.srt")]
    (world.folder / "decisions.yaml").write_text(decisions.dumps(made), encoding="utf-8")
    assert world.build().summary["decisions"]["applied"] == 1
    assert source.prefixes == ("s3://media/in/a/", "s3://media/in/late/y.srt")


def test_a_review_of_a_bucket_tells_sizes_and_times(world: World) -> None:
    world.config = replace(world.config, videos=SourceSpec("s3://media/in/"))
    world.open = lambda spec, side: Narrow(["in/a.mp4", "in/a.de.srt", "in/a.fr.srt"])  # type: ignore[method-assign]
    (found,) = world.doubtful().items
    assert {(one.size, one.last_modified) for one in (found, *found.candidates)} == {
        (8, "2024"),
        (11, "2024"),
    }


def test_a_review_of_a_listing_in_a_file_tells_sizes_and_times(world: World) -> None:
    world.list(["a.mp4", "a.de.srt", "a.fr.srt"])
    (found,) = world.doubtful().items
    assert {(one.size, one.last_modified) for one in (found, *found.candidates)} == {(5, "2024"), (8, "2024")}


def test_many_decisions_are_listed_by_their_folders() -> None:
    config = Config("x", SourceSpec("s3://media/in/", include=("a/*.mp4",)), SourceSpec("s3://media"))
    made = [Decision(f"s3://media/in/a/{n}.mp4", f"s3://media/late/{n}.srt") for n in range(50)]
    rules = naming.compile(config.rules)
    assert plan.pushed(config, rules, made[:2]).transcriptions == ("a/", "late/0.srt", "late/1.srt")
    assert plan.pushed(config, rules, made).transcriptions == ("a/", "late/")
    assert plan.pushed(config, rules).transcriptions == ("a/",)


def test_explain_names_the_decision_and_its_line(world: World) -> None:
    world.decide(a_mov="a.srt", b_mp4="b.fr.srt", c_mp4=None)
    asked = ["a.mov", "a.mp4", "a.srt", "b.de.srt", "c.mp4", "c.srt", "d.mp4"]
    *_, found = explain.run(world.config, asked, open_source=world.open)
    assert isinstance(found, explain.Explained)
    said = {one.key: (one.outcome, one.sentence) for one in found.keys}
    assert said == {
        "a.mov": ("paired", "paired by your decision in decisions.yaml:4"),
        "a.srt": ("paired", "paired by your decision in decisions.yaml:4"),
        "a.mp4": (
            "unmatched",
            "no transcription: your decision in decisions.yaml:4 gives s3://media/a.srt to s3://media/a.mov",
        ),
        "b.de.srt": (
            "decided",
            "in no pair: your decision in decisions.yaml:6 says otherwise for s3://media/b.mp4",
        ),
        "c.mp4": ("unmatched", "no transcription by your decision in decisions.yaml:8"),
        "c.srt": (
            "decided",
            "in no pair: your decision in decisions.yaml:8 says otherwise for s3://media/c.mp4",
        ),
        "d.mp4": ("unmatched", "no transcription"),
    }
    verdicts = {
        one.key: [candidate.verdict for trial in one.trials for candidate in trial.candidates]
        for one in found.keys
    }
    assert verdicts["a.srt"] == ["won", "decided"]
    assert verdicts["c.mp4"] == ["decided"]


def test_pairs_without_a_manifest_are_those_of_a_build(world: World) -> None:
    world.decide(a_mov="a.srt", c_mp4=None)
    *_, found = pairing.run(world.config, open_source=world.open)
    assert isinstance(found, pairing.Pairing)
    assert [(one.object, one.rule) for one in found.pairs] == [("s3://media/a.mov", "decision")]


def test_a_review_is_given_what_the_rules_do_not_decide_and_what_is_known_of_it(world: World) -> None:
    found = world.doubtful()
    assert [(one.video[11:], one.kind) for one in found.items] == [
        ("a.mov", "contested"),
        ("a.mp4", "contested"),
        ("b.mp4", "ambiguous"),
        ("d.mp4", "unmatched"),
        ("e.mp4", "unmatched"),
    ]
    tied = found.items[2]
    assert (tied.size, tied.decision) == (5, None)
    assert [(one.uri[11:], one.rule, one.language, one.size, one.why) for one in tied.candidates] == [
        ("b.de.srt", "sidecar", "de", 8, "tied by sidecar"),
        ("b.fr.srt", "sidecar", "fr", 8, "tied by sidecar"),
    ]
    assert [one.why for one in found.items[0].candidates] == [
        "brought by sidecar; s3://media/a.mp4 wants it too"
    ]
    assert (found.more, found.stale) == (0, ())


def test_a_review_shows_what_is_decided_last_with_the_decision(world: World) -> None:
    world.decide(a_mov="a.srt", b_mp4="f.es.srt", c_mp4=None, e_mp4=None, x_mp4=None)
    found = world.doubtful()
    assert [(one.video[11:], one.kind, one.decision is not None) for one in found.items] == [
        ("a.mp4", "unmatched", False),
        ("d.mp4", "unmatched", False),
        ("a.mov", "contested", True),
        ("b.mp4", "ambiguous", True),
        ("e.mp4", "unmatched", True),
    ]
    assert "decided to go with s3://media/a.mov" in found.items[0].candidates[0].why
    chosen = found.items[3].candidates[0]
    assert (chosen.uri, chosen.language, chosen.why) == ("s3://media/f.es.srt", "es", "chosen by you")
    assert [one.video for one in found.stale] == ["s3://media/x.mp4"]


def test_an_unmatched_video_gets_the_names_most_like_its_own(tmp_path: Path) -> None:
    others = [f"subs/episode-0{n}.en.srt" for n in range(20)]
    world = World(tmp_path, ["shows/episode-07.mp4", "shows/episode-O7.srt", "shows/unlike.mp4", *others])
    found = {one.video[11:]: one.candidates for one in world.doubtful().items}
    near = found["shows/episode-07.mp4"]
    assert [one.uri[11:] for one in near[:2]] == ["shows/episode-O7.srt", "subs/episode-07.en.srt"]
    assert [one.why for one in near[:2]] == ["a name 90 % alike", "a name 100 % alike"]
    assert {one.rule for one in near} == {None}
    assert len(near) == review.CANDIDATES
    assert found["shows/unlike.mp4"] == ()


def test_a_review_is_bounded_and_tells_how_many_more_there_are(tmp_path: Path) -> None:
    keys = [f"{n:03}.mp4" for n in range(30)] + [
        "x.mp4",
        *(f"x.{tag}.srt" for tag in ("de", "fr", "it", "pt")),
    ]
    world = World(tmp_path, keys)
    found = world.doubtful(limit=3)
    assert [one.video[11:] for one in found.items] == ["x.mp4", "000.mp4", "001.mp4"]
    assert found.more == 28


def test_a_review_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="no video"):
        World(tmp_path, ["a.srt"]).doubtful()
