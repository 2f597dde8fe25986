"""Whether this machine's clock is right, by the Date headers of others."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from s3transfer_tl.doctor.check import Check, Meaning, error, ok, skipped, warning

SLIGHT = 60.0  # seconds
GRAVE = 300.0  # seconds; S3 refuses signatures that are 15 minutes off (Amazon S3 API reference)
MEANING = Meaning(
    "clock",
    "How far is this machine's clock from S3's and the platform's? More than a minute is a warning, more"
    " than five an error: S3 refuses signatures that are 15 minutes off, and tasks are found by their time.",
    "turn the time service on (`timedatectl set-ntp true`); a virtual machine may need it after a pause",
)


def judge(who: str, skew: float | None) -> Check:
    """Judge ``skew``, the clock of ``who`` minus ours in seconds; None: no Date was told."""
    if skew is None:
        return skipped("clock", f"{who} told no time to compare with")
    if abs(skew) <= SLIGHT:
        return ok("clock", f"within a minute of {who}'s")
    off = f"this machine's clock is {_long(abs(skew))} {'behind' if skew > 0 else 'ahead of'} {who}'s"
    hint = "set the clock, for example with `timedatectl set-ntp true`"
    if abs(skew) > GRAVE:
        return error("clock", f"{off}; S3 refuses signatures when it is 15 minutes", hint)
    return warning("clock", off, hint)


def skew(date: str | None, now: float) -> float | None:
    """Return the seconds that an HTTP date is ahead of ``now``; None where it is no date."""
    try:
        return parsedate_to_datetime(date or "").timestamp() + 0.5 - now  # a date has whole seconds
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _long(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"
