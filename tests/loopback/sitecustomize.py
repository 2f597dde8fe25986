"""Refuse every connection that leaves the machine, in any Python that has this folder on its path."""

from __future__ import annotations

import ipaddress
import sys
from typing import Any


def refuse_to_leave(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: connections and name look-ups stay on loopback."""
    if event == "socket.connect" and isinstance(args[1], tuple):
        _check(args[1][0])
    elif event == "socket.getaddrinfo" and args[0]:
        _check(args[0])


def _check(host: str | bytes) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name == "localhost" or name.endswith((".localhost", ".invalid")):
        return
    try:
        outside = not ipaddress.ip_address(name).is_loopback
    except ValueError:
        outside = True
    if outside:
        raise ConnectionRefusedError(f"a test tried to reach {name}")


sys.addaudithook(refuse_to_leave)
