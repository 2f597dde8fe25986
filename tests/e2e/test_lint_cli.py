"""``s3transfer-tl lint``, ``rules`` and ``schema`` as a user runs them."""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path

import jsonschema_rs
import pytest

from s3transfer_tl import lint, schema
from tests.conftest import RunLine

SAMPLES = Path(__file__).parent.parent.parent / "sample_manifests"
GOOD = (SAMPLES / "good-series.json").read_text(encoding="utf-8")
WARNING = GOOD.replace('"en"', '"EN"', 1)
ERROR = (SAMPLES / "guide-example.json").read_text(encoding="utf-8")
SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "good.json": GOOD,
        "warning.json": WARNING,
        "error.json": ERROR,
        "good.srt": SRT,
        "notes.txt": "x",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_sample_gets_the_verdict_beside_it(path: Path, run_line: RunLine) -> None:
    line = run_line(["lint", path.name], cwd=SAMPLES)
    assert f"{line.stdout}exit {line.code}\n" == path.with_suffix(".expected").read_text(encoding="utf-8")
    assert line.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["good.json"], 0),
        (["good.srt"], 0),
        (["warning.json"], 0),
        (["error.json"], 1),
        (["good.json", "error.json"], 1),
        (["warning.json", "--fail-on", "warning"], 1),
        (["warning.json", "--fail-on", "info"], 1),
        (["good.json", "--fail-on", "info"], 0),
        (["error.json", "--fail-on", "never"], 0),
        (["error.json", "--ignore", "TL111"], 0),
        (["error.json", "--ignore", "TL3,TL1"], 0),
        (["error.json", "--select", "TL2"], 0),
        (["error.json", "--select", "tl1", "--select", "TL2"], 1),
        (["error.json", "--format", "json"], 1),
        (["*.json"], 1),
        (["good*"], 0),
        (["."], 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_exit_code_says_what_was_found(
    arguments: list[str], code: int, run_line: RunLine, folder: Path
) -> None:
    line = run_line(["lint", *arguments], cwd=folder)
    assert (line.code, line.stderr) == (code, "")
    assert line.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["absent.json"], 2, "cannot read absent.json: No such file or directory"),
        (["good.json", "absent.srt"], 2, "cannot read absent.srt"),
        (["good.json", "--select", "TL1x1"], 2, "did you mean TL1"),
        (["good.json", "--ignore", "nonsense"], 2, "no rule begins with 'nonsense'"),
        (["good.json", "--format", "yaml"], 2, "yaml"),
        ([], 2, "Missing argument"),
        (["transfer.yaml"], 2, "transfer.yaml"),
        (["empty"], 3, "empty holds no file to judge"),
        (["*.toml"], 3, "*.toml holds no file to judge"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_gets_a_sentence_and_no_output(
    arguments: list[str], code: int, said: str, run_line: RunLine, folder: Path
) -> None:
    (folder / "empty").mkdir()
    line = run_line(["lint", *arguments], cwd=folder)
    assert (line.code, line.stdout) == (code, "")
    assert said in line.stderr
    assert "Traceback" not in line.stderr


@pytest.mark.parametrize("text", ["[]", "", "\ufeff[]", " \n"])
@pytest.mark.parametrize("options", [[], ["--fail-on", "never"], ["--ignore", "TL005"]], ids=" ".join)
def test_an_empty_manifest_is_nothing_checked(
    text: str, options: list[str], run_line: RunLine, tmp_path: Path
) -> None:
    (tmp_path / "m.json").write_text(text, encoding="utf-8")
    assert run_line(["lint", "m.json", *options], cwd=tmp_path).code == 3


def test_standard_input_is_a_manifest_or_what_its_name_says(run_line: RunLine, tmp_path: Path) -> None:
    line = run_line(["lint", "-"], cwd=tmp_path, input=ERROR)
    assert line.code == 1
    assert line.stdout.startswith("<stdin>:3:17: TL111 error ")
    assert '  3 |     "index_id": "629d807aa9e2a3a33a92c00b1",\n' in line.stdout
    line = run_line(["lint", "-", "--stdin-filename", "a.srt"], cwd=tmp_path, input=SRT)
    assert (line.code, line.stdout) == (0, "1 file: 0 errors, 0 warnings, 0 infos\n")
    assert "--stdin-filename" not in line.stderr
    line = run_line(["lint", "-"], cwd=tmp_path, input=SRT)
    assert line.code == 1
    assert "looks like subtitles: name it, as in --stdin-filename a.srt" in line.stderr


def test_a_line_of_another_encoding_is_shown_as_text(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(SRT, encoding="utf-16")
    line = run_line(["lint", "a.srt"], cwd=tmp_path)
    assert "a.srt:1:1: TL701 error the file is UTF-16, not UTF-8" in line.stdout
    assert "  1 | 1\n" in line.stdout
    assert "\ufffd" not in line.stdout


def test_a_named_pipe_is_read_once_and_its_lines_are_shown(run_line: RunLine, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    writer = threading.Thread(target=(tmp_path / "pipe.json").write_text, args=(ERROR,))
    writer.start()
    line = run_line(["lint", "pipe.json"], cwd=tmp_path, timeout=20)
    writer.join()
    assert line.code == 1
    assert '  3 |     "index_id": "629d807aa9e2a3a33a92c00b1",\n' in line.stdout


def test_the_files_of_a_folder_are_judged_in_order_and_a_builds_report_is_not(
    run_line: RunLine, folder: Path
) -> None:
    (folder / "sub").mkdir()
    shutil.copy(folder / "error.json", folder / "sub" / "deep.json")
    (folder / "good.report.json").write_text("{}", encoding="utf-8")
    line = run_line(["lint", ".", "error.json", "--format", "json"], cwd=folder)
    document = json.loads(line.stdout)
    assert [item["file"] for item in document["findings"]] == [
        "error.json",
        os.path.join("sub", "deep.json"),
        "warning.json",
    ]
    assert document["summary"]["files"] == 5


def test_json_and_json_lines_hold_the_same_and_fit_the_schema(run_line: RunLine, folder: Path) -> None:
    document = json.loads(
        run_line(["lint", "error.json", "warning.json", "--format", "json"], cwd=folder).stdout
    )
    assert jsonschema_rs.is_valid(schema.load("lint-report"), document)
    assert [item["code"] for item in document["findings"]] == ["TL111", "TL302"]
    lines = run_line(
        ["lint", "error.json", "warning.json", "--format", "jsonl"], cwd=folder
    ).stdout.splitlines()
    assert [json.loads(line) for line in lines[:-1]] == document["findings"]
    assert json.loads(lines[-1])["summary"] == document["summary"]


def test_subtitles_show_their_source_lines(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_bytes(SRT.replace("02,000", "00,500").replace("\n", "\r").encode())
    line = run_line(["lint", "a.srt"], cwd=tmp_path)
    assert line.code == 1
    assert line.stdout.startswith("a.srt:2:18: TL705 error ")
    assert "  2 | 00:00:01,000 --> 00:00:00,500\n    |                  ^^^^^^^^^^^^\n" in line.stdout


def test_a_file_name_that_is_no_text_is_told_all_the_same(run_line: RunLine, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.json")
    (tmp_path / name).write_text(ERROR, encoding="utf-8")
    line = run_line(["lint", ".", "--format", "json"], cwd=tmp_path)
    assert line.code == 1
    assert json.loads(line.stdout)["findings"][0]["file"] == name


def test_a_file_on_one_long_line_is_shown_about_the_place(run_line: RunLine, tmp_path: Path) -> None:
    rows = [dict(json.loads(GOOD)[2], object=f"s3://media/{number:05}.mp4") for number in range(500)]
    rows[400]["language"] = "english"
    (tmp_path / "m.json").write_text(json.dumps(rows), encoding="utf-8")
    line = run_line(["lint", "m.json"], cwd=tmp_path)
    place, source, caret, *_ = line.stdout.splitlines()
    assert place.startswith("m.json:1:")
    assert source[caret.index("^") : caret.rindex("^") + 1] == '"english"'
    assert len(source) < 130


def test_a_saved_listing_tells_what_is_in_no_entry(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(GOOD, encoding="utf-8")
    there = [row[name] for row in json.loads(GOOD) for name in ("object", "transcription") if name in row]
    rows = [{"uri": uri} for uri in (*there, "s3://media/new.mp4")]
    (tmp_path / "keys.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    line = run_line(["lint", "m.json", "--listing", "keys.jsonl", "--format", "json"], cwd=tmp_path)
    document = json.loads(line.stdout)
    told = [(item["code"], item["uri"]) for item in document["findings"]]
    assert (line.code, told) == (0, [("TL505", "s3://media/new.mp4")])
    assert "TL505" not in {item["code"] for item in document["not_run"]}


@pytest.mark.parametrize("listing", ["-", "s3://media/", "missing.jsonl"])
def test_a_listing_that_is_no_file_is_wrong_usage(run_line: RunLine, tmp_path: Path, listing: str) -> None:
    (tmp_path / "m.json").write_text(GOOD, encoding="utf-8")
    line = run_line(["lint", "m.json", "--listing", listing], cwd=tmp_path)
    assert (line.code, line.stdout) == (2, "")
    assert "hint: " in line.stderr


def test_a_listing_judges_one_manifest_at_a_time(run_line: RunLine, tmp_path: Path) -> None:
    for name in ("m.json", "n.json", "keys.txt"):
        (tmp_path / name).write_text(GOOD if name != "keys.txt" else "s3://media/a.mp4\n", encoding="utf-8")
    line = run_line(["lint", "m.json", "n.json", "--listing", "keys.txt"], cwd=tmp_path)
    assert (line.code, line.stdout) == (2, "")
    assert "one by one" in line.stderr


def test_rules_lists_every_rule_and_prints_a_page(run_line: RunLine) -> None:
    line = run_line(["rules"])
    assert (line.code, line.stderr) == (0, "")
    assert [row.split()[0] for row in line.stdout.splitlines()] == [rule.code for rule in lint.RULES]
    line = run_line(["rules", "tl111"])
    assert line.stdout == lint.page(lint.rule("TL111"))
    document = json.loads(run_line(["rules", "TL111", "--format", "json"]).stdout)
    assert [rule["name"] for rule in document["rules"]] == ["index-id-length"]
    assert len(json.loads(run_line(["rules", "--format", "json"]).stdout)["rules"]) == len(lint.RULES)


def test_rules_takes_a_rules_name_and_the_beginning_of_codes(run_line: RunLine) -> None:
    assert run_line(["rules", "Index-ID-length"]).stdout == lint.page(lint.rule("TL111"))
    line = run_line(["rules", "tl2"])
    begun = [rule.code for rule in lint.RULES if rule.code.startswith("TL2")]
    assert [row.split()[0] for row in line.stdout.splitlines()] == begun
    document = json.loads(run_line(["rules", "TL2", "--format", "json"]).stdout)
    assert [rule["code"] for rule in document["rules"]] == begun


def test_unsafe_fixes_alone_mend_nothing_and_say_so(run_line: RunLine, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(GOOD, encoding="utf-8")
    line = run_line(["lint", "m.json", "--unsafe-fixes"], cwd=tmp_path)
    assert line.code == 0
    assert line.stderr == "nothing is mended: --unsafe-fixes goes with --fix or --diff\n"
    assert (tmp_path / "m.json").read_text(encoding="utf-8") == GOOD


def test_an_unknown_rule_names_the_nearest(run_line: RunLine) -> None:
    line = run_line(["rules", "TL1111"])
    assert (line.code, line.stdout) == (2, "")
    assert "did you mean TL111?" in line.stderr


def test_schema_prints_a_schema_lists_the_names_and_names_the_nearest(run_line: RunLine) -> None:
    names = run_line(["schema"]).stdout.split()
    assert {"config", "lint-report", "manifest"} <= set(names)
    for name in names:
        assert run_line(["schema", name]).stdout == schema.text(name)
    line = run_line(["schema", "manifst"])
    assert (line.code, line.stdout) == (2, "")
    assert "did you mean manifest?" in line.stderr
