"""What is written about the tool is what the tool is."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest

import s3transfer_tl
from s3transfer_tl import cli
from s3transfer_tl.cli import environment
from s3transfer_tl.cli.command import SCREEN

ROOT = Path(__file__).parent.parent
PROSE = sorted(
    path for path in ROOT.glob("**/*.md") if ".venv" not in path.parts and "fixtures" not in path.parts
)
ROOT_CONTEXT = click.Context(cli.main, info_name="s3transfer-tl", **cli.main.context_settings)
EVERY = [path for path, _ in environment.commands(cli.main, ROOT_CONTEXT)]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", list(generator().PAGES))
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == generator().PAGES[name](), "run `make docs-write`"


def test_the_generator_notices_a_page_that_lags() -> None:
    module = generator()
    module.PAGES = {"docs/cli.md": lambda: "something else"}
    module.sys = type("argv", (), {"argv": ["generate.py", "--check"]})
    assert module.main() == 1


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_a_commands_line_in_the_table_is_its_own_short_help(name: str) -> None:
    command = cli.main.get_command(click.Context(cli.main), name)
    assert command is not None
    assert command.short_help == cli.COMMANDS[name]


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_shows_an_example_on_one_screen(words: tuple[str, ...]) -> None:
    context = ROOT_CONTEXT
    for word in words:
        assert isinstance(context.command, click.Group)
        command = context.command.get_command(context, word)
        assert command is not None
        context = click.Context(
            command, info_name=word, parent=context, terminal_width=100, max_content_width=100
        )
    text = context.get_help()
    assert f"s3transfer-tl {' '.join(words)}" in text.partition("Example")[2]
    assert len(text.splitlines()) <= SCREEN


def test_the_man_pages_are_those_of_the_commands_and_no_other() -> None:
    names = {f"{'-'.join(('s3transfer-tl', *words))}.1" for words in EVERY}
    names |= {"s3transfer-tl.1", *(f"s3transfer-tl-{words[0]}.1" for words in EVERY)}
    assert {path.name for path in (ROOT / "docs" / "man").iterdir()} == names


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "man").iterdir()), ids=lambda path: path.stem)
def test_a_man_page_is_ascii_and_has_no_date(path: Path) -> None:
    title = path.read_text(encoding="ascii").splitlines()[0]
    assert title.startswith(f'.TH "{path.stem.upper()}" "1" "" "s3transfer-tl {s3transfer_tl.__version__}"')


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_the_man_pages_render_without_a_warning() -> None:
    for path in sorted((ROOT / "docs" / "man").iterdir()):
        argv = ["groff", "-man", "-ww", "-Tascii", "-P-cbou", str(path)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), path.name
        assert "SYNOPSIS" in done.stdout


@pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")
def test_man_shows_a_page_as_it_stands() -> None:
    page = ROOT / "docs" / "man" / "s3transfer-tl-lint.1"
    done = subprocess.run(
        ["man", "--warnings", "-l", str(page)], capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "s3transfer-tl lint --fix --diff manifest.json" in done.stdout
    assert "--fail-on [error|warning|info|never]" in done.stdout


def test_the_changelogs_head_is_this_version() -> None:
    head = re.search(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert head
    assert head[1] == s3transfer_tl.__version__


def test_every_dependency_has_its_decision_and_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    decisions = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text(encoding="utf-8")
    extras = [
        one for name, group in project["optional-dependencies"].items() if name != "dev" for one in group
    ]
    for requirement in project["dependencies"] + extras:
        name = re.match(r"[A-Za-z0-9_-]+", requirement)
        assert name
        assert f"**{name[0]}**" in decisions, f"{name[0]} has no decision"
        assert ">=" in requirement, requirement
        assert ",<" in requirement, requirement


def test_the_readmes_first_screen_has_both_commands() -> None:
    first = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:40])
    assert "make demo" in first
    assert "make test" in first


@pytest.mark.parametrize("path", PROSE, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def quoted_troubles() -> list[str]:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    by_code = page.split("## By exit code", 1)[1].split("## By finding", 1)[0]
    return [
        text
        for row in re.findall(r"^\| (`.*?) \|", by_code, re.MULTILINE)
        for text in re.findall(r"`(.+?)`", row)
        if " " in text
    ]


@pytest.mark.parametrize("trouble", quoted_troubles())
def test_a_message_in_the_troubleshooting_page_is_one_that_the_tool_says(trouble: str) -> None:
    said = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "s3transfer_tl").rglob("*.py"))
    for part in re.split(r"\.\.\.|\bN\b|[A-Z]{4,}|s3://", trouble):
        assert part.strip(" :") in said, part


def shown_lines() -> list[tuple[str, str]]:
    """Return every (page, shell line) that prose shows after a prompt or between backticks."""
    found = set()
    for path in PROSE:
        if path.name not in {"CHANGELOG.md", "cli.md"}:
            text = path.read_text(encoding="utf-8").replace("\\\n", " ")
            lines = re.findall(r"^\$ (.*)$|`([^`\n]*)`", text, re.MULTILINE)
            found |= {(path.name, one or two) for one, two in lines if "s3transfer-tl " in (one or two)}
    return sorted(found)


def calls(line: str) -> list[list[str]]:
    """Return the arguments of each call of ours in a shell line."""
    found: list[list[str]] = []
    ours = False
    for word in shlex.split(re.sub(r"([|;&<>])", r" \1 ", line), comments=True):
        if word.rpartition("/")[2] == "s3transfer-tl":
            ours = True
            found.append([])
        elif set(word) <= set("|;&<>"):
            ours = False
        elif ours:
            found[-1].append(word)
    return [call for call in found if call]


@pytest.mark.parametrize(("page", "line"), shown_lines())
def test_a_command_line_in_the_prose_is_one_that_the_tool_takes(page: str, line: str) -> None:
    for arguments in calls(line):
        command: click.Command = cli.main
        while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
            name = arguments.pop(0)
            found = command.get_command(click.Context(command), name)
            assert found, f"{page}: there is no command {name}"
            command = found
        command.make_parser(click.Context(command)).parse_args(arguments)
