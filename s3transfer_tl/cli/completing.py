"""What can stand in a place of the command line: values for the shell's completion. Nothing here is heavy,
nothing writes, and what cannot be read completes nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import click
from click.shell_completion import CompletionItem

Item = CompletionItem[str]
Values = Callable[[click.Context], Iterator[Item]]
Completion = Callable[[click.Context, click.Parameter, str], list[Item]]

RUNS = 50  # the latest
_PROFILE = re.compile(r"^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]", re.MULTILINE)
_SECTIONS = re.compile(r"^\s*\[\s*(?:sso-session|services|plugins|preview)\b", re.MULTILINE)
_INDEX = re.compile(r"""^\s*(?:-\s+)?index_id:\s*["']?([0-9a-f]{24})\b""", re.MULTILINE)
_VIDEOS = ("mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "ts", "mxf", "wmv")


def fit(command: click.Command, name: str) -> None:
    """Let every option and argument of ``command``, which is called ``name``, complete its values.

    A parameter that completes itself is left alone. What an option is called tells its values, so that
    a new command completes those of the options that it shares.
    """
    if isinstance(command, click.Group):
        for word, below in command.commands.items():
            fit(below, word)
        return
    for parameter in command.params:
        found = _completion(name, parameter)
        # what `shell_complete=` of click.option would have set
        if found is not None and getattr(parameter, "_custom_shell_complete", None) is None:
            vars(parameter)["_custom_shell_complete"] = found


def _completion(command: str, parameter: click.Parameter) -> Completion | None:
    if isinstance(parameter.type, click.Choice):
        return None
    if isinstance(parameter, click.Argument):
        return ARGUMENTS.get(f"{command} {parameter.name}") or ARGUMENTS.get(parameter.name or "")
    for spelled in parameter.opts:
        if spelled in OPTIONS:
            return OPTIONS[spelled]
    metavar = getattr(parameter, "metavar", None)
    return {"FILE": _files(), "PATH": _files(), "DIR": _folders}.get(metavar or "")


def _one_of(values: Values, *, joined: bool = False) -> Completion:
    """Return a completion from ``values``; where ``joined`` by commas, of the last one."""

    def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[Item]:
        head, comma, last = incomplete.rpartition(",") if joined else ("", "", incomplete)
        try:
            found = [(one.value, one.help) for one in values(context)]
        except Exception:  # whatever is wrong there, a shell waits for words, not for a complaint
            return []
        return [
            CompletionItem(f"{head}{comma}{value}", help=text)
            for value, text in found
            if value.startswith(last)
        ]

    return complete


def _files(*endings: str) -> Completion:
    """Return a completion of files, of these ``endings`` only where some are given, and of folders."""
    return lambda _, __, incomplete: [CompletionItem(incomplete, type="file", endings=endings)]


def _either(*completions: Completion) -> Completion:
    """Return a completion of all that ``completions`` know."""
    return lambda context, parameter, incomplete: [
        item for complete in completions for item in complete(context, parameter, incomplete)
    ]


def _folders(_: click.Context, __: click.Parameter, incomplete: str) -> list[Item]:
    return [CompletionItem(incomplete, type="dir")]


def profiles(_: click.Context) -> Iterator[Item]:
    """Yield the profiles of the AWS configuration."""
    seen = set()
    for variable, name in (("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")):
        path = Path(os.environ.get(variable) or f"~/.aws/{name}").expanduser()
        if not path.is_file():
            continue
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            found = _PROFILE.match(line)
            if found and not _SECTIONS.match(line) and found[1] not in seen:
                seen.add(found[1])
                yield CompletionItem(found[1])


def codes(_: click.Context) -> Iterator[Item]:
    """Yield the codes of the lint rules."""
    from s3transfer_tl import lint

    for rule in lint.RULES:
        yield CompletionItem(rule.code, help=rule.name)


def codes_and_names(context: click.Context) -> Iterator[Item]:
    """Yield the codes of the lint rules, then their names."""
    yield from codes(context)
    for code in codes(context):
        yield CompletionItem(code.help or "", help=code.value)


def schemas(_: click.Context) -> Iterator[Item]:
    """Yield the names of the published schemas."""
    from s3transfer_tl import schema

    yield from map(CompletionItem, schema.names())


def runs(context: click.Context) -> Iterator[Item]:
    """Yield the latest runs of the ledger."""
    from s3transfer_tl.ledger import Ledger, default_path, file

    path = Path(context.params.get("ledger") or default_path())
    if file.is_older(path):  # opening it would change it
        return
    with Ledger.open(path, read_only=True) as book:
        for run in islice(book.runs(), RUNS):
            yield CompletionItem(str(run.number), help=f"{run.command} {run.source}, {run.began}")


def index_ids(context: click.Context) -> Iterator[Item]:
    """Yield the index ids that the config names."""
    from s3transfer_tl.cli import discovery

    found = discovery.choose(context.params.get("config_path"))
    if found:
        text = Path(found.path).read_text(encoding="utf-8", errors="replace")
        yield from map(CompletionItem, dict.fromkeys(_INDEX.findall(text)))


def faults(_: click.Context) -> Iterator[Item]:
    """Yield the beginnings of the sandbox's faults, and its plain ones."""
    from s3transfer_tl.sandbox.faults import CALLS

    for call in (*CALLS, "any"):
        for effect, text in (
            ("*=503", "always refused"),
            ("1=429", "too many requests"),
            ("1=cut", "no answer"),
        ):
            yield CompletionItem(f"{call}:{effect}", help=text)
    yield CompletionItem("ready:*=failed", help="every task fails")
    yield CompletionItem("lag=5", help="seconds until a task is listed")
    yield CompletionItem("limit=10/60", help="calls in so many seconds")


def versions(_: click.Context) -> Iterator[Item]:
    """Yield the versions of the platform's API."""
    yield from map(CompletionItem, ("v1.1", "v1.1.2", "v1.2"))


OPTIONS: dict[str, Completion] = {
    "--profile": _one_of(profiles),
    "--select": _one_of(codes, joined=True),
    "--ignore": _one_of(codes, joined=True),
    "--run": _one_of(runs),
    "--index-id": _one_of(index_ids),
    "--fault": _one_of(faults),
    "--api-version": _one_of(versions),
    "--config": _files(".yaml", ".yml"),
    "--decisions": _files(".yaml", ".yml"),
    "--since": _files(".json", ".sqlite3"),
    "--ledger": _files(".sqlite3"),
    "--report": _files(".json"),
    "--baseline": _files(".json"),
    "--from": _files(".jsonl"),
    "--ca-bundle": _files(".pem", ".crt"),
}
ARGUMENTS: dict[str, Completion] = {
    "rules code": _one_of(codes_and_names),
    "schema name": _one_of(schemas),
    "runs": _either(_one_of(runs), _files(".json", ".jsonl", ".sqlite3")),
    "manifest": _files(".json"),
    "before": _files(".json"),
    "after": _files(".json"),
    "files": _files(".json", ".yaml", ".yml", ".srt", ".vtt"),
    "video": _files(*(f".{one}" for one in _VIDEOS)),
    "transcription": _files(".srt", ".vtt"),
    "source": _files(),
}
