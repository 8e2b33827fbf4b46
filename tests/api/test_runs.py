"""Runs over HTTP: a prompt, a limit of steps, and what became of each."""

from contextlib import aclosing
from datetime import datetime
from typing import Any

import pytest

from tests.api.listening import listen, told


async def start(http, prompt: str, **more: Any) -> dict[str, Any]:
    response = await http.post("/api/v1/runs", json={"prompt": prompt, **more})
    assert response.status_code == 201, response.text
    run: dict[str, Any] = response.json()
    assert response.headers["Location"] == f"/api/v1/runs/{run['run_id']}"
    return run


async def done(http, prompt: str, **more: Any) -> dict[str, Any]:
    run = await start(http, prompt, **more)
    await told(http, run["run_id"])
    found: dict[str, Any] = (await http.get(f"/api/v1/runs/{run['run_id']}")).json()
    return found


async def test_a_run_goes_from_its_prompt_over_its_steps_to_the_result(http):
    begun = await start(http, "what is 15 * 23, then add the result to my todo list", max_steps=5)
    assert begun["status"] in ("pending", "running")
    assert (begun["steps"], begun["result"], begun["finished_at"]) == ([], None, None)
    await told(http, begun["run_id"])
    run = (await http.get(f"/api/v1/runs/{begun['run_id']}")).json()
    assert (run["status"], run["max_steps"], run["error"], run["note"]) == ("completed", 5, None, "")
    assert "345" in run["result"]
    first, second = run["steps"]
    assert "345" in str(first["output"])
    assert second["tool"] == "todo_store"
    assert second["inputs"]["text"] == "345"
    assert first["error"] is second["error"] is None
    times = [run["created_at"], run["started_at"], first["started_at"], second["finished_at"], run["finished_at"]]
    moments = [datetime.fromisoformat(time) for time in times]
    assert moments == sorted(moments)


async def test_a_run_may_take_so_many_steps_and_no_more(http):
    run = await done(http, "what is 1 + 1, then what is 2 + 2, then what is 3 + 3", max_steps=2)
    assert run["status"] == "failed"
    assert "2" in run["error"]
    assert len(run["steps"]) <= 2


async def test_a_run_that_fails_says_why(http):
    run = await done(http, "compose a sonnet about the sea")
    assert (run["status"], run["result"]) == ("failed", None)
    assert "OPENAI_API_KEY" in run["error"]


async def test_a_step_that_fails_shows_its_error(http):
    run = await done(http, "what is 1 / 0")
    assert run["status"] == "failed"
    assert [step["error"] for step in run["steps"]] != [None]


async def test_a_run_that_waits_for_a_human_is_running_and_says_where_to_answer(http):
    run = await start(http, 'write "hello" to never-written.txt')
    async with aclosing(listen(http, f"/tasks/{run['run_id']}/events")) as events:
        async for heard in events:
            if heard.kind == "approval.asked":
                break
    found = (await http.get(f"/api/v1/runs/{run['run_id']}")).json()
    assert found["status"] == "running"
    assert f"/tasks/{run['run_id']}/approvals" in found["note"]
    await http.post(f"/tasks/{run['run_id']}/cancel")
    await told(http, run["run_id"])
    found = (await http.get(f"/api/v1/runs/{run['run_id']}")).json()
    assert (found["status"], found["note"]) == ("failed", "")
    assert "cancelled" in found["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"prompt": ""},
        {"prompt": "   "},
        {"prompt": 1},
        {"prompt": "x", "max_steps": 0},
        {"prompt": "x", "max_steps": 101},
        {"prompt": "x", "max_steps": "3"},
        {"prompt": "x", "max_steps": True},
        {"prompt": "x", "steps": 3},
    ],
)
async def test_a_run_that_cannot_be_understood_is_refused(http, body):
    response = await http.post("/api/v1/runs", json=body)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"


async def test_only_runs_are_found_as_runs(http, submit):
    task_id = await submit("what is 2 + 2?")
    for run_id in (task_id, "01890000-0000-7000-8000-000000000000", "x"):
        response = await http.get(f"/api/v1/runs/{run_id}")
        assert response.status_code == 404
        assert response.json()["detail"] == f"There is no run `{run_id}`."


async def test_runs_are_listed_newest_first_and_are_tasks_too(http):
    runs = [await start(http, "what is 2 + 2?") for _ in range(3)]
    listed = (await http.get("/api/v1/runs", params={"limit": 2})).json()["runs"]
    assert [run["run_id"] for run in listed] == [runs[2]["run_id"], runs[1]["run_id"]]
    assert (await http.get(f"/tasks/{runs[0]['run_id']}")).json()["origin"] == "runs"
