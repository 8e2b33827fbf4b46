"""The scratchpads: what the roles know. Small, plain data, one writer a key or a reducer."""

from operator import add
from typing import Annotated, Any, Literal

from typing_extensions import TypedDict

from intelligent_office.contracts import (
    Attachment,
    Clearance,
    Criterion,
    Grant,
    Objection,
    Outcome,
    Plan,
    Review,
    StepResult,
    Subtask,
    Validation,
)

Planned = Literal["model", "rules", "cache"]
"""A plan from the cache is one that a model made, and that was approved, a short while ago."""


def merge(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Add the entries on the right to those on the left; the right one wins."""
    return {**left, **right}


class Scratchpad(TypedDict, total=False):
    """The task's: shared by receptionist, analyst, manager, archivist and morgue."""

    request: str
    """What was asked for, in plain words. Written once, at the door."""
    attachments: list[Attachment]
    """Files handed in with the request. Written once, at the door."""
    criteria: list[Criterion]
    """When the task counts as done. Written by `receptionist`, before any work."""
    patience: int
    """How often a subtask may be planned. Written by `receptionist`, before any work."""
    subtasks: Annotated[dict[str, Subtask], merge]
    """By id. Opened by `analyst`; each desk closes its own."""
    outcome: Outcome | None
    """How it ended. Written by `manager`; by `receptionist` or `analyst` when there is nothing to manage. None when a
    failed task was taken up again."""


class Desk(TypedDict, total=False):
    """One subtask's: shared by planner, validator, broker, gatekeeper, executor and reviewer."""

    request: str
    """The whole task's words, for context. Written once, by the manager's `Send`."""
    subtask: Subtask
    """What this desk has to do. Written once, by the manager's `Send`."""
    attachments: list[Attachment]
    """Files handed in with the task. Written once, by the manager's `Send`."""
    criteria: list[Criterion]
    """When the task counts as done. Written once, by the manager's `Send`."""
    patience: int
    """How often the subtask may be planned. Written once, by the manager's `Send`."""
    given: dict[str, Subtask]
    """The finished subtasks this one depends on, by id. Written once, by the manager's `Send`."""
    attempt: int
    """Counts plans, from 1. Written by `planner`."""
    plan: Plan | None
    """The plan of this attempt; None if none could be made. Written by `planner`, and by `broker` when a human
    edits an argument."""
    planned_by: Planned
    """Who made the plan. Written by `planner`."""
    objections: Annotated[list[Objection], add]
    """Why earlier attempts did not stand, oldest first. Any role may append."""
    validation: Validation
    """Whether `plan` may be carried out. Written by `validator`."""
    grants: dict[str, Grant]
    """Permissions for the steps of `plan`, by step id; none while the gatekeeper is asked, or a human once more.
    Written by `broker`."""
    decided: Annotated[dict[str, Grant], merge]
    """What was granted or refused in any attempt, by idempotency key: nobody is asked twice. Written by `broker`."""
    clearances: Annotated[dict[str, Clearance], merge]
    """What the gatekeeper said of risky calls in any attempt, by idempotency key. Written by `gatekeeper`, and
    by `broker` when a human's answer to one cannot be taken."""
    results: dict[str, StepResult]
    """What became of the steps of `plan`, by step id. Written by `executor`."""
    review: Review
    """The verdict on this attempt. Written by `reviewer`."""
    subtasks: Annotated[dict[str, Subtask], merge]
    """This desk's subtask, closed. Written by `reviewer` at the end, and handed to the task's scratchpad."""
