"""A connection to the door: what is no request is refused in its own words, and half a one does not hold it open.

What arrives here has not become a request yet, so no route and no middleware sees it.
"""

import asyncio
import re
from http import HTTPStatus
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
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


class Connection(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it with h11, which counts what a caller sends before it is a request."""

    header_seconds = HEADER_SECONDS
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect_a_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.conn.their_state is h11.IDLE:
            if self._patience is None:  # the next request of a connection
                self._expect_a_request()
            if self._size_of_head(data) > HEADER_BYTES:  # h11 itself only counts what has not come to its end
                self._stop_waiting()
                self._refuse(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    f"A request's first line and its headers may have {HEADER_BYTES} bytes together.",
                )
                return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - it is always the same
        """Refuse what h11 could not read; uvicorn would do so in plain text."""
        self._refuse(HTTPStatus.BAD_REQUEST, "This is no request in HTTP/1.1.")

    def _size_of_head(self, data: bytes) -> int:
        """How much there is of a request's first line and its headers, with what has just come."""
        buffered, _ = self.conn.trailing_data
        head = buffered + data
        end = _END_OF_HEAD.search(head)
        return end.end() if end else len(head)

    def _expect_a_request(self) -> None:
        self._patience = self.loop.call_later(self.header_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience:
            self._patience.cancel()
            self._patience = None

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
        self.transport.close()
