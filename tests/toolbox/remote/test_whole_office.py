"""A task that needs two remote services, from the wish to the answer."""

import json
from typing import Any

import pytest

from intelligent_office.records import Task
from intelligent_office.services import make_services
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.workers.worker import Worker
from tests.examples.processes import FINANCE, IT, ROOT, running
from tests.models.wire import Reply, serve

ROI = {"principal": 10_000, "rate_percent": 5, "years": 10}
PLAN: dict[str, Any] = {
    "steps": [
        {"step_id": "s1", "action": "finance__calculate_roi", "inputs": ROI},
        {"step_id": "s2", "action": "it__get_ip", "inputs": {"host": "web-01"}},
        {
            "step_id": "s3",
            "action": "echo",
            "inputs": {"text": "The ROI is ${s1.output.roi_percent} %, and web-01 is ${s2.output.ip}."},
            "dependencies": ["s1", "s2"],
        },
    ],
    "confidence": 0.9,
}


@pytest.fixture
def services_file(tmp_path):
    """The example's, at the ports where the services listen in this test."""
    with running(IT) as it, running(FINANCE) as finance:
        text = (ROOT / "examples/services/services.toml").read_text()
        for port, service in ((8801, it), (8802, finance)):
            text = text.replace(
                f'"http://127.0.0.1:{port}/mcp"', f'"{service.url}"\nseconds = 300\nconnect_seconds = 300'
            )
        path = tmp_path / "services.toml"
        path.write_text(text)
        yield path


async def work(known: Settings, database: Any, description: str) -> Task:
    tasks = Tasks(database, known)
    task = await tasks.submit(TaskRequest(description=description), tenant="default", origin="test")
    services = make_services(known, database)
    try:
        hands = Worker(known, database, services)
        await hands.work_on(await hands.take(task))
    finally:
        await services.close()
    return await tasks.get(task.task_id, "default")


async def test_a_model_plans_with_the_tools_of_both_services(settings, database, services_file):
    wish = "What is the ROI of 10000 at 5 % over 10 years, and what is the IP of web-01?"
    answers: list[dict[str, Any]] = [
        {"subtasks": [{"subtask_id": "t1", "objective": wish, "dependencies": [], "tools": []}]},
        PLAN,
        {"flaws": []},
        {"verdict": "APPROVED", "finding": ""},
    ]
    async with serve("openai", *(Reply(json.dumps(answer)) for answer in answers)) as server:
        known = Settings(
            database_url=settings.database_url,
            home=settings.home,
            services_file=services_file,
            lease_seconds=300,
            openai_base_url=server.url,
            openai_api_key="sk-none",
            _env_file=None,
        )
        done = await work(known, database, wish)
        assert "finance__calculate_roi" in server.requests[1].prompt
    assert done.outcome is not None
    assert (done.status, done.outcome["answer"]) == ("completed", "The ROI is 62.89 %, and web-01 is 192.0.2.10.")


async def test_the_rules_call_a_remote_tool_that_is_named(settings, database, services_file):
    known = settings.model_copy(update={"services_file": services_file, "lease_seconds": 300})
    wish = "call finance__calculate_roi(principal=10000, rate_percent=5, years=10) then call it__get_ip(host=web-01)"
    done = await work(known, database, wish)
    assert done.outcome is not None
    assert done.status == "completed", done.outcome
    assert "192.0.2.10" in done.outcome["answer"]
    async with database.pool.connection() as connection:
        rows = await (await connection.execute("SELECT service, tool FROM pinned_tools ORDER BY 1, 2")).fetchall()
    assert [f"{row['service']}__{row['tool']}" for row in rows] == [
        "finance__calculate_roi",
        "finance__stock_price",
        "it__get_ip",
        "it__jira_metrics",
    ]
