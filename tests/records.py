"""Records as the database would give them, for tests without one."""

from datetime import UTC, datetime
from typing import Any

from intelligent_office.records import Event, Task

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OUTCOME: Any = {"status": "completed", "answer": "42", "reason": "", "error_class": "", "artifacts": []}
QUESTION: Any = {
    "interrupt_id": "i1",
    "request": {
        "action_requests": [{"name": "echo", "args": {}, "description": ""}],
        "review_configs": [{"action_name": "echo", "allowed_decisions": ["approve", "reject"]}],
    },
}


def a_task(**changes: Any) -> Task:
    """A task at work, with changes."""
    fields: dict[str, Any] = {
        "task_id": "t",
        "tenant": "default",
        "origin": "test",
        "description": "do it",
        "attachments": [],
        "context": {},
        "priority": 5,
        "status": "running",
        "step": "planner",
        "progress": 0.2,
        "last_event": 1,
        "worker": "w",
        "claims": 1,
        "crashes": 0,
        "crashes_alone": 0,
        "cancel_requested": False,
        "outcome": None,
        "worked_seconds": 0.1,
        "created_at": NOON,
        "started_at": NOON,
        "finished_at": None,
        "webhook_url": None,
        "predecessor": None,
        "reopened_after": None,
        "estimated_completion": None,
    }
    return Task(**{**fields, **changes})


def an_event(**changes: Any) -> Event:
    """An event, with changes."""
    fields: dict[str, Any] = {
        "task_id": "t", "number": 1, "at": NOON, "kind": "role.started", "role": "planner", "subtask": "", "data": {},
    }  # fmt: skip
    return Event(**{**fields, **changes})
