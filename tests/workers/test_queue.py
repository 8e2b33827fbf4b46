import pytest

from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.workers import queue
from intelligent_office.workers.claims import Claims
from intelligent_office.workers.queue import left_undone, look_at_queue, workers_alive


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """Nobody counts as dead because a machine is slow."""
    monkeypatch.setattr(queue, "SILENCE_SECONDS", 1000.0)


async def test_an_empty_queue_wants_no_workers(database, settings):
    seen = await look_at_queue(database, settings)
    assert (seen.queued, seen.running, seen.oldest_seconds, seen.lines) == (0, 0, 0.0, [])
    assert (seen.workers, seen.places, seen.suggested_workers) == (0, 0, 0)


async def test_the_queue_tells_what_waits_and_how_many_workers_would_do(database, settings):
    tasks = Tasks(database, settings)
    for tenant, priority in [("wide", 5)] * 9 + [("narrow", 9)] * 50:
        await tasks.submit(TaskRequest(description="Work", priority=priority), tenant=tenant, origin="test")
    await Claims(database, settings).next("w")
    async with database.pool.connection() as connection:
        await connection.execute("UPDATE tenants SET concurrency = 2 WHERE tenant = 'narrow'")
        await connection.execute("UPDATE tasks SET created_at = now() - interval '1 hour' WHERE tenant = 'wide'")
    for name in ("w", "v"):
        await database.run("beat_worker", name=name, concurrency=4)
    seen = await look_at_queue(database, settings)
    assert (seen.queued, seen.running, seen.workers, seen.places) == (58, 1, 2, 8)
    assert [(line.tenant, line.priority, line.queued, line.running) for line in seen.lines] == [
        ("narrow", 9, 49, 1), ("wide", 5, 9, 0),
    ]  # fmt: skip
    assert 3600 <= seen.oldest_seconds < 3700
    assert seen.suggested_workers == 3, "two of the one and nine of the other tenant, four for each worker"


async def test_a_worker_that_has_fallen_silent_is_not_counted(database):
    await database.run("beat_worker", name="w", concurrency=4)
    assert await workers_alive(database) == 1
    async with database.pool.connection() as connection:
        await connection.execute("UPDATE workers SET seen_at = now() - interval '1 hour'")
    assert await workers_alive(database) == 0


async def test_what_is_overdue_is_told_as_long_as_no_worker_lives(database, settings):
    tasks, claims = Tasks(database, settings), Claims(database, settings)
    hook = "https://receiver.example/hook"
    told = await tasks.submit(TaskRequest(description="Tell", webhook_url=hook), tenant="acme", origin="test")
    asked = await claims.take(told.task_id, "acme", "w")
    await asked.wait_for_human([{"interrupt_id": "i", "request": {"action_requests": [], "review_configs": []}}])
    for _ in range(2):
        await tasks.submit(TaskRequest(description="Work"), tenant="acme", origin="test")
    assert await left_undone(database) == "", "nothing has waited for long"
    async with database.pool.connection() as connection:
        await connection.execute("UPDATE tasks SET created_at = now() - interval '1 hour'")
        await connection.execute("UPDATE webhook_deliveries SET next_try_at = now() - interval '1 hour'")
        await connection.execute("UPDATE approvals SET expires_at = now() - interval '1 hour'")
    assert await left_undone(database) == (
        "no worker lives, and there is work for one: 2 queued tasks, 1 webhook delivery, 1 question whose time is over"
    )
    await database.run("beat_worker", name="w", concurrency=4)
    assert await left_undone(database) == ""
