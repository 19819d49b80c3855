"""One file over HTTP into a ``Part``, through cut connections, busy servers and servers that do not tell the truth.

The body is taken as it is sent (a content encoding is not undone), so that ranges, sizes and digests speak of
the same bytes and nothing can be unpacked into a bomb. What another attempt may mend is tried again with
growing pauses; what it cannot mend is an error at once. A connection that brought a mebibyte forgives those before it.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING

import httpx

from cfbench._version import __version__
from cfbench.errors import CfbenchError, DataError, EnvironmentLackError
from cfbench.files.kinds import HEAD_BYTES, html_title, is_html, kind_of
from cfbench.files.reading import human_size

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from cfbench.files.part import Part

_MAX_REDIRECTS = 5
MAX_PAUSE = 60.0
_GOOD_PROGRESS = 1024 * 1024
TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True)
class Order:
    """What is fetched, what is known of it, and how hard to try."""

    url: str
    destination: str
    sha256: str | None
    max_bytes: int
    expected_size: int | None
    magic: tuple[bytes, ...]
    progress: Callable[[int, int | None], None] | None
    retries: int
    timeout: float
    backoff: float

    def error(self, why: str, fix: str = "") -> DataError:
        """A fault of what the server sends."""
        return DataError(f"Cannot download {self.url}", why, fix or self.by_hand())

    def by_hand(self) -> str:
        """How to go on without this server."""
        return f"Get the file in another way, put it at {self.destination} and run the same command again"

    def report(self, part: Part) -> None:
        """Tell the caller how far it is."""
        if self.progress:
            self.progress(part.size, part.total or self.expected_size)

    def check_start(self, part: Part, title: bytes = b"") -> None:
        """Refuse an HTML page, a foreign kind of file, and a size that cannot be right, before more is received."""
        head = part.head(HEAD_BYTES)
        fits = not self.magic or head.startswith(self.magic)
        if is_html(head) and not (self.magic and fits):
            titled = f" titled '{html_title(title or head)}'" if html_title(title or head) else ""
            why = f"the server sent an HTML page{titled} instead of the file"
            raise self.error(why, f"Open the address in a browser to see what it asks for. {self.by_hand()}")
        if not fits:
            raise self.error(f"what came is {kind_of(head)}, which is not what this file is")
        if part.total is not None and self.expected_size not in {None, part.total}:
            raise self.error(
                f"the server offers {part.total:,} bytes where {self.expected_size:,} are expected"
            )

    def check_size(self, size: int) -> None:
        """Refuse more than the limit."""
        if size > self.max_bytes:
            raise self.error(f"it is larger than {human_size(self.max_bytes)}, more than this file can be")


class _InterruptedError(Exception):
    """Something that another attempt may mend."""

    def __init__(self, why: str, *, pause: float = 0.0, unreachable: bool = False) -> None:
        super().__init__(why)
        self.why, self.pause, self.unreachable = why, pause, unreachable


@cache
def trusted_roots() -> ssl.SSLContext:
    """Reading the certificates takes a tenth of a second: once a process."""
    return httpx.create_ssl_context()


def transfer(order: Order, part: Part) -> None:
    """Receive the whole of the file into ``part``, continuing what is there; it may end up of the wrong content."""
    failures = 0
    with httpx.Client(
        follow_redirects=True,
        max_redirects=_MAX_REDIRECTS,
        timeout=order.timeout,
        verify=trusted_roots(),
        headers={"Accept-Encoding": "identity", "User-Agent": f"cfbench/{__version__}"},
    ) as client:
        while part.total is None or part.size != part.total:
            before = part.size
            try:
                _attempt(client, order, part)
                return
            except _InterruptedError as error:
                failures = 1 if part.size - before >= _GOOD_PROGRESS else failures + 1
                if failures > order.retries:
                    raise _given_up(order, part, error, failures) from error
                time.sleep(
                    max(min(error.pause, MAX_PAUSE), min(order.backoff * 2 ** (failures - 1), MAX_PAUSE))
                )


def _given_up(order: Order, part: Part, error: _InterruptedError, failures: int) -> CfbenchError:
    times = "once" if failures == 1 else f"{failures} times"
    kept = f"; {human_size(part.size)} are kept" if part.size else ""
    again = f"Run the same command again to continue. {order.by_hand()}"
    if error.unreachable:
        fix = f"Check the network and the proxy settings. {order.by_hand()}"
        return EnvironmentLackError(f"Cannot download {order.url}", f"{error.why} (tried {times}){kept}", fix)
    return order.error(f"{error.why} (tried {times}){kept}", again)


def _attempt(client: httpx.Client, order: Order, part: Part) -> None:
    """One request, with every way in which it can fail told apart."""
    try:
        with client.stream("GET", order.url, headers=_resume_headers(order, part)) as response:
            _check_address(order, response)
            _begin(order, part, response)
            _receive(order, part, response)
    except httpx.TooManyRedirects as error:
        raise order.error(f"the server redirects more than {_MAX_REDIRECTS} times") from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise order.error(f"the address, or one it redirects to, is not http or https ({error})") from error
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise _InterruptedError(f"the server cannot be reached ({error})", unreachable=True) from error
    except httpx.TimeoutException as error:
        raise _InterruptedError(f"the server was silent for {order.timeout:g} seconds") from error
    except httpx.TransportError as error:
        raise _InterruptedError(f"the connection was cut after {_came(part)}") from error


def _resume_headers(order: Order, part: Part) -> dict[str, str]:
    # Without a validator the rest may belong to other content; a known digest will tell.
    if not part.size or not (part.validator or order.sha256):
        return {}
    conditional = {"If-Range": part.validator} if part.validator else {}
    return {"Range": f"bytes={part.size}-", **conditional}


def _check_address(order: Order, response: httpx.Response) -> None:
    if order.url.startswith("https:") and response.url.scheme != "https" and not order.sha256:
        raise order.error("the server redirects from https to http, where anyone may change the file")


def _begin(order: Order, part: Part, response: httpx.Response) -> None:
    """Make ``part`` ready for the body that follows, or say why there is none."""
    status = response.status_code
    validator, length = _validator(response), response.headers.get("Content-Length", "")
    if status == httpx.codes.OK:
        total = int(length) if length.isdigit() else None
        order.check_size(total or 0)
        part.restart(validator, total)
    elif status == httpx.codes.PARTIAL_CONTENT:
        _continue(order, part, response, validator)
    elif status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        part.forget()
        raise _InterruptedError("the server has no rest of this file to send")
    elif status in TRY_AGAIN:
        raise _InterruptedError(f"the server answers {_status(response)}", pause=retry_after(response))
    else:
        raise order.error(f"the server answers {_status(response)}")


def _continue(order: Order, part: Part, response: httpx.Response, validator: str | None) -> None:
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    total = int(found.group(2)) if found and found.group(2) != "*" else None
    changed = part.validator and validator and validator != part.validator
    moved = part.total is not None and total is not None and total != part.total
    if not found or int(found.group(1)) != part.size or changed or moved:
        part.forget()
        raise _InterruptedError("the file changed on the server while it was downloaded")
    part.total = part.total if part.total is not None else total
    part.stitched = part.stitched or part.size > 0
    order.check_size(part.total or 0)


def _receive(order: Order, part: Part, response: httpx.Response) -> None:
    """Append the body, checking its start as soon as it is there and its size all along."""
    checked = part.size >= HEAD_BYTES
    order.report(part)
    try:
        for chunk in response.iter_raw():
            order.check_size(part.size + len(chunk))
            part.append(chunk)
            if not checked and part.size >= HEAD_BYTES:
                order.check_start(part, chunk)
                checked = True
            order.report(part)
    except DataError:
        part.forget()
        raise
    if part.total is not None and part.size != part.total:
        raise _InterruptedError(f"the server ended after {_came(part)}")


def _came(part: Part) -> str:
    return f"{part.size:,} of {part.total:,} bytes" if part.total is not None else f"{part.size:,} bytes"


def _validator(response: httpx.Response) -> str | None:
    etag: str = response.headers.get("ETag", "")
    changed: str = response.headers.get("Last-Modified", "")
    return (etag if not etag.startswith("W/") else "") or changed or None


def _status(response: httpx.Response) -> str:
    return f"{response.status_code} {response.reason_phrase}".strip()


def retry_after(response: httpx.Response) -> float:
    """The pause the server asks for, in seconds; 0 where it names none."""
    asked = response.headers.get("Retry-After", "")
    if asked.isdigit():
        return float(min(int(asked[:9]), int(MAX_PAUSE)))
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=timezone.utc)
    return max(0.0, (until - datetime.now(timezone.utc)).total_seconds())
