"""What the office shows of itself over HTTP, as the OpenAPI document describes it."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from intelligent_office.contracts import HumanAnswer, HumanRequest, Outcome, RoleModels, ToolCard
from intelligent_office.records import Status, Task, Usage


class View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Accepted(View):
    """The office's word that a task will be done."""

    task_id: str
    status: Status
    estimated_completion: datetime | None = Field(description="None for a task that has ended or waits for a human.")


class UsageView(View):
    """What the models have cost so far."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float


class TaskSummary(Accepted):
    description: str
    priority: int
    origin: str = Field(description="The door it came through.")
    step: str = Field(description="The role that works on it.")
    progress: float = Field(ge=0, le=1, description="Goes back only when a failed task is resumed.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class TaskState(Accepted):
    """How far a task has come."""

    step: str = Field(description="The role that works on it.")
    progress: float = Field(ge=0, le=1, description="Goes back only when a failed task is resumed.")
    last_event: int = Field(description="The number of the latest event.")
    worked_seconds: float = Field(description="Time in the hands of workers, without waiting for the queue or a human.")
    usage: UsageView
    result: Outcome | None = Field(description="None while the task goes on.")

    @classmethod
    def of(cls, task: Task, usage: Usage) -> Self:
        return cls.model_validate({**task.as_json(), "usage": usage.as_json(), "result": task.outcome})


class TaskView(TaskState):
    """Everything about a task."""

    description: str
    priority: int
    origin: str = Field(description="The door it came through.")
    context: dict[str, Any] = Field(description="What was chosen for it.")
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class TaskPage(View):
    tasks: list[TaskSummary] = Field(description="Newest first.")
    next: str | None = Field(description="The `cursor` of the next page; None on the last one.")


class EventView(View):
    """Something that happened to a task."""

    number: int = Field(description="Counts from 1, without gaps.")
    at: datetime
    kind: str = Field(description="`noun.past_verb`.")
    role: str
    subtask: str
    data: dict[str, Any]


class LogPage(View):
    task_id: str
    events: list[EventView]
    next: int | None = Field(description="The `after` of the next page; None when there is nothing more yet.")


class ApprovalView(View):
    """A question to a human."""

    approval_id: str
    task_id: str
    request: HumanRequest
    status: Literal["open", "answered", "expired", "withdrawn"]
    answer: HumanAnswer | None
    answered_by: str | None
    asked_at: datetime
    answered_at: datetime | None
    expires_at: datetime


class ApprovalList(View):
    approvals: list[ApprovalView] = Field(description="Oldest first.")


class ToolList(View):
    tools: list[ToolCard]


class ModelOverview(View):
    roles: list[RoleModels]


class Health(View):
    status: Literal["ok"] = "ok"


class Readiness(View):
    status: Literal["ready"] = "ready"
    parts: dict[str, str] = Field(description="Each part of the office, and how it is.")
