"""The report command as a user types it: what a RUN may be, where the page goes, what is refused."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pty
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from s3transfer_tl.cli import runs
from s3transfer_tl.errors import TransferError
from tests.conftest import RunLine
from tests.pages import HOSTILE, entries, report, review, write
from tests.submission import rigged


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a ledger of two runs: one with a refused request and a failed task, one of an entry."""
    folder = tmp_path_factory.mktemp("submitted")
    with rigged(folder, "transfers:2=400", "ready:film-1.mp4=failed") as (rig, _):
        names = [f"film-{number}.mp4" for number in range(6)]
        rig.submit(rig.manifest(*names), wait=True, batch_size=3)
        rig.submit(rig.manifest("other.mp4"), wait=True)
    return folder / "ledger.sqlite3"


def test_a_manifest_stands_for_the_build_beside_it(tmp_path: Path, run_line: RunLine) -> None:
    (tmp_path / "manifest.json").write_text("[]\n")
    told = report(3)
    told["manifests"][0]["sha256"] = hashlib.sha256(b"[]\n").hexdigest()
    write(tmp_path / "manifest.report.json", told)
    done = run_line(["report", "manifest.json", "-o", "page.html"], cwd=tmp_path)
    assert (done.code, done.stdout) == (0, "")
    assert done.stderr.startswith("wrote page.html, ")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<h1>Build report</h1>" in text
    assert "manifest.report.json" in text
    assert "was changed after this build" not in text
    (tmp_path / "manifest.json").write_text("[]")
    changed = run_line(["report", "manifest.json"], cwd=tmp_path).stdout
    assert "manifest.json was changed after this build" in changed


def test_every_form_of_every_run_is_told_by_its_content(
    tmp_path: Path, run_line: RunLine, submitted: Path
) -> None:
    """The names say nothing; one page has a section a run."""
    build, found = report(3), review(3)
    kinds = ("pairs", "unmatched_videos", "orphan_transcriptions", "ambiguous", "excluded")
    lines = [{"kind": kind, **one} for kind in kinds for one in build[kind]]
    head = {"kind": "report"} | {name: value for name, value in build.items() if name not in kinds}
    events = [
        {"time": f"2025-11-22T10:00:0{number}.000Z", "event": "status", "message": None}
        | {name: one[name] for name in ("object", "index_id", "task_id", "status")}
        for number, one in enumerate(entries(5))
        if one["task_id"]
    ]
    last = {name: found[name] for name in ("format_version", "not_run", "summary")}
    documents = {
        "a": json.dumps(build, indent=1),
        "b": "\n".join(map(json.dumps, [*lines, head])),
        "c": json.dumps(found),
        "d": "\ufeff" + json.dumps(found, indent=4),
        "e": "\n".join(map(json.dumps, [*found["findings"], last])) + "\n",
        "f": json.dumps(last),
        "g": json.dumps({"format_version": 1, "entries": list(entries(5)), "summary": {"ready": 5}}),
        "h": "\n".join(map(json.dumps, events)),
    }
    for name, text in documents.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    argv = [*documents, str(submitted), "1", "--ledger", str(submitted)]
    done = run_line(["report", *argv], cwd=tmp_path)
    assert done.code == 0, done.stderr
    for kind, count in (("Build", 2), ("Findings", 4), ("Submission", 4)):
        assert done.stdout.count(f'<p class="kind">{kind}</p>') == count
    assert done.stdout.count("3 of 6 videos have a transcription; the manifest has 3 entries") == 2
    assert "Nothing was found in 3 entries in 1 file." in done.stdout
    assert "2 of 4 entries ready, 2 failed or rejected." in done.stdout


def test_a_run_of_the_ledger_is_told_with_its_curve_and_the_platforms_words(
    run_line: RunLine, submitted: Path
) -> None:
    page = run_line(["report", "1", "--ledger", str(submitted)]).stdout
    for said in (
        "2 of 6 entries ready, 4 failed or rejected.",
        "sandbox_fault: The sandbox was told to answer so.",
        "Requests that were refused, or whose answer was lost",
        "Entries in each state over time",
        f"s3transfer-tl retry --state failed --ledger {submitted}",
        "manifest.json",
    ):
        assert said in page, said
    other = run_line(["report", "2", "--ledger", str(submitted)]).stdout
    assert "1 entry, ready." in other
    assert "film-" not in other
    everything = run_line(["report", str(submitted)]).stdout
    assert "3 of 7 entries ready, 4 failed or rejected." in everything


def test_standard_input_is_a_run_too(run_line: RunLine) -> None:
    done = run_line(["report", "-"], input=json.dumps(review(2)))
    assert (done.code, done.stderr) == (0, "")
    assert "1 error, 1 warning and 0 infos in 2 entries in 1 file." in done.stdout


def test_a_clean_check_is_a_run(run_line: RunLine, tmp_path: Path) -> None:
    good = Path(__file__).parents[2] / "sample_manifests" / "good-series.json"
    (tmp_path / "lint.json").write_text(run_line(["lint", good, "--format", "json"]).stdout)
    done = run_line(["report", "lint.json"], cwd=tmp_path)
    assert done.code == 0
    assert "Nothing was found" in done.stdout


_WHOSE = '"object": "s3://media/a.mp4", "index_id": "1"'


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (None, 2, "cannot read run: No such file"),
        ("", 3, "run is empty"),
        ("hello", 2, "run is no run that a page can show"),
        ("[]", 2, "beside run there is no build's report"),
        ("{}", 2, "run is no run that a page can show"),
        ('{"format_version": 2}', 2, "run is of format 2; this version reads 1"),
        ('{"format_version": 1, "pairs": [{"obj', 2, "run:1:34: "),
        ('{"code": "TL1"}\n{"code"', 2, "run:2: not the JSON line of a run"),
        ('{"event": "planned"}\n', 2, "run:1: not the JSON line of a run"),
        (
            '{"code": "TL111"}\n{"code": "TL111"}\n',
            2,
            "run has no summary: no run wrote it, or it is cut off",
        ),
        ('{"format_version": 1, "entries": [], "summary": {}}', 3, "run is a run about nothing"),
        ('{"format_version": 1, "changes": [], "summary": {"same": 1}}', 2, "no run that a page can show"),
        ('{"statistics": [], "summary": {"files": 1}}', 2, "run holds counts, no findings"),
        ('{"format_version": 1, "manifests": [], "summary": {"videos": 0}}', 3, "run is a run about nothing"),
        ("\ud800\x00", 2, "run is no run that a page can show"),
        ('{"a":' * 100_000, 2, "run:1:6: nested too deeply"),
        ('{"code": "TL111"}\n' + '{"a":' * 100_000, 2, "run:2: not the JSON line of a run"),
        (
            f'{{"event": "planned", {_WHOSE}, "time": "0001-01-01T00:00:00+14:00"}}\n',
            2,
            "run:1: not the JSON line",
        ),
        (
            f'{{"code": "TL111"}}\n{{"event": "planned", {_WHOSE}, "time": "2025-11-22T10:00:00Z"}}\n',
            2,
            "run holds lines of more than one run",
        ),
    ],
)
def test_what_is_no_run_is_told_with_what_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, code: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("run").write_text(content, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(TransferError) as refused:
        runs.section("run", runs.Wanted(None, 10, datetime.now(UTC)))
    assert (refused.value.exit_code, says in refused.value.message) == (code, True), refused.value.message
    assert refused.value.hint


def test_what_is_no_run_leaves_the_old_page(tmp_path: Path, run_line: RunLine) -> None:
    (tmp_path / "page.html").write_text("old")
    write(tmp_path / "good.json", review(1))
    done = run_line(["report", "good.json", "none.json", "-o", "page.html"], cwd=tmp_path)
    assert (done.code, done.stdout) == (2, "")
    assert "cannot read none.json" in done.stderr
    assert "hint: name a build's manifest" in done.stderr
    assert (tmp_path / "page.html").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.json", "page.html"]


def test_runs_that_no_ledger_has_are_told(tmp_path: Path, run_line: RunLine, submitted: Path) -> None:
    nowhere = run_line(["report", "7", "--ledger", "none.sqlite3"], cwd=tmp_path)
    assert (nowhere.code, "there is no file 7, and no ledger at none.sqlite3" in nowhere.stderr) == (2, True)
    unknown = run_line(["report", "7", "--ledger", str(submitted)])
    assert (unknown.code, "has no run 7" in unknown.stderr) == (2, True)
    with contextlib.closing(sqlite3.connect(tmp_path / "x")) as other:
        other.execute("CREATE TABLE t (a)")
    foreign = run_line(["report", "x"], cwd=tmp_path)
    assert (foreign.code, "not a ledger" in foreign.stderr) == (2, True)


def test_an_output_that_would_destroy_a_run_is_refused(tmp_path: Path, run_line: RunLine) -> None:
    path = write(tmp_path / "manifest.report.json", report(3))
    (tmp_path / "manifest.json").write_text("[]")
    before = path.read_bytes()
    for output in ("manifest.report.json", "manifest.json"):
        done = run_line(["report", "manifest.json", "-o", output], cwd=tmp_path)
        assert (done.code, "is an input of this run" in done.stderr) == (2, True)
    assert path.read_bytes() == before


def test_a_terminal_is_told_what_to_type_instead_of_a_page(tmp_path: Path) -> None:
    write(tmp_path / "my check.json", review(1))
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-m", "s3transfer_tl", "report", "my check.json"]
    with os.fdopen(ours, "rb"), os.fdopen(theirs, "wb") as terminal:
        env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        done = subprocess.run(
            argv, stdout=terminal, stderr=subprocess.PIPE, cwd=tmp_path, env=env, check=False
        )
    assert done.returncode == 2
    assert b"s3transfer-tl report 'my check.json' -o 'my check.html'" in done.stderr


def test_the_api_key_is_in_no_page_even_where_a_server_said_it(tmp_path: Path, run_line: RunLine) -> None:
    key = "tlk_0123456789ABCDEF"
    told = [one | {"state": "failed", "message": f"key {key} is wrong"} for one in entries(40)]
    write(tmp_path / "s.json", {"format_version": 1, "entries": told, "summary": {"failed": 40}})
    done = run_line(["report", "s.json"], cwd=tmp_path, env={"TWELVE_LABS_API_KEY": key})
    assert done.code == 0
    assert key not in done.stdout
    assert "key *** is wrong" in done.stdout


def test_no_key_breaks_the_page(tmp_path: Path, run_line: RunLine) -> None:
    told = report(len(HOSTILE))
    for pair, key in zip(told["pairs"], HOSTILE, strict=True):
        pair["object"] = key
    write(tmp_path / "run.json", told)
    done = run_line(["report", "run.json", "-o", "page.html"], cwd=tmp_path)
    assert done.code == 0, done.stderr
    assert (tmp_path / "page.html").read_text(encoding="utf-8").endswith("</html>\n")


def test_what_is_kept_is_what_rows_says_whatever_the_runs_size(tmp_path: Path, run_line: RunLine) -> None:
    write(tmp_path / "run.json", report(20_000))
    done = run_line(["report", "run.json", "--rows", "500", "-o", "page.html"], cwd=tmp_path)
    assert done.code == 0
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert len(text) < 200_000
    assert "This page holds 500 of 20,000 rows" in text
