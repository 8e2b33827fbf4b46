"""Administration over HTTP: tenants, limits, keys."""

import psycopg
import pytest
from psycopg import sql

from tests.api.keys import client_of


async def test_a_key_is_made_shown_once_and_listed_without_its_secret(http):
    response = await http.post("/admin/keys", json={"tenant": "keyed", "label": "ci", "expires_days": 30})
    assert response.status_code == 201
    made = response.json()
    assert (made["tenant"], made["scopes"], made["label"]) == ("keyed", ["submit", "approve"], "ci")
    assert made["key"].startswith(f"office_{made['key_id']}_")
    assert made["expires_at"] > made["created_at"]
    shown = (await http.get(response.headers["Location"])).json()
    assert "key" not in shown
    listed = await http.get("/admin/keys", params={"tenant": "keyed"})
    assert [key["key_id"] for key in listed.json()["keys"]] == [made["key_id"]]
    assert made["key"][-64:] not in listed.text + (await http.get("/admin/keys")).text


async def test_a_tenants_limits_are_set_one_by_one_and_taken_back(http):
    made = await http.post("/admin/tenants", json={"tenant": "b", "name": "B", "concurrency": 2})
    assert made.status_code == 201
    assert made.headers["Location"] == "/admin/tenants/b"
    assert (made.json()["concurrency"], made.json()["tasks_per_day"]) == (2, None)
    changed = (await http.patch("/admin/tenants/b", json={"tasks_per_day": 10, "monthly_budget_usd": 1.5})).json()
    assert (changed["name"], changed["concurrency"], changed["tasks_per_day"]) == ("B", 2, 10)
    assert (changed["budget"]["monthly_usd"], changed["budget"]["own"]) == (1.5, True)
    back = (await http.patch("/admin/tenants/b", json={"concurrency": None, "monthly_budget_usd": None})).json()
    assert (back["concurrency"], back["budget"]["own"], back["tasks_per_day"]) == (None, False, 10)
    assert (await http.get("/admin/tenants/b")).json() == back
    assert "b" in [tenant["tenant"] for tenant in (await http.get("/admin/tenants")).json()["tenants"]]
    assert (await http.post("/admin/tenants", json={"tenant": "b"})).status_code == 409


async def test_a_tenant_is_made_with_its_budget_or_not_at_all(postgres, http):
    with psycopg.connect(postgres.address_of("api_test_admin"), autocommit=True) as connection:
        connection.execute("ALTER TABLE budgets ADD CONSTRAINT small CHECK (monthly_usd < 10)")
        made = await http.post("/admin/tenants", json={"tenant": "half", "monthly_budget_usd": 20})
        connection.execute("ALTER TABLE budgets DROP CONSTRAINT small")
    assert made.status_code == 500
    assert (await http.get("/admin/tenants/half")).status_code == 404
    assert (await http.post("/admin/tenants", json={"tenant": "half", "monthly_budget_usd": 20})).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/admin/keys", {}, 422),
        ("POST", "/admin/keys", {"tenant": "a b"}, 422),
        ("POST", "/admin/keys", {"tenant": "acme", "scopes": []}, 422),
        ("POST", "/admin/keys", {"tenant": "acme", "scopes": ["root"]}, 422),
        ("POST", "/admin/keys", {"tenant": "acme", "expires_days": 0}, 422),
        ("POST", "/admin/keys", {"tenant": "acme", "expires_days": 1e300}, 422),
        ("POST", "/admin/keys", {"tenant": "acme", "expires_days": "30"}, 422),
        ("POST", "/admin/keys", {"tenant": "acme", "label": "a\nb"}, 422),
        ("POST", "/admin/tenants", {"tenant": "../x"}, 422),
        ("POST", "/admin/tenants", {"tenant": "c", "disabled": True}, 422),
        ("PATCH", "/admin/tenants/default", {"concurrency": -1}, 422),
        ("PATCH", "/admin/tenants/default", {"concurrency": "4"}, 422),
        ("PATCH", "/admin/tenants/default", {"monthly_budget_usd": True}, 422),
        ("PATCH", "/admin/tenants/default", {"disabled": "no"}, 422),
        ("PATCH", "/admin/tenants/default", {"tasks_per_day": 10**12}, 422),
        ("PATCH", "/admin/tenants/default", {"monthly_budget_usd": -1}, 422),
        ("PATCH", "/admin/tenants/default", {"webhook_secret": "x"}, 422),
        ("PATCH", "/admin/tenants/default", {"name": None}, 422),
        ("PATCH", "/admin/tenants/nobody", {"monthly_budget_usd": 5}, 404),
        ("GET", "/admin/tenants/nobody", None, 404),
        ("GET", "/admin/keys/nobody", None, 404),
        ("DELETE", "/admin/keys/nobody", None, 404),
    ],
)
async def test_what_makes_no_sense_changes_nothing(http, method, path, body, status):
    before = (await http.get("/admin/tenants")).json()
    response = await http.request(method, path, json=body)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert (await http.get("/admin/tenants")).json() == before


async def test_a_tenant_is_known_from_its_first_task_on(http, address):
    made = (await http.post("/admin/keys", json={"tenant": "fresh"})).json()
    async with client_of(address, made["key"]) as client:
        await client.post("/tasks", json={"description": "what is 1 + 1?"})
    assert (await http.get("/admin/tenants/fresh")).json()["keys"] == 1


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [("/admin/keys", {"tenant": "acme"}, "key"), ("/webhooks/secret", None, "secret")],
)
async def test_an_answer_with_a_secret_is_not_kept_for_a_request_that_is_sent_again(http, postgres, path, body, field):
    refused = await http.post(path, json=body, headers={"Idempotency-Key": f"make{path}"})
    assert refused.status_code == 400
    secret = (await http.post(path, json=body)).json()[field]
    with psycopg.connect(postgres.address_of("api_test_admin")) as connection:
        rows = connection.execute("SELECT answered_requests::text FROM answered_requests").fetchall()
    kept = "".join(row[0] for row in rows)
    assert secret.encode().hex() not in kept


async def test_a_keys_secret_is_in_no_table(http, postgres):
    secret = (await http.post("/admin/keys", json={"tenant": "acme"})).json()["key"][-64:]
    with psycopg.connect(postgres.address_of("api_test_admin")) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            rows = connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))).fetchall()
            kept = "".join(row[0] for row in rows)
            assert secret not in kept, table
            assert secret.encode().hex() not in kept, table
