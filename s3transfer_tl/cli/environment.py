"""Every option by environment: ``S3TRANSFER_TL_<OPTION>``; ``S3TRANSFER_TL_<COMMAND>_<OPTION>`` wins.

The names are made from the options' spelling, so a new command or option has its variables at once. A key
has none: the variables of a process are read by more programs than the one that needs it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping

import click
from click.core import ParameterSource

from s3transfer_tl.cli.talk import Talk

PREFIX = "S3TRANSFER_TL_"
WITHOUT = frozenset({"--api-key", "--help", "--version"})
OURS = ("S3TRANSFER_TL_TEST_",)  # what the tests of this tool read
ELSEWHERE = {f"{PREFIX}API_KEY": "TWELVE_LABS_API_KEY"}

_FROM_OUTSIDE = (ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP)


def attach(command: click.Command, path: tuple[str, ...]) -> None:
    """Give every option of ``command``, which is called by ``path``, its variables.

    Those that may be repeated are left to ``repeated``: click would cut their values at each space.
    """
    for option in command.params:
        names = variables(option, path)
        if isinstance(option, click.Option) and names and not option.multiple:
            theirs = [option.envvar] if isinstance(option.envvar, str) else option.envvar or []
            option.envvar = list(dict.fromkeys([*names, *theirs]))


def variables(parameter: click.Parameter, path: tuple[str, ...]) -> list[str]:
    """Return the names of the variables of an option of the command ``path``, the one that wins first."""
    long = [text for text in parameter.opts if text.startswith("--")]
    if not isinstance(parameter, click.Option) or not long or long[0] in WITHOUT:
        return []
    name = _spelled(long[0].removeprefix("--"))
    return [f"{PREFIX}{'_'.join(map(_spelled, path))}_{name}", f"{PREFIX}{name}"]


def repeated(command: click.Command, path: tuple[str, ...]) -> Mapping[str, list[str]]:
    """Return the values that the environment has for options that may be repeated: words with spaces
    between, as a shell reads them, so that quotes keep what holds a space together."""
    found = {}
    for option in command.params:
        if isinstance(option, click.Option) and option.multiple and option.name:
            name = _set(variables(option, path))
            if name:
                found[option.name] = _words(name, option)
    return found


def given(option: click.Parameter, context: click.Context) -> str | None:
    """Return the variable that ``option`` has its value from, or None where it is from elsewhere."""
    if context.get_parameter_source(option.name or "") not in _FROM_OUTSIDE:
        return None
    theirs = getattr(option, "envvar", None) or []
    names = [theirs] if isinstance(theirs, str) else list(theirs)
    return _set(names or variables(option, path_of(context)))


def source(context: click.Context, spelled: str) -> str | None:
    """Return the variable that the option ``spelled`` has its value from, or None."""
    found = (given(option, context) for option in context.command.params if spelled in option.opts)
    return next(found, None)


def path_of(context: click.Context) -> tuple[str, ...]:
    """Return the words that call the context's command, without the program's name."""
    above = path_of(context.parent) if context.parent else ()
    return (*above, context.info_name or "") if context.parent else ()


def warn(context: click.Context, talk: Talk) -> None:
    """Warn of each variable with our prefix that no option of any command reads."""
    mine = {name for one in context.command.params for name in variables(one, path_of(context))}
    strange = [name for name in sorted(os.environ) if name.startswith(PREFIX) and name not in mine]
    strange = [name for name in strange if not name.startswith(OURS)]
    if not strange:
        return
    known = set(mine)
    for names in others(context.find_root()):  # one command after the other: each costs an import
        known |= names
        if known.issuperset(strange):
            return
    for name in strange:
        if name not in known:
            talk.warn(f"no option is called as the environment variable {name}{_near(name, known)}")


def others(root: click.Context) -> Iterator[set[str]]:
    """Yield the variables of each command."""
    for path, command in commands(root.command, root):
        yield {name for one in command.params for name in variables(one, path)}


def commands(
    command: click.Command, context: click.Context, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command below the group ``command``, with the words that call it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        if below is not None:
            yield from commands(below, context, (*path, name))


def _near(name: str, known: set[str]) -> str:
    import difflib

    if name in ELSEWHERE:
        return f": the key is read from {ELSEWHERE[name]}"
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _set(names: list[str]) -> str | None:
    return next((name for name in names if os.environ.get(name)), None)


def _spelled(name: str) -> str:
    return name.upper().replace("-", "_")


def _words(name: str, option: click.Option) -> list[str]:
    words = shlex.shlex(os.environ[name], posix=True, punctuation_chars="")
    words.whitespace_split, words.commenters, words.escape = True, "", ""
    try:
        return list(words)
    except ValueError:
        raise click.BadParameter("a quote is not closed", param=option, param_hint=name) from None
