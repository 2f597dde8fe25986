"""The rules command: the lint rules, and each one's page."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap

import click

from s3transfer_tl import errors, lint
from s3transfer_tl.cli import options, streams
from s3transfer_tl.cli.talk import Talk
from s3transfer_tl.lint import pages

EXAMPLE = """\b
Examples:
  s3transfer-tl rules TL111
  s3transfer-tl rules TL2
"""


@click.command(epilog=EXAMPLE, short_help="Print the lint rules, or one rule's page.")
@click.argument("code", required=False)
@options.text_or_json
@options.common
def command(talk: Talk, code: str | None, form: str) -> int:
    """Print every lint rule, or the page of the rule CODE (such as TL111, or its name: index-id-length).
    The beginning of a code (TL2) prints the rules that it begins.

    The columns are: code, severity, on or off by default, kind of fix, name, what it finds and needs.
    """
    rules = lint.RULES if code is None else _called(code)
    if form == "json":
        document = {"format_version": 1, "rules": [pages.record(rule) for rule in rules]}
        streams.document(json.dumps(document, ensure_ascii=False, indent=2))
    elif len(rules) > 1:
        width = max(len(rule.name) for rule in rules)
        room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        for rule in rules:
            runs, fix = "on" if rule.default else "off", rule.fix.applicability if rule.fix else "-"
            head = f"{rule.code}  {rule.severity.value:<7}  {runs:<3}  {fix:<6}  {rule.name:<{width}}  "
            finds = f"{rule.finds} Needs {rule.needs}." if rule.needs else rule.finds
            lines = textwrap.wrap(finds, max(room - len(head), 20)) if room else [finds]
            streams.line(head + f"\n{' ' * len(head)}".join(lines))
    else:
        streams.line(lint.page(rules[0]), nl=False)
    return errors.OK


def _called(code: str) -> tuple[lint.Rule, ...]:
    """Return the rules that ``code`` names: by its whole, by its beginning or by a rule's name."""
    begun = tuple(rule for rule in lint.RULES if rule.code.startswith(code.upper()))
    named = tuple(rule for rule in lint.RULES if rule.name == code.lower())
    return begun or named or (lint.rule(code),)
