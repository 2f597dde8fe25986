"""Write the generated parts of the documentation, or with --check say which of them lag.

docs/cli.md     every command's help
docs/rules.md   every lint rule's page
docs/media.md   the table of limits
docs/doctor.md  the tables of checks
docs/troubleshooting.md   the platform's codes and versions
docs/man/       the man pages
README.md       the blocks between `<!-- generated: NAME -->` and `<!-- end -->`
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable
from pathlib import Path

import click

from s3transfer_tl import cli, doctor, errors, lint
from s3transfer_tl.cli.command import FULL
from s3transfer_tl.lint import limits
from s3transfer_tl.twelvelabs import codes

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import manpages  # noqa: E402

BLOCK = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
EXIT_CODES = (
    (errors.OK, "done, nothing at or above `--fail-on` (default `error`)"),
    (errors.FINDINGS, "findings at or above `--fail-on`, or a `fail` policy"),
    (errors.USAGE, "wrong usage, a bad config, or no API key"),
    (errors.NOTHING, "nothing to do: no video listed, empty manifest, nothing checked"),
    (errors.REMOTE, "S3, the platform or the disk could not be reached or refused; nothing lost, run again"),
    (errors.PARTLY, "partly done: some entries were rejected or failed"),
    (errors.UNKNOWN, "some entries have an unknown outcome (answer lost) and were not sent again"),
    (errors.BUSY, "the ledger is in use by another process"),
    (errors.INTERRUPTED, "stopped by Ctrl-C, state saved"),
    (errors.TERMINATED, "stopped by SIGTERM, state saved"),
)


def commands() -> str:
    """Return the table of commands."""
    rows = "".join(f"| `{name}` | {text.rstrip('.')} |\n" for name, text in cli.COMMANDS.items())
    return f"| command | what it does |\n| --- | --- |\n{rows}"


def exit_codes() -> str:
    """Return the table of exit codes."""
    return "| code | meaning |\n| --- | --- |\n" + "".join(
        f"| {code} | {text} |\n" for code, text in EXIT_CODES
    )


def cli_page() -> str:
    """Return docs/cli.md."""
    parts = ["# Command line\n\nGenerated from the code by `make docs-write`.\n"]
    for name in cli.COMMANDS:
        context = click.Context(cli.main, info_name="s3transfer-tl", **cli.main.context_settings)
        context.meta[FULL] = True
        command = cli.main.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context, terminal_width=100)
        parts.append(f"\n## {name}\n\n```text\n{command.get_help(inner)}\n```\n")
        if isinstance(command, click.Group):
            for word, below in command.commands.items():
                innermost = click.Context(below, info_name=word, parent=inner, terminal_width=100)
                parts.append(f"\n### {name} {word}\n\n```text\n{below.get_help(innermost)}\n```\n")
    return "".join(parts)


def rules_page() -> str:
    """Return docs/rules.md."""
    pages = "\n".join(lint.page(rule) for rule in lint.RULES)
    return f"# Lint rules\n\nGenerated from the code by `make docs-write`.\n\n{lint.index()}\n{pages}"


def platform_codes() -> str:
    """Return the table of the platform's error codes; those that mean the same share a row."""
    by_advice: dict[str, list[str]] = {}
    for code, advice in codes.ADVICE.items():
        by_advice.setdefault(advice, []).append(f"`{code}`")
    rows = "".join(f"| {', '.join(names)} | {advice} |\n" for advice, names in by_advice.items())
    return f"| code | what to do |\n| --- | --- |\n{rows}"


def platform_versions() -> str:
    """Return the table of the API's versions."""
    rows = "".join(
        f"| {name} | {_yes(version.transfers)} | {_yes(version.transcriptions)} | `{version.option}` |\n"
        for name, version in codes.VERSIONS.items()
    )
    head = "| version | manifests (`submit`) | transcriptions (`upload`) | index option that reads them |\n"
    return f"{head}| --- | --- | --- | --- |\n{rows}"


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def doctor_checks() -> str:
    """Return the doctor's checks, a table for each family."""
    head = "| check | what is looked at | how to mend it |\n| --- | --- | --- |\n"
    return "\n".join(
        f"### {family[0].upper()}{family[1:]}\n\n{head}"
        + "".join(f"| `{one.name}` | {one.asks} | {one.mend} |\n" for one in meanings)
        for family, meanings in doctor.FAMILIES.items()
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "doctor": doctor_checks,
    "commands": commands,
    "exit-codes": exit_codes,
    "limits": limits.table,
    "platform-codes": platform_codes,
    "platform-versions": platform_versions,
}


def blocks(name: str) -> str:
    """Return the page ``name`` with its generated blocks brought up to date."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return BLOCK.sub(lambda match: f"{match[1]}{BLOCKS[match['name']]()}{match[3]}", text)


PAGES: dict[str, Callable[[], str]] = {
    "docs/cli.md": cli_page,
    "docs/rules.md": rules_page,
    "docs/media.md": functools.partial(blocks, "docs/media.md"),
    "docs/doctor.md": functools.partial(blocks, "docs/doctor.md"),
    "docs/troubleshooting.md": functools.partial(blocks, "docs/troubleshooting.md"),
    "README.md": functools.partial(blocks, "README.md"),
}
for _name, _page in manpages.pages(EXIT_CODES).items():
    PAGES[f"docs/man/{_name}"] = functools.partial(str, _page)


def main() -> int:
    """Write or check every page; return the exit code."""
    lagging = []
    for name, make in PAGES.items():
        path, text = ROOT / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            lagging.append(name)
            if "--check" not in sys.argv[1:]:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv[1:] and lagging:
        print(f"these pages lag behind the code: {', '.join(lagging)}; run `make docs-write`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
