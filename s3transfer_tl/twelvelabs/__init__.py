"""The Twelve Labs API: transfers, tasks, indexes; its oddities in one labelled place (floor 3).

``client`` sends, ``answers`` reads what comes back. Facts are those of the API references v1.1 to
v1.3 and of the official SDK 0.3.2 on the wire.
"""

from __future__ import annotations

from s3transfer_tl.twelvelabs.answers import STOPPING, AnswerLost, Index, RateLimited, seconds_of, unknown_id
from s3transfer_tl.twelvelabs.client import VERSIONS, Client, endpoint

__all__ = [
    "STOPPING",
    "VERSIONS",
    "AnswerLost",
    "Client",
    "Index",
    "RateLimited",
    "endpoint",
    "seconds_of",
    "unknown_id",
]
