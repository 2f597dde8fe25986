"""What every request must pass and every answer carries: only this page may talk to this server.

Any page of any site can have a browser send requests to loopback, and a name can be made to point
there (DNS rebinding). So the ``Host`` is compared, what changes something must come from the page's
own origin, and nothing is answered without the secret that only the page's cookie holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 64 << 10  # bytes; a decision is two keys of at most 1,024 bytes
_ALWAYS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def policy(nonce: str) -> str:
    """Return the content security policy of a page whose own script and style carry ``nonce``."""
    own = f"'nonce-{nonce}'"
    return f"{_POLICY}; script-src {own}; style-src {own}; connect-src 'self'; img-src data:"


class Keys:
    """The secrets of one server: the token of its address, good for one use, and the page's own.

    The page lives under a path of its own and its cookie is sent there only: cookies know no ports, so
    another server of this machine that the browser visits would be told it otherwise.
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self.path = f"/{secrets.token_urlsafe(16)}/"
        self.cookie = secrets.token_urlsafe(32)
        self._used = False

    def exchange(self, token: str) -> bool:
        """Tell whether ``token`` is right and was not used before; it is used now."""
        right = secrets.compare_digest(token.encode(), self.token.encode())
        fresh, self._used = not self._used, self._used or right
        return right and fresh

    def opens(self, cookies: Mapping[str, str]) -> bool:
        """Tell whether a request comes with the page's cookie."""
        return secrets.compare_digest(cookies.get("review", "").encode(), self.cookie.encode())


class Guard:
    """The application behind its checks: 403 for another host or origin, 415 for what is not JSON, 413
    for a body above ``MOST_BODY``."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        if port == 80:
            self._hosts |= {"127.0.0.1", "localhost"}  # browsers leave the default port out

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            return  # nothing else is spoken here

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                headers.setdefault("content-security-policy", _POLICY)
            await send(message)

        headers = Headers(scope=scope)
        if (refused := self._refusal(scope["method"], headers)) is not None:
            await PlainTextResponse(refused[1] + "\n", refused[0])(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)

    def _refusal(self, method: str, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "").lower()
        if headers.getlist("host") != [headers.get("host")] or host not in self._hosts:
            return 403, "This server answers to 127.0.0.1 and localhost only."
        if method in ("GET", "HEAD"):
            return None
        if headers.get("origin") != f"http://{host}":
            return 403, "Only the page itself may send this."
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return 403, "Only the page itself may send this."
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return 415, "Only application/json is taken."
        if not headers.get("content-length", "").isdecimal() or "transfer-encoding" in headers:
            return 411, "Say how long it is: Content-Length."
        if int(headers["content-length"]) > MOST_BODY:
            return 413, f"At most {MOST_BODY:,} bytes are taken."
        return None
