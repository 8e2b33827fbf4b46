"""A server that plays LangSmith's API, as far as its client sends traces to it, and keeps every byte it gets."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Traces:
    """What arrived."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(body.decode("utf-8", "replace") for body in self.bodies)


@contextmanager
def langsmith_api() -> Iterator[Traces]:
    traces = Traces()

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b'{"version": "0.12.0"}')

        def do_POST(self) -> None:
            body = self._body()
            traces.bodies.append(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
            self._answer(b"{}")

        do_PATCH = do_POST  # noqa: N815  the name is http.server's

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Nobody listens."""

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            pieces = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    traces.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield traces
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
