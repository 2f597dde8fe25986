"""What a check is, and the checks that one look at a thing makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

Status = Literal["ok", "warning", "error", "skipped"]
STATUSES: tuple[Status, ...] = ("ok", "warning", "error", "skipped")


class Check(NamedTuple):
    """One thing that was looked at: ``message`` is what was found, ``hint`` how to mend it. ``remote`` tells
    that S3 or the platform is out of reach or refuses: what other commands end with exit code 4 for."""

    name: str
    status: Status
    message: str
    hint: str = ""
    remote: bool = False


class Meaning(NamedTuple):
    """What a check of this name is about, for people: ``asks`` is the question, ``mend`` what helps."""

    name: str
    asks: str
    mend: str


class Family(NamedTuple):
    """Checks that belong together. ``look`` yields them in order, at least one of each of ``names``;
    ``remote`` families ask the network."""

    name: str
    names: tuple[str, ...]
    look: Callable[[], Iterator[Check]]
    remote: bool = False


def ok(name: str, message: str) -> Check:
    """Return a check that found nothing to mend."""
    return Check(name, "ok", message)


def warning(name: str, message: str, hint: str) -> Check:
    """Return a check that found what may hurt."""
    return Check(name, "warning", message, hint)


def error(name: str, message: str, hint: str, *, remote: bool = False) -> Check:
    """Return a check that found what will not work."""
    return Check(name, "error", message, hint, remote)


def skipped(name: str, message: str, hint: str = "") -> Check:
    """Return a check that could not be made, or need not be; ``message`` says why."""
    return Check(name, "skipped", message, hint)
