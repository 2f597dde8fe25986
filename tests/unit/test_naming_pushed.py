"""What need not be listed, and that leaving it out changes no decision."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3transfer_tl import matching, naming
from s3transfer_tl.model import Config, RuleSpec, SourceSpec

SIDECAR = RuleSpec(preset="sidecar")
TREES = RuleSpec(video="shows/{p:**}.{ext}", transcription="subs/{p:**}.{lang}.{format}")
FOLDERS = RuleSpec(video="{p:**}/{n}.{ext}", transcription="{p:**}/subs/{n}.{format}")
REGEX = RuleSpec(
    video_regex=r"shows/(?P<c>[a-z/]+)\.mp4", transcription_regex=r"(?:subs|x)/(?P<c>[a-z/]+)\.srt"
)
RULES = [
    SIDECAR,
    TREES,
    FOLDERS,
    REGEX,
    RuleSpec(preset="mirrored"),
    RuleSpec(preset="whisper"),
    RuleSpec(video="{a}/{b}.{ext}", transcription="{b}/{a}.{format}"),
    RuleSpec(video="{p:**}.{ext}", transcription="{p:**}.{format}", ignore_case=True),
    RuleSpec(video="shows/[x/]{p:**}.{ext}", transcription="shows/{p:**}[-{lang}].{format}"),
    RuleSpec(video_regex=r"(?P<p>shows|news)/.*\.mp4", transcription_regex=r"(?P<p>shows|news)\.srt"),
    RuleSpec(video_regex=r"shows/a(?P<p>.*)\.mp4|news/(?:x).*", transcription_regex=r"(?P<p>.*)\.vtt"),
]
GLOBS = ["shows/**", "shows/a/*.mp4", "s*/**", "{shows,news}/**", "news/e\u0301/**", "shows/K/**", "**/*.mp4"]


def pushed(include: list[str], *specs: RuleSpec, captions: list[str] | None = None) -> naming.Pushed:
    other = None if captions is None else SourceSpec("t", include=tuple(captions))
    return naming.pushed(SourceSpec("v", include=tuple(include)), other, naming.compile(specs or (SIDECAR,)))


@pytest.mark.parametrize(
    ("include", "specs", "videos", "transcriptions"),
    [
        ([], [SIDECAR], [""], [""]),
        (["shows/**/*.mp4"], [SIDECAR], ["shows/"], ["shows/"]),
        (["shows/20*/**"], [SIDECAR], ["shows/20"], ["shows/"]),
        (["shows/**", "shows/a/*", "news/x.mp4"], [SIDECAR], ["news/x.mp4", "shows/"], ["news/", "shows/"]),
        (["shows/\\*a/**"], [SIDECAR], ["shows/*a/"], ["shows/*a/"]),
        ([], [TREES], [""], ["subs/"]),
        (["shows/a/**"], [TREES], ["shows/a/"], ["subs/a/"]),
        (["shows/**"], [TREES, SIDECAR], ["shows/"], ["shows/", "subs/"]),
        (["shows/**"], [RuleSpec(preset="mirrored")], ["shows/"], [""]),
        (["shows/**"], [FOLDERS], ["shows/"], [""]),
        (["shows/**"], [REGEX], ["shows/"], [""]),
        (["{a,b}/**"], [SIDECAR], [""], [""]),
        ([f"{n}/**" for n in range(99)], [SIDECAR], [""], [""]),
        ([f"s/{n}/**" for n in range(99)], [SIDECAR], ["s/"], ["s/"]),
        (["\u00fc/a/**"], [SIDECAR], ["\u00fc/a/"], [""]),
    ],
)
def test_what_must_be_listed_is_where_globs_and_rules_begin(
    include: list[str], specs: list[RuleSpec], videos: list[str], transcriptions: list[str]
) -> None:
    assert pushed(include, *specs) == (tuple(videos), tuple(transcriptions))


def test_the_transcriptions_own_globs_count_with_the_rules() -> None:
    assert pushed([], TREES, captions=["subs/de/**"]).transcriptions == ("subs/de/",)
    assert pushed([], TREES, captions=["s*"]).transcriptions == ("subs/",)
    assert pushed([], TREES, captions=["elsewhere/**"]).transcriptions == ("elsewhere/",)


def test_one_listing_for_both_sides_takes_what_either_needs() -> None:
    assert pushed(["shows/a/**"], TREES).either == ("shows/a/", "subs/a/")
    assert pushed(["shows/a/**"], FOLDERS).either == ("",)


names = st.sampled_from(["a", "b", "e\u0301", "\u00e9", "\u212a", "K", "en"])
folders = st.sampled_from(
    ["shows", "news", "subs", "x", "a", "Shows", "shows/a", "subs/a", "shows/K", "news/e\u0301"]
)
keys = st.builds(
    lambda path, name, end: "/".join([*path, name]) + end,
    st.lists(folders | names, max_size=2),
    names,
    st.sampled_from([".mp4", ".mkv", ".srt", ".vtt", ".en.srt", ".mp4.srt", "-de.vtt"]),
)


@given(
    st.lists(keys, min_size=5, max_size=60, unique=True),
    st.lists(st.sampled_from(range(len(RULES))), min_size=1, max_size=2, unique=True),
    st.lists(st.sampled_from(GLOBS), max_size=2, unique=True),
    st.sampled_from([None, [], ["subs/**"], ["s*/**"]]),
)
@settings(max_examples=30, deadline=None)
def test_matching_what_is_pushed_decides_as_matching_all(
    listed: list[str], chosen: list[int], include: list[str], captions: list[str] | None
) -> None:
    specs = [RULES[number] for number in chosen]
    other = None if captions is None else SourceSpec("s3://b/", include=tuple(captions))
    config = Config("c", SourceSpec("s3://b/", include=tuple(include)), other, "i", "en", tuple(specs))
    rules = naming.compile(specs)
    starts = naming.pushed(config.videos, other, rules)
    sides = (starts.either, None) if other is None else (starts.videos, starts.transcriptions)
    whole = decided(listed, None if other is None else listed, config, rules)
    part = decided(*(only and [k for k in listed if k.startswith(only)] for only in sides), config, rules)
    assert part["decided"] == whole["decided"]
    assert part["orphans"] == {
        uri: why
        for uri, why in whole["orphans"].items()
        if why != "no_video" or uri.removeprefix("s3://b/").startswith(sides[1] or sides[0] or "")
    }


def decided(
    videos: list[str] | None, captions: list[str] | None, config: Config, rules: tuple[naming.Rule, ...]
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        sources = []
        for side, found in (("v", videos), ("t", captions)):
            path = Path(name, f"{side}.jsonl")
            path.write_text("".join(json.dumps({"uri": f"s3://b/{key}"}) + "\n" for key in found or ()))
            sources.append(matching.Listing(path, "s3://b/"))
        other = None if captions is None else sources[1]
        with matching.match(sources[0], other, rules, config, work_dir=Path(name)) as found:
            return {
                "decided": [
                    list(found.pairs()),
                    list(found.unmatched()),
                    list(found.ambiguities()),
                    list(found.refusals()),
                    [rule.pairs for rule in found.rules()],
                ],
                "orphans": {one.transcription: one.reason for one in found.orphans()},
            }
