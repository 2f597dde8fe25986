"""The Twelve Labs API: transfers, tasks, indexes; its oddities in one labelled place (floor 3).

``client`` sends, ``multipart`` streams files and ``tasks`` says what is in a form, ``answers`` reads what
comes back, ``codes`` says what to do about it. Facts are those of the API references v1.1 to
v1.3 and of the official SDK 0.3.2 on the wire.
"""

from __future__ import annotations

from s3transfer_tl.twelvelabs.answers import (
    AnswerLost,
    BrokenOff,
    Index,
    RateLimited,
    holds_for_all,
    seconds_of,
    unknown_id,
)
from s3transfer_tl.twelvelabs.client import Client, endpoint
from s3transfer_tl.twelvelabs.codes import ADVICE, STOPPING, VERSIONS, Version, advice
from s3transfer_tl.twelvelabs.multipart import Form, Halted, Unsendable, stamp
from s3transfer_tl.twelvelabs.tasks import task_form

__all__ = [
    "ADVICE",
    "STOPPING",
    "VERSIONS",
    "AnswerLost",
    "BrokenOff",
    "Client",
    "Form",
    "Halted",
    "Index",
    "RateLimited",
    "Unsendable",
    "Version",
    "advice",
    "endpoint",
    "holds_for_all",
    "seconds_of",
    "stamp",
    "task_form",
    "unknown_id",
]
