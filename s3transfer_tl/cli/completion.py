"""The completion command: what a shell needs to complete this program's words."""

from __future__ import annotations

import click

from s3transfer_tl import errors
from s3transfer_tl.cli import options, shells
from s3transfer_tl.cli.talk import Talk

EXAMPLE = """\b
Examples:
  eval "$(s3transfer-tl completion bash)"                  # in ~/.bashrc
  eval "$(s3transfer-tl completion zsh)"                   # in ~/.zshrc, after compinit
  s3transfer-tl completion fish > ~/.config/fish/completions/s3transfer-tl.fish
"""


@click.command("completion", epilog=EXAMPLE, short_help="Print the completion script of bash, zsh or fish.")
@click.argument("shell", type=click.Choice(list(shells.SHELLS)))
@options.common
def command(talk: Talk, shell: str) -> int:
    """Print the script that lets SHELL complete commands, options and their values: profiles, rules, runs,
    schemas, index ids of the config, faults of the sandbox, files by their kind."""
    click.echo(shells.script(shell, click.get_current_context().find_root().command), nl=False)
    return errors.OK
