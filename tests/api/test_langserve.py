"""LangServe with its own client: a task handed in there is a task like any other."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from langchain_core.tracers import RunLog
from langserve import RemoteRunnable

from intelligent_office.api import langserve
from intelligent_office.api.parts import Parts
from intelligent_office.api.recording import HUNG_UP
from intelligent_office.errors import Unavailable
from intelligent_office.records import Event, Task
from tests.api.keys import SHOWN
from tests.api.serving import door_to, parts_of
from tests.records import a_task, an_event

APPROVE = {"decisions": [{"type": "approve"}]}


@pytest.fixture
async def office(address: str) -> AsyncIterator[RemoteRunnable[Any, Any]]:
    """LangServe's own client, which leaves its connections to the garbage collector."""
    client: RemoteRunnable[Any, Any] = RemoteRunnable(f"{address}/office", headers=SHOWN)
    yield client
    client.sync_client.close()
    await client.async_client.aclose()


@pytest.fixture
def ask(folder):
    """The input of a task in the test's folder."""
    return lambda description, **more: {"description": description, "folder": str(folder), **more}


async def test_invoke_gives_the_result_of_the_whole_task(office, ask, http):
    output = await office.ainvoke(ask("what is 15 * 23?"))
    assert output["status"] == "completed"
    assert "345" in output["answer"]
    assert output["approvals"] == []
    task = (await http.get(f"/tasks/{output['task_id']}")).json()
    assert (task["origin"], task["status"]) == ("langserve", "completed")


def test_invoke_works_without_an_event_loop(office, ask):
    assert "345" in office.invoke(ask("what is 15 * 23?"))["answer"]


async def test_batch_gives_the_results_in_the_order_of_the_inputs(office, ask):
    outputs = await office.abatch([ask(f"what is {number} * 11?") for number in (1, 2, 3)])
    assert [output["status"] for output in outputs] == ["completed"] * 3
    assert all(str(number * 11) in output["answer"] for number, output in enumerate(outputs, 1))


async def test_a_stream_tells_what_happens_and_adds_up_to_the_result(office, ask):
    chunks = [chunk async for chunk in office.astream(ask("what is 15 * 23?"))]
    kinds = [event["kind"] for chunk in chunks for event in chunk.get("events", [])]
    assert kinds[0] == "task.accepted"
    assert kinds[-1] == "task.finished"
    assert len(chunks) == len(kinds) + 2
    whole = sum(chunks[1:], chunks[0])
    assert "345" in whole["answer"]
    assert [event["kind"] for event in whole["events"]] == kinds


async def test_stream_events_ends_with_the_result(office, ask):
    events = [event async for event in office.astream_events(ask("what is 15 * 23?"), version="v2")]
    ends = [event for event in events if event["event"] == "on_chain_end"]
    assert "345" in ends[-1]["data"]["output"]["answer"]
    assert any(event["event"] == "on_chain_stream" for event in events)


# The playground of LangServe, itself deprecated, reads this stream; its server would fail on the warning.
@pytest.mark.filterwarnings(
    "ignore:astream_log is deprecated:langchain_core._api.deprecation.LangChainDeprecationWarning"
)
async def test_the_log_stream_that_the_playground_reads_ends_with_the_result(office, ask):
    log: Any = RunLog(state=cast("Any", None))
    async for patch in office.astream_log(ask("what is 15 * 23?")):
        log += patch
    assert "345" in log.state["final_output"]["answer"]


async def test_a_question_is_visible_and_can_be_answered(office, ask, folder):
    waiting = await office.ainvoke(ask('write "hello" to langserve.txt'))
    assert waiting["status"] == "waiting"
    [asked] = waiting["approvals"]
    assert asked["request"]["action_requests"][0]["name"] == "file_operations"
    assert not (folder / "langserve.txt").exists()
    output = await office.ainvoke({"task_id": waiting["task_id"], "resume": APPROVE})
    assert output["status"] == "completed"
    assert (folder / "langserve.txt").read_text() == "hello"


async def test_after_an_answer_a_stream_tells_only_what_is_new(office, ask):
    waiting = await office.ainvoke(ask('write "hello" to news.txt'))
    chunks = [chunk async for chunk in office.astream({"task_id": waiting["task_id"], "resume": APPROVE})]
    kinds = [event["kind"] for chunk in chunks for event in chunk.get("events", [])]
    assert kinds[0] == "approval.answered"
    assert chunks[-1]["status"] == "completed"


async def test_a_task_can_be_followed_again(office, ask):
    first = await office.ainvoke(ask("what is 15 * 23?"))
    assert await office.ainvoke({"task_id": first["task_id"]}) == first


@pytest.mark.parametrize("resume", [{"decisions": []}, {"decisions": [{"type": "approve"}, {"type": "approve"}]}])
async def test_an_answer_that_does_not_fit_is_a_problem_and_the_question_stays_open(http, office, ask, resume):
    waiting = await office.ainvoke(ask('write "hello" to open.txt'))
    response = await http.post("/office/invoke", json={"input": {"task_id": waiting["task_id"], "resume": resume}})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert (await office.ainvoke({"task_id": waiting["task_id"]}))["status"] == "waiting"


async def test_a_second_answer_is_a_conflict(http, office, ask):
    waiting = await office.ainvoke(ask('write "hello" to twice.txt'))
    again = {"task_id": waiting["task_id"], "resume": APPROVE}
    await office.ainvoke(again)
    response = await http.post("/office/invoke", json={"input": again})
    assert response.status_code == 409


async def test_a_stream_for_nobody_says_so_in_its_last_part(office):
    [refusal] = [chunk async for chunk in office.astream({"task_id": "nobody"})]
    assert refusal["status"] == "refused"
    assert "nobody" in refusal["reason"]


async def test_a_caller_cannot_choose_whose_task_it_is(http, ask):
    config = {"configurable": {"office_tenant": "somebody else", "office_caller": "boss"}}
    response = await http.post("/office/invoke", json={"input": ask("what is 1 + 1?"), "config": config})
    task = (await http.get(f"/tasks/{response.json()['output']['task_id']}")).json()
    assert task["context"]["tenant"] == "default"


@pytest.mark.filterwarnings(
    "ignore:astream_log is deprecated:langchain_core._api.deprecation.LangChainDeprecationWarning"
)
@pytest.mark.parametrize("endpoint", ["stream", "stream_log", "stream_events"])
async def test_a_stream_that_the_end_of_the_server_cuts_off_says_that_it_is_no_mistake(endpoint):
    begun, sent = asyncio.Event(), []

    async def send(message: Any) -> None:
        sent.append(message.get("body", b"").decode())
        if "role.started" in sent[-1]:
            begun.set()

    answering = asyncio.create_task(follow(parts_of(tasks=EndlessTask()), endpoint, send=send))
    await begun.wait()
    answering.cancel()
    await asyncio.wait([answering])
    [error] = [text for text in sent if "event: error" in text]
    assert '"status_code": 503' in error
    assert "The server stops" in error


@pytest.mark.parametrize("endpoint", ["invoke", "batch"])
async def test_nobody_follows_a_task_for_a_caller_who_has_hung_up(endpoint):
    task, hung_up = EndlessTask(), asyncio.Event()
    parts = parts_of(tasks=task)

    async def send(message: Any) -> None:
        assert message.get("status") in (HUNG_UP, None)

    answering = asyncio.create_task(follow(parts, endpoint, send=send, hung_up=hung_up))
    await task.followed.wait()
    assert parts.listeners._open == {"default": 1}
    hung_up.set()
    await answering
    assert parts.listeners._open == {}


@pytest.mark.parametrize("part", ["the database", "the embedded database"])
async def test_a_stream_that_loses_the_database_tells_nobody_where_that_is(part):
    sent = []

    async def send(message: Any) -> None:
        sent.append(message.get("body", b"").decode())

    await follow(parts_of(tasks=LostTask(part)), "stream", send=send)
    [refusal] = [text for text in sent if "refused" in text]
    assert "The database is not available" in refusal
    assert "10.0.0.7" not in refusal


async def follow(parts: Parts, endpoint: str, *, send: Any, hung_up: asyncio.Event | None = None) -> None:
    """Ask the bare door to follow the task `t`."""
    given = {"task_id": "t"}
    body = json.dumps({"inputs": [given]} if endpoint == "batch" else {"input": given}).encode()
    asked = iter([{"type": "http.request", "body": body}])

    async def receive() -> Any:
        for message in asked:
            return message
        await (hung_up or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    headers = [(b"authorization", b"Bearer x"), (b"content-type", b"application/json")]
    path = f"/office/{endpoint}"
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    await door_to(langserve.routes(parts), parts)(scope, receive, send)


class EndlessTask:
    """A task that tells one thing, and then nothing for ever."""

    def __init__(self) -> None:
        self.followed = asyncio.Event()

    async def get(self, task_id: str, tenant: str) -> Task:
        return a_task(task_id=task_id, last_event=0)

    async def watch(self, task_id: str, tenant: str, **_: Any) -> AsyncIterator[Event]:
        yield an_event(task_id=task_id)
        self.followed.set()
        await asyncio.Event().wait()


class LostTask(EndlessTask):
    """A task whose database goes away."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    async def watch(self, task_id: str, tenant: str, **_: Any) -> AsyncIterator[Event]:
        yield an_event(task_id=task_id)
        raise Unavailable(part=self._part, reason="connection to server at 10.0.0.7 failed")


BAD_INPUTS: list[tuple[str, Any, int]] = [
    ("invoke", {"input": {}}, 422),
    ("invoke", {"input": "what is 1 + 1?"}, 422),
    ("invoke", {"input": {"description": "x", "task_id": "y"}}, 422),
    ("invoke", {"input": {"description": "x", "resume": APPROVE}}, 422),
    ("invoke", {"input": {"description": "x", "folder": "/etc"}}, 422),
    ("invoke", {"input": {"description": "x", "priority": 99}}, 422),
    ("invoke", {"input": {"task_id": "nobody"}}, 404),
    ("invoke", {}, 422),
    ("invoke", [], 422),
    ("invoke", None, 422),
    ("invoke", {"input": {"description": "x"}, "config": 5}, 422),
    ("batch", {"inputs": [{"description": " "}]}, 422),
    ("batch", {"inputs": {"description": "x"}}, 422),
    ("batch", {"inputs": 5}, 422),
    ("batch", {"inputs": [{"description": "x"}] * 101}, 422),
    ("batch", {"inputs": [5]}, 422),
    ("batch", {}, 422),
    ("invoke", {"input": {"description": "x"}, "config": None}, 422),
    ("batch", {"inputs": [{"description": "x"}], "config": [{}, {}]}, 422),
    ("stream", {"input": {}}, 422),
    ("stream", {}, 422),
    ("stream_events", {"input": {}}, 422),
    ("stream_log", {"input": {}}, 422),
]


@pytest.mark.parametrize(("endpoint", "body", "status"), BAD_INPUTS)
async def test_bad_input_is_a_problem(http, endpoint, body, status):
    response = await http.post(f"/office/{endpoint}", json=body)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("content", "status"), [(b"{", 400), (b"\xff", 400), (b'{"input": ' + b"[" * 100_000, 400), (b"x" * 8_000_000, 413)]
)
async def test_a_bad_body_is_a_problem(http, content, status):
    response = await http.post("/office/invoke", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_the_playground_loads_with_everything_that_it_refers_to(http: httpx.AsyncClient):
    page = await http.get("/office/playground", follow_redirects=True)
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    parts = [part.partition('"')[0] for part in page.text.split('="/office/playground/')[1:]]
    assert parts
    for part in parts:
        assert (await http.get(f"/office/playground/{part}")).status_code == 200, part


@pytest.mark.parametrize(
    "name", ["nothing.js", "%00", "assets", "assets/", "index.html/x", "x" * 300, "%2e%2e/%2e%2e/version.py"]
)
async def test_what_is_no_file_of_the_playground_is_not_found(http, name):
    response = await http.get(f"/office/playground/{name}")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


async def test_the_playground_may_make_its_form_and_asks_no_other_site(http):
    policy = (await http.get("/office/playground/")).headers["content-security-policy"]
    assert "'unsafe-eval'" in policy  # else it is an empty page
    assert "https:" not in policy
    assert "'unsafe-eval'" not in (await http.get("/docs")).headers["content-security-policy"]


async def test_the_playground_is_given_no_schema_that_it_cannot_make_a_form_of(http):
    page = (await http.get("/office/playground/")).text
    schema = json.loads(page.partition("window.INPUT_SCHEMA = ")[2].partition(";\n")[0])
    assert {"description", "task_id", "resume"} <= set(schema["properties"])
    assert "null" not in json.dumps(schema)


@pytest.mark.filterwarnings(
    "ignore:astream_log is deprecated:langchain_core._api.deprecation.LangChainDeprecationWarning"
)
async def test_what_the_form_of_the_playground_sends_when_only_the_description_was_filled_in_is_taken(http):
    given = {
        "description": "what is 15 * 23?",
        "constraints": {"max_duration": 3600, "allowed_tools": [], "max_iterations": 3},
        "priority": 5,
        "success_criteria": [],
        "attachments": [],
        "approval": "ask",
        "model": "",
        "use_cache": True,
        "resume": {"decisions": []},
    }
    response = await http.post("/office/stream_log", json={"input": given, "config": {}})
    assert response.status_code == 200
    assert '"answer":"345"' in response.text


async def test_the_schemas_name_what_goes_in_and_what_comes_out(http):
    given = (await http.get("/office/input_schema")).json()["properties"]
    assert {"description", "constraints", "task_id", "resume"} <= set(given)
    made = (await http.get("/office/output_schema")).json()
    assert {"task_id", "status", "answer", "reason", "approvals"} <= set(json_properties(made))


def json_properties(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = schema["$defs"][schema["$ref"].rpartition("/")[2]]["properties"]
        return found
    return dict(schema["properties"])
