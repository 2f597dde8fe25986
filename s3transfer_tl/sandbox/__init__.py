"""A stand-in for the Twelve Labs platform: for rehearsals, tests and the demo. Loopback only.

It answers as the reference of API v1.2 says, oddities included, and judges what it is sent with the
published schemas, never with the code of our own edges: so a fault of theirs shows here.
"""

from __future__ import annotations

from s3transfer_tl.sandbox.faults import GRAMMAR, FaultError
from s3transfer_tl.sandbox.server import DEFAULT_INDEX_ID, DEFAULT_KEY, Sandbox

__all__ = ["DEFAULT_INDEX_ID", "DEFAULT_KEY", "GRAMMAR", "FaultError", "Sandbox"]
