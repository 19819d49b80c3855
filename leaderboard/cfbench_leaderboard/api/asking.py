"""What routes ask of a request: who it is, and its body. A body is read after its sender is known, and never beyond a limit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from cfbench.files import parse_json
from cfbench_leaderboard.api.rates import Rate, address_of
from cfbench_leaderboard.refusals import Refusal
from cfbench_leaderboard.service import Service  # noqa: TC001 (FastAPI reads annotations)
from cfbench_leaderboard.submissions import too_many
from cfbench_leaderboard.tokens import Identity, identify

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfbench_leaderboard.database import Database
    from cfbench_leaderboard.limits import Limits

Body = TypeVar("Body", bound=BaseModel)
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Rates:
    """How often tokens may ask, and addresses may be wrong about them."""

    def __init__(self, database: Database, limits: Limits) -> None:
        """By the limits of the service."""
        self.token = Rate(database, "token", limits.token_a_minute)
        self.wrong = Rate(database, "wrong tokens", limits.wrong_tokens_a_minute)


def service_of(request: Request) -> Service:
    """The service that the app was made for."""
    service: Service = request.app.state.service
    return service


def anyone(request: Request) -> Identity | None:
    """Whom the token speaks for; None without one. A token that does not hold is refused, never passed over."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer":
        raise Refusal(401, "no-token", "Only bearer tokens are known", headers=_CHALLENGE)
    return bearer(request, token.strip())


def bearer(request: Request, token: str) -> Identity:
    """Whom a token speaks for, which counts as a request with it; one that does not hold is refused."""
    rates: Rates = request.app.state.rates
    with service_of(request).database.reading() as session:
        found = identify(session, token)
    if isinstance(found, str):
        if seconds := rates.wrong.wait(address_of(request.client)):
            raise too_many("Too many wrong tokens from this address", seconds)
        fix = "Ask the board's keeper for another"
        raise Refusal(401, "bad-token", "The token does not hold", found, fix, headers=_CHALLENGE)
    if seconds := rates.token.wait(found.token):
        raise too_many("Too many requests with this token", seconds)
    return found


def somebody(who: Annotated[Identity | None, Depends(anyone)]) -> Identity:
    """Whom the token speaks for; refused without one."""
    if who is None:
        what = "This needs a token"
        raise Refusal(401, "no-token", what, "", "Send 'Authorization: Bearer <token>'", headers=_CHALLENGE)
    return who


def having(scope: str) -> Callable[..., Identity]:
    """A dependency: somebody whose token has a scope."""

    def check(who: Annotated[Identity, Depends(somebody)]) -> Identity:
        if not who.may(scope):
            why = f"it has {', '.join(who.scopes)}"
            raise Refusal(403, "no-scope", f"The token has not the scope '{scope}'", why)
        return who

    return check


async def read_body(request: Request, most: int) -> bytes:
    """The body, of at most so many bytes; what is announced as longer is refused unread."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or not announced.isascii() or len(announced) > 18:
        raise Refusal(400, "bad-length", "The Content-Length is no number")
    if int(announced) > most:
        raise _too_large(most)
    limits = service_of(request).limits
    try:
        return await asyncio.wait_for(_collect(request, most), limits.body_seconds)
    except asyncio.TimeoutError:
        raise Refusal(408, "too-slow", f"The body did not arrive in {limits.body_seconds:g} s") from None
    except ClientDisconnect:
        raise Refusal(400, "gone", "The client went away") from None


def body_as(model: type[Body], value: Any) -> Body:
    """A body that was parsed, in the shape that a route wants."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise Refusal(422, "bad-body", "The body cannot be taken", f"{where}: {first['msg']}") from None


async def json_body(request: Request, most: int) -> Any:
    """The body as JSON, by the strict reader: no key twice, no NaN, no 1e400, no depth without end."""
    data = await read_body(request, most)
    return await run_in_threadpool(parse_json, data, source="the body")


async def _collect(request: Request, most: int) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise _too_large(most)
    return bytes(data)


def _too_large(most: int) -> Refusal:
    return Refusal(
        413, "too-large", f"The body has more than {most:,} bytes", headers={"Connection": "close"}
    )
