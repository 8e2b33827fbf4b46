"""A database with tasks, and workers with scripted services: what tests of workers stand on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from intelligent_office.database.pool import Database
from intelligent_office.records import Task
from intelligent_office.services import Services
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.workers.shift import Shift
from intelligent_office.workers.worker import Worker
from tests.fakes import ListArchive, ScriptedModels, ScriptedToolbox
from tests.sql import query

PATIENCE = 300.0
"""Seconds after which a test that waits has failed."""


def analysis(*names: str) -> dict[str, Any]:
    return {"subtasks": [{"subtask_id": name, "objective": f"do {name}"} for name in names]}


def plan(*calls: tuple[str, str]) -> dict[str, Any]:
    steps = [
        {
            "step_id": f"s{number}",
            "action": tool,
            "inputs": {"text": text},
            "dependencies": [f"s{number - 1}"] * (number > 1),
        }
        for number, (tool, text) in enumerate(calls, 1)
    ]
    return {"steps": steps}


async def say(inputs: dict[str, Any]) -> str:
    return str(inputs["text"])


class Firm:
    """A database with tasks, and workers with scripted services."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.tasks = Tasks(database, settings)
        self.archive = ListArchive()
        self.toolbox = ScriptedToolbox(say=say)

    def worker(self, name: str = "worker", **answers: Any) -> Worker:
        script = {"analyst": [analysis("t1")], "reviewer": [{"verdict": "APPROVED"}], **answers}
        services = Services(ScriptedModels(**script), self.toolbox, self.archive)
        return Worker(self.settings, self.database, services, name=name)

    @asynccontextmanager
    async def at_work(self, worker: Worker) -> AsyncIterator[Shift]:
        """The worker takes tasks by itself while the block runs."""
        shift = Shift(self.settings, self.database, worker)
        working = asyncio.create_task(shift.run())
        try:
            yield shift
        except BaseException:  # nobody waits for the steps of a test that has failed
            shift.stop()
            raise
        finally:
            shift.stop()
            await working

    async def end_of(self, *tasks: Task) -> None:
        for task in tasks:
            async for _ in self.tasks.watch(task.task_id, "default"):
                pass

    async def submit(self, **changes: Any) -> Task:
        return await self.tasks.submit(TaskRequest(description="do it", **changes), tenant="default", origin="test")

    async def query(self, sql: str) -> list[dict[str, Any]]:
        return await query(self.database, sql)

    async def until(self, sql: str) -> None:
        """Wait until the query's one value is true."""
        while not (await self.query(sql))[0]["yes"]:
            await asyncio.sleep(0.01)

    async def look(self, task: Task) -> Task:
        return await self.tasks.get(task.task_id, "default")

    async def let_the_lease_run_out(self, task: Task) -> None:
        async with self.database.pool.connection() as connection:
            await connection.execute("UPDATE tasks SET lease_until = now() WHERE task_id = %s", (task.task_id,))

    async def give_to(self, worker: str, task: Task) -> None:
        """As if the lease had run out and another worker had been quicker; the first cannot renew it in between."""
        async with self.database.pool.connection() as connection:
            query = "UPDATE tasks SET token = token + 1, worker = %s WHERE task_id = %s"
            await connection.execute(query, (worker, task.task_id))

    async def checkpoints(self, task: Task) -> int:
        async with self.database.pool.connection() as connection:
            query = "SELECT count(*) AS n FROM checkpoints WHERE thread_id = %s AND checkpoint_ns = ''"
            row: Any = await (await connection.execute(query, (task.task_id,))).fetchone()
        return int(row["n"])
