"""How explanations are shown: as text of 80 columns, as one JSON document, as JSON lines.

Keys are never cut or wrapped: they may be longer than a line.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import click

from s3transfer_tl.build.explain import Explained, Explanation, Trial
from s3transfer_tl.cli import streams
from s3transfer_tl.cli.talk import printable, wants_colour
from s3transfer_tl.report.text import cells

_WIDTH = 80
_VERDICTS = {
    "won": ("won", "green"),
    "decided": ("lost", "red"),
    "tie": ("tie", "yellow"),
    "contested": ("contested", "yellow"),
    "outranked": ("lost", "red"),
    "refused": ("refused", "red"),
    "shadowed": ("lost", "red"),
}
_OUTCOMES = {"paired": "green", "tie": "yellow", "contested": "yellow"}
_SHOWN = 20  # candidates of a rule


def text(explained: Explained) -> None:
    """Write the explanations for people."""
    for number, one in enumerate(explained.keys):
        lines = (["", ""] if number else []) + list(_explanation(one))
        streams.line("\n".join(lines), colour=wants_colour(sys.stdout))


def document(explained: Explained) -> None:
    """Write one JSON document, as schemas/explain.schema.json has it."""
    whole = {
        "format_version": 1,
        "keys": [_plain(one) for one in explained.keys],
        "missing": [_missing(*pair) for pair in explained.missing.items()],
    }
    streams.document(json.dumps(whole, ensure_ascii=False, indent=2))


def lines(explained: Explained) -> None:
    """Write an object of the document a line, and a last line with what is not listed."""
    for one in explained.keys:
        streams.document(json.dumps(_plain(one), ensure_ascii=False))
    missing = [_missing(*pair) for pair in explained.missing.items()]
    streams.document(json.dumps({"format_version": 1, "missing": missing}, ensure_ascii=False))


FORMATS: Mapping[str, Callable[[Explained], None]] = {"text": text, "json": document, "jsonl": lines}


def _missing(key: str, near: tuple[str, ...]) -> dict[str, Any]:
    return {"key": key, "nearest": list(near)}


def _plain(one: Explanation) -> dict[str, Any]:
    near = one.nearest_key
    rule = one.nearest_rule
    return {
        "asked": one.asked,
        "uri": one.uri,
        "key": one.key,
        "side": one.side,
        "outcome": one.outcome,
        "sentence": one.sentence,
        "pair": one.pair._asdict() if one.pair else None,
        "rules": [_plain_trial(trial) for trial in one.trials],
        "nearest_rule": rule and _plain_trial(rule),
        "nearest_key": near and {"uri": near.uri, "score": near.score, "in_no_pair": near.free},
    }


def _plain_trial(trial: Trial) -> dict[str, Any]:
    matches = trial.captures is not None
    return {
        "rule": trial.rule,
        "form": trial.form,
        "name": trial.name,
        "side": trial.side,
        "matches": matches,
        "captures": dict(trial.captures or {}),
        "join": dict(trial.join),
        "loose": trial.loose,
        "reached": None if matches else trial.reached,
        "wants": None if matches else trial.wants,
        "candidates": [asdict(candidate) for candidate in trial.candidates],
    }


def _explanation(one: Explanation) -> Iterator[str]:
    yield click.style(printable(one.uri), bold=True)
    colour = _OUTCOMES.get(one.outcome, "red")
    side = "object" if one.side == "neither" else one.side
    yield from _said(f"  {side}", one.sentence, 16, fg=colour)
    if one.pair is not None:
        yield from _pair(one)
    for trial in one.trials:
        yield ""
        yield from _trial(trial, one.key, near=trial == one.nearest_rule)
    if not one.trials and one.nearest_rule is not None:
        yield ""
        yield from _trial(one.nearest_rule, one.key, near=True)
    if one.nearest_key is not None:
        yield ""
        of = "in no pair" if one.nearest_key.free else "in a pair"
        yield from _said("  nearest key", printable(one.nearest_key.uri), 16, whole=True)
        yield from _said("", f"{one.nearest_key.score:.0f} % alike, {of}", 16)


def _pair(one: Explanation) -> Iterator[str]:
    assert one.pair is not None
    other = one.pair.transcription if one.side == "video" else one.pair.object
    if other is not None:
        yield from _said("  with", printable(other), 16, whole=True)
        yield from _said("  by rule", one.pair.rule, 16)
    yield from _said("  language", one.pair.language or "none: the config has no default", 16)
    yield from _said("  index", one.pair.index_id or "none: the config has no default", 16)
    if one.pair.note:
        yield from _said("  note", one.pair.note, 16)


def _trial(trial: Trial, key: str, *, near: bool) -> Iterator[str]:
    form = f", form {trial.form} of {trial.forms}" if trial.forms > 1 else ""
    nearest = "  (the nearest rule)" if near and trial.captures is None else ""
    yield f"  rule {trial.rule}  {click.style(printable(trial.name), bold=True)}{form}{nearest}"
    if trial.captures is None:
        wants = trial.wants if trial.wants.startswith("the ") else f"{printable(trial.wants)}"
        yield from _said("    no match", f"from character {trial.reached + 1} on it wants {wants}", 16)
        yield from _caret(key, trial.reached)
        return
    for name, value in trial.captures.items():
        yield f"    {printable(name):<12}{printable(value)}"
        if name in trial.join:
            yield from _said("", "joins, without language and flags" if trial.loose else "joins", 16)
    if not trial.candidates:
        other = "transcription" if trial.side == "video" else "video"
        yield from _said("    no match", f"no {other} has the same join key", 16)
    for candidate in trial.candidates[:_SHOWN]:
        label, colour = _VERDICTS[candidate.verdict]
        yield f"    {click.style(f'{label:<12}', fg=colour)}{printable(candidate.uri)}"
        reason = candidate.reason or f"in {candidate.language or 'no language'}"
        yield from _said("", printable(reason), 16)
    if len(trial.candidates) > _SHOWN:
        more = len(trial.candidates) - _SHOWN
        yield from _said("", f"and {more:,} more; --format json has them all", 16)


def _said(label: str, said: str, indent: int, *, fg: str | None = None, whole: bool = False) -> Iterator[str]:
    """Yield ``label`` and, ``indent`` columns in, what is said, wrapped at spaces; ``whole`` is a key."""
    wrapped = (
        [said]
        if whole
        else textwrap.wrap(said, _WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    )
    for number, line in enumerate(wrapped or [""]):
        before = f"{label if number == 0 else '':<{indent}}"
        yield before + (click.style(line, fg=fg) if fg else line)


def _caret(key: str, reached: int) -> Iterator[str]:
    """Yield the part of ``key`` around the code point ``reached``, and a caret under it."""
    width = _WIDTH - 24
    first = max(0, min(reached - width // 2, len(key) - width)) if len(key) > width else 0
    lead = "..." if first else ""
    tail = "..." if first + width < len(key) else ""
    yield f"{'':16}{lead}{printable(key[first : first + width])}{tail}"
    indent = 16 + len(lead) + cells(key[first:reached])
    yield f"{'':{indent}}{click.style('^', fg='red', bold=True)}"
