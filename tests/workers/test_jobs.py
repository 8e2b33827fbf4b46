"""Jobs against a real database: what is deferred in SQL is done, and again where that was asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from psycopg import OperationalError
from structlog.testing import capture_logs

from intelligent_office.errors import Unavailable
from intelligent_office.workers import jobs as module
from intelligent_office.workers.jobs import Chore, Jobs, Queue, TryAgain
from tests.sql import query


@asynccontextmanager
async def working(
    database, *chores: Chore, hurry: asyncio.Event | None = None, queue: Queue = "chores"
) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    work = asyncio.create_task(Jobs(database, chores, hurry=hurry).work(queue, stop, at_once=2))
    try:
        yield stop
    finally:
        stop.set()
        await work


class Basket:
    """A handler that notes its arguments, and fails as often as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.seen: list[dict[str, Any]] = []
        self._failures = [*failures]
        self._done = asyncio.Event()

    async def __call__(self, **arguments) -> None:
        self.seen.append(arguments)
        if self._failures:
            raise self._failures.pop(0)
        self._done.set()

    async def done(self) -> None:
        await self._done.wait()


async def test_a_job_that_is_deferred_in_sql_is_done_at_once_and_leaves_no_row(database, monkeypatch):
    monkeypatch.setattr(module, "POLL_SECONDS", 1000.0)
    basket = Basket()
    async with working(database, Chore("paper.throw", basket)):
        while not await query(database, "SELECT id FROM procrastinate_workers"):
            await asyncio.sleep(0.01)
        await query(database, "SELECT defer_job('chores', 'paper.throw', '{\"sheet\": 1}')")
        await basket.done()
    assert basket.seen == [{"sheet": 1}]
    assert await query(database, "SELECT * FROM procrastinate_jobs") == []


async def test_a_wake_up_is_gone_as_soon_as_a_worker_has_taken_it_whatever_becomes_of_the_worker(database):
    begun, left = asyncio.Event(), list[Any]()

    async def work(task_id: str) -> None:
        left.append(await query(database, "SELECT * FROM procrastinate_jobs"))
        begun.set()
        raise KeyError(task_id)

    async with working(database, Chore("work", work, queue="tasks"), queue="tasks"):
        await query(database, "SELECT wake_worker('t', 0)")
        await begun.wait()
    assert left == [[]]
    assert await query(database, "SELECT * FROM procrastinate_jobs") == []


async def test_a_job_of_a_transaction_that_is_rolled_back_was_never_there(database):
    async with database.pool.connection() as connection, connection.transaction(force_rollback=True):
        await connection.execute("SELECT defer_job('chores', 'paper.throw')")
    assert await query(database, "SELECT * FROM procrastinate_jobs") == []


async def test_a_second_job_for_the_same_thing_is_left_out_and_the_transaction_goes_on(database):
    async with database.pool.connection() as connection, connection.transaction():
        for _ in range(2):
            await connection.execute("SELECT defer_job('chores', 'paper.throw', once => 'sheet 1')")
        await connection.execute("SELECT defer_job('chores', 'paper.throw', once => 'sheet 2')")
    assert [row["queueing_lock"] for row in await query(database, "SELECT * FROM procrastinate_jobs ORDER BY id")] == [
        "sheet 1", "sheet 2",
    ]  # fmt: skip


async def test_a_handler_chooses_when_it_is_called_again(database, monkeypatch):
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)
    basket = Basket(TryAgain(0), TryAgain(0.01))
    async with working(database, Chore("paper.throw", basket)):
        await query(database, "SELECT defer_job('chores', 'paper.throw')")
        await basket.done()
    assert len(basket.seen) == 3


async def test_a_job_that_fails_more_often_than_it_may_is_given_up_with_a_line_in_the_log(database, monkeypatch):
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)
    basket = Basket(KeyError("first"), KeyError("second"))
    with capture_logs() as logs:
        async with working(database, Chore("paper.throw", basket, delays=(0,))):
            await query(database, "SELECT defer_job('chores', 'paper.throw', '{\"sheet\": 1}')")
            while all(line["event"] != "job.given_up" for line in logs):
                await asyncio.sleep(0.01)
    assert len(basket.seen) == 2
    [given_up] = [line for line in logs if line["event"] == "job.given_up"]
    assert (given_up["job"], given_up["arguments"], given_up["attempts"]) == ("paper.throw", {"sheet": 1}, 2)
    assert await query(database, "SELECT * FROM procrastinate_jobs") == []


async def test_a_job_is_not_given_up_for_a_database_that_is_away(database, monkeypatch):
    monkeypatch.setattr(module, "BACK_OFF_SECONDS", 0.0)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)
    basket = Basket(*[Unavailable(part="the database", reason="it has gone to lunch")] * 3)
    async with working(database, Chore("paper.throw", basket, delays=(1000,))):
        await query(database, "SELECT defer_job('chores', 'paper.throw')")
        await basket.done()
    assert len(basket.seen) == 4


async def test_how_a_job_has_ended_is_written_however_long_the_database_is_away(database, monkeypatch):
    monkeypatch.setattr(module, "BACK_OFF_SECONDS", 0.0)
    absences = [ConnectorException()] * 30

    async def finish(self, job, status, delete_job):
        if absences:
            raise absences.pop() from OperationalError("it has gone to lunch")
        await finish_job(self, job, status, delete_job)

    finish_job = JobManager.finish_job
    monkeypatch.setattr(JobManager, "finish_job", finish)
    basket = Basket()
    async with working(database, Chore("paper.throw", basket)):
        await query(database, "SELECT defer_job('chores', 'paper.throw')")
        await basket.done()
    assert (absences, await query(database, "SELECT * FROM procrastinate_jobs")) == ([], [])


async def test_a_chore_with_a_time_is_done_when_it_is_due(database):
    basket = Basket()
    async with working(database, Chore("paper.throw", basket, cron="* * * * * *")):
        await basket.done()
    assert basket.seen[0] == {}


async def test_a_job_for_which_no_time_is_left_is_cancelled_and_left_to_others(database):
    begun, hurry = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with working(database, Chore("paper.throw", hang), hurry=hurry) as stop:
        await query(database, "SELECT defer_job('chores', 'paper.throw')")
        await begun.wait()
        stop.set()
        hurry.set()
    assert [row["status"] for row in await query(database, "SELECT * FROM procrastinate_jobs")] == ["todo"]


async def test_a_job_is_not_tried_again_when_another_waits_that_will_do_the_same(database):
    async def fail() -> None:
        await query(
            database, "SELECT defer_job('chores', 'paper.throw', once => 'sheet 1', not_before => now() + '1 day')"
        )
        raise TryAgain(0)

    async with working(database, Chore("paper.throw", fail)):
        await query(database, "SELECT defer_job('chores', 'paper.throw', once => 'sheet 1')")
        ids = "SELECT id FROM procrastinate_jobs ORDER BY id"
        while [row["id"] for row in await query(database, ids)] != [2]:
            await asyncio.sleep(0.01)


async def test_jobs_of_a_dead_worker_are_done_again_and_its_wake_ups_forgotten(database):
    await query(
        database, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour'), (now())"
    )
    for queue in ("tasks", "chores", "chores"):
        await query(database, f"SELECT defer_job('{queue}', 'paper.throw', once => 'sheet 1')")
        await query(database, "UPDATE procrastinate_jobs SET status = 'doing', worker_id = 1")
    await query(database, "SELECT defer_job('chores', 'paper.throw', once => 'sheet 2')")
    await query(
        database, "UPDATE procrastinate_jobs SET status = 'doing', worker_id = 2 WHERE queueing_lock = 'sheet 2'"
    )
    assert await query(database, "SELECT requeue_jobs(1000)") == [{"requeue_jobs": 3}]
    left = await query(database, "SELECT id, status FROM procrastinate_jobs ORDER BY id")
    assert [(row["id"], row["status"]) for row in left] == [(2, "todo"), (4, "doing")]


async def test_a_worker_whose_connections_were_cut_and_whose_row_is_gone_goes_on(database, monkeypatch):
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(module, "BACK_OFF_SECONDS", 0.05)
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.05)
    basket = Basket()
    async with await database._connect() as beside, working(database, Chore("paper.throw", basket)):

        async def registered() -> Any:
            return (await beside.execute("SELECT id FROM procrastinate_workers")).rowcount > 0

        while not await registered():
            await asyncio.sleep(0.01)
        await beside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await beside.execute("DELETE FROM procrastinate_workers")
        while not await registered():
            await asyncio.sleep(0.01)
        await beside.execute("SELECT defer_job('chores', 'paper.throw')")
        await basket.done()
