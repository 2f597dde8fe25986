"""Decisions in the SQL pipeline, against the oracle, and what they must leave alone."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from s3transfer_tl.decisions import Decision
from s3transfer_tl.model import Config, RuleSpec
from tests.unit import test_matching_oracle as oracle


@st.composite
def decided_worlds(draw: st.DrawFn) -> tuple[list[str], list[RuleSpec], Config, list[Decision]]:
    """A world and decisions about a few of its videos, one perhaps about what is not there."""
    uris, specs, config = draw(oracle.worlds())
    found = oracle.oracle(uris, specs, config)
    random = draw(st.randoms(use_true_random=False))
    share = draw(st.sampled_from([0.1, 0.4, 0.8]))
    videos = [video for video in found["videos"] if random.random() < share] + ["s3://one/gone.mp4"]
    wanted = sorted({caption for video in videos for _, caption, *_ in found["ranked"].get(video, ())})
    free = [*(wanted if draw(st.booleans()) else found["captions"]), "s3://one/gone.srt"]
    random.shuffle(videos)
    random.shuffle(free)
    languages = st.sampled_from([None, None, "pt-BR"])
    return (
        uris,
        specs,
        config,
        [
            Decision(video, free.pop() if free and random.random() < 0.8 else None, draw(languages), line)
            for line, video in enumerate(videos, 1)
        ],
    )


@given(decided_worlds())
@settings(max_examples=40, deadline=None)
def test_decisions_come_before_the_rules_as_in_the_oracle(world: tuple[Any, ...]) -> None:
    uris, specs, config, by_person = world
    found = oracle.pipeline(uris, specs, config, by_person)
    expected = oracle.decisions(uris, specs, config, by_person)
    assert {name: found[name] for name in expected} == expected
    stale = {one.decision.video for one in found["honoured"].stale}
    videos = oracle.oracle(uris, specs, config)["videos"]
    assert {one.video for one in by_person if one.video not in videos} <= stale
    honoured = [one for one in by_person if one.video not in stale]
    assert found["honoured"].applied == sum(one.transcription is not None for one in honoured)
    assert found["honoured"].none == sum(one.transcription is None for one in honoured)


@given(decided_worlds())
@settings(max_examples=30, deadline=None)
def test_a_video_without_a_decision_only_ever_loses_what_was_given_away(world: tuple[Any, ...]) -> None:
    uris, specs, config, by_person = world
    before, after = oracle.pipeline(uris, specs, config), oracle.pipeline(uris, specs, config, by_person)
    stale = {one.decision.video for one in after["honoured"].stale}
    honoured = {one.video: one.transcription for one in by_person if one.video not in stale}
    given_away = set(honoured.values()) - {None}
    paired = {one.object: one for one in after["pairs"] if one.transcription}
    for one in before["pairs"]:
        if one.object not in honoured and one.transcription not in given_away and one.transcription:
            assert paired.pop(one.object) == one
    assert {video for video in paired if video not in honoured} == set()
    left = {one.uri for one in after["left"]}
    doubtful = {one.object: one for one in after["ambiguities"]}
    for one in before["ambiguities"]:
        rest = tuple(uri for uri in one.candidates if uri not in given_away)
        if one.object not in honoured and one.object not in left:
            assert doubtful.pop(one.object) == one._replace(candidates=rest)
    assert not doubtful
    for video, transcription in honoured.items():
        assert (video in left) is (transcription is None)
