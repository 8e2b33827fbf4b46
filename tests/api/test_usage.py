"""Spending over HTTP: what a tenant's models were asked, and tasks that go on with more money."""

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from tests.api.listening import told
from tests.conftest import Server


async def record(postgres: Server, statement: str) -> None:
    """Write into the office's ledger."""
    settings = Settings(database_url=postgres.address_of("api_test_usage"), _env_file=None)
    async with Database(settings) as database, database.pool.connection() as connection:
        await connection.execute(statement)


async def test_usage_is_told_for_the_callers_tenant_alone(http, postgres):
    empty = (await http.get("/usage")).json()
    assert (empty["by"], empty["lines"], empty["total"]["calls"]) == ("model", [], 0)
    await record(
        postgres,
        """INSERT INTO usage (tenant, role, provider, model, seconds, outcome, cost_usd, at) VALUES
           ('default', 'planner', 'openai', 'gpt-4o', 2, 'answered', 0.1, '2026-03-01T23:30:00Z'),
           ('default', 'planner', 'openai', 'gpt-4o', 4, 'timed_out', 0, '2026-03-02T00:30:00Z'),
           ('somebody else', 'planner', 'openai', 'gpt-4o', 4, 'answered', 7, '2026-03-01T00:30:00Z')""",
    )
    report = (await http.get("/usage", params={"by": "day"})).json()
    assert [(line["key"], line["calls"], line["cost_usd"]) for line in report["lines"]] == [
        ("2026-03-01", 1, 0.1),
        ("2026-03-02", 1, 0.0),
    ]
    assert (report["total"]["cost_usd"], report["total"]["failed_share"], report["total"]["seconds"]) == (0.1, 0.5, 3.0)
    assert report["budget"]["tenant"] == "default"
    one_day = {"since": "2026-03-02", "until": "2026-03-03T00:00:00+00:00"}
    assert (await http.get("/usage", params=one_day)).json()["total"]["calls"] == 1
    assert (await http.get("/usage", params={"task_id": "no-such-task"})).json()["lines"] == []


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"by": "colour"}, "by"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "there is no time"),
        ({"limit": 0}, "limit"),
    ],
)
async def test_a_question_about_usage_that_makes_no_sense_is_told_what_to_mend(query, fault, http):
    response = await http.get("/usage", params=query)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert fault in response.json()["detail"]


async def test_a_task_that_ran_out_of_money_is_put_back_and_goes_on(http, submit, postgres):
    task_id = await submit("what is 15 * 23?")
    await told(http, task_id)
    assert (await http.post(f"/tasks/{task_id}/resume")).status_code == 409, "it is completed"
    await record(
        postgres,
        f"""UPDATE tasks SET status = 'failed', outcome = outcome || '{{"error_class": "BudgetExceeded"}}'
            WHERE task_id = '{task_id}'""",
    )
    response = await http.post(f"/tasks/{task_id}/resume", json={"max_cost_usd": 0.5})
    assert response.status_code == 202, response.text
    kinds = [event.kind for event in await told(http, task_id)]
    assert "task.resumed" in kinds
    assert kinds[-1] == "task.finished"
    task = (await http.get(f"/tasks/{task_id}")).json()
    assert (task["status"], task["context"]["max_cost_usd"]) == ("completed", 0.5)


@pytest.mark.parametrize("body", [{"max_cost_usd": -1}, {"max_cost_usd": 0}, {"max_cost_usd": 1e9}, {"more": 1}])
async def test_a_task_is_not_resumed_with_a_budget_that_is_none(body, http, submit):
    task_id = await submit("what is 2 + 2?")
    response = await http.post(f"/tasks/{task_id}/resume", json=body)
    assert response.status_code == 422
    assert (await http.post("/tasks/nobody/resume", json={})).status_code == 404
