"""Findings are the same in memory and on disk, whatever is done with them."""

from __future__ import annotations

import io
import itertools
import json
import pickle
from pathlib import Path

import pytest

from s3transfer_tl import lint, report
from s3transfer_tl.errors import OutputError
from s3transfer_tl.lint import found
from s3transfer_tl.lint.found import Findings, gather
from s3transfer_tl.model import Edit, Finding, Fix, Review, Severity


def finding(number: int) -> Finding:
    fix = Fix("safe", "Write it", (Edit(number, number + 1, b"x"),)) if number % 2 else None
    severity = [*Severity][number % 3]
    uri = f"s3://media/\udce9{number}.mp4"
    return Finding("TL207", "odd", severity, f"said {number % 7}", "do", "a.json", number, uri=uri, fix=fix)


ALL = tuple(map(finding, range(100)))


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "FEW", 10)
    monkeypatch.setattr(found, "_BLOCK", 3)


def test_a_few_stay_in_memory() -> None:
    assert gather([ALL[:4], [], ALL[4:9]]) == ALL[:9]


@pytest.mark.parametrize("cuts", [(0, 100), (0, 9, 100), (0, 12, 20, 21, 90, 100), (0, 1, 1, 100)])
def test_very_many_come_back_in_their_order(cuts: tuple[int, ...]) -> None:
    parts = [gather([ALL[start:end]]) for start, end in itertools.pairwise(cuts)]
    together = gather(parts)
    assert isinstance(together, Findings)
    assert len(together) == 100
    assert tuple(together) == tuple(together) == ALL
    assert (together[0], together[57], together[-1]) == (ALL[0], ALL[57], ALL[-1])
    assert together[90:95] == [*ALL[90:95]]
    with pytest.raises(IndexError):
        together[100]


def test_another_process_gets_them_as_they_are() -> None:
    assert pickle.loads(pickle.dumps(gather([ALL]))) == ALL


@pytest.mark.parametrize("form", sorted(report.FORMATS))
def test_a_report_of_them_is_the_same_byte_for_byte(form: str) -> None:
    def written(review: Review) -> bytes:
        fp = io.BytesIO()
        report.write(report.FORMATS[form], review, fp)
        return fp.getvalue()

    assert written(Review(gather([ALL]), 1, 100)) == written(Review(ALL, 1, 100))


@pytest.mark.parametrize("count", [1, 200])
def test_a_manifest_of_bad_entries_only_has_each_finding_once(count: int) -> None:
    entry = {"index_id": "629d807aa9e2a3a33a92c00b", "language": "en"}
    rows = [{**entry, "object": f"s3://media/{n}.mp4", "comment": "x"} for n in range(count)]
    review = lint.manifest(io.BytesIO(json.dumps(rows).encode()), "a.json")
    assert [one.entry for one in review.findings if one.code == "TL102"] == [*range(count)]
    assert review.count(Severity.WARNING) == len(review.findings)
    merged = lint.merge([review, lint.Control().apply(review)])
    assert tuple(merged.findings) == 2 * tuple(review.findings)


def test_no_room_for_them_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(OutputError, match="no room for the findings"):
        gather([ALL])
