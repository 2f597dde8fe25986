"""``s3transfer-tl lint`` with a config, a baseline, and odd files and folders."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from s3transfer_tl import schema
from tests.conftest import RunLine

SAMPLES = Path(__file__).parent.parent.parent / "sample_manifests"
GOOD = (SAMPLES / "good-series.json").read_text(encoding="utf-8")
WARNING = GOOD.replace('"en"', '"EN"', 1)
ERROR = (SAMPLES / "guide-example.json").read_text(encoding="utf-8")
OVERLAP = "1\n00:00:01,000 --> 00:00:03,000\nOne.\n\n2\n00:00:02,000 --> 00:00:04,000\nTwo.\n"
BUCKET = "s3://media/"
HEAD = f"version: 1\nvideos: {{source: '{BUCKET}'}}\n"
SAID = "judging as transfer.yaml says (--no-config: without it)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path, "good.json", GOOD)
    put(tmp_path, "warning.json", WARNING)
    put(tmp_path, "error.json", ERROR)
    put(tmp_path, "archive/old/a.srt", OVERLAP)
    return tmp_path


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def config(folder: Path, section: str = "", name: str = "transfer.yaml") -> None:
    put(folder, name, HEAD + (f"lint:\n{section}" if section else ""))


@pytest.mark.parametrize(
    ("section", "arguments", "code"),
    [
        ("  ignore: [TL111]\n", ["error.json"], 0),
        ("  severity: {TL111: warning}\n", ["error.json"], 0),
        ("  severity: {TL111: warning}\n", ["error.json", "--fail-on", "warning"], 1),
        ("  severity: {TL302: error}\n", ["warning.json"], 1),
        ("  select: [TL3]\n", ["error.json"], 0),
        ("  per_path_ignores: {'e*.json': [TL1]}\n", ["error.json"], 0),
        ("  per_path_ignores: {'archive/**/*.srt': [TL709]}\n", ["archive", "--fail-on", "info"], 0),
        ("  per_path_ignores: {'other/**/*.srt': [TL709]}\n", ["archive", "--fail-on", "info"], 1),
        ("  ignore: [TL111]\n", ["error.json", "--no-config"], 1),
        ("  ignore: [TL111]\n", ["error.json", "--select", "TL1"], 1),
        ("  select: [TL1]\n", ["warning.json", "--select", "TL302", "--fail-on", "warning"], 1),
        ("  severity: {TL302: error}\n", ["warning.json", "--ignore", "TL302"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value).strip(),
)
def test_the_folders_config_says_how_to_judge(
    section: str, arguments: list[str], code: int, run_line: RunLine, folder: Path
) -> None:
    config(folder, section)
    line = run_line(["lint", *arguments], cwd=folder)
    assert (line.code, line.stderr) == (code, "" if "--no-config" in arguments else SAID)


def test_a_named_config_is_read_quietly_wherever_it_lies(run_line: RunLine, folder: Path) -> None:
    config(folder, "  ignore: [TL111]\n", "elsewhere/lint.yaml")
    line = run_line(["lint", "-c", "elsewhere/lint.yaml", "error.json"], cwd=folder)
    assert (line.code, line.stderr) == (0, "")
    line = run_line(["lint", "-c", "absent.yaml", "error.json"], cwd=folder)
    assert (line.code, line.stdout) == (2, "")
    assert run_line(["lint", "-c", "x.yaml", "--no-config", "error.json"], cwd=folder).code == 2


def test_quiet_says_nothing_of_the_config(run_line: RunLine, folder: Path) -> None:
    config(folder)
    assert run_line(["lint", "-q", "good.json"], cwd=folder).stderr == ""


@pytest.mark.parametrize("section", ["  ignor: [TL1]\n", "  ignore: [TL1x]\n", "  severity: {TL1: bad}\n"])
def test_a_broken_config_stops_the_run_unless_it_is_what_is_judged(
    section: str, run_line: RunLine, folder: Path
) -> None:
    config(folder, section)
    line = run_line(["lint", "good.json"], cwd=folder)
    assert (line.code, line.stdout) == (2, "")
    assert "transfer.yaml:4:" in line.stderr
    assert "--no-config" in line.stderr
    assert run_line(["lint", "good.json", "--no-config"], cwd=folder).code == 0
    line = run_line(["lint", "transfer.yaml"], cwd=folder)
    assert (line.code, line.stderr) == (1, "")
    assert line.stdout.startswith("transfer.yaml:4:")


def test_what_is_known_does_not_fail_and_what_is_new_does(run_line: RunLine, folder: Path) -> None:
    line = run_line(["lint", "error.json", "--write-baseline", "lint.baseline.json"], cwd=folder)
    assert (line.code, line.stderr) == (0, "wrote 1 finding to lint.baseline.json\n")
    rows = json.loads(ERROR)
    put(folder, "error.json", json.dumps([*reversed(rows)]))
    line = run_line(
        ["lint", "error.json", "--baseline", "lint.baseline.json", "--format", "json"], cwd=folder
    )
    assert line.code == 0
    assert json.loads(line.stdout)["summary"]["suppressed"] == 1
    rows.append(
        dict(rows[1], object="s3://twelve-labs-docs/03.mp4", index_id="abc", transcription="s3://b-2/03.srt")
    )
    put(folder, "error.json", json.dumps(rows))
    line = run_line(["lint", "error.json", "--baseline", "lint.baseline.json", "--select", "TL1"], cwd=folder)
    assert line.code == 1


def test_the_configs_baseline_is_found_beside_it_told_when_stale_and_pruned(
    run_line: RunLine, folder: Path
) -> None:
    config(folder, "  baseline: lint.baseline.json\n")
    run_line(["lint", ".", "--write-baseline", "lint.baseline.json"], cwd=folder)
    known = json.loads((folder / "lint.baseline.json").read_text(encoding="utf-8"))["findings"]
    assert {one["file"] for one in known} == {"archive/old/a.srt", "error.json", "warning.json"}
    (folder / "sub").mkdir()
    line = run_line(["lint", "-c", "../transfer.yaml", ".."], cwd=folder / "sub")
    assert (line.code, "TL901" in line.stdout) == (0, False)
    put(folder, "warning.json", GOOD)
    line = run_line(["lint", ".", "--format", "json", "--fail-on", "warning"], cwd=folder)
    assert line.code == 1
    findings = json.loads(line.stdout)["findings"]
    assert {(one["code"], one["file"]) for one in findings} == {("TL901", "lint.baseline.json")}
    line = run_line(["lint", ".", "--prune-baseline", "--fail-on", "warning"], cwd=folder)
    assert (line.code, line.stderr) == (0, f"{SAID}removed 1 finding from lint.baseline.json\n")
    left = json.loads((folder / "lint.baseline.json").read_text(encoding="utf-8"))["findings"]
    assert left == [one for one in known if one["file"] != "warning.json"]
    before = (folder / "lint.baseline.json").stat().st_mtime_ns
    assert "removed 0 findings" in run_line(["lint", ".", "--prune-baseline"], cwd=folder).stderr
    assert (folder / "lint.baseline.json").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--baseline", "absent.json"], "cannot read the baseline absent.json"),
        (["--baseline", "error.json"], "error.json: not a baseline"),
        (["--prune-baseline"], "there is no baseline to prune"),
        (["--write-baseline", "a.json", "--prune-baseline"], "takes no --prune-baseline"),
        (["--write-baseline", "a.json", "--baseline", "b.json"], "takes no --baseline"),
        (["--write-baseline", "absent/a.json"], "there is no folder"),
        (["--write-baseline", "good.json"], "is an input of this run"),
        (["--ignore", "TL"], "no rule is left"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_baseline_that_cannot_be_used_is_told(
    arguments: list[str], said: str, run_line: RunLine, folder: Path
) -> None:
    line = run_line(["lint", "good.json", *arguments], cwd=folder)
    assert line.code == (3 if "TL" in arguments else 2)
    assert line.stdout == ""
    assert said in line.stderr
    assert (folder / "good.json").read_text(encoding="utf-8") == GOOD


def test_a_file_that_is_named_twice_is_judged_once(run_line: RunLine, folder: Path) -> None:
    arguments = [
        "error.json",
        "./error.json",
        "archive/../error.json",
        "*.json",
        ".",
        str(folder / "error.json"),
    ]
    document = json.loads(run_line(["lint", *arguments, "--format", "json"], cwd=folder).stdout)
    assert document["summary"]["files"] == 4
    assert [one["file"] for one in document["findings"] if one["code"] == "TL111"] == ["error.json"]


def test_hidden_folders_and_files_and_loops_of_links_are_left_out(run_line: RunLine, folder: Path) -> None:
    put(folder, ".git/broken.json", "{")
    put(folder, "archive/.cache/broken.json", "{")
    put(folder, "archive/._a.srt", "\0")
    os.symlink(folder, folder / "archive" / "loop")
    os.symlink("nowhere", folder / "dangling.json")
    line = run_line(["lint", ".", "--format", "json"], cwd=folder)
    assert json.loads(line.stdout)["summary"]["files"] == 4
    assert run_line(["lint", ".git"], cwd=folder).code == 1  # named, it is meant


@pytest.mark.parametrize("name", ["archive/empty", "*.nothing", "archive/**/*.vtt", "hidden"])
def test_where_there_is_no_file_nothing_was_checked(name: str, run_line: RunLine, folder: Path) -> None:
    (folder / "archive" / "empty").mkdir()
    put(folder, "hidden/.a.json", GOOD)
    line = run_line(["lint", name, "good.json"], cwd=folder)
    assert (line.code, line.stdout) == (3, "")
    assert f"{name} holds no file to judge" in line.stderr


def test_a_glob_takes_files_and_no_folders(run_line: RunLine, folder: Path) -> None:
    line = run_line(["lint", "**", "--format", "json"], cwd=folder)
    assert json.loads(line.stdout)["summary"]["files"] == 4
    put(folder, "a[1].json", GOOD)  # a name, though it looks like a glob
    assert run_line(["lint", "a[1].json"], cwd=folder).code == 0


def test_a_link_to_a_file_that_is_not_there_cannot_be_read(run_line: RunLine, folder: Path) -> None:
    os.symlink("nowhere", folder / "dangling*.json")
    line = run_line(["lint", "dangling*.json"], cwd=folder)
    assert (line.code, line.stdout) == (2, "")
    assert "cannot read dangling*.json" in line.stderr


def test_standard_input_is_judged_by_its_name_and_path(run_line: RunLine, folder: Path) -> None:
    config(folder, "  per_path_ignores: {'archive/**': [TL709]}\n")
    for name, code in (("archive/new.srt", 0), ("new.srt", 1)):
        arguments = ["lint", "-", "--stdin-filename", name, "--fail-on", "info"]
        assert run_line(arguments, cwd=folder, input=OVERLAP).code == code


def test_submit_judges_as_lint_does(run_line: RunLine, folder: Path) -> None:
    arguments = ["submit", "error.json", "--dry-run", "--ledger", "ledger.sqlite3"]
    assert run_line(arguments, cwd=folder).code == 1
    config(folder, "  severity: {TL111: warning}\n")
    assert run_line(arguments, cwd=folder).code == 0
    assert run_line([*arguments, "--no-config"], cwd=folder).code == 1


def test_build_judges_as_lint_does(run_line: RunLine, tmp_path: Path) -> None:
    put(tmp_path, "keys.txt", "s3://media/v/a//b.mp4\ns3://media/v/a//b.srt\n")
    head = (
        f"index_id: 629d807aa9e2a3a33a92c00b\nlanguage: en\naccess: off\n{HEAD.replace(BUCKET, 'keys.txt')}"
    )
    for section, code in (("", 1), ("lint: {ignore: [TL207]}\n", 0), ("lint: {severity: {TL2: info}}\n", 0)):
        put(tmp_path, "transfer.yaml", head + section)
        arguments = ["build", "-c", "transfer.yaml", "-o", "m.json", "--fail-on", "warning"]
        assert run_line(arguments, cwd=tmp_path).code == code


def test_an_index_id_of_the_wrong_length_is_told_at_its_place_and_keeps_no_build_from_writing(
    run_line: RunLine, tmp_path: Path
) -> None:
    put(tmp_path, "keys.txt", "s3://media/a.mp4\ns3://media/a.srt\n")
    head = HEAD.replace(BUCKET, "keys.txt")
    put(tmp_path, "transfer.yaml", f"index_id: 629d807aa9e2a3a33a92c00b1\nlanguage: en\naccess: off\n{head}")
    line = run_line(["build", "-c", "transfer.yaml", "-o", "m.json"], cwd=tmp_path)
    assert line.code == 1
    assert "transfer.yaml:1:11: TL111 index_id has 25 characters, not 24" in line.stderr
    assert (tmp_path / "m.json").exists()


def test_transcriptions_without_a_source_come_from_the_videos_listing(
    run_line: RunLine, tmp_path: Path
) -> None:
    keys = "s3://media/v/a.mp4\ns3://media/v/a.en.srt\ns3://media/v/a.de.srt\n"
    text = (
        "version: 1\nindex_id: 629d807aa9e2a3a33a92c00b\nlanguage: en\naccess: off\nvideos: {source: '-'}\n"
    )
    put(tmp_path, "transfer.yaml", text + "transcriptions: {exclude: ['**/*.en.srt']}\n")
    line = run_line(["build", "-c", "transfer.yaml"], cwd=tmp_path, input=keys)
    assert line.code == 0
    assert [one["transcription"] for one in json.loads(line.stdout)] == ["s3://media/v/a.de.srt"]


def test_the_list_of_rules_says_which_run_which_are_mended_and_what_they_need(run_line: RunLine) -> None:
    rows = {row.split()[0]: row for row in run_line(["rules"]).stdout.splitlines()}
    document = json.loads(run_line(["rules", "--format", "json"]).stdout)
    assert schema.validator("rules").is_valid(document)
    assert len(rows) == len(document["rules"])
    for rule in document["rules"]:
        code, severity, runs, fix, name, *_ = rows[rule["code"]].split()
        assert (code, severity, name) == (rule["code"], rule["severity"], rule["name"])
        assert (runs == "on") is rule["default"]
        assert fix == (rule["fix"]["applicability"] if rule["fix"] else "-")
        assert not rule["needs"] or f"Needs {rule['needs']}." in rows[code]
