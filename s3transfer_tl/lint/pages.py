"""The rules as people read them: one page each, and a table of all."""

from __future__ import annotations

from collections.abc import Iterable

from s3transfer_tl.lint.rule import Rule


def page(rule: Rule) -> str:
    """Return the page of one rule as Markdown."""
    needs = f" Needs {rule.needs}; without them it is listed as not run." if rule.needs else ""
    fix = "yes" if rule.fixable else "no"
    return f"""# {rule.code} {rule.name}

Severity: {rule.severity.value}. Since {rule.since}. Fixable: {fix}.{needs}

## What it finds

{rule.finds}

## Why it hurts

{rule.hurts}

## Example

```
{rule.example}
```

## Better

```
{rule.better}
```

What to do: {rule.hint}.
"""


def index(rules: Iterable[Rule]) -> str:
    """Return ``rules`` as a Markdown table, by code."""
    rows = [
        f"| {rule.code} | {rule.name} | {rule.severity.value} | {rule.finds.replace('|', chr(92) + '|')} |"
        for rule in sorted(rules, key=lambda rule: rule.code)
    ]
    return "\n".join(["| code | name | severity | finds |", "|---|---|---|---|", *rows]) + "\n"
