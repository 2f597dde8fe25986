"""The doctor command: what could keep a run from working, and how to mend it."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3transfer_tl import __version__, errors
from s3transfer_tl.cli import discovery, keys, options, streams
from s3transfer_tl.cli.talk import Talk, printable, wants_colour
from s3transfer_tl.model import Config, S3Settings, Severity
from s3transfer_tl.report.text import counted

if TYPE_CHECKING:
    from s3transfer_tl.doctor import Check, Decided, Key

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red", "skipped": "bright_black"}
_RANKS = {"warning": Severity.WARNING, "error": Severity.ERROR}
_KEYRING = 5.0  # seconds
EXAMPLE = """\b
Examples:
  s3transfer-tl doctor s3://media/shows/
  s3transfer-tl doctor -c transfer.yaml --fail-on warning
  s3transfer-tl doctor --format json
"""


@click.command("doctor", epilog=EXAMPLE, short_help="Say what could keep a run from working; how to mend it.")
@click.argument("source", required=False)
@discovery.option("The config whose buckets and indexes are looked at.")
@options.ledger
@options.fail_on
@options.form
@options.address
@options.s3
@options.common
def command(
    talk: Talk,
    source: str | None,
    config_path: str | None,
    ledger: Path | None,
    fail_on: Severity | None,
    form: str,
    platform: tuple[str, str],
    s3: S3Settings,
) -> int:
    """Look at the installation, the machine, AWS credentials, the bucket of SOURCE (s3://BUCKET/PREFIX), the
    platform and the ledger; say what was found and how to mend it. Ten seconds at most; nothing is written.

    Exit codes: 0 nothing at or above --fail-on; 1 something; 4 S3 or the platform out of reach or refusing.
    Secrets are never shown.
    """
    from s3transfer_tl import doctor
    from s3transfer_tl.ledger import default_path

    config, decided = _read(config_path)
    path = ledger or default_path()
    world = doctor.World(
        s3=s3,
        api_url=platform[0],
        version=platform[1],
        key=lambda: _key(platform[0]),
        ledger=path,
        environ=os.environ,
        scripts=_scripts(),
        encoding=sys.stdout.encoding or "ascii",
        folders={
            "the ledger": path.expanduser().parent,
            "temporary files": _temporary(),
            "outputs": Path.cwd(),
        },
        config=config,
        decided=decided,
        places=_places(source, config),
    )
    checks = doctor.visit(world)
    told = _write(checks, form)
    return _exit_code([check for _, check in told], fail_on)


def _read(config_path: str | None) -> tuple[Config | errors.ConfigError | None, Decided]:
    """Return the config that counts and what is decided beside it; what cannot be used as its error, a file
    that is not there as its path."""
    from s3transfer_tl import config, decisions

    found = discovery.choose(config_path)
    if found is None:
        return None, None
    try:
        loaded = config.load(found.path, only_to_judge=True)
    except errors.ConfigError as error:
        return error, None
    if not loaded.decisions:
        return loaded, None
    place = Path(found.path).parent / loaded.decisions
    try:
        return loaded, decisions.read(place) if place.exists() else place
    except errors.ConfigError as error:
        return loaded, error


def _key(api_url: str) -> Key:
    from s3transfer_tl.doctor import Key

    try:
        found = keys.find(api_url, within=_KEYRING)
    except errors.TransferError as error:
        return Key(trouble=error)
    return Key(found.secret, found.origin, found.masked) if found else Key()


def _places(source: str | None, config: Config | errors.ConfigError | None) -> list[tuple[str, str]]:
    """Return the buckets to look at with their prefixes: of ``source``, else of the config's sources."""
    if source is not None:
        if not source.startswith("s3://") or source[5:].startswith("/") or source == "s3://":
            raise errors.UsageError(
                "SOURCE names a bucket here: its place in S3 is looked at",
                "write it as s3://BUCKET/PREFIX; a manifest is judged by `lint` and `check`",
            )
        sources = [source]
    elif isinstance(config, Config):
        sources = [side.source for side in (config.videos, config.transcriptions) if side]
    else:
        sources = []
    named = [one[5:].partition("/") for one in sources if one.startswith("s3://")]
    return list(dict.fromkeys((bucket, prefix) for bucket, _, prefix in named))


def _scripts() -> list[str]:
    """Return the programs of the tool's name on PATH, in the shell's order, each once."""
    folders = [Path(one) for one in os.environ.get("PATH", "").split(os.pathsep) if one]
    names = ("s3transfer-tl.exe",) if os.name == "nt" else ("s3transfer-tl",)
    there = [folder / name for folder in folders for name in names if os.access(folder / name, os.X_OK)]
    return [str(path) for path in {path.resolve(): path for path in reversed(there)}.values()][::-1]


def _temporary() -> Path:
    import tempfile

    try:
        return Path(tempfile.gettempdir())
    except OSError:  # the check of temporary files tells it
        return Path.cwd()


def _write(checks: Iterator[tuple[str, Check]], form: str) -> list[tuple[str, Check]]:
    """Write each check as it comes; return them all."""
    if form == "text":
        return _write_text(checks)
    told = []
    for family, check in checks:
        told.append((family, check))
        if form == "jsonl":
            streams.document(json.dumps(_item(family, check), ensure_ascii=False))
    summary = _summary(told)
    if form == "jsonl":
        streams.document(json.dumps({"summary": summary}))
    else:
        items = [_item(family, check) for family, check in told]
        document = {"format_version": 1, "version": __version__, "checks": items, "summary": summary}
        streams.document(json.dumps(document, ensure_ascii=False, indent=2))
    return told


def _write_text(checks: Iterator[tuple[str, Check]]) -> list[tuple[str, Check]]:
    colour = wants_colour(sys.stdout)
    told: list[tuple[str, Check]] = []
    for family, check in checks:
        if not told or told[-1][0] != family:
            streams.line(("\n" if told else "") + click.style(family, bold=True), colour=colour)
        told.append((family, check))
        status = click.style(f"{check.status:<8}", fg=_COLOURS[check.status])
        streams.line(f"  {status} {check.name:<14} {printable(check.message)}", colour=colour)
        if check.hint:
            streams.line(f"{'':>26}{click.style('hint:', fg='green')} {printable(check.hint)}", colour=colour)
    counts = _summary(told)
    warnings, bad = counted(counts["warning"], "warning"), counted(counts["error"], "error")
    streams.line(f"\n{bad}, {warnings}, {counts['ok']} ok, {counts['skipped']} skipped")
    return told


def _item(family: str, check: Check) -> dict[str, Any]:
    return {
        "family": family,
        "name": check.name,
        "status": check.status,
        "message": check.message,
        "hint": check.hint or None,
        "remote": check.remote,
    }


def _summary(told: Sequence[tuple[str, Check]]) -> dict[str, int]:
    from s3transfer_tl.doctor import STATUSES

    counts = Counter(check.status for _, check in told)
    return {status: counts[status] for status in STATUSES}


def _exit_code(checks: Sequence[Check], fail_on: Severity | None) -> int:
    if any(check.remote for check in checks):
        return errors.REMOTE
    ranks = [_RANKS[check.status].rank for check in checks if check.status in _RANKS]
    return errors.FINDINGS if fail_on and any(rank >= fail_on.rank for rank in ranks) else errors.OK
