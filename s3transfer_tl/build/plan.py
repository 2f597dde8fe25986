"""What a config comes to before anything is listed: compiled rules, or every complaint at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from s3transfer_tl import decisions, lint, naming
from s3transfer_tl.decisions import Decision
from s3transfer_tl.model import Config


def rules(config: Config) -> tuple[naming.Rule, ...]:
    """Compile the config's naming rules.

    Raises ``ConfigError`` with one finding a complaint, each at the character that is wrong, and
    ``UsageError`` for a baseline that cannot be read.
    """
    lint.require_sound(config)
    lint.control.of(config)  # a baseline that cannot be read is told now, not after the listing
    return naming.compile(config.rules)


def decisions_file(config: Config) -> Path | None:
    """Return where the config's decisions are, or will be."""
    return Path(config.path).parent / config.decisions if config.decisions else None


def decided(config: Config) -> tuple[Decision, ...]:
    """Return the decisions that the config names; none where there are none yet.

    Raises ``ConfigError`` as ``decisions.read`` does.
    """
    path = decisions_file(config)
    return decisions.read(path) if path else ()


def pushed(config: Config, rules: Sequence[naming.Rule], decided: Sequence[Decision] = ()) -> naming.Pushed:
    """Return the parts of the sources that can matter: to the rules, and to what is ``decided``."""
    source = (config.transcriptions or config.videos).source
    root = source if source.count("/") > 2 else f"{source}/"
    chosen = (one.transcription for one in decided if one.transcription)
    also = [uri.removeprefix(root) for uri in chosen if uri.startswith(root)]
    return naming.pushed(config.videos, config.transcriptions, rules, also)
