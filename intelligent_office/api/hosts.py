"""Only a caller who means this server is answered.

A page from elsewhere can have its own name resolve to 127.0.0.1 and so reach a server that listens there alone (DNS
rebinding); its requests still carry the page's host.
"""

import ipaddress
import re
from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from intelligent_office.api.problems import BadRequest, of_form

IN_PROCESS = "/noauth"
"""The root path under which LangGraph's server calls itself without a socket; no request from outside can have it."""

_HOST = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[^\[\]:@/?#\s]+))(?::\d*)?")


class KnownHosts:
    """Refuses requests whose `Host` is neither a name of this machine nor one that was given to this server."""

    def __init__(self, app: ASGIApp, names: Sequence[str] = ()) -> None:
        self._app = app
        self._names = {name.strip().lower().rstrip(".") for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope.get("root_path", "").startswith(IN_PROCESS):
            await self._app(scope, receive, send)
            return
        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) == 1 and self._is_known(hosts[0]):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            named = hosts[0] if hosts else "nobody"
            refusal = BadRequest(
                HTTPStatus.MISDIRECTED_REQUEST,
                f"This server answers to 127.0.0.1, localhost and the names in OFFICE_HOSTS; the request is for "
                f"{named!r:.200}.",
            )
            response = await of_form(Request(scope), refusal)
            await response(scope, receive, send)

    def _is_known(self, host: str) -> bool:
        return is_loopback(host) or "*" in self._names or _name_in(host) in self._names


def is_loopback(host: str) -> bool:
    """Whether a `Host` header means this machine, whatever the port."""
    name = _name_in(host)
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _name_in(host: str) -> str:
    """The name or address in a `Host` header, without the port; empty if it is none."""
    found = _HOST.fullmatch(host.strip().lower())
    return (found["address"] or found["name"]).rstrip(".") if found else ""
