"""The config and the decisions beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from s3transfer_tl.doctor.check import Check, Meaning, error, ok, skipped, warning
from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import Config

MEANINGS = (
    Meaning("config", "Can the config be used?", "`s3transfer-tl lint transfer.yaml` names each line"),
    Meaning(
        "decisions",
        "Can the file be used in which `review` keeps what you decided?",
        "mend the line that is named, or let `s3transfer-tl review` write the file anew",
    ),
)
# what was decided, a file that is not there, or what is wrong with it; None: no file is named
Decided = Sequence[object] | Path | ConfigError | None
NAMES = tuple(one.name for one in MEANINGS)
_TOLD = 3  # findings that are quoted


def look(config: Config | ConfigError | None, decided: Decided) -> Iterator[Check]:
    """Yield the checks of what was read; None is what is not there."""
    match config:
        case None:
            hint = "s3transfer-tl init s3://BUCKET/PREFIX -o transfer.yaml writes one; name it with -c FILE"
            yield skipped("config", "none named, and no transfer.yaml here", hint)
        case ConfigError():
            yield _unusable("config", config, f"mend it; s3transfer-tl lint {_path(config)} tells each line")
        case _:
            yield ok("config", config.path)
    match decided:
        case None:
            yield skipped("decisions", "the config names no file of decisions")
        case ConfigError():
            yield _unusable("decisions", decided, "mend it, or write it anew with s3transfer-tl review")
        case Path():
            yield warning(
                "decisions",
                f"there is no file {decided}",
                "correct `decisions:` in the config, or write the file with s3transfer-tl review",
            )
        case _:
            yield ok("decisions", f"{len(decided):,} decided")


def _unusable(name: str, trouble: ConfigError, hint: str) -> Check:
    places = [
        f"{':'.join(str(part) for part in (one.file, one.line, one.column) if part)}: {one.message}"
        for one in trouble.findings[:_TOLD]
    ]
    more = len(trouble.findings) - len(places)
    told = "; ".join([*places, *([f"and {more} more"] if more > 0 else [])])
    return error(name, told or trouble.message, hint if told else trouble.hint)


def _path(trouble: ConfigError) -> str:
    return trouble.findings[0].file if trouble.findings else "transfer.yaml"
