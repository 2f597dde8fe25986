"""Whether anyone can read an object, and if not, why (floor 3).

``check`` asks anonymously, one HEAD an object; ``explain`` adds the cause to the verdicts, from what
the user's credentials may know of the bucket. The verdict never depends on that. ``Survey`` does both
for all transcriptions of a listing, and says which policy statement would open the closed ones.
"""

from __future__ import annotations

from s3transfer_tl.access.diagnosis import CAUSES
from s3transfer_tl.access.explanation import Explainer, explain
from s3transfer_tl.access.probe import AWS, RATE, check
from s3transfer_tl.access.survey import Group, Survey

__all__ = ["AWS", "CAUSES", "RATE", "Explainer", "Group", "Survey", "check", "explain"]
