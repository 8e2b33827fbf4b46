"""LangServe at `/office`: invoke, batch, stream, stream_events and the playground.

A task handed in here is a task like any other; the runnable only watches it. All of LangServe is in this file.
"""

import asyncio
import json
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from http import HTTPStatus
from typing import Any, Literal, NotRequired, Self, cast

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from langchain_core._api.deprecation import LangChainDeprecationWarning
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
from langchain_core.runnables.utils import AddableDict
from langserve import CustomUserType, add_routes
from pydantic import ValidationError, model_validator
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema
from sse_starlette import EventSourceResponse
from starlette.exceptions import HTTPException
from typing_extensions import TypedDict

from intelligent_office.api.bodies import UnkeptRoute
from intelligent_office.api.intake import submit
from intelligent_office.api.parts import Caller, Parts, caller
from intelligent_office.api.problems import STOPPING, BadRequest, Fault, told
from intelligent_office.api.recording import HUNG_UP
from intelligent_office.contracts import HumanAnswer, HumanRequest
from intelligent_office.errors import OfficeError
from intelligent_office.records import Status, Task
from intelligent_office.task_requests import TaskRequest

Events = AsyncGenerator[dict[str, str], None]

WHOLE = ("invoke", "batch")
"""Endpoints that answer once: they tell errors by their status, and have no use for events."""
MOST_INPUTS = 100
"""How many tasks one batch may hand in: a request counts once, however many follow from it."""
CALLER = "office_caller"
"""Where a run finds who makes it; what a request itself says there is dropped."""
_PLAYGROUND = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""What the playground may load: it is an empty page without `eval`, from which it makes its form, and needs no other
site."""
_KINDS: list[tuple[str, tuple[type, ...], str]] = [("inputs", (list,), "a list"), ("config", (dict, list), "an object")]
"""What LangServe takes for granted."""


class _WithoutNull(GenerateJsonSchema):
    """Says of what may be null only what else it may be: the playground cannot make a form of it otherwise."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        return {name: said for name, said in described.items() if (name, said) != ("default", None)}


class OfficeInput(TaskRequest, CustomUserType):
    """A new task (`description` and what goes with it), or the answer to one that waits (`task_id` and `resume`).

    A `CustomUserType` arrives as it is; LangServe would take any other model apart with calls that pydantic deprecates.
    """

    description: str = ""
    """The task, in plain words."""
    task_id: str | None = None
    """A task that was handed in before."""
    resume: HumanAnswer | None = None
    """The answer to the question that the task waits for; without one, the task is only followed."""
    approval_id: str | None = None
    """Which question is answered, if there are several."""

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        return super().model_json_schema(*args, **{"schema_generator": _WithoutNull, **options})

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.task_id) == bool(self.description.strip()):
            raise ValueError("it must have either a description or a task_id")
        if self.resume and not self.task_id:
            if self.resume["decisions"]:
                raise ValueError("resume needs the task_id of the task that waits")
            self.resume = None  # the playground's form sends it, though nobody has answered anything
        return self


class Question(TypedDict):
    """What a task wants to know from a human."""

    approval_id: str
    request: HumanRequest


class OfficeOutput(TypedDict):
    """Where a task has come to. Streamed in parts whose sum is the whole."""

    task_id: str
    status: Status | Literal["refused"]
    """`waiting`: answer one of `approvals`; `refused`: what was asked for is not possible, see `reason`."""
    answer: str
    reason: str
    """Why there is no answer."""
    approvals: list[Question]
    events: NotRequired[list[dict[str, Any]]]
    """What has happened; only in streams."""


class LangServeRoute(UnkeptRoute):
    """Finds the faults of inputs that LangServe would trip over, and says when it is the server that ends a stream."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        respond = super().get_route_handler()

        async def respond_or_explain(request: Request) -> Response:
            try:
                response = await respond(request)
            except ValidationError as error:
                if error.title != OfficeInput.__name__:
                    raise
                raise RequestValidationError(error.errors()) from None
            except (OSError, ValueError):
                if "file_path" not in request.path_params:
                    raise
                raise HTTPException(HTTPStatus.NOT_FOUND) from None  # a folder of the playground, or no name of a file
            if response.status_code == HTTPStatus.NOT_FOUND:  # a file of the playground
                raise HTTPException(HTTPStatus.NOT_FOUND)
            if response.headers.get("content-type", "").startswith("text/html"):
                response.headers["Content-Security-Policy"] = _PLAYGROUND
            if isinstance(response, EventSourceResponse):
                response.body_iterator = _honest(cast("Events", response.body_iterator))
            return response

        return respond_or_explain

    async def carry_out(
        self, request: Request, respond: Callable[[Request], Coroutine[Any, Any, Response]]
    ) -> Response:
        """Carry out a request as long as its caller waits. The task is done all the same; nobody has to follow it."""
        answering = asyncio.create_task(respond(request))
        leaving = asyncio.create_task(_left(request))
        try:
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
            return answering.result() if answering.done() else Response(status_code=HUNG_UP)
        finally:
            answering.cancel()
            leaving.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)

    def check(self, document: Any) -> None:
        given = document if isinstance(document, dict) else {}
        faults = [
            Fault(pointer=f"#/{name}", part="body", detail=f"it must be {words}")
            for name, kinds, words in _KINDS
            if not isinstance(given.get(name, kinds[0]()), kinds)
        ]
        if not faults and len(given.get("inputs", ())) > MOST_INPUTS:
            faults = [Fault(pointer="#/inputs", part="body", detail=f"it may have {MOST_INPUTS} entries")]
        if faults:
            detail = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults)
            raise BadRequest(HTTPStatus.UNPROCESSABLE_ENTITY, f"{detail}.", faults)


async def _left(request: Request) -> None:
    """Wait until the caller has hung up. Its body has been read, so nothing else can come."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _honest(events: Events) -> Events:
    """A stream of LangServe, which calls it a mistake of its own (500) when it is cut off."""
    async with aclosing(events):
        async for event in events:
            task = asyncio.current_task()
            if event["event"] == "error" and task and task.cancelling():
                told = {"status_code": HTTPStatus.SERVICE_UNAVAILABLE, "message": STOPPING}
                yield {**event, "data": json.dumps(told)}
            else:
                yield event


def routes(office: Parts) -> APIRouter:
    """The routes of LangServe. On a router, because on an app it would print a banner at every start."""
    # The playground reads this stream, and nobody who runs an office can do anything about that.
    warnings.filterwarnings("ignore", "astream_log is deprecated", LangChainDeprecationWarning)
    router = APIRouter(route_class=LangServeRoute)
    add_routes(
        router,
        runnable(office),
        path="/office",
        input_type=OfficeInput,
        output_type=OfficeOutput,
        per_req_config_modifier=_say_who,
        disabled_endpoints=["config_hashes", "token_feedback"],  # type: ignore[list-item]  # its own list lacks one
    )
    return router


def runnable(office: Parts) -> Runnable[Any, Any]:
    """The office as something that LangChain can run."""

    async def run(given: OfficeInput, config: RunnableConfig) -> AsyncIterator[AddableDict]:
        who: Caller = config["configurable"][CALLER]
        whole = config.get("metadata", {}).get("__langserve_endpoint") in WHOLE
        try:
            with office.listeners.one(who.tenant):
                task, after = await _begin(given, who, office)
                yield AddableDict(task_id=task.task_id)
                async with aclosing(
                    office.tasks.watch(task.task_id, who.tenant, after=after, until_waiting=True)
                ) as events:
                    async for event in events:
                        if not whole:
                            await office.keys.insist_on(who.key_id)
                            yield AddableDict(events=[event.as_json()])
                await office.keys.insist_on(who.key_id)
                yield await _end(task.task_id, who, office)
        except OfficeError as error:
            if whole:
                raise
            yield AddableDict(status="refused", answer="", reason=told(error), approvals=[])

    return RunnableLambda(run, name="office")


async def _begin(given: OfficeInput, who: Caller, office: Parts) -> tuple[Task, int]:
    """The task that is meant, and the last of its events that is no news."""
    if given.task_id is None:
        request = TaskRequest.model_validate(given.model_dump(exclude={"task_id", "resume", "approval_id"}))
        return await submit(request, who, office, origin="langserve"), 0
    task = await office.tasks.get(given.task_id, who.tenant)
    if given.resume:
        who.need("approve")
        await office.tasks.answer(task.task_id, who.tenant, given.resume, approval_id=given.approval_id, by=who.name)
    return task, task.last_event


async def _end(task_id: str, who: Caller, office: Parts) -> AddableDict:
    task = await office.tasks.get(task_id, who.tenant)
    open_questions = await office.tasks.approvals(task_id, who.tenant)
    outcome = task.outcome or {"answer": "", "reason": ""}
    return AddableDict(
        status=task.status,
        answer=outcome["answer"],
        reason=outcome["reason"],
        approvals=[{"approval_id": asked.approval_id, "request": asked.request} for asked in open_questions],
    )


async def _say_who(config: dict[str, Any], request: Request) -> dict[str, Any]:
    return {**config, "configurable": {CALLER: await caller(request)}}
