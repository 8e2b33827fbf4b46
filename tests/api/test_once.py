"""Requests with an Idempotency-Key: carried out once, however often they are sent."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import psycopg
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Message

from intelligent_office.api.once import once
from intelligent_office.api.parts import Caller
from intelligent_office.database.pool import Statements
from intelligent_office.errors import RequestUnderWay, Unavailable
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from tests.api.keys import client_of

TASK = {"description": "what is 2 + 3?"}


def keyed(key: str | None = None, **headers: str) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": key or uuid4().hex, **headers}}


async def test_a_request_that_is_sent_again_is_answered_as_it_was(http):
    key = keyed()
    first = await http.post("/tasks", json=TASK, **key)
    again = await http.post("/tasks", json=TASK, **key)
    assert first.status_code == again.status_code == 202
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]


async def test_without_a_key_each_request_makes_a_task(http):
    first, second = await http.post("/tasks", json=TASK), await http.post("/tasks", json=TASK)
    assert first.json()["task_id"] != second.json()["task_id"]


async def test_a_key_in_quotes_is_the_same_key(http):
    key = uuid4().hex
    first = await http.post("/tasks", json=TASK, **keyed(f'"{key}"'))
    again = await http.post("/tasks", json=TASK, **keyed(key))
    assert again.json()["task_id"] == first.json()["task_id"]


async def test_a_key_with_another_body_is_refused(http):
    key = keyed()
    await http.post("/tasks", json=TASK, **key)
    other = await http.post("/tasks", json={"description": "what is 3 + 3?"}, **key)
    assert other.status_code == 422
    assert "another body" in other.json()["detail"]


async def test_a_key_on_another_path_is_refused(http, submit):
    key = keyed()
    await http.post("/tasks", json=TASK, **key)
    other = await http.post(f"/tasks/{await submit('what is 1 + 1?')}/cancel", **key)
    assert other.status_code == 422
    assert "another path" in other.json()["detail"]


async def test_a_key_of_a_request_that_was_refused_is_free(http):
    key = keyed()
    assert (await http.post("/tasks", json={"description": " "}, **key)).status_code == 422
    assert (await http.post("/tasks", json=TASK, **key)).status_code == 202


@pytest.mark.parametrize(
    "key", [b"", b'""', b'"open', b"x" * 256, b'"' + b"x" * 256 + b'"', b"caf\xe9", b"a b", b'"\\x"']
)
async def test_a_key_that_is_none_is_refused(http, key):
    response = await http.post("/tasks", json=TASK, headers=[(b"Idempotency-Key", key)])
    assert response.status_code == 400
    assert "Idempotency-Key" in response.json()["detail"]


async def test_two_keys_are_refused(http):
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert (await http.post("/tasks", json=TASK, headers=headers)).status_code == 400


async def test_the_longest_key_is_taken(http):
    assert (await http.post("/tasks", json=TASK, **keyed("x" * 255))).status_code == 202


async def test_a_question_that_is_answered_twice_with_one_key_is_answered_once(http, waiting):
    task_id, key = await waiting(), keyed()
    answer = {"decisions": [{"type": "reject", "message": "no"}]}
    first = await http.post(f"/tasks/{task_id}/approvals", json=answer, **key)
    again = await http.post(f"/tasks/{task_id}/approvals", json=answer, **key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/office/invoke", {"input": TASK}),
        ("/admin/keys", {"tenant": "a", "scopes": ["submit"]}),
        ("/webhooks/secret", {}),
        ("/webhooks/test", {"url": "https://example.org/"}),
    ],
)
async def test_where_an_answer_must_not_be_kept_a_key_is_refused(http, path, body):
    response = await http.post(path, json=body, **keyed())
    assert response.status_code == 400
    assert path in response.json()["detail"]


async def test_no_route_whose_answer_may_hold_a_secret_keeps_it(http):
    """What is called a key or a secret in an answer to a POST, is one."""
    document = (await http.get("/openapi.json")).json()
    telling = {
        path
        for path, methods in document["paths"].items()
        for response in methods.get("post", {"responses": {}})["responses"].values()
        if {"key", "secret"} & {*_example_of(response)}
    }
    assert {"/admin/keys", "/webhooks/secret"} <= telling
    for path in telling:
        refused = await http.post(path, json={}, **keyed())
        assert (refused.status_code, "Idempotency-Key" in refused.text) == (400, True), path


def _example_of(response: dict[str, Any]) -> dict[str, Any]:
    example = response.get("content", {}).get("application/json", {}).get("example")
    return example if isinstance(example, dict) else {}


async def test_a_thousand_requests_with_one_key_and_many_at_once_make_one_task(http, address):
    task = {"description": f"what is {uuid4().int % 1000} + 1?"}
    request = http.build_request("POST", "/tasks", json=task, **keyed())
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    sent = f"POST /tasks HTTP/1.1\r\n{head}\r\n".encode() + request.content

    async def insist() -> list[tuple[int, dict[str, str], Any]]:
        """Bare bytes: a client with a queue of its own takes the time of the office, which is in its process."""
        reader, writer = await asyncio.open_connection(*address.removeprefix("http://").split(":"))
        answers = []
        for _ in range(20):
            writer.write(sent)
            status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines if line)
            body = json.loads(await reader.readexactly(int(headers["content-length"])))
            answers.append((int(status.split()[1]), headers, body))
        writer.close()
        return answers

    answers = [answer for each in await asyncio.gather(*(insist() for _ in range(50))) for answer in each]
    statuses = Counter(status for status, _, _ in answers)
    assert set(statuses) <= {202, 409}, statuses
    assert len({body["task_id"] for status, _, body in answers if status == 202}) == 1
    assert all(headers["retry-after"] == "1" for status, headers, _ in answers if status == 409)
    assert len((await http.get("/tasks", params={"text": task["description"]})).json()["tasks"]) == 1


async def test_an_answer_is_for_the_key_alone_that_asked_for_it(http, address):
    key = keyed()
    first = await http.post("/tasks", json=TASK, **key)
    wish = {"tenant": "default", "scopes": ["submit"]}
    async with client_of(address, (await http.post("/admin/keys", json=wish)).json()["key"]) as neighbour:
        refused = await neighbour.post("/tasks", json=TASK, **key)
    assert (refused.status_code, "another API key" in refused.json()["detail"]) == (422, True)
    assert first.json()["task_id"] not in refused.text
    assert (await http.post("/tasks", json=TASK, **key)).json() == first.json()


# The same, looked at from inside


def caller_of(tenant: str, key_id: str = "k1") -> Caller:
    return Caller(tenant=tenant, name="test", scopes=frozenset({"submit"}), key_id=key_id, tasks_per_day=None)


ACME = caller_of("acme")


def asked(key: str = "k", body: bytes = b"{}") -> Request:
    """A request with a key."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"host", b"localhost"), (b"idempotency-key", key.encode())]
    scope = {"type": "http", "method": "POST", "path": "/tasks", "query_string": b"", "headers": headers}
    return Request(scope, receive)


def submission(tasks: Tasks, after: Any = None) -> Any:
    async def respond(_: Any) -> JSONResponse:
        task = await tasks.submit(TaskRequest(description="x"), tenant="acme", origin="test")
        if after:
            await after()
        return JSONResponse({"task_id": task.task_id}, 202)

    return respond


async def test_a_crash_before_the_answer_leaves_no_task(database, tasks):
    async def crash() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await once(asked(), submission(tasks, crash), who=ACME, database=database)
    assert await tasks.list("acme") == []
    await once(asked(), submission(tasks), who=ACME, database=database)
    assert len(await tasks.list("acme")) == 1


async def test_a_connection_that_dies_with_the_answer_leaves_no_task(database, database_url, tasks):
    async def cut() -> None:
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other:
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
            )

    with pytest.raises(Exception, match="database"):
        await once(asked(), submission(tasks, cut), who=ACME, database=database)
    assert await tasks.list("acme") == []


async def test_a_request_that_was_carried_out_though_nobody_heard_so_is_not_carried_out_again(database, tasks):
    class Deaf:
        @asynccontextmanager
        async def as_one(self) -> AsyncIterator[Statements]:
            async with database.as_one() as statements:
                yield statements
            raise Unavailable(part="the database", reason="it hung up instead of saying that it has written this down")

    with pytest.raises(Unavailable):
        await once(asked(), submission(tasks), who=ACME, database=cast("Any", Deaf()))
    [task] = await tasks.list("acme")
    again = await once(asked(), submission(tasks), who=ACME, database=database)
    assert json.loads(bytes(again.body))["task_id"] == task.task_id
    assert len(await tasks.list("acme")) == 1


async def test_while_the_first_is_under_way_the_second_is_told_so(database, tasks):
    begun, may_end = asyncio.Event(), asyncio.Event()
    for tenant in ("acme", "other"):  # who is new waits for who is new at the same time
        await tasks.submit(TaskRequest(description="x"), tenant=tenant, origin="test")

    async def wait() -> None:
        begun.set()
        await may_end.wait()

    first = asyncio.create_task(once(asked(), submission(tasks, wait), who=ACME, database=database))
    await begun.wait()
    with pytest.raises(RequestUnderWay):
        await once(asked(), submission(tasks), who=ACME, database=database)
    await once(asked(), submission(tasks), who=caller_of("other"), database=database)
    await once(asked("another"), submission(tasks), who=ACME, database=database)
    may_end.set()
    assert (await first).status_code == 202
    assert len(await tasks.list("acme")) == 4


async def test_after_a_day_a_key_is_forgotten_and_swept(database, tasks):
    await once(asked(), submission(tasks), who=ACME, database=database)
    await once(asked("young"), submission(tasks), who=ACME, database=database)
    async with database.pool.connection() as connection:
        await connection.execute(
            "UPDATE answered_requests SET created_at = now() - interval '25 hours' WHERE key = 'k'"
        )
    await once(asked(), submission(tasks), who=ACME, database=database)
    assert len(await tasks.list("acme")) == 3
    async with database.pool.connection() as connection:
        await connection.execute(
            "UPDATE answered_requests SET created_at = now() - interval '25 hours' WHERE key = 'k'"
        )
    assert await database.run("sweep_answered_requests", limit=10) == 1
    assert await database.run("sweep_answered_requests", limit=10) == 0


async def test_what_was_answered_before_callers_were_noted_is_still_answered(database, tasks):
    first = await once(asked(), submission(tasks), who=ACME, database=database)
    async with database.pool.connection() as connection:
        await connection.execute("UPDATE answered_requests SET key_id = NULL")
    again = await once(asked(), submission(tasks), who=caller_of("acme", "another"), database=database)
    assert again.body == first.body
