"""Which task the current coroutine works for: read by logs, usage records and budgets.

A context variable, because `models.ask` is called from deep inside tools that know nothing of tasks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from structlog.contextvars import bound_contextvars

Tell = Callable[[dict[str, Any]], None]
"""Takes something that the task's events should say: its `kind`, and facts."""


def _nobody_listens(_: dict[str, Any]) -> None:
    """Outside a task there are no events."""


@dataclass(frozen=True)
class Scope:
    task_id: str = ""
    tenant: str = "default"
    model: str = ""
    """`provider:model` that this task prefers; empty means the configured candidates."""
    max_cost_usd: float | None = None
    """What the task's models and tools may cost; None means no limit."""
    use_cache: bool = True
    """Whether earlier answers of models may be used again."""
    tell: Tell = field(default=_nobody_listens, compare=False)


NOBODY = Scope()
_scope: ContextVar[Scope] = ContextVar("office_scope", default=NOBODY)


def current_scope() -> Scope:
    """The scope of the running coroutine; the default one outside any task."""
    return _scope.get()


@contextmanager
def working_for(scope: Scope) -> Iterator[None]:
    """Everything inside is done for this task: usage is charged to it, log lines carry its id."""
    token = _scope.set(scope)
    try:
        with bound_contextvars(task_id=scope.task_id, tenant=scope.tenant):
            yield
    finally:
        _scope.reset(token)
