"""What the office shows of itself over HTTP, as the OpenAPI document describes it."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from intelligent_office.cards import RoleModels, ToolAbsence, ToolCard
from intelligent_office.contracts import Attachment, HumanAnswer, HumanRequest, Outcome
from intelligent_office.models.spending import By, Report, TenantBudget
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
    cached: int = Field(description="Answers from the office's cache: no calls, and no cost.")
    input_tokens: int
    output_tokens: int
    cost_usd: float


class UsageLine(View):
    """What the calls of one group took."""

    key: str = Field(description="What the line is about; empty for calls outside any task.")
    calls: int
    failed: int = Field(description="Calls that brought no answer.")
    failed_share: float | None = Field(description="Failed calls of all calls; None if there were none.")
    lost: int = Field(description="Calls that died with their process; charged at the most they may have cost.")
    cached: int = Field(description="Answers from the office's cache: no calls, and no cost.")
    input_tokens: int
    output_tokens: int
    cached_tokens: int = Field(description="Tokens among those read that the provider had in its cache.")
    cost_usd: float
    guessed_usd: float = Field(description="The part of the cost without a published or configured price.")
    seconds: float | None = Field(description="How long a call took, on average.")
    approved_tasks: int = Field(description="Completed tasks that the calls were made for.")
    usd_per_approved_task: float | None = Field(
        description="What a completed task costs, with what the others have cost."
    )


class BudgetView(View):
    """Where the tenant stands this month (UTC)."""

    tenant: str
    monthly_usd: float | None = Field(description="None means no limit.")
    own: bool = Field(description="Whether it is the tenant's own, not the one of the settings.")
    spent_usd: float
    held_usd: float = Field(description="For calls under way.")


class UsageReport(View):
    """What was asked of models and tools, and what that cost."""

    by: By
    lines: list[UsageLine]
    total: UsageLine = Field(description="Of all lines, also those left out.")
    left_out: int = Field(description="Lines that were too many.")
    budget: BudgetView

    @classmethod
    def of(cls, report: Report, budget: TenantBudget) -> Self:
        return cls(
            by=report.by,
            lines=[UsageLine.model_validate(line.as_json()) for line in report.lines],
            total=UsageLine.model_validate(report.total.as_json()),
            left_out=report.left_out,
            budget=BudgetView.model_validate(budget.as_json()),
        )


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
    attachments: list[Attachment] = Field(description="Their content is at /attachments.")
    context: dict[str, Any] = Field(description="What was chosen for it.")
    webhook_url: str | None
    predecessor: str | None = Field(description="The failed task that this one does again.")
    dead_letter: str | None = Field(None, description="Where to find out why it failed, and to have it done again.")
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


class PermitView(View):
    """A person's yes to a tool for all tasks of the tenant."""

    permit_id: str
    tool: str
    inputs: dict[str, Any] = Field(description="Of the call that it was given for.")
    same_inputs: bool = Field(description="Whether it holds for calls with those inputs only.")
    bounds: dict[str, Any] = Field(description="What its calls may reach and use at most, where that was narrowed.")
    task_id: str = Field(description="The task that asked.")
    approval_id: str
    granted_by: str
    granted_at: datetime
    until: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    in_force: bool


class PermitList(View):
    permits: list[PermitView] = Field(description="Newest first.")


class AuditEntryView(View):
    """Something that was asked, decided or done about a call of a tool."""

    number: int = Field(description="Counts from 1, without gaps.")
    at: datetime
    task_id: str
    tenant: str
    kind: str = Field(
        description="asked, answered, granted, refused, revoked, started, finished, failed, in_doubt or pruned."
    )
    subtask_id: str | None = Field(description="Whose step it is; null where none is named, and then not hashed.")
    step_id: str
    tool: str
    who: str = Field(
        description="`user:NAME`, `key:LABEL (ID)`, `human`, `policy`, `gatekeeper`, `time-out`, or `executor`."
    )
    fact: str = Field(description="What is told once; empty for calls.")
    data: dict[str, Any] = Field(description="Arguments without private values, risk, decision, reason, digests.")
    previous: str = Field(description="The hash of the entry before; the first one's is that of the task's id.")
    hash: str = Field(description="SHA-256 of the entry's canonical JSON.")


class AuditPage(View):
    """A part of a task's audit trail, and whether the whole of it is what was once written."""

    task_id: str
    intact: bool
    flaws: list[str] = Field(description="What does not fit, as sentences.")
    total: int = Field(description="Entries of the whole trail.")
    head: str = Field(description="The last hash: noted elsewhere, it tells a chain that was forged as a whole.")
    entries: list[AuditEntryView]
    next: int | None = Field(description="The `after` of the next page; None when there is nothing more yet.")


class ToolList(View):
    tools: list[ToolCard]
    unavailable: list[ToolAbsence]


class ModelOverview(View):
    roles: list[RoleModels]


class Health(View):
    status: Literal["ok"] = "ok"


class QueueLine(View):
    """What waits and what is done for one tenant, at one priority."""

    tenant: str
    priority: int
    queued: int
    running: int
    oldest_seconds: float = Field(description="How long the first of the queued ones has waited for a worker.")


class QueueView(View):
    """All tasks that are to be worked on."""

    queued: int
    running: int
    oldest_seconds: float
    workers: int = Field(description="Workers that were heard of lately, in whatever process.")
    places: int = Field(description="How many tasks these can work on at once.")
    suggested_workers: int = Field(description="So many would have a place for every task that may be worked on now.")
    lines: list[QueueLine]


class Readiness(View):
    status: Literal["ready"] = "ready"
    parts: dict[str, str] = Field(description="Each part of the office, and how it is.")
