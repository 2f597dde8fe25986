"""The config command: which config counts, what is in force, and where each value is from."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import discovery, options, streams
from s3transfer_tl.cli.talk import Talk, printable

EXAMPLE = """\b
Examples:
  s3transfer-tl config show --origin
  s3transfer-tl config path
"""


@click.group("config", epilog=EXAMPLE, short_help="Show what is in force, and where each value is from.")
def command() -> None:
    """Show which config counts here, and every setting that is in force with its origin.

    Where no config is named by -c or S3TRANSFER_TL_CONFIG, it is transfer.yaml in the working directory or
    above, up to the root of the repository or the home folder.
    """


@command.command(
    "show",
    epilog="\b\nExample:\n  s3transfer-tl config show --origin",
    short_help="Print every setting that is in force.",
)
@discovery.option("Show this config.")
@click.option("--origin", is_flag=True, help="Say where each value is from: file:line, variable, default.")
@options.text_or_json
@options.common
def show(talk: Talk, config_path: str | None, origin: bool, form: str) -> int:
    """Print every key of the config, and every option that commands share, with the value in force.

    Values are JSON; null is unset. Secrets are never shown, nor passwords in URLs.
    """
    from s3transfer_tl.cli import effective

    found = discovery.choose(config_path)
    if found is None:
        talk.say(f"{discovery.none().message}: these are the defaults")
    else:
        discovery.say(talk, found)
    keys = effective.keys(found.path if found else None)
    shared = effective.shared(click.get_current_context().find_root())
    if form == "json":
        document = {
            "format_version": 1,
            "config": found and {"path": found.path, "found_by": found.how},
            "keys": [{"key": name, **one.record()} for name, one in keys.items()],
            "options": [{"option": name, **one.record()} for name, one in shared.items()],
        }
        streams.document(json.dumps(document, ensure_ascii=False, indent=2))
        return errors.OK
    for name, one in {**keys, **shared}.items():
        told = f"  # {one.origin}" if origin else ""
        streams.line(printable(f"{name}: {_text(one.value)}{told}"))
    return errors.OK


@command.command(
    "path", epilog="\b\nExample:\n  s3transfer-tl config path", short_help="Print the path of the config."
)
@discovery.option("Print this path.")
@options.common
def path(talk: Talk, config_path: str | None) -> int:
    """Print the path of the config that counts here; exit 2 where there is none."""

    found = discovery.choose(config_path)
    if found is None:
        raise discovery.none()
    click.echo(os.fsencode(os.path.abspath(found.path)))
    talk.say(f"found by {found.how}")
    return errors.OK


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
