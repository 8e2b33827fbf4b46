"""Idempotency-Key: a request that is sent again is not carried out again, but answered as it was the first time."""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from http import HTTPStatus

from fastapi import Request, Response

from intelligent_office.api.parts import Caller
from intelligent_office.api.problems import BadRequest
from intelligent_office.database.pool import Database, Row
from intelligent_office.errors import KeyReused, RequestUnderWay

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 255

_KEPT_HEADERS = ("content-type", "location")
_BARE = re.compile(r"[!#-~][!-~]*")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])+)"')


async def once(
    request: Request, respond: Callable[[Request], Awaitable[Response]], *, who: Caller, database: Database
) -> Response:
    """Carry out a request, unless one with its key was carried out before; without a key, each is.

    Everything that is done in the database for the request is one transaction with the note that it was done: a crash
    leaves both or neither. A request that was refused has done nothing, so its key may be used again. What was answered
    is for the caller alone who asked: a neighbour's key may open less.

    Raises:
        BadRequest: the key is none.
        KeyReused: another request had this key, or another caller.
        RequestUnderWay: the first request with this key has not been answered yet.
    """
    key = key_of(request)
    if key is None:
        return await respond(request)
    query = f"?{request.url.query}" if request.url.query else ""
    asked = {
        "route": f"{request.method} {request.url.path}{query}",
        "fingerprint": sha256(await request.body()).hexdigest(),
    }
    async with database.as_one() as statements:
        lock = await statements.one("lock_request", tenant=who.tenant, key=key)
        known = await statements.one("read_answered_request", tenant=who.tenant, key=key)
        if known:
            return _replayed(known, asked, key, who)
        if lock is None or not lock["ours"]:
            raise RequestUnderWay(key=key)
        response = await respond(request)
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        await statements.run(
            "keep_answered_request",
            tenant=who.tenant,
            key=key,
            key_id=who.key_id,
            status=response.status_code,
            headers=headers,
            body=bytes(response.body),
            **asked,
        )
    return response


def refuse_key(request: Request) -> None:
    """For routes where a request cannot be told from its repetition.

    Raises:
        BadRequest: it has a key.
    """
    if HEADER in request.headers:
        reason = f"`{HEADER}` is of no use at {request.url.path}: a repeated request is carried out again."
        raise BadRequest(HTTPStatus.BAD_REQUEST, reason)


def key_of(request: Request) -> str | None:
    """The request's key, quoted (as RFC 8941 writes strings) or not; None if there is none.

    Raises:
        BadRequest: there are several, or it is empty, too long, or not printable ASCII.
    """
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    text = given[0].strip()
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    if len(given) > 1 or len(key) > LONGEST_KEY or not (quoted or _BARE.fullmatch(text)):
        reason = f"`{HEADER}` must be given once, with 1 to {LONGEST_KEY} printable ASCII characters."
        raise BadRequest(HTTPStatus.BAD_REQUEST, reason)
    return key


def _replayed(known: Row, asked: dict[str, str], key: str, who: Caller) -> Response:
    if known["key_id"] not in (None, who.key_id):
        raise KeyReused(key=key, first="which is not told", part="API key")
    for part in ("route", "fingerprint"):
        if known[part] != asked[part]:
            raise KeyReused(key=key, first=known["route"], part="path" if part == "route" else "body")
    return Response(bytes(known["body"]), known["status"], {**known["headers"], REPLAYED: "true"})
