"""The review (floor 4): a page on 127.0.0.1 where a person decides what the naming rules cannot.

It is given what to show and a way to save; it lists, matches and writes nothing itself.
"""

from __future__ import annotations

import importlib.util

from s3transfer_tl.errors import UsageError

EXTRA = "pip install 's3transfer-tl[review]'"


def require() -> None:
    """Raise ``UsageError`` where the extra that serves the page is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("starlette", "uvicorn")):
        raise UsageError("serving the page takes Starlette and uvicorn, which are not installed", EXTRA)
