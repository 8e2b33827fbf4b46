"""The audit trail over HTTP."""

from hashlib import sha256

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from tests.api.listening import told

APPROVE = {"decisions": [{"type": "approve"}]}
DATABASE = "api_test_audit"


async def forge(postgres, *commands):
    settings = Settings(database_url=postgres.address_of(DATABASE), _env_file=None)
    async with (
        Database(settings) as database,
        database.pool.connection() as connection,
        connection.transaction(),
    ):
        await connection.execute("SET LOCAL session_replication_role = replica")
        for command in commands:
            await connection.execute(command)


@pytest.fixture
async def written(http, waiting):
    """A task that wrote a file, and its answer."""
    task_id = await waiting('write "mail ann@example.org" to note.txt')
    assert (await http.post(f"/tasks/{task_id}/approvals", json=APPROVE)).status_code == 200
    await told(http, task_id)
    return task_id


async def test_the_trail_tells_who_asked_decided_and_did_what_without_private_values(http, written):
    page = (await http.get(f"/tasks/{written}/audit")).json()

    assert (page["intact"], page["flaws"], page["next"]) == (True, [], None)
    assert [entry["kind"] for entry in page["entries"]][:3] == ["asked", "answered", "granted"]
    assert page["entries"][-1]["kind"] == "finished"
    assert {entry["tool"] for entry in page["entries"]} == {"file_operations"}
    assert page["entries"][0]["data"]["arguments"]["content"] == "mail <EMAIL>"
    assert page["entries"][2]["who"] == page["entries"][1]["who"] != "human"
    assert {(entry["subtask_id"], entry["step_id"]) for entry in page["entries"]} == {("t1", "s1")}
    assert page["entries"][0]["previous"] == sha256(written.encode()).hexdigest()
    assert page["head"] == page["entries"][-1]["hash"]
    assert "ann@example.org" not in str(page)


async def test_the_trail_comes_in_pages_and_each_tells_of_the_whole(http, written):
    whole = (await http.get(f"/tasks/{written}/audit")).json()
    seen, after = [], 0
    while after is not None:
        page = (await http.get(f"/tasks/{written}/audit", params={"limit": 2, "after": after})).json()
        assert (page["intact"], page["total"], page["head"]) == (True, len(whole["entries"]), whole["head"])
        seen += page["entries"]
        after = page["next"]
    assert seen == whole["entries"]


async def test_a_forged_trail_says_so(http, written, postgres):
    await forge(postgres, f"UPDATE audit SET who = 'eve' WHERE task_id = '{written}' AND number = 2")

    page = (await http.get(f"/tasks/{written}/audit", params={"after": 3})).json()
    assert (page["intact"], page["flaws"]) == (False, ["entry 2 is not what was written"])


async def test_nobody_reads_the_trail_of_another_tenants_task(http, written, postgres):
    await forge(postgres, f"UPDATE tasks SET tenant = 'somebody else' WHERE task_id = '{written}'")
    for task_id in (written, "no-such-task"):
        response = await http.get(f"/tasks/{task_id}/audit")
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"


async def test_the_trail_of_a_task_that_was_forgotten_is_still_its_tenants_to_read(http, written, postgres):
    before = (await http.get(f"/tasks/{written}/audit")).json()
    await forge(postgres, f"DELETE FROM tasks WHERE task_id = '{written}'")
    assert (await http.get(f"/tasks/{written}")).status_code == 404
    assert (await http.get(f"/tasks/{written}/audit")).json() == before

    await forge(postgres, f"UPDATE audit SET tenant = 'somebody else' WHERE task_id = '{written}'")
    assert (await http.get(f"/tasks/{written}/audit")).status_code == 404


@pytest.mark.parametrize("query", [{"after": -1}, {"after": 2**40}, {"limit": 0}, {"limit": 1001}, {"limit": "x"}])
async def test_a_page_that_cannot_be_is_refused(query, http, submit):
    task_id = await submit("what is 1 + 1?")
    assert (await http.get(f"/tasks/{task_id}/audit", params=query)).status_code == 422
