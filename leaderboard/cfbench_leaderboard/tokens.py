"""Tokens: a name that is public, a secret that is shown once, scopes, an owner and an end.

The secret has 256 random bits, so that its plain SHA-256 in the database gives nothing away. ``admin`` may do all that
``submit`` and ``moderate`` may; those two are apart. Tokens are made on the server's own machine, never over HTTP.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING

from pydantic import BaseModel
from sqlalchemy import select

from cfbench.errors import UsageError
from cfbench_leaderboard.database import now
from cfbench_leaderboard.database.models import Token

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SCOPES = ("submit", "moderate", "admin")
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_TOKEN = re.compile(r"cfb_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


class Identity(BaseModel):
    """Who a token speaks for."""

    token: str
    """The token's public name."""
    owner: str
    """Whose submissions it makes."""
    scopes: list[str]
    """What it may do."""
    created_at: datetime
    """When it was made."""
    expires_at: datetime | None
    """When it ends; null where it does not."""
    revoked_at: datetime | None = None
    """When it was revoked; null where it was not."""

    def may(self, scope: str) -> bool:
        """Whether it has the scope."""
        return scope in self.scopes or "admin" in self.scopes


def create_token(
    session: Session, owner: str, scopes: tuple[str, ...], days: float | None
) -> tuple[str, Identity]:
    """A new token, which cannot be shown again, and whom it speaks for."""
    if not _OWNER.fullmatch(owner):
        raise UsageError(f"'{owner[:80]}' is no owner", "", "Use letters, digits, dots, dashes; at most 63")
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise UsageError(f"There is no scope '{unknown[0]}'", f"known: {', '.join(SCOPES)}")
    if not scopes:
        raise UsageError("A token needs a scope", f"known: {', '.join(SCOPES)}")
    if days is not None and not 0 < days < 36_500:
        raise UsageError(f"{days} days is no time for a token to last")
    name, secret, moment = secrets.token_hex(6), secrets.token_urlsafe(32), now()
    row = Token(
        id=name,
        owner=owner,
        scopes=" ".join(sorted(set(scopes))),
        secret_hash=_hash(secret),
        created_at=moment,
        expires_at=None if days is None else moment + timedelta(days=days),
        revoked_at=None,
    )
    session.add(row)
    return f"cfb_{name}_{secret}", _identity(row)


def list_tokens(session: Session) -> list[Identity]:
    """Every token, by time."""
    return [_identity(row) for row in session.scalars(select(Token).order_by(Token.created_at, Token.id))]


def revoke_token(session: Session, name: str) -> Identity:
    """End a token now, for good."""
    row = session.get(Token, name)
    if row is None:
        raise UsageError(f"There is no token '{name[:80]}'", "", "See them: cfbench leaderboard token list")
    row.revoked_at = row.revoked_at or now()
    return _identity(row)


def identify(session: Session, text: str) -> Identity | str:
    """Whom a token speaks for, or why it does not hold."""
    match = _TOKEN.fullmatch(text)
    row = session.get(Token, match[1]) if match else None
    # A name that is not there costs the same comparison, so that time does not tell it from a wrong secret.
    fits = compare_digest(row.secret_hash if row else _hash(""), _hash(match[2] if match else "-"))
    if row is None or not fits:
        return "it is not one of this server's"
    if row.revoked_at is not None:
        return "it was revoked"
    if row.expires_at is not None and row.expires_at <= now():
        return "it has expired"
    return _identity(row)


def _identity(row: Token) -> Identity:
    return Identity(
        token=row.id,
        owner=row.owner,
        scopes=row.scopes.split(),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
