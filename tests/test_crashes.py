"""A worker killed without a chance to say goodbye, at every stage of a task: what the next one makes of it."""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from intelligent_office.database.audit import read_trail
from intelligent_office.database.pool import Database
from intelligent_office.records import Task
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.workers.shift import Shift
from intelligent_office.workers.worker import Worker
from tests.fakes import ListArchive
from tests.mortal import DESKS, services

ROOT = Path(__file__).parents[1]
STAGES = ("analyst", "planner", "validator", "step", "reviewer", "archivist", "finish")


class Survivor:
    """Whoever goes on after the crash."""

    def __init__(self, settings: Settings, database: Database, effects: Path) -> None:
        self.database = database
        self.effects = effects
        self.tasks = Tasks(database, settings)
        self.archive = ListArchive()
        known = replace(services(settings, database, effects), archive=self.archive)
        self.worker = Worker(settings, database, known, name="survivor")
        self.shift = Shift(settings, database, self.worker)
        self._address = settings.database_url.get_secret_value() if settings.database_url else ""

    async def crash(self, *places: str) -> list[Task]:
        """Tasks whose worker was killed, each at its place."""
        submitted = [
            await self.tasks.submit(TaskRequest(description=place.split()[0]), tenant="default", origin="test")
            for place in places
        ]
        await self.kill(places)
        return submitted

    async def kill(self, places: Sequence[str], *, lease: float | None = None) -> None:
        """Let another process work until it has come to all of these places, and kill it there.

        Its leases run out when they do if `lease` says how many seconds they last, and else when it is dead.
        """
        environment = {**os.environ, "OFFICE_LEASE_SECONDS": str(lease or 600)}  # noqa: TID251
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.mortal",
            self._address,
            str(self.effects),
            *places,
            stdout=PIPE,
            cwd=ROOT,
            env=environment,
        )
        assert process.stdout
        said = b""
        try:
            while line := await process.stdout.readline():
                said += line
                if line == b"all have come to their places\n":
                    break
            else:
                raise AssertionError(said.decode())
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()
        if lease:
            return
        async with self.database.pool.connection() as connection:
            await connection.execute("UPDATE tasks SET lease_until = now() WHERE status = 'running'")

    async def go_on(self, task: Task) -> str:
        return await self.worker.work_on(await self.worker.take(task))

    async def progress_to_the_end(self, task: Task) -> list[float]:
        """Finish a task; how far it was said to be on the way."""
        seen: list[float] = []
        claim = await self.worker.take(task)
        record = claim.record

        async def noting(events: Any, *, step: Any = None, progress: Any = None) -> bool:
            cancelled = await record(events, step=step, progress=progress)
            seen.append((await self.tasks.get(task.task_id, "default")).progress)
            return cancelled

        claim.record = noting  # type: ignore[method-assign]
        assert await self.worker.work_on(claim) == "completed"
        return seen

    async def answer(self, task: Task, decision: dict[str, Any]) -> None:
        await self.tasks.answer(task.task_id, "default", {"decisions": [decision]}, by="tester")

    async def trail(self, task: Task) -> list[str]:
        """What the audit trail tells, kind by kind."""
        trail = await read_trail(self.database, task.task_id)
        assert trail.intact, trail.flaws
        return [entry.kind for entry in trail.entries]

    def lines(self, beginning: str) -> list[str]:
        """What the steps of one task have written."""
        if not self.effects.exists():
            return []
        return [line for line in self.effects.read_text().splitlines() if line.startswith(beginning)]


@pytest.fixture
async def survivor(settings: Settings, database: Database, tmp_path: Path) -> Survivor:
    return Survivor(settings, database, tmp_path / "effects")


async def test_wherever_its_worker_was_killed_a_task_is_finished_and_no_finished_step_is_repeated(survivor: Survivor):
    tasks = await survivor.crash(*STAGES)
    for place, task in zip(STAGES, tasks, strict=True):
        halfway = await survivor.tasks.get(task.task_id, "default")
        assert halfway.progress > 0, place
        seen = await survivor.progress_to_the_end(task)
        assert [halfway.progress, *seen, 1.0] == sorted([halfway.progress, *seen, 1.0]), place
        assert survivor.lines(place) == [f"{place} one", f"{place} two"], place
        done = await survivor.tasks.get(task.task_id, "default")
        assert done.outcome is not None
        assert done.outcome["answer"] == f"{place} two"
        numbers = [event.number for event in await survivor.tasks.events(task.task_id, "default")]
        assert numbers == list(range(1, len(numbers) + 1)), place
        trail = await survivor.trail(task)
        assert (trail[:2], trail.count("granted"), trail.count("finished")) == (["granted"] * 2, 2, 2), place
        assert trail.count("started") in (2, 3), place  # the one that the crash broke off was begun again


@pytest.mark.parametrize(
    ("decision", "status", "times"),
    [
        ({"type": "approve"}, "completed", 1),
        ({"type": "reject"}, "failed", 1),
        ({"type": "edit", "edited_action": {"name": "review", "args": {"feedback": "do it again"}}}, "completed", 2),
    ],
)
async def test_an_effect_that_a_crash_left_in_doubt_is_what_a_human_says(survivor: Survivor, decision, status, times):
    [task] = await survivor.crash("effect")
    assert await survivor.go_on(task) == "waiting"
    assert survivor.lines("effect") == ["effect"]
    await survivor.answer(task, decision)
    assert await survivor.go_on(task) == status
    assert survivor.lines("effect") == ["effect"] * times
    trail = await survivor.trail(task)
    assert trail[:5] == ["granted", "started", "in_doubt", "asked", "answered"]
    assert trail.count("finished") == times - 1


async def test_a_crash_beside_an_open_question_loses_neither_the_question_nor_the_other_desks_work(survivor: Survivor):
    [task] = await survivor.crash(f"{DESKS} step")
    assert await survivor.go_on(task) == "waiting"
    assert survivor.lines(DESKS) == [f"{DESKS} step one", f"{DESKS} step two"]
    [asked] = await survivor.tasks.approvals(task.task_id, "default")
    assert asked.request["action_requests"][0]["name"] == "press"
    await survivor.answer(task, {"type": "approve"})
    assert await survivor.go_on(task) == "completed"
    assert survivor.lines(f"{DESKS} ask") == [f"{DESKS} ask"]
    trail = await survivor.trail(task)
    assert [trail.count(kind) for kind in ("asked", "answered", "granted", "finished")] == [1, 1, 3, 3]
    assert len(await survivor.tasks.approvals(task.task_id, "default", open_only=False)) == 1


async def test_an_answer_that_its_worker_took_to_the_grave_is_delivered_again(survivor: Survivor):
    [task] = await survivor.crash(f"{DESKS} step")
    await survivor.go_on(task)
    await survivor.answer(task, {"type": "approve"})
    dead = await survivor.worker.take(task)
    async with survivor.database.pool.connection() as connection:
        await connection.execute("UPDATE tasks SET lease_until = now() WHERE token = %s", (dead.token,))
    assert await survivor.go_on(task) == "completed"
    assert survivor.lines(f"{DESKS} ask") == [f"{DESKS} ask"]


async def test_a_killed_workers_task_goes_on_elsewhere_when_its_lease_has_run_out(survivor: Survivor, monkeypatch):
    monkeypatch.setattr("intelligent_office.workers.shift.ROUND_SECONDS", 0.1)
    task = await survivor.tasks.submit(TaskRequest(description="step"), tenant="default", origin="test")
    await survivor.kill(["step"], lease=1.0)
    working = asyncio.create_task(survivor.shift.run())
    try:
        async for _ in survivor.tasks.watch(task.task_id, "default"):
            pass
    finally:
        survivor.shift.stop()
        await working
    done = await survivor.tasks.get(task.task_id, "default")
    assert (done.status, done.worker, done.claims, done.crashes) == ("completed", "survivor", 2, 1)
    assert survivor.lines("step") == ["step one", "step two"]
    async with survivor.database.pool.connection() as connection:
        assert (await connection.execute("SELECT FROM procrastinate_jobs WHERE queue_name = 'tasks'")).rowcount == 0


async def test_a_task_that_kills_three_workers_becomes_a_dead_letter_and_kills_no_more(survivor: Survivor):
    [task] = await survivor.crash("planner")
    for _ in range(2):
        await survivor.kill(["planner"])
    assert await survivor.go_on(task) == "failed"
    done = await survivor.tasks.get(task.task_id, "default")
    assert done.outcome is not None
    assert (done.outcome["error_class"], done.crashes) == ("Poison", 3)
    assert survivor.archive.buried[task.task_id]["state"]["request"] == "planner"


async def test_a_task_that_gets_further_each_time_survives_any_number_of_workers(survivor: Survivor):
    task = await survivor.tasks.submit(TaskRequest(description="step"), tenant="default", origin="test")
    for stage in ("analyst", "planner", "validator", "reviewer", "archivist"):
        await survivor.kill([f"{stage} of step"])
    assert await survivor.go_on(task) == "completed"
    assert (await survivor.tasks.get(task.task_id, "default")).crashes == 1
    assert survivor.lines("step") == ["step one", "step two"]


async def test_a_task_that_is_given_up_tells_of_the_call_whose_effect_nobody_knows(survivor: Survivor):
    [task] = await survivor.crash("effect")
    async with survivor.database.pool.connection() as connection:  # two more die before they have asked a human
        await connection.execute("UPDATE tasks SET crashes = 2, crashes_alone = 2, stalled_at = 1000")
    assert await survivor.go_on(task) == "failed"
    done = await survivor.tasks.get(task.task_id, "default")
    assert done.outcome is not None
    assert done.outcome["error_class"] == "Poison"
    assert "Whether the call of `press` in step `s1` took effect is not known." in done.outcome["reason"]
    assert survivor.lines("effect") == ["effect"]
