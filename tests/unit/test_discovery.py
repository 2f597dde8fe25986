"""Where a config is looked for: here, then upward, never above the repository or home."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3transfer_tl.cli import discovery


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "shows" / "first").mkdir(parents=True)
    return tmp_path / "repo"


def found_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> discovery.Found | None:
    monkeypatch.chdir(folder)
    return discovery.find()


def test_the_working_directorys_comes_first(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "transfer.yaml").touch()
    (repository / "shows" / "transfer.yaml").touch()
    found = found_in(repository / "shows", monkeypatch)
    assert found == ("transfer.yaml", "the working directory")
    assert found.is_near


@pytest.mark.parametrize("name", discovery.NAMES)
def test_a_folder_above_has_it_up_to_the_repositorys_root(
    name: str, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / name).touch()
    found = found_in(repository / "shows" / "first", monkeypatch)
    assert found == (f"../../{name}", "a folder above")
    assert not found.is_near


def test_of_both_endings_yaml_counts(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "transfer.yml").touch()
    (repository / "transfer.yaml").touch()
    assert found_in(repository, monkeypatch) == ("transfer.yaml", "the working directory")


def test_nothing_above_the_repository_counts(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository.parent / "transfer.yaml").touch()
    assert found_in(repository / "shows", monkeypatch) is None


def test_nothing_above_the_home_folder_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "users" / "me"
    (home / "work").mkdir(parents=True)
    (tmp_path / "users" / "transfer.yaml").touch()
    monkeypatch.setenv("HOME", str(home))
    assert found_in(home / "work", monkeypatch) is None
    (home / "transfer.yaml").touch()
    assert found_in(home / "work", monkeypatch) == ("../transfer.yaml", "a folder above")


def test_a_home_that_is_a_link_ends_the_search_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real" / "work").mkdir(parents=True)
    (tmp_path / "home").symlink_to(tmp_path / "real")
    (tmp_path / "transfer.yaml").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert found_in(tmp_path / "home" / "work", monkeypatch) is None


def test_a_folder_that_anyone_may_write_to_is_passed_over(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows = repository / "shows"
    (shows / "transfer.yaml").touch()
    (repository / "transfer.yaml").touch()
    shows.chmod(0o1777)
    assert found_in(shows / "first", monkeypatch) == ("../../transfer.yaml", "a folder above")
    assert found_in(shows, monkeypatch) == ("transfer.yaml", "the working directory")


def test_a_worktrees_git_file_is_a_root_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tree" / "a").mkdir(parents=True)
    (tmp_path / "tree" / ".git").write_text("gitdir: elsewhere\n", encoding="utf-8")
    (tmp_path / "transfer.yaml").touch()
    assert found_in(tmp_path / "tree" / "a", monkeypatch) is None


def test_a_folder_of_that_name_is_no_config(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "shows" / "transfer.yaml").mkdir()
    (repository / "transfer.yaml").touch()
    assert found_in(repository / "shows", monkeypatch) == ("../transfer.yaml", "a folder above")


def test_a_link_to_nowhere_is_found_and_not_passed_over(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "transfer.yaml").touch()
    (repository / "a").mkdir(exist_ok=True)
    (repository / "a" / "transfer.yaml").symlink_to(repository / "gone")
    found = found_in(repository / "a", monkeypatch)
    assert found
    assert found.is_near


def test_the_error_says_every_place(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "shows")
    error = discovery.none()
    assert f"{repository / 'shows'}, {repository}" in error.message
    assert str(repository.parent) + "," not in error.message
