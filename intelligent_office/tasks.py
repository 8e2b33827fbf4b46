"""What the doors call: submit a task, look at it, follow it, answer its questions, stop it."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict
from datetime import UTC
from typing import Any

from uuid_utils import uuid7

from intelligent_office.approvals import Approvals
from intelligent_office.attachments.stored import Attachments
from intelligent_office.database.pool import Database, Row, Statements
from intelligent_office.database.turns import stand_in_line
from intelligent_office.errors import (
    BudgetExceeded,
    InvalidRequest,
    Missing,
    QuotaUsedUp,
    TaskBusy,
    TaskEnded,
    TaskWaits,
    Unavailable,
    UnknownKey,
)
from intelligent_office.outcomes import cancelled
from intelligent_office.records import ENDED, Approval, DeadLetter, Event, Place, Selection, Task, Usage
from intelligent_office.settings import Settings
from intelligent_office.shared_reads import SharedReads
from intelligent_office.task_requests import Resumption, TaskRequest

RESUMABLE = (BudgetExceeded.__name__, UnknownKey.__name__)
"""What stopped a task where it was, and can be mended."""
EVERYTHING = Selection()
TYPICAL_SECONDS = 30.0
"""How long a task is expected to take while none has been completed."""
_TYPICAL_FOR = 30.0
"""Seconds for which the last answer to that question is good enough."""
_SHORTEST_NAME = 4
_LONGEST_LIST = 8
_PAGE = 500
_POLL_SECONDS = 30.0
"""How long a follower trusts that it would have been told: a connection that is cut rings all bells when it is back."""
_RETRY_SECONDS = 1.0


class Tasks:
    """The tasks of all tenants; a tenant is shown its own and nobody else's."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._approvals = Approvals(database, settings)
        self._attachments = Attachments(database, settings)
        self._typical_seconds = TYPICAL_SECONDS
        self._typical_until = 0.0
        self._following = SharedReads(self._follow)

    async def submit(self, request: TaskRequest, *, tenant: str, origin: str, tasks_per_day: int | None = None) -> Task:
        """Accept a task: from here on it is not lost.

        Args:
            request: the task.
            tenant: whose it is.
            origin: the door it comes through.
            tasks_per_day: the most that the tenant may hand in from midnight to midnight (UTC); None means no limit.

        Raises:
            InvalidRequest: the words are too many, an attachment is none that can be taken, or the webhook's address is
                none that may be called.
            QuotaUsedUp: the tenant has handed in all its tasks of today.
        """
        longest = self._settings.max_request_characters
        characters = len(request.description) + sum(map(len, request.success_criteria))
        if characters > longest:
            reason = f"The description has {characters} characters with its success criteria, and {longest} are allowed"
            raise InvalidRequest(reason=reason)
        accepted = {
            "task_id": str(uuid7()),
            "tenant": tenant,
            "origin": origin,
            "description": request.description,
            "attachments": await self._attachments.accept(tenant, request.attachments),
            "context": asdict(request.to_context(tenant)),
            "priority": request.priority,
            "webhook_url": self._webhook(request.webhook_url),
            "event": {"origin": origin, "priority": request.priority},
        }
        if tasks_per_day is None:
            row = await self._database.one("accept_task", **accepted)
        else:
            async with self._database.transaction() as statements:
                await insist_on_quota(statements, tenant, tasks_per_day)
                row = await statements.one("accept_task", **accepted)
        assert row is not None, "an INSERT returns its row"
        return await self._task(row)

    async def get(self, task_id: str, tenant: str) -> Task:
        """One task.

        Raises:
            Missing: the tenant has no such task.
        """
        return await self._task(await self._row(task_id, tenant))

    async def find(self, text: str, tenant: str) -> Task:
        """The task that somebody means: a whole id, its beginning or its end, or `last` for the newest.

        Raises:
            InvalidRequest: too short, or several tasks fit.
            Missing: none fits.
        """
        if text == "last":
            newest = await self.list(tenant, limit=1)
            if not newest:
                raise Missing(kind="task", name=text)
            return newest[0]
        if len(text) < _SHORTEST_NAME:
            raise InvalidRequest(reason=f"Give at least {_SHORTEST_NAME} characters of a task's id, or `last`")
        rows = await self._database.all("find_tasks", text=text.lower(), tenant=tenant, limit=_LONGEST_LIST)
        if not rows:
            raise Missing(kind="task", name=text)
        if len(rows) > 1 and rows[0]["task_id"] != text.lower():
            lines = "".join(f"\n  {row['task_id']}  {row['status']}  {row['description'][:60]}" for row in rows)
            raise InvalidRequest(reason=f"`{text}` fits several tasks:{lines}")
        return await self._task(rows[0])

    async def list(
        self, tenant: str, selection: Selection = EVERYTHING, *, limit: int = 50, before: Place | None = None
    ) -> Sequence[Task]:
        """A tenant's tasks, newest first.

        Args:
            tenant: whose.
            selection: which of them.
            limit: at most so many.
            before: only tasks older than this place: that of the last one of the page before.
        """
        before_at, before_id = before or (None, None)
        rows = await self._database.all(
            "list_tasks",
            tenant=tenant,
            statuses=tuple(sorted(selection.statuses)) or None,
            created_after=selection.created_after,
            created_before=selection.created_before,
            text=selection.text,
            origin=selection.origin,
            limit=limit,
            before_at=before_at,
            before_id=before_id,
        )
        return [await self._task(row) for row in rows]

    async def events(self, task_id: str, tenant: str, *, after: int = 0, limit: int = 1000) -> Sequence[Event]:
        """What has happened, from event number `after` + 1 on."""
        await self._row(task_id, tenant)
        rows = await self._database.all("read_events", task_id=task_id, tenant=tenant, after=after, limit=limit)
        return [Event.from_row(row) for row in rows]

    async def watch(
        self, task_id: str, tenant: str, *, after: int = 0, until_waiting: bool = False
    ) -> AsyncGenerator[Event, None]:
        """Each event as it is recorded, from number `after` + 1 on, until the task has ended.

        Args:
            task_id: the task.
            tenant: whose.
            after: the last event that is known already.
            until_waiting: end also when the task waits for a human.

        Raises:
            Missing: the tenant has no such task.
            Unavailable: the database went away and did not come back soon.
        """
        async with aclosing(self.news(task_id, tenant, after=after, until_waiting=until_waiting)) as news:
            async for events in news:
                for event in events:
                    yield event

    async def news(
        self, task_id: str, tenant: str, *, after: int = 0, until_waiting: bool = False, at_once: bool = False
    ) -> AsyncGenerator[Sequence[Event], None]:
        """What `watch` tells, in the portions in which it is read: one or more events at a time.

        With `at_once` the first portion does not wait for an event and may be empty: who asks for a task that there is
        not, or for what has ended already, need not be answered later.
        """
        stops = ENDED | {"waiting"} if until_waiting else ENDED
        with self._database.bell("office_events", task_id) as bell:
            while True:
                rows = await self._following.read(task_id, tenant, after)
                events = [Event.from_row(row) for row in rows if row["number"] is not None]
                over = len(rows) < _PAGE and rows[0]["status"] in stops
                if events or (at_once and not over):
                    after = events[-1].number if events else after
                    at_once = False
                    yield events
                if over:
                    return
                if len(rows) < _PAGE:
                    await bell.wait(_until_next_look(task_id))

    async def approvals(self, task_id: str, tenant: str, *, open_only: bool = True) -> Sequence[Approval]:
        """The task's questions to humans, oldest first."""
        await self._row(task_id, tenant)
        rows = await self._database.all("read_approvals", task_id=task_id, tenant=tenant, open_only=open_only)
        return [Approval.from_row(row) for row in rows]

    async def answer(
        self, task_id: str, tenant: str, answer: Any, *, approval_id: str | None = None, by: str
    ) -> Approval:
        """Answer a question of a task; see `Approvals.answer`."""
        return await self._approvals.answer(task_id, tenant, answer, approval_id=approval_id, by=by)

    async def expire_approvals(self) -> Sequence[Approval]:
        """Refuse what nobody has answered in time; see `Approvals.expire`."""
        return await self._approvals.expire()

    async def warn_of_expiry(self) -> Sequence[Approval]:
        """Tell of questions that wait for their last answer; see `Approvals.warn`."""
        return await self._approvals.warn()

    async def cancel(self, task_id: str, tenant: str) -> Task:
        """Stop a task: at once if nobody works on it, else as soon as its worker hears of it.

        Raises:
            TaskEnded: there is nothing to stop.
        """
        async with self._database.transaction() as statements:
            row = await statements.one("lock_task", task_id=task_id, tenant=tenant)
            if row is None:
                raise Missing(kind="task", name=task_id)
            if row["status"] in ENDED:
                raise TaskEnded(task_id=task_id, status=row["status"])
            if row["status"] != "running" or not row["leased"]:
                row = await _cancel_now(statements, task_id)
            elif not row["cancel_requested"]:
                await statements.run("tell", task_id=task_id, kind="cancel.requested", data={})
                row = await statements.one("request_cancel", task_id=task_id)
        assert row is not None, "the task's row is locked"
        return await self._task(row)

    async def resume(self, task_id: str, tenant: str, request: Resumption, *, by: str = "resume") -> Task:
        """Let a task go on that failed for want of money or of a key, from where it stopped: what is finished stays so.

        Of a task that its worker has left behind, only the budget is changed: it is in the queue anyway.

        Raises:
            InvalidRequest: the budget is no larger than what was spent already.
            TaskEnded: it ended otherwise.
            TaskBusy, TaskWaits: it goes on as it is.
        """
        budget = {} if request.max_cost_usd is None else {"max_cost_usd": request.max_cost_usd}
        async with self._database.transaction() as statements:
            row = await statements.one("lock_task", task_id=task_id, tenant=tenant)
            if row is None:
                raise Missing(kind="task", name=task_id)
            await _insist_on_resumable(statements, row)
            spent = await statements.one("task_usage", task_id=task_id, tenant=tenant)
            if spent and budget and budget["max_cost_usd"] <= spent["cost_usd"]:
                reason = f"${spent['cost_usd']:.4f} of the task's budget are spent: give it a larger one than that"
                raise InvalidRequest(reason=reason)
            if row["status"] == "failed":
                row = await statements.one("reopen_task", task_id=task_id, changes=budget, by=by)
            else:
                row = await statements.one("change_context", task_id=task_id, changes=budget)
        assert row is not None, "the task's row is locked"
        return await self._task(row)

    async def usage(self, task_id: str, tenant: str) -> Usage:
        """What the models have cost so far."""
        await self._row(task_id, tenant)
        row = await self._database.one("task_usage", task_id=task_id, tenant=tenant)
        return Usage(**(row or {}))

    async def dead_letter(self, task_id: str, tenant: str) -> DeadLetter:
        """Why the task could not be finished.

        Raises:
            Missing: it is not among the dead letters.
        """
        row = await self._database.one("read_dead_letter", task_id=task_id, tenant=tenant)
        if row is None:
            raise Missing(kind="dead letter", name=task_id)
        return DeadLetter.from_row(row)

    def _webhook(self, url: str | None) -> str | None:
        if url is None:
            return None
        from intelligent_office.webhooks.addresses import admitted  # late: most tasks need no HTTP client

        return admitted(url, self._settings)

    async def _row(self, task_id: str, tenant: str) -> Row:
        row = await self._database.one("read_task", task_id=task_id, tenant=tenant)
        if row is None:
            raise Missing(kind="task", name=task_id)
        return row

    async def _follow(self, task_id: str, tenant: str, after: int) -> Sequence[Row]:
        """The next events, with one more try: reading again does no harm, and a server may just be starting anew."""
        stand_in_line(tenant)  # those who follow are a crowd, too
        for may_wait in (True, False):
            try:
                rows = await self._database.all("follow_task", task_id=task_id, tenant=tenant, after=after, limit=_PAGE)
            except Unavailable:
                if not may_wait:
                    raise
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                if not rows:
                    raise Missing(kind="task", name=task_id)
                return rows
        raise AssertionError("the second try returns or raises")

    async def _task(self, row: Row) -> Task:
        return Task.from_row(row, typical_seconds=await self._typical())

    async def _typical(self) -> float:
        """The median of what recent tasks took."""
        if time.monotonic() > self._typical_until:
            self._typical_until = time.monotonic() + _TYPICAL_FOR  # at once: others need not ask the same meanwhile
            row = await self._database.one("typical_seconds")
            if row and row["seconds"] is not None:
                self._typical_seconds = row["seconds"]
        return self._typical_seconds


def _until_next_look(task_id: str) -> float:
    """Seconds: the followers of a task look together, those of different tasks do not."""
    return _POLL_SECONDS - (time.monotonic() + hash(task_id)) % _POLL_SECONDS


async def insist_on_quota(statements: Statements, tenant: str, tasks_per_day: int) -> None:
    """See to it that a tenant may hand in one task more today; nobody else's is counted until the transaction ends.

    Raises:
        QuotaUsedUp: it may not.
    """
    await statements.run("lock_submissions", tenant=tenant)
    today = await statements.one("count_todays_tasks", tenant=tenant, limit=tasks_per_day)
    if today and today["tasks"] >= tasks_per_day:
        raise QuotaUsedUp(
            reason=f"The tenant {tenant} may hand in {tasks_per_day} tasks a day, and has; the next day begins at "
            f"{today['until'].astimezone(UTC).isoformat()}",
            quota="tasks per day",
            limit=tasks_per_day,
            until=today["until"].astimezone(UTC).isoformat(),
            seconds=math.ceil((today["until"] - today["now"]).total_seconds()),
        )


async def _insist_on_resumable(statements: Statements, row: Row) -> None:
    task_id = row["task_id"]
    if row["status"] == "waiting":
        waiting = await statements.all("read_approvals", task_id=task_id, tenant=row["tenant"], open_only=True)
        raise TaskWaits(task_id=task_id, questions=len(waiting))
    if row["status"] == "running" and row["leased"]:
        raise TaskBusy(task_id=task_id, worker=row["worker"], seconds=row["lease_seconds"])
    if row["status"] in ENDED and (row["outcome"] or {}).get("error_class") not in RESUMABLE:
        raise TaskEnded(task_id=task_id, status=row["status"])


async def _cancel_now(statements: Statements, task_id: str) -> Row | None:
    outcome = cancelled()
    await statements.run("withdraw_approvals", task_id=task_id)
    await statements.run("tell", task_id=task_id, kind="task.finished", data={**outcome, "status": "cancelled"})
    return await statements.one("cancel_task", task_id=task_id, outcome=outcome)
