"""Tasks over HTTP, the whole way: a real socket, a real database, a real worker."""

import asyncio
import json
from datetime import UTC, datetime

from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.api.listening import told


async def test_a_task_is_accepted_with_a_place_to_look_and_an_estimate(http):
    before = datetime.now(UTC)
    response = await http.post("/tasks", json={"description": "what is 15 * 23?"})
    assert response.status_code == 202
    accepted = response.json()
    assert set(accepted) == {"task_id", "status", "estimated_completion"}
    assert response.headers["Location"] == f"/tasks/{accepted['task_id']}"
    assert datetime.fromisoformat(accepted["estimated_completion"]) > before
    assert (await http.get(response.headers["Location"])).json()["task_id"] == accepted["task_id"]


async def test_the_log_says_which_request_handed_in_which_task(http):
    with capture_logs(processors=[merge_contextvars]) as logs:
        accepted = await http.post("/tasks", json={"description": "what is 1 + 1?"}, headers={"X-Request-Id": "mine"})
    [line] = [line for line in logs if line["event"] == "task.accepted"]
    assert (line["request_id"], line["task_id"]) == ("mine", accepted.json()["task_id"])
    assert (line["tenant"], line["origin"]) == ("default", "http")


async def test_a_task_goes_from_the_request_over_its_events_to_the_result(http, submit):
    task_id = await submit("what is 15 * 23?")
    events = await told(http, task_id)
    assert events[0].kind == "task.accepted"
    assert events[-1].kind == "task.finished"
    task = (await http.get(f"/tasks/{task_id}")).json()
    assert task["status"] == "completed"
    assert "345" in task["result"]["answer"]
    assert task["progress"] == 1
    assert task["estimated_completion"] is None
    assert task["origin"] == "http"


async def test_the_status_tells_what_the_task_tells_without_its_words(http, submit):
    task_id = await submit("what is 2 + 2?")
    await told(http, task_id)
    task, status = (await http.get(f"/tasks/{task_id}")).json(), (await http.get(f"/tasks/{task_id}/status")).json()
    assert status.items() <= task.items()
    assert set(status) == {
        "task_id", "status", "estimated_completion", "step", "progress", "last_event", "worked_seconds", "usage",
        "result",
    }  # fmt: skip
    assert status["usage"] == {"calls": 0, "cached": 0, "input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0}


async def test_what_was_chosen_for_a_task_reaches_it(http, submit, folder):
    task_id = await submit(
        "what is 2 + 2?",
        constraints={"max_iterations": 2, "max_duration": 30, "max_cost_usd": 0.5},
        success_criteria=["is a number"],
        priority=9,
        approval="never",
        model="rules",
        use_cache=False,
    )
    task = (await http.get(f"/tasks/{task_id}")).json()
    assert task["priority"] == 9
    assert task["context"] == {
        "tenant": "default",
        "folder": str(folder),
        "allowed_tools": [],
        "max_iterations": 2,
        "max_duration": 30.0,
        "max_steps": None,
        "max_cost_usd": 0.5,
        "success_criteria": ["is a number"],
        "approval": "never",
        "model": "rules",
        "use_cache": False,
        "approval_hours": None,
    }


async def test_a_task_that_no_rule_covers_fails_with_the_settings_that_connect_a_model(http, submit):
    task_id = await submit("compose a sonnet about the sea")
    await told(http, task_id)
    task = (await http.get(f"/tasks/{task_id}")).json()
    assert task["status"] == "failed"
    assert "OPENAI_API_KEY" in task["result"]["reason"]


async def test_the_longest_description_is_accepted_however_it_is_written(http):
    description = "\N{GRINNING FACE}" * 100_000
    for escaped in (True, False):
        body = json.dumps({"description": description}, ensure_ascii=escaped)
        response = await http.post("/tasks", content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 202, response.text


async def test_the_list_is_paged_from_the_newest_to_the_oldest_without_gaps(http, submit):
    mine = [await submit(f"what is {number} + 1?") for number in range(5)]
    found: list[str] = []
    cursor = None
    while len(found) < 5:
        page = (await http.get("/tasks", params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        found += [task["task_id"] for task in page["tasks"]]
        cursor = page["next"]
    assert found[:5] == mine[::-1]


async def test_the_last_page_has_no_next(http, submit):
    await submit("what is 1 + 1?")
    page = (await http.get("/tasks", params={"limit": 500})).json()
    assert page["tasks"]
    assert page["next"] is None


async def test_the_list_shows_only_the_status_that_is_asked_for(http, submit, waiting):
    task_id = await waiting()
    page = (await http.get("/tasks", params={"status": "waiting"})).json()
    assert task_id in [task["task_id"] for task in page["tasks"]]
    assert {task["status"] for task in page["tasks"]} == {"waiting"}


async def test_logs_are_read_page_by_page_and_hold_every_event(http, submit):
    task_id = await submit("what is 3 * 3?")
    events = await told(http, task_id)
    found: list[int] = []
    after: int | None = 0
    while after is not None:
        page = (await http.get(f"/tasks/{task_id}/logs", params={"after": after, "limit": 4})).json()
        assert len(page["events"]) <= 4
        found += [event["number"] for event in page["events"]]
        after = page["next"]
    assert found == [event.number for event in events] == list(range(1, len(events) + 1))


async def test_a_waiting_task_is_cancelled_at_once(http, waiting):
    task_id = await waiting()
    response = await http.post(f"/tasks/{task_id}/cancel")
    assert response.status_code == 202
    assert response.json()["status"] == "cancelled"
    assert (await told(http, task_id))[-1].kind == "task.finished"
    assert (await http.get(f"/tasks/{task_id}/approvals")).json() == {"approvals": []}


async def test_a_task_that_has_ended_is_not_cancelled(http, submit):
    task_id = await submit("what is 2 * 2?")
    await told(http, task_id)
    response = await http.post(f"/tasks/{task_id}/cancel")
    assert response.status_code == 409
    assert response.json()["facts"]["status"] == "completed"


async def test_an_output_too_large_for_the_result_is_read_whole_as_an_artifact(http, submit, folder):
    lines = "\n".join(f"line {number} of a long file" for number in range(2000))
    (folder / "long.txt").write_text(lines)
    task_id = await submit("read long.txt")
    await told(http, task_id)
    result = (await http.get(f"/tasks/{task_id}")).json()["result"]
    [artifact] = result["artifacts"]
    response = await http.get(f"/tasks/{task_id}/artifacts/{artifact['artifact_id']}")
    assert response.status_code == 200
    assert response.headers["content-type"] == artifact["media_type"]
    assert len(response.content) == artifact["size"]
    assert len(result["answer"]) < len(response.json()["text"])


async def test_several_tasks_are_worked_on_at_the_same_time(http, submit):
    ids = await asyncio.gather(*(submit(f"what is {number} * 7?") for number in range(8)))
    await asyncio.gather(*(told(http, task_id) for task_id in ids))
    answers = [(await http.get(f"/tasks/{task_id}")).json()["result"]["answer"] for task_id in ids]
    assert all(str(number * 7) in answer for number, answer in enumerate(answers))


async def test_the_tools_are_listed_with_their_schema_and_risk(http):
    tools = {tool["name"]: tool for tool in (await http.get("/tools")).json()["tools"]}
    assert {"code_analyzer", "math_calculator", "file_operations", "todo_store", "echo"} <= set(tools)
    assert tools["file_operations"]["risk"] == "guarded"
    assert "path" in tools["file_operations"]["parameters"]["properties"]
