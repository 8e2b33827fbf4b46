"""A shift against a real database: how it hears of work, what it survives, and how it ends."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from intelligent_office.task_requests import Constraints
from intelligent_office.workers.claims import Claims
from tests.firm import PATIENCE, Firm, analysis, plan


async def test_three_tasks_are_worked_on_at_once(firm: Firm):
    together = asyncio.Barrier(3)

    async def meet(inputs: dict[str, Any]) -> str:
        await together.wait()
        return "met"

    firm.toolbox.tools["meet"] = meet
    tasks = [await firm.submit() for _ in range(3)]
    script: Any = {"analyst": [analysis("t1")] * 3, "planner": [plan(("meet", ""))] * 3}
    async with firm.at_work(firm.worker(**script, reviewer=[{"verdict": "APPROVED"}] * 3)):
        await firm.end_of(*tasks)
    assert {(await firm.look(task)).status for task in tasks} == {"completed"}


async def test_a_worker_told_to_stop_hands_its_task_back_after_the_step(firm: Firm):
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(inputs: dict[str, Any]) -> str:
        reached.set()
        await go_on.wait()
        return "done"

    firm.toolbox.tools["slow"] = slow
    task = await firm.submit()
    async with firm.at_work(firm.worker("first", planner=[plan(("slow", ""))])) as shift:
        await reached.wait()
        shift.stop()
        go_on.set()
    assert (await firm.look(task)).status == "queued"
    second = firm.worker("second")
    assert await second.work_on(await second.take(task)) == "completed"
    assert len(firm.toolbox.calls) == 1


@pytest.mark.parametrize(("grace", "told"), [(0.05, 1), (1000.0, 2)])
async def test_a_step_that_outlasts_the_grace_or_a_second_signal_is_left_to_another_at_once(firm: Firm, grace, told):
    reached = asyncio.Event()

    async def hang(inputs: dict[str, Any]) -> str:
        reached.set()
        if len(firm.toolbox.calls) == 1:
            await asyncio.Event().wait()
        return "done"

    firm.toolbox.tools["hang"] = hang
    firm.settings = firm.settings.model_copy(update={"grace_seconds": grace})
    task = await firm.submit()
    async with firm.at_work(firm.worker("first", planner=[plan(("hang", ""))])) as shift:
        await reached.wait()
        for _ in range(told):
            shift.stop()
    left = await firm.look(task)
    assert (left.status, left.crashes) == ("queued", 0)
    second = firm.worker("second")
    assert await second.work_on(await second.take(task)) == "completed"


async def test_expired_leases_are_taken_over_by_a_running_worker(firm: Firm):
    task = await firm.submit()
    await Claims(firm.database, firm.settings).take(task.task_id, "default", "dead")
    await firm.let_the_lease_run_out(task)
    async with firm.at_work(firm.worker(planner=[plan(("say", "hi"))])):
        await firm.end_of(task)
    assert (await firm.look(task)).status == "completed"
    kinds = {event.kind: event.data for event in await firm.tasks.events(task.task_id, "default")}
    assert kinds["task.abandoned"] == {"worker": "dead", "crashes": 1}


async def test_a_task_is_begun_at_once_without_anybody_looking_for_it(firm: Firm, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("intelligent_office.workers.jobs.POLL_SECONDS", 1000.0)
    monkeypatch.setattr("intelligent_office.workers.shift.ROUND_SECONDS", 1000.0)
    workers = [firm.worker(f"w{number}", planner=[plan(("say", "hi"))] * 4) for number in range(2)]
    async with firm.at_work(workers[0]), firm.at_work(workers[1]):
        await firm.until("SELECT count(*) = 4 AS yes FROM procrastinate_workers")
        task = await firm.submit()
        await firm.end_of(task)
    assert await firm.query("SELECT * FROM procrastinate_jobs WHERE queue_name = 'tasks'") == []
    assert await firm.query("SELECT * FROM workers") == []


async def test_running_workers_warn_of_questions_and_have_them_expire_within_a_round(firm: Firm, monkeypatch):
    monkeypatch.setattr("intelligent_office.workers.shift.ROUND_SECONDS", 0.05)
    firm.toolbox.dangerous.add("say")
    task = await firm.submit()
    async with firm.at_work(firm.worker(planner=[plan(("say", "hello"))])):
        await firm.until("SELECT EXISTS (SELECT FROM approvals) AS yes")
        await firm.query("UPDATE approvals SET asked_at = now() - interval '9 h', expires_at = now() + interval '1 h'")
        await firm.until("SELECT EXISTS (SELECT FROM events WHERE kind = 'approval.expiring') AS yes")
        await firm.query("UPDATE approvals SET expires_at = now()")
        await firm.end_of(task)
    kinds = [event.kind for event in await firm.tasks.events(task.task_id, "default")]
    assert [kind for kind in kinds if kind.startswith("approval.")] == [
        "approval.asked",
        "approval.expiring",
        "approval.expired",
    ]


async def test_a_wake_up_that_was_lost_is_made_up_for(firm: Firm, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("intelligent_office.workers.shift.ROUND_SECONDS", 0.05)
    task = await firm.submit()
    await firm.query("DELETE FROM procrastinate_jobs")
    async with firm.at_work(firm.worker(planner=[plan(("say", "hi"))])):
        await firm.end_of(task)
    assert (await firm.look(task)).status == "completed"


@contextmanager
def heard() -> Iterator[Callable[[str], Awaitable[None]]]:
    """Waits until the office has logged an event of that name."""
    with capture_logs() as entries:

        async def until(event: str) -> None:
            async with asyncio.timeout(PATIENCE):
                while all(entry["event"] != event for entry in entries):
                    await asyncio.sleep(0.01)

        yield until


async def test_a_worker_goes_on_after_a_failure_that_nobody_foresaw(firm: Firm, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("intelligent_office.workers.shift.BACK_OFF_SECONDS", 0.01)
    task = await firm.submit()
    await firm.query("ALTER TABLE approvals RENAME TO away")
    async with firm.at_work(firm.worker(planner=[plan(("say", "hi"))])):
        with heard() as until:
            await until("worker.stumbled")
            await until("upkeep.failed")
        await firm.query("ALTER TABLE away RENAME TO approvals")
        await firm.end_of(task)
    assert (await firm.look(task)).status == "completed"


async def test_a_task_that_cannot_even_be_buried_does_not_take_the_worker_with_it(firm: Firm):
    async def bury(**letter: Any) -> None:
        raise KeyError("a bug in the morgue")

    firm.archive.bury = bury  # type: ignore[method-assign]
    await firm.submit(constraints=Constraints(max_duration=1e-6), priority=9)
    good = await firm.submit()
    async with firm.at_work(firm.worker(planner=[plan(("say", "hi"))])):
        await firm.end_of(good)
    assert (await firm.look(good)).status == "completed"
