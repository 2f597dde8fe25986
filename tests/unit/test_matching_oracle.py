"""The SQL pipeline against an oracle that compares every video with every transcription."""

from __future__ import annotations

import itertools
import json
import re
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from s3transfer_tl import matching, naming
from s3transfer_tl.decisions import Decision
from s3transfer_tl.model import Ambiguity, Config, Orphan, Pair, RuleSpec, SourceSpec

TOKEN = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{1,8})*|forced|default", re.IGNORECASE | re.ASCII)
VIDEO = re.compile(r"\.(?:mp4|mov|mkv|ts)\Z", re.IGNORECASE)
CAPTION = re.compile(r"\.(?:srt|vtt)\Z", re.IGNORECASE)
INNER = ("videos", "captions", "ranked")
BLANK = Config(path="transfer.yaml", videos=SourceSpec("s3://one/"))

RULES = [
    RuleSpec(preset="sidecar"),
    RuleSpec(preset="sidecar", ignore_case=True, language="fr"),
    RuleSpec(preset="whisper", index_id="w"),
    RuleSpec(preset="webdataset"),
    RuleSpec(preset="mirrored", index_id="t"),
    RuleSpec(
        name="mirrored", video="{path:**}.{ext}", transcription="{lang}/{path:**}.{format}", index_id="m"
    ),
    RuleSpec(name="two", video="{d}/{n}.{ext}", transcription="{n}[:{d}][.{lang}]{flags}.{format}"),
    RuleSpec(
        name="raw",
        video_regex=r"(?:.*/)?(?P<id>[ab])[^/]*\.(?P<e>\w+)",
        transcription_regex=r"(?:.*/)?(?P<id>[ab])(?P<rest>[^/]*)\.srt",
    ),
]

FOLDERS = [("",), ("x/",), ("x/", "X/"), ("x//", "/"), ("", "en/", "es/"), ("en/x/", "x/", "es/x/")]
STEMS = [
    ("a",),
    ("a", "A"),
    ("a", "a.en"),
    ("caf\u00e9", "cafe\u0301"),
    ("b", "a.b", "a"),
    ("a.zq.en", "a"),
    ("a'\n:b",),
]
STEMS += [('a"', "a\x01b"), ("x", "a:x"), ("cafe\u0301", "CAF\u00c9")]
EXTENSIONS = [(".mp4",), (".mp4", ".mov"), (".MKV", ".ts"), (".mp4", ".en.mp4"), (".mp4", ".mp4\n")]
TAILS = [
    ("", ".en"),
    (".en", ".EN", ".eng"),
    (".en", ".es", ".en-US"),
    (".hi", ".en.hi", ".hi.sdh"),
    (".zq", "", ".foo9"),
]
TAILS += [
    (".Forced.en", ".en"),
    (".sdh", ".cc.en", ".en", ""),
    (".default", ""),
    (".pt_br", ".en.es"),
    (".mp4", ".ts", ""),
]
FORMATS = [(".srt",), (".srt", ".vtt"), (".VTT", ".srt"), (".srt", ".srt\n")]
BUCKETS = [("one",), ("one",), ("one", "two")]


def some(draw: st.DrawFn, groups: list[tuple[str, ...]], most: int = 1) -> list[str]:
    """Few names a world, and names that can be mistaken for each other: so there is much to decide."""
    return sorted(
        {
            name
            for group in draw(st.lists(st.sampled_from(groups), min_size=1, max_size=most))
            for name in group
        }
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[str], list[RuleSpec], Config]:
    buckets, folders, stems = some(draw, BUCKETS), some(draw, FOLDERS), some(draw, STEMS, 2)
    videos = itertools.product(buckets, folders, stems, some(draw, EXTENSIONS))
    captions = itertools.product(buckets, folders, stems, some(draw, TAILS, 2), some(draw, FORMATS))
    random = draw(st.randoms(use_true_random=False))
    share = draw(st.sampled_from([0.2, 0.5, 0.9]))
    made = [
        f"s3://{bucket}/{''.join(key)}" for bucket, *key in [*videos, *captions] if random.random() < share
    ]
    uris = made[:: 1 + len(made) // 60]
    again = draw(st.lists(st.sampled_from(uris), max_size=3)) if uris else []
    config = Config(
        path="transfer.yaml",
        videos=SourceSpec("-"),
        index_id="i",
        language=draw(st.sampled_from([None, "en", "pt_br"])),
        prefer_languages=draw(st.sampled_from([(), ("es", "en"), ("en-US", "en")])),
        prefer_formats=draw(st.sampled_from([("vtt", "srt"), ("srt",), ()])),
        ambiguous=draw(st.sampled_from(["fail", "first", "omit"])),
        unmatched_video=draw(st.sampled_from(["omit", "include"])),
    )
    specs = draw(st.lists(st.sampled_from(RULES), min_size=1, max_size=3))
    return draw(st.permutations(uris + again)), specs, config


def pipeline(
    uris: list[str], specs: list[RuleSpec], config: Config = BLANK, decided: Sequence[Decision] = ()
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder, "spool.jsonl")
        lines = (json.dumps({"uri": uri, "size": 1}, ensure_ascii=False) + "\n" for uri in uris)
        spool.write_text("".join(lines), encoding="utf-8")
        rules = naming.compile(specs)
        listing = matching.Listing(spool, "")
        with matching.match(listing, None, rules, config, work_dir=Path(folder), decided=decided) as found:
            return {
                "honoured": found.honoured,
                "left": list(found.left_by_decision()),
                "pairs": list(found.pairs()),
                "unmatched": list(found.unmatched()),
                "orphans": list(found.orphans()),
                "ambiguities": list(found.ambiguities()),
                "counts": found.counts,
            }


def split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def spellings(rule: naming.Rule, key: str) -> list[tuple[tuple[str, ...], str, str]]:
    """Every (join key, tail, format) that a transcription may be read as."""
    found = rule.transcription.captures(key)
    if found is None:
        return []
    form = found.get("format", "").lower()
    if not rule.loose:
        tail = ".".join(part for part in (found.get("lang", ""), found.get("flags", "").lstrip(".")) if part)
        return [(tuple(found[name] for name in rule.join), tail, form)]
    (stem,) = (found[name] for name in rule.join)
    folder = [found["lang"]] if "lang" in found else []
    pieces = stem.split(".")
    spelt = [((stem,), ".".join(folder), form)]
    for taken in range(1, min(6, len(pieces) - 1) + 1):
        if not TOKEN.fullmatch(pieces[-taken]):
            break
        tail = ".".join([*folder, *pieces[-taken:]])
        spelt.append(((".".join(pieces[:-taken]),), tail, form))
    return spelt


def fold(rule: naming.Rule, stem: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.lower() for part in stem) if rule.ignore_case else stem


def nfc(stem: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", part) for part in stem)


def wants(videos: list[str], captions: list[str], rules: tuple[naming.Rule, ...]) -> list[tuple[Any, ...]]:
    """(video, transcription, rule number, differs before NFC, tail, format), the longest stems only."""
    kept = []
    for caption in captions:
        by_spec: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for number, rule in enumerate(rules):
            for stem, tail, form in spellings(rule, split(caption)[1]):
                for video in videos:
                    found = rule.video.captures(split(video)[1])
                    if found is None or (rule.one_bucket and split(video)[0] != split(caption)[0]):
                        continue
                    ours, theirs = fold(rule, tuple(found[name] for name in rule.join)), fold(rule, stem)
                    if nfc(ours) == nfc(theirs):
                        place = (ours != theirs, -len("".join(theirs)))
                        by_spec[rule.spec].append(
                            (place, (video, caption, number, ours != theirs, tail, form))
                        )
        for candidates in by_spec.values():
            best = min(place for place, _ in candidates)
            kept += [want for place, want in candidates if place == best]
    return kept


def costs(uris: list[str], specs: list[RuleSpec], config: Config) -> tuple[list[str], dict[str, Any]]:
    """The videos, and of each what its candidates cost, by transcription and rule number."""
    found = oracle(uris, specs, config)
    return found["videos"], {
        video: {(caption, cost[0]): cost for cost, caption, *_ in ranked}
        for video, ranked in found["ranked"].items()
    }


def decisions(
    uris: list[str], specs: list[RuleSpec], config: Config, decided: Sequence[Decision] = ()
) -> dict[str, Any]:
    return {name: value for name, value in oracle(uris, specs, config, decided).items() if name not in INNER}


def oracle(
    uris: list[str], specs: list[RuleSpec], config: Config, by_person: Sequence[Decision] = ()
) -> dict[str, Any]:
    rules = naming.compile(specs)
    canonical = naming.languages.canonical
    default = canonical(config.language) if config.language else None
    preferred = list(config.prefer_languages) or ([default] if default else [])
    videos = sorted({uri for uri in uris if VIDEO.search(uri)})
    custom = [rule for rule in rules if not rule.preset]
    captions = sorted(
        {
            uri
            for uri in set(uris) - set(videos)
            if CAPTION.search(uri) or any(rule.transcription.captures(split(uri)[1]) for rule in custom)
        }
    )

    def position(language: str | None) -> float:
        if language is None:
            return 99
        exact = [i for i, liked in enumerate(preferred) if liked == language]
        regional = [i + 0.5 for i, liked in enumerate(preferred) if language.startswith(f"{liked}-")]
        return min(exact + regional, default=99)

    ranked = defaultdict(list)
    refused = defaultdict(list)
    wanted = wants(videos, captions, rules)
    for video, caption, number, differs, tail, form in wanted:
        meaning = naming.languages.tail(tail)
        if meaning.problem:
            refused[caption].append((video, meaning.problem))
            continue
        language = meaning.language or rules[number].language or default
        formats = list(config.prefer_formats)
        cost = (
            number,
            differs,
            meaning.forced,
            position(language),
            meaning.language is None,
            meaning.impaired,
            formats.index(form) if form in formats else 99,
        )
        ranked[video].append((cost, caption, language, rules[number], differs))
    claims = {v: sorted(c for c in found if c[0] == min(found)[0]) for v, found in sorted_items(ranked)}
    claimed: dict[str, list[str]] = defaultdict(list)
    for video, best in claims.items():
        for candidate in best:
            claimed[candidate[1]].append(video)
    ambiguous = {}
    for video, best in claims.items():
        if len(best) > 1:
            ambiguous[video] = "tie"
        elif len(claimed[best[0][1]]) > 1:
            ambiguous[video] = "contested"
    decided: dict[str, Any] = {}
    taken = set()
    for video, best in claims.items():
        if config.ambiguous == "first":
            if best[0][1] not in taken:
                decided[video] = best[0]
                taken.add(best[0][1])
        elif video not in ambiguous:
            decided[video] = best[0]
            taken.add(best[0][1])
    chosen = {
        one.video: one
        for one in by_person
        if one.video in videos and (one.transcription is None or one.transcription in captions)
    }
    given = {one.transcription: one.video for one in chosen.values() if one.transcription}
    wanting = {v: best[:1] if config.ambiguous == "first" else best for v, best in claims.items()}
    gone = {v for v, best in wanting.items() if v not in chosen and all(c[1] in given for c in best)}
    ambiguous = {v: reason for v, reason in ambiguous.items() if v not in chosen and v not in gone}
    decided = {v: c for v, c in decided.items() if v not in chosen and v not in gone and c[1] not in given}
    decided |= {
        v: by_decision(one, ranked[v], wanted, rules, default)
        for v, one in chosen.items()
        if one.transcription
    }
    taken = {candidate[1] for candidate in decided.values()}
    unmatched = [
        v for v in videos if v not in decided and not (config.ambiguous == "fail" and v in ambiguous)
    ]
    return {
        "videos": videos,
        "captions": captions,
        "ranked": dict(ranked),
        "pairs": list(pairs_of(videos, decided, unmatched, config, default)),
        "unmatched": unmatched,
        "orphans": [
            orphan_of(c, claims, ambiguous, decided, ranked, refused, {*chosen, *gone})
            for c in captions
            if c not in taken
        ],
        "ambiguities": [
            Ambiguity(video, tuple(c[1] for c in claims[video] if c[1] not in given), reason)  # type: ignore[arg-type]
            for video, reason in sorted(ambiguous.items())
        ],
    }


def by_decision(
    one: Decision, ranked: list[Any], wanted: list[Any], rules: tuple[naming.Rule, ...], default: str | None
) -> tuple[Any, ...]:
    """The candidate that a decision makes of a transcription: in the language that is decided or read, with
    the index of the rule that brings the two together, if one does."""
    found = sorted((c for c in ranked if c[1] == one.transcription), key=lambda c: c[0])
    brought = sorted(w[2:4] for w in wanted if w[:2] == (one.video, one.transcription))
    language, rule, differs = None, None, False
    if found:
        _, _, language, rule, differs = found[0]
    elif brought:
        rule, differs = rules[brought[0][0]], brought[0][1]
    if not found:
        assert one.transcription
        told = (
            (number, -len(tail), naming.languages.tail(tail).language)
            for number, each in enumerate(rules)
            for _, tail, _ in spellings(each, split(one.transcription)[1])
        )
        read = sorted(candidate for candidate in told if candidate[2])
        language = read[0][2] if read else (rule and rule.language) or default
    made = SimpleNamespace(name="decision", index_id=rule and rule.index_id)
    return (), one.transcription, one.language or language, made, differs


def sorted_items(ranked: dict[str, list[Any]]) -> list[tuple[str, list[Any]]]:
    return sorted((video, sorted(found, key=lambda c: (c[0], c[1]))) for video, found in ranked.items())


def pairs_of(
    videos: list[str], decided: Any, unmatched: list[str], config: Config, default: str | None
) -> Any:
    for video in videos:
        if video in decided:
            _, caption, language, rule, differs = decided[video]
            note = matching.NFC_NOTE if differs else None
            yield Pair(video, caption, rule.index_id or config.index_id, language, rule.name, note)
        elif video in unmatched and config.unmatched_video == "include":
            yield Pair(video, None, config.index_id, default, "")


def orphan_of(
    caption: str,
    claims: Any,
    ambiguous: Any,
    decided: Any,
    ranked: Any,
    refused: Any,
    concerned: Collection[str] = (),
) -> Orphan:
    contested = [v for v in ambiguous if v not in decided and caption in [c[1] for c in claims[v]]]
    if contested:
        return Orphan(caption, "contested", min(contested))
    lost = [v for v, found in ranked.items() if caption in [c[1] for c in found]]
    if lost:
        return Orphan(caption, "decided" if min(lost) in concerned else "lost", min(lost))
    if caption in refused:
        found, problems = zip(*refused[caption], strict=True)
        return Orphan(caption, "refused", min(found), min(problems))
    return Orphan(caption, "no_video")


@given(worlds())
@settings(max_examples=80, deadline=None)
def test_the_pipeline_decides_every_object_as_the_oracle_does(world: tuple[Any, ...]) -> None:
    uris, specs, config = world
    found = pipeline(uris, specs, config)
    expected = decisions(uris, specs, config)
    assert {name: found[name] for name in expected} == expected
    counts = found["counts"]
    assert counts.paired == sum(pair.transcription is not None for pair in found["pairs"])
    assert counts.unmatched_videos == len(found["unmatched"])
    assert counts.orphan_transcriptions == len(found["orphans"])
    assert counts.ambiguous == len(found["ambiguities"])


@given(worlds(), st.randoms())
@settings(max_examples=15, deadline=None)
def test_neither_the_listings_order_nor_repeated_lines_change_anything(
    world: tuple[Any, ...], random: Any
) -> None:
    uris, specs, config = world
    other = [*uris, *uris]
    random.shuffle(other)
    assert pipeline(uris, specs, config) == pipeline(other, specs, config)
