"""The rules as people read them: one page each, and a table of all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from s3transfer_tl.lint.rules import Rule


def record(rule: Rule) -> dict[str, Any]:
    """Return what is told of one rule as JSON."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "since": rule.since,
        "needs": rule.needs,
        "fixable": rule.fix is not None,
        "fix": rule.fix and {"applicability": rule.fix.applicability, "does": rule.fix.does},
        "default": rule.default,
        "finds": rule.finds,
        "hurts": rule.hurts,
        "example": rule.example,
        "better": rule.better,
        "hint": rule.hint,
    }


def finds(rule: Rule) -> str:
    """Return what ``rule`` finds, and whether it must be asked for."""
    return rule.finds if rule.default else f"{rule.finds} (Off by default.)"


def page(rule: Rule) -> str:
    """Return the page of one rule as Markdown."""
    needs = f" Needs {rule.needs}; without them it is listed as not run." if rule.needs else ""
    fix = f"{rule.fix.applicability}. {rule.fix.does}" if rule.fix else "none."
    off = f" Off by default: --select {rule.code} turns it on." if not rule.default else ""
    return f"""# {rule.code} {rule.name}

Severity: {rule.severity.value}. Since {rule.since}.{needs}{off}

Fix: {fix}

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
    """Return ``rules`` as a Markdown table."""
    rows = [
        f"| {rule.code} | {rule.name} | {rule.severity.value} | {rule.fix.applicability if rule.fix else ''} "
        f"| {finds(rule).replace('|', chr(92) + '|')} |"
        for rule in rules
    ]
    head = ["| code | name | severity | fix | finds |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"
