"""What holds for every request and answer, before any route sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders

from cfbench_leaderboard.api.faults import fault_response
from cfbench_leaderboard.api.rates import address_of
from cfbench_leaderboard.refusals import Refusal
from cfbench_leaderboard.submissions import too_many

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from cfbench_leaderboard.api.rates import Rate

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer. Nothing allows foreign origins: there is no CORS header at all."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Adds the headers; refuses clients that ask too often, and pages of other sites that would write."""

    def __init__(self, app: ASGIApp, rate: Rate) -> None:
        """Stands before ``app``; ``rate`` is that of addresses."""
        self._app, self._rate = app, rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if "etag" not in headers:
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            await self._refuse(scope)
            await self._app(scope, receive, send_guarded)
        except Exception as error:
            if begun:
                raise
            await fault_response(error, scope["path"])(scope, receive, send_guarded)

    async def _refuse(self, scope: Scope) -> None:
        address = address_of(scope.get("client"))
        seconds = self._rate.spend(address)
        if seconds is None:
            seconds = await run_in_threadpool(self._rate.draw, address)
        if seconds:
            raise too_many("Too many requests from this address", seconds)
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or scope["method"] in _SAFE or _netloc(origin) == headers.get("host"):
            return
        what = "A page of another site may not write here"
        raise Refusal(403, "foreign-origin", what, f"the request comes from {origin[:200]!r}")


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None
