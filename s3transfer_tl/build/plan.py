"""What a config comes to before anything is listed: compiled rules, or every complaint at once."""

from __future__ import annotations

from s3transfer_tl import lint, naming
from s3transfer_tl.errors import ConfigError
from s3transfer_tl.model import Config


def rules(config: Config) -> tuple[naming.Rule, ...]:
    """Compile the config's naming rules.

    Raises ``ConfigError`` with one finding a complaint, each at the character that is wrong.
    """
    findings = lint.complaints(config)
    if findings:
        raise ConfigError(f"{config.path} cannot be used", "mend the lines above and run again", findings)
    return naming.compile(config.rules)
