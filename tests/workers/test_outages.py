"""A database that goes away for longer than any lease: whose fault that is not."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from intelligent_office.workers.claims import Claims
from tests.conftest import Server
from tests.firm import PATIENCE, Firm, plan


@contextmanager
def away(postgres: Server, kept: psycopg.Connection) -> Iterator[None]:
    """Every connection to one database is cut but this one, and no new one is let in."""
    change = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    name = kept.info.dbname
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
    postgres.connection.execute(change.format(sql.Identifier(name), sql.Literal(False)))
    postgres.connection.execute(cut, [name, kept.info.backend_pid])
    try:
        yield
    finally:
        postgres.connection.execute(change.format(sql.Identifier(name), sql.Literal(True)))


async def test_a_step_outlasts_an_outage_that_is_longer_than_its_lease(
    postgres: Server, settings, database, monkeypatch
):
    """Its worker is as alive as before: it keeps the task, the step is not repeated, and no death is counted."""
    monkeypatch.setattr("intelligent_office.workers.shift.ROUND_SECONDS", 0.01)
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(inputs: dict[str, Any]) -> str:
        reached.set()
        await go_on.wait()
        return "done"

    firm = Firm(settings, database)
    firm.toolbox.tools["slow"] = slow
    task = await firm.submit()
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as kept:
        async with asyncio.timeout(PATIENCE), firm.at_work(firm.worker("alive", planner=[plan(("slow", ""))])):
            await reached.wait()
            await firm.until(
                "SELECT count(*) = 2 AS yes FROM events WHERE role = 'executor'"
            )  # nothing is left to tell
            with away(postgres, kept):  # for hours, as it seems
                kept.execute("UPDATE workers SET seen_at = seen_at - interval '2 hours'")
                kept.execute("UPDATE tasks SET lease_until = now() - interval '1 hour'")
            while not kept.execute("SELECT FROM tasks WHERE lease_until > now()").rowcount:
                await asyncio.sleep(0.01)
            go_on.set()
            while not kept.execute("SELECT FROM tasks WHERE finished_at IS NOT NULL").rowcount:
                await asyncio.sleep(0.01)
    done = await firm.look(task)
    assert (done.status, done.claims, done.crashes) == ("completed", 1, 0)
    assert [name for name, _ in firm.toolbox.calls] == ["slow"]


@pytest.mark.parametrize(
    ("absent", "ran_out", "kept"),
    [(7200, 3600, True), (7200, 10_800, False), (0, 0, False)],
    ids=["while away", "before", "where nobody was away"],
)
async def test_who_was_away_lets_those_leases_begin_anew_that_ran_out_meanwhile(
    settings: Settings, database: Database, absent: int, ran_out: int, kept: bool
):
    """And each but once: somebody who is always late must not keep the tasks of the dead alive."""
    firm, claims = Firm(settings, database), Claims(database, settings)
    task = await firm.submit()
    await claims.take(task.task_id, "default", "perhaps dead")
    await database.run("beat_worker", name="returned", concurrency=1)
    await firm.query(
        f"UPDATE tasks SET lease_until = now() - make_interval(secs => {ran_out}),"
        f" renewed_at = now() - make_interval(secs => {ran_out + settings.lease_seconds})"
    )
    await firm.query(f"UPDATE workers SET seen_at = now() - make_interval(secs => {absent})")
    assert (await claims.next("returned") is None) == kept
    if kept:
        await firm.query(
            "UPDATE tasks SET renewed_at = renewed_at - interval '2 h', lease_until = lease_until - interval '2 h'"
        )
        await firm.query("UPDATE workers SET seen_at = now() - interval '2 h'")
        assert await claims.next("returned") is not None
