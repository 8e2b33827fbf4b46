"""What is kept of a task, as the doors see it: plain, frozen, and ready for JSON."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

from intelligent_office.contracts import Attachment, HumanAnswer, HumanRequest

Status = Literal["queued", "running", "waiting", "completed", "failed", "cancelled"]
ENDED: frozenset[Status] = frozenset({"completed", "failed", "cancelled"})
"""The statuses that do not change by themselves: a failed task may be sent back to work."""

Place = tuple[datetime, str]
"""Where a task stands in a list of tasks: by the moment it came, then by its id."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A row as a frozen dataclass; columns it has no field for are left out."""

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        return cls(**cls.columns(row))

    @classmethod
    def columns(cls, row: dict[str, Any]) -> dict[str, Any]:
        """What the row says of the fields."""
        return {field.name: row[field.name] for field in fields(cls) if field.name in row}

    def as_json(self) -> dict[str, Any]:
        """The fields; times as RFC 3339 in UTC."""
        return {
            name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
            for name, value in vars(self).items()  # `asdict` would copy all that a field holds, for every event
        }


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which tasks are meant: those that fit all that is given."""

    statuses: frozenset[Status] = frozenset()
    """Any of these; empty means all."""
    created_after: datetime | None = None
    """Then or later."""
    created_before: datetime | None = None
    text: str | None = None
    """Stands in the description; capital letters make no difference."""
    origin: str | None = None


@dataclass(frozen=True, kw_only=True)
class Task(Record):
    """A task as it stood when it was read."""

    task_id: str
    tenant: str
    origin: str
    """The door it came through."""
    description: str
    attachments: list[Attachment]
    context: dict[str, Any]
    """The fields of `Context`."""
    priority: int
    status: Status
    step: str
    """The role that works on it."""
    progress: float
    """0 to 1; goes back only when a failed task is resumed."""
    last_event: int
    worker: str | None
    claims: int
    """How often a worker has taken it."""
    crashes: int
    """How often in a row a worker died over it without bringing it further."""
    crashes_alone: int
    """In how many of these it was the worker's only task."""
    cancel_requested: bool
    outcome: dict[str, Any] | None
    """An `Outcome`; None while the task goes on."""
    worked_seconds: float
    """Time in the hands of workers, without waiting for the queue or a human."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    webhook_url: str | None
    """Where to tell of what becomes of it."""
    predecessor: str | None
    """The failed task that this one does again."""
    reopened_after: str | None
    """The checkpoint that was the last one when the task, failed, was sent back to work."""
    estimated_completion: datetime | None
    """None for a task that has ended or waits for a human."""

    @property
    def place(self) -> Place:
        return self.created_at, self.task_id

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @classmethod
    def from_row(cls, row: dict[str, Any], *, typical_seconds: float = 0.0) -> Self:
        """Make it from a row of `tasks`.

        Args:
            row: the row; other columns are left out.
            typical_seconds: how long tasks take these days.
        """
        expected = None
        if row["status"] in ("queued", "running"):
            remaining = max(typical_seconds - row["worked_seconds"], 0.0)
            expected = datetime.now(UTC) + timedelta(seconds=remaining)
        return cls(**cls.columns(row), estimated_completion=expected)


@dataclass(frozen=True, kw_only=True)
class Event(Record):
    """Something that happened to a task."""

    task_id: str
    number: int
    """Counts from 1, without gaps."""
    at: datetime
    kind: str
    """`noun.past_verb`."""
    role: str
    subtask: str
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Approval(Record):
    """A question to a human."""

    approval_id: str
    task_id: str
    tenant: str
    interrupt_id: str
    """The place in the graph that waits for the answer."""
    request: HumanRequest
    status: Literal["open", "answered", "expired", "withdrawn"]
    answer: HumanAnswer | None
    answered_by: str | None
    asked_at: datetime
    answered_at: datetime | None
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Usage(Record):
    """What a task has cost so far."""

    calls: int
    """Of models."""
    cached: int
    """Answers that were known: no calls, and no cost."""
    input_tokens: int
    output_tokens: int
    cost_usd: float
    """Of models, and of tools that cost something."""


@dataclass(frozen=True, kw_only=True)
class LetterSummary(Record):
    """A task that could not be finished, and what was decided about that."""

    letter_id: int
    """Grows with every failure."""
    task_id: str
    tenant: str
    at: datetime
    error_class: str
    reason: str
    tools: list[str]
    """Whose calls had failed in the last attempt."""
    status: Literal["open", "reprocessed", "discarded"]
    closed_at: datetime | None
    closed_by: str | None
    successor: str | None
    """The task that does it again from the start."""
    description: str
    """The task's."""


@dataclass(frozen=True, kw_only=True)
class DeadLetter(LetterSummary):
    """With all that was known of the task when it failed."""

    state: dict[str, Any]
    """The task's scratchpad, as it was last."""
    history: list[dict[str, Any]]
    """Every objection on the way, with its `subtask_id`."""
