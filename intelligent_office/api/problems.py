"""Every error as `application/problem+json` (RFC 9457): what is wrong with which part, and what would mend it."""

import asyncio
import json
import math
import re
from collections.abc import Mapping
from http import HTTPMethod, HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intelligent_office.api.request_ids import HEADER, request_id_of
from intelligent_office.errors import OfficeError, RequestUnderWay, Throttled, Unauthenticated, Unavailable

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""When to come back to a part of the office that is away."""

STOPPING = "The server stops before this could be answered. What was accepted goes on; ask again."

MOST_FAULTS = 100
"""So many things to mend are told one by one."""

CHALLENGES = ('Bearer realm="intelligent-office"', 'Basic realm="intelligent-office", charset="UTF-8"')
"""What a 401 asks for. `Basic` has browsers ask for a name and a password, so that people can open the playground; each
stands on a line of its own, because browsers read only the first one of a line."""

_WORDS = re.compile(r"(?<!^)(?=[A-Z])")


class Fault(BaseModel):
    """One thing to mend in a request."""

    model_config = ConfigDict(populate_by_name=True)

    pointer: str = Field(description="JSON Pointer into the part, as a URI fragment; `#` is the whole of it.")
    part: str = Field(alias="in", description="`body`, `query`, `path` or `header`.")
    detail: str


class Problem(BaseModel):
    """What is told when a request could not be carried out."""

    type: str = Field(
        examples=["urn:intelligent-office:problem:task-ended"],
        description="Names the kind of problem; `about:blank` when the status says it all.",
    )
    title: str
    status: int
    detail: str = Field(description="What happened this time, and what would mend it.")
    instance: str = Field(description="The path that was asked for.")
    request_id: str = Field(description="Stands in the logs, too.")
    facts: dict[str, Any] = Field(default={}, description="What the detail is made of, for programs.")
    errors: list[Fault] = Field(default=[], description="Each thing to mend, when the request does not fit its schema.")


class BadRequest(Exception):
    """A request whose form is wrong, before anybody looks at what it says."""

    def __init__(self, status: HTTPStatus, detail: str, faults: list[Fault] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.faults = faults or []


def install(app: FastAPI) -> None:
    """Turn every error of the app into a problem."""
    app.add_exception_handler(OfficeError, _of_the_office)
    app.add_exception_handler(BadRequest, of_form)
    app.add_exception_handler(RequestValidationError, _of_schema)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_middleware(Mishaps)


def problem_of(error: OfficeError, *, instance: str, request_id: str) -> Problem:
    """An error of the office as a problem."""
    words = _WORDS.sub(" ", type(error).__name__)
    return Problem(
        type=f"urn:intelligent-office:problem:{words.lower().replace(' ', '-')}",
        title=words.capitalize(),
        status=error.status_code,
        detail=told(error),
        instance=instance,
        request_id=request_id,
        facts={name: fact for name, fact in error.facts.items() if name != "reason"},
    )


def told(error: OfficeError) -> str:
    """The message as callers may read it.

    Of a database that is away no more than that: its own words name its host and its user, and go to the log.
    """
    if isinstance(error, Unavailable) and error.facts.get("part") in ("the database", "the embedded database"):
        log.warning("database.unavailable", reason=error.facts["reason"])
        return "The database is not available; the office's log says why."
    return str(error)


async def _of_the_office(request: Request, error: Exception) -> Response:
    assert isinstance(error, OfficeError)
    problem = problem_of(error, instance=request.url.path, request_id=request_id_of(request.scope))
    response = respond(problem, _retry_after(error))
    if isinstance(error, Unauthenticated):
        for challenge in CHALLENGES:
            response.headers.append("WWW-Authenticate", challenge)
    return response


def _retry_after(error: OfficeError) -> dict[str, str]:
    """When it may be of use to ask again, if it may."""
    if isinstance(error, Throttled):
        return {"Retry-After": str(math.ceil(error.seconds))}
    if isinstance(error, RequestUnderWay):
        return {"Retry-After": "1"}
    return {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, Unavailable) else {}


async def of_form(request: Request, error: Exception) -> Response:
    """The response to a request whose form is wrong."""
    assert isinstance(error, BadRequest)
    return respond(_plain_problem(request, error.status, error.detail, error.faults))


async def _of_schema(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    entries = error.errors()
    faults = [_fault(entry) for entry in entries[:MOST_FAULTS]]
    detail = "; ".join(f"{fault.pointer} in the {fault.part}: {fault.detail}" for fault in faults[:3])
    more = f"; and {len(entries) - 3} more" if len(entries) > 3 else ""
    return respond(_plain_problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"{detail}{more}.", faults))


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    if status < HTTPStatus.BAD_REQUEST:  # a redirect is no problem
        return Response(status_code=status, headers=error.headers)
    detail = error.detail if error.detail != status.phrase else _said_of(request, status)
    headers = {"Allow": ", ".join(_possible(request))} if status == HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    return respond(_plain_problem(request, status, detail), headers)


def _possible(request: Request) -> list[str]:
    """All methods that are possible at a path; the route that refused one knows its own only."""

    def is_possible(method: str) -> bool:
        asked = {**request.scope, "method": "GET" if method == "HEAD" else method}  # as `Heads` has it
        return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)

    return [method for method in HTTPMethod if is_possible(method)]


class Mishaps:
    """Turns an error that nobody has foreseen, or the end of the server, into a problem, unless an answer has begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = ended = False

        async def send_noted(message: Message) -> None:
            nonlocal begun, ended
            begun = True
            ended = message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
            if begun and not ended and scope["type"] == "http":  # a stream, which the end of the server has cut off
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except asyncio.CancelledError:  # the server stops, and has waited for as long as it will
            if begun or scope["type"] != "http":
                raise
            problem = _plain_problem(Request(scope), HTTPStatus.SERVICE_UNAVAILABLE, STOPPING)
            await respond(problem, {"Retry-After": str(RETRY_SECONDS)})(scope, receive, send)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            log.exception("request.failed", path=scope["path"], error=type(error).__name__)
            detail = "The office made a mistake. Its logs say more under this request's id."
            problem = _plain_problem(Request(scope), HTTPStatus.INTERNAL_SERVER_ERROR, detail)
            await respond(problem)(scope, receive, send)


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as a response; in ASCII, because what it quotes may be no valid Unicode."""
    content = json.dumps(problem.model_dump(by_alias=True, exclude_defaults=True), default=str)
    return Response(content, problem.status, {HEADER: problem.request_id, **(headers or {})}, MEDIA_TYPE)


def _plain_problem(request: Request, status: HTTPStatus, detail: str, faults: list[Fault] | None = None) -> Problem:
    return Problem(
        type="about:blank",
        title=status.phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        request_id=request_id_of(request.scope),
        errors=faults or [],
    )


def _said_of(request: Request, status: HTTPStatus) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return f"There is nothing at {request.url.path}."
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.method} is not possible at {request.url.path}."
    return f"{status.description or status.phrase}."


def _fault(entry: Any) -> Fault:
    """One of pydantic's errors. Its first place is the part of the request, and what was sent is not repeated."""
    if not isinstance(entry, dict):  # LangServe tells some errors in words alone
        return Fault(pointer="#", part="body", detail=str(entry))
    part, *path = [str(place) for place in entry["loc"]] or ["body"]
    if part not in ("body", "query", "path", "header", "cookie"):  # LangServe leaves the part out
        part, path = "body", [part, *path]
    detail = entry["msg"].removeprefix("Value error, ")
    if isinstance(entry.get("input"), str):
        detail = detail.replace("items after validation", "characters")
    return Fault(pointer="/".join(["#", *map(escaped, path)]), part=part, detail=detail)


def escaped(name: str) -> str:
    """A name as a JSON Pointer writes it."""
    return name.replace("~", "~0").replace("/", "~1")
