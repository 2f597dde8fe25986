"""The man pages, made by click-man from the commands; what it leaves out stands below its sections.

No date is in them, so that the same code makes the same bytes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence

import click
from click_man.man import ManPage

from s3transfer_tl import __version__, cli

NAME = "s3transfer-tl"
VARIABLES = """\
Every option of every command can be set by the environment: the variable S3TRANSFER_TL_OPTION stands for
--option of any command, S3TRANSFER_TL_COMMAND_OPTION for that of one command, and wins; the command line wins
over both. A flag takes 1 or 0. Values of an option that may be repeated stand with spaces between, in quotes
where one holds a space. An empty variable counts as unset.

The API key is read from TWELVE_LABS_API_KEY or TWELVELABS_API_KEY, or else from the keyring. Credentials for
S3 are those of the AWS tools: AWS_PROFILE, AWS_ACCESS_KEY_ID and so on. TWELVELABS_BASE_URL is the platform's
address, NO_COLOR and FORCE_COLOR say whether there are colours."""
FILES = """\
transfer.yaml in the working directory, or in a folder above, up to the root of the repository (a folder with
.git) or the home folder, is the config where none is named by -c or S3TRANSFER_TL_CONFIG."""


def pages(codes: Sequence[tuple[int, str]]) -> dict[str, str]:
    """Return every page by its file name; ``codes`` are the exit codes, and what they mean."""
    root = click.Context(cli.main, info_name=NAME, **cli.main.context_settings)
    found = {f"{NAME}.1": _page(root, codes)}
    for name in cli.COMMANDS:
        for context in _contexts(name, root):
            found[f"{context.command_path.replace(' ', '-')}.1"] = _page(context, codes)
    return found


def _contexts(name: str, above: click.Context) -> Iterator[click.Context]:
    assert isinstance(above.command, click.Group)
    command = above.command.get_command(above, name)
    assert command is not None
    context = click.Context(command, info_name=name, parent=above)
    yield context
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _contexts(below, context)


def _page(context: click.Context, codes: Sequence[tuple[int, str]]) -> str:
    command = context.command
    page = ManPage(context.command_path)
    page.version = f"{NAME} {__version__}"
    page.date = ""
    page.short_help = _prose(_short(command))
    page.synopsis = " ".join(command.collect_usage_pieces(context)).replace("...", " ...")
    page.description = _text(command.help or "")
    for option in command.get_params(context):
        record = option.get_help_record(context) if isinstance(option, click.Option) else None
        if record:
            page.options.append((record[0], _prose(record[1])))
    if isinstance(command, click.Group):
        below = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
        page.commands = [(name, _prose(_short(one))) for name, one in below if one]
    # a page is named by one word, and its title has none of the parts of a command
    made = str(page).replace(f'.TH "{context.command_path.upper()}"', f'.TH "{_named(context).upper()}"', 1)
    made = made.replace(f'"{context.command_path} Manual"', f'"{NAME} manual"', 1)
    parts = [made.replace("  See \\fB", "See \\fB")]
    if command.epilog:
        parts.append(f".SH EXAMPLES\n{_text(command.epilog)}\n")
    if context.parent is None:
        rows = "".join(f".TP\n{code}\n{_prose(text.replace('`', ''))}\n" for code, text in codes)
        parts += [f".SH EXIT STATUS\n{rows}", f".SH ENVIRONMENT\n{_text(VARIABLES)}\n"]
        parts.append(f".SH FILES\n{_text(FILES)}\n")
    else:
        up = _named(context.parent)
        parts.append(
            f".SH SEE ALSO\n.BR {_roff(up)} (1)\nfor exit codes, variables of the environment and files.\n"
        )
    return "".join(parts)


def _named(context: click.Context) -> str:
    return context.command_path.replace(" ", "-")


def _short(command: click.Command) -> str:
    return (command.short_help or inspect.cleandoc(command.help or "").partition("\n")[0]).rstrip(".")


def _text(text: str) -> str:
    """Return paragraphs as roff: what click leaves as it is (a paragraph with ``\\b``) stays so."""
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(text).strip("\n"))
    return "\n.PP\n".join(map(_block, blocks))


def _block(block: str) -> str:
    lines = block.split("\n")
    if lines[0].strip() != "\b":
        return _prose(" ".join(line.strip() for line in lines))
    kept = [line for line in lines[1:] if line.strip() not in ("Example:", "Examples:")]
    return "\n".join([".nf", *map(_roff, inspect.cleandoc("\n".join(kept)).split("\n")), ".fi"])


def _prose(text: str) -> str:
    return _roff(re.sub(r"\s+", " ", text).strip())


def _roff(line: str) -> str:
    """Return a line that roff shows as it stands: hyphens can be copied, no mark is a request."""
    line = line.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    line = line.replace("^", "\\(ha").replace("~", "\\(ti")
    return f"\\&{line}" if line.startswith(".") else line
