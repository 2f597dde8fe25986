"""One SQLite file: what was sent and what became of it. The only room that knows SQL for state (floor 3).

``clock`` tells durations that survive a restart, ``states`` which way an entry may go, ``file``
finds and guards the file, ``database`` runs statements, ``telling`` reads, ``past`` looks back,
``store`` is the ledger that flows use.
"""

from __future__ import annotations

from s3transfer_tl.ledger.clock import Clock, Instant
from s3transfer_tl.ledger.file import default_path
from s3transfer_tl.ledger.states import ENDED, EVENTS, STATES, Event, Identity, Moved, Ready, Row, base_name
from s3transfer_tl.ledger.store import Ledger, Outcome
from s3transfer_tl.ledger.telling import Choice

__all__ = [
    "ENDED",
    "EVENTS",
    "STATES",
    "Choice",
    "Clock",
    "Event",
    "Identity",
    "Instant",
    "Ledger",
    "Moved",
    "Outcome",
    "Ready",
    "Row",
    "base_name",
    "default_path",
]
