"""What requests raised where no answer came: what it says, and what must not be left of it."""

from __future__ import annotations

import traceback

import requests
import urllib3


def nothing_sent(error: OSError) -> bool:
    """Tell whether ``error`` came before the first byte: no connection, no trust, no proxy, no request.

    A TLS error counts only where it is the handshake's: a server that dies without ``close_notify``
    while we wait for its answer is an SSLError too.
    """
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError | ValueError):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", None)
    if isinstance(error, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(reason) or "WRONG_VERSION_NUMBER" in str(reason)
    return isinstance(reason, urllib3.exceptions.ConnectTimeoutError | urllib3.exceptions.NewConnectionError)


def reason(error: OSError) -> str:
    """Return the reason alone, in its own words."""
    if not isinstance(error, requests.RequestException):
        return str(error)
    cause = error.args[0] if error.args else error
    why = getattr(cause, "reason", None) or cause
    text = str(why).rpartition(": ")[2].strip("'\")")
    return text + ")" * (text.count("(") - text.count(")")) or type(error).__name__


def forget_variables(error: BaseException | None) -> None:
    """Leave of what requests raised the places, not their variables: crash reports show these, and the key
    is in the headers."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
