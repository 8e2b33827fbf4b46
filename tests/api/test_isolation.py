"""What is a tenant's is nobody else's: every route of the application, tried without a key, with another tenant's, and
with each scope alone. A route that is new is tried, too; one whose ids or body are not known here fails.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi.routing import iter_route_contexts

from intelligent_office.access.keys import SCOPES
from intelligent_office.api.app import create_app
from intelligent_office.api.permissions import FOR_OPERATORS, PUBLIC, wanted
from intelligent_office.settings import Settings
from tests.api.keys import client_of
from tests.api.listening import told
from tests.conftest import Server

NOBODY = "00000000-0000-7000-8000-000000000000"
PLACES = {"tenant", "name", "file_path"}
"""What is in paths and is not secret; which tenants there are, only operators learn."""
APPROVE = {"decisions": [{"type": "approve"}]}
BODIES: dict[str, Any] = {
    "POST /tasks": {"description": "what is 1 + 1?"},
    "POST /tasks/{task_id}/approvals": APPROVE,
    "POST /api/v1/runs": {"prompt": "what is 1 + 1?"},
}
"""Bodies that fit, where `{}` does not."""


def all_routes() -> list[tuple[str, str]]:
    """Method and path of every route, those of LangServe and of the documents included."""
    app = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/x", _env_file=None))
    found = {
        (method, str(route.path))
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert len(found) > 30
    return sorted(found)


ROUTES = all_routes()
GUARDED = [(method, path) for method, path in ROUTES if path not in PUBLIC]
NAMES = [" ".join(route) for route in GUARDED]


def names_in(path: str) -> set[str]:
    return {part[1:-1].partition(":")[0] for part in path.split("/") if part.startswith("{")}


WITH_IDS = [(method, path) for method, path in GUARDED if names_in(path) - PLACES]


def filled(path: str, ids: dict[str, str]) -> str:
    for name in names_in(path):
        path = path.replace(f"{{{name}:path}}", ids[name]).replace(f"{{{name}}}", ids[name])
    return path


@pytest.fixture(scope="module")
def theirs(address: str, folder: Path, postgres: Server) -> dict[str, str]:
    """What the tenant `default` has: a task, its artifact, a run, a dead letter, and so on."""

    async def make() -> dict[str, str]:
        (folder / "long.txt").write_text("\n".join(f"line {number} of a long file" for number in range(2000)))
        async with client_of(address) as http:

            async def submit(description: str, **more: Any) -> str:
                task = {"description": description, "folder": str(folder), **more}
                return str((await http.post("/tasks", json=task)).json()["task_id"])

            large, failed = await submit("read long.txt"), await submit("compose a sonnet about the sea")
            for task_id in (large, failed):
                await told(http, task_id)
            result = (await http.get(f"/tasks/{large}")).json()["result"]
            key = (await http.get("/keys/current")).json()
            attachment = (await http.post("/attachments?name=a.txt", content=b"theirs alone")).json()
            run = (await http.post("/api/v1/runs", json={"prompt": "what is 15 * 23?", "max_steps": 3})).json()
            return {
                "task_id": large,
                "run_id": run["run_id"],
                "attachment_id": attachment["attachment_id"],
                "failed_task_id": failed,
                "artifact_id": result["artifacts"][0]["artifact_id"],
                "key_id": key["key_id"],
                "tenant": "default",
                "name": "echo",
                "file_path": "index.html",
                **written,
            }

    written = {"permit_id": "their-permit", "delivery_id": "their-delivery"}
    with psycopg.connect(postgres.address_of("api_test_isolation"), autocommit=True) as connection:
        connection.execute(
            """INSERT INTO permits
                   (permit_id, tenant, tool, inputs, same_inputs, task_id, approval_id, granted_by, until)
               VALUES (%(permit_id)s, 'default', 'echo', '{}', false, 't', 'a', 'me', now() + '1 day')""",
            written,
        )
        connection.execute(
            """INSERT INTO webhook_deliveries (delivery_id, tenant, url, event, payload, status, next_try_at)
               VALUES (%(delivery_id)s, 'default', 'https://example.com', 'test', '{}', 'failed', NULL)""",
            written,
        )
    return asyncio.run(make())


@pytest.fixture(scope="module")
def keys(address: str) -> dict[str, str]:
    """Keys of the tenant `other`: one that opens all but administration, one for each scope, and one for them all."""

    async def make() -> dict[str, str]:
        async with client_of(address) as http:
            made = {}
            alone = [(scope, [scope]) for scope in SCOPES]
            for name, scopes in [("other", ["submit", "approve"]), *alone, ("all", SCOPES)]:
                response = await http.post("/admin/keys", json={"tenant": "other", "scopes": scopes})
                made[name] = response.json()["key"]
            return made

    return asyncio.run(make())


def ids_for(path: str, theirs: dict[str, str]) -> dict[str, str]:
    """The ids that a route is tried with."""
    return {**theirs, "task_id": theirs["failed_task_id"]} if path.startswith("/dead-letters") else theirs


async def ask(address: str, key: str, method: str, path: str, **options: Any) -> httpx.Response:
    async with client_of(address, key) as http:
        if method == "GET" and path.endswith("/events"):  # only its beginning
            async with http.stream(method, path, **options) as response:
                if not response.is_success:
                    await response.aread()
                return response
        return await http.request(method, path, **options)


def test_what_is_public_is_there():
    assert {path for _, path in ROUTES} >= PUBLIC


def test_every_id_in_a_path_is_known_here(theirs):
    """A new route with an id of another kind needs one of the tenant's, so that others can be seen not to get it."""
    unknown = {name for _, path in ROUTES for name in names_in(path)} - theirs.keys()
    assert unknown == set(), "add such an id to `theirs`"


@pytest.mark.parametrize("path", sorted(PUBLIC))
async def test_what_is_public_needs_no_key(address, path):
    assert (await ask(address, "", "GET", path)).status_code == 200


@pytest.mark.parametrize(("method", "path"), GUARDED, ids=NAMES)
async def test_without_a_key_nothing_else_is_answered_whatever_is_sent(address, theirs, method, path):
    response = await ask(address, "", method, filled(path, ids_for(path, theirs)), content=b"{")
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path"), WITH_IDS, ids=[" ".join(route) for route in WITH_IDS])
async def test_another_tenants_ids_lead_nowhere(address, theirs, keys, method, path):
    place = filled(path, ids_for(path, theirs))
    body = BODIES.get(f"{method} {path}", {})
    response = await ask(address, keys["other"], method, place, json=body)
    if wanted(method, path) == ("admin",):
        assert response.status_code == 403, response.text
    else:
        assert response.status_code == 404, f"{response.text}: does it need a body of its own in BODIES?"
        nobodys = dict.fromkeys(theirs, NOBODY)
        same = await ask(address, keys["other"], method, filled(path, nobodys), json=body)
        assert _without_ids(same, nobodys) == _without_ids(response, ids_for(path, theirs)), "as if it did not exist"


@pytest.mark.parametrize(("method", "path"), WITH_IDS, ids=[" ".join(route) for route in WITH_IDS])
async def test_not_even_an_administrator_gets_anywhere_with_another_tenants_ids(address, theirs, keys, method, path):
    place, body = filled(path, ids_for(path, theirs)), BODIES.get(f"{method} {path}", {})
    response = await ask(address, keys["all"], method, place, json=body)
    assert response.status_code == (403 if (method, path) in FOR_OPERATORS else 404), response.text
    if path.startswith("/dead-letters"):
        for tenant in ("default", "*"):
            assert (await ask(address, keys["all"], method, f"{place}?tenant={tenant}", json=body)).status_code == 403


@pytest.mark.parametrize(("method", "path"), sorted(FOR_OPERATORS))
async def test_what_is_about_all_tenants_is_for_operators(address, http, keys, method, path):
    assert (method, path) in GUARDED
    assert (await ask(address, keys["all"], method, path.format(tenant="other"), json={})).status_code == 403
    body = {"tenant": "new-one"} if method == "POST" else {}
    assert (await http.request(method, path.format(tenant="other"), json=body)).is_success


async def test_an_administrator_makes_and_revokes_keys_of_its_own_tenant_alone(address, keys):
    async with client_of(address, keys["all"]) as administrator:
        for tenant in ("default", "another"):
            refused = await administrator.post("/admin/keys", json={"tenant": tenant, "scopes": ["admin"]})
            assert refused.status_code == 403
            assert (await administrator.get("/admin/keys", params={"tenant": tenant})).json() == {"keys": []}
        made = (await administrator.post("/admin/keys", json={"tenant": "other"})).json()
        assert (await administrator.get(f"/admin/keys/{made['key_id']}")).status_code == 200
        assert (await administrator.delete(f"/admin/keys/{made['key_id']}")).json()["revoked_at"]
        [own] = (await administrator.get("/admin/tenants")).json()["tenants"]
        assert own["tenant"] == "other"
        assert (await administrator.get("/admin/tenants/other")).json()["budget"]


@pytest.mark.parametrize(
    ("method", "path"), [route for route in WITH_IDS if route[0] == "GET"], ids=lambda part: str(part)
)
async def test_its_own_tenant_is_led_there(address, theirs, method, path):
    """Else the test before would show nothing."""
    async with client_of(address) as http, http.stream(method, filled(path, ids_for(path, theirs))) as response:
        assert response.status_code in (200, 204), await response.aread()


@pytest.mark.parametrize(
    "path",
    [path for method, path in GUARDED if method == "GET" and not names_in(path) and ("GET", path) not in FOR_OPERATORS],
)
async def test_no_list_shows_another_tenants(address, theirs, keys, path):
    response = await ask(address, keys["all"], "GET", path)
    assert response.status_code in (200, 307), response.text
    for name in ("task_id", "failed_task_id", "artifact_id"):
        assert theirs[name] not in response.text
    assert '"tenant":"default"' not in response.text
    assert f'"key_id":"{theirs["key_id"]}"' not in response.text  # it may stand there as who made another one


# LangServe's log stream uses what LangChain has deprecated.
@pytest.mark.filterwarnings(
    "ignore:astream_log is deprecated:langchain_core._api.deprecation.LangChainDeprecationWarning"
)
async def test_ids_elsewhere_than_in_paths_lead_nowhere_either(address, theirs, keys):
    task_id, key = theirs["task_id"], keys["other"]
    assert (await ask(address, key, "GET", "/usage", params={"task_id": task_id})).json()["total"]["calls"] == 0
    assert (await ask(address, key, "GET", "/tasks", params={"cursor": task_id})).status_code in (404, 422)
    for given in ({"task_id": task_id}, {"task_id": task_id, "resume": APPROVE}):
        assert (await ask(address, key, "POST", "/office/invoke", json={"input": given})).status_code == 404
        assert (await ask(address, key, "POST", "/office/batch", json={"inputs": [given]})).status_code == 404
        for endpoint in ("stream", "stream_events", "stream_log"):
            told_of = await ask(address, key, "POST", f"/office/{endpoint}", json={"input": given})
            assert "refused" in told_of.text
            assert "long.txt" not in told_of.text


async def test_another_tenants_question_is_not_answered(address, waiting, keys, http):
    task_id = await waiting()
    [asked] = (await http.get(f"/tasks/{task_id}/approvals")).json()["approvals"]
    body = {**APPROVE, "approval_id": asked["approval_id"]}
    for place in (f"/tasks/{task_id}/approvals", f"/tasks/{NOBODY}/approvals"):
        assert (await ask(address, keys["other"], "POST", place, json=body)).status_code == 404
    assert (await http.get(f"/tasks/{task_id}/status")).json()["status"] == "waiting"


async def test_memories_and_todos_are_their_tenants_own(address, keys, http, submit):
    task_id = await submit('add "a secret plan" to my todo list')
    await told(http, task_id)
    async with client_of(address, keys["other"]) as other:
        mine = (await other.post("/tasks", json={"description": "show my todos"})).json()["task_id"]
        await told(other, mine)
        assert "secret plan" not in (await other.get(f"/tasks/{mine}")).text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tasks", {"description": "read mine.txt", "folder": "FOLDER"}),
        ("/office/invoke", {"input": {"description": "read mine.txt", "folder": "FOLDER"}}),
    ],
)
async def test_another_tenants_folder_is_not_worked_in(address, keys, folder, path, body):
    for place in (str(folder), str(folder / "nowhere"), str(Path.cwd())):
        asked = json.loads(json.dumps(body).replace("FOLDER", place))
        refused = await ask(address, keys["other"], "POST", path, json=asked)
        assert refused.status_code == 422
        assert "is outside the tenant's own" in refused.json()["detail"]


async def test_a_tenants_files_are_read_in_its_own_folder_alone(address, keys, folder):
    (folder / "mine.txt").write_text("the default tenant's")
    async with client_of(address, keys["other"]) as other:
        for name in ("mine.txt", str(folder / "mine.txt")):
            task = (await other.post("/tasks", json={"description": f"read {name}"})).json()["task_id"]
            await told(other, task)
            seen = (await other.get(f"/tasks/{task}")).json()
            assert seen["status"] == "failed"
            assert "the default tenant's" not in json.dumps(seen)


EXPECTED = {
    "GET /tasks": "submit approve",
    "GET /tasks/{task_id}": "submit approve",
    "GET /tasks/{task_id}/events": "submit approve",
    "GET /tasks/{task_id}/approvals": "submit approve",
    "GET /usage": "submit approve",
    "POST /tasks": "submit",
    "POST /tasks/{task_id}/cancel": "submit",
    "POST /tasks/{task_id}/resume": "submit",
    "POST /tasks/{task_id}/approvals": "approve",
    "POST /office/invoke": "submit approve",
    "GET /office/playground/{file_path:path}": "submit approve",
    "GET /keys": "submit approve admin",
    "GET /keys/current": "submit approve admin",
    "DELETE /keys/{key_id}": "submit approve admin",
    "GET /queue": "admin",
    "GET /admin/tenants": "admin",
    "POST /admin/tenants": "admin",
    "GET /admin/tenants/{tenant}": "admin",
    "PATCH /admin/tenants/{tenant}": "admin",
    "GET /admin/keys": "admin",
    "POST /admin/keys": "admin",
    "GET /admin/keys/{key_id}": "admin",
    "DELETE /admin/keys/{key_id}": "admin",
}
"""Which scopes open what, spelled out for what matters most."""


def test_the_scopes_are_what_the_table_says():
    table = {name: " ".join(wanted(*name.split(" ", 1))) for name in EXPECTED}
    assert table == EXPECTED
    assert EXPECTED.keys() <= set(NAMES)


@pytest.mark.parametrize(("method", "path"), GUARDED, ids=NAMES)
async def test_each_scope_alone_opens_what_it_should_and_nothing_else(address, keys, method, path):
    place = filled(path, dict.fromkeys(names_in(path), NOBODY))
    for scope in SCOPES:
        response = await ask(address, keys[scope], method, place, json={"input": {}} if "/office/" in path else {})
        if scope in wanted(method, path) and (method, path) not in FOR_OPERATORS:
            assert response.status_code not in (401, 403), (scope, response.text)
        else:
            assert response.status_code == 403, (scope, response.text)
            assert response.json()["facts"]["scopes"] == list(wanted(method, path))


async def test_answering_over_langserve_needs_the_scope_for_it(address, keys, http):
    new, answer = {"description": "what is 1 + 1?"}, {"task_id": NOBODY, "resume": APPROVE}
    for scope, given in (("approve", new), ("submit", {**answer, "task_id": await _task_of(address, keys["submit"])})):
        response = await ask(address, keys[scope], "POST", "/office/invoke", json={"input": given})
        assert response.status_code == 403, (scope, response.text)


async def _task_of(address: str, key: str) -> str:
    return str((await ask(address, key, "POST", "/tasks", json={"description": "what is 1 + 1?"})).json()["task_id"])


def _without_ids(response: httpx.Response, ids: dict[str, str]) -> dict[str, Any]:
    text = response.text
    for value in ids.values():
        text = text.replace(value, "ID")
    problem: dict[str, Any] = json.loads(text)
    return {name: value for name, value in problem.items() if name != "request_id"}
