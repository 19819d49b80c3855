"""Where a leaderboard is, and the token for it. A token never travels in the clear and never stands in a command."""

from __future__ import annotations

import os
from importlib import import_module
from ipaddress import ip_address
from urllib.parse import urlsplit

from cfbench.errors import EnvironmentLackError, UsageError

TOKEN = "CFBENCH_TOKEN"  # noqa: S105 - the name of the variable
SERVICE = "cfbench"


def checked_address(url: str) -> str:
    """The address without a slash at its end; https, or http to this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"'{url}' is not an address", str(error), "Write https://HOST") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise UsageError(f"'{url}' is not an address", "", "Write https://HOST")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        why = "it holds a user, a query or a fragment"
        raise UsageError(
            "The address cannot be used", why, f"Write https://HOST, and put the token into {TOKEN}"
        )
    if parts.scheme == "http" and not _is_here(host):
        why = "http is not encrypted, so anyone on the way could take the token"
        raise UsageError(f"'{url}' is refused", why, f"Write https://{parts.netloc}")
    return url.rstrip("/")


def token_for(url: str) -> str:
    """The token from the environment or, where that package is installed, from the keyring.

    Raises:
        EnvironmentLackError: There is none.
    """
    token = os.environ.get(TOKEN) or _from_keyring(url)
    if not token:
        fix = f"Ask the leaderboard for one and type: export {TOKEN}=…  (or: keyring set {SERVICE} {url})"
        raise EnvironmentLackError(f"There is no token for {url}", f"{TOKEN} is not set", fix)
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            f"The token in {TOKEN} cannot be sent", "it holds spaces or odd characters", "Copy it again"
        )
    return token


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _from_keyring(url: str) -> str | None:
    try:
        keyring = import_module("keyring")
        found = keyring.get_password(SERVICE, url)
    except Exception:  # noqa: BLE001 - it is not installed, or fails in its own ways without a desktop
        return None
    return found if isinstance(found, str) else None
