"""What every answer says beside its content: that it is for nobody else, and what the request was told on its way.

A handler that says something of its own about one of these things has the last word.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_DATA = "default-src 'none'; frame-ancestors 'none'"
_PAGES = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; worker-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net https://fonts.googleapis.com; "
    "font-src 'self' https://fonts.gstatic.com; img-src 'self' data: "
    "https://fastapi.tiangolo.com https://cdn.redoc.ly; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""What the pages of the API's documents need, and nothing more."""
_ONE_YEAR = "max-age=31536000"


class AnswerHeaders:
    """Adds to each answer what keeps browsers from misusing it, and what `tell` was called with."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_page = headers.get("content-type", "").startswith("text/html")
                for name, value in {
                    **_EVERYWHERE,
                    "Content-Security-Policy": _PAGES if is_page else _DATA,
                    **({"Strict-Transport-Security": _ONE_YEAR} if scope.get("scheme") == "https" else {}),
                    **_told(scope),
                }.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def tell(scope: Scope, **headers: str) -> None:
    """Have the answer to this request carry headers, whatever it will be; `_` stands for `-`."""
    _told(scope).update({name.replace("_", "-"): value for name, value in headers.items()})


def _told(scope: Scope) -> dict[str, str]:
    told: dict[str, str] = scope.setdefault("state", {}).setdefault("answer_headers", {})
    return told
