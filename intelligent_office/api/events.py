"""Events: what happens to a task, as it happens, for anybody who listens."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractContextManager, aclosing
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send

from intelligent_office.api.bodies import JsonRoute
from intelligent_office.api.openapi import EVENT_STREAM, problems
from intelligent_office.api.parts import Caller, Office, Parts, Who
from intelligent_office.api.problems import problem_of
from intelligent_office.api.request_ids import request_id_of
from intelligent_office.errors import OfficeError
from intelligent_office.records import Event

router = APIRouter(prefix="/tasks/{task_id}", tags=["tasks"], route_class=JsonRoute)

HEARTBEAT_SECONDS = 15.0
RECONNECT_MILLISECONDS = 2000
_LAST = 2**62


class EventStream(EventSourceResponse):
    """A stream that is counted while it is open."""

    counted: AbstractContextManager[None]
    news: AsyncGenerator[Sequence[Event], None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self.news):
            with self.counted:
                await super().__call__(scope, receive, send)


@router.get(
    "/events",
    response_class=EventStream,
    responses={**EVENT_STREAM, **problems(404, 503)},
)
async def stream_events(
    request: Request,
    task_id: str,
    who: Who,
    office: Office,
    after: Annotated[int, Query(ge=0, le=_LAST, description="The last event that is known already.")] = 0,
    last_event_id: Annotated[int | None, Header(ge=0, le=_LAST, description="The same, and it counts more.")] = None,
    last_known: Annotated[
        int | None, Query(alias="lastEventId", ge=0, le=_LAST, description="The same, and it counts more than `after`.")
    ] = None,
    heartbeat: Annotated[
        float, Query(ge=0.1, le=300, description="Seconds between signs of life.")
    ] = HEARTBEAT_SECONDS,
) -> Response:
    """Follow a task until it has ended; a broken stream is taken up again with `Last-Event-ID`.

    A browser comes back whenever a stream ends; 204 tells it that there will be nothing more. Its own `EventSource`
    cannot show a key, and what takes its place writes the last event into the address.
    """
    known = next(number for number in (last_event_id, last_known, after) if number is not None)
    office.listeners.refuse_more(who.tenant)
    news = office.tasks.news(task_id, who.tenant, after=known, at_once=True)
    first = await anext(news, None)
    if first is None:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    stream = EventStream(
        _stream(request, who, office, first, news, f"events of task {task_id} after {known}"),
        ping=heartbeat,
        ping_message_factory=lambda: ServerSentEvent(comment="still here"),
    )
    stream.counted = office.listeners.one(who.tenant)
    stream.news = news
    return stream


async def _stream(
    request: Request,
    who: Caller,
    office: Parts,
    first: Sequence[Event],
    news: AsyncIterator[Sequence[Event]],
    title: str,
) -> AsyncIterator[ServerSentEvent | bytes]:
    yield ServerSentEvent(retry=RECONNECT_MILLISECONDS, comment=title)
    try:
        if first:
            yield _written(first)
        async for events in news:
            await office.keys.insist_on(who.key_id)
            yield _written(events)
    except OfficeError as error:  # without an id, so that the listener comes back for what it has missed
        problem = problem_of(error, instance=request.url.path, request_id=request_id_of(request.scope))
        yield ServerSentEvent(data=problem.model_dump_json(by_alias=True), event="stream.interrupted")


def _written(events: Sequence[Event]) -> bytes:
    """What is read together is sent together."""
    return b"".join(
        ServerSentEvent(
            data=json.dumps(event.as_json(), ensure_ascii=False), event=event.kind, id=str(event.number)
        ).encode()
        for event in events
    )
