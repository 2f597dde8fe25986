"""The API key in the system's own keyring, one for each platform address (floor 3).

A keyring may be locked, and then waits for somebody to unlock it: every question here ends after the
seconds that it is given. What a backend says is never quoted; it could hold the key.
"""

from __future__ import annotations

import importlib.util
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from s3transfer_tl.errors import UsageError
from s3transfer_tl.model import Secret

EXTRA = "pip install 's3transfer-tl[keyring]'"
USER = "api-key"
_ELSE = "or set TWELVE_LABS_API_KEY instead"

_Answer = TypeVar("_Answer")


def is_installed() -> bool:
    """Tell whether the extra `keyring` is there."""
    return importlib.util.find_spec("keyring") is not None


def service(endpoint: str) -> str:
    """Return the name under which the keyring has the key for a platform address."""
    return f"s3transfer-tl:{endpoint}"


def find(endpoint: str, *, within: float) -> Secret | None:
    """Return the key for ``endpoint``, None where there is none. ``within`` is in seconds.

    Raises ``UsageError`` where the extra is missing, there is no keyring, or it is locked.
    """
    text = _asked(lambda keyring: keyring.get_password(service(endpoint), USER), within)
    if not isinstance(text, str | None):
        raise _unusable(TypeError())
    key = (text or "").strip()  # another program may have kept it with a line end
    return Secret(key) if key else None


def store(endpoint: str, key: Secret, *, within: float) -> str:
    """Keep ``key`` for ``endpoint``; return the keyring's own name. Raises as ``find`` does, and where the
    keyring did not keep it."""

    def keep(keyring: Any) -> str | None:
        keyring.set_password(service(endpoint), USER, key.reveal())
        kept = keyring.get_password(service(endpoint), USER) == key.reveal()
        return str(keyring.get_keyring().name) if kept else None

    name = _asked(keep, within)
    if name is None:
        raise UsageError(
            "the keyring took the key and did not keep it", f"choose another keyring backend, {_ELSE}"
        )
    return name


def forget(endpoint: str, *, within: float) -> bool:
    """Remove the key for ``endpoint``; tell whether there was one. Raises as ``find`` does."""

    def remove(keyring: Any) -> bool:
        if keyring.get_password(service(endpoint), USER) is None:
            return False
        keyring.delete_password(service(endpoint), USER)
        return True

    return _asked(remove, within)


def _asked(question: Callable[[Any], _Answer], within: float) -> _Answer:
    if not is_installed():
        raise UsageError("the keyring needs the package keyring", f"{EXTRA}, {_ELSE}")
    answers: queue.SimpleQueue[tuple[_Answer] | BaseException] = queue.SimpleQueue()

    def ask() -> None:
        try:
            import keyring

            answers.put((question(keyring),))
        except BaseException as error:  # backends raise what they like
            answers.put(error)

    # a daemon: a keyring that waits to be unlocked must not keep the process
    threading.Thread(target=ask, name="keyring", daemon=True).start()
    try:
        answer = answers.get(timeout=within)
    except queue.Empty:
        raise UsageError(
            f"the keyring did not answer within {within:g} s: it may be locked", f"unlock it, {_ELSE}"
        ) from None
    if isinstance(answer, BaseException):
        raise _unusable(answer) from None
    return answer[0]


def _unusable(error: BaseException) -> UsageError:
    from keyring import errors

    match error:
        case errors.KeyringLocked():
            return UsageError("the keyring is locked", f"unlock it, {_ELSE}")
        case errors.NoKeyringError():
            return UsageError(
                "this system has no keyring that can be used",
                f"set up one (`keyring --list-backends` shows them), {_ELSE}",
            )
        case ImportError() | AttributeError() | TypeError():
            return UsageError(
                f"the keyring's backend cannot be loaded ({type(error).__name__})",
                f"mend PYTHON_KEYRING_BACKEND or keyring's own config, {_ELSE}",
            )
    return UsageError(
        f"the keyring refused ({type(error).__name__})", f"try `keyring --list-backends`, {_ELSE}"
    )
