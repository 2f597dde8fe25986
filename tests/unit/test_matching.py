"""Realistic buckets, and what becomes of every object in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from s3transfer_tl import manifest, matching, naming
from s3transfer_tl.errors import ConfigError, OutputError
from s3transfer_tl.model import Ambiguity, Config, Entry, Orphan, RuleSpec, SourceSpec

CONFIG = Config(path="transfer.yaml", videos=SourceSpec("s3://b/"), index_id="index", language="en")


def spool(path: Path, rows: list[Any]) -> Path:
    lines = [json.dumps(row if isinstance(row, dict) else {"uri": row}, ensure_ascii=False) for row in rows]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


@contextmanager
def matched(
    folder: Path,
    keys: list[str],
    *specs: RuleSpec,
    config: Config = CONFIG,
    captions: tuple[list[str], str] | None = None,
    root: str = "s3://b/",
) -> Iterator[matching.Matching]:
    """Match keys of bucket ``b``; ``captions`` are URIs of a listing of their own, and its root."""
    videos = matching.Listing(spool(folder / "videos.jsonl", [f"s3://b/{key}" for key in keys]), root)
    others = captions and matching.Listing(spool(folder / "captions.jsonl", captions[0]), captions[1])
    rules = naming.compile(specs or config.rules)
    with matching.match(videos, others, rules, config, work_dir=folder) as found:
        yield found


def pairs(folder: Path, keys: list[str], *specs: RuleSpec, **given: Any) -> dict[str, str | None]:
    """Video key to transcription key, both in bucket ``b``."""
    with matched(folder, keys, *specs, **given) as found:
        return {
            pair.object.removeprefix("s3://b/"): pair.transcription
            and pair.transcription.removeprefix("s3://b/")
            for pair in found.pairs()
        }


TEMPLATE = RuleSpec(video="{path:**}.{ext}", transcription="{lang}/{path:**}.{format}")

LONG = "\u65e5\u672c" * 170  # with its extension, a key of 1,024 bytes

LAYOUTS: list[tuple[str, list[RuleSpec], list[str], dict[str, str]]] = [
    ("sidecar", [RuleSpec(preset="sidecar")], ["a/x.mp4", "a/x.srt", "b/x.srt"], {"a/x.mp4": "a/x.srt"}),
    (
        "sidecar-language-and-flags",
        [RuleSpec(preset="sidecar")],
        ["Film (2020).mkv", "Film (2020).en.srt", "Film (2020).en.forced.srt", "Film (2020).en.sdh.srt"],
        {"Film (2020).mkv": "Film (2020).en.srt"},
    ),
    (
        "sidecar-longest-stem",
        [RuleSpec(preset="sidecar")],
        ["ep.1.mp4", "ep.1.en.mp4", "ep.1.en.srt", "ep.1.fr.srt"],
        {"ep.1.en.mp4": "ep.1.en.srt", "ep.1.mp4": "ep.1.fr.srt"},
    ),
    ("sidecar-unknown-token", [RuleSpec(preset="sidecar")], ["x.mp4", "x.zq.srt", "x.final2.srt"], {}),
    (
        "sidecar-upper-case",
        [RuleSpec(preset="sidecar")],
        ["A.MP4", "A.EN.SRT", "B.MP4", "b.srt"],
        {"A.MP4": "A.EN.SRT"},
    ),
    (
        "sidecar-ignore-case",
        [RuleSpec(preset="sidecar", ignore_case=True)],
        ["\u00c9t\u00c9.MP4", "\u00e9t\u00e9.srt"],
        {"\u00c9t\u00c9.MP4": "\u00e9t\u00e9.srt"},
    ),
    (
        "forced-is-better-than-nothing",
        [RuleSpec(preset="sidecar")],
        ["x.ts", "x.forced.vtt"],
        {"x.ts": "x.forced.vtt"},
    ),
    ("hindi", [RuleSpec(preset="sidecar")], ["x.mp4", "x.hi.srt"], {"x.mp4": "x.hi.srt"}),
    (
        "whisper",
        [RuleSpec(preset="whisper")],
        ["x.mp4", "x.mp4.srt", "x.srt", "y.mov", "y.srt", "z.ts", "z.ts.srt", "z.mp4", "z.mp4.vtt"],
        {"x.mp4": "x.mp4.srt", "y.mov": "y.srt", "z.ts": "z.ts.srt", "z.mp4": "z.mp4.vtt"},
    ),
    (
        "webdataset",
        [RuleSpec(preset="webdataset")],
        ["s/01.cam.mp4", "s/01.txt", "s/01.srt", "s/02.mp4", "s/02.asr-text.vtt"],
        {"s/01.cam.mp4": "s/01.srt", "s/02.mp4": "s/02.asr-text.vtt"},
    ),
    (
        "zoom",
        [RuleSpec(preset="zoom")],
        [
            "GMT20240131-150000_Recording_1920x1080.mp4",
            "GMT20240131-150000_Recording.transcript.vtt",
            "GMT20240131-150000_Recording.cc.vtt",
            "GMT20240131-150000_Recording.m4a",
        ],
        {"GMT20240131-150000_Recording_1920x1080.mp4": "GMT20240131-150000_Recording.transcript.vtt"},
    ),
    (
        "mirrored-language-folders-and-flags",
        [RuleSpec(preset="mirrored")],
        ["a/x.mp4", "en/a/x.forced.srt", "en/a/x.srt", "es/a/x.srt", "a/y.mp4", "pt_br/a/y.sdh.vtt"],
        {"a/x.mp4": "en/a/x.srt", "a/y.mp4": "pt_br/a/y.sdh.vtt"},
    ),
    (
        "mirrored-the-same-path-comes-first",
        [RuleSpec(preset="mirrored")],
        ["x.mp4", "x.srt", "en/x.srt", "it/x.mp4", "it/x.srt", "de/it/x.srt"],
        {"x.mp4": "x.srt", "it/x.mp4": "it/x.srt"},
    ),
    (
        "mirrored-a-folder-that-is-no-language",
        [RuleSpec(preset="mirrored")],
        ["x.mp4", "drafts/x.srt", "zq/x.srt", "y.mp4", "en/y.de.srt"],
        {},
    ),
    ("language-folders", [TEMPLATE], ["a/x.mp4", "en/a/x.srt", "es/a/x.srt"], {"a/x.mp4": "en/a/x.srt"}),
    (
        "house-codes",
        [
            RuleSpec(
                video_regex=r"(?P<id>[A-Z]{3}\d{5})_.*\.mxf",
                transcription_regex=r"cc/(?P<id>[A-Z]{3}\d{5})\.(?P<lang>[a-z]{2})\.srt",
                ignore_case=True,
            )
        ],
        ["ABC12345_MASTER.MXF", "cc/abc12345.en.srt", "cc/abc123456.en.srt"],
        {"ABC12345_MASTER.MXF": "cc/abc12345.en.srt"},
    ),
    (
        "yt-dlp",
        [RuleSpec(video=r"{t} \[{id}\].{ext}", transcription=r"{t2} \[{id}\].{lang}.{format}")],
        ["A talk [dQw4w9WgXcQ].webm", "A talk? [dQw4w9WgXcQ].en.vtt"],
        {"A talk [dQw4w9WgXcQ].webm": "A talk? [dQw4w9WgXcQ].en.vtt"},
    ),
    (
        "captures-never-run-together",
        [RuleSpec(video="{a}/{b}.{ext}", transcription="{b}@{a}.{format}")],
        ["x/yz.mp4", "xy/z.mp4", "z@xy.srt"],
        {"xy/z.mp4": "z@xy.srt"},
    ),
    (
        "first-rule-wins",
        [TEMPLATE, RuleSpec(preset="sidecar")],
        ["x.mp4", "x.en.srt", "en/x.forced.srt", "de/x.srt", "y.mp4", "y.srt"],
        {"x.mp4": "de/x.srt", "y.mp4": "y.srt"},
    ),
    (
        "nfc-on-a-miss",
        [RuleSpec(preset="sidecar")],
        ["caf\u00e9.mp4", "cafe\u0301.srt", "nai\u0308ve.mp4", "na\u00efve.srt", "nai\u0308ve.en.srt"],
        {"caf\u00e9.mp4": "cafe\u0301.srt", "nai\u0308ve.mp4": "nai\u0308ve.en.srt"},
    ),
    (
        "awkward-keys",
        [RuleSpec(preset="sidecar")],
        [
            f"{stem}.{kind}"
            for stem in ("/a//b", "q'\"\n:\\{}", LONG, "a\x00b", "n\n")
            for kind in ("mp4", "srt")
        ]
        + ["m\n.mp4\n", "m\n.srt"],
        {f"{stem}.mp4": f"{stem}.srt" for stem in ("/a//b", "q'\"\n:\\{}", LONG, "a\x00b", "n\n")},
    ),
]


@pytest.mark.parametrize(
    ("specs", "keys", "expected"), [row[1:] for row in LAYOUTS], ids=[row[0] for row in LAYOUTS]
)
def test_a_layout_pairs_as_a_person_would(
    tmp_path: Path, specs: list[RuleSpec], keys: list[str], expected: dict[str, str]
) -> None:
    assert pairs(tmp_path, keys, *specs) == expected


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (".en.srt", ".en.forced.vtt"),
        (".sdh.en.srt", ".en-GB.vtt"),
        (".en-GB.srt", ".es.vtt"),
        (".es.sdh.srt", ".de.vtt"),
        (".en.sdh.srt", ".vtt"),
        (".en.srt", ".en.cc.vtt"),
        (".en.default.vtt", ".en.srt"),
        (".de.srt", ".en.forced.srt"),
    ],
)
def test_a_better_candidate_wins(tmp_path: Path, better: str, worse: str) -> None:
    config = replace(CONFIG, prefer_languages=("en", "es"))
    with matched(tmp_path, ["x.mp4", f"x{better}", f"x{worse}"], config=config) as found:
        assert [pair.transcription for pair in found.pairs()] == [f"s3://b/x{better}"]
        assert list(found.orphans()) == [Orphan(f"s3://b/x{worse}", "lost", "s3://b/x.mp4")]


def test_a_pair_under_nfc_carries_a_note(tmp_path: Path) -> None:
    with matched(tmp_path, ["caf\u00e9.mp4", "cafe\u0301.srt"]) as found:
        assert [pair.note for pair in found.pairs()] == [matching.NFC_NOTE]


def test_an_exact_twin_takes_the_transcription_alone(tmp_path: Path) -> None:
    assert pairs(tmp_path, ["caf\u00e9.mp4", "cafe\u0301.mp4", "cafe\u0301.srt"]) == {
        "cafe\u0301.mp4": "cafe\u0301.srt"
    }


def test_a_tie_is_reported_with_all_candidates_and_left_undecided(tmp_path: Path) -> None:
    with matched(tmp_path, ["x.mp4", "x.de.srt", "x.fr.srt", "y.mp4", "y.srt"]) as found:
        assert [pair.object for pair in found.pairs()] == ["s3://b/y.mp4"]
        assert list(found.ambiguities()) == [
            Ambiguity("s3://b/x.mp4", ("s3://b/x.de.srt", "s3://b/x.fr.srt"), "tie")
        ]
        assert {orphan.reason for orphan in found.orphans()} == {"contested"}
        assert list(found.unmatched()) == []
        assert found.counts == (2, 3, 1, 0, 2, 1, 0)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("fail", {"y.mp4": "y.srt"}),
        ("omit", {"y.mp4": "y.srt"}),
        ("first", {"x.mov": "x.srt", "y.mp4": "y.srt", "t.mp4": "t.de.srt"}),
    ],
)
def test_a_contested_transcription_follows_the_policy(
    tmp_path: Path, policy: Any, expected: dict[str, str]
) -> None:
    keys = ["x.mov", "x.mp4", "x.srt", "x.en.forced.srt", "y.mp4", "y.srt", "t.mp4", "t.de.srt", "t.fr.srt"]
    config = replace(CONFIG, ambiguous=policy)
    with matched(tmp_path, keys, config=config) as found:
        assert {pair.object[7:]: (pair.transcription or "")[7:] for pair in found.pairs()} == expected
        assert [(a.object[7:], a.reason) for a in found.ambiguities()] == [
            ("t.mp4", "tie"),
            ("x.mov", "contested"),
            ("x.mp4", "contested"),
        ]
        unmatched = {"fail": [], "omit": ["t.mp4", "x.mov", "x.mp4"], "first": ["x.mp4"]}[policy]
        assert [uri[7:] for uri in found.unmatched()] == unmatched


def test_include_keeps_unmatched_videos_without_a_transcription(tmp_path: Path) -> None:
    config = replace(CONFIG, unmatched_video="include", ambiguous="omit")
    keys = ["a.mp4", "b.mp4", "b.srt", "c.mp4", "c.mov", "c.srt"]
    with matched(tmp_path, keys, config=config) as found:
        made = list(found.pairs())
    assert [(pair.object[7:], pair.transcription is None, pair.rule) for pair in made] == [
        ("a.mp4", True, ""),
        ("b.mp4", False, "sidecar"),
        ("c.mov", True, ""),
        ("c.mp4", True, ""),
    ]
    assert {(pair.index_id, pair.language) for pair in made} == {("index", "en")}


def test_orphans_are_told_apart_and_unknown_tails_are_refused(tmp_path: Path) -> None:
    keys = ["x.mp4", "x.en.srt", "x.srt", "x.zq.srt", "nobody.srt", "y.mp4", "y.mov", "y.vtt"]
    with matched(tmp_path, keys) as found:
        assert [(orphan.transcription[7:], orphan.reason, orphan.video) for orphan in found.orphans()] == [
            ("nobody.srt", "no_video", None),
            ("x.srt", "lost", "s3://b/x.mp4"),
            ("x.zq.srt", "refused", "s3://b/x.mp4"),
            ("y.vtt", "contested", "s3://b/y.mov"),
        ]
        (refusal,) = found.refusals()
        assert (refusal.transcription, refusal.video) == ("s3://b/x.zq.srt", "s3://b/x.mp4")
        assert "zq" in refusal.problem


def test_index_and_language_come_from_the_key_the_rule_the_row_and_the_config(tmp_path: Path) -> None:
    rows = [
        {"uri": "s3://b/a.mp4", "index_id": "row", "language": "fra"},
        {"uri": "s3://b/b.mp4", "index_id": "row", "language": None},
        {"uri": "s3://b/c.mp4", "language": "fr"},
        {"uri": "s3://c/d.mov", "index_id": "row", "language": "fr"},
        {"uri": "s3://b/e.mp4"},
    ]
    captions = ["a.srt", "b.srt", "c.es.srt", "up/d.srt", "e.srt"]
    specs = [
        RuleSpec(preset="sidecar"),
        RuleSpec(video="{n}.mov", transcription="up/{n}.srt", index_id="rule", language="por"),
    ]
    videos = matching.Listing(spool(tmp_path / "export.jsonl", rows), "")
    others = matching.Listing(spool(tmp_path / "s.jsonl", [f"s3://s/{key}" for key in captions]), "s3://s")
    with matching.match(videos, others, naming.compile(specs), CONFIG, work_dir=tmp_path) as found:
        assert [(pair.object[5:], pair.index_id, pair.language) for pair in found.pairs()] == [
            ("b/a.mp4", "row", "fr"),
            ("b/b.mp4", "row", "en"),
            ("b/c.mp4", "index", "es"),
            ("b/e.mp4", "index", "en"),
            ("c/d.mov", "rule", "pt"),
        ]


def test_two_trees_pair_relative_to_their_roots(tmp_path: Path) -> None:
    captions = (["s3://subs/v2/show/x.en.srt", "s3://subs/v2/x.srt"], "s3://subs/v2/")
    with matched(tmp_path, ["media/show/x.mp4"], captions=captions, root="s3://b/media/") as found:
        assert [(p.object, p.transcription) for p in found.pairs()] == [
            ("s3://b/media/show/x.mp4", "s3://subs/v2/show/x.en.srt")
        ]


def test_mirrored_trees_may_be_in_two_buckets_of_one_listing(tmp_path: Path) -> None:
    uris = ["s3://v/a/x.mp4", "s3://s/a/x.srt", "s3://v/b/y.mp4", "s3://s/fr/b/y.vtt", "s3://v/b/z.mp4"]
    listing = matching.Listing(spool(tmp_path / "uris.jsonl", uris), "")
    rules = naming.compile([RuleSpec(preset="mirrored")])
    with matching.match(listing, None, rules, CONFIG, work_dir=tmp_path) as found:
        assert [(p.object, p.transcription, p.language) for p in found.pairs()] == [
            ("s3://v/a/x.mp4", "s3://s/a/x.srt", "en"),
            ("s3://v/b/y.mp4", "s3://s/fr/b/y.vtt", "fr"),
        ]


def test_one_listing_of_several_buckets_keeps_presets_inside_a_bucket(tmp_path: Path) -> None:
    uris = [
        "s3://b/x.mp4",
        "s3://c/x.mp4",
        "s3://c/x.srt",
        "s3://d/x.en.srt",
        "s3://b/y.mp4",
        "s3://d/en/y.srt",
    ]
    listing = matching.Listing(spool(tmp_path / "uris.jsonl", uris), "")
    rules = naming.compile([RuleSpec(preset="sidecar"), TEMPLATE])
    with matching.match(listing, None, rules, CONFIG, work_dir=tmp_path) as found:
        assert [(p.object, p.transcription) for p in found.pairs()] == [
            ("s3://b/y.mp4", "s3://d/en/y.srt"),
            ("s3://c/x.mp4", "s3://c/x.srt"),
        ]


@pytest.mark.parametrize(
    ("include", "exclude", "videos", "excluded"),
    [
        ((), (), ["a.mp4", "p/a.mp4", "s/b.MOV"], 0),
        ((), ("p/**",), ["a.mp4", "s/b.MOV"], 1),
        (("**/*.mp4",), (), ["a.mp4", "p/a.mp4"], 1),
        (("s/**", "p/**"), ("**/*.mp4",), ["s/b.MOV"], 2),
        (("**/*.bin", "s/*"), (), ["c.bin", "s/b.MOV"], 2),
    ],
)
def test_globs_choose_the_videos(
    tmp_path: Path, include: tuple[str, ...], exclude: tuple[str, ...], videos: list[str], excluded: int
) -> None:
    keys = ["a.mp4", "p/a.mp4", "s/b.MOV", "s/b.jpg", "s/b.srt", "c.bin", "s/"]
    config = replace(CONFIG, videos=SourceSpec("s3://b/", include, exclude), unmatched_video="include")
    with matched(tmp_path, keys, config=config) as found:
        assert [pair.object[7:] for pair in found.pairs()] == videos
        assert (found.counts.videos, found.counts.excluded) == (len(videos), excluded)


def test_globs_choose_the_transcriptions(tmp_path: Path) -> None:
    captions = SourceSpec("s3://b/", include=("subs/**",), exclude=("**/old/**",))
    config = replace(CONFIG, transcriptions=captions)
    keys = ["x.mp4", "x.srt", "subs/x.srt", "subs/old/x.srt"]
    rule = RuleSpec(video="{n}.{ext}", transcription="{f:**}/{n}.{format}")
    with matched(tmp_path, keys, rule, config=config) as found:
        assert [pair.transcription for pair in found.pairs()] == ["s3://b/subs/x.srt"]
        assert found.counts.transcriptions == 1


def test_rules_say_what_they_did(tmp_path: Path) -> None:
    specs = [
        RuleSpec(preset="whisper"),
        RuleSpec(name="none", video="{n}.avi", transcription="{n}.txt"),
        TEMPLATE,
    ]
    with matched(tmp_path, ["x.mp4", "x.mp4.srt", "y.mp4", "en/y.srt"], *specs) as found:
        assert found.rules() == (
            (0, "whisper", 1, 2, 2, 0),
            (1, "none", 0, 0, 0, 0),
            (2, "rule-3", 1, 2, 1, 0),
        )


def test_pairs_come_in_code_point_order_and_several_streams_may_be_open(tmp_path: Path) -> None:
    stems = ["b", "a", "\U0001f600", "\uffee", "B", "a\n", "\u00e9", "a b", "a!"]
    keys = [f"{stem}.mp4" for stem in stems] + [f"{stem}.srt" for stem in stems]
    with matched(tmp_path, keys) as found:
        first, second = found.pairs(), found.pairs()
        both = list(zip(first, second, strict=True))
    objects = [pair.object for pair, _ in both]
    assert objects == sorted(objects)
    assert len(objects) == len(stems)
    assert all(one == other for one, other in both)


ODD = [
    'say "x"',
    "back\\slash",
    "\\u001F",
    "\\\\u001B",
    "".join(map(chr, range(1, 33))),
    "\x7f",
    "\u2028",
    "\U0001f3ac",
]


@pytest.mark.parametrize("unmatched", ["omit", "include"])
def test_entries_are_written_as_the_manifest_writes_them(
    unmatched: Literal["omit", "include"], tmp_path: Path
) -> None:
    keys = [f"{n}{stem}{end}" for n, stem in enumerate(ODD) for end in (".mp4", ".en.srt")] + ["alone.mp4"]
    with matched(tmp_path, keys, config=replace(CONFIG, unmatched_video=unmatched)) as found:
        pairs = list(found.pairs())
        text = ",".join(found.written())
        reported = [json.loads(one) for one in found.reported("unchecked")]
    entries = [Entry("index", "en", pair.object, pair.transcription) for pair in pairs]
    assert f"[{text}\n]\n".encode() == manifest.dumps(entries)
    assert len(entries) == len(ODD) + (unmatched == "include")
    assert [one["object"] for one in reported] == [one.object for one in entries if one.transcription]


def test_what_is_known_is_not_written_and_not_checked_but_reported(tmp_path: Path) -> None:
    keys = [f"{n}.{end}" for n in range(3) for end in ("mp4", "srt")]
    with matched(tmp_path, keys) as found:
        assert found.leave_out(lambda index, video, transcription: video.endswith("/1.mp4")) == 1
        assert len(list(found.written())) == 2
        assert list(found.unchecked()) == ["s3://b/0.srt", "s3://b/2.srt"]
        found.note_access([("s3://b/2.srt", "denied")])
        told = [json.loads(one) for one in found.reported("public")]
    assert [(one["access"], one.get("left_out")) for one in told] == [
        ("public", None),
        ("unchecked", True),
        ("denied", None),
    ]


@pytest.mark.parametrize("repeated", [[], ["k0.mp4"]])
def test_a_listing_on_disk_is_sorted_whatever_its_order(
    repeated: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "_ON_DISK", 0)
    keys = [f"k{n * 7919 % 400_000}.{end}" for n in range(200_000) for end in ("mp4", "srt")]
    with matched(tmp_path, keys + repeated) as found:
        objects = [pair.object for pair in found.pairs()]
        assert found.counts.paired == len(objects) == 200_000
        assert objects == sorted(objects)


def test_a_rule_that_pairs_everything_with_everything_is_refused_by_name(tmp_path: Path) -> None:
    keys = [f"d/{n}.mp4" for n in range(1500)] + [f"d/{n}.srt" for n in range(1500)]
    rule = RuleSpec(name="coarse", video="{d}/{x}.{ext}", transcription="{d}/{y}.{format}")
    with (
        pytest.raises(ConfigError, match=r"`coarse`.*2,250,000 candidates") as caught,
        matched(tmp_path, keys, rule),
    ):
        pass
    assert caught.value.exit_code == 2


def test_an_empty_listing_is_no_error(tmp_path: Path) -> None:
    with matched(tmp_path, []) as found:
        assert list(found.pairs()) == []
        assert found.counts == (0, 0, 0, 0, 0, 0, 0)


def test_nothing_is_left_in_the_work_folder(tmp_path: Path) -> None:
    work = tmp_path / "it's [work]"
    work.mkdir()
    with matched(work, ["x.mp4", "x.srt"]) as found:
        assert found.counts.paired == 1
    with pytest.raises(RuntimeError), matched(work, ["x.mp4"]):
        raise RuntimeError
    assert [path.name for path in work.iterdir()] == ["videos.jsonl"]


def test_too_little_memory_is_a_sentence(tmp_path: Path) -> None:
    keys = [f"folder/{n:06d}.{kind}" for n in range(40_000) for kind in ("mp4", "srt")]
    listing = matching.Listing(spool(tmp_path / "k.jsonl", [f"s3://b/{key}" for key in keys]), "s3://b/")
    rules = naming.compile(CONFIG.rules)
    with (
        pytest.raises(OutputError, match="ran out of memory"),
        matching.match(listing, None, rules, CONFIG, work_dir=tmp_path, memory_limit="1MB"),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["k.jsonl"]
