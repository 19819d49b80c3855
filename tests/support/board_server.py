"""A leaderboard of a few lines that can be told to misbehave: it cuts connections, is busy, forgets, and refuses."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1000


class Board:
    """What the server knows, and the faults that it is to have, one taken by each request of their kind."""

    def __init__(self) -> None:
        self.url = ""
        self.uploads: dict[str, bytearray] = {}
        self.sizes: dict[str, int] = {}
        self.submissions: dict[str, tuple[str, dict[str, Any]]] = {}
        self.asked: list[tuple[str, str]] = []
        self.tokens: set[str] = set()
        self.faults: dict[str, list[str]] = {"POST": [], "PATCH": []}

    def fault(self, method: str) -> str:
        """The next fault of this kind, or nothing."""
        waiting = self.faults[method]
        return waiting.pop(0) if waiting else ""


@contextmanager
def serving() -> Iterator[Board]:
    """A server on this machine for as long as the block lasts."""
    board = Board()

    class Handler(_Handler):
        pass

    Handler.board = board
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    board.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield board
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    board: Board
    protocol_version = "HTTP/1.1"

    def log_message(self, *words: Any) -> None:
        """Silent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._misbehaves("POST", body):
            (self._upload if self.path == "/api/v1/uploads" else self._submit)(json.loads(body))

    def do_PATCH(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        name = self.path.rpartition("/")[2]
        have, offset = self.board.uploads[name], int(self.headers["Upload-Offset"])
        if self.board.faults["PATCH"][:1] == ["cut"]:
            self.board.fault("PATCH")
            have += self.rfile.read(size // 2)  # half of it came through
            self._cut()
            return
        body = self.rfile.read(size)
        if self._misbehaves("PATCH", body):
            return
        if len(body) > CHUNK:
            self._answer(413, _error("too-large", "The piece is too large"))
            return
        if offset != len(have):
            self._answer(409, _error("offset", "Not here"), {"Upload-Offset": str(len(have))})
            return
        have += body
        self._answer(204, None, {"Upload-Offset": str(len(have))})

    def _upload(self, order: dict[str, Any]) -> None:
        name = f"{order['sha256'][:8]}-owner"
        known = name in self.board.uploads
        have = self.board.uploads.setdefault(name, bytearray())
        self.board.sizes[name] = order["bytes"]
        self._answer(200 if known else 201, {"upload": name, "offset": len(have), "chunk": CHUNK})

    def _submit(self, body: dict[str, Any]) -> None:
        key = self.headers["Idempotency-Key"]
        text = json.dumps(body, sort_keys=True)
        before = self.board.submissions.get(key)
        if before is not None and before[0] != text:
            self._answer(409, _error("CF900", "This key was used for something else", "see \x1b[31mthere"))
            return
        if "upload" in body:
            have = self.board.uploads[body["upload"]]
            if hashlib.sha256(have).hexdigest() != key or len(have) != self.board.sizes[body["upload"]]:
                self._answer(422, _error("digest", "The upload is not whole"))
                return
        answer = before[1] if before else {"id": f"s{len(self.board.submissions) + 1}", "state": "pending"}
        answer |= {"rung": "self-reported" if "result" in body else "checked", "url": "/s/1", "findings": []}
        self.board.submissions[key] = (text, answer)
        self._answer(200 if before else 201, answer)

    def _misbehaves(self, method: str, body: bytes) -> bool:
        self.board.asked.append((method, self.path))
        self.board.tokens.add(self.headers.get("Authorization", ""))
        fault = self.board.fault(method)
        if fault == "cut":
            self._cut()
        elif fault == "redirect":
            self._answer(307, None, {"Location": "https://elsewhere.example/"})
        elif fault == "html":
            self._answer(404, "<html>not here</html>")
        elif fault == "stale":
            self._answer(204, None, {"Upload-Offset": "0"})
        elif fault:
            code = int(fault)
            self._answer(code, _error("word", "It cannot be"), {"Retry-After": "0"} if code == 429 else {})
        return bool(fault)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _answer(self, code: int, value: Any, headers: dict[str, str] | None = None) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        data = b"" if value is None else text.encode()
        self.send_response(code)
        for name, header in (headers or {}).items():
            self.send_header(name, header)
        if code != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _error(name: str, what: str, why: str = "because") -> dict[str, Any]:
    return {"error": {"id": name, "what": what, "why": why, "fix": "Mend it"}}
