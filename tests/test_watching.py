"""Following a task: whoever watches hears everything once, as soon as it happens, and costs little."""

import asyncio
from contextlib import aclosing

from intelligent_office.database import Database
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.workers.claims import Claims, EventDraft
from tests.records import OUTCOME, QUESTION
from tests.sql import listeners, listening, query


async def submit(tasks, description="Add 2 and 2", *, tenant="acme", **fields):
    return await tasks.submit(TaskRequest(description=description, **fields), tenant=tenant, origin="test")


async def collect(events, *, count=None):
    """The numbers of the next events: `count` of them, or all until the end."""
    numbers = []
    async with aclosing(events):
        async for event in events:
            numbers.append(event.number)
            if len(numbers) == count:
                break
    return numbers


async def test_a_watch_yields_every_event_and_ends_with_the_task(tasks, claims):
    task = await submit(tasks)
    watching = asyncio.create_task(collect(tasks.watch(task.task_id, "acme")))
    claim = await claims.next("w")
    for number in range(20):
        await claim.record([EventDraft("step.finished", data={"number": number})])
    await claim.finish("completed", OUTCOME)
    assert await watching == list(range(1, 23))


async def test_a_watch_resumes_after_a_number_and_misses_nothing(tasks, claims):
    task = await submit(tasks)
    claim = await claims.next("w")
    await claim.record([EventDraft("step.finished")] * 3)
    seen = await collect(tasks.watch(task.task_id, "acme"), count=2)
    await claim.record([EventDraft("step.finished")] * 3)
    await claim.finish("completed", OUTCOME)
    assert seen + await collect(tasks.watch(task.task_id, "acme", after=2)) == list(range(1, 9))


async def test_a_watch_turns_the_page(tasks, claims):
    """The second page begins where the first one, of 500 events, ended."""
    task = await submit(tasks)
    claim = await claims.next("w")
    await claim.record([EventDraft("step.finished")] * 1001)
    await claim.finish("completed", OUTCOME)
    assert await collect(tasks.watch(task.task_id, "acme")) == list(range(1, 1004))


async def test_events_that_are_there_together_are_told_together(tasks, claims):
    task = await submit(tasks)
    claim = await claims.next("w")
    await claim.record([EventDraft("step.finished")] * 3)
    await claim.finish("completed", OUTCOME)
    portions = [[event.number for event in events] async for events in tasks.news(task.task_id, "acme", after=1)]
    assert portions == [[2, 3, 4, 5]]


async def test_events_recorded_by_another_process_are_seen_at_once(settings, tasks, monkeypatch):
    """The other process is another pool here; and a watch does not look by itself before the test has failed."""
    monkeypatch.setattr("intelligent_office.tasks._until_next_look", lambda _: 1000.0)
    async with Database(settings) as elsewhere:
        task = await submit(tasks)
        events = tasks.watch(task.task_id, "acme")
        assert (await anext(events)).number == 1
        waiting = asyncio.ensure_future(anext(events))
        claim = await Claims(elsewhere, settings).take(task.task_id, "acme", "w")
        await claim.record([EventDraft("step.finished")])
        assert (await waiting).number == 2
        await events.aclose()


async def test_a_watch_outlives_the_connections_it_used(database, tasks, claims, monkeypatch):
    """The server cuts every connection; what was recorded meanwhile is told after the reconnection."""
    monkeypatch.setattr("intelligent_office.tasks._until_next_look", lambda _: 1000.0)
    task = await submit(tasks)
    claim = await claims.next("w")
    events = tasks.watch(task.task_id, "acme")
    assert (await anext(events)).number == 1
    waiting = asyncio.ensure_future(anext(events))
    await listening(database)
    await query(
        database,
        "SELECT pg_terminate_backend(pid, 100_000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    await claim.record([EventDraft("step.finished")])
    await claim.finish("completed", OUTCOME)
    assert (await waiting).number == 2
    assert await collect(events) == [3]


async def test_two_hundred_watchers_share_one_listening_connection(database, tasks, claims):
    task = await submit(tasks)
    claim = await claims.next("w")
    watches = [asyncio.create_task(collect(tasks.watch(task.task_id, "acme"))) for _ in range(200)]
    await listening(database)
    await claim.record([EventDraft("step.finished")])
    assert await listeners(database) == 1
    await claim.finish("completed", OUTCOME)
    assert await asyncio.gather(*watches) == [[1, 2, 3]] * 200


class CountingDatabase(Database):
    """Counts how often it was asked for the events of a task."""

    looks = 0

    async def all(self, name, /, **parameters):
        self.looks += name == "follow_task"
        return await super().all(name, **parameters)


async def test_two_hundred_watchers_of_a_task_cost_as_many_statements_as_one(settings, tasks, claims, monkeypatch):
    monkeypatch.setattr("intelligent_office.tasks._until_next_look", lambda _: 1000.0)
    async with CountingDatabase(settings) as database:
        shared = Tasks(database, settings)
        task = await submit(tasks)
        claim = await claims.next("w")
        watches = [asyncio.create_task(collect(shared.watch(task.task_id, "acme"))) for _ in range(200)]
        await listening(database)
        before = database.looks
        for _ in range(10):
            await claim.record([EventDraft("step.finished")])
        await claim.finish("completed", OUTCOME)
        assert await asyncio.gather(*watches) == [list(range(1, 13))] * 200
        assert database.looks - before <= 30


async def test_a_watcher_who_is_slow_holds_up_nobody(tasks, claims):
    task = await submit(tasks)
    claim = await claims.next("w")
    slow = tasks.watch(task.task_id, "acme")
    assert (await anext(slow)).number == 1
    await claim.record([EventDraft("step.finished")] * 5)
    await claim.finish("completed", OUTCOME)
    assert await collect(tasks.watch(task.task_id, "acme")) == list(range(1, 8))
    assert await collect(slow) == list(range(2, 8))


async def test_a_watch_can_end_when_a_human_is_asked(tasks, claims):
    task = await submit(tasks)
    claim = await claims.next("w")
    await claim.wait_for_human([QUESTION])
    assert await collect(tasks.watch(task.task_id, "acme", until_waiting=True)) == [1, 2]
