"""``init`` on buckets that it was told nothing of: what it writes, ``build`` takes; what it would have to
guess, it leaves."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3transfer_tl import build, config, init, sources
from s3transfer_tl.errors import ConfigError, NothingToDo, UsageError
from s3transfer_tl.model import Config, S3Object, S3Settings

INDEX = "629d807aa9e2a3a33a92c00b"
# What a person decided, no names tell.
LAYOUTS = sorted(
    path.parent
    for path in (Path(__file__).parents[1] / "layouts").glob("*/manifest.json")
    if not path.with_name("decisions.yaml").exists()
)


class Keys:
    """A source of keys in bucket ``b``, in pages of ``size``."""

    root = ""
    mode = "file"

    def __init__(self, keys: list[str], size: int = 1000) -> None:
        self._keys = keys
        self._size = size

    def pages(self) -> Iterator[list[S3Object]]:
        for start in range(0, len(self._keys), self._size):
            yield [S3Object("b", key) for key in self._keys[start : start + self._size]]


def inferred(
    keys: list[str], others: list[str] | None = None, size: int = 1000, **given: Any
) -> init.Inferred:
    listed = {"videos": keys, "transcriptions": others or []}
    names = ("keys", None if others is None else "others")
    request = init.Request(*names, *names, index_id=INDEX, **given)
    *_, last = init.run(request, open_source=lambda _, side: Keys(listed[side], size))
    assert isinstance(last, init.Inferred)
    return last


def read(text: str) -> Config:
    made, findings = config.parse(text.encode(), "transfer.yaml")
    assert made is not None, findings
    return made


def built(text: str, keys: list[str], others: list[str] | None, folder: Path) -> dict[str, tuple[str, str]]:
    """Build by the config as it was written; object to transcription and language."""
    (folder / "transfer.yaml").write_text(f"{text}access: off\n", encoding="utf-8", newline="")
    listed = {"videos": keys, "transcriptions": others or []}
    manifest = folder / "manifest.json"
    for _ in build.run(
        config.load(folder / "transfer.yaml"),
        open_source=lambda _, side: Keys(listed[side]),
        check_access=lambda uris: pytest.fail("access is off"),
        target=build.Target(manifest, io.BytesIO()),
    ):
        pass
    entries = json.loads(manifest.read_text(encoding="utf-8"))
    return {e["object"][7:]: (e["transcription"][7:], e["language"]) for e in entries if "transcription" in e}


def numbered(count: int, *patterns: str) -> list[str]:
    return [pattern % number for number in range(1, count + 1) for pattern in patterns]


# Keys, and pairs that must come out: pattern of the video, of the transcription, language.
EXPLAINED: dict[str, tuple[list[str], list[str] | None, tuple[str, str, str]]] = {
    "middle-swapped": (
        [
            *numbered(4, "alpha/video/s1/ep%02d.mp4", "alpha/subs/s1/ep%02d.vtt"),
            *numbered(4, "beta/video/s2/ep%02d.mp4", "beta/subs/s2/ep%02d.vtt"),
        ],
        None,
        ("video", "subs", "en"),
    ),
    "language-below-tree": (
        numbered(5, "videos/a/b%d.mov", "subs/fr/a/b%d.srt"),
        None,
        ("videos/a", "subs/fr/a", "fr"),
    ),
    "language-as-file-name": (
        numbered(5, "assets/X%03d/master.mov", "assets/X%03d/de.vtt"),
        None,
        ("master", "de", "de"),
    ),
    "caption-suffix": (
        numbered(5, "talks/clip%03d.mov", "talks/clip%03d_captions.en.vtt"),
        None,
        ("(.*)", r"\1_captions.en", "en"),
    ),
    "id-folder-and-flat-captions": (
        numbered(5, "vod/QXR%05d/master.mp4", "cc/QXR%05d.pt-BR.srt"),
        None,
        ("vod/(.*)/master", r"cc/\1.pt-BR", "pt-BR"),
    ),
    "hyphenated-language": (
        numbered(5, "talks/day-%d.mp4", "talks/day-%d-pt-BR.vtt"),
        None,
        ("$", "-pt-BR", "pt-BR"),
    ),
    "two-sources": (
        numbered(5, "media/v%02d.mp4"),
        numbered(5, "text/media/v%02d.es.srt"),
        ("media/(.*)", r"text/media/\1.es", "es"),
    ),
    "whole-name-in-a-tree": (
        numbered(5, "raw/c%02d.mp4", "whisper/c%02d.mp4.srt"),
        None,
        ("raw/(.*)", r"whisper/\1.mp4", "en"),
    ),
}


@pytest.mark.parametrize("name", list(EXPLAINED))
def test_a_layout_is_explained_in_full(name: str, tmp_path: Path) -> None:
    keys, others, (pattern, replacement, language) = EXPLAINED[name]
    said = inferred(keys, others)
    expected = {}
    for key in keys:
        stem, _, extension = key.rpartition(".")
        if extension in ("mp4", "mov"):
            partner = re.sub(pattern, replacement, stem, count=1)
            found = [k for k in others or keys if k.rpartition(".")[0] == partner and k != key]
            expected[key] = (found[0], language)
    assert built(said.text, keys, others, tmp_path) == expected
    assert len(said.rules) == 1


SIDECARS = numbered(10, "shows/c/ep%02d.mp4", "shows/c/ep%02d.srt")


@pytest.mark.parametrize(
    "strays",
    [
        ["x/interview.mp4", "x/press-kit.srt"],
        ["a/intro.mp4", "b/intro.srt"],
        numbered(6, "shows/a/ep%02d.mp4", "shows/b/ep%02d.srt"),
        numbered(6, "holiday-%02d.mp4", "invoice-%02d.srt"),
        ["x1/opening.mp4", "x1/weather.srt", "x2/beach.mp4", "x2/news.srt", "x3/law.mp4", "x3/cats.srt"],
        ["2024-01-01 cats.mp4", "2024-01-01 dogs.srt"],
    ],
)
def test_what_no_rule_explains_stays_unpaired(strays: list[str], tmp_path: Path) -> None:
    keys = [*SIDECARS, *strays]
    pairs = built(inferred(keys).text, keys, None, tmp_path)
    assert {video: caption for video, (caption, _) in pairs.items()} == {
        video: video.replace(".mp4", ".srt") for video in SIDECARS if video.endswith(".mp4")
    }


def shared_out(*folders: str) -> list[str]:
    """Each episode in two of the folders, its one transcription in a third place."""
    places = [folders[(number + more) % len(folders)] for number in range(12) for more in (0, 1)]
    videos = [f"{place}/E{count // 2}.mp4" for count, place in enumerate(places)]
    return [*videos, *(f"subs/E{number}.srt" for number in range(12))]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["a/one.mp4", "b/two.srt"], "without guessing"),
        (numbered(4, "d%d/front.mp4", "d%d/back.mp4", "d%d/captions.vtt"), "equally well"),
        (shared_out("ams", "ber", "cph"), "equally well"),
        (shared_out("ams", "ber", "cph", "dub"), "equally well"),
        (["a.mp4", "b.mp4"], "no .srt or .vtt"),
        (["a.srt"], "no video"),
        ([], "nothing is listed"),
    ],
)
def test_a_layout_that_cannot_be_explained_is_nothing_to_do(keys: list[str], words: str) -> None:
    with pytest.raises(NothingToDo, match=words):
        inferred(keys)


def test_one_video_and_its_transcription_are_enough() -> None:
    assert [rule.name for rule in inferred(["a.mp4", "a.srt"]).rules] == ["sidecar"]


def test_two_ways_of_naming_take_two_rules(tmp_path: Path) -> None:
    keys = [*SIDECARS, *numbered(8, "video/t%03d.mov", "text/t%03d.vtt")]
    said = inferred(keys)
    assert [rule.pairs for rule in said.rules] == [10, 8]
    assert len(built(said.text, keys, None, tmp_path)) == 18


def test_the_language_is_the_most_frequent_one_unless_asked() -> None:
    keys = [*numbered(5, "v%d.mp4", "v%d.it.srt"), "w.mp4", "w.srt"]
    assert read(inferred(keys).text).language == "it"
    assert read(inferred(keys, language="pt_BR").text).language == "pt_BR"
    with pytest.raises(UsageError, match="BCP 47"):
        inferred(keys, language="Klingonish")


def test_a_choice_between_languages_is_left_to_the_user() -> None:
    keys = [*numbered(5, "v%d.mp4", "v%d.en.srt"), "w.mp4", "w.de.srt", "w.fr.srt"]
    said = inferred(keys)
    assert said.ambiguities == ("s3://b/w.mp4",)
    assert read(said.text).ambiguous == "omit"
    assert "#   languages: [en, de, fr]" in said.text


def test_only_the_sample_is_looked_at_and_told(tmp_path: Path) -> None:
    said = inferred(numbered(50, "v%02d.mp4", "v%02d.srt"), size=7, sample=20)
    assert said.cut
    assert said.counts.videos == 10
    assert "Only a part" in said.text


def test_a_missing_index_is_left_for_the_user_and_build_says_so() -> None:
    request = init.Request("keys", None, "keys", None)
    *_, said = init.run(request, open_source=lambda *_: Keys(["a.mp4", "a.srt"]))
    assert isinstance(said, init.Inferred)
    assert said.needs_index
    made = read(f"{said.text}access: off\n")
    assert made.index_id is None
    with pytest.raises(ConfigError, match="no index") as caught:
        list(
            build.run(
                made,
                open_source=lambda *_: Keys(["a.mp4", "a.srt"]),
                check_access=lambda uris: iter(()),
                target=build.Target(None, io.BytesIO()),
            )
        )
    assert "add `index_id:`" in caught.value.hint


def test_an_export_needs_a_second_source(tmp_path: Path) -> None:
    export = tmp_path / "export.json"
    export.write_text(json.dumps([{"index_id": INDEX, "language": "en", "object": "s3://media/a.mp4"}]))
    (tmp_path / "captions.txt").write_text("s3://media/a.srt\n")

    def opened(spec: str, role: init.Side) -> sources.Source:
        return sources.open(spec, role=role, s3=S3Settings(), base=tmp_path, stdin=io.BytesIO())

    with pytest.raises(ConfigError, match="videos only"):
        list(init.run(init.Request("export.json", None, "export.json", None), open_source=opened))
    request = init.Request("export.json", "captions.txt", "export.json", "captions.txt")
    *_, said = init.run(request, open_source=opened)
    assert isinstance(said, init.Inferred)
    assert not said.needs_index
    assert said.counts.paired == 1


# What a listing cannot tell: the language of untagged captions, a preference, who gets no transcription;
# which of two videos in a folder the captions are of.
UNKNOWABLE = {"date-partitions", "index-per-rule", "language-preference", "videos-without", "lecture-capture"}


def outcome(folder: Path, tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what init's rules build of a layout, and what a person's do: object to the rest."""
    listing = next(folder.glob("keys.*"))

    def opened(spec: str, role: init.Side) -> sources.Source:
        return sources.open(str(listing), role=role, s3=S3Settings(), base=tmp_path, stdin=io.BytesIO())

    expected = {e["object"]: e for e in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))}
    try:
        *_, said = init.run(init.Request("keys", None, "keys", None, INDEX), open_source=opened)
    except NothingToDo:
        return {}, expected
    assert isinstance(said, init.Inferred)
    manifest = tmp_path / f"{folder.name}.json"
    made = read(f"{said.text}access: off\n")
    list(
        build.run(
            made,
            open_source=opened,
            check_access=lambda uris: iter(()),
            target=build.Target(manifest, io.BytesIO()),
        )
    )
    return {e["object"]: e for e in json.loads(manifest.read_text(encoding="utf-8"))}, expected


def test_at_least_four_of_five_layouts_can_be_explained() -> None:
    assert len(LAYOUTS) >= 25
    assert len(UNKNOWABLE) <= 0.2 * len(LAYOUTS)


@pytest.mark.parametrize("folder", LAYOUTS, ids=lambda folder: folder.name)
def test_a_layout_is_explained_untold_and_never_wrongly(folder: Path, tmp_path: Path) -> None:
    found, expected = outcome(folder, tmp_path)
    if folder.name == "language-preference":
        for video, entry in found.items():  # perhaps another language, never another video's
            assert entry["transcription"].startswith(video.removesuffix("mp4"))
    elif folder.name in UNKNOWABLE:
        pairs = {(video, entry["transcription"]) for video, entry in found.items()}
        assert pairs <= {(video, entry.get("transcription")) for video, entry in expected.items()}
    else:
        assert found == expected


WORDS = st.sampled_from(
    ["a", "ep1", "ep2", "en", "fr", "subs", "video", "[x]", "{y}", "*", "\\", "'", "\n", "\x01", "\0"]
)
PARTS = st.one_of(st.lists(WORDS, min_size=1, max_size=3).map("".join), st.text(max_size=4))
ANY_KEYS = st.lists(
    st.builds(
        lambda parts, extension: "/".join(parts) + extension,
        st.lists(PARTS, min_size=1, max_size=3),
        st.sampled_from([".mp4", ".MOV", ".srt", ".en.vtt", "_fr.srt", ".jpg", ""]),
    ),
    max_size=12,
    unique=True,
)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(keys=ANY_KEYS, shuffled=st.randoms())
@FEW
def test_any_listing_gives_the_same_usable_config_in_any_order(keys: list[str], shuffled: Any) -> None:
    other = list(keys)
    shuffled.shuffle(other)
    first, second = (_text(one) for one in (lambda: inferred(keys), lambda: inferred(other, size=3)))
    assert first == second
    if first is not None:
        assert build.plan.rules(read(first))


def _text(infer: Callable[[], init.Inferred]) -> str | None:
    try:
        return infer().text
    except NothingToDo:
        return None
