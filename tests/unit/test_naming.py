"""What a rule is: templates, regexes, presets and language tags."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import naming, schema
from s3transfer_tl.model import RuleSpec
from s3transfer_tl.naming import languages, regexes


def captures(template: str, key: str) -> dict[str, str] | None:
    """What ``template`` as a video side captures of ``key``."""
    (rule,) = naming.compile([RuleSpec(video=template, transcription=template)])
    return rule.video.captures(key)


def refusal(**fields: str) -> naming.PatternError:
    with pytest.raises(naming.PatternError) as caught:
        naming.compile([RuleSpec(preset="sidecar"), RuleSpec(**fields)])
    assert caught.value.rule_index == 1
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("template", "key", "expected"),
    [
        ("{name}.{ext}", "clip.MP4", {"name": "clip", "ext": "MP4"}),
        ("{name}.{ext}", "a.b.mov", {"name": "a.b", "ext": "mov"}),
        ("{name}.{ext}", "folder/clip.mp4", None),
        ("{name}.{ext}", "clip.jpg", None),
        ("{name}.{ext}", "clip.mp4\n", None),
        ("{path:**}.{ext}", "a/b\nc/clip.mp4", {"path": "a/b\nc/clip", "ext": "mp4"}),
        ("{show}/{path:**}.{ext}", "a/b/c.mp4", {"show": "a", "path": "b/c", "ext": "mp4"}),
        ("{lang}/{path:**}.{format}", "pt-BR/a/b.vtt", {"lang": "pt-BR", "path": "a/b", "format": "vtt"}),
        ("{n}[.{lang}].{format}", "clip.srt", {"n": "clip", "lang": "", "format": "srt"}),
        ("{n:[^.]+}[.{lang}].{format}", "clip.en.srt", {"n": "clip", "lang": "en", "format": "srt"}),
        (
            "{n}.{lang}{flags}.{format}",
            "clip.en.sdh.srt",
            {"n": "clip", "lang": "en", "flags": ".sdh", "format": "srt"},
        ),
        ("{id:[A-Z]{3}\\d{5}}_{rest}.mxf", "ABC12345_x.mxf", {"id": "ABC12345", "rest": "x"}),
        (
            "{t} \\[{id}\\].{ext}",
            "Title [dQw4w9WgXcQ].webm",
            {"t": "Title", "id": "dQw4w9WgXcQ", "ext": "webm"},
        ),
        ("{a}-{b}.{ext}", "x-y-z.mp4", {"a": "x-y", "b": "z", "ext": "mp4"}),
        ("{a:(x|y)+}.{ext}", "xyx.mp4", {"a": "xyx", "ext": "mp4"}),
        ("(1) {a}+?.{ext}", "(1) b+?.mp4", {"a": "b", "ext": "mp4"}),
        ("{n}.{ext:\\w{3}}", "clip.xyz", {"n": "clip", "ext": "xyz"}),
        ("[[{a}/]{b}/]{c}.{ext}", "q/w.mp4", {"a": "", "b": "q", "c": "w", "ext": "mp4"}),
    ],
)
def test_a_template_reads_like_the_keys_it_matches(template: str, key: str, expected: object) -> None:
    assert captures(template, key) == expected


@pytest.mark.parametrize(
    ("template", "offset"),
    [
        ("", 0),
        ("{name", 0),
        ("a/{name}]", 8),
        ("a/[{name}", 2),
        ("{na me}", 1),
        ("{}", 1),
        ("**/{name}.{ext}", 0),
        ("{a}.{a}", 4),
        ("{Id}.{id}", 5),
        ("{a:(?=x)}", 3),
        ("{a}/{b:x(?P<c>y)}", 8),
        ("{a:}", 3),
        ("{a}\\n", 3),
        ("{a}\\", 3),
    ],
)
def test_a_template_that_does_not_parse_is_refused_at_its_place(template: str, offset: int) -> None:
    error = refusal(video=template, transcription="{a}.{format}")
    assert (error.field, error.offset) == ("video", offset)


@pytest.mark.parametrize(
    ("pattern", "offset", "hint"),
    [
        ("", 0, "whole key"),
        ("(?P<a>x)(?=y)", 8, "look-ahead"),
        ("(?P<a>x)(?!y)", 8, "look-ahead"),
        ("(?<=x)(?P<a>y)", 0, "look-behind"),
        ("\u65e5\u672c(?P<a>x)(?<!y)", 10, "look-behind"),
        (r"(?P<a>x)\1", 8, "back-reference"),
        ("(?P<a>x)(?P=a)", 8, "back-reference"),
        ("(?P<a>x)y++", 9, "possessive"),
        ("(?P<a>x)(?>y)", 8, "atomic"),
        (r"(?P<a>x)\Z", 8, "whole key"),
        ("(?P<a>x){1001}", 8, "1000"),
        ("[(](?P<a>x", 3, "close the group"),
        ("(?P<a>x)[(])", 11, "open a group"),
        ("(?P<a>x)[y", 8, "close the class"),
        ("(?P<a>x)(?#no)", 8, "YAML"),
        (r"(?P<a>x)\C", 8, "(?s:.)"),
        ("(?P<a>x)(?P<a>y)", 8, "name of its own"),
        ("(?P<a>x)(?P<A>y)", 8, "name of its own"),
        (r"\Q(?P<a>\E(?P<a>x)(?=y)", 18, "look-ahead"),
    ],
)
def test_what_re2_refuses_is_refused_with_offset_and_hint(pattern: str, offset: int, hint: str) -> None:
    error = refusal(video_regex="(?P<a>x)", transcription_regex=pattern)
    assert (error.field, error.offset) == ("transcription_regex", offset)
    assert hint in error.hint
    assert str(error).startswith(f"naming rule 2, transcription_regex, character {offset + 1}: ")


def test_sides_that_share_no_name_are_refused() -> None:
    error = refusal(video="{a}.{ext}", transcription="{b}.{format}")
    assert error.field == "transcription"
    assert "share no name" in error.message


def test_names_that_differ_in_case_between_the_sides_are_refused() -> None:
    error = refusal(video="{Id}.{ext}", transcription="cc/{id}.{format}")
    assert (error.field, error.offset) == ("transcription", 3)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"preset": "sidecars"}, "preset"),
        ({"video": "{a}.{ext}"}, "transcription_regex"),
        ({"preset": "sidecar", "language": "qq"}, "language"),
    ],
)
def test_a_rule_that_says_too_little_or_nonsense_is_refused(fields: dict[str, str], field: str) -> None:
    assert refusal(**fields).field == field


def test_a_regex_matches_the_whole_key_and_captures_by_position() -> None:
    (rule,) = naming.compile(
        [
            RuleSpec(
                video_regex=r"(raw|cam)/(?P<x>\d+)(?:_(?<id>[A-Z]{3}))?\.mxf|(?P<y>z)",
                transcription_regex=r"(?P<id>\w+)\.srt",
            )
        ]
    )
    assert rule.video.groups == ("x", "id", "y")
    assert rule.video.captures("raw/12_ABC.mxf") == {"x": "12", "id": "ABC", "y": ""}
    assert rule.video.captures("z") == {"x": "", "id": "", "y": "z"}
    assert rule.video.captures("raw/12_ABC.mxf\n") is None
    assert rule.video.captures("x/raw/12_ABC.mxf") is None
    assert rule.join == ("id",)


def test_ignore_case_takes_literals_and_classes_in_any_case() -> None:
    spec = RuleSpec(
        video_regex="(?P<id>[A-Z]+)_cam.mxf", transcription_regex="(?P<id>[A-Z]+).srt", ignore_case=True
    )
    (rule,) = naming.compile([spec])
    assert rule.video.captures("abC_CAM.MXF") == {"id": "abC"}


def test_rules_are_named_by_the_user_the_preset_or_their_number() -> None:
    pair = {"video": "{a}.{ext}", "transcription": "{a}.{format}"}
    specs = [RuleSpec(preset="whisper"), RuleSpec(**pair), RuleSpec(name="mine", **pair, language="pt_br")]
    rules = naming.compile(specs)
    assert [(rule.spec, rule.name) for rule in rules] == [
        (0, "whisper"),
        (0, "whisper"),
        (1, "rule-2"),
        (2, "mine"),
    ]
    assert rules[-1].language == "pt-BR"


@pytest.mark.parametrize(
    ("preset", "video", "transcription", "agree"),
    [
        ("sidecar", "a/clip.MP4", "a/clip.SRT", True),
        ("sidecar", "a/clip.mp4", "b/clip.srt", False),
        ("webdataset", "s/0001.left.mp4", "s/0001.srt", True),
        ("webdataset", "s/0001.mp4", "s/0001.asr-output.en.vtt", True),
        ("webdataset", "s.d/0001.mp4", "s.d/0002.srt", False),
        (
            "zoom",
            "m/GMT20240131-150000_Recording_1920x1080.mp4",
            "m/GMT20240131-150000_Recording.transcript.vtt",
            True,
        ),
        (
            "zoom",
            "GMT20240131-150000_Recording_gallery_1280x720.mp4",
            "GMT20240131-150000_Recording.cc.vtt",
            True,
        ),
        (
            "zoom",
            "GMT20240131-150000_Team-Sync_640x360.mp4",
            "GMT20240131-150000_Team-Sync.transcript.vtt",
            True,
        ),
        ("zoom", "GMT20240131-150000_Recording.mp4", "GMT20240201-150000_Recording.transcript.vtt", False),
    ],
)
def test_a_preset_sees_which_names_belong_together(
    preset: str, video: str, transcription: str, agree: bool
) -> None:
    (rule,) = naming.compile([RuleSpec(preset=preset)])
    ours, theirs = rule.video.captures(video), rule.transcription.captures(transcription)
    assert ours is not None
    assert theirs is not None
    assert ([ours[name] for name in rule.join] == [theirs[name] for name in rule.join]) is agree


def test_webdataset_reads_the_language_at_the_end_of_the_field() -> None:
    (rule,) = naming.compile([RuleSpec(preset="webdataset")])
    found = rule.transcription.captures("s/0001.asr-text.pt-BR.sdh.srt")
    assert found == {"sample": "s/0001", "flags": ".pt-BR.sdh", "format": "srt"}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("eng", "en"),
        ("pt_br", "pt-BR"),
        ("no", "no"),
        ("ZH-hant-tw", "zh-Hant-TW"),
        ("ger", "de"),
        ("es-419", "es-419"),
        ("iw", "he"),
        ("zq", None),
        ("english", None),
        ("", None),
        ("e", None),
    ],
)
def test_tags_come_out_canonical(tag: str, expected: str | None) -> None:
    assert languages.canonical(tag) == expected


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("", (None, False, False)),
        ("en", ("en", False, False)),
        ("EN.Forced", ("en", True, False)),
        ("forced.en", ("en", True, False)),
        ("hi", ("hi", False, False)),
        ("en.hi", ("en", False, True)),
        ("hi.en", ("en", False, True)),
        ("hi.sdh", ("hi", False, True)),
        ("default", (None, False, False)),
        ("pt_br.default", ("pt-BR", False, False)),
        ("cc", (None, False, True)),
        ("und", (None, False, False)),
        ("en.eng", ("en", False, False)),
    ],
)
def test_a_tail_tells_language_and_flags_in_any_order_and_case(
    tail: str, expected: tuple[object, ...]
) -> None:
    found = languages.tail(tail)
    assert (found.language, found.forced, found.impaired) == expected
    assert found.problem is None


@pytest.mark.parametrize("tail", ["zq", "en.zq", "en.es", "commentary"])
def test_an_unknown_token_or_a_second_language_is_a_problem(tail: str) -> None:
    found = languages.tail(tail)
    assert found.problem
    assert found.language is None


def refused_at(pattern: str) -> int | None:
    try:
        regexes.refuse(pattern)
    except naming.PatternError as error:
        return error.offset
    return None


def test_quoted_text_without_an_end_ends_with_the_pattern() -> None:
    (rule,) = naming.compile(
        [RuleSpec(video_regex=r"(?P<n>\d+)\Q.a(b", transcription_regex=r"(?P<n>\d+)\.srt")]
    )
    assert rule.video.captures("7.a(b") == {"n": "7"}


def test_the_published_schema_and_the_code_name_the_same_presets() -> None:
    published = schema.load("config")["definitions"]["rule"]["properties"]["preset"]["enum"]
    assert published == list(naming.PRESETS)


@given(st.text(st.sampled_from("ab(?P<n>)[]^-\\Q\\E{}1,|*+.:\u00e9"), max_size=12))
def test_every_regex_is_either_refused_or_still_re2_with_plain_groups(pattern: str) -> None:
    import re2

    offset = refused_at(pattern)
    if offset is None:
        plain = re2.compile(f"^({regexes.plain_groups(pattern)})$")
        assert plain.groups == 1 + len(regexes.named_groups(pattern))
    else:
        assert 0 <= offset <= len(pattern)


def test_importing_naming_loads_nothing_heavy() -> None:
    code = "import sys, s3transfer_tl.naming; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"duckdb", "boto3", "requests", "pycurl", "langcodes", "re2"} & set(loaded)
