"""How old an inventory is, for people: it tells of the bucket as it was then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def told(snapshot: str, now: datetime | None = None) -> str:
    """Return the sentence about an inventory of ``snapshot`` (ISO 8601, UTC)."""
    age = (now or datetime.now(UTC)) - datetime.fromisoformat(snapshot)
    hours = round(age / timedelta(hours=1))
    old = f"{hours} hours" if hours < 48 else f"{hours // 24} days"
    return f"the inventory is of {snapshot}, {old} old: objects may have come or gone since"
