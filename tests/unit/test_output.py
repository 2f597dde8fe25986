"""Where a build's files go, and what is left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from s3transfer_tl.build import output
from s3transfer_tl.errors import UsageError

ENTRIES = [f'\n  {{\n    "object": "s3://media/{n}.mp4"\n  }}' for n in range(3)]


def written(path: Path, work: Path) -> None:
    with output.clean_up(path):
        parts = output.write_parts(ENTRIES, path, None, work)
        output.put_in_place((part.temporary, part.final) for part in parts if part.final)


def test_a_new_file_has_the_mode_that_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        written(tmp_path / "m.json", tmp_path)
    finally:
        os.umask(before)
    assert (tmp_path / "m.json").stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_written_again_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "m.json").touch(mode=0o604)
    (tmp_path / "m.json").chmod(0o604)
    written(tmp_path / "m.json", tmp_path)
    assert (tmp_path / "m.json").stat().st_mode & 0o777 == 0o604


@pytest.mark.parametrize("there", [True, False])
def test_a_symbolic_link_stays_one_and_its_target_is_written(tmp_path: Path, there: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "real.json"
    if there:
        target.write_text("old")
    (tmp_path / "m.json").symlink_to(target)
    output.check(tmp_path / "m.json")
    written(tmp_path / "m.json", tmp_path)
    assert (tmp_path / "m.json").is_symlink()
    assert target.read_bytes().startswith(b"[\n")
    assert [path.name for path in target.parent.iterdir()] == ["real.json"]


def test_a_device_and_a_pipe_are_refused_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (Path(os.devnull), tmp_path / "pipe"):
        with pytest.raises(UsageError, match="is not a file"):
            output.check(path)


@pytest.mark.parametrize("length", [230, 300])
def test_a_name_too_long_is_told_at_once(tmp_path: Path, length: int) -> None:
    with pytest.raises(UsageError, match="too long"):
        output.check(tmp_path / ("n" * length))


def test_an_input_is_never_the_output(tmp_path: Path) -> None:
    (tmp_path / "transfer.yaml").touch()
    (tmp_path / "link.json").symlink_to("transfer.yaml")
    for name in ("transfer.yaml", "link.json"):
        with pytest.raises(UsageError, match="an input"):
            output.check(tmp_path / name, [tmp_path / "transfer.yaml"])
    output.check(tmp_path / "m.json", [tmp_path / "transfer.yaml", tmp_path / "gone"])


def test_parts_are_numbered_from_one(tmp_path: Path) -> None:
    parts = output.write_parts(ENTRIES, tmp_path / "m.json", 2, tmp_path)
    assert [(part.final, part.entries) for part in parts] == [
        (tmp_path / "m-0001.json", 2),
        (tmp_path / "m-0002.json", 1),
    ]
