"""Going with a task until it ends or waits: working on it or watching whoever does, and telling what happens."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from intelligent_office.cli.answer import report, summary, whole_answer
from intelligent_office.cli.endings import DONE, FAILED, WAITING
from intelligent_office.cli.house import House, person
from intelligent_office.cli.interruption import Interruption
from intelligent_office.cli.questions import ask
from intelligent_office.cli.screen import Screen
from intelligent_office.cli.story import Story, one_line
from intelligent_office.cli.terminal import print_json
from intelligent_office.errors import (
    AlreadyAnswered,
    OfficeError,
    TaskBusy,
    TaskEnded,
    TaskWaits,
    TurnAwaited,
    Unavailable,
)
from intelligent_office.records import Approval, Task

if TYPE_CHECKING:
    from intelligent_office.task_requests import Resumption
    from intelligent_office.workers.claims import Claim
    from intelligent_office.workers.worker import Worker

T = TypeVar("T")

_MOMENT = 0.7
"""Seconds in which a worker that is awake takes a task."""
_LOOK_SECONDS = 0.1
_GRACE = 0.5
"""Seconds beyond a lease before it has certainly run out."""


class Escort:
    """Goes with one task."""

    def __init__(self, house: House, task: Task, *, silent: bool = False) -> None:
        self.house = house
        self.task = task
        self._screen = Screen(silent=silent)
        self._story = Story()
        self._told = 0
        """The last event whose lines were printed."""
        self._known = task.last_event
        """Events that are old news: read for the story, and not told again."""
        self._worker: Worker | None = None
        self._claim: Claim | None = None
        self._interruption = Interruption(stop=self._stop, leave=self._leave)
        self._cancelling: asyncio.Task[None] | None = None

    def introduce(self) -> None:
        """Name a task that was just submitted; all of its story is news."""
        self._known = 0
        self._screen.whole(f"task {self.task.task_id}", "quiet")

    async def inherit(self) -> None:
        """Take over a task that another process may have left behind; waits for its lease to run out.

        Raises:
            TaskBusy: that process is alive.
            TaskEnded, TaskWaits: there is nothing to go on with.
        """
        self._worker = worker = await self.house.worker()
        self._claim = await self._outlast(lambda: worker.take(self.task))

    async def refund(self, resumption: "Resumption") -> None:
        """Give a task more money; one whose worker may be dead, when that is certain.

        Raises:
            TaskBusy: that process is alive.
            InvalidRequest, TaskEnded, TaskWaits: it is not to be had so.
        """
        tasks, tenant = self.house.tasks, self.house.tenant
        self.task = await self._outlast(lambda: tasks.resume(self.task.task_id, tenant, resumption))
        self._known = self.task.last_event

    async def _outlast(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try until the lease of whoever works on the task has run out, or was renewed."""
        left: float | None = None
        while True:
            try:
                return await attempt()
            except TaskBusy as busy:
                seconds = float(str(busy.facts["seconds"]))
                if left is None:
                    self._screen.aside(f"waiting up to {seconds:.0f} s, in case {busy.facts['worker']} is still alive")
                elif seconds > left:
                    raise
                left = seconds
                await asyncio.sleep(_LOOK_SECONDS)

    async def report(self, *, as_json: bool, leave_to_others: bool = False) -> int:
        """See the task through; for scripts, print all that is known of it in the end. The exit code."""
        code = await self.see_through(leave_to_others=leave_to_others)
        if as_json:
            print_json(await report(self.house, self.task))
        return code

    async def see_through(self, *, leave_to_others: bool = False) -> int:
        """Work on the task, or watch, until it ends or waits; print how that was. The exit code.

        Args:
            leave_to_others: let a worker that is awake take the task first.
        """
        try:
            with self._interruption.heard():
                if leave_to_others:
                    await self._await_worker()
                while self._claim or not await self._settled():
                    await self._accompany(self._claim or await self._take())
                    self._claim = None
        except Unavailable:
            self._leave()
            raise
        finally:
            self._screen.rest()
        return await self._conclude()

    async def _settled(self) -> bool:
        """Whether nothing is left to do here: the task has ended, or waits for somebody who is not at this terminal."""
        self.task = await self.house.tasks.get(self.task.task_id, self.house.tenant)
        if self.task.status != "waiting":
            return self.task.ended
        if not self._screen.interactive:
            return True
        self._screen.rest()
        waiting = await self.house.tasks.approvals(self.task.task_id, self.house.tenant)
        return not any([await self._answered(approval) for approval in waiting])

    async def _answered(self, approval: Approval) -> bool:
        """Ask the person at the terminal; False if the question is left for later."""
        with self._interruption.suspended():
            try:
                decisions = ask(approval.request, self._screen)
            except click.Abort:
                return False
        if decisions is None:
            return False
        answer = {"decisions": decisions}
        try:
            await self.house.tasks.answer(
                self.task.task_id, self.house.tenant, answer, approval_id=approval.approval_id, by=person()
            )
        except (AlreadyAnswered, TaskEnded) as first:
            self._screen.aside(str(first))
        return True

    async def _take(self) -> "Claim | None":
        """Take the task; None if somebody else works on it, it is not its turn, or nothing is left to do."""
        self._worker = self._worker or await self.house.worker()
        try:
            return await self._worker.take(self.task)
        except (TaskBusy, TaskEnded, TaskWaits, TurnAwaited):
            return None

    async def _accompany(self, claim: "Claim | None") -> None:
        """Tell what happens while the task is worked on, here or elsewhere, until it is let go of."""
        telling = asyncio.create_task(self._tell())
        working = asyncio.create_task(self._work(claim))
        try:
            await asyncio.wait({telling, working}, return_when=asyncio.FIRST_COMPLETED)
            if not telling.done() and working.result() in ("completed", "failed", "cancelled", "waiting"):
                await telling
            if telling.done():
                telling.result()
                if claim:
                    await working
        finally:
            for part in (telling, working):
                part.cancel()
            await asyncio.gather(telling, working, return_exceptions=True)

    async def _work(self, claim: "Claim | None") -> str:
        """Work on the task; without a claim, wait until its worker would be dead if it were not heard of again."""
        if claim and self._worker:
            return await self._worker.work_on(claim)
        await asyncio.sleep(self.house.settings.lease_seconds + _GRACE)
        return "elsewhere"

    async def _tell(self) -> None:
        watched = self.house.tasks.watch(self.task.task_id, self.house.tenant, after=self._told, until_waiting=True)
        async for event in watched:
            self._told = event.number
            lines = self._story.tell(event)
            if event.number <= self._known:
                continue
            if event.kind != "approval.asked" or not self._screen.interactive:  # the person is asked in full
                self._screen.lines(lines)
            doing = self._story.now(event)
            if doing:
                self._screen.busy(doing)

    async def _await_worker(self) -> None:
        """Give a worker that is awake a moment to take the task."""
        for _ in range(int(_MOMENT / _LOOK_SECONDS)):
            self.task = await self.house.tasks.get(self.task.task_id, self.house.tenant)
            if self.task.status != "queued":
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _conclude(self) -> int:
        """Print the answer, or what is missing, and the summary."""
        if self.task.status == "waiting":
            self._screen.aside(f"the task waits for you: office approve {self.task.task_id}   (or --reject, --edit)")
            return WAITING
        answer = await whole_answer(self.house, self.task)
        if answer:
            self._screen.line()
            self._screen.whole(answer)
        outcome: dict[str, Any] = self.task.outcome or {}
        if outcome.get("reason"):
            self._screen.line()
            self._screen.whole(f"{self.task.status}: {outcome['reason']}", "bad")
        usage = await self.house.tasks.usage(self.task.task_id, self.house.tenant)
        self._screen.line()
        self._screen.line(summary(self.task, usage, self._story.attempts), "quiet")
        return DONE if self.task.status == "completed" else FAILED

    def _stop(self) -> None:
        self._screen.aside("stopping the task; once more leaves it as it is")
        self._cancelling = asyncio.create_task(self._cancel())

    def _leave(self) -> None:
        self._screen.aside(f"left as it is; `office resume {self.task.task_id}` goes on with it")

    async def _cancel(self) -> None:
        try:
            await self.house.tasks.cancel(self.task.task_id, self.house.tenant)
        except OfficeError as error:
            self._screen.aside(one_line(str(error)))
