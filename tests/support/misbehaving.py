"""A web server on the loopback device that misbehaves on demand."""

import re
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answer:
    """One answer: by default a good one that honours ranges."""

    def __init__(
        self, body=b"", status=200, headers=None, *, cut=None, length="true", ranges=True, etag=None
    ):
        self.body, self.status, self.headers = body, status, headers or {}
        self.cut, self.length, self.ranges, self.etag = cut, length, ranges, etag


class Script:
    """Gives its answers in turn, the last for ever, and remembers the requests."""

    def __init__(self, url):
        self.url, self.answers, self.requests = url, [], []

    def then(self, *args, **options):
        self.answers.append(Answer(*args, **options))
        return self

    def next(self, headers):
        self.requests.append(headers)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        answer = self.server.script.next({name.lower(): value for name, value in self.headers.items()})
        status, body, headers = answer.status, answer.body, dict(answer.headers)
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if answer.etag:
            headers["ETag"] = answer.etag
        fresh = self.headers.get("If-Range") in {None, answer.etag, headers.get("Last-Modified")}
        if asked and answer.ranges and fresh and status == 200:
            start, size = int(asked.group(1)), len(body)
            status, body = 206, body[start:]
            headers.setdefault("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.length == "true":
            self.send_header("Content-Length", str(len(body)))
        elif isinstance(answer.length, int):
            self.send_header("Content-Length", str(answer.length))
        if answer.length != "true" or answer.cut is not None:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body if answer.cut is None else body[: answer.cut])

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Say nothing of clients that hang up: they were made to."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving():
    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.script = Script(f"http://127.0.0.1:{server.server_port}/data.zip")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
