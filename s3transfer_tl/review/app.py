"""The page and what its script sends, as a Starlette application; it prints and writes nothing itself."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from s3transfer_tl.build.review import Item
from s3transfer_tl.review import asked, shown
from s3transfer_tl.review.guard import Guard, Keys, policy
from s3transfer_tl.review.sitting import Sitting

_Answer = Callable[[Request], Awaitable[Response]]
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_LOCKED = (
    "This page opens with the address that the command printed, once. To open it again, end the review with"
    " Ctrl-C and start it anew: what was decided is kept.\n"
)


class Told(NamedTuple):
    """What the page says of its surroundings: the config, the decisions file, what to type at the end
    (a line each), and how many doubtful videos are left out."""

    config: str
    file: str
    next: Sequence[str]
    left_out: int = 0


def application(
    items: Sequence[Item], sitting: Sitting, told: Told, keys: Keys, port: int, end: Callable[[], None]
) -> Guard:
    """Return the application for a server on 127.0.0.1:``port``; ``end`` is called once, when the page
    says that the review is done."""
    pages = _Pages(items, sitting, told, keys, end)
    locked = [
        ("", pages.page, "GET"),
        ("decisions", pages.state, "GET"),
        ("decisions", pages.decide, "POST"),
        ("fit", pages.fit, "POST"),
        ("done", pages.done, "POST"),
    ]
    routes = [
        Route(f"{keys.path}{name}", _behind(keys, answer), methods=[method])
        for name, answer, method in locked
    ]
    return Guard(Starlette(routes=[Route("/", pages.door), *routes]), port)


def _behind(keys: Keys, answer: _Answer) -> _Answer:
    """Return ``answer`` for those who have the page's cookie; the others are told how to get it."""

    async def locked(request: Request) -> Response:
        return await answer(request) if keys.opens(request.cookies) else PlainTextResponse(_LOCKED, 403)

    return locked


class _Pages:
    """One answer a method. All run on one thread, one after the other."""

    def __init__(
        self,
        items: Sequence[Item],
        sitting: Sitting,
        told: Told,
        keys: Keys,
        end: Callable[[], None],
    ) -> None:
        self._items, self._sitting, self._told, self._keys, self._end = items, sitting, told, keys, end

    async def door(self, request: Request) -> Response:
        """Exchange the token for the page's cookie.

        The browser goes on by a page, not by a redirect: a strict cookie is not sent along a redirect
        that begins at a link of another program.
        """
        if not self._keys.exchange(request.query_params.get("token", "")):
            return PlainTextResponse(_LOCKED, 403)
        page = _PAGES.get_template("forward.html").render(path=self._keys.path)
        answer = HTMLResponse(page)
        answer.set_cookie("review", self._keys.cookie, path=self._keys.path, httponly=True, samesite="strict")
        return answer

    async def page(self, request: Request) -> Response:
        """Return the page with every item in it."""
        nonce = secrets.token_urlsafe(16)
        text = _PAGES.get_template("page.html").render(
            nonce=nonce,
            told=self._told,
            data={
                "items": [shown.item(one, self._sitting.taken_elsewhere) for one in self._items],
                "state": self._sitting.state(),
                "file": self._told.file,
            },
        )
        return HTMLResponse(text, headers={"content-security-policy": policy(nonce)})

    async def state(self, request: Request) -> Response:
        """Return what changed since the tab last saw it."""
        since = request.query_params.get("since", "")
        return JSONResponse(self._sitting.state(int(since) if asked.COUNT.fullmatch(since) else 0))

    async def decide(self, request: Request) -> Response:
        """Take decisions, have them saved, and return what changed; 500 where they are not on disk.

        No decision is a way to ask that those of before be saved once more.
        """
        try:
            since, words = asked.decisions(await _json(request), self._sitting)
        except asked.Unfit as unfit:
            return JSONResponse({"refused": str(unfit)}, 422)
        for video, decision in words:
            self._sitting.take(video, decision)
        saved = self._sitting.save()
        return JSONResponse(self._sitting.state(since), 200 if saved else 500)

    async def fit(self, request: Request) -> Response:
        """Tell whether a decision could be taken, without taking it; return it as it would be."""
        try:
            _, decision = asked.word(await _json(request), self._sitting)
        except asked.Unfit as unfit:
            return JSONResponse({"refused": str(unfit)}, 422)
        return JSONResponse({"language": decision and decision.language})

    async def done(self, request: Request) -> Response:
        """Save what is not saved, and end the review; where that fails it goes on."""
        if not self._sitting.save():
            return JSONResponse(self._sitting.state(), 500)
        self._end()
        return JSONResponse({**self._sitting.state(), "next": list(self._told.next)})


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):
        raise asked.Unfit("that is no JSON") from None
