"""What a config comes to before anything is listed: compiled rules, or every complaint at once."""

from __future__ import annotations

from s3transfer_tl import lint, naming
from s3transfer_tl.model import Config


def rules(config: Config) -> tuple[naming.Rule, ...]:
    """Compile the config's naming rules.

    Raises ``ConfigError`` with one finding a complaint, each at the character that is wrong, and
    ``UsageError`` for a baseline that cannot be read.
    """
    lint.require_sound(config)
    lint.control.of(config)  # a baseline that cannot be read is told now, not after the listing
    return naming.compile(config.rules)
