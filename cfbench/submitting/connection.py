"""Requests to a leaderboard, through cut connections and busy servers; what cannot be mended is one line.

Everything asked here may be asked twice: the server knows what it was told already. Redirects are not followed, so
the token goes nowhere else.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx

from cfbench._version import __version__
from cfbench.errors import CfbenchError, DataError, EnvironmentLackError, UsageError
from cfbench.files import parse_json
from cfbench.files.transfer import MAX_PAUSE, TRY_AGAIN, retry_after, trusted_roots
from cfbench.report._escape import plain

if TYPE_CHECKING:
    from types import TracebackType

    from cfbench.reporter import Reporter

ATTEMPTS = 6
BACKOFF = 0.5
TIMEOUT = 60.0
MAX_ANSWER_BYTES = 16_000_000
_LONGEST = 400


class InterruptedRequestError(Exception):
    """Something that another attempt may mend."""

    def __init__(self, why: str, pause: float = 0.0) -> None:
        super().__init__(why)
        self.why, self.pause = why, pause


class Patience:
    """Counts failures in a row, pauses ever longer between them, and gives up in the end."""

    def __init__(self, url: str, reporter: Reporter, backoff: float = BACKOFF) -> None:
        self._url, self._reporter, self._backoff = url, reporter, backoff
        self._failures = 0

    def progress(self) -> None:
        """Something went well: earlier failures are forgiven."""
        self._failures = 0

    def failed(self, error: InterruptedRequestError) -> None:
        """Pause before the next attempt, or give up."""
        self._failures += 1
        if self._failures >= ATTEMPTS:
            why = f"{error.why} (tried {self._failures} times)"
            fix = "Type the same command again later; what is there already is not sent again"
            raise EnvironmentLackError(f"{self._url} cannot be reached", why, fix) from error
        pause = min(max(error.pause, self._backoff * 2 ** (self._failures - 1)), MAX_PAUSE)
        self._reporter.line(f"{error.why}; trying again in {pause:.1f} s")
        time.sleep(pause)


class Connection:
    """A leaderboard that is asked with a token."""

    def __init__(self, url: str, token: str, reporter: Reporter, *, backoff: float = BACKOFF) -> None:
        self.url, self._reporter, self._backoff = url, reporter, backoff
        self._client = httpx.Client(
            timeout=TIMEOUT,
            verify=trusted_roots(),
            follow_redirects=False,
            headers={"Authorization": f"Bearer {token}", "User-Agent": f"cfbench/{__version__}"},
        )

    def __enter__(self) -> Connection:
        """Open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self._client.close()

    def patience(self) -> Patience:
        """For a piece of work of several requests."""
        return Patience(self.url, self._reporter, self._backoff)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> dict[str, Any]:
        """The object that a POST of JSON answers with, tried again until it does."""
        patience = self.patience()
        while True:
            try:
                return self.answer(self.send("POST", path, json=body, headers=headers))
            except InterruptedRequestError as error:
                patience.failed(error)

    def send(
        self, method: str, path: str, *, allow: frozenset[int] = frozenset(), **request: Any
    ) -> httpx.Response:
        """One attempt; the answer where it is a success or among ``allow``."""
        try:
            response = self._client.request(method, self.url + path, **request)
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise UsageError(f"'{self.url}' is not an address", str(error), "Write https://HOST") from error
        except httpx.TimeoutException as error:
            raise InterruptedRequestError(f"the server was silent for {TIMEOUT:g} seconds") from error
        except httpx.ConnectError as error:
            raise InterruptedRequestError(f"there is no connection ({plain(str(error))})") from error
        except httpx.TransportError as error:
            raise InterruptedRequestError("the connection was cut") from error
        status = response.status_code
        if response.is_success or status in allow:
            return response
        if status in TRY_AGAIN:
            raise InterruptedRequestError(f"the server answers {_status(response)}", retry_after(response))
        raise self._refused(response)

    def answer(self, response: httpx.Response) -> dict[str, Any]:
        """The object in an answer."""
        if len(response.content) > MAX_ANSWER_BYTES:
            raise self._foreign("its answer is too long")
        try:
            value = parse_json(response.content, source="the answer")
        except DataError as error:
            raise self._foreign(f"its answer is not JSON: {error.why}") from None
        if not isinstance(value, dict):
            raise self._foreign("its answer is not an object")
        return value

    def _foreign(self, why: str) -> CfbenchError:
        return EnvironmentLackError(f"{self.url} is not a cfbench leaderboard", why, "Check the address")

    def _refused(self, response: httpx.Response) -> CfbenchError:
        """The server's own words, on one line."""
        if response.is_redirect:
            to = plain(response.headers.get("Location", "elsewhere"))[:_LONGEST]
            return UsageError(
                f"{self.url} sends on to {to}", "the token is sent nowhere else", f"Use --to {to}"
            )
        try:
            told = parse_json(response.content[:MAX_ANSWER_BYTES], source="the answer")["error"]
            parts = [plain(str(told.get(key) or ""))[:_LONGEST] for key in ("id", "what", "why", "fix")]
        except (DataError, KeyError, TypeError, AttributeError):
            return self._foreign(f"it answers {_status(response)}")
        name, what, why, fix = parts
        head = f"The server refuses: {what}" + (f" [{name}]" if name else "")
        if response.status_code in {401, 403}:
            return UsageError(head, why, fix or "Ask the leaderboard for another token")
        return DataError(head, why, fix)


def _status(response: httpx.Response) -> str:
    return plain(f"{response.status_code} {response.reason_phrase}".strip())
