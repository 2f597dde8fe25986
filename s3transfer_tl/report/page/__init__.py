"""Runs as one HTML page that needs nothing else: no network, no script to be read, no other file.

``seen``, ``review`` and ``submitted`` take a run's values one by one and make a ``parts.Section``;
``pieces`` puts sections into ``page.html``. The page allows itself its own style and script by their hashes
alone, and the script makes no markup: a key is text wherever it comes from.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3transfer_tl.report.page import (
    build,
    drawing,
    exact,
    history,
    parts,
    review,
    rows,
    seen,
    submission,
    submitted,
    told,
)
from s3transfer_tl.report.page.drawing import moment
from s3transfer_tl.report.page.parts import Section

if TYPE_CHECKING:
    import jinja2

__all__ = [
    "build",
    "history",
    "moment",
    "parts",
    "pieces",
    "review",
    "seen",
    "submission",
    "submitted",
    "told",
]

_HERE = Path(__file__).parent
_AT_ONCE = 200  # pieces of the template's own, which are small


def pieces(sections: Sequence[Section], *, made: str, version: str) -> Iterator[str]:
    """Yield the page about ``sections`` piece by piece; ``made`` says when, ``version`` by which version of
    the tool. The tables' rows come last, so that what is read first is there first."""
    style, script = _part("page.css"), _part("page.js")
    stream = (
        _environment()
        .get_template("page.html")
        .stream(
            sections=sections,
            made=made,
            version=version,
            policy=_policy(style, script),
            style=exact.markup(style),
            script=exact.markup(script),
            first=rows.FIRST,
            drawing=drawing,
        )
    )
    stream.enable_buffering(_AT_ONCE)
    yield from stream


def _environment() -> jinja2.Environment:
    import jinja2

    def shown(value: Any) -> Any:
        # whatever the template forgets to filter is marked and escaped all the same
        return exact.marked(value) if type(value) is str else value

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        keep_trailing_newline=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "plain": exact.plain,
        "data": lambda table: exact.markup(rows.data(table)),
        "zip": zip,
        "grouped": lambda count: f"{count:,}",
    }
    return environment


def _part(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return what the page may do: nothing but its own style and script, and no markup from texts."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:;"
        " base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
