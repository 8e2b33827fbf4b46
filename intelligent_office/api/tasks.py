"""Tasks: hand one in, look at it, list them, stop one."""

from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from intelligent_office.api.bodies import JsonRoute
from intelligent_office.api.cursors import cursor_of, read_cursor
from intelligent_office.api.intake import submit
from intelligent_office.api.openapi import REQUESTS, RESUMPTIONS, problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.api.views import Accepted, EventView, LogPage, TaskPage, TaskState, TaskSummary, TaskView
from intelligent_office.errors import Missing
from intelligent_office.models.spending import in_utc
from intelligent_office.records import Selection, Status
from intelligent_office.task_requests import Resumption, TaskRequest, Text

ZONE = "UTC if it names no zone."

router = APIRouter(prefix="/tasks", tags=["tasks"], route_class=JsonRoute)


@router.post("", status_code=HTTPStatus.ACCEPTED, responses=problems(422, 503))
async def submit_task(
    request: Request,
    response: Response,
    task: Annotated[TaskRequest, Body(openapi_examples=REQUESTS)],
    who: Who,
    office: Office,
) -> Accepted:
    """Hand in a task. It is stored before the answer, so an accepted task is not lost."""
    accepted = await submit(task, who, office, origin="http")
    response.headers["Location"] = request.url_for("show_task", task_id=accepted.task_id).path
    return Accepted.model_validate(accepted)


@router.get("", responses=problems(422, 503))
async def list_tasks(
    who: Who,
    office: Office,
    status: Annotated[
        list[Status] | None, Query(description="Only of this status; given several times, of any of them.")
    ] = None,
    created_after: Annotated[datetime | None, Query(description=f"Only of then or later; {ZONE}")] = None,
    created_before: Annotated[datetime | None, Query(description=f"Only of before then; {ZONE}")] = None,
    text: Annotated[
        Text | None, Query(min_length=1, max_length=200, description="Only with this in the description, in any case.")
    ] = None,
    origin: Annotated[Text | None, Query(max_length=50, description="Only those that came through this door.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="The `next` of the page before.")] = None,
) -> TaskPage:
    """List tasks, newest first. A page stays the same however many tasks come in meanwhile."""
    selection = Selection(
        statuses=frozenset(status or ()),
        created_after=in_utc(created_after),
        created_before=in_utc(created_before),
        text=text,
        origin=origin,
    )
    before = read_cursor(cursor) if cursor else None
    found = await office.tasks.list(who.tenant, selection, limit=limit + 1, before=before)
    shown = found[:limit]
    following = cursor_of(shown[-1].place) if len(found) > limit else None
    return TaskPage(tasks=[TaskSummary.model_validate(task) for task in shown], next=following)


@router.get("/{task_id}", responses=problems(404, 503))
async def show_task(task_id: str, who: Who, office: Office, request: Request) -> TaskView:
    """Everything about a task."""
    task = await office.tasks.get(task_id, who.tenant)
    view = TaskView.of(task, await office.tasks.usage(task_id, who.tenant))
    if task.status == "failed":
        with suppress(Missing):  # a task that only misses a key is not dead
            await office.tasks.dead_letter(task_id, who.tenant)
            view.dead_letter = request.url_for("show_dead_letter", task_id=task_id).path
    return view


@router.get("/{task_id}/status", responses=problems(404, 503))
async def show_status(task_id: str, who: Who, office: Office) -> TaskState:
    """How far a task has come, and its result if it has ended."""
    task = await office.tasks.get(task_id, who.tenant)
    return TaskState.of(task, await office.tasks.usage(task_id, who.tenant))


@router.get("/{task_id}/logs", responses=problems(404, 503))
async def read_logs(
    task_id: str,
    who: Who,
    office: Office,
    after: Annotated[int, Query(ge=0, le=2**62, description="The last event that is known already.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> LogPage:
    """What has happened to a task, in order."""
    found = await office.tasks.events(task_id, who.tenant, after=after, limit=limit + 1)
    shown = found[:limit]
    following = shown[-1].number if len(found) > limit else None
    return LogPage(task_id=task_id, events=[EventView.model_validate(event) for event in shown], next=following)


@router.post("/{task_id}/resume", status_code=HTTPStatus.ACCEPTED, responses=problems(404, 409, 422, 503))
async def resume_task(
    task_id: str,
    who: Who,
    office: Office,
    request: Annotated[Resumption | None, Body(openapi_examples=RESUMPTIONS)] = None,
) -> Accepted:
    """Let a task go on that failed because its budget was used up; what it has finished stays finished."""
    return Accepted.model_validate(await office.tasks.resume(task_id, who.tenant, request or Resumption()))


@router.post("/{task_id}/cancel", status_code=HTTPStatus.ACCEPTED, responses=problems(404, 409, 503))
async def cancel_task(task_id: str, who: Who, office: Office) -> Accepted:
    """Stop a task: at once if nobody works on it, else as soon as its worker hears of it."""
    return Accepted.model_validate(await office.tasks.cancel(task_id, who.tenant))
