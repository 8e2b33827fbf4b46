"""Who is let in: with which key, shown how, from where."""

import asyncio
import base64
from typing import Any

import httpx
import pytest
from langserve import RemoteRunnable

from tests.api.keys import KEY, client_of

WRONG = KEY[:-1] + "8"


@pytest.fixture
async def stranger(address):
    """A client without a key."""
    async with client_of(address, key="") as client:
        yield client


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer   {KEY}"},
        {"X-API-Key": KEY},
        {"Authorization": "Negotiate abc", "X-API-Key": KEY},
        basic("anybody", KEY),
        basic(KEY, ""),
    ],
)
async def test_a_key_opens_the_door_in_every_way_it_can_be_shown(stranger, headers):
    assert (await stranger.get("/tasks", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {WRONG}"},
        {"Authorization": f"Bearer {KEY} {KEY}"},
        {"Authorization": f"Bearer {KEY[:-1]}"},
        {"Authorization": f"Bearer {KEY.upper()}"},
        {"Authorization": "Bearer " + "x" * 8000},
        {"Authorization": "Basic ???"},
        {"Authorization": b"Basic \xe9\xff"},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode()},
        basic("", ""),
        basic(KEY, WRONG),
        {"Authorization": KEY},
        {"X-API-Key": "Bearer " + KEY},
        {"Cookie": f"key={KEY}"},
    ],
)
async def test_nothing_else_does_and_the_answer_says_what_to_do(stranger, headers):
    response = await stranger.get("/tasks", headers=headers)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    challenges = response.headers.get_list("WWW-Authenticate")
    assert [challenge.partition(" ")[0] for challenge in challenges] == ["Bearer", "Basic"], "one on each line"
    assert "office keys" in response.json()["detail"]
    assert KEY[-64:] not in response.text


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
async def test_two_keys_shown_in_the_same_way_are_refused(stranger, header):
    key = f"Bearer {KEY}" if header == "Authorization" else KEY
    response = await stranger.get("/tasks", headers=[(header, key), (header, key)])
    assert (response.status_code, f"`{header}`" in response.json()["detail"]) == (400, True)


async def test_a_key_in_the_address_opens_nothing(stranger):
    for name in ("key", "api_key", "token", "access_token"):
        assert (await stranger.get("/tasks", params={name: KEY})).status_code == 401


async def test_nobodys_body_is_read_before_it_is_known_who_sends_it(stranger):
    for content in (b"{", b"\xff", b"x" * 2_000_000):
        response = await stranger.post("/tasks", content=content, headers={"Content-Type": "application/json"})
        assert response.status_code == 401


async def test_the_caller_signs_with_the_label_and_the_id_of_its_key(http, waiting):
    task_id = await waiting()
    answer = await http.post(f"/tasks/{task_id}/approvals", json={"decisions": [{"type": "reject", "message": "no"}]})
    assert answer.json()["answered_by"] == f"key:first key ({'0' * 16})"


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(http, address):
    made = (await http.post("/admin/keys", json={"tenant": "acme"})).json()
    async with client_of(address, made["key"]) as client:
        assert (await client.get("/keys/current")).json()["tenant"] == "acme"
        assert (await client.get("/keys/current")).json()["last_used_at"]
        assert (await http.delete(f"/admin/keys/{made['key_id']}")).json()["revoked_at"]
        refused = await client.get("/tasks")
    assert refused.status_code == 401
    assert "was revoked" in refused.json()["detail"]


async def test_a_key_gives_itself_up_and_needs_more_to_give_up_its_neighbour(http, address):
    one, other = [(await http.post("/admin/keys", json={"tenant": "acme"})).json() for _ in range(2)]
    async with client_of(address, one["key"]) as client:
        assert (await client.delete(f"/keys/{other['key_id']}")).status_code == 403
        assert (await client.delete(f"/keys/{one['key_id']}")).status_code == 200
        assert (await client.get("/keys")).status_code == 401


async def test_a_disabled_tenant_is_shut_out_and_let_in_again(http, address):
    made = (await http.post("/admin/keys", json={"tenant": "shut"})).json()
    async with client_of(address, made["key"]) as client:
        for disabled, status in ((True, 401), (False, 200)):
            changed = await http.patch("/admin/tenants/shut", json={"disabled": disabled})
            assert bool(changed.json()["disabled_at"]) is disabled
            assert (await client.get("/tasks")).status_code == status


async def test_many_requests_with_one_key_at_once_are_all_let_in(http):
    answers = await asyncio.gather(*(http.get("/keys/current") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}


async def test_letting_calls_pass_unseen_needs_the_scope_admin(http, address, folder):
    made = (await http.post("/admin/keys", json={"tenant": "acme", "scopes": ["submit", "approve"]})).json()
    task = {"description": "what is 1 + 1?", "folder": str(folder), "approval": "always"}
    async with client_of(address, made["key"]) as client:
        for path, body in (("/tasks", task), ("/office/invoke", {"input": task})):
            refused = await client.post(path, json=body)
            assert refused.status_code == 403, path
            assert "`admin`" in refused.json()["detail"]
    assert (await http.post("/tasks", json=task)).status_code == 202


async def test_langserves_own_client_hands_in_its_tenants_tasks(http, address):
    made = (await http.post("/admin/keys", json={"tenant": "remote", "scopes": ["submit"]})).json()
    office: RemoteRunnable[Any, Any] = RemoteRunnable(f"{address}/office", headers={"X-API-Key": made["key"]})
    output = await office.ainvoke({"description": "what is 15 * 23?"})
    async with client_of(address, made["key"]) as client:
        [listed] = (await client.get("/tasks")).json()["tasks"]
    assert (listed["task_id"], listed["status"]) == (output["task_id"], "completed")
    assert (await http.get(f"/tasks/{output['task_id']}")).status_code == 404
    nobody: RemoteRunnable[Any, Any] = RemoteRunnable(f"{address}/office")
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        await nobody.ainvoke({"description": "what is 1 + 1?"})
    for remote in (office, nobody):
        remote.sync_client.close()
        await remote.async_client.aclose()


async def test_a_page_of_another_site_changes_nothing_with_a_key_that_the_browser_has_kept(stranger, address):
    kept = basic("me", KEY)
    refused = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": address.replace("127.0.0.1", "localhost")},
        {"Origin": f"{address}0"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": address},
    ]
    for headers in refused:
        response = await stranger.post("/tasks", json={"description": "what is 1 + 1?"}, headers={**kept, **headers})
        assert response.status_code == 403, headers
        assert "Another site" in response.json()["detail"]
        assert (await stranger.get("/tasks", headers={**kept, **headers})).status_code == 200
    for headers in ({}, {"Origin": address}, {"Sec-Fetch-Site": "same-origin", "Origin": address}):
        response = await stranger.post("/tasks", json={"description": "what is 1 + 1?"}, headers={**kept, **headers})
        assert response.status_code == 202, headers
    shown = {"X-API-Key": KEY, "Origin": "https://friend.example", "Sec-Fetch-Site": "cross-site"}
    assert (await stranger.post("/tasks", json={"description": "what is 1 + 1?"}, headers=shown)).status_code == 202
