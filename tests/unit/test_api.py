"""The public Python API: what it is, what it costs to import, and that it has types."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

import s3transfer_tl
from s3transfer_tl import errors
from s3transfer_tl.api import settings
from s3transfer_tl.model import Secret
from tests.test_packaging import HEAVY

ROOT = Path(__file__).parent.parent.parent
SNAPSHOT = ROOT / "tests" / "api" / "signatures.txt"
OPAQUE = {"Config", "Severity", "Survey"}  # made by us, handed back to us, or with members of their own
GOOD = ROOT / "sample_manifests" / "good-series.json"
BAD = ROOT / "sample_manifests" / "guide-example.json"
CONSUMER = ROOT / "tests" / "api" / "consumer.py"


def described(name: str) -> str:
    found = getattr(s3transfer_tl, name)
    if isinstance(found, type):
        fields = found.__annotations__ if name not in OPAQUE else ()
        return f"class {name}: {', '.join(fields)}\n" if fields else f"class {name}\n"
    if members := get_args(found):
        return f"{name} = {' | '.join(one.__name__ for one in members)}\n"
    if not callable(found):
        return f"{name}\n"
    signature = inspect.signature(found)
    lines = "".join(f"    {one.kind.description}: {one}\n" for one in signature.parameters.values())
    return f"def {name}:\n{lines}    -> {signature.return_annotation}\n"


def test_names_and_signatures_are_those_of_the_snapshot() -> None:
    now = "".join(map(described, s3transfer_tl.__all__))
    assert SNAPSHOT.read_text(encoding="utf-8") == now, (
        "the public API has changed: tell so in the changelog, then write the snapshot with"
        " `python -m tests.unit.test_api`"
    )


def test_every_public_function_says_what_it_does_and_what_it_raises() -> None:
    from s3transfer_tl import api

    for name in set(api.__all__) - {"S3Options", "Submission"}:
        assert "Raises" in (getattr(api, name).__doc__ or "") or name == "upload", name


def test_an_import_costs_next_to_nothing_and_neither_it_nor_lint_loads_what_is_heavy() -> None:
    code = (
        "import sys, time; began = time.process_time(); import s3transfer_tl;"
        "spent = time.process_time() - began; s3transfer_tl.lint(sys.argv[1]);"
        f"print(spent, *sorted(set(sys.modules) & set({[*HEAVY, 'click', 's3transfer_tl.cli']!r})))"
    )
    told = []
    for _ in range(3):
        argv = [sys.executable, "-c", code, str(ROOT / "sample_manifests" / "good-series.json")]
        done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=ROOT)
        told.append(done.stdout.split())
    assert min(float(spent) for spent, *_ in told) < 0.020
    assert [one[1:] for one in told] == [[]] * 3


def test_the_very_modules_are_rooms_and_functions() -> None:
    from s3transfer_tl import lint, submit

    assert lint is s3transfer_tl.lint
    assert lint.RULES
    assert submit.Plan
    assert callable(lint)
    assert str(inspect.signature(lint)).startswith("(*files")


def test_a_room_goes_to_another_process_and_back_as_functions_do() -> None:
    room = s3transfer_tl.lint
    assert pickle.loads(pickle.dumps(room)) is room
    assert copy.deepcopy({"judge": room})["judge"] is room


@pytest.mark.parametrize(
    "error",
    [
        errors.ConfigError("a.yaml cannot be used", "mend it", s3transfer_tl.lint(BAD).findings),
        errors.PlatformError("refused", "wait", status=429, code="too_many_requests"),
        errors.LedgerBusy("in use", "wait"),
        s3transfer_tl.Unsound("unsound", "mend it", ()),
    ],
)
def test_an_error_comes_back_from_another_process_with_all_it_holds(error: errors.TransferError) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert (str(back), vars(back)) == (str(error), vars(error))


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 0},
        {"batch_size": -1},
        {"limit": 0},
        {"brake": 101.0},
        {"brake": float("nan")},
        {"quiet_period": -1.0},
        {"poll_interval": 0.0},
        {"time_limit": -1.0},
    ],
)
def test_a_number_that_the_command_line_refuses_is_refused(options: dict[str, Any], tmp_path: Path) -> None:
    (name,) = options
    with pytest.raises(errors.UsageError, match=f"{name} is"):
        s3transfer_tl.submit(GOOD, dry_run=True, ledger=tmp_path / "ledger.sqlite3", **options)


def test_one_text_is_not_taken_for_many_letters(tmp_path: Path) -> None:
    for judged in ({"select": "TL1"}, {"ignore": "T"}):
        with pytest.raises(errors.UsageError, match="is one text"):
            s3transfer_tl.lint(GOOD, **judged)  # type: ignore[arg-type]
    with pytest.raises(errors.UsageError, match="index_ids is one text") as caught:
        s3transfer_tl.status(ledger=tmp_path / "none.sqlite3", index_ids="abc")
    assert caught.value.hint == "write index_ids=['abc']"


def test_a_wrong_name_and_a_wrong_option_are_refused_at_once() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sumbit'"):
        s3transfer_tl.sumbit  # noqa: B018  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="no_sign_requests"):
        s3transfer_tl.access("s3://media/", no_sign_requests=True)  # type: ignore[call-arg]
    assert set(s3transfer_tl.__all__) <= set(dir(s3transfer_tl))


def test_a_consumer_passes_mypy_strict_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    sample = tmp_path / "consumer.py"
    sample.write_text(CONSUMER.read_text(encoding="utf-8") + WRONG, encoding="utf-8")
    argv = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir"]
    done = subprocess.run(
        [*argv, str(ROOT / ".mypy_cache" / "consumer"), str(sample)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    first = CONSUMER.read_text(encoding="utf-8").count("\n") + 1
    told = [line.split(": ", 2) for line in done.stdout.splitlines() if ": error: " in line]
    assert [place for place, *_ in told] == [f"consumer.py:{first + 1}", f"consumer.py:{first + 2}"], done


WRONG = """
tl.build("transfer.yaml", outputs="manifest.json")
tl.lint("manifest.json", select=3)
"""


def test_a_key_is_read_from_the_environment_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.UsageError, match="no API key"):
        settings.platform(None, settings.API_URL, "v1.2")
    monkeypatch.setenv("TWELVELABS_API_KEY", " tlk_ENVIRONMENT ")
    with pytest.raises(errors.UsageError, match="no API key"):
        settings.platform(" ", settings.API_URL, "v1.2")  # what was given counts, also where it is nothing
    assert settings.platform(None, settings.API_URL, "v1.2").key.reveal() == "tlk_ENVIRONMENT"
    given = settings.platform("tlk_GIVEN", settings.API_URL, "v1.2")
    assert given.key.reveal() == "tlk_GIVEN"
    assert "tlk_GIVEN" not in repr(given)
    assert settings.platform(Secret("tlk_SECRET"), "", "").key.reveal() == "tlk_SECRET"


def test_the_options_of_s3_are_those_of_its_settings(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    found = settings.s3(profile="media", ca_bundle=bundle, list_concurrency=8)
    assert (found.profile, found.verify, found.list_concurrency) == ("media", str(bundle), 8)
    assert settings.s3(no_verify_ssl=True, ca_bundle=bundle).verify is False
    typed: dict[str, Any] = settings.S3Options.__annotations__
    assert list(typed) == list(inspect.signature(settings.s3).parameters)


def test_lint_tells_what_the_command_line_tells(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps([{"index_id": "x", "language": "en", "object": "s3://media/a.mp4"}]))
    review = s3transfer_tl.lint(bad, select=["TL111"])
    assert [(one.code, one.file) for one in review.findings] == [("TL111", str(bad))]
    with pytest.raises(errors.UsageError, match="nothing to judge"):
        s3transfer_tl.lint()
    with pytest.raises(errors.UsageError):
        s3transfer_tl.lint(bad, select=["TL999"])
    with pytest.raises(errors.NothingToDo):
        s3transfer_tl.lint(tmp_path / "*.srt")


if __name__ == "__main__":
    SNAPSHOT.write_text("".join(map(described, s3transfer_tl.__all__)), encoding="utf-8")
