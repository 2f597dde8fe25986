"""The schema command: the published contracts."""

from __future__ import annotations

import click

from s3transfer_tl import errors, schema
from s3transfer_tl.cli import options
from s3transfer_tl.cli.talk import Talk

EXAMPLE = """\b
Example:
  s3transfer-tl schema manifest
"""


@click.command(epilog=EXAMPLE, short_help="Print a JSON Schema.")
@click.argument("name", required=False)
@options.common
def command(talk: Talk, name: str | None) -> int:
    """Print the JSON Schema called NAME; without NAME, list the names."""
    names = schema.names()
    if name is None:
        click.echo("\n".join(names))
    elif name in names:
        click.echo(schema.text(name), nl=False)
    else:
        import difflib

        near = difflib.get_close_matches(name, names, 1)
        known = f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"
        raise errors.UsageError(f"there is no schema {name}", known)
    return errors.OK
