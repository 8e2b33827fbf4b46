"""Each request is logged and measured, whatever becomes of it."""

import time
from http import HTTPStatus

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intelligent_office.telemetry.requests import Kind, RequestCounts

log = structlog.get_logger()

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOWHERE = "(none)"
"""Stands for the route of a request that led to none, and for methods that nobody knows: callers could name any."""
HUNG_UP = 499
"""The status of a request whose caller was gone before the answer."""


class Recording:
    """Logs and counts requests when they have been answered: a stream when it has ended."""

    def __init__(self, app: ASGIApp, counts: RequestCounts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = HUNG_UP
        began = time.perf_counter()

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._counts.under_way += 1
        try:
            await self._app(scope, receive, send_noted)
        except Exception:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            raise
        finally:
            self._counts.under_way -= 1
            self._record(scope, int(status), time.perf_counter() - began)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", NOWHERE)
        method = scope["method"] if scope["method"] in METHODS else NOWHERE
        self._counts.add(Kind(method, route, status), seconds)
        log.info(
            "request.answered",
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            tenant=tenant_of(scope),
        )


def tenant_of(scope: Scope) -> str:
    """Whose request it is; empty as long as nobody has proved to be somebody."""
    return str(scope.get("state", {}).get("tenant", ""))
