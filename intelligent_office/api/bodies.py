"""What a body must be before anybody looks at what it says: JSON, in UTF-8, neither too large nor too deep.

Checked in the route and not in a middleware, because LangGraph's server puts routes of its own behind ours.
"""

import asyncio
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from http import HTTPStatus
from itertools import islice
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from intelligent_office.api.authentication import admit
from intelligent_office.api.once import once, refuse_key
from intelligent_office.api.parts import Parts
from intelligent_office.api.problems import BadRequest, Fault, escaped

LEVELS = 50
"""How deep lists and objects may be nested."""
VALUES = 10_000
"""How many values a document may hold: each is looked at here and by the route's model, while all others wait."""
SPARE_BYTES = 64 * 1024
"""What a body may have beside the longest description."""
INLINE_BYTES = 4 * 1024 * 1024
"""Of that, for attachments; larger ones are handed in by themselves."""
DROPPED_BYTES = 16 * 1024 * 1024
"""How much of a body that is too large is listened to."""
FAULTS = 5
"""How many faults are told at once."""

_UNFIT = re.compile("[\0\ud800-\udfff]")


class JsonRoute(APIRoute):
    """A route whose requests carry sound JSON or nothing. Nobody's body is read before it is known who sends it."""

    keeps_answers = True
    """Whether a POST may carry an `Idempotency-Key`, so that its answer is kept for a day."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        respond = super().get_route_handler()

        async def respond_to_sound(request: Request) -> Response:
            await admit(request)
            checked = CheckedRequest(request.scope, request.receive)
            self.check(await checked.json_if_any())
            if request.method != "POST":
                return await respond(checked)
            if not self.keeps_answers:
                refuse_key(checked)
                return await self.carry_out(checked, respond)
            parts: Parts = request.app.state.parts
            return await once(checked, respond, who=request.state.caller, database=parts.database)

        return respond_to_sound

    def check(self, document: Any) -> None:
        """Refuse a document that the route cannot take; for routes whose own checks are not enough."""

    async def carry_out(
        self, request: Request, respond: Callable[[Request], Coroutine[Any, Any, Response]]
    ) -> Response:
        """Carry out a POST whose answer is not kept; for routes that take long."""
        return await respond(request)


class UnkeptRoute(JsonRoute):
    """A route whose requests cannot be answered again: its answers may hold secrets, or wait for others.

    Secrets are kept nowhere, and what is kept is written in one transaction with what was done: none waits so long.
    """

    keeps_answers = False


class CheckedRequest(Request):
    """Reads its body only as far as it is allowed to, and its JSON only if it is sound."""

    def __init__(self, scope: Scope, receive: Receive, *, most_bytes: int | None = None) -> None:
        """Read a request.

        Args:
            scope: the request's.
            receive: the request's.
            most_bytes: how large its body may be, if not as large as that of others.
        """
        super().__init__(scope, receive)
        self._most_bytes = most_bytes

    async def json_if_any(self) -> Any:
        """The document, or None if there is no body.

        Raises:
            BadRequest: it is no sound JSON.
        """
        if self.method in ("GET", "HEAD"):
            return None
        return await self.json() if await self.body() else None

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            if (coding := self.headers.get("content-encoding", "identity").strip().lower()) != "identity":
                reason = f"A body must be sent as it is, without `Content-Encoding`; it says {coding!r:.100}."
                raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason)
            try:
                async with asyncio.timeout(self.app.state.body_seconds):
                    self._body = await self._read(self._most_bytes or self.app.state.body_bytes)
            except TimeoutError:
                reason = f"The body took longer than {self.app.state.body_seconds:g} seconds to arrive."
                raise BadRequest(HTTPStatus.REQUEST_TIMEOUT, reason) from None
        return self._body

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = document(self.headers.get("content-type", ""), await self.body())
        return self._json

    async def _read(self, limit: int) -> bytes:
        """The body; what is over the limit is heard and dropped, or the caller would not hear the answer."""
        chunks: list[bytes] = []
        size = 0
        announced = int(self.headers.get("content-length", 0))
        if announced > limit + DROPPED_BYTES or (announced > limit and "expect" in self.headers):
            raise _too_large(limit)  # nobody asks for what will not be taken: a caller with `Expect` keeps it then
        try:
            async for chunk in self.stream():
                size += len(chunk)
                if size <= limit:
                    chunks.append(chunk)
                elif size > limit + DROPPED_BYTES:
                    break
        except ClientDisconnect:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "The body broke off.") from None
        if size > limit:
            raise _too_large(limit)
        return b"".join(chunks)


def _too_large(limit: int) -> BadRequest:
    return BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is too large: it may have {limit} bytes.")


def document(content_type: str, body: bytes) -> Any:
    """The JSON document that a body holds.

    Raises:
        BadRequest: it is none, or none that the office can keep.
    """
    if not body:
        fault = Fault(pointer="#", part="body", detail="it is required")
        raise BadRequest(HTTPStatus.UNPROCESSABLE_ENTITY, "There is no body.", [fault])
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        named = f"it says {content_type!r:.100}" if content_type else "it does not say what it is"
        reason = f"The body must be JSON, with `Content-Type: application/json`; {named}."
        raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason)
    try:
        whole = json.loads(body.decode("utf-8"), object_pairs_hook=_few_objects())
    except UnicodeDecodeError as error:
        raise _no_json(f"it is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise _no_json(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise _no_json(f"it is nested deeper than {LEVELS} levels") from None
    except ValueError:  # Python's own guard: what it takes to read a number grows with the square of its length
        raise _no_json("it holds a number with thousands of digits") from None
    faults = list(islice(_faults(whole), FAULTS))
    if faults:
        detail = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults)
        raise BadRequest(HTTPStatus.UNPROCESSABLE_ENTITY, f"The body cannot be kept. {detail}.", faults)
    return whole


def _no_json(reason: str) -> BadRequest:
    return BadRequest(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {reason}.")


def _too_many() -> BadRequest:
    fault = Fault(pointer="#", part="body", detail=f"it holds more than {VALUES} values")
    return BadRequest(HTTPStatus.UNPROCESSABLE_ENTITY, f"The body holds more than {VALUES} values.", [fault])


def _few_objects() -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """Makes the objects of one document; a body of nothing but objects would take a second for each megabyte."""
    seen = 0

    def make(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal seen
        seen += 1
        if seen > VALUES:
            raise _too_many()
        return _object(pairs)

    return make


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise _no_json(f"an object has the name {twice!r:.100} twice")
    return entries


def _faults(whole: Any) -> Iterator[Fault]:
    """What JSON allows and the office cannot keep: NUL characters, half characters, numbers without end, deep nests."""
    waiting: list[tuple[str, int, Any]] = [("#", 0, whole)]
    seen = 0
    while waiting:
        pointer, level, value = waiting.pop()
        if isinstance(value, list | dict):
            seen += len(value)
            if seen > VALUES:
                raise _too_many()
        if level > LEVELS:
            yield Fault(pointer=pointer, part="body", detail=f"it is nested deeper than {LEVELS} levels")
        elif isinstance(value, dict):
            for name, entry in value.items():
                place = f"{pointer}/{escaped(name)}"
                waiting += [(place, level, name), (place, level + 1, entry)]
        elif isinstance(value, list):
            waiting += [(f"{pointer}/{number}", level + 1, entry) for number, entry in enumerate(value)]
        elif isinstance(value, str) and _UNFIT.search(value):
            yield Fault(pointer=pointer, part="body", detail="it holds a NUL character or half of a surrogate pair")
        elif isinstance(value, float) and not math.isfinite(value):
            yield Fault(pointer=pointer, part="body", detail="it is no finite number")
