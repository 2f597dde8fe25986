"""What every command does alike, whoever wrote it: options by environment, help under headings."""

from __future__ import annotations

import copy
import os
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import click

from s3transfer_tl.cli import environment
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.errors import UsageError

FULL = "full"  # in a context's meta: nothing is told in brief
SCREEN = 45  # lines that a help may have, 100 columns wide

# An option means the same wherever it is, so its spelling tells where it belongs.
HEADINGS = {
    "S3": (
        "--profile --region --endpoint-url --no-sign-request --request-payer --addressing-style --ca-bundle "
        "--no-verify-ssl --list-concurrency --assume-byte-order"
    ),
    "Platform": "--api-url --api-version",
    "Output": (
        "--format --output-file --max-findings --statistics --progress --no-progress --quiet --debug --help"
    ),
}
Section = tuple[str, list[tuple[str, str]]]  # a heading, and what stands under it: option, help

_HEADING = {name: heading for heading, names in HEADINGS.items() for name in names.split()}


class Command(click.Command):
    """A command whose options can be set by the environment, and whose help has headings."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as click does; a wrong value from the environment is told with its variable."""
        try:
            repeated = environment.repeated(self, environment.path_of(ctx))
            ctx.default_map = {**(ctx.default_map or {}), **repeated}
            return super().parse_args(ctx, args)
        except click.BadParameter as error:
            variable = error.param and environment.given(error.param, ctx)
            if variable and error.param:
                error.param_hint = f"{variable}, which stands for {error.param.opts[-1]}"
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, after a warning of variables that no option reads."""
        if isinstance(ctx.obj, Talk) and not ctx.params.get("quiet"):
            environment.warn(ctx, ctx.obj)
        try:
            os.getcwd()
        except FileNotFoundError:
            raise UsageError(
                "the working directory is not there any more", "go to another one with cd, and run again"
            ) from None
        try:
            return super().invoke(ctx)
        except UsageError as error:
            outside = [name for one in self.params if (name := environment.given(one, ctx))]
            if outside:
                error.hint += f" (from the environment: {', '.join(outside)})"
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings; in brief what is alike everywhere, where the whole would
        not fit a screen."""
        found = list(_under_headings(self, ctx))
        ways: list[tuple[str, ...]] = [(), ("S3",), ("S3", "Output")]
        if FULL in ctx.meta:
            ways = ways[:1]
        for brief in ways:
            trial = click.HelpFormatter(width=100, max_width=100)
            for write in (self.format_usage, self.format_help_text, self.format_epilog):
                write(ctx, trial)
            _write(found, trial, brief)
            if len(trial.getvalue().splitlines()) <= SCREEN:
                break
        _write(found, formatter, brief)


def fit(command: click.Command, *path: str) -> click.Command:
    """Return ``command``, which is called by the words ``path``, as one of ours, and those below it."""
    if isinstance(command, click.Group):
        group = copy.copy(command)
        group.commands = {name: fit(one, *path, name) for name, one in command.commands.items()}
        return group
    made = Command.__new__(Command)
    vars(made).update(vars(command))
    environment.attach(made, path)
    return made


def _under_headings(command: click.Command, ctx: click.Context) -> Iterator[Section]:
    """Yield each heading with the options below it; a heading for one option alone is not worth its line."""
    found: dict[str, list[tuple[str, str]]] = {heading: [] for heading in ("Options", *HEADINGS)}
    options = [one for one in command.get_params(ctx) if isinstance(one, click.Option)]
    places = [next((_HEADING[text] for text in one.opts if text in _HEADING), "Options") for one in options]
    for option, place in zip(options, places, strict=True):
        record = option.get_help_record(ctx)
        if record:
            found[place if places.count(place) > 1 else "Options"].append(record)
    if not found["Options"]:
        found["Options"] = found.pop("Output")
    yield from ((heading, records) for heading, records in found.items() if records)


def _write(found: Sequence[Section], formatter: click.HelpFormatter, brief: Sequence[str]) -> None:
    width = min(max(len(name) for _, records in found for name, _ in records), 30)
    for heading, records in found:
        is_aws = heading == "S3" and heading in brief
        told = f"{heading} (as in the AWS CLI; see the man page)" if is_aws else heading
        with formatter.section(told):
            short = [name for name, _ in records if heading in brief and (is_aws or _is_talk(name))]
            # one width, so that the columns of all headings stand in line
            rows = [(f"{name:<{width}}", text) for name, text in records if name not in short]
            if rows:
                formatter.write_dl(rows)
            room = max(formatter.width - formatter.current_indent, 11)
            names = "; ".join(name.replace(" ", "\0") for name in short)
            for line in textwrap.wrap(names, room, break_on_hyphens=False, break_long_words=False):
                formatter.write(" " * formatter.current_indent + line.replace("\0", " ") + "\n")


def _is_talk(name: str) -> bool:
    return any(text in name for text in ("--quiet", "--debug", "--progress", "--help"))
