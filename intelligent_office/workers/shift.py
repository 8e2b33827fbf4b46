"""A shift: a worker's hours. It takes tasks as they come, does chores, and keeps the queue true, until told to stop.

Jobs are how a shift learns that there is something to do; which task is next, the tasks' rows say (`docs/queue.md`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from intelligent_office.database.pool import Database, Statements
from intelligent_office.errors import Unavailable
from intelligent_office.settings import Settings
from intelligent_office.tasks import Tasks
from intelligent_office.workers.chores import chores
from intelligent_office.workers.claims import Claim
from intelligent_office.workers.jobs import BACK_OFF_SECONDS, Chore, Jobs
from intelligent_office.workers.queue import SILENCE_SECONDS
from intelligent_office.workers.worker import PRUNED_AT_ONCE, SWEPT_AT_ONCE, Worker

log = structlog.get_logger()

CHORES_AT_ONCE = 8
ROUND_SECONDS = 5.0
"""How often a worker says that it lives, and looks for tasks and jobs of those who do not, and for questions whose time
is over."""
UPKEEP_SECONDS = 30.0


class Shift:
    """Keeps one worker busy, with up to `settings.concurrency` tasks at once."""

    def __init__(self, settings: Settings, database: Database, worker: Worker) -> None:
        self.worker = worker
        self._settings = settings
        self._database = database
        self._tasks = Tasks(database, settings)
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        wake_up = Chore("work", self._work, queue="tasks")
        self._jobs = Jobs(database, [wake_up, *chores(settings, database)], hurry=self._hurry)

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def stop(self) -> None:
        """Take nothing new, and let running tasks reach the end of their step; told again, let go of them at once."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    async def run(self) -> None:
        """Work until told to stop. Steps that take longer than the grace then are left to others, with their tasks.

        Raises:
            InvalidSetting: a key is missing that tasks may be encrypted with.
        """
        await self._know_keys()
        async with asyncio.TaskGroup() as group:
            duties = [
                group.create_task(self._drain()),
                group.create_task(self._regularly(ROUND_SECONDS, self._go_round)),
                group.create_task(self._regularly(ROUND_SECONDS, self._mind_questions)),
                group.create_task(self._regularly(UPKEEP_SECONDS, self._tidy_up)),
            ]
            await asyncio.gather(
                self._jobs.work("tasks", self._stop, at_once=self._settings.concurrency),
                self._jobs.work("chores", self._stop, at_once=CHORES_AT_ONCE),
            )
            for duty in duties:
                duty.cancel()
        with suppress(Unavailable):
            await self._database.run("forget_worker", name=self.worker.name)

    async def _work(self, task_id: str) -> None:
        """Work on whatever is next, as long as there is something; the task that woke us may be another's by now."""
        while claim := await self._next():
            try:
                await self.worker.work_on(claim)
            except Exception:  # the lease runs out, and somebody goes on; other tasks know nothing of it
                log.exception("task.dropped", task_id=claim.task.task_id, woken_by=task_id)

    async def _next(self) -> Claim | None:
        """The next task; None if there is none, or it is time to stop."""
        while not self._stop.is_set():
            try:
                return await self.worker.next()
            except Unavailable as error:
                log.warning("worker.waits", reason=str(error))
            except Exception:  # whatever it is, a door that stays open needs a worker that goes on
                log.exception("worker.stumbled")
            await self._pause(BACK_OFF_SECONDS)
        return None

    async def _know_keys(self) -> None:
        """Rather take no task at all than many that cannot be read."""
        while not self._stop.is_set():
            try:
                await self._database.insist_on_keys()
                await self._say_hello(self._database)
            except Unavailable as error:
                log.warning("worker.waits", reason=str(error))
                await self._pause(BACK_OFF_SECONDS)
            else:
                return

    async def _say_hello(self, statements: Database | Statements) -> None:
        await statements.run("beat_worker", name=self.worker.name, concurrency=self._settings.concurrency)

    async def _drain(self) -> None:
        await self._stop.wait()
        self.worker.drain()
        log.info("worker.drains", worker=self.worker.name, seconds=self._settings.grace_seconds)
        await asyncio.sleep(self._settings.grace_seconds)
        self._hurry.set()

    async def _go_round(self) -> None:
        """Say that this worker lives, and see to what dead ones have left behind, and to what was overlooked."""
        lease_seconds = self._settings.lease_seconds
        async with self._database.transaction() as statements:  # or an outage might fall in between
            await statements.run("spare_leases", name=self.worker.name, lease_seconds=lease_seconds)
            row = await statements.one(
                "go_round",
                concurrency=self._settings.tenant_concurrency,
                lease_seconds=lease_seconds,
                silence_seconds=SILENCE_SECONDS,
            )
            await self._say_hello(statements)
        if row and any(row.values()):
            log.info("queue.mended", **row)

    async def _mind_questions(self) -> None:
        """Tell of questions that nobody answers, and have them expire."""
        await self._tasks.warn_of_expiry()
        await self._tasks.expire_approvals()

    async def _tidy_up(self) -> None:
        """Ended tasks are pruned, old answers of models swept."""
        while await self.worker.tidy() == PRUNED_AT_ONCE:
            pass
        while await self.worker.sweep() >= SWEPT_AT_ONCE:
            pass

    async def _regularly(self, seconds: float, do: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await do()
            except Unavailable as error:
                log.warning("worker.waits", reason=str(error))
            except Exception:  # a worker with a cluttered desk still works
                log.exception("upkeep.failed")
            await asyncio.sleep(seconds)

    async def _pause(self, seconds: float) -> None:
        """Wait for so long, or until it is time to stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
