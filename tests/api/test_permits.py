"""A yes for all tasks of the tenant over HTTP: given, listed, taken back."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.listening import told


async def test_a_permit_is_given_listed_used_and_revoked(http, waiting, submit, folder):
    task_id = await waiting('write "one" to one.txt')
    until = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    yes = {"type": "approve", "scope": "tenant", "until": until}
    answer = await http.post(f"/tasks/{task_id}/approvals", json={"decisions": [yes]})
    assert answer.status_code == 200, answer.text

    [permit] = (await http.get("/permits")).json()["permits"]
    assert (permit["tool"], permit["task_id"], permit["in_force"]) == ("file_operations", task_id, True)

    second = await submit('write "two" to two.txt')
    await told(http, second)
    assert (folder / "two.txt").read_text() == "two"
    trail = (await http.get(f"/tasks/{second}/audit")).json()["entries"]
    assert permit["permit_id"] in [entry["data"].get("permit_id") for entry in trail]

    for _ in range(2):
        revoked = await http.delete(f"/permits/{permit['permit_id']}")
        assert (revoked.status_code, revoked.json()["in_force"]) == (200, False)
    assert (await http.get("/permits")).json()["permits"] == []
    [kept] = (await http.get("/permits", params={"all": True})).json()["permits"]
    assert kept["revoked_by"] == permit["granted_by"]
    await waiting('write "three" to three.txt')


@pytest.mark.parametrize("name", ["nope", "%00", "%F0%9F%8D%B5", "x" * 3_000, "..%2Ftasks"])
async def test_a_permit_that_is_not_there_is_a_problem(http, name):
    missing = await http.delete(f"/permits/{name}")
    assert missing.status_code in (404, 422)
    assert missing.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "more",
    [
        {"bounds": {"reads": [None]}},
        {"bounds": {"seconds": 1e400}},
        {"bounds": {"seconds": 61}},
        {"bounds": {"network": "internet"}},
        {"bounds": {"writes": ["../x.txt"]}},
        {"bounds": {"": 1}},
        {"bounds": []},
        {"scope": "tenant", "until": "9999-12-31"},
        {"scope": "tenant", "until": None},
        {"scope": "tenant", "minutes": 1, "same": 1},
        {"scope": None},
    ],
)
async def test_an_answer_that_asks_for_what_cannot_be_is_refused_and_leaves_the_question_open(http, waiting, more):
    task_id = await waiting('write "x" to x.txt')
    body = json.dumps({"decisions": [{"type": "approve", **more}]})
    refused = await http.post(f"/tasks/{task_id}/approvals", content=body, headers={"content-type": "application/json"})
    assert refused.status_code in (400, 422), refused.text
    assert len((await http.get(f"/tasks/{task_id}/approvals")).json()["approvals"]) == 1
    await http.delete(f"/tasks/{task_id}")


async def test_a_yes_for_the_tenant_without_an_end_does_not_fit(http, waiting):
    task_id = await waiting('write "x" to x.txt')
    answer = {"decisions": [{"type": "approve", "scope": "tenant"}]}
    refused = await http.post(f"/tasks/{task_id}/approvals", json=answer)
    assert (refused.status_code, "either `until` or `minutes`" in refused.json()["detail"]) == (422, True)
