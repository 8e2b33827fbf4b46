"""What a worker calls: take a task, write down what happens, let go of it.

A claim holds a lease, which the worker renews, and a fencing token, which grows with every claim of the task. Every
write names the token, so that a worker whose lease ran out can no longer change anything. Time is the database's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from intelligent_office.approvals import ask
from intelligent_office.contracts import HumanAnswer, Outcome
from intelligent_office.database.pool import Database, Row
from intelligent_office.errors import LostClaim, Missing, TaskBusy, TaskEnded, TaskWaits, TurnAwaited
from intelligent_office.outcomes import cancelled
from intelligent_office.records import ENDED, Approval, Task
from intelligent_office.settings import Settings

Ending = Literal["completed", "failed", "cancelled"]


@dataclass(frozen=True)
class EventDraft:
    """An event that has no number and no time yet."""

    kind: str
    role: str = ""
    subtask: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class Claims:
    """Hands out tasks to workers, each task to one at a time."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def next(self, worker: str) -> "Claim | None":
        """The next task that nobody works on: queued, or left behind by a worker whose lease ran out.

        The most urgent ones go first, and of these the oldest of the tenant that is worked for least. Tenants that are
        worked for as much as they may be are passed over.
        """
        row = await self._database.one(
            "claim_next",
            worker=worker,
            lease_seconds=self._settings.lease_seconds,
            concurrency=self._settings.tenant_concurrency,
        )
        return self._claim(row) if row else None

    async def take(self, task_id: str, tenant: str, worker: str) -> "Claim":
        """One particular task.

        Raises:
            Missing: the tenant has no such task.
            TaskBusy: another worker is alive on it.
            TurnAwaited: as many of the tenant's tasks are worked on as may be.
            TaskEnded, TaskWaits: there is nothing to work on.
        """
        row = await self._database.one(
            "claim_task",
            task_id=task_id,
            tenant=tenant,
            worker=worker,
            lease_seconds=self._settings.lease_seconds,
            concurrency=self._settings.tenant_concurrency,
        )
        return self._claim(row) if row else await self._refuse(task_id, tenant)

    async def _refuse(self, task_id: str, tenant: str) -> NoReturn:
        """Say why a task cannot be claimed."""
        row = await self._database.one("claimable_task", task_id=task_id, tenant=tenant)
        if row is None:
            raise Missing(kind="task", name=task_id)
        if row["status"] in ENDED:
            raise TaskEnded(task_id=task_id, status=row["status"])
        if row["status"] == "waiting":
            waiting = await self._database.all("read_approvals", task_id=task_id, tenant=tenant, open_only=True)
            raise TaskWaits(task_id=task_id, questions=len(waiting))
        if row["status"] == "queued":
            raise TurnAwaited(task_id=task_id, tenant=tenant)
        raise TaskBusy(task_id=task_id, worker=row["worker"], seconds=row["lease_seconds"])

    async def answers(self, task_id: str) -> dict[str, HumanAnswer]:
        """The answers that the current claim carries to the graph, by interrupt id.

        An answer that arrived after the claim is not among them: the next claim brings it.
        """
        rows = await self._database.all("delivered_answers", task_id=task_id)
        return {row["interrupt_id"]: row["answer"] for row in rows}

    async def told_steps(self, task_id: str) -> list[tuple[str, str]]:
        """Subtask and step of what has been done, and told, of the plans that are being carried out."""
        rows = await self._database.all("told_steps", task_id=task_id)
        return [(row["subtask"], row["step_id"]) for row in rows]

    def _claim(self, row: Row) -> "Claim":
        return Claim(Task.from_row(row), row["token"], self._database, self._settings)


class Claim:
    """One worker's hold on one task. Every verb raises `LostClaim` when the task is no longer the worker's."""

    def __init__(self, task: Task, token: int, database: Database, settings: Settings) -> None:
        self.task = task
        """The task as it was when it was claimed."""
        self.token = token
        self.unheard = False
        """Whether the database was away when the worker had something to say."""
        self._database = database
        self._settings = settings

    async def record(
        self, events: Sequence[EventDraft], *, step: str | None = None, progress: float | None = None
    ) -> bool:
        """Write events down, with the step and the progress they brought; renews the lease.

        Returns:
            whether somebody asked for the task to be cancelled.
        """
        row = await self._database.one(
            "record_events",
            **self._named(),
            lease_seconds=self._settings.lease_seconds,
            events=[vars(event) for event in events],
            step=step,
            progress=None if progress is None else min(max(progress, 0.0), 1.0),
        )
        return bool(self._ours(row)["cancel_requested"])

    async def renew(self) -> bool:
        """Say that the worker is alive.

        Returns:
            whether somebody asked for the task to be cancelled.
        """
        row = await self._database.one("renew_claim", **self._named(), lease_seconds=self._settings.lease_seconds)
        return bool(self._ours(row)["cancel_requested"])

    async def wait_for_human(self, questions: Sequence[dict[str, Any]]) -> list[Approval]:
        """Put questions to humans and let go of the task.

        The task waits, unless one of the questions was answered while the worker was still busy with another, or
        somebody asked for it to be cancelled: then it goes straight back to the queue.

        Args:
            questions: `{interrupt_id, request}` each; one that is open already is not asked again.

        Returns:
            the open questions.
        """
        if not questions:
            raise ValueError("nobody would ever wake a task that waits for nothing")
        task = self.task
        ids = tuple(question["interrupt_id"] for question in questions)
        async with self._database.transaction() as statements:
            row = self._ours(await statements.one("lock_claim", **self._named()))
            unwanted = row["cancel_requested"]  # nobody may ever answer, and it would never be heard of
            rows = await statements.all("undelivered_answers", task_id=task.task_id, interrupt_ids=ids)
            answered = {row["interrupt_id"] for row in rows}
            await ask(
                statements,
                task_id=task.task_id,
                tenant=task.tenant,
                questions=[question for question in questions if question["interrupt_id"] not in answered],
                settings=self._settings,
                hours=task.context.get("approval_hours"),
            )
            await statements.run("leave_task", **self._named(), status="queued" if answered or unwanted else "waiting")
            rows = await statements.all("read_approvals", task_id=task.task_id, tenant=task.tenant, open_only=True)
        return [Approval.from_row(row) for row in rows]

    async def finish(
        self,
        status: Ending,
        outcome: Outcome,
        untold: Sequence[EventDraft] = (),
    ) -> Ending:
        """End the task; questions that are still open are withdrawn.

        Args:
            status: how it ended.
            outcome: what came of it.
            untold: what happened before, and was not recorded yet.

        Returns:
            how it ended: cancelled, with what it had achieved, if somebody wanted that before it was completed.
        """
        row = await self._database.one(
            "finish_task",
            **self._named(),
            status=status,
            outcome=outcome,
            events=[*map(vars, untold), vars(EventDraft("task.finished", data={**outcome, "status": status}))],
            step=untold[-1].role if untold else None,
        )
        if row is None and status == "completed" and await self.renew():
            return await self.finish("cancelled", cancelled(outcome), untold)
        self._ours(row)
        return status

    async def release(self) -> None:
        """Give the task back to the queue."""
        self._ours(await self._database.one("leave_task", **self._named(), status="queued"))

    async def deny_death(self) -> None:
        """Say that the worker lives, though nothing was heard of it and its end was counted against the task."""
        await self._database.run("deny_death", **self._named())

    def _named(self) -> dict[str, Any]:
        return {"task_id": self.task.task_id, "token": self.token}

    def _ours(self, row: Row | None) -> Row:
        if row is None:
            raise LostClaim(task_id=self.task.task_id)
        return row
