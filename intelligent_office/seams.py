"""What the roles may use, and nothing else: every part of the world that can hurt, as a Protocol.

The real ones are made in `services.py`; tests have scripted twins in `tests/fakes.py`.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar

from intelligent_office.bounds import Bounds
from intelligent_office.cards import RoleModels, ToolAbsence, ToolCard
from intelligent_office.contracts import Grant, Lesson, Permit, Plan, Review, Risk, Step, StepResult

if TYPE_CHECKING:  # importing LangGraph takes a second, and the doors that read a task do without it
    import numpy
    from langgraph.runtime import Runtime
    from numpy.typing import NDArray

    from intelligent_office.context import Context

T = TypeVar("T")

Vectors: TypeAlias = "NDArray[numpy.float32]"
"""One row a text."""
Author = Literal["model", "rules"]

STARTED_IN = Path.cwd()
"""What a relative folder is relative to. Asked once: the answer takes a blocking call."""


@dataclass(frozen=True)
class Image:
    """A picture for a model to look at."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


class Models(Protocol):
    """One door to every model."""

    async def ask(self, role: str, schema: type[T], /, **values: Any) -> T:
        """Render the role's prompt with the values and return an answer that fits the schema.

        The value `images`, a list of `Image`, is shown to the model beside the prompt.

        Raises:
            ModelError: no candidate of the role could answer (NoRuleCovers: only the built-in rules were there).
            BudgetExceeded: there is no money to ask the ones that may.
        """
        ...

    async def answered(self, role: str, schema: type[T], /, **values: Any) -> tuple[T, Author]:
        """As `ask`, and who it was that answered."""
        ...

    async def recall(self, role: str, schema: type[T], /, **premises: Any) -> T | None:
        """What has proved itself as an answer under the very same premises a short while ago; None if nothing has."""
        ...

    async def keep(self, role: str, schema: type[T], answer: T, /, **premises: Any) -> None:
        """Keep an answer that has proved itself under these premises, for `recall`."""
        ...

    async def forget(self) -> None:
        """Give nobody the answers again that the current task was given: they have led it astray."""
        ...

    @property
    def encoder(self) -> str:
        """The model at a provider that makes the vectors; empty if they are made here, at no cost."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One vector a text, all of one model: the closer, the more alike the texts are.

        Raises:
            ModelError: they cannot be had now.
        """
        ...

    def connected(self, role: str) -> bool:
        """Whether a real model, not only the built-in rules, may answer for the role."""
        ...

    def require(self, model: str) -> None:
        """Make sure that a task can have the model it prefers; empty means any.

        Raises:
            InvalidRequest: it is none, or cannot be asked here; the message says why.
        """
        ...

    def overview(self) -> list[RoleModels]:
        """Who is asked for each role, in which order, whether that can be done, and at what price.

        May take a moment: call it in a thread.
        """
        ...

    async def close(self) -> None:
        """Hang up; a later question opens new lines."""
        ...


@dataclass(frozen=True, kw_only=True)
class ToolScope:
    """For whom a tool works and where; the model chooses a tool's inputs, never these."""

    task_id: str
    tenant: str = "default"
    folder: Path = field(default_factory=Path.cwd)
    """The working folder, absolute."""
    roots: tuple[Path, ...] = ()
    """Other folders that may be read."""
    private: tuple[Path, ...] = ()
    """Files and folders of the office itself, that no tool opens."""
    max_steps: int | None = None
    """How many calls the task may take in all; None means no limit."""
    run: str = ""
    """Which carrying out of a plan the call belongs to; empty if to none."""
    subtask_id: str = ""
    step_id: str = ""
    idempotency_key: str = ""
    bounds: Bounds | None = None
    """What the call was granted; None before that is decided."""
    risk: Risk | None = None
    """What it was taken for when it was granted; likewise."""
    permit_id: str = ""
    """The tenant's permit that the call was granted by, if it was."""
    granted: str | None = None
    """The `call` of the grant, empty if there is none; None where nothing has to be granted."""


def scope_of(runtime: "Runtime[Context]", subtask_id: str = "") -> ToolScope:
    """The circumstances of the run a node is in; the thread of the graph is the task."""
    info = runtime.execution_info
    return ToolScope(
        task_id=(info.thread_id or info.run_id if info else None) or "unsaved",
        tenant=runtime.context.tenant,
        folder=STARTED_IN / runtime.context.folder,
        max_steps=runtime.context.max_steps,
        subtask_id=subtask_id,
    )


@dataclass
class ToolBill:
    """Of one call whose tool declares what it costs."""

    due: bool = False
    """Whether it is to be paid: not a call that was never made, or that certainly failed."""


class Purse(Protocol):
    """The budgets, as far as tools are paid from them."""

    def billed(self, tool: str, cost_usd: float, seconds: float) -> AbstractAsyncContextManager[ToolBill]:
        """Hold what a call costs that may take so long; at the end it is booked if it is due.

        Raises:
            BudgetExceeded: the task's budget or the tenant's has no room for it.
            Unavailable: nobody can tell.
        """
        ...

    async def shortfall(self, prices: Mapping[str, float]) -> str:
        """Why there is no money for calls at these prices, in a sentence; empty if there is enough."""
        ...


class Toolbox(Protocol):
    """Every tool, its policy, and the one way to call it."""

    def cards(self, allowed: Sequence[str] = ()) -> list[ToolCard]:
        """The usable tools, by name; all of them if `allowed` is empty."""
        ...

    def card(self, name: str) -> ToolCard:
        """One tool.

        Raises:
            ToolError: it cannot be used now, or there is none of that name; the message says which.
        """
        ...

    def absences(self) -> list[ToolAbsence]:
        """The tools that ought to be there and cannot be used, with the reason."""
        ...

    async def refresh(self) -> None:
        """Find out which tools remote services have now, if that was long ago; takes seconds at most."""
        ...

    async def close(self) -> None:
        """Hang up on the services; a later question opens new lines."""
        ...

    def faults(self, action: str, inputs: dict[str, Any]) -> list[str]:
        """What is wrong with a call, as sentences a planner can act on: unknown tool, inputs that miss the schema.

        A value that holds a `${reference}` fits any schema: it is checked again, resolved, at the call.
        """
        ...

    async def refusals(self, action: str, inputs: dict[str, Any], scope: ToolScope) -> list[str]:
        """Why the tool would refuse a call without faults where it is to be made, as sentences a planner can act on.

        Only what shows without making the call; values that hold a `${reference}` are judged at the call.
        """
        ...

    async def unaffordable(self, steps: Sequence[Step], scope: ToolScope) -> list[str]:
        """Why there is no money for what these calls are declared to cost, as sentences a planner can act on.

        What was done before is not paid for again.
        """
        ...

    def risk(self, action: str, inputs: dict[str, Any]) -> Risk:
        """The risk class of this call."""
        ...

    def bounds(self, action: str, inputs: dict[str, Any] | None) -> Bounds:
        """What this call may reach and use, if nobody says otherwise; without inputs, any call of the tool at most."""
        ...

    def excess(self, action: str, inputs: dict[str, Any], granted: Bounds) -> list[str]:
        """What this call asks for beyond the bounds, in words."""
        ...

    def lowered(self, action: str, inputs: dict[str, Any], granted: Bounds) -> dict[str, Any]:
        """The inputs, without those that ask for more than the bounds and could as well be left out."""
        ...

    async def permits(self, scope: ToolScope) -> list[Permit]:
        """What humans have allowed in the scope's task for more than one call, and still do."""
        ...

    def idempotent(self, action: str, inputs: dict[str, Any]) -> bool:
        """Whether this call may be repeated without a second effect."""
        ...

    async def invoke(self, step: Step, sources: dict[str, Any], scope: ToolScope) -> StepResult:
        """Carry out one step whose dependencies are done; a failure is a result, and not an exception.

        Raises:
            BudgetExceeded: there is no money for a model that the step needs; nothing was done.

        Args:
            step: the step, its references unresolved.
            sources: what references may read, by step or subtask id: each has `text` and `output`
                (and `artifact` when the output is kept by reference).
            scope: for whom and where.
        """
        ...

    async def release(self, task_id: str, idempotency_key: str) -> None:
        """Forget a call whose effect is in doubt, because a human said to repeat it."""
        ...

    async def audit(self, grants: Sequence[Grant], scope: ToolScope) -> None:
        """Add decisions to the audit trail, each of them once; the rest is written there as it happens."""
        ...


class Archive(Protocol):
    """The memory of plans, and the records of attempts and failures."""

    async def recall(self, tenant: str, objective: str, *, limit: int = 3) -> list[Lesson]:
        """The most similar remembered plans and feedback, best first."""
        ...

    async def remember(
        self,
        *,
        tenant: str,
        task_id: str,
        kind: Literal["success", "failure", "feedback"],
        objective: str,
        steps: list[dict[str, Any]],
        lesson: str = "",
    ) -> None:
        """Keep a plan; the same plan for the same objective is kept once and counted."""
        ...

    async def record_attempt(
        self,
        *,
        tenant: str,
        task_id: str,
        subtask_id: str,
        attempt: int,
        plan: Plan | None,
        results: dict[str, StepResult],
        review: Review,
    ) -> None:
        """Keep what was planned and done in one attempt at a subtask, and how it was judged."""
        ...

    async def bury(
        self,
        *,
        tenant: str,
        task_id: str,
        error_class: str,
        reason: str,
        state: dict[str, Any],
        history: list[dict[str, Any]],
    ) -> None:
        """Put a task that cannot be finished among the dead letters."""
        ...
