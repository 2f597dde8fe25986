"""Rules proposed from keys alone."""

from __future__ import annotations

import random
import re

import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s3transfer_tl import naming
from s3transfer_tl.init import text
from s3transfer_tl.naming import infer
from s3transfer_tl.naming.infer import shapes, tags


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (["ABC10231", "DOC00417"], r"[A-Z]{3}\d{5}"),
        (["S01E01", "S01E12"], r"S\d+E\d+"),
        (["cam-9", "cam-10"], r"cam-\d+"),
        (["dQw4w9WgXcQ", "Zz0-_aB9cDe"], r"[\w-]{11}"),
        (["3f2a9c01d4", "00ff12ab9e"], "[0-9a-f-]{10}"),
        (["spring", "autumn"], None),
        (["one", "one"], None),
        (["a1", "1a"], None),
    ],
)
def test_identifiers_built_alike_have_a_shape(texts: list[str], pattern: str | None) -> None:
    assert shapes.shape(texts) == pattern


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (["en", "eng", "pt-BR", "pt_br", "zh-Hant", "es-419"], True),
        (["sub", "mac", "new", "tv", "hd", "el-sur", "english", "", "e"], False),
    ],
)
def test_only_what_is_written_as_a_language_is_read_as_one(words: list[str], known: bool) -> None:
    assert [tags.canonical(word) is not None for word in words] == [known] * len(words)


@pytest.mark.parametrize(
    ("end", "taken"),
    [
        (".en", ("", ".", "en", False)),
        (".en.forced", ("", ".", "en", True)),
        ("_cc_pt-BR", ("_cc", "_", "pt-BR", False)),
        (".hi", ("", ".", "hi", False)),
        ("-final", ("-final", "", None, False)),
        ("", ("", "", None, False)),
    ],
)
def test_the_end_of_a_name_is_text_language_and_flags(
    end: str, taken: tuple[str, str, str | None, bool]
) -> None:
    assert tuple(tags.tail(end)) == taken


KEYS = [
    *(f"masters/N{n % 3}/XYZ{n:05d}_Take {n * 7}.mxf" for n in range(12)),
    *(f"cc/XYZ{n:05d}.en.srt" for n in range(12)),
]


def test_proposals_do_not_depend_on_the_order_of_keys() -> None:
    shuffled = random.Random(7).sample(KEYS, len(KEYS))
    assert infer.propose(shuffled, shuffled) == infer.propose(KEYS, KEYS)


def test_a_house_code_is_proposed_as_a_template() -> None:
    proposed = {(draft.spec.video, draft.spec.transcription) for draft in infer.propose(KEYS, KEYS)}
    code = r"{id:XYZ\d{5}}"
    assert (f"masters/{{folder}}/{code}_{{rest}}.{{ext}}", f"cc/{code}.{{lang}}.{{format}}") in proposed


SIGNS = st.text(
    st.sampled_from("aB1._- ()[]{}*\\'\"\n/\0\u00e9") | st.characters(exclude_categories=["Cs"]), max_size=12
)
VIDEOS = st.lists(SIGNS.map(lambda stem: f"{stem}.mp4"), max_size=6)
CAPTIONS = st.lists(
    st.builds(
        lambda stem, end: stem + end, SIGNS, st.sampled_from([".srt", ".en.vtt", ".mp4.srt", "_fr.SRT"])
    ),
    max_size=6,
)


@given(videos=VIDEOS, captions=CAPTIONS)
@example(videos=["/.mp4"] * 3, captions=[])
@settings(deadline=None)
def test_whatever_is_proposed_compiles(videos: list[str], captions: list[str]) -> None:
    same = [video.removesuffix(".mp4") + ".en.srt" for video in videos]
    for draft in infer.propose(videos, [*captions, *same]):
        for rule in naming.compile([draft.spec]):
            assert re2.compile(rule.video.pattern)


@given(SIGNS)
def test_a_shape_matches_what_it_was_made_of(stem: str) -> None:
    texts = [f"{stem}{number:04d}" for number in (17, 2024)]
    pattern = shapes.shape(texts)
    assert pattern is None or all(re.fullmatch(pattern, one) for one in texts)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_scalar_reads_back_the_same(value: str) -> None:
    from s3transfer_tl import config

    written = f"version: 1\nvideos:\n  source: {text.scalar(value)}\n"
    made, findings = config.parse(written.encode(), "transfer.yaml")
    assert made is not None, findings
    assert made.videos.source == value
