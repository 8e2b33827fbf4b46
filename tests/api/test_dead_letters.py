"""Dead letters over HTTP."""

import pytest

from tests.api.keys import client_of, key_for
from tests.api.listening import listen


@pytest.fixture
def fail(http, submit):
    """A task that failed, because there is no such file; its id."""

    async def fail(name: str) -> str:
        task_id = await submit(f"read {name}")
        async for _ in listen(http, f"/tasks/{task_id}/events"):
            pass
        return str(task_id)

    return fail


async def status_of(http, task_id):
    return (await http.get(f"/tasks/{task_id}")).json()


async def test_a_failed_task_points_to_its_dead_letter(http, fail):
    task = await status_of(http, await fail("missing.txt"))
    assert (task["status"], task["dead_letter"]) == ("failed", f"/dead-letters/{task['task_id']}")
    response = await http.get(task["dead_letter"])
    letter = response.json()
    assert response.status_code == 200
    assert (letter["status"], letter["error_class"], letter["tools"]) == ("open", "StepFailed", ["file_operations"])
    assert letter["calls"][0]["status"] == "failed"
    assert "missing.txt" in letter["reason"]
    assert letter["state"]["subtasks"]
    assert letter["checkpoint"]["checkpoint_id"]


async def test_after_the_fix_the_same_task_goes_on_and_its_letter_is_closed(http, fail, folder):
    task_id = await fail("later.txt")
    (folder / "later.txt").write_text("now it is here")
    response = await http.post(f"/dead-letters/{task_id}/reprocess")
    assert (response.status_code, response.json()["task_id"]) == (202, task_id)
    assert response.headers["location"] == f"/tasks/{task_id}"
    async for _ in listen(http, f"/tasks/{task_id}/events"):
        pass
    task = await status_of(http, task_id)
    assert (task["status"], task["dead_letter"]) == ("completed", None)
    assert "now it is here" in task["result"]["answer"]
    response = await http.post(f"/dead-letters/{task_id}/reprocess", json={})
    assert (response.status_code, response.json()["title"]) == (409, "Letter closed")


async def test_from_the_start_there_is_a_new_task_with_other_limits(http, fail):
    task_id = await fail("never.txt")
    wish = {"from": "start", "constraints": {"max_iterations": 1}}
    response = await http.post(f"/dead-letters/{task_id}/reprocess", json=wish)
    assert response.status_code == 202
    again = await status_of(http, response.json()["task_id"])
    assert (again["predecessor"], again["context"]["max_iterations"]) == (task_id, 1)
    assert again["task_id"] != task_id
    assert (await http.get(f"/dead-letters/{task_id}")).json()["successor"] == again["task_id"]


async def test_many_are_done_again_at_once_and_no_stranger_s(postgres, address, http, fail, folder):
    task_ids = {await fail("many1.txt"), await fail("many2.txt")}
    async with client_of(address, await key_for("globex", postgres.address_of("api_test_dead_letters"))) as theirs:
        response = await theirs.post("/dead-letters/reprocess", json={})
        assert (response.status_code, response.json()) == (202, {"queued": [], "refused": []})
        assert (await theirs.post("/dead-letters/reprocess?tenant=*", json={})).status_code == 403
    (folder / "many1.txt").write_text("one")
    response = await http.post("/dead-letters/reprocess", json={"error_class": "StepFailed", "limit": 100})
    assert {task["task_id"] for task in response.json()["queued"]} >= task_ids
    statuses = set()
    for task_id in task_ids:
        async for _ in listen(http, f"/tasks/{task_id}/events"):
            pass
        statuses.add((await status_of(http, task_id))["status"])
    assert statuses == {"completed", "failed"}


async def test_a_discarded_letter_leaves_the_list_and_stays_in_the_figures(http, fail):
    task_id = await fail("nowhere.txt")

    async def listed(**choices):
        page = (await http.get("/dead-letters", params={"error_class": "StepFailed", **choices})).json()
        return [letter["task_id"] for letter in page["dead_letters"]]

    assert task_id in await listed()
    response = await http.post(f"/dead-letters/{task_id}/discard")
    assert (response.status_code, response.json()["status"]) == (200, "discarded")
    assert task_id not in await listed()
    assert task_id in await listed(status="discarded")
    assert task_id in await listed(status="all", tool="file_operations")
    lines = (await http.get("/dead-letters/statistics")).json()["lines"]
    assert {line["by"] for line in lines} == {"total", "error_class", "tool", "day"}
    assert next(line for line in lines if line["by"] == "total")["discarded"] >= 1


async def test_pages_follow_one_another(http, fail):
    for number in range(3):
        await fail(f"page{number}.txt")
    first = (await http.get("/dead-letters", params={"status": "all", "limit": 2})).json()
    second = (await http.get("/dead-letters", params={"status": "all", "limit": 2, "cursor": first["next"]})).json()
    numbers = [letter["letter_id"] for page in (first, second) for letter in page["dead_letters"]]
    assert numbers == sorted(set(numbers), reverse=True)


async def test_other_tenants_letters_are_for_administrators(postgres, address, http, fail):
    task_id = await fail("ours.txt")
    async with client_of(address, await key_for("globex", postgres.address_of("api_test_dead_letters"))) as theirs:
        assert (await theirs.get(f"/dead-letters/{task_id}")).status_code == 404
        assert (await theirs.post(f"/dead-letters/{task_id}/discard")).status_code == 404
        assert (await theirs.get("/dead-letters")).json()["dead_letters"] == []
        for tenant in ("default", "*"):
            assert (await theirs.get("/dead-letters", params={"tenant": tenant})).status_code == 403
            denied = await theirs.post(f"/dead-letters/{task_id}/reprocess", params={"tenant": tenant})
            assert denied.status_code == 403
    everything = (await http.get("/dead-letters", params={"tenant": "*"})).json()["dead_letters"]
    assert task_id in [letter["task_id"] for letter in everything]
    assert (await http.post(f"/dead-letters/{task_id}/discard", params={"tenant": "*"})).status_code == 200


@pytest.mark.parametrize(
    "body", [{"from": "middle"}, {"constraints": {"max_duration": 0}}, {"constraints": {"model": "x"}}, {"since": 1}]
)
async def test_a_wish_that_cannot_be_meant_is_refused(http, body):
    response = await http.post("/dead-letters/unknown/reprocess", json=body)
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


async def test_a_task_that_did_not_fail_has_none(http, submit):
    task_id = await submit("what is 15 * 23?")
    for path in (f"/dead-letters/{task_id}", "/dead-letters/nobody"):
        assert (await http.get(path)).status_code == 404
        assert (await http.post(f"{path}/reprocess")).status_code == 404


async def test_who_may_only_hand_tasks_in_repeats_neither_too_many_nor_what_passes_unseen(http, address, submit):
    limits = {"tenant": "frugal", "tasks_per_day": 1}
    assert (await http.post("/admin/tenants", json=limits)).status_code == 201
    wishes = [{"tenant": name, "scopes": ["submit"]} for name in ("frugal", "default")]
    frugal, plain = [(await http.post("/admin/keys", json=wish)).json()["key"] for wish in wishes]
    unseen = await submit("read missing3.txt", approval="always")
    async for _ in listen(http, f"/tasks/{unseen}/events"):
        pass
    async with client_of(address, plain) as client:
        refused = await client.post(f"/dead-letters/{unseen}/reprocess", json={"constraints": {"allowed_tools": []}})
        assert (refused.status_code, "`admin`" in refused.text) == (403, True)
        many = (await client.post("/dead-letters/reprocess", json={"error_class": "StepFailed"})).json()
        assert unseen in {one["task_id"] for one in many["refused"]}
    async with client_of(address, frugal) as client:
        task_id = (await client.post("/tasks", json={"description": "read missing4.txt"})).json()["task_id"]
        async for _ in listen(client, f"/tasks/{task_id}/events"):
            pass
        path = f"/dead-letters/{task_id}/reprocess"
        assert (await client.post(path, json={"from": "start"})).status_code == 429
        assert (await client.post(path)).status_code == 202
    assert (await http.post(f"/dead-letters/{unseen}/reprocess")).status_code == 202
