"""A database that goes away, perhaps for longer than any lease: whose fault that is not."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import pytest
from psycopg import OperationalError, sql
from psycopg.errors import DiskFull

from intelligent_office.database.pool import Database
from intelligent_office.errors import Unavailable
from intelligent_office.settings import Settings
from intelligent_office.workers.claims import Claims
from tests.conftest import Server
from tests.firm import PATIENCE, Firm, plan


@contextmanager
def away(postgres: Server, kept: psycopg.Connection) -> Iterator[None]:
    """Every connection to one database is cut but this one, and no new one is let in."""
    change = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    name = kept.info.dbname
    cut = "SELECT pg_terminate_backend(pid, 100_000) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
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


@pytest.mark.parametrize(("failure", "left"), [(OperationalError, "queued"), (DiskFull, "running")])
async def test_a_task_whose_database_goes_away_is_given_back_when_it_returns(firm: Firm, monkeypatch, failure, left):
    """What the database merely refuses is not tried again at once."""
    monkeypatch.setattr("intelligent_office.workers.worker.MOMENT_SECONDS", 0.01)

    async def bury(**letter: Any) -> None:
        raise failure("the connection was cut")

    firm.archive.bury = bury  # type: ignore[method-assign]
    task = await firm.submit(constraints={"max_duration": 0.001})
    worker = firm.worker(planner=[plan(("say", "hi"))])
    assert await worker.work_on(await worker.take(task)) == "lost"
    now = await firm.look(task)
    assert (now.status, now.crashes) == (left, 0)


async def test_a_worker_that_has_to_go_just_when_its_database_returns_gives_its_task_back_all_the_same(
    firm: Firm, monkeypatch
):
    monkeypatch.setattr("intelligent_office.workers.worker.MOMENT_SECONDS", 1000.0)
    cut = asyncio.Event()

    async def bury(**letter: Any) -> None:
        cut.set()
        raise OperationalError("the connection was cut")

    firm.archive.bury = bury  # type: ignore[method-assign]
    task = await firm.submit(constraints={"max_duration": 0.001})
    worker = firm.worker(planner=[plan(("say", "hi"))])
    working = asyncio.create_task(worker.work_on(await worker.take(task)))
    await cut.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    now = await firm.look(task)
    assert (now.status, now.crashes) == ("queued", 0)


async def test_a_task_is_handed_over_however_long_its_database_was_away(firm: Firm, monkeypatch):
    monkeypatch.setattr("intelligent_office.workers.worker.MOMENT_SECONDS", 0.01)
    task = await firm.submit(constraints={"max_duration": 0.001})
    worker = firm.worker(planner=[plan(("say", "hi"))])
    claim = await worker.take(task)
    renew, absences = claim.renew, [Unavailable(part="the database", reason="it has gone to lunch")] * 30

    async def bury(**letter: Any) -> None:
        raise absences[0]

    async def cut() -> bool:
        if absences:
            raise absences.pop()
        return await renew()

    firm.archive.bury = bury  # type: ignore[method-assign]
    claim.renew = cut  # type: ignore[method-assign]
    assert await worker.work_on(claim) == "lost"
    now = await firm.look(task)
    assert (now.status, now.crashes) == ("queued", 0)


async def test_a_worker_that_was_cut_off_and_lives_takes_its_death_back(firm: Firm):
    """It alone could not reach the database; others could, and have given its task to somebody else."""
    cut_off = asyncio.Event()

    async def hang(inputs: dict[str, Any]) -> str:
        await asyncio.Event().wait()
        return "never"

    firm.toolbox.tools["hang"] = hang
    firm.settings = firm.settings.model_copy(update={"lease_seconds": 1.0})
    task = await firm.submit()
    worker = firm.worker(planner=[plan(("hang", ""))])
    claim = await worker.take(task)
    renew, absences = claim.renew, [Unavailable(part="the database", reason="no route to host")]

    async def cut() -> bool:
        if absences:
            # At one stroke: what the worker writes in between would renew the lease.
            await firm.query("DO $$ BEGIN UPDATE tasks SET lease_until = now(); PERFORM requeue_abandoned(); END $$")
            assert (await firm.look(task)).crashes == 1
            cut_off.set()
            raise absences.pop()
        return await renew()

    claim.renew = cut  # type: ignore[method-assign]
    assert await worker.work_on(claim) == "lost"
    assert cut_off.is_set()
    now = await firm.look(task)
    assert (now.status, now.crashes, now.crashes_alone) == ("queued", 0, 0)


@pytest.mark.parametrize("unheard", ["finish_task", "leave_task"])
async def test_what_was_written_though_the_worker_did_not_hear_so_is_written_once(firm: Firm, monkeypatch, unheard):
    """It cannot know, and tries to give back a task that is no longer its own."""
    monkeypatch.setattr("intelligent_office.workers.worker.MOMENT_SECONDS", 0.0)

    class Deaf:
        """Hangs up instead of saying that it has written the end down."""

        def __getattr__(self, name: str) -> Any:
            return getattr(firm.database, name)

        async def one(self, statement: str, **parameters: Any) -> Any:
            row = await firm.database.one(statement, **parameters)
            if statement == unheard:
                raise Unavailable(part="the database", reason="it hung up")
            return row

    task = await firm.submit(webhook_url="https://example.com/hook")
    worker = firm.worker(planner=[plan(("say", "hi"))])
    claim = await worker.take(task)
    claim._database = cast("Any", Deaf())
    if unheard == "leave_task":
        worker.drain()
    await worker.work_on(claim)
    if unheard == "leave_task":
        assert (await firm.look(task)).status == "queued"
        second = firm.worker(planner=[plan(("say", "hi"))])
        assert await second.work_on(await second.take(task)) == "completed"
    done = await firm.look(task)
    assert (done.status, done.crashes) == ("completed", 0)
    ends = await firm.query("SELECT count(*) AS n FROM events WHERE kind = 'task.finished'")
    told = await firm.query("SELECT count(*) AS n FROM webhook_deliveries WHERE event = 'task.completed'")
    assert (ends[0]["n"], told[0]["n"]) == (1, 1)
