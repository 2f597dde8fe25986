"""Where the platform's key comes from: the environment, then the system's keyring. Never an option."""

from __future__ import annotations

import sys
from typing import NamedTuple

from s3transfer_tl import keystore
from s3transfer_tl.api import settings
from s3transfer_tl.model import Secret

_SHOWN = 4
_LONG = 20  # characters that a key must have for its last four to tell nothing


class Key(NamedTuple):
    """A key and its ``origin``: the variable's name, or ``keyring``."""

    secret: Secret
    origin: str

    @property
    def masked(self) -> str:
        """Return what may be shown of the key: enough to tell two apart."""
        text = self.secret.reveal()
        return f"...{text[-_SHOWN:]}" if len(text) >= _LONG else "..."


def from_environment() -> Key | None:
    """Return the key of the first variable that holds one."""
    found = settings.key_in_environment()
    return Key(*found) if found else None


def find(api_url: str, *, within: float | None = None) -> Key | None:
    """Return the key for ``api_url``, None where there is none. Without the extra no keyring is looked into;
    it gets ``within`` seconds (None: ``patience``).

    Raises ``UsageError`` where the keyring cannot be read, and for an ``api_url`` that is none.
    """
    if (key := from_environment()) or not keystore.is_installed():
        return key
    from s3transfer_tl import twelvelabs

    secret = keystore.find(twelvelabs.endpoint(api_url), within=within or patience())
    return Key(secret, "keyring") if secret else None


def patience() -> float:
    """Return the seconds that the keyring gets: long enough to unlock it where somebody sees the question."""
    return 60.0 if sys.stderr.isatty() else 5.0
