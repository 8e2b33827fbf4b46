import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from intelligent_office.database.statements import statement
from intelligent_office.errors import InvalidRequest, Missing, QuotaUsedUp, TaskEnded
from intelligent_office.records import Selection
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import TYPICAL_SECONDS, Tasks
from intelligent_office.workers.claims import EventDraft
from tests.firm import PATIENCE
from tests.records import OUTCOME, QUESTION
from tests.sql import listening, query


async def submit(tasks, description="Add 2 and 2", *, tenant="acme", **fields):
    return await tasks.submit(TaskRequest(description=description, **fields), tenant=tenant, origin="test")


# Requests


@pytest.mark.parametrize(
    "fields",
    [
        {"description": " \n"},
        {"description": "a\0b"},
        {"description": "x", "priority": 10},
        {"description": "x", "priority": -1},
        {"description": "x", "approval": "sometimes"},
        {"description": "x", "folder": "a\0b"},
        {"description": "x", "success_criteria": [""]},
        {"description": "x", "constraints": {"max_iterations": 0}},
        {"description": "x", "constraints": {"max_iterations": 21}},
        {"description": "x", "constraints": {"max_duration": 0}},
        {"description": "x", "constraints": {"max_duration": float("inf")}},
        {"description": "x", "constraints": {"max_cost_usd": -1}},
        {"description": "x", "constraints": {"iterations": 2}},
        {"description": "x", "descriptoin": "y"},
        {},
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(fields):
    with pytest.raises(ValidationError):
        TaskRequest.model_validate(fields)


def test_a_request_becomes_the_context_of_the_run():
    request = TaskRequest.model_validate(
        {
            "description": " Add ",
            "constraints": {"max_duration": 5, "allowed_tools": ["echo"], "max_iterations": 2, "max_cost_usd": 0.5},
            "success_criteria": ["It is a number"],
            "folder": "/srv",
            "approval": "never",
            "model": "openai:gpt-4o",
            "use_cache": False,
        }
    )
    context = request.to_context("acme")
    assert request.description == "Add"
    assert (context.tenant, context.folder, context.model) == ("acme", "/srv", "openai:gpt-4o")
    assert (context.max_duration, context.allowed_tools, context.max_iterations) == (5.0, ["echo"], 2)
    assert (context.max_cost_usd, context.success_criteria) == (0.5, ["It is a number"])
    assert (context.approval, context.use_cache) == ("never", False)


# Submitting and reading


async def test_an_accepted_task_is_queued_with_its_first_event(tasks):
    task = await submit(tasks, priority=7)

    assert (task.status, task.progress, task.priority, task.outcome) == ("queued", 0, 7, None)
    assert task.context["max_iterations"] == 3
    read = await tasks.get(task.task_id, "acme")
    assert replace(read, estimated_completion=None) == replace(task, estimated_completion=None)
    (event,) = await tasks.events(task.task_id, "acme")
    assert (event.number, event.kind, event.data["priority"]) == (1, "task.accepted", 7)


async def test_a_description_longer_than_the_setting_allows_is_refused(database, settings):
    tasks = Tasks(database, settings.model_copy(update={"max_request_characters": 100}))
    await submit(tasks, "x" * 100)
    with pytest.raises(InvalidRequest, match="101 characters"):
        await submit(tasks, "x" * 60, success_criteria=["y" * 41])


async def test_text_that_postgres_refuses_is_stored_with_a_replacement(tasks):
    assert (await submit(tasks, "half \ud83d pair")).description == "half \ufffd pair"


async def test_a_task_is_expected_to_take_as_long_as_recent_ones(database, settings, tasks, claims):
    async def expected(tasks, seconds):
        before = datetime.now(UTC)
        task = await submit(tasks)
        assert before <= task.estimated_completion - timedelta(seconds=seconds) <= datetime.now(UTC)
        return task

    first = await expected(tasks, TYPICAL_SECONDS)
    await (await claims.next("w")).finish("completed", OUTCOME)
    await query(database, "UPDATE tasks SET worked_seconds = 1000")
    await expected(Tasks(database, settings), 1000)
    assert (await tasks.get(first.task_id, "acme")).estimated_completion is None


async def test_a_tenant_is_told_that_the_task_of_another_does_not_exist(tasks):
    task = await submit(tasks, tenant="other")
    for call in (
        tasks.get(task.task_id, "acme"),
        tasks.find(task.task_id, "acme"),
        tasks.find("last", "acme"),
        tasks.events(task.task_id, "acme"),
        tasks.approvals(task.task_id, "acme"),
        tasks.usage(task.task_id, "acme"),
        tasks.dead_letter(task.task_id, "acme"),
        tasks.cancel(task.task_id, "acme"),
        tasks.answer(task.task_id, "acme", {"decisions": []}, by="eve"),
        anext(tasks.watch(task.task_id, "acme")),
    ):
        with pytest.raises(Missing):
            await call
    assert await tasks.list("acme") == []


async def test_a_task_is_found_by_either_end_of_its_id(tasks):
    task = await submit(tasks)
    for text in (task.task_id, task.task_id[:10], task.task_id[-4:], task.task_id.upper(), "last"):
        assert (await tasks.find(text, "acme")).task_id == task.task_id


async def test_an_ambiguous_name_lists_the_tasks_that_fit(tasks):
    """Ids of one hour begin alike."""
    first, second = await submit(tasks, "Add"), await submit(tasks, "Multiply")
    with pytest.raises(InvalidRequest) as told:
        await tasks.find(first.task_id[:4], "acme")
    assert first.task_id in str(told.value)
    assert f"{second.task_id}  queued  Multiply" in str(told.value)


async def test_a_name_of_three_characters_is_too_short(tasks):
    task = await submit(tasks)
    with pytest.raises(InvalidRequest, match="at least 4"):
        await tasks.find(task.task_id[-3:], "acme")


async def test_a_percent_sign_is_no_wildcard(tasks):
    await submit(tasks)
    with pytest.raises(Missing):
        await tasks.find("%%%%", "acme")


async def test_pages_of_tasks_hold_every_task_once_newest_first(tasks):
    submitted = [(await submit(tasks, f"Task {number}")).task_id for number in range(5)]
    first = await tasks.list("acme", limit=3)
    second = await tasks.list("acme", limit=3, before=first[-1].place)
    assert [task.task_id for task in [*first, *second]] == submitted[::-1]


RUNNING = Selection(statuses=frozenset({"running"}))


async def test_a_list_can_be_limited_to_one_status(tasks, claims):
    await submit(tasks)
    await submit(tasks)
    running = await claims.next("w")
    assert [task.task_id for task in await tasks.list("acme", RUNNING)] == [running.task.task_id]


async def test_usage_adds_up_the_calls_of_one_task(database, tasks):
    task = await submit(tasks)
    assert (await tasks.usage(task.task_id, "acme")).as_json() == {
        "calls": 0,
        "cached": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": 0.0,
    }
    await query(
        database,
        "INSERT INTO usage (task_id, tenant, role, provider, model, input_tokens, output_tokens, cost_usd, seconds,"
        f" outcome) SELECT id, 'acme', 'planner', 'p', 'm', 10, 5, 0.25, 1, 'ok' FROM (VALUES ('{task.task_id}'),"
        f" ('{task.task_id}'), ('another')) AS calls (id)",
    )
    usage = await tasks.usage(task.task_id, "acme")
    assert (usage.calls, usage.input_tokens, usage.output_tokens, usage.cost_usd) == (2, 20, 10, 0.5)


async def test_json_of_a_task_has_its_times_in_utc(tasks):
    told = (await submit(tasks)).as_json()
    assert told["created_at"].endswith("+00:00")
    assert told["started_at"] is None


async def test_a_list_can_be_limited_to_a_time_a_text_and_a_door(database, tasks):
    old, new = await submit(tasks, "Feed the CAT"), await submit(tasks, "Feed the dog")
    other = await tasks.submit(TaskRequest(description="feed 100% of the cats"), tenant="acme", origin="other")
    await query(database, f"UPDATE tasks SET created_at = '2020-01-01Z' WHERE task_id = '{old.task_id}'")
    long_ago = datetime(2020, 1, 2, tzinfo=UTC)

    async def found(**selection):
        return {task.task_id for task in await tasks.list("acme", Selection(**selection))}

    assert await found(text="cat") == {old.task_id, other.task_id}
    assert await found(text="100%") == {other.task_id}
    assert await found(text="_") == set()
    assert await found(created_before=long_ago) == {old.task_id}
    assert await found(created_after=long_ago) == {new.task_id, other.task_id}
    assert await found(created_after=datetime(2020, 1, 1, tzinfo=UTC), text="feed", origin="test") == {
        old.task_id,
        new.task_id,
    }
    assert await found(statuses=frozenset({"queued", "failed"}), origin="other") == {other.task_id}


async def test_pages_stay_the_same_while_tasks_come_in(tasks):
    submitted = [(await submit(tasks, f"Task {number}")).task_id for number in range(4)]
    first = await tasks.list("acme", limit=2)
    await submit(tasks)
    second = await tasks.list("acme", limit=2, before=first[-1].place)
    assert [task.task_id for task in [*first, *second]] == submitted[::-1]


async def test_a_page_of_many_thousand_tasks_is_read_from_the_index(database, tasks):
    async with database.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO tasks (task_id, tenant, origin, description, context, created_at)"
            " SELECT 'task-' || n, 'acme', 'test', '', '{}', now() - n * interval '1 second'"
            " FROM generate_series(1, 20000) AS n"
        )
        await connection.execute("ANALYZE tasks")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        names = ("before_at", "before_id", "created_after", "created_before", "statuses", "origin", "text")
        given = {**dict.fromkeys(names), "tenant": "acme", "limit": 50, "before_at": datetime.now(UTC), "before_id": ""}
        cursor = await connection.execute(b"EXPLAIN " + statement("list_tasks"), given)
        plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())
    assert "Index Scan using tasks_in_order" in plan
    assert "Sort" not in plan


# Quotas


async def test_a_tenant_hands_in_as_many_tasks_a_day_as_it_may(tasks):
    for _ in range(2):
        await tasks.submit(TaskRequest(description="x"), tenant="acme", origin="test", tasks_per_day=2)
    with pytest.raises(QuotaUsedUp, match="2 tasks a day") as refused:
        await tasks.submit(TaskRequest(description="x"), tenant="acme", origin="test", tasks_per_day=2)
    assert 0 < refused.value.seconds <= 86_400
    await tasks.submit(TaskRequest(description="x"), tenant="other", origin="test", tasks_per_day=2)


async def test_a_quota_holds_when_all_tasks_come_at_once(tasks):
    async def one():
        return await tasks.submit(TaskRequest(description="x"), tenant="acme", origin="test", tasks_per_day=5)

    answers = await asyncio.gather(*(one() for _ in range(30)), return_exceptions=True)
    assert sum(isinstance(answer, QuotaUsedUp) for answer in answers) == 25
    assert len(await tasks.list("acme", limit=100)) == 5


async def test_the_tasks_of_yesterday_do_not_count(database, tasks):
    await submit(tasks)
    await query(database, "UPDATE tasks SET created_at = date_trunc('day', now(), 'UTC') - interval '1 second'")
    await tasks.submit(TaskRequest(description="x"), tenant="acme", origin="test", tasks_per_day=1)


# Cancelling


@pytest.mark.parametrize("state", ["queued", "waiting", "abandoned"])
async def test_a_task_nobody_works_on_is_cancelled_at_once(database, tasks, claims, state):
    task = await submit(tasks)
    if state != "queued":
        claim = await claims.next("w")
    if state == "waiting":
        await claim.wait_for_human([QUESTION])
    if state == "abandoned":
        await query(database, "UPDATE tasks SET lease_until = now() - interval '1 second'")

    cancelled = await tasks.cancel(task.task_id, "acme")

    assert (cancelled.status, cancelled.ended, cancelled.progress) == ("cancelled", True, 1)
    assert (await tasks.events(task.task_id, "acme"))[-1].kind == "task.finished"
    assert await tasks.approvals(task.task_id, "acme") == []
    assert await claims.next("w") is None


async def test_a_running_task_is_asked_to_stop_and_its_worker_is_told(database, tasks, claims):
    task = await submit(tasks)
    claim = await claims.next("w")
    with database.bell("office_cancel", task.task_id) as bell:
        await listening(database)
        assert await bell.wait(PATIENCE)  # the one for the new connection
        cancelled = await tasks.cancel(task.task_id, "acme")
        assert await bell.wait(PATIENCE)

    assert (cancelled.status, cancelled.cancel_requested) == ("running", True)
    assert await claim.renew() is True
    assert await claim.record([EventDraft("step.finished")]) is True
    await claim.finish("cancelled", OUTCOME)
    assert (await tasks.get(task.task_id, "acme")).status == "cancelled"


async def test_asking_twice_to_cancel_is_one_event(tasks, claims):
    task = await submit(tasks)
    await claims.next("w")
    await tasks.cancel(task.task_id, "acme")
    await tasks.cancel(task.task_id, "acme")
    kinds = [event.kind for event in await tasks.events(task.task_id, "acme")]
    assert kinds == ["task.accepted", "cancel.requested"]


async def test_a_task_that_has_ended_cannot_be_cancelled(tasks, claims):
    task = await submit(tasks)
    await (await claims.next("w")).finish("completed", OUTCOME)
    with pytest.raises(TaskEnded, match="completed"):
        await tasks.cancel(task.task_id, "acme")


async def test_those_who_come_together_ask_once_what_a_task_usually_takes(tasks, database, monkeypatch):
    asked = []

    async def one(name, /, **parameters):
        asked.append(name)
        return await ask(name, **parameters)

    ask = database.one
    monkeypatch.setattr(database, "one", one)
    monkeypatch.setattr("intelligent_office.tasks._TYPICAL_FOR", 1000.0)  # nobody has to come soon
    accepted = await asyncio.gather(
        *(tasks.submit(TaskRequest(description="Quick"), tenant="acme", origin="test") for _ in range(5))
    )
    assert len(accepted) == 5
    assert asked.count("typical_seconds") == 1
