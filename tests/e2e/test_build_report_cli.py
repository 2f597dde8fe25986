"""What a build tells of every object: the report, plain lists, and what is new since last time."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from s3transfer_tl import ledger, schema
from s3transfer_tl.model import Entry
from tests.conftest import Line, RunLine

INDEX = "629d807aa9e2a3a33a92c00b"
DEAD = "http://127.0.0.1:9"


class Desk:
    """A folder with a saved listing and a config, and the command line on them."""

    def __init__(self, folder: Path, run_line: RunLine) -> None:
        self.folder, self._run = folder, run_line

    def keys(self, *keys: str, name: str = "keys.jsonl") -> None:
        rows = [
            {"uri": f"s3://b-b/{key}", "size": place, "etag": f"e{place}"} for place, key in enumerate(keys)
        ]
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (self.folder / name).write_text(text, encoding="utf-8")

    def config(self, extra: str = "access: off\n", videos: str = "") -> None:
        text = f"version: 1\nindex_id: {INDEX}\nlanguage: en\nvideos:\n  source: keys.jsonl\n{videos}{extra}"
        (self.folder / "transfer.yaml").write_text(text, encoding="utf-8")

    def line(self, *argv: str, **rest: Any) -> Line:
        return self._run(list(argv), cwd=self.folder, **rest)

    def build(self, *more: str, **rest: Any) -> Line:
        return self.line("build", "-c", "transfer.yaml", *more, **rest)

    def report(self, name: str = "m") -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / f"{name}.report.json").read_text(encoding="utf-8"))
        jsonschema.validate(found, schema.load("report"))
        return found

    def objects(self, name: str) -> list[str]:
        return [entry["object"][9:] for entry in json.loads((self.folder / name).read_text(encoding="utf-8"))]


@pytest.fixture
def desk(tmp_path: Path, run_line: RunLine) -> Desk:
    desk = Desk(tmp_path, run_line)
    desk.config()
    return desk


MESSY = (
    *("a.mp4", "a.srt", "b.mp4", "b.fr.srt", "b.de.srt", "c.mp4", "c.zq.srt", "episode-07.mp4"),
    *("epsiode-07.srt", "a.forced.srt", "proxies/p.mp4", "nobody.vtt", "\u65e5\u672c \"'\\.mp4"),
)


def messy(desk: Desk) -> None:
    desk.keys(*MESSY)
    desk.config("access: off\npolicy: {ambiguous: omit}\n", "  exclude: ['proxies/**']\n")


# The report


def test_a_pair_carries_size_and_etag_of_both_files(desk: Desk) -> None:
    desk.keys("a.mp4", "a.srt", "x/\u00fc \"\\'\n.mp4", "x/\u00fc \"\\'\n.vtt")
    assert desk.build("-o", "m.json").code == 0
    told = [
        {name: pair[name] for name in ("object", "object_size", "object_etag", "transcription_size")}
        | {"transcription_etag": pair["transcription_etag"], "transcription": pair["transcription"]}
        for pair in desk.report()["pairs"]
    ]
    assert told == [
        {
            "object": f"s3://b-b/{video}",
            "object_size": place,
            "object_etag": f"e{place}",
            "transcription": f"s3://b-b/{caption}",
            "transcription_size": place + 1,
            "transcription_etag": f"e{place + 1}",
        }
        for place, video, caption in (
            (0, "a.mp4", "a.srt"),
            (2, "x/\u00fc \"\\'\n.mp4", "x/\u00fc \"\\'\n.vtt"),
        )
    ]


def test_two_listings_tell_size_and_etag_of_their_own_side(desk: Desk) -> None:
    desk.keys("a.mp4", "b.mp4")
    desk.keys("x.srt", "b.srt", "a.srt", name="subs.jsonl")
    desk.config("transcriptions: {source: subs.jsonl}\naccess: off\n")
    assert desk.build("-o", "m.json").code == 0
    pairs = desk.report()["pairs"]
    assert [(pair["object_etag"], pair["transcription_etag"]) for pair in pairs] == [
        ("e0", "e2"),
        ("e1", "e1"),
    ]


def test_a_repeated_line_makes_no_second_pair(desk: Desk) -> None:
    desk.keys("a.mp4", "a.srt", "a.mp4", "a.srt", "a.mp4")
    assert desk.build("-o", "m.json").code == 0
    (pair,) = desk.report()["pairs"]
    assert (pair["object_size"], pair["object_etag"]) == (0, "e0")


def test_a_listing_of_bare_uris_has_null_for_what_it_does_not_tell(desk: Desk) -> None:
    (desk.folder / "keys.jsonl").write_text("s3://b-b/a.mp4\ns3://b-b/a.srt\n")
    assert desk.build("-o", "m.json").code == 0
    (pair,) = desk.report()["pairs"]
    assert (pair["object_size"], pair["object_etag"]) == (None, None)


def test_every_object_is_in_the_report_with_what_became_of_it(desk: Desk) -> None:
    messy(desk)
    done = desk.build("-o", "m.json")
    assert done.code == 0, done.stderr
    report = desk.report()
    assert report["excluded"] == [{"uri": "s3://b-b/proxies/p.mp4", "side": "video"}]
    assert {
        one["object"][9:]: one["nearest"] and one["nearest"][9:] for one in report["unmatched_videos"]
    } == {
        "b.mp4": None,
        "c.mp4": "c.zq.srt",
        "episode-07.mp4": "epsiode-07.srt",
        "\u65e5\u672c \"'\\.mp4": None,
    }
    orphans = {one["transcription"][9:]: one for one in report["orphan_transcriptions"]}
    assert {key: one["reason"] for key, one in orphans.items()} == {
        "a.forced.srt": "lost",
        "b.de.srt": "contested",
        "b.fr.srt": "contested",
        "c.zq.srt": "refused",
        "epsiode-07.srt": "no_video",
        "nobody.vtt": "no_video",
    }
    assert (orphans["c.zq.srt"]["video"], "`zq`" in orphans["c.zq.srt"]["problem"]) == (
        "s3://b-b/c.mp4",
        True,
    )
    assert orphans["nobody.vtt"]["problem"] is None
    seen = {one["uri"][9:] for one in report["excluded"]} | set(orphans)
    seen |= {one["object"][9:] for one in report["unmatched_videos"]}
    seen |= {pair[side][9:] for pair in report["pairs"] for side in ("object", "transcription")}
    assert seen == set(MESSY)


def test_globs_on_both_sides_are_told_apart(desk: Desk) -> None:
    desk.keys("a.mp4", "b.mov", "n.txt")
    desk.keys("a.srt", "old/a.srt", "n.txt", name="subs.jsonl")
    captions = "transcriptions: {source: subs.jsonl, exclude: ['old/**']}\naccess: off\n"
    desk.config(captions, "  include: ['*.mp4']\n")
    assert desk.build("-o", "m.json").code == 0
    report = desk.report()
    assert report["excluded"] == [
        {"uri": "s3://b-b/b.mov", "side": "video"},
        {"uri": "s3://b-b/old/a.srt", "side": "transcription"},
    ]
    assert report["summary"]["excluded"] == 2


def test_a_transcription_with_an_unknown_ending_is_a_warning(desk: Desk) -> None:
    desk.keys("a.mp4", "a.srt", "b.mp4", "b.zq.srt", "c.mp4", "c.zq.srt")
    done = desk.build("-o", "m.json", "--fail-on", "warning")
    assert done.code == 1
    assert done.stderr.count("TL506 warning s3://b-b/b.zq.srt is named after s3://b-b/b.mp4") == 1
    assert ", and 1 more" in done.stderr
    assert desk.build("-o", "m.json").code == 0


def test_a_rule_that_paired_nothing_shows_keys_that_nearly_matched(desk: Desk) -> None:
    desk.keys("shows/a.mp4", "shows/b.mp4", "shows/a.srt", "other/c.mp4")
    rule = '{name: mirrored, video: "show/{p:**}.{ext}", transcription: "{p:**}.{format}"}, {preset: sidecar}'
    desk.config(f"access: off\nnaming: {{rules: [{rule}]}}\n")
    done = desk.build("-o", "m.json")
    assert "TL806 warning naming rule 'mirrored' paired nothing" in done.stderr
    assert "nearest: shows/b.mp4, other/c.mp4" in done.stderr


def test_a_bad_language_of_a_rule_is_told_once_where_it_stands(desk: Desk) -> None:
    desk.keys("a.mp4", "a.srt")
    desk.config("access: off\nnaming:\n  rules:\n    - preset: sidecar\n      language: xx-yy-zz-1\n")
    done = desk.build("-o", "m.json")
    assert done.code == 2
    assert done.stderr.count("xx-yy-zz-1") == 1
    assert "transfer.yaml:10:17: TL802" in done.stderr


@pytest.mark.parametrize("count", [1, 40])
def test_the_summary_fits_a_screen_and_counts_in_english(desk: Desk, count: int) -> None:
    keys = ["a.mp4", "a.srt"]
    for n in range(count):
        keys += [f"t{n}.mp4", f"t{n}.de.srt", f"t{n}.fr.srt", f"u{n}.mp4", f"o{n}.srt", f"x/{n}.mp4"]
        keys += [f"r{n}.mp4", f"r{n}.{'zq' if n % 2 else 'qx'}.srt", f"A{n}.mp4", f"A{n}.srt"]
    desk.keys(*keys)
    rules = "".join(f"    - {{video: 'no{n}/{{p}}.mp4', transcription: '{{p}}.srt'}}\n" for n in range(8))
    config = f"access: off\npolicy: {{ambiguous: omit}}\nnaming:\n  rules:\n{rules}    - preset: sidecar\n"
    desk.config(config, "  exclude: ['x/**']\n")
    done = desk.build("-o", "m.json", "--fail-on", "never")
    assert done.code == 0, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) <= 24, done.stderr
    one = count == 1
    assert f"{count} ambiguous video{'' if one else 's'}" in done.stderr
    assert re.search(rf"wrote {count + 1} entries, [\d,]+ bytes, to m.json, and m.report.json;", done.stderr)
    assert "1 videos" not in done.stderr
    assert "more finding" in done.stderr


# Plain lists

LISTS = {
    "paired": ["a.mp4\ts3://b-b/a.srt"],
    "unmatched": ["b.mp4", "c.mp4", "episode-07.mp4", "\u65e5\u672c \"'\\.mp4"],
    "orphans": ["a.forced.srt", "b.de.srt", "b.fr.srt", "c.zq.srt", "epsiode-07.srt", "nobody.vtt"],
    "ambiguous": ["b.mp4"],
    "excluded": ["proxies/p.mp4"],
    "not-public": [],
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_is_plain_lines_for_pipes(desk: Desk, kind: str) -> None:
    messy(desk)
    done = desk.build("--dry-run", "--list", kind)
    assert (done.code, done.stdout) == (0, "".join(f"s3://b-b/{line}\n" for line in LISTS[kind]))
    assert desk.build("-o", "m.json", "--list", kind).stdout == done.stdout


def test_transcriptions_that_are_not_public_are_listed(desk: Desk, run_line: RunLine, acl: Any) -> None:
    bucket, server = acl
    for key in ("a.mp4", "a.srt", "b.mp4", "b.srt"):
        server.client().put_object(Bucket=bucket, Key=key, Body=b"x")
    server.client().put_object_acl(Bucket=bucket, Key="a.srt", ACL="public-read")
    desk.config("")
    config = (desk.folder / "transfer.yaml").read_text().replace("keys.jsonl", f"s3://{bucket}/")
    (desk.folder / "transfer.yaml").write_text(config)
    done = desk.build("-o", "m.json", "--list", "not-public", env=server.env())
    assert (done.code, done.stdout) == (1, f"s3://{bucket}/b.srt\n")


@pytest.fixture
def acl(moto: Any, bucket: Any) -> tuple[str, Any]:
    return bucket(moto), moto


def test_a_list_is_told_even_where_the_build_is_refused(desk: Desk) -> None:
    desk.keys("a.mp4", "a.de.srt", "a.fr.srt")
    done = desk.build("-o", "m.json", "--list", "ambiguous")
    assert (done.code, done.stdout) == (1, "s3://b-b/a.mp4\n")
    desk.keys("a.mp4")
    done = desk.build("-o", "m.json", "--list", "unmatched")
    assert (done.code, done.stdout) == (3, "s3://b-b/a.mp4\n")


def test_standard_output_holds_one_thing(desk: Desk) -> None:
    desk.keys("a.mp4", "a.srt")
    assert desk.build("--list", "paired").code == 2
    assert desk.build("-o", "m.json", "--list", "paired", "--format", "json").code == 2
    done = desk.build("-o", "m.json", "--list", "pairs")
    assert (done.code, "unmatched" in done.stderr) == (2, True)


# Since


def test_what_an_earlier_manifest_holds_is_left_out(desk: Desk) -> None:
    desk.keys("a.mp4", "a.srt", "b.mp4", "b.srt")
    assert desk.build("-o", "m.json").code == 0
    desk.keys("a.mp4", "a.srt", "b.mp4", "b.en.vtt", "b.srt", "c.mp4", "c.srt")
    done = desk.build("-o", "new.json", "--since", "m.json")
    assert done.code == 0, done.stderr
    assert "1 left out: it is not new" in done.stderr
    assert desk.objects("new.json") == ["b.mp4", "c.mp4"]  # b has a better transcription now
    report = desk.report("new")
    assert report["summary"]["left_out"] == 1
    assert report["summary"]["paired"] == 3
    assert [pair.get("left_out", False) for pair in report["pairs"]] == [True, False, False]


def test_nothing_new_ends_with_3_and_leaves_the_file(desk: Desk) -> None:
    desk.keys("a.mp4", "a.srt", "b.mp4", "b.srt")
    assert desk.build("-o", "m.json").code == 0
    before = (desk.folder / "m.json").read_bytes()
    done = desk.build("-o", "m.json", "--since", "m.json")
    assert (done.code, "nothing new: 2 entries" in done.stderr) == (3, True), done.stderr
    assert (desk.folder / "m.json").read_bytes() == before


def test_what_is_known_is_not_checked_again(desk: Desk) -> None:
    desk.keys("a.mp4", "a.srt")
    assert desk.build("-o", "m.json").code == 0
    desk.keys("a.mp4", "a.srt", "b.mp4", "b.srt")
    desk.config("access: each\n")
    done = desk.build("-o", "new.json", "--since", "m.json", "--endpoint-url", DEAD)
    assert done.code == 4
    assert desk.report("new")["summary"]["unknown_access"] == 1
    assert [pair["access"] for pair in desk.report("new")["pairs"]] == ["unchecked", "unknown"]


def test_unmatched_videos_that_are_included_can_be_known_too(desk: Desk) -> None:
    desk.keys("a.mp4")
    desk.config("access: off\npolicy: {unmatched_video: include}\n")
    assert desk.build("-o", "m.json").code == 0
    desk.keys("a.mp4", "b.mp4")
    assert desk.build("-o", "new.json", "--since", "m.json").code == 0
    assert desk.objects("new.json") == ["b.mp4"]
    desk.keys("a.mp4", "a.srt")
    assert desk.build("-o", "new.json", "--since", "m.json").code == 0
    assert desk.objects("new.json") == ["a.mp4"]  # it has a transcription now


def submitted(path: Path, states: dict[str, str]) -> None:
    """Make a ledger that holds each key's entry in a state."""
    ways = {"planned": (), "sending": ("sending",), "accepted": ("sending", "accepted")}
    ways |= {"rejected": ("sending", "rejected"), "unknown": ("sending", "unknown")}
    ways |= {"ready": ("sending", "accepted", "ready"), "failed": ("sending", "accepted", "failed")}
    with ledger.Ledger.open(path) as opened, opened.transaction():
        run = opened.begin("submit", "m.json", "http://127.0.0.1", "0")
        entries = [Entry(INDEX, "en", f"s3://b-b/{key}.mp4", f"s3://b-b/{key}.srt") for key in states]
        opened.plan(run, [ledger.Identity("http://127.0.0.1", entry) for entry in entries])
        for row in list(opened.rows(run)):
            steps = ways[states[row.object[9:-4]]]
            for before, step in zip(("planned", *steps), steps, strict=False):
                opened.move(row._replace(state=before), step)


def test_what_a_ledger_knows_as_sent_is_left_out(desk: Desk) -> None:
    states = {
        **{"a": "planned", "b": "sending", "c": "accepted", "d": "rejected"},
        **{"e": "unknown", "f": "ready", "g": "failed"},
    }
    submitted(desk.folder / "ledger.sqlite3", states)
    desk.keys(*(f"{key}{end}" for key in (*states, "new") for end in (".mp4", ".srt")))
    before = (desk.folder / "ledger.sqlite3").read_bytes()
    done = desk.build("-o", "m.json", "--since", "ledger.sqlite3")
    assert done.code == 0, done.stderr
    assert desk.objects("m.json") == ["a.mp4", "d.mp4", "g.mp4", "new.mp4"]
    assert (desk.folder / "ledger.sqlite3").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot read old.json"),
        (b"[{]", "old.json: entry 0 of the manifest cannot be used"),
        (b'[{"object": 1}]', "old.json: entry 0 of the manifest cannot be used"),
        (b"SQLite format 3\0 but no ledger", "old.json is damaged"),
    ],
)
def test_a_file_that_is_neither_manifest_nor_ledger_is_told(
    desk: Desk, content: bytes | None, says: str
) -> None:
    desk.keys("a.mp4", "a.srt")
    if content is not None:
        (desk.folder / "old.json").write_bytes(content)
    done = desk.build("-o", "m.json", "--since", "old.json")
    assert done.code in (2, 4)
    assert says in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
