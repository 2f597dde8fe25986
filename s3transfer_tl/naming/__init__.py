"""What a naming rule is: templates, regexes and presets, all brought to one canonical form (floor 1).

``compile`` turns the config's rules into ``Rule``s; ``glob`` turns an include or exclude pattern
into RE2 text; ``languages`` knows tags and what the dot-separated tail of a name means. Every
pattern in a ``Rule`` has been accepted by google-re2, the engine that runs it in DuckDB too: no
pattern can be slow on any key.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from s3transfer_tl.naming import languages
from s3transfer_tl.naming.names import CAPTION_FORMATS, VIDEO_EXTENSIONS

if TYPE_CHECKING:
    from s3transfer_tl.naming import globs
    from s3transfer_tl.naming.beginnings import Pushed, pushed
    from s3transfer_tl.naming.globs import glob, names_extension
    from s3transfer_tl.naming.presets import PRESETS
    from s3transfer_tl.naming.regexes import PatternError
    from s3transfer_tl.naming.rules import Rule, Side
    from s3transfer_tl.naming.rules import compile_rules as compile  # noqa: A004 - as in re.compile

__all__ = [
    "CAPTION_FORMATS",
    "PRESETS",
    "VIDEO_EXTENSIONS",
    "PatternError",
    "Pushed",
    "Rule",
    "Side",
    "compile",
    "glob",
    "globs",
    "languages",
    "names_extension",
    "pushed",
]

_PARTS = {
    "PRESETS": ("presets", "PRESETS"),
    "PatternError": ("regexes", "PatternError"),
    "Pushed": ("beginnings", "Pushed"),
    "Rule": ("rules", "Rule"),
    "Side": ("rules", "Side"),
    "compile": ("rules", "compile_rules"),
    "glob": ("globs", "glob"),
    "globs": ("globs", None),
    "names_extension": ("globs", "names_extension"),
    "pushed": ("beginnings", "pushed"),
}


def __getattr__(name: str) -> Any:
    # Who wants to know what a video's name ends with, as the linter does, need not wait for the rest
    if name not in _PARTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PARTS[name]
    part = importlib.import_module(f"{__name__}.{module}")
    return getattr(part, attribute) if attribute else part
