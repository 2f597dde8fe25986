"""Whether anyone can read an object, and if not, why (floor 3).

``check`` asks anonymously, one HEAD an object.
"""

from __future__ import annotations

from s3transfer_tl.access.probe import AWS, RATE, check

__all__ = ["AWS", "RATE", "check"]
