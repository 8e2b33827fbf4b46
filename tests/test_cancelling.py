"""Cancelling reaches what a step is busy with: the program in its sandbox, and the model that does not answer."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.errors import TaskEnded
from intelligent_office.records import Task
from intelligent_office.services import Services, make_services
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.workers.worker import Worker
from tests.models.wire import Hang, serve
from tests.requirements import require
from tests.test_on_models import settings_for


class Desk:
    """A worker with the real services, busy with one task."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.tasks = Tasks(database, settings)
        self.services: Services = make_services(settings, database)
        self.worker = Worker(settings, database, self.services)

    async def begin(self, description: str, **more: Any) -> tuple[Task, asyncio.Task[str]]:
        request = TaskRequest(description=description, approval="always", **more)
        task = await self.tasks.submit(request, tenant="default", origin="test")
        return task, asyncio.create_task(self.worker.work_on(await self.worker.take(task)))

    async def cancel(self, task: Task, working: asyncio.Task[str]) -> None:
        """Cancel it, and wait until nobody works on it."""
        await self.tasks.cancel(task.task_id, "default")
        assert await working == "cancelled"
        assert (await self.tasks.get(task.task_id, "default")).status == "cancelled"
        with pytest.raises(TaskEnded, match="cancelled"):
            await self.tasks.cancel(task.task_id, "default")


def descendants(pid: int) -> set[int]:
    """Every process that a process has started, and those have started, and so on."""
    found: set[int] = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # it has just ended
            for child in map(int, children.read_text().split()):
                found |= {child} | descendants(child)
    return found


@pytest.mark.timeout(290)  # by itself the program would go on for longer
async def test_cancelling_ends_a_program_that_never_ends_with_all_its_processes(settings, database):
    require("bwrap")
    desk = Desk(settings.model_copy(update={"sandbox": "bubblewrap"}), database)
    before = descendants(os.getpid())
    code = "import os; os.fork(); [0 for _ in iter(int, 1)]"
    task, working = await desk.begin(f'call python_exec(code="{code}", seconds=300)')
    async for event in desk.tasks.watch(task.task_id, "default"):
        if event.kind == "step.started":
            break
    while len(descendants(os.getpid()) - before) < 3:
        assert not working.done(), await desk.tasks.get(task.task_id, "default")
        await asyncio.sleep(0.02)
    await desk.cancel(task, working)
    assert descendants(os.getpid()) <= before
    await desk.services.close()


@pytest.mark.timeout(290)
async def test_cancelling_hangs_up_on_a_model_that_does_not_answer(settings, database):
    async with serve("openai", *[Hang()] * 3) as server:
        patient = settings_for("openai", server.url, settings).model_copy(update={"model_seconds": 1000.0})
        desk = Desk(patient, database)
        task, working = await desk.begin("Praise the sea.")
        while not server.requests:
            await asyncio.sleep(0.02)
        await desk.cancel(task, working)
        while not server.abandoned:
            await asyncio.sleep(0.02)
        await desk.services.close()
