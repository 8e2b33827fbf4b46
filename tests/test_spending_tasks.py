"""Tasks whose money runs out: they stop where they are, keep what they have, and go on with more."""

import json
from typing import Any

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.errors import InvalidRequest, TaskEnded
from intelligent_office.models.spending import Spending
from intelligent_office.records import Task
from intelligent_office.services import make_services
from intelligent_office.settings import Settings
from intelligent_office.task_requests import Constraints, Resumption, TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.workers.worker import Worker
from tests.models.spender import dear
from tests.models.wire import Reply, serve

TENANT = "default"
STEPS: list[dict[str, Any]] = [
    {"step_id": "s1", "action": "todo_store", "inputs": {"operation": "add", "text": "swim"}},
    {"step_id": "s2", "action": "ai_tool", "inputs": {"instruction": "Praise the sea."}, "dependencies": ["s1"]},
]
RUINOUS = 1_000_000
"""So many tokens cost 1000 USD, whatever was held for them."""


def said(answer: dict[str, Any], tokens: int = 10) -> Reply:
    return Reply(json.dumps(answer), output_tokens=tokens)


def parts(*names: str) -> Reply:
    return said({"subtasks": [{"subtask_id": name, "objective": f"praise {name}"} for name in names]})


class Desk:
    """One office with one worker, whose models are a server that a test scripts."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.tasks = Tasks(database, settings)
        self.services = make_services(settings, database)
        self.worker = Worker(settings, database, self.services)

    async def submit(self, description: str = "Praise the sea.", budget: float = 500.0) -> Task:
        constraints = Constraints(max_cost_usd=budget)
        request = TaskRequest(description=description, constraints=constraints)
        return await self.tasks.submit(request, tenant=TENANT, origin="test")

    async def work_on(self, task: Task) -> Task:
        await self.worker.work_on(await self.worker.take(task))
        return await self.tasks.get(task.task_id, TENANT)

    async def resume(self, task: Task, budget: float | None = None) -> Task:
        return await self.tasks.resume(task.task_id, TENANT, Resumption(max_cost_usd=budget))

    async def told(self, task: Task) -> list[str]:
        return [event.kind for event in await self.tasks.events(task.task_id, TENANT)]

    async def todos(self) -> int:
        async with self.database.pool.connection() as connection:
            return (await connection.execute("SELECT FROM todos")).rowcount


async def test_a_task_whose_money_runs_out_goes_on_with_more_and_repeats_nothing(database, database_url):
    script = [parts("it"), said({"steps": STEPS}), said({"flaws": []}, RUINOUS)]
    async with serve("openai", *script, said({"text": "Deep."}), said({"verdict": "APPROVED"})) as server:
        desk = Desk(database, dear(database_url, server.url))
        task = await desk.work_on(await desk.submit())
        assert (task.status, len(server.requests), await desk.todos()) == ("failed", 3, 1)
        assert task.outcome
        assert task.outcome["error_class"] == "BudgetExceeded"
        assert "budget of $500.00 is used up: $1000" in task.outcome["reason"]
        assert (await desk.tasks.dead_letter(task.task_id, TENANT)).error_class == "BudgetExceeded"
        assert await desk.worker.tidy() == 1, "what it needs to go on is kept all the same"

        with pytest.raises(InvalidRequest, match="are spent: give it a larger one"):
            await desk.resume(task, 900.0)
        task = await desk.work_on(await desk.resume(task, 5000.0))
        await desk.services.close()
        assert task.outcome
        assert (task.status, task.outcome["answer"]) == ("completed", "Deep.")
        assert (len(server.requests), await desk.todos()) == (5, 1)
    told = await desk.told(task)
    assert "budget.warned" in told
    assert "task.resumed" in told
    assert told.count("task.finished") == 2
    with pytest.raises(TaskEnded):
        await desk.resume(task, 9000.0)


async def test_what_is_finished_when_the_money_runs_out_is_in_the_users_hands(database, database_url):
    parts_in_turn = {
        "subtasks": [
            {"subtask_id": "one", "objective": "note it"},
            {"subtask_id": "two", "objective": "praise it", "dependencies": ["one"]},
        ]
    }
    script = [said(parts_in_turn), said({"steps": STEPS[:1]}), said({"flaws": []})]
    async with serve("openai", *script, said({"verdict": "APPROVED"}, RUINOUS)) as server:
        desk = Desk(database, dear(database_url, server.url))
        task = await desk.work_on(await desk.submit())
        await desk.services.close()
    assert task.outcome
    assert (task.status, task.outcome["error_class"]) == ("failed", "BudgetExceeded")
    assert "swim" in task.outcome["answer"]


async def test_a_tenants_empty_purse_stops_its_tasks_until_somebody_fills_it(database, database_url):
    script = [parts("it"), said({"steps": STEPS[:1]}, RUINOUS), said({"flaws": []}), said({"verdict": "APPROVED"})]
    async with serve("openai", *script) as server:
        desk = Desk(database, dear(database_url, server.url, tenant_budget_usd=800))
        task = await desk.work_on(await desk.submit(budget=100_000))
        assert task.outcome
        assert "The budget of the tenant default for this month of $800.00 is used up" in task.outcome["reason"]
        assert "office budget default --monthly" in task.outcome["reason"]
        await Spending(database).set_budget(TENANT, 9000)
        task = await desk.work_on(await desk.resume(task))
        await desk.services.close()
    assert task.status == "completed"


async def test_a_step_that_asks_a_model_says_what_it_cost(database, database_url):
    script = [parts("it"), said({"steps": STEPS}), said({"flaws": []}), said({"text": "Deep."}, 200)]
    async with serve("openai", *script, said({"verdict": "APPROVED"})) as server:
        desk = Desk(database, dear(database_url, server.url))
        task = await desk.work_on(await desk.submit())
        await desk.services.close()
    events = await desk.tasks.events(task.task_id, TENANT)
    costs = [event.data["result"]["cost_usd"] for event in events if event.kind == "step.finished"]
    assert costs == [0.0, pytest.approx(0.2)]
    assert (await desk.tasks.usage(task.task_id, TENANT)).cost_usd == pytest.approx(0.2 + 4 * 0.01)


@pytest.mark.parametrize("budget", [-1, float("nan"), float("inf"), 1e12])
def test_a_budget_that_is_none_is_refused(budget):
    for model in (Constraints, Resumption):
        with pytest.raises(ValueError, match="max_cost_usd"):
            model(max_cost_usd=budget)
