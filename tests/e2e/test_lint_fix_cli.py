"""``s3transfer-tl lint --fix``, ``--unsafe-fixes`` and ``--diff`` as a user runs them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.conftest import RunLine

ENTRY = {
    "index_id": "629d807aa9e2a3a33a92c00b",
    "language": "en",
    "object": "s3://media/a.mp4",
    "transcription": "s3://media/a.srt",
}
SOUND = json.dumps([ENTRY], indent=2) + "\n"
UPPER = SOUND.replace('"en"', '"EN"')
UNSAFE = UPPER.replace("s3://media/a.mp4", "https://media.s3.amazonaws.com/a.mp4")
SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello.\n"
DIFF = """--- a.json
+++ a.json
@@ -1,7 +1,7 @@
 [
   {
     "index_id": "629d807aa9e2a3a33a92c00b",
-    "language": "EN",
+    "language": "en",
     "object": "s3://media/a.mp4",
     "transcription": "s3://media/a.srt"
   }
"""


def test_fix_mends_the_file_and_reports_what_is_left(tmp_path: Path, run_line: RunLine) -> None:
    (tmp_path / "a.json").write_text(UNSAFE)
    line = run_line(["lint", "--fix", "a.json"], cwd=tmp_path)
    assert line.code == 1
    assert "TL201" in line.stdout
    assert "TL302" not in line.stdout
    assert "fixable: 1 with lint --fix --unsafe-fixes\n" in line.stdout
    assert line.stderr == "fixed 1 finding in 1 file\n"
    assert (tmp_path / "a.json").read_text() == UNSAFE.replace('"EN"', '"en"')


def test_unsafe_fixes_are_applied_when_asked_for(tmp_path: Path, run_line: RunLine) -> None:
    (tmp_path / "a.json").write_text(UNSAFE)
    line = run_line(["lint", "--fix", "--unsafe-fixes", "a.json"], cwd=tmp_path)
    assert (line.code, line.stderr) == (0, "fixed 2 findings in 1 file\n")
    assert (tmp_path / "a.json").read_text() == SOUND
    again = run_line(["lint", "--fix", "--unsafe-fixes", "a.json"], cwd=tmp_path)
    assert (again.code, again.stderr) == (0, "")


def test_without_fix_nothing_is_written_and_the_text_says_what_could_be(
    tmp_path: Path, run_line: RunLine
) -> None:
    (tmp_path / "a.json").write_text(UNSAFE)
    line = run_line(["lint", "--unsafe-fixes", "a.json"], cwd=tmp_path)
    assert "fixable: 1 with lint --fix, 1 more with lint --fix --unsafe-fixes\n" in line.stdout
    assert (tmp_path / "a.json").read_text() == UNSAFE


def test_json_tells_of_each_finding_whether_it_is_fixable(tmp_path: Path, run_line: RunLine) -> None:
    (tmp_path / "a.json").write_text(UPPER.replace("media/a.srt", "media/a.txt"))
    line = run_line(["lint", "--format", "json", "a.json"], cwd=tmp_path)
    fixable = {item["code"]: item["fixable"] for item in json.loads(line.stdout)["findings"]}
    assert fixable == {"TL302": True, "TL209": False}


@pytest.mark.parametrize("more", [[], ["--fix"]])
def test_diff_shows_what_would_change_writes_nothing_and_exits_1(
    tmp_path: Path, run_line: RunLine, more: list[str]
) -> None:
    (tmp_path / "a.json").write_text(UPPER)
    line = run_line(["lint", "--diff", *more, "a.json"], cwd=tmp_path)
    assert (line.code, line.stdout) == (1, DIFF)
    assert line.stderr == "would fix 1 finding in 1 file\n"
    assert (tmp_path / "a.json").read_text() == UPPER


def test_diff_exits_0_where_no_fix_would_change_anything(tmp_path: Path, run_line: RunLine) -> None:
    (tmp_path / "a.json").write_text(SOUND.replace("a.srt", "a.txt"))
    line = run_line(["lint", "--diff", "a.json"], cwd=tmp_path)
    assert (line.code, line.stdout, line.stderr) == (0, "", "no fix would change anything\n")


def test_a_manifest_on_stdin_comes_out_mended_and_the_report_goes_to_stderr(run_line: RunLine) -> None:
    line = run_line(["lint", "--fix", "-"], input=UPPER.replace("a.srt", "a.txt"))
    assert line.stdout == SOUND.replace("a.srt", "a.txt")
    assert line.code == 1
    assert "TL209" in line.stderr
    assert "fixed 1 finding in 1 file" in line.stderr


def test_sound_stdin_passes_through(run_line: RunLine) -> None:
    line = run_line(["lint", "--fix", "--quiet", "-"], input=SOUND)
    assert (line.code, line.stdout) == (0, SOUND)


def test_stdin_is_never_written_to_the_file_it_is_called_after(tmp_path: Path, run_line: RunLine) -> None:
    (tmp_path / "a.json").write_text(UPPER)
    line = run_line(["lint", "--fix", "--stdin-filename", "a.json", "-"], input=UPPER, cwd=tmp_path)
    assert line.stdout == SOUND
    assert (tmp_path / "a.json").read_text() == UPPER


def test_a_mended_file_keeps_its_mode_and_its_link(tmp_path: Path, run_line: RunLine) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "a.json"
    real.write_text(UPPER)
    real.chmod(0o640)
    (tmp_path / "a.json").symlink_to(real)
    assert run_line(["lint", "--fix", "a.json"], cwd=tmp_path).code == 0
    assert real.read_text() == SOUND
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert (tmp_path / "a.json").is_symlink()
    assert [path.name for path in (tmp_path / "real").iterdir()] == ["a.json"]


def test_a_pipe_cannot_be_mended_and_is_told_so(run_line: RunLine) -> None:
    line = run_line(["lint", "--fix", "/dev/stdin"], input=UPPER)
    assert (line.code, line.stdout) == (2, "")
    assert "/dev/stdin cannot be mended" in line.stderr


def test_select_and_ignore_say_what_is_fixed(tmp_path: Path, run_line: RunLine) -> None:
    (tmp_path / "a.json").write_text(UPPER.replace("629d", "629D"))
    assert run_line(["lint", "--fix", "--ignore", "TL302", "a.json"], cwd=tmp_path).code == 0
    assert (tmp_path / "a.json").read_text() == UPPER
    assert run_line(["lint", "--fix", "--select", "TL113", "a.json"], cwd=tmp_path).code == 0
    assert (tmp_path / "a.json").read_text() == UPPER


def test_known_findings_are_mended_too_and_leave_the_baseline(tmp_path: Path, run_line: RunLine) -> None:
    (tmp_path / "a.json").write_text(UPPER)
    known = ["--baseline", "known.baseline.json"]
    run_line(["lint", "--write-baseline", *known[1:], "a.json"], cwd=tmp_path)
    line = run_line(["lint", "--fix", *known, "--prune-baseline", "a.json"], cwd=tmp_path)
    assert (line.code, (tmp_path / "a.json").read_text()) == (0, SOUND)
    assert json.loads((tmp_path / known[1]).read_text())["findings"] == []


def test_a_folder_of_manifests_and_subtitles_is_mended_file_by_file(
    tmp_path: Path, run_line: RunLine
) -> None:
    (tmp_path / "a.json").write_text(UPPER)
    (tmp_path / "b.json").write_bytes(b"\xef\xbb\xbf" + SOUND.encode())
    (tmp_path / "a.srt").write_text(SRT.replace("1\n", "7\n", 1))
    (tmp_path / "b.srt").write_text(SRT)
    before = (tmp_path / "b.srt").stat().st_mtime_ns
    line = run_line(["lint", "--fix", "."], cwd=tmp_path)
    assert (line.code, line.stderr) == (0, "fixed 3 findings in 3 files\n")
    assert (tmp_path / "a.json").read_text() == (tmp_path / "b.json").read_text() == SOUND
    assert (tmp_path / "a.srt").read_text() == SRT
    assert (tmp_path / "b.srt").stat().st_mtime_ns == before


def test_a_config_gets_its_bare_word_quoted(tmp_path: Path, run_line: RunLine) -> None:
    config = tmp_path / "other.yaml"
    config.write_text("version: 1\nvideos: {source: s3://media/}\nlanguage: no\n")
    assert run_line(["lint", "--fix", "other.yaml"], cwd=tmp_path).code == 0
    assert config.read_text() == 'version: 1\nvideos: {source: s3://media/}\nlanguage: "no"\n'


def test_the_page_of_a_rule_says_what_its_fix_does(run_line: RunLine) -> None:
    assert "\nFix: safe. Writes the id in lower case.\n" in run_line(["rules", "TL113"]).stdout
    assert "\nFix: none.\n" in run_line(["rules", "TL001"]).stdout
    told = json.loads(run_line(["rules", "TL201", "--format", "json"]).stdout)["rules"][0]
    assert told["fix"]["applicability"] == "unsafe"
