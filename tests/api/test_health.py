"""Health, readiness, and what the door says when a part of the office is away."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from intelligent_office.api import health, tasks
from intelligent_office.api.app import create_app
from intelligent_office.api.problems import Mishaps
from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from tests.api.keys import client_of, home_with_key
from tests.api.serving import door_to, parts_of, served

SECRET = "correct-horse"
UNREACHABLE = f"postgresql://office:{SECRET}@127.0.0.1:1/office"


@pytest.fixture(scope="module", params=[True, False], ids=["worker", "no worker"])
def stranded(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an office whose database cannot be reached."""
    settings = Settings(database_url=UNREACHABLE, _env_file=None)
    with served(lambda: create_app(settings, worker=request.param)) as address:
        yield address


async def test_an_office_at_work_is_healthy_and_ready(http):
    assert (await http.get("/healthz")).json() == {"status": "ok"}
    response = await http.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "parts": {"database": "ok", "worker": "ok"}}


async def test_an_office_whose_workers_are_elsewhere_is_ready_and_leaves_tasks_to_them(settings):
    home_with_key(settings.home)
    with served(lambda: create_app(settings, worker=False)) as address:
        async with client_of(address) as http:
            assert (await http.get("/readyz")).json()["parts"] == {"database": "ok", "worker": "nowhere"}
            async with Database(settings) as database:
                old = TaskRequest(description="what is 1 + 1?")
                await Tasks(database, settings).submit(old, tenant="default", origin="test")
                async with database.pool.connection() as connection:
                    await connection.execute("UPDATE tasks SET created_at = now() - interval '1 minute'")
                overdue = (await http.get("/readyz")).json()["parts"]["overdue"]
                assert overdue == "no worker lives, and there is work for one: 1 queued task"
                await database.run("beat_worker", name="w", concurrency=4)
                async with database.pool.connection() as connection:
                    await connection.execute("UPDATE workers SET seen_at = now() + interval '1 hour'")
            assert (await http.get("/readyz")).json()["parts"] == {"database": "ok", "worker": "elsewhere"}
            task = (await http.post("/tasks", json={"description": "what is 1 + 1?"})).json()
            assert (await http.get(f"/tasks/{task['task_id']}/status")).json()["status"] == "queued"


async def test_without_its_database_an_office_lives_but_is_not_ready_and_says_which_part_is_away(stranded):
    async with client_of(stranded) as http:
        assert (await http.get("/healthz")).status_code == 200
        response = await http.get("/readyz")
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["facts"]["parts"]["database"] == "away"
    assert "database: away" in problem["detail"]
    assert "127.0.0.1" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/tasks", {"description": "what is 1 + 1?"}),
        ("GET", "/tasks", None),
        ("GET", "/tasks/x", None),
        ("GET", "/tasks/x/events", None),
        ("POST", "/tasks/x/approvals", {"decisions": []}),
        ("POST", "/office/invoke", {"input": {"description": "what is 1 + 1?"}}),
    ],
)
async def test_without_its_database_an_office_says_when_to_come_back_and_gives_nothing_away(
    stranded, method, path, body
):
    async with client_of(stranded) as http:
        response = await http.request(method, path, json=body)
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["Retry-After"]) > 0
    assert response.json()["detail"] == "The database is not available; the office's log says why."
    assert SECRET not in response.text
    assert "127.0.0.1" not in response.text


async def test_a_database_that_answers_nothing_is_waited_for_once_and_not_for_ever(monkeypatch):
    class Frozen:
        asked = 0

        async def one(self, name: str) -> None:
            self.asked += 1
            await asyncio.Event().wait()

    monkeypatch.setattr(health, "ANSWER_SECONDS", 0.1)
    database = Frozen()
    parts = parts_of(database=database, has_worker=False)
    for _ in range(2):
        with pytest.raises(health.NotReady) as refusal:
            await health.readyz(parts)
        assert refusal.value.facts["parts"] == {"database": "no answer in 0.1 seconds", "worker": "nowhere"}
    assert database.asked == 1
    assert parts.asking is not None
    parts.asking.cancel()


async def test_however_many_ask_whether_the_office_is_ready_the_database_is_asked_once_at_a_time():
    class Busy:
        async def one(self, name: str, **_: Any) -> dict[str, int]:
            asked.append(name)
            await may_answer.wait()
            return {"workers": 1}

    asked: list[str] = []
    may_answer = asyncio.Event()
    parts = parts_of(database=Busy(), has_worker=False)
    everybody = [asyncio.create_task(health.readyz(parts)) for _ in range(50)]
    while not asked:
        await asyncio.sleep(0)
    may_answer.set()
    answers = await asyncio.gather(*everybody)
    assert [answer.parts for answer in answers] == [{"database": "ok", "worker": "elsewhere"}] * 50
    assert asked == ["answer", "workers_alive"]


async def test_who_still_waits_when_the_server_ends_is_told_to_come_back():
    begun = asyncio.Event()
    sent: list[Any] = []

    async def wait(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/office/invoke", "headers": [(b"host", b"localhost")]}
    answering = asyncio.create_task(Mishaps(wait)(scope, receive, send))
    await begun.wait()
    answering.cancel()
    await answering
    start, body = sent
    assert start["status"] == 503
    assert {b"content-type", b"retry-after"} <= {name for name, _ in start["headers"]}
    assert json.loads(body["body"])["instance"] == "/office/invoke"


async def test_a_stream_that_the_end_of_the_server_cuts_off_ends_in_order():
    sent: list[Any] = []

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"data: 1\r\n\r\n", "more_body": True})

    async def send(message: Any) -> None:
        sent.append(message)

    await Mishaps(stream)({"type": "http"}, cast("Any", None), send)
    assert [message.get("more_body") for message in sent] == [None, True, False]


async def test_a_mistake_of_the_office_is_a_problem_that_keeps_its_secrets():
    class Broken:
        async def get(self, task_id: str, tenant: str) -> None:
            raise RuntimeError(SECRET)

    with served(lambda: door_to(tasks.router, parts_of(tasks=Broken()))) as address:
        async with client_of(address) as http:
            response = await http.get("/tasks/x")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert SECRET not in response.text
