"""Dead letters: what the doors call to look at tasks that failed, have them done again, or leave them be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from uuid_utils import uuid7

from intelligent_office.database.pool import Database, Row, Statements
from intelligent_office.errors import (
    BadInput,
    Conflict,
    Forbidden,
    InvalidRequest,
    LetterClosed,
    Missing,
    NoCheckpoint,
    QuotaUsedUp,
    TaskBusy,
)
from intelligent_office.records import DeadLetter, LetterSummary, Record, Task
from intelligent_office.task_requests import Attempts, Dollars, Seconds, Steps, ToolNames
from intelligent_office.tasks import Tasks, insist_on_quota

LetterStatus = Literal["open", "reprocessed", "discarded"]
MOST_CALLS = 500
"""Calls of tools that are shown of one task."""


class Changes(BaseModel):
    """Other limits than the failed task had; None leaves a limit as it was."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    max_duration: Seconds | None = None
    """Seconds of work; of a task that goes on, with those it has worked already."""
    allowed_tools: ToolNames | None = None
    """Names of tools; empty means all."""
    max_iterations: Attempts | None = None
    max_cost_usd: Dollars | None = None
    """What models and tools may cost; of a task that goes on, with what they have cost already."""
    max_steps: Steps | None = None
    """Calls of tools in all."""


class Reprocessing(BaseModel):
    """How a failed task is to be done again."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    since: Annotated[Literal["failure", "start"], Field(alias="from")] = "failure"
    """`failure`: the same task goes on, and what is finished stays finished. `start`: a new task does it all anew."""
    constraints: Changes = Field(default_factory=Changes)


@dataclass(frozen=True, kw_only=True)
class RecordedCall(Record):
    """A call of a tool, as the ledger has it."""

    step_id: str
    tool: str
    inputs: dict[str, Any]
    status: Literal["started", "succeeded", "failed"]
    """`started` without an end: nobody knows whether it took effect."""
    error: str | None
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class LastCheckpoint(Record):
    """Where a task can go on."""

    checkpoint_id: str
    at: datetime
    step: int | None
    """Supersteps of the graph until then."""


@dataclass(frozen=True, kw_only=True)
class Remains:
    """Everything that is known of a task that failed."""

    letter: DeadLetter
    calls: Sequence[RecordedCall]
    """In their order; at most `MOST_CALLS`."""
    checkpoint: LastCheckpoint | None
    """None if there is nothing to go on from."""


@dataclass(frozen=True, kw_only=True)
class Refused(Record):
    """A task that was not sent back to work with others."""

    task_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Tally(Record):
    """How many dead letters there were of one kind, and what became of them."""

    by: Literal["total", "error_class", "tool", "day"]
    key: str
    """The class, the tool (empty: no call had failed) or the day (UTC)."""
    letters: int
    open: int
    reprocessed: int
    discarded: int
    recovered: int
    """Reprocessed, and completed since."""


class DeadLetters:
    """The dead letters of all tenants; None as the tenant stands for all of them."""

    def __init__(self, database: Database, tasks: Tasks) -> None:
        self._database = database
        self._tasks = tasks

    async def list(
        self,
        tenant: str | None,
        *,
        status: LetterStatus | None = "open",
        error_class: str | None = None,
        tool: str | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> Sequence[LetterSummary]:
        """Failures of tasks, newest first.

        Args:
            tenant: whose.
            status: only letters of this status; None means all.
            error_class: only failures of this class.
            tool: only failures in which a call of this tool had failed.
            limit: at most so many.
            before: only letters older than the one of this number.
        """
        rows = await self._database.all(
            "list_dead_letters",
            tenant=tenant,
            status=status,
            error_class=error_class,
            tool=tool,
            limit=limit,
            before=before,
        )
        return [LetterSummary.from_row(row) for row in rows]

    async def show(self, task_id: str, tenant: str | None) -> Remains:
        """The latest failure of a task.

        Raises:
            Missing: the tenant has no such dead letter.
        """
        row = await self._database.one("read_dead_letter", task_id=task_id, tenant=tenant)
        if row is None:
            raise Missing(kind="dead letter", name=task_id)
        calls = await self._database.all("calls_of_task", task_id=task_id, limit=MOST_CALLS)
        last = await self._database.one("last_checkpoint", task_id=task_id)
        return Remains(
            letter=DeadLetter.from_row(row),
            calls=[RecordedCall.from_row(call) for call in calls],
            checkpoint=LastCheckpoint.from_row(last) if last else None,
        )

    async def reprocess(
        self,
        task_id: str,
        tenant: str,
        request: Reprocessing,
        *,
        by: str,
        origin: str,
        may_wave_through: bool = True,
        tasks_per_day: int | None = None,
    ) -> Task:
        """Have a failed task done again; of several who ask for that at once, one is heard.

        Args:
            task_id: which one.
            tenant: whose it is.
            request: how.
            by: who wants it.
            origin: the door of a new task.
            may_wave_through: whether that person may have risky calls pass without anybody looking.
            tasks_per_day: the most that the tenant may hand in from midnight to midnight (UTC); None means no limit.

        Returns:
            the task that is queued: the same one, or from the start a new one that names it as its predecessor.

        Raises:
            Missing: the tenant has no such dead letter.
            LetterClosed: somebody was faster.
            TaskBusy: the task is still being ended.
            NoCheckpoint: there is nothing to go on from.
            InvalidRequest: the time or the money it may take is used up already.
            Forbidden: its risky calls pass without anybody looking, and that is not this person's to say.
            QuotaUsedUp: it would be a new task, and the tenant has handed in all its tasks of today.
        """
        changes = request.constraints.model_dump(exclude_none=True)
        async with self._database.transaction() as statements:
            row = await _locked(statements, task_id, tenant)
            if row["context"].get("approval") == "always" and not may_wave_through:
                raise Forbidden(reason="Its risky calls pass unseen: only a key with the scope `admin` repeats it")
            if request.since == "failure":
                await _insist_on_room(statements, row, changes)
                await statements.run("reopen_task", task_id=task_id, changes=changes, by=by)
                following = task_id
            else:
                if tasks_per_day is not None:
                    await insist_on_quota(statements, tenant, tasks_per_day)
                following = str(uuid7())
                event = {"origin": origin, "priority": row["priority"], "predecessor": task_id}
                await statements.run(
                    "repeat_task", task_id=following, predecessor=task_id, origin=origin, changes=changes, event=event
                )
                await statements.run(
                    "close_dead_letter", task_id=task_id, status="reprocessed", by=by, successor=following
                )
        return await self._tasks.get(following, tenant)

    async def reprocess_all(
        self,
        tenant: str | None,
        request: Reprocessing,
        *,
        error_class: str | None = None,
        tool: str | None = None,
        limit: int = 100,
        by: str,
        origin: str,
        may_wave_through: bool = True,
        tasks_per_day: int | None = None,
    ) -> tuple[Sequence[Task], Sequence[Refused]]:
        """Have failed tasks done again after what they had in common was mended; each by itself, as `reprocess` does.

        Args:
            tenant: whose.
            request: how.
            error_class: only those that failed with this class.
            tool: only those in which a call of this tool had failed.
            limit: at most so many, the newest.
            by: who wants it.
            origin: the door of new tasks.
            may_wave_through: as for `reprocess`, like the next one.
            tasks_per_day: of each tenant.

        Returns:
            the tasks that are queued, and those that cannot be, with the reason.
        """
        queued: list[Task] = []
        refused: list[Refused] = []
        for letter in await self.list(tenant, error_class=error_class, tool=tool, limit=limit):
            try:
                task = await self.reprocess(
                    letter.task_id,
                    letter.tenant,
                    request,
                    by=by,
                    origin=origin,
                    may_wave_through=may_wave_through,
                    tasks_per_day=tasks_per_day,
                )
                queued.append(task)
            except (BadInput, Conflict, Forbidden, QuotaUsedUp) as refusal:
                refused.append(Refused(task_id=letter.task_id, reason=str(refusal)))
        return queued, refused

    async def discard(self, task_id: str, tenant: str, *, by: str) -> Remains:
        """Say that nothing more is to be done about a failure; the task stays as it is.

        Raises:
            Missing, LetterClosed, TaskBusy: as `reprocess` does.
        """
        async with self._database.transaction() as statements:
            await _locked(statements, task_id, tenant)
            await statements.run("close_dead_letter", task_id=task_id, status="discarded", by=by, successor=None)
        return await self.show(task_id, tenant)

    async def statistics(self, tenant: str | None, *, days: int = 30) -> Sequence[Tally]:
        """How many there were in the last days, in all, and by class, tool and day."""
        rows = await self._database.all("dead_letter_statistics", tenant=tenant, days=days)
        return [Tally.from_row(row) for row in rows]


async def _locked(statements: Statements, task_id: str, tenant: str) -> Row:
    """The row of a task whose dead letter is open; until the end of the transaction nobody else decides about it."""
    row = await statements.one("lock_task", task_id=task_id, tenant=tenant)
    letter = await statements.one("read_dead_letter", task_id=task_id, tenant=tenant) if row else None
    if row is None or letter is None:
        raise Missing(kind="dead letter", name=task_id)
    if letter["status"] != "open":
        successor = f" as task {letter['successor']}" if letter["successor"] else ""
        raise LetterClosed(
            task_id=task_id, status=letter["status"], by=letter["closed_by"] or "somebody", successor=successor
        )
    if row["status"] != "failed":
        raise TaskBusy(task_id=task_id, worker=row["worker"] or "a worker", seconds=row["lease_seconds"])
    return row


async def _insist_on_room(statements: Statements, row: Row, changes: dict[str, Any]) -> None:
    """Make sure that the task can go on, and does not fail again at once for the same want of time or money."""
    if await statements.one("last_checkpoint", task_id=row["task_id"]) is None:
        raise NoCheckpoint(task_id=row["task_id"])
    limits = {**row["context"], **changes}
    if row["worked_seconds"] >= limits["max_duration"]:
        worked = f"{row['worked_seconds']:.0f} of {limits['max_duration']:g} seconds of work are used up"
        raise InvalidRequest(reason=f"{worked}: give the task a larger `max_duration`")
    spent = await statements.one("task_usage", task_id=row["task_id"], tenant=row["tenant"])
    cost, most = spent["cost_usd"] if spent else 0.0, limits.get("max_cost_usd")
    if most is not None and 0 < most <= cost:
        raise InvalidRequest(reason=f"${cost:.4f} of the task's budget are spent: give it a larger `max_cost_usd`")
