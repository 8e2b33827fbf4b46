"""Which task the current coroutine works for: read by logs, usage records and budgets.

A context variable, because `models.ask` is called from deep inside tools that know nothing of tasks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from structlog.contextvars import bound_contextvars


@dataclass(frozen=True)
class Scope:
    task_id: str = ""
    tenant: str = "default"
    model: str = ""
    """`provider:model` that this task prefers; empty means the configured candidates."""
    max_cost_usd: float | None = None
    """What the task's models may cost; None means no limit."""


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
