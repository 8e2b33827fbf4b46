"""Runs: tasks in the smallest form, of a prompt, a limit of steps and what became of each of them."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field

from intelligent_office.api.bodies import JsonRoute
from intelligent_office.api.intake import submit
from intelligent_office.api.openapi import problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.api.views import View
from intelligent_office.database.pool import Row
from intelligent_office.errors import Missing
from intelligent_office.records import Selection, Status, Task
from intelligent_office.task_requests import Constraints, Number, TaskRequest, Words

ORIGIN = "runs"
STEPS = 20
"""How many a run may take if nobody says."""

RunStatus = Literal["pending", "running", "completed", "failed"]
STATUSES: dict[Status, RunStatus] = {
    "queued": "pending",
    "running": "running",
    "waiting": "running",
    "completed": "completed",
    "failed": "failed",
    "cancelled": "failed",
}
EXAMPLES: dict[str, Example] = {
    "sum": {"summary": "The shortest run", "value": {"prompt": "what is 15 * 23?", "max_steps": 5}}
}

router = APIRouter(prefix="/api/v1/runs", tags=["runs"], route_class=JsonRoute)


class RunRequest(BaseModel):
    """A task in plain words, and how many calls of tools it may take."""

    model_config = ConfigDict(extra="forbid")

    prompt: Words
    max_steps: Annotated[int, Field(ge=1, le=100), Number] = STEPS


class RunStep(View):
    """A call of a tool."""

    step_id: str
    tool: str
    inputs: dict[str, Any] = Field(description="Resolved; long texts are shortened.")
    output: Any = Field(description="None while it runs; of a large one its beginning, as text.")
    error: str | None
    started_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: Row) -> Self:
        result = row["result"] or {}
        output = result.get("output")
        if output is None and row["status"] == "succeeded":
            output = result.get("text")
        return cls.model_validate({**row, "output": output, "error": result.get("error")})


class RunView(View):
    """A run as it stands."""

    run_id: str
    status: RunStatus
    prompt: str
    max_steps: int
    note: str = Field(description="Why it does not go on by itself; empty if it does.")
    result: str | None = Field(description="The answer of a completed run.")
    error: str | None = Field(description="Why a run failed.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def facts(cls, task: Task) -> dict[str, Any]:
        """What the task says of the run."""
        outcome, status = task.outcome or {}, STATUSES[task.status]
        waits = f"It waits for a human: answer at /tasks/{task.task_id}/approvals." if task.status == "waiting" else ""
        return {
            **task.as_json(),
            "run_id": task.task_id,
            "status": status,
            "prompt": task.description,
            "max_steps": task.context["max_steps"],
            "note": waits,
            "result": outcome.get("answer") if status == "completed" else None,
            "error": outcome.get("reason") if status == "failed" else None,
        }


class WholeRun(RunView):
    """A run with its steps."""

    steps: list[RunStep] = Field(description="In the order in which they were started.")


class RunPage(View):
    runs: list[RunView] = Field(description="The newest ones, newest first.")


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(422, 503))
async def start_run(
    request: Request,
    response: Response,
    run: Annotated[RunRequest, Body(openapi_examples=EXAMPLES)],
    who: Who,
    office: Office,
) -> WholeRun:
    """Hand in a run. It is a task like any other: it can be followed, answered and cancelled as one, by the same id."""
    wanted = TaskRequest(description=run.prompt, constraints=Constraints(max_steps=run.max_steps))
    task = await submit(wanted, who, office, origin=ORIGIN)
    response.headers["Location"] = request.url_for("show_run", run_id=task.task_id).path
    return WholeRun(**RunView.facts(task), steps=[])


@router.get("", responses=problems(503))
async def list_runs(who: Who, office: Office, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> RunPage:
    """List runs, without their steps. `GET /tasks?origin=runs` has filters and pages."""
    tasks = await office.tasks.list(who.tenant, Selection(origin=ORIGIN), limit=limit)
    return RunPage(runs=[RunView.model_validate(RunView.facts(task)) for task in tasks])


@router.get("/{run_id}", responses=problems(404, 503))
async def show_run(run_id: str, who: Who, office: Office) -> WholeRun:
    """How far a run has come, and each step that it has taken."""
    try:
        task = await office.tasks.get(run_id, who.tenant)
    except Missing:
        raise Missing(kind="run", name=run_id) from None
    if task.origin != ORIGIN:
        raise Missing(kind="run", name=run_id)
    rows = await office.database.all("steps_of_task", task_id=run_id, tenant=who.tenant)
    return WholeRun(**RunView.facts(task), steps=[RunStep.of(row) for row in rows])
