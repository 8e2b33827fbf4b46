"""What stands behind the `?` of an address is heard, or refused; every route of the application is tried."""

import pytest

from intelligent_office.api.queries import LONGEST_NAME
from tests.api.test_isolation import ROUTES, names_in

PAGES = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")
"""They say the same whatever is asked."""
ASKED = [(method, path) for method, path in ROUTES if path not in PAGES]


@pytest.mark.parametrize(("method", "path"), ASKED, ids=[" ".join(route) for route in ASKED])
async def test_a_parameter_that_a_route_does_not_know_is_refused(http, method, path):
    for name in names_in(path):
        path = path.replace(f"{{{name}:path}}", "x").replace(f"{{{name}}}", "x")
    response = await http.request(method, path, params={"limti": "1"})
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    [fault] = response.json()["errors"]
    assert (fault["pointer"], fault["in"]) == ("#/limti", "query")


async def test_a_refusal_says_which_parameters_there_are_and_which_may_be_meant(http):
    detail = (await http.get("/tasks", params={"statsu": "failed"})).json()["detail"]
    assert "did you mean `status`?" in detail
    assert all(f"`{name}`" in detail for name in ("created_after", "created_before", "text", "limit", "cursor"))
    assert "it takes none" in (await http.get("/healthz", params={"verbose": ""})).json()["detail"]


async def test_what_is_given_twice_and_counts_once_is_refused(http):
    response = await http.get("/tasks?limit=1&limit=2")
    assert response.status_code == 422
    assert "given 2 times" in response.json()["detail"]


async def test_what_may_be_given_several_times_is_heard_each_time(http, submit):
    task_id = await submit("what is 8 * 8?")
    asked = "/tasks?status=queued&status=running&status=completed&limit=500"
    assert task_id in [task["task_id"] for task in (await http.get(asked)).json()["tasks"]]


async def test_each_of_several_slips_is_told(http):
    response = await http.get("/tasks?statsu=failed&limt=1&limit=1&limit=2")
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["#/statsu", "#/limt", "#/limit"]


@pytest.mark.parametrize("query", ["%00=1", "%ff", "=", "a/b~c", "&".join(f"p{n}" for n in range(2000)), "x" * 9000])
async def test_a_parameter_with_an_odd_name_is_refused_in_few_words(http, query):
    response = await http.get(f"/tasks?{query}")
    assert response.status_code == 422
    faults = response.json()["errors"]
    assert 1 <= len(faults) <= 100
    assert all(len(fault["pointer"]) < 2 * LONGEST_NAME for fault in faults)


async def test_heads_are_told_the_same(http):
    assert (await http.head("/tasks?statsu=failed")).status_code == 422
