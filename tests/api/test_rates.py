"""How much a tenant may ask for, and what its answers say of that."""

import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from structlog.testing import capture_logs

from intelligent_office.api import rates as module
from intelligent_office.api.app import create_app
from intelligent_office.api.rates import FAILURES_PER_MINUTE, Rates
from intelligent_office.database import Database
from intelligent_office.errors import TooManyRequests
from intelligent_office.models.cache import in_redis
from intelligent_office.models.cache.in_redis import client_for
from intelligent_office.models.spending import Spending
from intelligent_office.settings import Settings
from tests.api.keys import client_of, home_with_key
from tests.api.serving import served
from tests.models.cache.redis_servers import redis_server
from tests.ports import own_port
from tests.requirements import require

TASK = {"description": "what is 1 + 1?", "model": "rules"}


@pytest.fixture
async def strict(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """An office that lets a tenant make five requests a minute, and hand in two tasks a day."""
    limits = {"requests_per_minute": 5, "tasks_per_day": 2, "home": home_with_key(settings.home)}
    with served(lambda: create_app(settings.model_copy(update=limits), worker=False)) as address:
        async with client_of(address) as client:
            yield client


@pytest.fixture
def _long_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that does not end while the test still counts, on whatever machine."""
    monkeypatch.setattr(module, "WINDOW_SECONDS", 3600)


@pytest.mark.usefixtures("_long_minute")
async def test_every_answer_says_what_is_left_until_nothing_is(strict):
    left = []
    for path in ("/tasks", "/tasks/nobody", "/tasks?limit=0", "/tools", "/usage"):
        response = await strict.get(path)
        assert response.headers["RateLimit-Policy"] == '"default";q=5;w=3600'
        said = re.fullmatch(r'"default";r=(\d+);t=(\d+)', response.headers["RateLimit"])
        assert said is not None
        assert 0 < int(said[2]) <= 3600
        left.append(int(said[1]))
    assert left == [4, 3, 2, 1, 0]
    refused = await strict.get("/tasks")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert refused.headers["RateLimit"].startswith('"default";r=0;')
    assert "5 requests a minute" in refused.json()["detail"]


async def test_health_is_told_however_many_ask(strict):
    for _ in range(10):
        response = await strict.get("/healthz")
        assert response.status_code == 200
        assert "RateLimit" not in response.headers


async def test_a_tenant_of_its_own_limit_has_that_one(strict, database: Database):
    async with database.pool.connection() as connection:
        await connection.execute(
            "UPDATE tenants SET requests_per_minute = 7, tasks_per_day = 0 WHERE tenant = 'default'"
        )
    assert (await strict.get("/tasks")).headers["RateLimit-Policy"] == '"default";q=7;w=60'
    refused = await strict.post("/tasks", json=TASK)
    assert refused.status_code == 429
    assert "0 tasks a day" in refused.json()["detail"]


async def test_a_quota_of_tasks_is_told_with_its_end(strict):
    assert [(await strict.post("/tasks", json=TASK)).status_code for _ in range(2)] == [202, 202]
    refused = await strict.post("/tasks", json=TASK)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    problem = refused.json()
    assert problem["type"].endswith("quota-used-up")
    assert problem["facts"]["quota"] == "tasks per day"
    assert problem["facts"]["until"].endswith("T00:00:00+00:00")


async def test_a_tenant_without_money_hands_in_only_what_costs_nothing(strict, database: Database):
    await Spending(database).set_budget("default", 0.01)
    async with database.pool.connection() as connection:
        await connection.execute("UPDATE budgets SET booked_usd = 0.01")
    refused = await strict.post("/tasks", json={"description": "what is 1 + 1?"})
    assert refused.status_code == 429
    assert refused.json()["facts"]["quota"] == "budget per month"
    assert (await strict.post("/tasks", json=TASK)).status_code == 202
    free = {"description": "what is 1 + 1?", "constraints": {"max_cost_usd": 0}}
    assert (await strict.post("/tasks", json=free)).status_code == 202


@pytest.mark.usefixtures("_long_minute")
async def test_who_guesses_keys_is_told_to_wait_and_who_has_one_is_not(strict):
    wrong = {"Authorization": f"Bearer office_{'1' * 16}_{'2' * 64}"}
    statuses = [(await strict.get("/tasks", headers=wrong)).status_code for _ in range(FAILURES_PER_MINUTE + 1)]
    assert statuses == [401] * FAILURES_PER_MINUTE + [429]
    assert (await strict.get("/tasks")).status_code == 200


async def test_a_clock_that_is_set_back_keeps_nobody_waiting_until_it_has_caught_up(monkeypatch):
    later = time.time() + 7200
    rates = Rates(1)
    with monkeypatch.context() as ahead:
        ahead.setattr("time.time", lambda: later)
        await rates.count({"type": "http"}, "acme")
    await rates.count({"type": "http"}, "acme")


@pytest.mark.usefixtures("_long_minute")
async def test_however_many_addresses_fail_few_are_kept_in_mind(monkeypatch):
    monkeypatch.setattr(module, "DRAWERS", 8)
    rates = Rates(1)
    for number in range(100):
        await rates.count_failure(f"10.0.0.{number}")
    assert len(rates._alone.expirations) <= 8


@pytest.mark.usefixtures("_long_minute")
async def test_processes_with_one_redis_count_together_and_alone_when_it_is_gone(monkeypatch):
    for patient, name in ((in_redis, "CONNECT_SECONDS"), (in_redis, "ANSWER_SECONDS"), (module, "ALONE_SECONDS")):
        monkeypatch.setattr(patient, name, 300.0)
    with redis_server(require("redis-server")) as server:
        here, there = Rates(2, server.url), Rates(2, server.url)
        await here.count({"type": "http"}, "acme")
        await there.count({"type": "http"}, "acme")
        await there.count({"type": "http"}, "other")
        for rates in (here, there):
            with pytest.raises(TooManyRequests):
                await rates.count({"type": "http"}, "acme")
        await there.close()
        async with client_for(server.url) as looking:
            assert len(await looking.client_list()) == 2, "who looks, and `here`"
    with capture_logs() as logs:
        await here.count({"type": "http"}, "acme")
        await here.count({"type": "http"}, "acme")
    assert [line["event"] for line in logs] == ["rates.counted_alone"]
    with pytest.raises(TooManyRequests):
        await here.count({"type": "http"}, "acme")
    await here.close()


@pytest.mark.usefixtures("_long_minute")
async def test_without_its_redis_a_process_counts_alone():
    with own_port() as port:
        rates = Rates(1, f"redis://127.0.0.1:{port}/0")
        await rates.count({"type": "http"}, "acme")
        with pytest.raises(TooManyRequests):
            await rates.count({"type": "http"}, "acme")
        await rates.close()


@pytest.mark.usefixtures("_long_minute")
@pytest.mark.parametrize(
    ("shown", "network", "elsewhere"),
    [
        ("2001:db8::{:x}", "2001:db8::ffff:1", "2001:db8:0:1::1"),
        ("10.0.0.1", "10.0.0.1", "10.0.0.2"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1", "::ffff:10.0.0.2"),
        ("", "", "10.0.0.2"),
    ],
)
async def test_wrong_keys_are_counted_of_a_whole_network_where_everybody_has_one(shown, network, elsewhere):
    rates = Rates(6000)
    for number in range(FAILURES_PER_MINUTE):
        await rates.count_failure(shown.format(number))
    with pytest.raises(TooManyRequests):
        await rates.count_failure(network)
    await rates.count_failure(elsewhere)
