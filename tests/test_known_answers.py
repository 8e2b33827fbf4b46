"""Whole tasks that have been done before: what is known is not asked again, and what went wrong is not repeated."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from intelligent_office.cli.answer import summary
from intelligent_office.cli.story import Story
from intelligent_office.database.pool import Database
from intelligent_office.records import Event, Task
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from tests.models.wire import Reply, Server, serve
from tests.test_on_models import ANSWERS, PLAN, settings_for, worker

AGAIN: dict[str, Any] = {
    **PLAN,
    "steps": [{**PLAN["steps"][0], "inputs": {"instruction": "Praise its green.", "text": ""}}],
}
REVISE = {"verdict": "REVISE", "finding": "Name a colour."}
APPROVED = {"verdict": "APPROVED", "finding": ""}


class Office:
    """Does one wish several times, with a model that says what it is told to."""

    def __init__(self, settings: Settings, database: Database, server: Server) -> None:
        self.settings = settings_for("openai", server.url, settings)
        self.database, self.server = database, server
        self.tasks = Tasks(database, settings)

    async def do(self, *answers: dict[str, Any], **changes: Any) -> tuple[Task, int]:
        """The task as it ended, and how many questions the model was asked."""
        self.server.script[:] = [Reply(json.dumps(answer)) for answer in answers]
        asked = len(self.server.requests)
        request = TaskRequest(description="Praise the sea.", **changes)
        task = await self.tasks.submit(request, tenant="default", origin="test")
        async with worker(self.settings, self.database) as hands:
            await hands.work_on(await hands.take(task))
        return await self.tasks.get(task.task_id, "default"), len(self.server.requests) - asked

    async def events(self, task: Task, role: str) -> list[Event]:
        """What the role has written."""
        events = await self.tasks.events(task.task_id, "default")
        return [event for event in events if (event.kind, event.role) == ("role.finished", role)]


@pytest.fixture
async def office(settings: Settings, database: Database) -> AsyncIterator[Office]:
    async with serve("openai", Reply("")) as server:
        yield Office(settings, database, server)


def answer_of(task: Task) -> str:
    assert task.outcome is not None
    return str(task.outcome["answer"])


async def test_a_task_that_was_done_before_asks_no_model_and_says_so(office):
    first, asked = await office.do(*ANSWERS)
    assert (first.status, asked) == ("completed", 5)
    again, asked = await office.do({"nothing": "is asked"})
    assert (again.status, asked) == ("completed", 0)
    assert answer_of(again) == answer_of(first) == "Deep and blue."
    usage = await office.tasks.usage(again.task_id, "default")
    assert (usage.calls, usage.cached, usage.cost_usd) == (0, 5, 0.0)
    assert "0 model calls, 5 more answered from the cache · 0 tokens · $0.0000" in summary(again, usage, 1)


async def test_a_plan_from_the_cache_is_told_as_one_and_is_the_tasks_own(office):
    first, _ = await office.do(*ANSWERS)
    again, _ = await office.do(*ANSWERS)
    [old], [new] = await office.events(first, "planner"), await office.events(again, "planner")
    assert (old.data["planned_by"], new.data["planned_by"]) == ("model", "cache")
    assert new.data["plan"]["task_id"] == again.task_id
    [before], [now] = old.data["plan"]["steps"], new.data["plan"]["steps"]
    assert now["inputs"] == before["inputs"]
    assert now["idempotency_key"] != before["idempotency_key"]
    [checked], [done] = await office.events(again, "validator"), await office.events(again, "executor")
    assert checked.data["validation"]["verdict"] == "APPROVED"
    assert not done.data["results"]["s1"]["reused"], "it was carried out for this task"
    story = Story()
    told = [line.text for event in await office.tasks.events(again.task_id, "default") for line in story.tell(event)]
    assert "plan (from the cache):" in told
    assert "planner: office:proven has answered this before" in told


async def test_a_task_that_wants_no_cache_asks_again(office):
    await office.do(*ANSWERS)
    again, asked = await office.do(*ANSWERS, use_cache=False)
    assert (again.status, asked) == ("completed", 5)


async def test_what_led_to_a_failure_is_asked_again(office):
    failed, asked = await office.do(*ANSWERS[:-1], {"verdict": "FAILED", "finding": "It is not about the sea."})
    assert (failed.status, asked) == ("failed", 5)
    again, asked = await office.do(*ANSWERS)
    assert (again.status, asked) == ("completed", 5)


async def test_a_plan_that_had_to_be_revised_is_not_made_again_from_the_cache(office):
    revised, asked = await office.do(*ANSWERS[:-1], REVISE, AGAIN, {"flaws": []}, {"text": "Green."}, APPROVED)
    assert (answer_of(revised), asked) == ("Green.", 9)
    again, _ = await office.do(*ANSWERS)
    assert [event.data["planned_by"] for event in await office.events(again, "planner")] == ["model"]


async def test_a_plan_from_the_cache_that_fails_is_planned_anew_and_gone(office):
    await office.do(*ANSWERS)
    async with office.database.pool.connection() as connection:  # as if the reviewer's word alone had expired
        await connection.execute("DELETE FROM answers WHERE answer LIKE '%verdict%'")
    second, _ = await office.do(REVISE, AGAIN, {"flaws": []}, {"text": "Green."}, APPROVED)
    assert [event.data["planned_by"] for event in await office.events(second, "planner")] == ["cache", "model"]
    third, _ = await office.do(*ANSWERS)
    assert (await office.events(third, "planner"))[0].data["planned_by"] == "model"


async def test_other_tools_mean_another_plan(office):
    await office.do(*ANSWERS)
    again, _ = await office.do(*ANSWERS, constraints={"allowed_tools": ["ai_tool"]})
    assert [event.data["planned_by"] for event in await office.events(again, "planner")] == ["model"]
