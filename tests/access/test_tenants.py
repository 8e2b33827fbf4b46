"""Tenants, on a real database."""

import psycopg
import pytest

from intelligent_office.access.tenants import Tenants
from intelligent_office.errors import Conflict, InvalidRequest, Missing
from intelligent_office.models.spending import Spending
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks


@pytest.fixture
def tenants(database):
    return Tenants(database)


async def test_a_tenant_is_known_from_its_first_task_or_budget_on(tenants, database, settings):
    assert await tenants.list() == []
    for _ in range(2):
        await Tasks(database, settings).submit(TaskRequest(description="x"), tenant="b", origin="test")
    await Spending(database).set_budget("acme", 5)
    assert [tenant.tenant for tenant in await tenants.list()] == ["acme", "b"]


async def test_only_what_is_named_is_changed(tenants):
    made = await tenants.add("acme", name="Acme", concurrency=3)
    assert (made.name, made.concurrency, made.tasks_per_day, made.disabled_at) == ("Acme", 3, None, None)
    changed = await tenants.change("acme", tasks_per_day=0)
    assert (changed.name, changed.concurrency, changed.tasks_per_day) == ("Acme", 3, 0)
    assert (await tenants.change("acme", concurrency=None)).concurrency is None
    assert await tenants.change("acme") == await tenants.get("acme")


async def test_a_tenant_is_disabled_since_the_first_time_and_enabled_again(tenants):
    await tenants.add("acme")
    since = (await tenants.change("acme", disabled=True)).disabled_at
    assert since
    assert (await tenants.change("acme", disabled=True, name="A")).disabled_at == since
    assert (await tenants.change("acme", disabled=False)).disabled_at is None


async def test_a_tenant_that_is_not_there_or_there_already_is_told_so(tenants):
    await tenants.add("acme")
    with pytest.raises(Conflict):
        await tenants.add("acme")
    with pytest.raises(Missing):
        await tenants.change("b", name="B")


@pytest.mark.parametrize(
    "change", [{"concurrency": -1}, {"tasks_per_day": 10**12}, {"name": "x" * 101}, {"name": "\0"}]
)
async def test_a_change_that_makes_no_sense_is_refused_whole(tenants, change):
    with pytest.raises(InvalidRequest):
        await tenants.add("acme", **change)
    assert await tenants.list() == []


async def test_tenants_from_before_there_were_tenants_are_known(postgres):
    """The migration finds them in the tasks and the budgets."""
    from intelligent_office.database.migrate import MIGRATIONS

    url = postgres.create("before_tenants")
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            for path in sorted(MIGRATIONS.glob("*.sql")):
                if path.stem == "0009_tenants":
                    connection.execute(
                        "INSERT INTO tasks (task_id, tenant, origin, description, context)"
                        " VALUES ('t', 'acme', 'test', 'x', '{}'), ('u', 'acme', 'test', 'x', '{}')"
                    )
                    connection.execute("INSERT INTO budgets (tenant, month) VALUES ('b', now())")
                    connection.execute(path.read_bytes())
                    break
                connection.execute(path.read_bytes())
            found = connection.execute("SELECT tenant FROM tenants ORDER BY tenant").fetchall()
        assert found == [("acme",), ("b",)]
    finally:
        postgres.drop("before_tenants")
