"""The command line: one file a command; parse, build the edges, call one flow, render, exit code.

Nothing outside this room prints, reads the environment or exits. Commands are imported when they
are called, so that ``--help`` and ``lint`` never pay for boto3, requests, duckdb or pycurl.
"""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from s3transfer_tl import __version__, errors
from s3transfer_tl.cli import command, signals, streams
from s3transfer_tl.cli.talk import Talk

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# In the order in which a newcomer meets them. The one-line help stands here so that the list of
# commands needs no import; tests/unit/test_cli.py holds it equal to each command's own.
COMMANDS = {
    "init": "Infer the naming rules from a listing; write a config.",
    "build": "List, pair, check access and write the manifest.",
    "review": "Decide in a browser what the naming rules cannot.",
    "explain": "Say why a key was paired, or why not.",
    "lint": "Judge manifests offline: codes, positions, ways out.",
    "check": "Judge a manifest against the world: objects, access, subtitles.",
    "access": "Say whether transcriptions are public, and why not.",
    "submit": "Post a manifest in batches and remember every entry.",
    "upload": "Upload local videos with their transcriptions.",
    "status": "Tell where every submitted entry stands.",
    "retry": "Send failed and rejected entries anew.",
    "resolve": "Settle unknown outcomes: ask the platform, or say so.",
    "report": "Show runs as one HTML page that needs nothing else.",
    "diff": "Tell what two manifests do not share.",
    "list": "Save a listing as JSON lines.",
    "doctor": "Say what could keep a run from working; how to mend it.",
    "auth": "Keep the API key in the system's keyring.",
    "rules": "Print the lint rules, or one rule's page.",
    "schema": "Print a JSON Schema.",
    "config": "Show what is in force, and where each value is from.",
    "completion": "Print the completion script of bash, zsh or fish.",
    "sandbox": "Serve a stand-in for the platform on loopback.",
    "demo": "Run the whole main job on sample data, with nothing to configure.",
}


# How a standard output says that it takes no more; files of ours have their own words for it.
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


class LazyGroup(click.Group):
    """A group that imports ``cli/<command>.py`` when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the command names in the table's order."""
        return [*COMMANDS]  # cli.list is a command, and hides the builtin here

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's file and return its click command, or None for an unknown name."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            module = importlib.import_module(f"s3transfer_tl.cli.{cmd_name}")
            self.commands[cmd_name] = command.fit(module.command, cmd_name)
            if ctx.resilient_parsing:  # a shell asks for words
                from s3transfer_tl.cli import completing

                completing.fit(self.commands[cmd_name], cmd_name)
        return self.commands.get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve as click does, naming the nearest command for a typo."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, 1)
            known = f"did you mean '{near[0]}'?" if near else f"commands: {', '.join(COMMANDS)}"
            ctx.fail(f"no such command '{name}'; {known}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Complete the name of a command from the table, without importing one."""
        from click.shell_completion import CompletionItem

        found = [(name, text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        named = [CompletionItem(name, help=text) for name, text in found]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. A reader that has seen enough (``| head``) is no error; click itself would
        end with 1, which means findings here."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            sys.stdout = None  # so that the flush at exit stays silent
            return errors.OK

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="s3transfer-tl")
def main() -> None:
    """Give Twelve Labs your videos with transcriptions from S3.

    Exit codes: 0 done, 1 findings, 2 usage or config, 3 nothing to do, 4 S3 or platform out of
    reach, 5 partly done, 6 unknown outcomes left, 7 ledger in use, 130/143 stopped.

    Options by environment: S3TRANSFER_TL_LEDGER is --ledger of every command, S3TRANSFER_TL_BUILD_FAIL_ON
    --fail-on of build.
    """


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code. The only place that catches errors."""
    streams.forgive()
    talk = Talk()
    if "_S3TRANSFER_TL_COMPLETE" in os.environ:
        from s3transfer_tl.cli import shells

        shells.register()
    received = signals.note()
    try:
        code = main.main([*argv], prog_name="s3transfer-tl", standalone_mode=False, obj=talk)
        # --help and --version end with click's own 0
        return code if isinstance(code, int) else errors.OK
    except BaseException as error:
        if talk.debug:
            import traceback

            traceback.print_exc()
        # A library may have turned the signal's exception into one of its own, as DuckDB does
        stop = _stop(error, received)
        if stop is not None:
            talk.say(f"{stop.message}; {stop.hint}")
            return stop.exit_code
        return _failed(talk, error)
    finally:
        streams.let_go()


def _failed(talk: Talk, error: BaseException) -> int:
    match error:
        case errors.TransferError():
            talk.error(error)
            return error.exit_code
        case click.ClickException():
            error.show(sys.stderr)
            return errors.USAGE
        case OSError(errno=number) if number in _UNWRITABLE:
            sys.stdout = None  # so that the flush at exit stays silent
            hint = "free space, or send standard output to another place, and run again"
            talk.error(errors.OutputError(f"the output could not be written: {error.strerror}", hint))
            return errors.OutputError.exit_code
        case Exception():  # a bug: own up to it in a sentence, show the traceback on request
            talk.bug(error)
            return errors.REMOTE
    raise error


def _stop(error: BaseException, received: Sequence[int]) -> errors.Stopped | None:
    """Return why the run was stopped, or None where it was not."""
    if isinstance(error, errors.Stopped):
        return error
    if signal.SIGTERM in received:
        return errors.Stopped("stopped by SIGTERM", signals.AGAIN, errors.TERMINATED)
    if received or isinstance(error, (click.Abort, KeyboardInterrupt)):
        return errors.Stopped("stopped by Ctrl-C", signals.AGAIN, errors.INTERRUPTED)
    return None
