"""Keyrings for tests, as PYTHON_KEYRING_BACKEND names them: real backends, kept in a file, or at odds."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from keyring import errors
from keyring.backend import KeyringBackend


class FileKeyring(KeyringBackend):
    """Keeps passwords in the JSON file that TEST_KEYRING names."""

    priority = 1  # type: ignore[assignment]

    def _read(self) -> dict[str, str]:
        path = Path(os.environ["TEST_KEYRING"])
        found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def get_password(self, service: str, username: str) -> str | None:
        return self._read().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        kept = self._read() | {f"{service} {username}": password}
        Path(os.environ["TEST_KEYRING"]).write_text(json.dumps(kept))

    def delete_password(self, service: str, username: str) -> None:
        kept = self._read()
        kept.pop(f"{service} {username}")
        Path(os.environ["TEST_KEYRING"]).write_text(json.dumps(kept))


class LockedKeyring(FileKeyring):
    """Refuses, as a keyring does that nobody unlocked."""

    def get_password(self, service: str, username: str) -> str | None:
        raise errors.KeyringLocked("no prompt, and the password is hunter2")


class SilentKeyring(FileKeyring):
    """Waits for somebody to unlock it; nobody comes."""

    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait()
        return None


class RudeKeyring(FileKeyring):
    """Fails in a way of its own, and shows what it was given."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(f"could not write {password}")


class LeavingKeyring(FileKeyring):
    """Ends the program, as far as it is let."""

    def get_password(self, service: str, username: str) -> str | None:
        raise SystemExit("hunter2")


class NumberKeyring(FileKeyring):
    """Keeps to no type."""

    def get_password(self, service: str, username: str) -> str | None:
        return 12345  # type: ignore[return-value]
