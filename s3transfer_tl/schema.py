"""The published JSON Schemas as data, and validators compiled from them (floor 1).

The files live in ``schemas/`` at the top of the repository. A wheel carries a copy inside the
package; a checkout reads the originals, so an edit is seen at once (docs/decisions/0001-schemas.md).
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema_rs

_PACKAGED = Path(__file__).parent / "schemas"
_FOLDER = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parent.parent / "schemas"


def names() -> list[str]:
    """Return the names that ``load`` takes, sorted."""
    return sorted(path.name.removesuffix(".schema.json") for path in _FOLDER.glob("*.schema.json"))


def text(name: str) -> str:
    """Return the schema file called ``name`` as it stands.

    Raises ``KeyError`` for a name that ``names()`` does not list.
    """
    path = _FOLDER / f"{name}.schema.json"
    if name not in names():
        raise KeyError(name)
    return path.read_text(encoding="utf-8")


def load(name: str) -> dict[str, Any]:
    """Return the schema called ``name`` as a dict. Raises ``KeyError`` for an unknown name."""
    document: dict[str, Any] = json.loads(text(name))
    return document


@functools.cache
def validator(name: str) -> jsonschema_rs.Validator:
    """Return the compiled validator of a whole document of kind ``name``."""
    return _compile(load(name))


@functools.cache
def entry_validator() -> jsonschema_rs.Validator:
    """Return the compiled validator of one manifest entry: the streaming reader judges entry by
    entry, so that a manifest of any size needs the memory of one."""
    manifest = load("manifest")
    return _compile({"$ref": "#/$defs/entry", "$defs": manifest["$defs"]})


def _compile(document: dict[str, Any]) -> jsonschema_rs.Validator:
    # The linear regex engine: no pattern, ours or a later one, can be slow on any input.
    return jsonschema_rs.validator_for(document, pattern_options=jsonschema_rs.RegexOptions())
