"""The flows with their edges, as Python functions: what ``s3transfer_tl`` makes public (floor 5).

Nothing here prints, exits, or takes a signal; of the environment only the platform's key is read, besides
what boto3 and the HTTP client read. ``edges`` is the wiring that the command line shares, ``settings`` the
options, ``judged`` the files under judgement. Heavy rooms are imported inside the functions.
"""

from __future__ import annotations

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
