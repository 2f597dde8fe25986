"""Explaining: the same decisions as build, with the criterion that decided each."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from s3transfer_tl import config, naming, sources
from s3transfer_tl.build import explain
from s3transfer_tl.model import Config, RuleSpec, S3Object, S3Settings, SourceSpec
from tests.unit import test_matching_oracle as oracle

LAYOUTS = Path(__file__).parent.parent / "layouts"
CONFIG = Config(path="transfer.yaml", videos=SourceSpec("-"), index_id="index", language="en")


class Listed:
    """A listing of URIs, as a source."""

    root = ""
    mode = "file"

    def __init__(self, uris: Sequence[str]) -> None:
        self.uris = uris

    def pages(self) -> Any:
        yield [S3Object(*uri[5:].split("/", 1)) for uri in self.uris]


def explained(uris: Sequence[str], asked: Sequence[str], config: Config = CONFIG) -> explain.Explained:
    *_, last = explain.run(config, asked, open_source=lambda spec, side: Listed(uris))
    assert isinstance(last, explain.Explained)
    return last


def one(keys: Sequence[str], asked: str, *specs: RuleSpec, config: Config = CONFIG) -> explain.Explanation:
    config = replace(config, rules=specs or config.rules)
    (found,) = explained([f"s3://b/{key}" for key in keys], [asked], config).keys
    return found


def verdicts(found: explain.Explanation) -> dict[str, tuple[str, str | None]]:
    return {
        candidate.uri[7:]: (candidate.verdict, candidate.criterion)
        for trial in found.trials
        for candidate in trial.candidates
    }


@given(oracle.worlds())
@settings(max_examples=30, deadline=None)
def test_explain_says_of_every_key_what_build_decides(world: tuple[Any, ...]) -> None:
    uris, specs, settings_ = world
    config = replace(settings_, rules=tuple(specs))
    built = oracle.pipeline(uris, specs, config)
    pairs = {pair.object: pair for pair in built["pairs"]}
    taken = {pair.transcription: pair for pair in built["pairs"] if pair.transcription}
    ambiguous = {one.object: one for one in built["ambiguities"]}
    orphans = {orphan.transcription: orphan for orphan in built["orphans"]}
    for found in explained(uris, sorted(set(uris)), config).keys:
        won = [(t.name, c.uri) for t in found.trials for c in t.candidates if c.verdict == "won"]
        if found.side == "video":
            pair = pairs.get(found.uri)
            assert found.pair == pair
            paired = pair is not None and pair.transcription is not None
            assert won == ([(pair.rule, pair.transcription)] if pair and paired else [])
            if not paired:
                reason = ambiguous[found.uri].reason if found.uri in ambiguous else "unmatched"
                assert found.outcome == reason
            if found.uri in ambiguous:
                best = {"won", "tie", "contested"}
                assert ambiguous[found.uri].candidates == tuple(
                    sorted(c.uri for t in found.trials for c in t.candidates if c.verdict in best)
                )
        elif found.side == "transcription":
            assert found.pair == taken.get(found.uri)
            assert [uri for _, uri in won] == ([taken[found.uri].object] if found.uri in taken else [])
            assert found.outcome == (orphans[found.uri].reason if found.uri in orphans else "paired")


@given(oracle.worlds())
@settings(max_examples=20, deadline=None)
def test_the_criterion_is_the_first_in_which_a_candidate_is_worse(world: tuple[Any, ...]) -> None:
    uris, specs, settings_ = world
    config = replace(settings_, rules=tuple(specs))
    videos, costs = oracle.costs(uris, specs, config)
    names = ("rule", "nfc", "forced", "language", "tag", "hearing", "format")
    rules = naming.compile(specs)
    for found in explained(uris, videos, config).keys:
        if found.side != "video":
            continue
        best = min(costs.get(found.uri, {}).values(), default=None)
        for number, trial in enumerate(found.trials):
            for candidate in trial.candidates:
                cost = costs.get(found.uri, {}).get((candidate.uri, number))
                if candidate.verdict == "outranked":
                    assert cost is not None
                    assert best is not None
                    worse = next(n for n, a, b in zip(names, cost, best, strict=True) if a != b)
                    assert candidate.criterion == worse
                else:
                    assert candidate.criterion is None
        assert len(found.trials) == len(rules)


@pytest.mark.parametrize(
    ("loser", "criterion"),
    [
        ("x.en.forced.vtt", "forced"),
        ("x.de.vtt", "language"),
        ("x.vtt", "tag"),
        ("x.en.sdh.vtt", "hearing"),
        ("x.en.srt", "format"),
    ],
)
def test_every_loser_is_told_why(loser: str, criterion: str) -> None:
    found = one(["x.mp4", "x.en.vtt", loser], "x.mp4")
    assert found.outcome == "paired"
    assert verdicts(found) == {"x.en.vtt": ("won", None), loser: ("outranked", criterion)}
    (reason,) = [c.reason for t in found.trials for c in t.candidates if c.verdict == "outranked"]
    assert reason.startswith("s3://b/x.en.vtt ")


def test_a_transcription_is_told_the_video_that_took_another() -> None:
    found = one(["x.mp4", "x.en.vtt", "x.fr.vtt"], "s3://b/x.fr.vtt")
    assert (found.side, found.outcome) == ("transcription", "lost")
    assert verdicts(found) == {"x.mp4": ("outranked", "language")}
    assert "s3://b/x.mp4" in found.sentence


def test_a_later_rule_loses_and_nfc_loses_to_the_exact_name() -> None:
    template = RuleSpec(video="{path:**}.{ext}", transcription="{lang}/{path:**}.{format}")
    found = one(["x.mp4", "x.srt", "en/x.srt"], "x.mp4", template, RuleSpec(preset="sidecar"))
    assert verdicts(found) == {"en/x.srt": ("won", None), "x.srt": ("outranked", "rule")}
    found = one(["caf\u00e9.mp4", "cafe\u0301.en.srt", "caf\u00e9.srt"], "caf\u00e9.mp4")
    assert verdicts(found)["cafe\u0301.en.srt"] == ("outranked", "nfc")


def test_a_longer_name_takes_its_transcription_away() -> None:
    found = one(["ep.mp4", "ep.en.mp4", "ep.en.srt"], "ep.mp4")
    assert found.outcome == "unmatched"
    assert verdicts(found) == {"ep.en.srt": ("shadowed", None)}
    (reason,) = [c.reason for t in found.trials for c in t.candidates]
    assert "s3://b/ep.en.mp4" in reason


def test_a_refused_tail_says_which_token_is_wrong() -> None:
    found = one(["x.mp4", "x.zq.srt"], "x.mp4")
    assert verdicts(found) == {"x.zq.srt": ("refused", None)}
    assert "`zq`" in found.trials[0].candidates[0].reason


def test_ties_and_contests_name_the_others() -> None:
    found = one(["x.mp4", "x.de.srt", "x.fr.srt"], "x.mp4")
    assert (found.outcome, set(verdicts(found).values())) == ("tie", {("tie", None)})
    assert found.trials[0].candidates[0].reason == "as good as s3://b/x.fr.srt"
    found = one(["x.mp4", "x.mov", "x.srt"], "x.mov")
    assert found.outcome == "contested"
    assert found.trials[0].candidates[0].reason == "s3://b/x.mp4 wants it too"


def test_an_unmatched_key_gets_the_nearest_rule_and_the_nearest_key() -> None:
    keys = ["a/interview 041.mp4", "a/intervew 041.srt", "a/other.srt", "b/interview 042.srt"]
    found = one(keys, "a/interview 041.mp4")
    assert found.nearest_key is not None
    assert found.nearest_key.uri == "s3://b/a/intervew 041.srt"
    house = RuleSpec(
        video_regex=r"m/(?P<id>[A-Z]{3}\d{5})_.*\.mxf", transcription_regex=r"cc/(?P<id>[A-Z]{3}\d{5})\.srt"
    )
    found = one(["m/ABC1234_x.mxf", "cc/ABC12345.srt"], "m/ABC1234_x.mxf", house)
    assert found.nearest_rule is not None
    assert (found.nearest_rule.reached, found.nearest_rule.wants) == (9, "{id}")


@pytest.mark.parametrize(
    ("key", "outcome", "said"),
    [
        ("proxies/x.mp4", "excluded", "`proxies/**` under `videos: exclude`"),
        ("x.jpg", "neither", "no rule asks for it"),
    ],
)
def test_what_is_left_out_is_told_why(key: str, outcome: str, said: str) -> None:
    config = replace(CONFIG, videos=SourceSpec("-", exclude=("proxies/**",)))
    found = one(["x.mp4", "x.srt", key], key, config=config)
    assert found.outcome == outcome
    assert said in found.sentence


def test_a_key_that_is_not_listed_gets_the_nearest_ones() -> None:
    uris = ["s3://b/shows/one.mp4", "s3://b/shows/one.srt", "s3://b/shows/two.mp4"]
    found = explained(uris, ["shows/onne.mp4", "shows/one.mp4"])
    assert [explanation.uri for explanation in found.keys] == ["s3://b/shows/one.mp4"]
    assert found.missing["shows/onne.mp4"][0] == "s3://b/shows/one.mp4"


def test_a_key_may_be_asked_relative_to_its_prefix_whole_or_as_a_uri(tmp_path: Path) -> None:
    class Rooted(Listed):
        root = "s3://b/media/"

    uris = ["s3://b/media/x.mp4", "s3://b/media/x.srt"]
    for asked in ("x.mp4", "media/x.mp4", "s3://b/media/x.mp4"):
        *_, last = explain.run(CONFIG, [asked], open_source=lambda spec, side: Rooted(uris))
        assert isinstance(last, explain.Explained)
        assert [(found.uri, found.key) for found in last.keys] == [("s3://b/media/x.mp4", "x.mp4")]


@pytest.mark.parametrize("policy", ["omit", "first", "fail"])
def test_policies_decide_as_in_a_build(policy: Any) -> None:
    config = replace(CONFIG, ambiguous=policy)
    found = one(["x.mp4", "x.de.srt", "x.fr.srt"], "x.mp4", config=config)
    assert (found.outcome == "paired") is (policy == "first")


@pytest.mark.parametrize("folder", sorted(LAYOUTS.iterdir()), ids=lambda folder: folder.name)
def test_every_layout_is_explained_as_its_manifest_has_it(folder: Path) -> None:
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    *_, last = explain.run(
        config.load(folder / "transfer.yaml"),
        [entry["object"] for entry in entries],
        open_source=lambda spec, role: sources.open(
            spec, role=role, s3=S3Settings(), base=folder, stdin=io.BytesIO()
        ),
    )
    assert isinstance(last, explain.Explained)
    pairs = [one.pair for one in last.keys if one.pair]
    assert [(p.object, p.transcription, p.language, p.index_id) for p in pairs] == [
        (entry["object"], entry.get("transcription"), entry["language"], entry["index_id"])
        for entry in entries
    ]
