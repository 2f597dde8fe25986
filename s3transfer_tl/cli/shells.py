"""Completion in bash, zsh and fish: click's protocol, with scripts that know files by their ending, words
that hold ``:`` or ``=`` (``s3://``, ``--config=FILE``), and values that need quotes."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import click
from click import shell_completion

Item = shell_completion.CompletionItem[Any]

VARIABLE = "_S3TRANSFER_TL_COMPLETE"
PROGRAM = "s3transfer-tl"

_BASH = """\
%(complete_func)s() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            plain) COMPREPLY+=("$(printf %%q "$value")") ;;
            start) COMPREPLY+=("$value"); compopt -o nospace ;;
            file) COMPREPLY+=("$value"); compopt -o filenames ;;
        esac
    done < <(COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local type value text
    local -a plain told endings
    [[ $PREFIX == --*=* ]] && compset -P '*='
    while IFS= read -r type && IFS= read -r value && IFS= read -r text; do
        case $type in
            plain) if [[ -n $text ]]; then told+=("${value//:/\\\\:}:$text"); else plain+=("$value"); fi ;;
            file) if [[ -n $text ]]; then _files -g "*($text)(-.)"; else _files; fi ;;
            dir) _files -/ ;;
        esac
    done < <(COMP_WORDS="${(j: :)words[1,CURRENT]}" %(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)
    (( $#told )) && _describe -V unsorted told
    (( $#plain )) && compadd -V unsorted -a plain
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s
    COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -ct) \\
        %(complete_var)s=fish_complete %(prog_name)s 2>/dev/null
end

complete --no-files --keep-order --command %(prog_name)s --arguments '(%(complete_func)s)'
"""


class _Shell(shell_completion.ShellComplete):
    """What the three have in common: values after ``--option=``."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor, and the one that it is in."""
        line = os.environ["COMP_WORDS"]
        words = shell_completion.split_arg_string(line)[1:]
        incomplete = words.pop() if words and not line.endswith((" ", "\t")) else ""
        return words, incomplete

    def complete(self) -> str:
        """Return the completions as the script reads them."""
        args, incomplete = self.get_completion_args()
        name, equals, _ = incomplete.partition("=")
        option = f"{name}=" if name.startswith("--") and equals else ""
        items = self.get_completions(args, incomplete)
        return "\n".join(line for one in items for line in self.lines(one, option, incomplete))

    @abstractmethod
    def lines(self, item: Item, option: str, incomplete: str) -> Iterator[str]:
        """Yield what tells the script of ``item``, which stands behind ``option``."""


class Bash(_Shell):
    """Bash 4.4 and later, and 3.2 as macOS has it but for the order."""

    name = "bash"
    source_template = _BASH

    def lines(self, item: Item, option: str, incomplete: str) -> Iterator[str]:
        """Yield ``type,value``: bash puts the value behind the last of its word breaks."""
        breaks = os.environ.get("COMP_WORDBREAKS", "")
        cut = max((incomplete.rfind(one) + 1 for one in ":=" if one in breaks), default=0)
        if item.type == "plain":
            yield f"plain,{(option + item.value)[cut:]}"
        else:
            for name in paths(item.value, item.endings or (), folders_only=item.type == "dir"):
                yield f"file,{(option + name)[cut:].removesuffix('/')}"  # bash puts it behind folders itself


class Zsh(_Shell):
    """Zsh 5 and later."""

    name = "zsh"
    source_template = _ZSH

    def lines(self, item: Item, option: str, incomplete: str) -> Iterator[str]:
        """Yield three lines: type, value, and the help or the endings of files."""
        yield item.type
        yield item.value
        yield "|".join(item.endings or ()) if item.type == "file" else item.help or ""


class Fish(_Shell):
    """Fish 3.1 and later."""

    name = "fish"
    source_template = _FISH

    def lines(self, item: Item, option: str, incomplete: str) -> Iterator[str]:
        """Yield the value with what stands before it, and the help behind a tab."""
        if item.type == "plain":
            yield f"{option}{item.value}" + (f"\t{item.help}" if item.help else "")
        else:
            for name in paths(item.value, item.endings or (), folders_only=item.type == "dir"):
                yield f"{option}{name}"


SHELLS = {shell.name: shell for shell in (Bash, Zsh, Fish)}


def register() -> None:
    """Let click answer the shells by these classes."""
    for shell in SHELLS.values():
        shell_completion.add_completion_class(shell)


def script(shell: str, main: click.Command) -> str:
    """Return the script that teaches ``shell`` to complete."""
    return SHELLS[shell](main, {}, PROGRAM, VARIABLE).source()


def paths(beginning: str, endings: tuple[str, ...], *, folders_only: bool = False) -> list[str]:
    """Return the files that begin so and end with one of ``endings`` (none: whatever), and the folders,
    which end with ``/``; hidden ones only where ``beginning`` asks for them."""
    folder, start = os.path.split(beginning)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as found:
            entries = sorted((one for one in found if one.name.startswith(start)), key=lambda one: one.name)
    except OSError:
        return []
    names = []
    for one in entries:
        if one.name.startswith(".") and not start.startswith("."):
            continue
        if one.is_dir():
            names.append(os.path.join(folder, one.name, ""))
        elif not folders_only and (not endings or one.name.lower().endswith(endings)):
            names.append(os.path.join(folder, one.name))
    return names
