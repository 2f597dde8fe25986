"""Give Twelve Labs your videos with transcriptions from S3.

The public Python API is exactly ``__all__``; docs/api.md shows each name at work. Everything is imported
when it is first asked for, so ``import s3transfer_tl`` costs next to nothing.

The house, room by room, is drawn in docs/architecture.md; its law (a room imports rooms of lower
floors only) is the table in tests/test_layers.py. Some rooms have a public function's name: such a room
can be called (docs/decisions/0018-public-api.md).
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "AccessChecked",
    "AccessVerdict",
    "Ambiguity",
    "BuildEvent",
    "Built",
    "CheckEvent",
    "Checked",
    "Config",
    "Entry",
    "Event",
    "Finding",
    "Listed",
    "Looking",
    "NotRun",
    "Orphan",
    "Pair",
    "Pairing",
    "Review",
    "S3Options",
    "Secret",
    "Sent",
    "Severity",
    "Standing",
    "Submission",
    "Survey",
    "Unsound",
    "Working",
    "__version__",
    "access",
    "build",
    "check",
    "errors",
    "lint",
    "load_config",
    "pairs",
    "status",
    "submit",
    "upload",
]

_WITHIN = False  # for our own code mypy takes it for true (pyproject.toml): there, a room is a module
if TYPE_CHECKING:
    from s3transfer_tl import errors
    from s3transfer_tl.access import Survey
    from s3transfer_tl.api import S3Options, Submission, load_config, pairs, status
    from s3transfer_tl.build import Built, Listed, Working
    from s3transfer_tl.build import Checked as AccessChecked
    from s3transfer_tl.build import Event as BuildEvent
    from s3transfer_tl.build.pairing import Pairing
    from s3transfer_tl.check import Checked, Looking
    from s3transfer_tl.check import Event as CheckEvent
    from s3transfer_tl.ledger import Event
    from s3transfer_tl.model import (
        AccessVerdict,
        Ambiguity,
        Config,
        Entry,
        Finding,
        NotRun,
        Orphan,
        Pair,
        Review,
        Secret,
        Severity,
        Standing,
    )
    from s3transfer_tl.submit import Unsound
    from s3transfer_tl.upload import Sent

    if not _WITHIN:
        from s3transfer_tl.api import access, build, check, lint, submit, upload

_ROOMS = frozenset({"access", "build", "check", "lint", "submit", "upload"})
_PLACES = {
    "access": ("Survey",),
    "api": ("S3Options", "Submission", "load_config", "pairs", "status"),
    "build": ("Built", "Listed", "Working"),
    "build.pairing": ("Pairing",),
    "check": ("Checked", "Looking"),
    "ledger": ("Event",),
    "model": (
        *("AccessVerdict", "Ambiguity", "Config", "Entry", "Finding", "NotRun", "Orphan", "Pair", "Review"),
        *("Secret", "Severity", "Standing"),
    ),
    "submit": ("Unsound",),
    "upload": ("Sent",),
}
_FOUND = {name: (room, name) for room, names in _PLACES.items() for name in names} | {
    "AccessChecked": ("build", "Checked"),
    "BuildEvent": ("build", "Event"),
    "CheckEvent": ("check", "Event"),
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import what is public when it is first asked for."""
        if name in _ROOMS or name == "errors":
            return import_module(f"{__name__}.{name}")
        if name not in _FOUND:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        room, there = _FOUND[name]
        found = globals()[name] = getattr(import_module(f"{__name__}.{room}"), there)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


class _Room(ModuleType):
    """A room that is also the public function of its name."""

    def __reduce__(self) -> Any:
        return import_module, (self.__name__,)  # as functions are pickled: pools of processes take them

    def __call__(self, *given: Any, **options: Any) -> Any:
        return self._function(*given, **options)

    @property
    def _function(self) -> Any:
        return getattr(import_module(f"{__name__}.api"), self.__name__.rpartition(".")[2])

    @property
    def __signature__(self) -> Any:
        import inspect

        return inspect.signature(self._function)


class _Front(ModuleType):
    """This package: it makes the rooms of ``_ROOMS`` callable as they are imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in _ROOMS and isinstance(value, ModuleType):
            value.__class__ = _Room
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Front
