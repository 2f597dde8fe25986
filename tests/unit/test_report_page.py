"""The page of runs as a text: what it says, that it is sound HTML, and that texts of others stay texts."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from s3transfer_tl.ledger import STATES
from s3transfer_tl.report import page
from s3transfer_tl.report.page import drawing, exact, rows
from s3transfer_tl.report.page.parts import Bar, Column, Section, Slice, Table
from tests.pages import HOSTILE, built, built_of, judged, report, submitted

VOID = {"meta", "link", "input", "br", "hr", "img"}


class Outline(HTMLParser):
    """Reads a page; every element must be closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def inside(self, tag: str) -> list[str]:
        return [text for where, text in self.texts if where == tag]

    def all_text(self) -> str:
        return "".join(text for where, text in self.texts if where not in ("script", "style"))


def written(*sections: Section) -> str:
    return "".join(page.pieces(sections, made="2025-11-22 12:00:00 UTC", version="0.1.0"))


def outline(*sections: Section) -> Outline:
    return Outline(written(*sections))


# Everything


def test_every_kind_of_run_makes_one_sound_page() -> None:
    found = outline(built(30), judged(30), submitted(30))
    headings = [int(tag[1]) for tag, _ in found.elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(headings))
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes.get("href") or "" for tag, attributes in found.elements if tag == "a"]
    assert all(link[0] == "#" and link[1:] in ids for link in links)
    labels = {one for _, found in found.elements for one in (found.get("aria-labelledby") or "").split()}
    assert labels <= set(ids)


def test_the_page_may_run_its_own_script_and_style_and_nothing_else() -> None:
    found = outline(built(30))
    policy = next(
        attributes["content"] or ""
        for _, attributes in found.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    for name, element in (("style-src", found.inside("style")), ("script-src", found.inside("script")[-1:])):
        digest = base64.b64encode(hashlib.sha256("".join(element).encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}';" in policy
    assert not [1 for _, attributes in found.elements if any(name.startswith("on") for name in attributes)]
    assert not [1 for _, attributes in found.elements if "style" in attributes or "src" in attributes]


def test_every_table_has_a_caption_and_every_head_its_scope() -> None:
    found = outline(built(30), judged(30), submitted(30))
    tags = [tag for tag, _ in found.elements]
    assert tags.count("table") == tags.count("caption") > 8
    assert all(attributes.get("scope") for tag, attributes in found.elements if tag == "th")
    assert tags.count("svg") == tags.count("desc") == tags.count("title") - 1


def test_only_the_first_rows_are_markup_and_all_that_fit_are_data() -> None:
    text = written(built(80, most=60))
    assert text.count("film-") > 3 * 25
    assert "This page holds 60 of 80 rows; the figures above count all." in text
    assert "all are under &#34;pairs&#34; in manifest.report.json." in text
    data = re.search(
        r'<script type="application/json" id="s1-pairs-table1-data">(.*?)</script>', text, re.DOTALL
    )
    assert data
    assert len(json.loads(data[1])["rows"]) == 60


# Texts of others


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec=None, categories=None), max_size=30))  # type: ignore[arg-type]
def test_any_key_stays_a_text_and_all_of_it_can_be_seen(key: str) -> None:
    found = outline(built(1, key=key))
    assert {tag for tag, _ in found.elements} <= TAGS
    shown = Outline(f"<td>{exact.marked(key)}</td>").all_text()
    assert shown.isprintable()
    assert json.loads(exact.script_data(key)) == json.loads(json.dumps(key))


TAGS = {tag for tag, _ in outline(built(30), judged(30), submitted(30)).elements} | {"span"}


def test_hostile_keys_are_shown_exactly() -> None:
    for key in HOSTILE:
        text = written(built(1, key=key))
        assert {tag for tag, _ in Outline(text).elements} <= TAGS
        assert text.lower().count("<script") == 1 + text.count('<script type="application/json"')
        assert "\u202e" not in text
        assert "\x1b" not in text


def test_what_cannot_be_seen_is_marked() -> None:
    assert exact.marked("a\u202eb") == 'a<span class="odd">\\u202e</span>b'
    assert exact.marked(" a ") == '<span class="odd">\\x20</span>a<span class="odd">\\x20</span>'
    assert exact.marked("half \udcff") == 'half <span class="odd">\\udcff</span>'
    assert exact.marked("<b>&amp; plain") == "&lt;b&gt;&amp;amp; plain"
    assert exact.marked("\u65e5\u672c \u05d0") == "\u65e5\u672c \u05d0"


# What is told


def test_a_build_tells_what_was_left_out_and_what_to_do() -> None:
    text = outline(built(30)).all_text()
    for said in (
        "30 of 33 videos have a transcription; the manifest has 30 entries, 3 of them with",
        "s3transfer-tl access s3://media/shows/",
        "s3transfer-tl explain -c transfer.yaml s3://media/shows/twice.mp4",
        "s3transfer-tl review -c transfer.yaml",
        "the bucket was listed: 63 keys, 1 page, 0.5 s",
        "its name ends in what is neither language nor flag",
        "s3://media/shows/twice.it.srt",
    ):
        assert said in text, said


def test_what_people_decided_is_told_and_is_nothing_to_do() -> None:
    told = report(30)
    told["summary"]["decisions"] = {"applied": 1, "none": 2, "stale": 1}
    for video in told["unmatched_videos"]:
        video["reason"] = "decided"
    told["stale_decisions"] = [
        {
            "video": "s3://media/old.mp4",
            "transcription": None,
            "file": "decisions.yaml",
            "line": 7,
            "missing": ["video"],
        }
    ]
    text = outline(built_of(told)).all_text()
    for said in (
        "1 pair, and 2 videos without a transcription",
        "The first rule that pairs a video wins. 1 more pair by decision.",
        "decided so",
        "decisions.yaml:7",
    ):
        assert said in text, said
    assert "got no transcription" not in text


def test_a_build_of_shapes_that_no_build_writes_is_shown_all_the_same() -> None:
    seen = page.seen.Seen("x.json")
    odd: tuple[Any, ...] = (
        None,
        1,
        [],
        {},
        {"object": 5},
        {"candidates": 3},
        {"access": [1], "object": None},
    )
    for name in ("summary", "manifests", *page.seen.LISTS, "another"):
        for value in odd:
            seen.take(name, value)
    assert Outline(written(page.build.section("x", seen)))


def test_a_review_groups_by_rule_the_worst_first_and_keeps_the_worst() -> None:
    found = judged(30, most=3)
    rules, every = (next(part for part in found.parts if part.slug == slug) for slug in ("rules", "findings"))
    assert [row[:3] for row in rules.tables[0].rows] == [
        ("error", "TL111 index-id-length", 10),
        ("warning", "TL401 duplicate-object", 20),
    ]
    assert rules.tables[0].rows[0][3] == "An index id of another length."
    assert every.tables[0].total == 30
    assert [row[0] for row in every.tables[0].rows] == ["error"] * 3
    assert found.verdict == "10 errors, 20 warnings and 0 infos in 30 entries in 1 file."


def test_a_submission_tells_failures_in_the_platforms_words() -> None:
    found = submitted(30)
    words = next(part for part in found.parts if part.slug == "words")
    assert words.tables[0].rows == [
        ("failed", "the video is <too> short", 2, "s3://media/shows/film-0.mp4"),
        ("unknown", "the answer was lost", 1, "s3://media/shows/film-2.mp4"),
    ]
    assert found.verdict == "27 of 30 entries ready, 2 failed or rejected, 1 of unknown outcome."
    assert [command for step in found.steps for command in step.commands] == [
        "s3transfer-tl retry --state failed --ledger l.sqlite3",
        "s3transfer-tl resolve --ledger l.sqlite3",
    ]


def test_events_beyond_the_rows_leave_no_more_than_where_an_entry_stands() -> None:
    told = page.told.Told(most=1)
    event = {
        "index_id": "1",
        "time": "2025-11-22T10:00:00Z",
        "event": "status",
        "task_id": "t",
        "message": "m",
    }
    for name, status in (("a", "ready"), ("b", "failed"), ("c", "failed"), ("c", "ready")):
        told.take({**event, "object": name, "status": status})
    first, failed, last = told.entries()
    assert (first["task_id"], failed["message"]) == ("t", "m")
    assert last == {"object": "c", "index_id": "1", "state": "ready"}
    assert [state for _, _, state in told.moves()] == ["ready", "failed", "failed", "ready"]


def test_every_state_of_the_ledger_has_its_place_in_a_page() -> None:
    assert set(page.submitted.STATES) == set(STATES)


# Pictures


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=8))
def test_the_parts_of_a_bar_fill_it_and_none_is_too_thin_to_see(amounts: list[int]) -> None:
    parts = drawing.rectangles(Bar("b", tuple(Slice("s", amount, "good") for amount in amounts)))
    assert abs(sum(part.width for part in parts) - drawing.WIDTH) < 0.1
    assert min(part.width for part in parts) > 3
    assert all(abs(before.x + before.width - after.x) < 0.05 for before, after in itertools.pairwise(parts))


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 5), st.sampled_from(list(STATES))), max_size=40))
def test_a_curve_ends_with_where_every_entry_stands(moves: list[tuple[float, int, str]]) -> None:
    moves.sort(key=lambda move: move[0])
    found = page.history.curve(moves, 0, 100, page.submitted.STATES)
    if not moves:
        assert found is None
        return
    assert found
    stands = {entry: state for _, entry, state in moves}
    last = {kind: count for (kind, _), count in zip(found.kinds, found.counts[-1], strict=True) if count}
    assert last == {state: list(stands.values()).count(state) for state in set(stands.values())}
    assert list(found.times) == sorted(found.times)
    assert drawing.areas(found)


def test_a_curve_of_no_time_is_none() -> None:
    assert page.history.curve([(5.0, 1, "planned")], 5.0, 5.0, page.submitted.STATES) is None


# Rows


def test_rows_say_once_what_keys_begin_with_and_what_is_chosen_from() -> None:
    table = Table("t", (Column("Key", "key"), Column("State", "choice", {"ready": "good", "failed": "bad"})))
    table.add("s3://media/a", "failed")
    table.add("s3://media/b", "ready")
    table.add(None, None)
    assert json.loads(rows.data(table)) == {
        "columns": [
            {"kind": "key", "base": "s3://media/"},
            {"kind": "choice", "values": ["ready", "failed"], "tones": ["good", "bad"]},
        ],
        "rows": [["a", 1], ["b", 0], [None, None]],
    }


def test_a_column_that_says_nothing_is_left_out_and_one_that_says_the_same_is_told_once() -> None:
    table = Table("t", (Column("Key", "key"), Column("Note"), Column("Index", "choice")))
    table.add("a", None, "i1")
    table.add("b", None, "i1")
    slim = table.slim()
    assert ([column.title for column in slim.columns], slim.same) == (["Key"], "Index i1")
    assert slim.rows == [("a",), ("b",)]
