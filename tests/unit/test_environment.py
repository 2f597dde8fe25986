"""Options by environment: names that come from the spelling, values, and what is told of mistakes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from s3transfer_tl import cli
from s3transfer_tl.cli import command as commanding
from s3transfer_tl.cli import environment, options
from s3transfer_tl.cli.talk import Talk


@click.command("cook")
@click.option("--heat", type=click.Choice(["low", "high"]), default="low")
@click.option("--spice", "spices", multiple=True)
@click.option("--max-minutes", "--time", type=int)
@click.option("--lid/--no-lid", default=True)
@click.option("--api-url", envvar="TWELVELABS_BASE_URL")
@click.option("--api-key")
@options.common
def cook(talk: Talk, **found: Any) -> None:
    click.echo(repr(found))


def run(*words: str, quiet: bool = False, **variables: str) -> tuple[str, str, int]:
    group = click.Group("main", commands={"cook": commanding.fit(cook, "cook")})
    done = CliRunner().invoke(group, ["cook", *words], obj=Talk(), env=variables, prog_name="s3transfer-tl")
    return done.stdout, done.stderr, done.exit_code


def value(name: str, *words: str, **variables: str) -> Any:
    stdout, stderr, code = run(*words, **variables)
    assert code == 0, stderr
    return eval(stdout)[name]


def test_an_option_is_set_by_its_variable() -> None:
    assert value("heat", S3TRANSFER_TL_HEAT="high") == "high"


def test_the_variable_of_the_command_wins_over_the_general_one() -> None:
    assert value("heat", S3TRANSFER_TL_HEAT="high", S3TRANSFER_TL_COOK_HEAT="low") == "low"


def test_the_command_line_wins_over_both() -> None:
    assert value("heat", "--heat", "low", S3TRANSFER_TL_COOK_HEAT="high") == "low"


def test_an_empty_variable_counts_as_unset() -> None:
    assert value("heat", S3TRANSFER_TL_COOK_HEAT="", S3TRANSFER_TL_HEAT="high") == "high"


@pytest.mark.parametrize(
    ("text", "truth"), [("1", True), ("true", True), ("yes", True), ("0", False), ("no", False)]
)
def test_a_flag_takes_true_and_false(text: str, truth: bool) -> None:
    assert value("lid", S3TRANSFER_TL_LID=text) is truth


def test_a_second_spelling_has_the_first_ones_variable() -> None:
    assert value("max_minutes", S3TRANSFER_TL_MAX_MINUTES="5") == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("salt pepper", ("salt", "pepper")),
        ("'sea salt' pepper", ("sea salt", "pepper")),
        ('"sea salt"', ("sea salt",)),
        (r"C:\salt #1", (r"C:\salt", "#1")),
        ("marengo2.6:visual,conversation", ("marengo2.6:visual,conversation",)),
    ],
)
def test_a_repeated_option_takes_words_and_quotes_keep_spaces(text: str, words: tuple[str, ...]) -> None:
    assert value("spices", S3TRANSFER_TL_SPICE=text) == words


def test_the_command_line_replaces_the_words_of_a_variable() -> None:
    assert value("spices", "--spice", "dill", S3TRANSFER_TL_SPICE="salt pepper") == ("dill",)


def test_ours_wins_over_a_name_that_others_gave() -> None:
    theirs = {"TWELVELABS_BASE_URL": "http://theirs"}
    assert value("api_url", **theirs) == "http://theirs"
    assert value("api_url", **theirs, S3TRANSFER_TL_API_URL="http://ours") == "http://ours"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("S3TRANSFER_TL_HEAT", "medium"),
        ("S3TRANSFER_TL_COOK_HEAT", "medium"),
        ("S3TRANSFER_TL_MAX_MINUTES", "soon"),
        ("S3TRANSFER_TL_LID", "maybe"),
        ("S3TRANSFER_TL_SPICE", "'open"),
    ],
)
def test_a_wrong_value_is_told_with_its_variable(name: str, text: str) -> None:
    _, stderr, code = run(**{name: text})
    assert code == 2
    assert name in stderr


def test_a_wrong_value_of_the_command_line_names_no_variable() -> None:
    _, stderr, code = run("--heat", "medium", S3TRANSFER_TL_MAX_MINUTES="5")
    assert code == 2
    assert "S3TRANSFER_TL" not in stderr


def test_a_key_has_no_variable_and_the_right_one_is_named() -> None:
    stdout, stderr, _ = run(S3TRANSFER_TL_API_KEY="tlk_SECRET")
    assert "TWELVE_LABS_API_KEY" in stderr
    assert "tlk_SECRET" not in stdout + stderr


def test_a_variable_that_nobody_reads_is_told_with_the_nearest_name() -> None:
    _, stderr, code = run(S3TRANSFER_TL_HAET="high")
    assert code == 0
    assert "S3TRANSFER_TL_HAET; did you mean S3TRANSFER_TL_HEAT?" in stderr


def test_known_variables_are_no_reason_to_warn() -> None:
    assert run(S3TRANSFER_TL_HEAT="high", S3TRANSFER_TL_COOK_LID="1", S3TRANSFER_TL_TEST_BROWSER="1")[1] == ""


def test_quiet_is_quiet_whoever_says_so() -> None:
    assert run("--quiet", S3TRANSFER_TL_HAET="high")[1] == ""
    assert run(S3TRANSFER_TL_QUIET="1", S3TRANSFER_TL_HAET="high")[1] == ""


def every() -> list[tuple[tuple[str, ...], click.Command]]:
    root = click.Context(cli.main, info_name="s3transfer-tl")
    return list(environment.commands(cli.main, root))


def test_every_option_of_every_command_has_its_variables() -> None:
    missing = [
        (path, option.opts)
        for path, command in every()
        for option in command.params
        if isinstance(option, click.Option) and not environment.variables(option, path)
        if not environment.WITHOUT.intersection(option.opts)
    ]
    assert not missing


def test_no_variable_means_two_things() -> None:
    own: Counter[str] = Counter()
    general = set()
    for path, command in every():
        for option in command.params:
            if names := environment.variables(option, path):
                own[names[0]] += 1
                general.add(names[1])
    assert not [name for name, count in own.items() if count > 1]
    assert not general & set(own)


def test_another_commands_variable_is_known() -> None:
    root = click.Context(cli.main, info_name="s3transfer-tl")
    known = set().union(*environment.others(root))
    assert {
        "S3TRANSFER_TL_LEDGER",
        "S3TRANSFER_TL_BUILD_FAIL_ON",
        "S3TRANSFER_TL_CONFIG_SHOW_ORIGIN",
    } <= known
    assert not [name for name in known if name.endswith("API_KEY")]


def test_the_guide_names_variables_that_there_are() -> None:
    guide = (Path(__file__).parent.parent.parent / "docs" / "configuring.md").read_text(encoding="utf-8")
    named = set(re.findall(r"S3TRANSFER_TL_[A-Z_]+[A-Z]", guide))
    root = click.Context(cli.main, info_name="s3transfer-tl")
    assert named - {"S3TRANSFER_TL_"} <= set().union(*environment.others(root))
    assert len(named) > 5
