"""Who makes a request. Every route asks `admit` before it does anything, its body included."""

import base64
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request

from intelligent_office.api.parts import Caller, Parts
from intelligent_office.api.permissions import CHANGELESS, FOR_OPERATORS, wanted
from intelligent_office.api.problems import BadRequest
from intelligent_office.database.turns import stand_in_line
from intelligent_office.errors import Forbidden, Unauthenticated


@dataclass(frozen=True)
class Credential:
    """A key as it was sent."""

    key: str
    from_a_browser: bool = False
    """Whether a browser may have sent it unasked, as it does with `Basic`, whatever page made the request."""


async def admit(request: Request) -> None:
    """Let a request pass whose key may do what it asks for, and keep who makes it.

    Raises:
        BadRequest: it shows two keys in the same way.
        Unauthenticated: there is no key that opens anything.
        Forbidden: the key may not do this, or the request comes from another site's page.
        TooManyRequests: the tenant has made too many in this minute, or the address has shown too many wrong keys.
    """
    if hasattr(request.state, "caller"):
        return
    route = request.scope["route"].path
    scopes = wanted(request.method, route)
    if not scopes:
        return
    credential = _credential(request)
    if credential is None:
        raise Unauthenticated(reason="This needs a key; `office keys show` prints the first one of an office")
    stand_in_line()
    office: Parts = request.app.state.parts
    try:
        key = await office.keys.recognise(credential.key)
    except Unauthenticated:
        await office.rates.count_failure(request.client.host if request.client else "")
        raise
    who = Caller(
        tenant=key.tenant,
        name=key.title,
        scopes=frozenset(key.scopes),
        key_id=key.key_id,
        tasks_per_day=office.settings.tasks_per_day if key.tasks_per_day is None else key.tasks_per_day,
        operates="admin" in key.scopes and key.tenant == office.settings.tenant,
    )
    request.state.tenant = who.tenant
    stand_in_line(who.tenant)
    await office.rates.count(request.scope, key.tenant, key.requests_per_minute)
    who.need(*scopes)
    if (request.method, route) in FOR_OPERATORS:
        who.need_to_operate()
    if credential.from_a_browser:
        _refuse_other_sites(request)
    request.state.caller = who


def _credential(request: Request) -> Credential | None:
    """The key that came along; None if there is none.

    Raises:
        BadRequest: there are several of a kind. Whoever stands between may have believed the other one.
    """
    for header in ("Authorization", "X-API-Key"):
        if len(request.headers.getlist(header)) > 1:
            raise BadRequest(HTTPStatus.BAD_REQUEST, f"`{header}` must be given once.")
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer" and value:
        return Credential(value)
    if scheme.lower() == "basic" and (password := _password(value)):
        return Credential(password, from_a_browser=True)
    given = request.headers.get("x-api-key", "").strip()
    return Credential(given) if given else None


def _password(value: str) -> str:
    """The password of `Basic`, or the name where there is no password, as `curl -u KEY:` sends it."""
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:  # neither Base64 nor, inside, UTF-8
        return ""
    return password or name


def _refuse_other_sites(request: Request) -> None:
    """Refuse what another site's page would change with a key that the browser has kept.

    Such a page cannot read answers, and it cannot send `Bearer` or `X-API-Key` without having the key.
    """
    if request.method in CHANGELESS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    same = urlsplit(origin).netloc == request.headers.get("host") if origin else True
    if not same or site not in (None, "none", "same-origin"):
        raise Forbidden(reason="Another site's page may change nothing here with a key that the browser has kept")
