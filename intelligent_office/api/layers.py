"""What every request passes on its way to a route, and every answer on its way back."""

from collections.abc import Sequence

from fastapi import FastAPI

from intelligent_office.api.answer_headers import AnswerHeaders
from intelligent_office.api.heads import Heads
from intelligent_office.api.hosts import KnownHosts
from intelligent_office.api.origins import Origins
from intelligent_office.api.recording import Recording
from intelligent_office.api.request_ids import RequestIds
from intelligent_office.telemetry.requests import RequestCounts

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_SENT = ("Authorization", "X-API-Key", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-Id")
_SHOWN = ("Location", "X-Request-Id", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy", "Retry-After")


def wrap(app: FastAPI, *, cors_origins: list[str], counts: RequestCounts, hosts: Sequence[str] = ()) -> None:
    """Put the layers around an app; the last one that is added is the first one that is asked.

    Args:
        app: the app.
        cors_origins: whose pages may call it from a browser, beside its own.
        counts: where its requests are counted.
        hosts: names by which callers may know it, beside those of this machine.
    """
    app.add_middleware(KnownHosts, names=hosts)
    app.add_middleware(Heads)
    if cors_origins:
        app.add_middleware(
            Origins,
            allow_origins=cors_origins,
            allow_methods=_METHODS,
            allow_headers=_SENT,
            expose_headers=_SHOWN,
        )
    app.add_middleware(AnswerHeaders)
    app.add_middleware(Recording, counts=counts)
    app.add_middleware(RequestIds)
