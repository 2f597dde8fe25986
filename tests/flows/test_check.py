"""The check flow with edges of our own: which facts it gathers, and what it keeps."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import check, lint, report
from s3transfer_tl.check.named import Named
from s3transfer_tl.errors import ConfigError, UsageError
from s3transfer_tl.model import AccessVerdict, Config, LintSpec, ObjectState, Severity, SourceSpec
from s3transfer_tl.sources.objects import Answer, Trouble, Wanted

INDEX = "629d807aa9e2a3a33a92c00b"
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHello.\n"


def manifest(*pairs: tuple[str, str | None]) -> bytes:
    rows = [
        {"index_id": INDEX, "language": "en", "object": f"s3://med/{video}"}
        | ({"transcription": f"s3://med/{subs}"} if subs else {})
        for video, subs in pairs
    ]
    return json.dumps(rows, indent=2).encode()


class S3:
    """What S3 holds, by key: its state; and what it was asked."""

    def __init__(self, **options: Any) -> None:
        self.private: set[str] = set()
        self.office: set[str] = set()
        self.unknown: set[str] = set()
        self.states: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, bytes] = {}
        self.troubles: dict[str, Trouble] = {}
        self.anonymous: list[str] = []
        self.wanted: list[Wanted] = []

    def check_access(self, uris: Iterable[str]) -> Iterator[AccessVerdict]:
        for uri in uris:
            self.anonymous.append(uri)
            key = uri.removeprefix("s3://med/")
            if key in self.unknown:
                yield AccessVerdict(uri, "unknown", 503, "503: S3 did not serve the request; try again")
            elif key in self.private:
                yield AccessVerdict(uri, "denied", 403, "403 AccessDenied")
            elif key in self.office:
                yield AccessVerdict(uri, "public", 200, "public from your network only", cause="network")
            else:
                yield AccessVerdict(uri, "public", 200, "200")

    def ask(self, wanted: Iterable[Wanted]) -> Iterator[Answer]:
        for one in wanted:
            self.wanted.append(one)
            key = one.uri.removeprefix("s3://med/")
            if key in self.troubles:
                yield Answer(one, trouble=self.troubles[key])
                continue
            body = self.bodies.get(key, SRT if one.body else b"video")
            told = {"size": len(body), "etag": "e"} | self.states.get(key, {})
            yield Answer(one, ObjectState(one.uri, **told), body if one.body else None)

    def check(self, data: bytes, *, built: Path | None = None, **how: Any) -> check.Checked:
        events = check.run(
            io.BytesIO(data),
            "m.json",
            control=lint.Control(**how),
            check_access=self.check_access,
            ask=self.ask,
            built=check.Built(built) if built else None,
        )
        *_, last = events
        assert isinstance(last, check.Checked)
        return last


def codes(done: check.Checked) -> list[tuple[str, str, int | None]]:
    return [(one.code, one.file, one.line) for one in done.review.findings]


def test_a_sound_manifest_leaves_nothing_behind_but_counts() -> None:
    done = S3().check(manifest(("a.mp4", "a.srt"), ("b.mp4", "b.srt"), ("c.mp4", None)))
    assert (codes(done), done.undecided, done.objects) == ([], (), 5)
    assert (done.review.files, done.review.entries) == (3, 3)
    assert {one.code for one in done.review.not_run}.isdisjoint({"TL601", "TL602", "TL603", "TL609"})
    assert "TL608" in {one.code for one in done.review.not_run}


def test_each_object_is_asked_for_once() -> None:
    s3 = S3()
    s3.check(manifest(("a.mp4", "a.srt"), ("a.mp4", "a.srt"), ("b.mp4", "a.srt"), ("b.mp4", "b.srt")))
    assert sorted(s3.anonymous) == ["s3://med/a.srt", "s3://med/b.srt"]
    assert sorted(one.uri for one in s3.wanted) == [
        f"s3://med/{key}" for key in ("a.mp4", "a.srt", "b.mp4", "b.srt")
    ]


def test_public_transcriptions_are_read_as_the_platform_reads_them() -> None:
    s3 = S3()
    s3.private = {"b.srt"}
    done = s3.check(manifest(("a.mp4", "a.srt"), ("b.mp4", "b.srt")))
    assert [one for one in s3.wanted if one.tag == "transcription"] == [
        Wanted("s3://med/a.srt", True, True, "transcription"),
        Wanted("s3://med/b.srt", True, False, "transcription"),
    ]
    assert codes(done) == [("TL602", "m.json", 12)]


def test_what_only_this_network_may_read_is_a_warning() -> None:
    s3 = S3()
    s3.office = {"b.srt"}
    done = s3.check(manifest(("a.mp4", "a.srt"), ("b.mp4", "b.srt")))
    assert codes(done) == [("TL602", "m.json", 12)]
    assert done.review.findings[0].severity is Severity.WARNING
    assert done.review.files == 3


def test_what_is_gone_is_missing_and_not_private_too() -> None:
    s3 = S3()
    s3.private = {"a.srt"}
    s3.states = {"a.srt": {"there": False, "reason": "there is no such object"}}
    assert codes(s3.check(manifest(("a.mp4", "a.srt")))) == [("TL601", "m.json", 6)]


def test_subtitles_are_judged_under_their_own_name_with_their_lines() -> None:
    s3 = S3()
    s3.bodies = {"a.srt": SRT.replace(b"00:00:02", b"00:00:00"), "b.vtt": b"<html></html>", "c.srt": b""}
    done = s3.check(manifest(("a.mp4", "a.srt"), ("b.mp4", "b.vtt"), ("c.mp4", "c.srt")))
    assert codes(done) == [
        ("TL603", "m.json", 18),
        ("TL705", "s3://med/a.srt", 2),
        ("TL702", "s3://med/b.vtt", 1),
    ]
    assert done.excerpts["s3://med/a.srt", 2] == "00:00:01,000 --> 00:00:00,000"
    assert not any(one.fixable for one in done.review.findings)


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("sarif", '"uri": "s3://med/a%20b//../c%23.srt"'),
        ("gitlab", '"path": "s3://med/a b//../c#.srt"'),
        ("json", '"file": "s3://med/a b//../c#.srt"'),
        ("junit", 'file="s3://med/a b//../c#.srt"'),
        ("github", "file=s3%3A//med/a b//../c#.srt,"),
    ],
)
def test_every_form_names_a_subtitle_file_in_s3_byte_for_byte(form: str, written: str) -> None:
    s3 = S3()
    s3.bodies = {"a b//../c#.srt": b"<html></html>"}
    done = s3.check(manifest(("c.mp4", "a b//../c#.srt")), select=["TL702"])
    fp = io.BytesIO()
    report.write(report.FORMATS[form], done.review, fp, report.Setting(folder="/work"))
    assert written in fp.getvalue().decode()


def test_nothing_is_read_or_asked_that_no_rule_needs() -> None:
    s3 = S3()
    s3.check(manifest(("a.mp4", "a.srt")), ignore=["TL7"])
    assert [one.body for one in s3.wanted] == [False, False]
    s3 = S3()
    s3.check(manifest(("a.mp4", "a.srt")), ignore=["TL602"])
    assert s3.anonymous == []
    s3 = S3()
    config = Config("transfer.yaml", SourceSpec("s3://med/"), lint=LintSpec(ignore=("TL7", "TL602")))
    s3.check(manifest(("a.mp4", "a.srt")), config=config)
    assert s3.anonymous == []
    assert [one.body for one in s3.wanted] == [False, False]
    s3 = S3()
    s3.check(manifest(("a.mp4", "a.srt")), ignore=["TL602"])
    assert [one.anonymous for one in s3.wanted] == [False, False]


def test_what_s3_does_not_tell_is_undecided_and_no_finding() -> None:
    s3 = S3()
    down = Trouble("cannot reach it", "run again")
    s3.unknown = {"b.srt"}
    s3.troubles = {"a.mp4": down, "b.mp4": down}
    done = s3.check(manifest(("a.mp4", "a.srt"), ("b.mp4", "b.srt")))
    assert codes(done) == []
    assert [(one.trouble.message, one.objects, one.first) for one in done.undecided] == [
        ("cannot reach it", 2, "s3://med/a.mp4"),
        ("503: S3 did not serve the request; try again", 1, "s3://med/b.srt"),
    ]
    told = {one.code: one.needs for one in done.review.not_run}
    assert told["TL601"] == "an answer about 2 objects"
    assert told["TL602"] == "an answer about 1 object"


def test_of_a_broken_manifest_what_can_be_checked_is_checked() -> None:
    s3 = S3()
    s3.states = {"c.mp4": {"there": False, "reason": "gone"}}
    data = manifest(("a.mp4", "a.srt"), ("b.mp4", "b.srt"), ("c.mp4", "c.srt"))
    done = s3.check(data.replace(b'"s3://med/b.mp4"', b"s3://med/b.mp4"))
    assert [(code, line) for code, _, line in codes(done)] == [("TL001", 11), ("TL601", 17)]
    assert sorted(one.uri for one in s3.wanted) == [
        f"s3://med/{key}" for key in ("a.mp4", "a.srt", "c.mp4", "c.srt")
    ]


def report_of(folder: Path, **told: tuple[int | None, str | None]) -> Path:
    pair: dict[str, Any] = {"object": "s3://med/a.mp4", "transcription": "s3://med/a.srt"}
    for name, (size, etag) in told.items():
        pair |= {f"{name}_size": size, f"{name}_etag": etag}
    path = folder / "m.report.json"
    path.write_text(json.dumps({"format_version": 1, "pairs": [pair], "orphan_transcriptions": []}))
    return path


@pytest.mark.parametrize("then", [(5, "e"), (5, None), (None, "e"), (None, None)])
def test_an_object_as_the_build_saw_it_is_sound(then: tuple[int | None, str | None], tmp_path: Path) -> None:
    done = S3().check(
        manifest(("a.mp4", "a.srt"), ("b.mp4", "b.srt")), built=report_of(tmp_path, object=then)
    )
    assert codes(done) == []
    assert "TL608" not in {one.code for one in done.review.not_run}


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ((4, "e"), "4 bytes then, 5 bytes now"),
        ((5, "d"), "ETag d then, ETag e now"),
        ((4, None), "4 bytes then"),
    ],
)
def test_an_object_that_has_changed_is_told_with_what_it_was(
    then: tuple[int | None, str | None], words: str, tmp_path: Path
) -> None:
    done = S3().check(manifest(("a.mp4", "a.srt")), built=report_of(tmp_path, object=then))
    assert codes(done) == [("TL608", "m.json", 5)]
    assert words in done.review.findings[0].message


def test_the_report_of_a_split_build_is_found_from_each_part(tmp_path: Path) -> None:
    path = report_of(tmp_path, object=(1, "e"))
    assert check.beside(tmp_path / "m.json") == path
    assert check.beside(tmp_path / "m-0002.json") == path
    assert check.beside(tmp_path / "other.json") is None


@pytest.mark.parametrize(
    "text", ["", "[]x", "{", '{"pairs": [1]}', '{"pairs": [null]}', "{}", '[{"object": "s3://b/k"}]']
)
def test_a_report_that_is_none_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "m.report.json"
    path.write_text(text)
    with pytest.raises((ConfigError, UsageError)) as told:
        check.Built(path)
    assert "m.report.json" in told.value.message
    assert told.value.hint == "name another --report, or build again"


def test_a_report_of_very_many_orphans_is_read(tmp_path: Path) -> None:
    path = tmp_path / "m.report.json"
    pair = {"object": "s3://med/a.mp4", "object_size": 4}
    orphans = [{"uri": f"s3://med/{number:0>900}.srt", "why": "no-video"} for number in range(20_000)]
    path.write_text(json.dumps({"format_version": 1, "orphan_transcriptions": orphans, "pairs": [pair]}))
    built = check.Built(path)
    assert built.has_changed(ObjectState("s3://med/a.mp4", size=5))
    assert not built.has_changed(ObjectState("s3://med/a.mp4", size=4))
    assert not built.has_changed(ObjectState("s3://med/a.mp4"))  # an answer without a length


uris = st.sampled_from(["s3://med/a", "s3://med/b", "s3://med/c", "s3://net/a", "s3://med/", "x", 3, None])


@given(st.lists(st.tuples(uris, uris), max_size=12))
def test_each_object_is_named_once_whatever_is_repeated(pairs: list[tuple[Any, Any]]) -> None:
    rows = [
        {"index_id": INDEX, "language": "en", "object": video, "transcription": subs} for video, subs in pairs
    ]
    named = Named(io.BytesIO(json.dumps(rows).encode()))
    for name in ("object", "transcription"):
        found = [uri for uri, _ in named.walk(name)]
        sound = {row[name] for row in rows if isinstance(row[name], str) and len(row[name]) == 10}
        assert sorted(found) == sorted(uri for uri in sound if uri.isascii())
        assert named.counts[name] == len(found)
