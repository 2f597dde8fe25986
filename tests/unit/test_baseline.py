"""lint.baseline: known findings, by rule and object and never by line."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3transfer_tl import lint, schema
from s3transfer_tl.errors import UsageError
from s3transfer_tl.lint import Baseline, Control
from s3transfer_tl.model import Finding, Review


def finding(
    code: str = "TL404",
    uri: str | None = "s3://b/a.mp4",
    *,
    file: str = "m.json",
    line: int = 1,
    message: str = "x",
    field: str | None = None,
) -> Finding:
    rule = lint.rule(code)
    return Finding(
        code, rule.name, rule.severity, message, "y", file, line, 1, 2, entry=line, field=field, uri=uri
    )


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("m.json", "a.srt", "b.srt"):
        (tmp_path / name).touch()
    return tmp_path / "lint.baseline.json"


def known(path: Path, *findings: Finding) -> Baseline:
    """A baseline of ``findings`` that was written and read again."""
    path.write_bytes(Baseline(path).with_findings(findings).dumps())
    return Baseline.load(path)


def left(baseline: Baseline, *findings: Finding) -> list[Finding]:
    return [one for one in findings if not baseline.knows(one)]


def test_what_is_known_is_suppressed_and_counted(path: Path) -> None:
    baseline = known(path, finding(), finding("TL302"))
    review = Control(baseline=baseline).apply(Review((finding(), finding("TL302"), finding("TL111")), 1, 1))
    assert [one.code for one in review.findings] == ["TL111"]
    assert review.suppressed == 2


@pytest.mark.parametrize(
    "change",
    [{"line": 999}, {"entry": 7}, {"message": "other words"}, {"file": "renamed.json"}, {"column": 40}],
    ids=str,
)
def test_an_entry_is_known_by_its_object_wherever_it_stands(path: Path, change: dict[str, object]) -> None:
    assert left(known(path, finding()), finding()._replace(**change)) == []


@pytest.mark.parametrize("change", [{"code": "TL302"}, {"uri": "s3://b/b.mp4"}], ids=str)
def test_another_rule_or_another_object_is_not_known(path: Path, change: dict[str, str]) -> None:
    assert left(known(path, finding()), finding()._replace(**change))


def test_a_caption_is_known_by_its_file_and_what_is_said_of_it(path: Path) -> None:
    said = finding("TL705", None, file="a.srt", message="cue 5 ends at 00:01")
    baseline = known(path, said, said, said)
    assert left(baseline, said._replace(line=70, message="cue 12 ends at 03:15")) == []
    assert left(baseline, said._replace(file="b.srt"))
    assert left(baseline, said._replace(message="cue 5 begins at 00:01"))
    assert left(baseline, said._replace(field="x"))


def test_the_number_of_findings_is_kept(path: Path) -> None:
    baseline = known(path, finding(), finding(line=2))
    assert len(left(baseline, *[finding(line=line) for line in range(5)])) == 3


def test_the_file_is_sorted_has_an_entry_a_line_and_fits_its_schema(path: Path) -> None:
    findings = [finding(uri=f"s3://b/{name}") for name in "cab"] + [finding("TL705", None, file="a.srt")]
    baseline = known(path, *findings)
    assert baseline.dumps() == known(path, *reversed(findings)).dumps()
    document = json.loads(path.read_text(encoding="utf-8"))
    assert schema.validator("baseline").is_valid(document)
    assert [one.get("uri") for one in document["findings"]] == [None, "s3://b/a", "s3://b/b", "s3://b/c"]
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(findings) + 5


def test_an_empty_baseline_is_one(path: Path) -> None:
    baseline = known(path)
    assert baseline.entries == ()
    assert left(baseline, finding()) == [finding()]


@pytest.mark.parametrize("uri", ["s3://b/caf\u00e9.mp4", "s3://b/\ud83d.mp4", "s3://b/\U0001f600\n.mp4"])
def test_any_key_can_be_known(path: Path, uri: str) -> None:
    assert left(known(path, finding(uri=uri)), finding(uri=uri)) == []


def test_what_is_mended_is_unused_with_its_line(path: Path) -> None:
    baseline = known(path, finding(uri="s3://b/a"), finding(uri="s3://b/b"), finding(uri="s3://b/c"))
    assert left(baseline, finding(uri="s3://b/b")) == []
    unused = baseline.unused(["m.json"])
    assert [(one.known.uri, one.times, one.mark.line, one.mark.column) for one in unused] == [
        ("s3://b/a", 1, 4, 5),
        ("s3://b/c", 1, 6, 5),
    ]
    pruned = baseline.pruned(["m.json"])
    assert [one.uri for one in pruned.entries] == ["s3://b/b"]


def test_the_place_of_an_entry_is_found_in_a_file_that_was_formatted(path: Path) -> None:
    baseline = known(path, finding(uri="s3://b/a"), finding(uri="s3://b/b"))
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=4), encoding="utf-8")
    marks = [one.mark for one in baseline.unused(["m.json"])]
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [lines[mark.line - 1][mark.column - 1 :] for mark in marks] == ["{", "{"]


def test_of_files_that_were_not_judged_nothing_is_unused(path: Path) -> None:
    baseline = known(path, finding(), finding("TL705", None, file="a.srt"))
    assert baseline.unused(["b.srt"]) == []
    assert [one.known.file for one in baseline.unused(["a.srt"])] == ["a.srt"]


def test_of_files_that_are_gone_everything_is(path: Path) -> None:
    baseline = known(path, finding("TL705", None, file="gone.srt"))
    assert [one.known.file for one in baseline.unused([])] == ["gone.srt"]


def test_an_object_in_two_manifests_stays_known_for_the_one_that_was_not_judged(path: Path) -> None:
    baseline = known(path, finding(file="m.json"), finding(file="a.srt"))
    assert left(baseline, finding(file="m.json")) == []
    assert baseline.unused(["m.json"]) == []


def test_some_of_a_count_is_pruned(path: Path) -> None:
    baseline = known(path, *[finding()] * 5)
    assert left(baseline, finding(), finding()) == []
    assert [one.times for one in baseline.unused(["m.json"])] == [3]
    assert [one.times for one in baseline.pruned(["m.json"]).entries] == [2]


def test_unused_entries_are_findings(path: Path) -> None:
    control = Control(baseline=known(path, finding(), *[finding("TL302")] * 3))
    control.apply(Review((finding("TL302"),), 1, 1))
    found = control.unused(["m.json"], whole=False).findings
    assert [one.code for one in found] == ["TL901", "TL901"]
    assert found[0].message == "2 of 3 findings TL302 about s3://b/a.mp4 are not there any more"
    assert found[1].message == "the finding TL404 about s3://b/a.mp4 is not there any more"
    assert all("--prune-baseline" in one.hint for one in found)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1:1: not a baseline"),
        ('{"format_version": 1,\n "findings": [}', "2:15: not a baseline"),
        ("[]", "at $: "),
        ('{"format_version": 2, "findings": []}', "at $.format_version: "),
        ('{"format_version": 1, "findings": [{"code": "TL404"}]}', "at $.findings[0]: "),
        (
            '{"format_version": 1, "findings": [{"code": "x", "file": "a", "uri": "b", "count": 1}]}',
            "$.findings[0].code",
        ),
        ("[" * 100_000, "not a baseline"),
        ("\ud800", "not a baseline"),
    ],
)
def test_what_is_no_baseline_is_told_with_its_place(path: Path, text: str, says: str) -> None:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UsageError) as caught:
        Baseline.load(path)
    assert says in caught.value.message
    assert "--write-baseline" in caught.value.hint


def test_a_baseline_that_is_not_there_is_told(path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the baseline"):
        Baseline.load(path)


FINDINGS = st.lists(
    st.builds(
        finding,
        code=st.sampled_from(["TL404", "TL302", "TL705"]),
        uri=st.sampled_from([None, "s3://b/a", "s3://b/b"]),
        file=st.sampled_from(["x.json", "y.json"]),
        line=st.integers(1, 9),
        message=st.sampled_from(["a 1", "a 2", "b"]),
    ),
    max_size=12,
)


@given(FINDINGS, FINDINGS, st.randoms())
def test_a_baseline_knows_what_made_it_in_any_order_and_pruned_knows_what_is_left(
    first: Sequence[Finding], later: Sequence[Finding], random: Random
) -> None:
    shuffled = list(first)
    random.shuffle(shuffled)
    baseline = Baseline(Path("b.json")).with_findings(first)
    assert left(baseline, *shuffled) == []
    assert baseline.pruned(["x.json", "y.json"]).dumps() == baseline.dumps()
    again = Baseline(Path("b.json"), baseline.entries)
    new = left(again, *later)
    pruned = again.pruned(["x.json", "y.json"])
    assert len(left(pruned, *later)) == len(new)
    assert sum(one.times for one in pruned.entries) == len(later) - len(new)


def test_a_hundred_thousand_entries_are_read_matched_and_written_in_no_time(path: Path) -> None:
    findings = [finding(uri=f"s3://media/shows/{number:07}/master.mp4") for number in range(100_000)]
    started = time.process_time()
    baseline = known(path, *findings)
    assert left(baseline, *findings[1:]) == []
    assert len(baseline.unused(["m.json"])) == 1
    assert time.process_time() - started < 10
