"""The flows with their edges, as Python functions: what ``s3transfer_tl`` makes public (floor 5).

Nothing here prints, exits, or takes a signal; of the environment only the platform's key is read, besides
what boto3 and the HTTP client read. ``edges`` is the wiring that the command line shares, ``settings`` the
options, ``judged`` the files under judgement, ``runs`` what submissions and uploads share. The command line
needs a few of these files only, so each is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from s3transfer_tl.api.building import build, load_config, pairs
    from s3transfer_tl.api.judging import access, check, lint
    from s3transfer_tl.api.runs import Submission
    from s3transfer_tl.api.sending import status, submit
    from s3transfer_tl.api.settings import S3Options
    from s3transfer_tl.api.uploading import upload

__all__ = [
    "S3Options",
    "Submission",
    "access",
    "build",
    "check",
    "lint",
    "load_config",
    "pairs",
    "status",
    "submit",
    "upload",
]

_PLACES = {
    **dict.fromkeys(("build", "load_config", "pairs"), "building"),
    **dict.fromkeys(("access", "check", "lint"), "judging"),
    **dict.fromkeys(("status", "submit"), "sending"),
    "S3Options": "settings",
    "Submission": "runs",
    "upload": "uploading",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import what is public when it is first asked for."""
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
