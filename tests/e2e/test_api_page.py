"""docs/api.md is run from top to bottom, on a real S3 server and the sandbox."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import s3transfer_tl
from s3transfer_tl import errors
from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, Sandbox
from tests.conftest import RunLine
from tests.servers import Moto

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SRT = "1\n00:00:01,000 --> 00:00:03,000\nGood morning.\n"
CONFIG = f"""\
version: 1
index_id: {DEFAULT_INDEX_ID}
language: en
videos:
  source: s3://{{bucket}}/shows/
"""


@pytest.fixture
def place(tmp_path: Path, moto: Moto, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder and a bucket as the page takes them for granted; S3 by the environment, as for boto3."""
    for name, value in moto.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    bucket = moto.create_bucket()
    client = moto.client()
    sample = ROOT / "s3transfer_tl" / "sandbox" / "sample.mp4"
    client.upload_file(str(sample), bucket, "shows/pilot.mp4", ExtraArgs={"ContentType": "video/mp4"})
    client.put_object(Bucket=bucket, Key="shows/pilot.en.srt", Body=SRT.encode(), ACL="public-read")
    client.put_object(Bucket=bucket, Key="shows/alone.mp4", Body=b"video")
    (tmp_path / "transfer.yaml").write_text(CONFIG.format(bucket=bucket), encoding="utf-8")
    (tmp_path / "bucket").write_text(bucket, encoding="utf-8")
    (tmp_path / "subtitles").mkdir()
    for name in ("subtitles/a.srt", "film.srt"):
        (tmp_path / name).write_text(SRT, encoding="utf-8")
    shutil.copy(sample, tmp_path / "film.mp4")
    s3transfer_tl.build("transfer.yaml", "manifest.json")
    return tmp_path


def test_every_example_runs_and_says_what_the_page_says(
    place: Path, capsys: pytest.CaptureFixture[str], run_line: RunLine
) -> None:
    namespace: dict[str, object] = {}
    with Sandbox(speed=60_000.0) as platform:
        for example in EXAMPLES:
            bucket = (place / "bucket").read_text(encoding="utf-8")
            text = example.replace("http://127.0.0.1:8080", platform.api_url)
            exec(compile(text.replace("s3://media/", f"s3://{bucket}/"), "docs/api.md", "exec"), namespace)
    told, said = capsys.readouterr()
    assert said == ""
    assert "1 pairs, 1 videos without a transcription" in told
    assert "0 errors in 1 entries" in told
    assert "1 of 1 can be read by anyone" in told
    assert "{'ready': 1} 0" in told
    assert "{'planned': 1}" in told
    assert DEFAULT_KEY not in told
    # what Python sent, the command line knows
    line = run_line(["status", "--ledger", "rehearsal.sqlite3"], cwd=place)
    assert (line.code, line.stdout.split()[:2]) == (0, ["ready", "1"])


def test_the_page_names_every_public_function() -> None:
    from s3transfer_tl import api

    for name in set(api.__all__) - {"S3Options", "Submission"}:
        assert f"| `{name}(" in PAGE, name
        assert f"tl.{name}(" in PAGE, name


def test_a_build_is_that_of_the_command_line_byte_for_byte(place: Path, run_line: RunLine) -> None:
    built = s3transfer_tl.build("transfer.yaml", "python.json")
    assert run_line(["build", "-c", "transfer.yaml", "-o", "line.json"], cwd=place).code == 0
    assert (place / "python.json").read_bytes() == (place / "line.json").read_bytes()
    assert built.report == Path("python.report.json")
    with (place / "stream.json").open("wb") as fp:
        s3transfer_tl.build("transfer.yaml", fp)
    assert (place / "stream.json").read_bytes() == (place / "line.json").read_bytes()


def test_a_build_without_an_output_writes_nothing(place: Path) -> None:
    before = sorted(place.iterdir())
    events: list[object] = []
    built = s3transfer_tl.build("transfer.yaml", on_event=events.append)
    assert built.review.entries == 1
    assert events[-1] is built
    assert any(isinstance(one, s3transfer_tl.Listed) for one in events)
    assert sorted(place.iterdir()) == before


def test_trouble_is_an_error_of_the_tree_and_nothing_is_printed(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = place / "ledger.sqlite3"
    with pytest.raises(errors.UsageError, match="no API key"):
        s3transfer_tl.submit("manifest.json", ledger=ledger)
    with Sandbox() as platform:
        with pytest.raises(errors.PlatformError):
            s3transfer_tl.submit("manifest.json", ledger=ledger, api_url=platform.api_url, api_key="wrong")
        (place / "wrong.json").write_text('[{"index_id": "x"}]', encoding="utf-8")
        with pytest.raises(s3transfer_tl.Unsound) as caught:
            s3transfer_tl.submit("wrong.json", ledger=ledger, api_url=platform.api_url, api_key=DEFAULT_KEY)
    assert caught.value.findings
    with pytest.raises(errors.NothingToDo):
        s3transfer_tl.status(ledger=place / "none.sqlite3")
    with pytest.raises(errors.UsageError, match="no such state"):
        s3transfer_tl.status(states=["done"])
    with pytest.raises(errors.NothingToDo):
        s3transfer_tl.access("s3://" + (place / "bucket").read_text() + "/nothing/")
    assert capsys.readouterr() == ("", "")


def test_what_a_callback_raises_ends_the_run_and_the_next_one_goes_on(place: Path) -> None:
    ledger = place / "ledger.sqlite3"

    def stop(event: s3transfer_tl.Event) -> None:
        if event.event == "sending":
            raise RuntimeError("seen enough")

    with Sandbox(speed=60_000.0) as platform:
        reached = {"ledger": ledger, "api_url": platform.api_url, "api_key": DEFAULT_KEY}
        with pytest.raises(RuntimeError, match="seen enough"):
            s3transfer_tl.submit("manifest.json", on_event=stop, **reached)
        assert [one.state for one in s3transfer_tl.status(ledger=ledger)] == ["planned"]
        again = s3transfer_tl.submit("manifest.json", wait=True, poll_interval=0.1, check=True, **reached)
        assert (dict(again.counts), again.exit_code) == ({"ready": 1}, 0)
        once_more = s3transfer_tl.submit("manifest.json", skip_indexed=True, dry_run=True, **reached)
        assert (once_more.run, dict(once_more.counts)) == (None, {})
        moved = list(s3transfer_tl.status(refresh=True, states=["ready"], **reached))
    assert [one.object.rpartition("/")[2] for one in moved] == ["pilot.mp4"]


def test_an_upload_goes_and_is_remembered(place: Path) -> None:
    ledger, sent = place / "ledger.sqlite3", list[s3transfer_tl.Sent]()
    with Sandbox(speed=60_000.0) as platform:
        reached = {"ledger": ledger, "api_url": platform.api_url, "api_key": DEFAULT_KEY}
        options = {"index_id": DEFAULT_INDEX_ID, "language": "en", "poll_interval": 0.1, **reached}
        done = s3transfer_tl.upload("film.mp4", "film.srt", wait=True, on_sent=sent.append, **options)
        folder = s3transfer_tl.upload(folder=".", dry_run=True, config="transfer.yaml", **options)
    assert dict(done.counts) == {"ready": 1}
    assert dict(folder.counts) == {}, "it is the same upload, which was sent before"
    assert sent[-1].done == sent[-1].total > 0
    with pytest.raises(errors.UsageError, match="no index"):
        s3transfer_tl.upload("film.mp4", "film.srt", **reached)


def test_no_function_takes_a_signal(place: Path) -> None:
    code = (
        "import signal, s3transfer_tl as tl; before = signal.getsignal(signal.SIGINT);"
        "tl.build('transfer.yaml'); tl.lint('manifest.json');"
        "assert signal.getsignal(signal.SIGINT) is before;"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
