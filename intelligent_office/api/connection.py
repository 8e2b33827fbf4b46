"""A connection to the door: what is no request is refused in its own words, and half a one does not hold it open.

What arrives here has not become a request yet, so no route and no middleware sees it.
"""

import asyncio
import re
import socket
from http import HTTPStatus
from urllib.parse import unquote
from uuid import uuid4

import h11
import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

from intelligent_office.api.problems import MEDIA_TYPE, Problem
from intelligent_office.api.request_ids import HEADER as REQUEST_ID

log = structlog.get_logger()

HEADER_BYTES = 16 * 1024
"""Most bytes of a request's first line and headers together."""
HEADER_SECONDS = 15.0
"""How long a caller may take to send them."""
LINGER_SECONDS = 1.0
"""How long a caller who was refused is listened to, if it does not hang up."""
DRAIN_SECONDS = 30.0
"""How long a caller who was answered already may go on sending the body of that request."""
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_ADDRESS = re.compile(rb"https?://(?P<host>[^/]+)(?P<path>/.*)?", re.IGNORECASE)


class Connection(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it with h11, which counts what a caller sends before it is a request."""

    header_seconds = HEADER_SECONDS
    drain_seconds = DRAIN_SECONDS
    _patience: asyncio.TimerHandle | None = None
    _draining: asyncio.TimerHandle | None = None
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        wire = transport.get_extra_info("socket")
        if wire is not None and wire.family in (socket.AF_INET, socket.AF_INET6):
            # An answer is written in two parts, and the second would wait 40 ms for the caller to confirm the first.
            # asyncio sees to that only where the listening socket was made with the number of TCP.
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._expect_a_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_draining()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:  # heard and dropped, or the caller would lose the answer with the connection
            return
        if self.conn.their_state is h11.IDLE:
            if self._patience is None:  # the next request of a connection
                self._expect_a_request()
            if self._size_of_head(data) > HEADER_BYTES:  # h11 itself only counts what has not come to its end
                self._refuse_large_head(data)
                return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE and not self._refused:
            self._stop_waiting()
        if self.conn.our_state is not h11.DONE:  # the body has come to its end
            self._stop_draining()

    def handle_events(self) -> None:
        previous = self.cycle
        super().handle_events()
        if self.cycle is not previous:  # a request has begun, and is looked at when we are done
            self._distrust_two_lengths()
            self._read_whole_address()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:  # half a request came while we answered
            self._unset_keepalive_if_required()
            self._expect_a_request()
        elif self.conn.their_state is h11.SEND_BODY:
            self._draining = self.loop.call_later(self.drain_seconds, self.transport.close)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - it is always the same
        """Refuse what h11 could not read; uvicorn would do so in plain text."""
        self._refuse(HTTPStatus.BAD_REQUEST, "This is no request in HTTP/1.1.")

    def _should_upgrade(self) -> bool:
        """Never: there is no WebSocket here, and what was asked for beside it is answered (RFC 9110, 7.8)."""
        return False

    def _distrust_two_lengths(self) -> None:
        """Hang up after a request that says in two ways how long it is (RFC 9112, 6.1).

        A proxy may have believed the other one, and taken what follows for a part of it.
        """
        if {name for name, _ in self.scope["headers"]} >= {b"content-length", b"transfer-encoding"}:
            self.scope["headers"] = [*self.scope["headers"], (b"connection", b"close")]

    def _read_whole_address(self) -> None:
        """Take a target that is a whole address, as proxies get it; its host counts, not `Host` (RFC 9112, 3.2.2)."""
        address = _ADDRESS.fullmatch(self.scope["raw_path"])
        if address:
            path = address["path"] or b"/"
            others = [(name, value) for name, value in self.scope["headers"] if name != b"host"]
            self.scope["raw_path"] = path
            self.scope["path"] = unquote(path.decode("ascii"))
            self.scope["headers"] = [(b"host", address["host"]), *others]

    def _size_of_head(self, data: bytes) -> int:
        """How much there is of a request's first line and its headers, with what has just come."""
        buffered, _ = self.conn.trailing_data
        head = buffered + data
        end = _END_OF_HEAD.search(head)
        return end.end() if end else len(head)

    def _refuse_large_head(self, data: bytes) -> None:
        buffered, _ = self.conn.trailing_data
        all_of_it_is_one_line = b"\n" not in (buffered + data)[:HEADER_BYTES]
        self._refuse(
            HTTPStatus.REQUEST_URI_TOO_LONG if all_of_it_is_one_line else HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"A request's first line and its headers may have {HEADER_BYTES} bytes together.",
        )

    def _expect_a_request(self) -> None:
        self._stop_waiting()
        self._patience = self.loop.call_later(self.header_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience:
            self._patience.cancel()
            self._patience = None

    def _stop_draining(self) -> None:
        if self._draining:
            self._draining.cancel()
            self._draining = None

    def _give_up(self) -> None:
        self._patience = None
        if not self.transport.is_closing():
            self._refuse(
                HTTPStatus.REQUEST_TIMEOUT,
                f"A request's headers must be there within {self.header_seconds:g} seconds.",
            )

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        request_id = uuid4().hex
        problem = Problem(
            type="about:blank", title=status.phrase, status=status, detail=detail, instance="", request_id=request_id
        )
        content = problem.model_dump_json(by_alias=True, exclude_defaults=True).encode()
        log.info("connection.refused", status=int(status), request_id=request_id)
        headers = [
            ("content-type", MEDIA_TYPE),
            (REQUEST_ID, request_id),
            ("content-length", str(len(content))),
            ("cache-control", "no-store"),
            ("connection", "close"),
        ]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # else an answer is under way, and this comes too late
            response = h11.Response(status_code=status, headers=headers, reason=status.phrase.encode())
            for event in (response, h11.Data(data=content), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self._refused = True
        if self.cycle and not self.cycle.response_complete:  # whoever still waits for the rest of the request
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._stop_waiting()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._patience = self.loop.call_later(LINGER_SECONDS, self.transport.close)
