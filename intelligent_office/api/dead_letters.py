"""Dead letters: look at what failed, have it done again, or leave it be."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi.openapi.models import Example
from pydantic import Field

from intelligent_office.api.bodies import JsonRoute
from intelligent_office.api.openapi import problems
from intelligent_office.api.parts import Caller, Office, Who
from intelligent_office.api.views import Accepted, View
from intelligent_office.dead_letters import DeadLetters, LetterStatus, Remains, Reprocessing
from intelligent_office.task_requests import Number, Text

router = APIRouter(prefix="/dead-letters", tags=["dead letters"], route_class=JsonRoute)

EVERYBODY = "*"
REPROCESSINGS: dict[str, Example] = {
    "failure": {"summary": "Go on where it failed", "value": {"from": "failure"}},
    "start": {
        "summary": "Do it all anew, with other limits",
        "value": {"from": "start", "constraints": {"max_iterations": 5, "max_cost_usd": 1.0}},
    },
}
MANY: dict[str, Example] = {
    "class": {"summary": "All that failed for want of a model", "value": {"error_class": "ModelError", "limit": 50}}
}


class LetterView(View):
    """A task that could not be finished, and what was decided about that."""

    letter_id: int = Field(description="Grows with every failure.")
    task_id: str
    tenant: str
    at: datetime
    error_class: str
    reason: str
    tools: list[str] = Field(description="Whose calls had failed in the last attempt.")
    status: LetterStatus
    closed_at: datetime | None
    closed_by: str | None
    successor: str | None = Field(description="The task that does it again from the start.")
    description: str = Field(description="The task's.")


class LetterPage(View):
    dead_letters: list[LetterView] = Field(description="Newest first.")
    next: int | None = Field(description="The `cursor` of the next page; None on the last one.")


class CallView(View):
    """A call of a tool, as the ledger has it."""

    step_id: str
    tool: str
    inputs: dict[str, Any]
    status: Literal["started", "succeeded", "failed"] = Field(
        description="`started` without an end: nobody knows whether it took effect."
    )
    error: str | None
    started_at: datetime
    finished_at: datetime | None


class CheckpointView(View):
    checkpoint_id: str
    at: datetime
    step: int | None = Field(description="Supersteps of the graph until then.")


class RemainsView(LetterView):
    """With all that is known of the task."""

    state: dict[str, Any] = Field(description="The task's scratchpad, as it was last.")
    history: list[dict[str, Any]] = Field(description="Every objection on the way.")
    calls: list[CallView] = Field(description="What was done, in order.")
    checkpoint: CheckpointView | None = Field(description="None if there is nothing to go on from.")

    @classmethod
    def of(cls, remains: Remains) -> Self:
        letter = remains.letter.as_json()
        return cls.model_validate({**letter, "calls": remains.calls, "checkpoint": remains.checkpoint})


class TallyView(View):
    """How many dead letters there were of one kind, and what became of them."""

    by: Literal["total", "error_class", "tool", "day"]
    key: str = Field(description="The class, the tool (empty: no call had failed) or the day (UTC).")
    letters: int
    open: int
    reprocessed: int
    discarded: int
    recovered: int = Field(description="Reprocessed, and completed since.")


class Statistics(View):
    days: int
    lines: list[TallyView]


class ReprocessingOfMany(Reprocessing):
    """Which failed tasks are to be done again, and how."""

    error_class: Text | None = Field(default=None, max_length=200)
    tool: Text | None = Field(default=None, max_length=200, description="Only where a call of it had failed.")
    limit: Annotated[int, Number] = Field(default=100, ge=1, le=500, description="At most so many, the newest.")


class RefusedView(View):
    """A task that could not be sent back to work."""

    task_id: str
    reason: str


class Reprocessed(View):
    queued: list[Accepted]
    refused: list[RefusedView]


async def letters(office: Office) -> DeadLetters:
    return DeadLetters(office.database, office.tasks)


Letters = Annotated[DeadLetters, Depends(letters)]
Whose = Annotated[Text | None, Query(max_length=200, description="Another tenant, or `*` for all; for operators.")]


@router.get("", responses=problems(403, 422, 503))
async def list_dead_letters(
    who: Who,
    letters: Letters,
    status: Annotated[LetterStatus | Literal["all"], Query(description="`open`: nobody has decided yet.")] = "open",
    error_class: Annotated[Text | None, Query(max_length=200)] = None,
    tool: Annotated[Text | None, Query(max_length=200, description="Only where a call of it had failed.")] = None,
    tenant: Whose = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[int | None, Query(ge=1, le=2**62, description="The `next` of the page before.")] = None,
) -> LetterPage:
    """List failures of tasks, newest first."""
    found = await letters.list(
        _whose(who, tenant),
        status=None if status == "all" else status,
        error_class=error_class,
        tool=tool,
        limit=limit + 1,
        before=cursor,
    )
    shown = found[:limit]
    following = shown[-1].letter_id if len(found) > limit else None
    return LetterPage(dead_letters=[LetterView.model_validate(letter) for letter in shown], next=following)


@router.get("/statistics", responses=problems(403, 422, 503))
async def dead_letter_statistics(
    who: Who, letters: Letters, tenant: Whose = None, days: Annotated[int, Query(ge=1, le=3650)] = 30
) -> Statistics:
    """How many there were in the last days: in all, and by class, tool and day."""
    lines = await letters.statistics(_whose(who, tenant), days=days)
    return Statistics(days=days, lines=[TallyView.model_validate(line) for line in lines])


@router.get("/{task_id}", responses=problems(403, 404, 503))
async def show_dead_letter(task_id: str, who: Who, letters: Letters, tenant: Whose = None) -> RemainsView:
    """Everything about the latest failure of a task."""
    return RemainsView.of(await letters.show(task_id, _whose(who, tenant)))


@router.post("/{task_id}/reprocess", status_code=HTTPStatus.ACCEPTED, responses=problems(403, 404, 409, 422, 503))
async def reprocess_dead_letter(
    task_id: str,
    request: Request,
    response: Response,
    who: Who,
    letters: Letters,
    wish: Annotated[Reprocessing | None, Body(openapi_examples=REPROCESSINGS)] = None,
    tenant: Whose = None,
) -> Accepted:
    """Have a failed task done again: the same one goes on, or a new one starts. Of several requests one is heard."""
    owner = await _owner(letters, task_id, _whose(who, tenant))
    task = await letters.reprocess(task_id, owner, wish or Reprocessing(), by=who.name, origin="http", **_leave(who))
    response.headers["Location"] = request.url_for("show_task", task_id=task.task_id).path
    return Accepted.model_validate(task)


@router.post("/reprocess", status_code=HTTPStatus.ACCEPTED, responses=problems(403, 422, 503))
async def reprocess_dead_letters(
    wish: Annotated[ReprocessingOfMany, Body(openapi_examples=MANY)],
    who: Who,
    letters: Letters,
    tenant: Whose = None,
) -> Reprocessed:
    """Have many failed tasks done again, after what they had in common was mended."""
    queued, refused = await letters.reprocess_all(
        _whose(who, tenant),
        wish,
        error_class=wish.error_class,
        tool=wish.tool,
        limit=wish.limit,
        by=who.name,
        origin="http",
        **_leave(who),
    )
    return Reprocessed(
        queued=[Accepted.model_validate(task) for task in queued],
        refused=[RefusedView.model_validate(one) for one in refused],
    )


@router.post("/{task_id}/discard", status_code=HTTPStatus.OK, responses=problems(403, 404, 409, 503))
async def discard_dead_letter(task_id: str, who: Who, letters: Letters, tenant: Whose = None) -> RemainsView:
    """Say that nothing more is to be done about a failure."""
    owner = await _owner(letters, task_id, _whose(who, tenant))
    return RemainsView.of(await letters.discard(task_id, owner, by=who.name))


def _whose(who: Caller, tenant: str | None) -> str | None:
    """The tenant that is meant; None for all of them.

    Raises:
        Forbidden: it is not the caller's own.
    """
    if tenant in (None, who.tenant):
        return who.tenant
    who.need_to_operate()
    return None if tenant == EVERYBODY else tenant


def _leave(who: Caller) -> dict[str, Any]:
    """What is the caller's to say. Whoever sets the limits is not held up by them."""
    return {
        "may_wave_through": "admin" in who.scopes,
        "tasks_per_day": None if who.operates else who.tasks_per_day,
    }


async def _owner(letters: DeadLetters, task_id: str, tenant: str | None) -> str:
    return tenant or (await letters.show(task_id, None)).letter.tenant
