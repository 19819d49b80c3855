"""Who moderates by page: a token in a cookie that scripts cannot read and other sites cannot send.

The token itself is looked up at each request, so that a session ends with its token: expired, revoked, at once. It
stands in no address. A form holds a word that is made from the token, which no other site knows.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from cfbench_leaderboard.api.asking import bearer, read_body, service_of
from cfbench_leaderboard.refusals import Refusal

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import Response

    from cfbench_leaderboard.tokens import Identity

COOKIE = "cfbench_moderator"
PATH = "/moderate"
SECONDS = 12 * 3600
"""After which a browser forgets it."""
MOST_FIELDS = 10
_FORM = "application/x-www-form-urlencoded"


def moderator(request: Request) -> tuple[Identity, str] | None:
    """Who is signed in, and the word of their forms; None without a cookie. What does not hold is refused."""
    token = request.cookies.get(COOKIE)
    return (moderator_by(request, token), _word(token)) if token is not None else None


def moderator_by(request: Request, token: str) -> Identity:
    """Whom a token speaks for; refused where it may not moderate."""
    who = bearer(request, token)
    if not who.may("moderate"):
        why = f"it has {', '.join(who.scopes)}"
        fix = "A keeper makes one that may: cfbench leaderboard token create --owner NAME --scope moderate"
        raise Refusal(403, "no-scope", "The token may not moderate", why, fix)
    return who


def sign_in(request: Request, answer: Response, token: str) -> None:
    """Let the browser keep a token for these pages alone."""
    answer.set_cookie(
        COOKIE,
        token,
        max_age=SECONDS,
        path=PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def sign_out(request: Request, answer: Response) -> None:
    """Let the browser forget it."""
    answer.delete_cookie(
        COOKIE, path=PATH, secure=request.url.scheme == "https", httponly=True, samesite="strict"
    )


async def read_form(request: Request) -> dict[str, str]:
    """What a form of these pages sent, each field once."""
    if "origin" not in request.headers:  # one that is not ours, the guard refused before
        what = "A form is taken from the pages of this site alone"
        raise Refusal(403, "foreign-origin", what, "the request names no origin", "Use the API in programs")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Refusal(415, "no-form", "This takes a form", "", f"Send {_FORM}")
    data = await read_body(request, service_of(request).limits.body_bytes)
    try:
        pairs = parse_qsl(
            data.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise Refusal(422, "bad-body", "The form cannot be read") from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise Refusal(422, "bad-body", "The form names a field twice")
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def check_word(form: dict[str, str], word: str) -> None:
    """Refuse a form that was not made for this session."""
    if not hmac.compare_digest(form.get("word", "").encode(), word.encode()):
        fix = "Open the page again, and send its form"
        raise Refusal(403, "foreign-form", "The form is not of this session", "", fix)


def _word(token: str) -> str:
    return hmac.new(token.encode(), b"a form of the moderation pages", hashlib.sha256).hexdigest()
