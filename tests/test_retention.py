"""Retention: what is thrown away, what is not, and that nothing stays behind."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from intelligent_office.archive.stored import StoredArchive
from intelligent_office.database.audit import AuditTrail, outlives, read_trail
from intelligent_office.database.pool import Database
from intelligent_office.database.statements import statement
from intelligent_office.records import Task
from intelligent_office.retention import Pruned, Retention
from intelligent_office.settings import Settings
from tests.fakes import ScriptedModels
from tests.firm import Firm, analysis, plan

KEPT = {"audit", "audit_heads", "forgotten_tasks", "usage", "calls", "memories"}
"""Tables and views that may speak of a task that was forgotten."""
LONG_AGO = 400.0


class Attic(Firm):
    """A firm whose tasks grow old at once."""

    def __init__(self, settings: Settings, database: Database) -> None:
        super().__init__(settings, database)
        self.archive = StoredArchive(database, ScriptedModels())  # type: ignore[assignment]

    def retention(self, **changes: float) -> Retention:
        return Retention(self.database, self.settings.model_copy(update=changes))

    async def done(self, **changes: Any) -> Task:
        task = await self.submit(**changes)
        worker = self.worker(planner=[plan(("say", "hi"))])
        assert await worker.work_on(await worker.take(task)) == "completed"
        return await self.look(task)

    async def age(self, task: Task, days: float) -> None:
        await self.execute(
            "UPDATE tasks SET finished_at = finished_at - make_interval(secs => 86400 * %s), "
            "created_at = created_at - make_interval(secs => 86400 * %s) WHERE task_id = %s",
            days, days, task.task_id,
        )  # fmt: skip

    async def execute(self, query: str, *values: Any) -> list[Any]:
        async with self.database.pool.connection() as connection:
            cursor = await connection.execute(query.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    async def traces(self, task: Task) -> set[str]:
        """The tables in which the task's id can be found."""
        columns = await self.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type IN ('text', 'jsonb')"
        )
        found = set()
        for column in columns:
            table, name = column["table_name"], column["column_name"]
            query = f'SELECT 1 FROM "{table}" WHERE strpos("{name}"::text, %s) > 0 LIMIT 1'
            found |= {table} if await self.execute(query, task.task_id) else set()
        return found


@pytest.fixture
async def attic(settings: Settings, database: Database) -> Attic:
    return Attic(settings, database)


async def test_an_old_task_is_forgotten_with_everything_but_its_audit_trail_and_its_costs(attic: Attic):
    old, new = await attic.done(), await attic.done()
    await attic.execute(
        "INSERT INTO artifacts (task_id, artifact_id, tenant, media_type, content) "
        "VALUES (%s, 'a', 'default', 't', 'x')",
        old.task_id,
    )
    await attic.age(old, LONG_AGO)
    assert {"tasks", "events", "executions", "checkpoints", "checkpoint_blobs", "artifacts"} <= await attic.traces(old)
    foreseen = await attic.retention().preview()
    assert foreseen == Pruned(tasks=1)
    assert await attic.retention().prune() == foreseen
    assert await attic.traces(old) <= KEPT
    assert (await attic.look(new)).status == "completed"
    assert await attic.retention().prune() == Pruned()


async def test_events_and_artifacts_go_earlier_than_the_task(attic: Attic):
    old, new = await attic.done(), await attic.done()
    for task in (old, new):
        await attic.execute(
            "INSERT INTO artifacts (task_id, artifact_id, tenant, media_type, content) "
            "VALUES (%s, 'a', 'default', 't', 'x')",
            task.task_id,
        )
    await attic.age(old, 100)
    told, more = [len(await attic.tasks.events(task.task_id, "default")) for task in (old, new)]
    assert await attic.retention().preview() == Pruned(events=told, artifacts=1)
    assert await attic.retention().prune() == Pruned(events=told, artifacts=1)
    assert await attic.retention().preview() == Pruned()
    assert (await attic.look(old)).outcome is not None
    assert await attic.tasks.events(old.task_id, "default") == []
    assert len(await attic.tasks.events(new.task_id, "default")) == more
    assert "artifacts" in await attic.traces(new)


async def test_a_task_that_goes_on_is_kept_however_old_it_is(attic: Attic):
    attic.toolbox.risky.add("say")
    queued, waiting = await attic.submit(), await attic.submit()
    worker = attic.worker(planner=[plan(("say", "hi"))])
    assert await worker.work_on(await worker.take(waiting)) == "waiting"
    await attic.execute("UPDATE tasks SET created_at = created_at - interval '10 years'")
    retention = attic.retention(keep_tasks_days=0.000001, keep_events_days=0.000001, keep_tasks_count=1)
    assert await retention.prune() == Pruned()
    assert {(await attic.look(task)).status for task in (queued, waiting)} == {"queued", "waiting"}


async def test_of_each_tenant_the_newest_tasks_are_kept(attic: Attic):
    tasks = [await attic.done() for _ in range(4)]
    for number, task in enumerate(tasks):
        await attic.age(task, 10 - number)
    retention = attic.retention(keep_tasks_count=2)
    assert (await retention.preview()).tasks == 2
    assert (await retention.prune()).tasks == 2
    assert [task.task_id for task in await attic.tasks.list("default")] == [tasks[3].task_id, tasks[2].task_id]


async def test_a_dead_letter_is_kept_longer_with_all_that_it_takes_to_try_again(attic: Attic):
    task = await attic.done()
    await attic.age(task, LONG_AGO)
    await attic.execute(
        "INSERT INTO dead_letters (task_id, tenant, error_class, reason, state) VALUES (%s, 'default', 'X', 'x', '{}')",
        task.task_id,
    )
    assert await attic.retention().preview() == Pruned()
    assert await attic.retention().prune() == Pruned()
    await attic.execute("UPDATE dead_letters SET at = at - interval '800 days'")
    assert (await attic.retention(keep_dead_letters_days=0).prune()).tasks == 0
    assert (await attic.retention().preview()).tasks == 1
    assert (await attic.retention().prune()).tasks == 1
    assert await attic.traces(task) <= KEPT


async def test_zero_days_are_for_ever(attic: Attic):
    await attic.age(await attic.done(), 20_000)
    ever = attic.retention(keep_tasks_days=0, keep_events_days=0, keep_artifacts_days=0, keep_usage_days=0)
    assert await ever.preview() == Pruned()
    assert await ever.prune() == Pruned()


async def test_a_task_that_somebody_holds_is_passed_over_without_waiting(attic: Attic):
    held, free = await attic.done(), await attic.done()
    for task in (held, free):
        await attic.age(task, LONG_AGO)
    async with attic.database.transaction() as statements:
        await statements.one("lock_task", task_id=held.task_id, tenant="default")
        assert (await attic.retention().prune()).tasks == 1
    assert (await attic.retention().prune()).tasks == 1


async def test_costs_of_earlier_months_go_and_those_of_this_month_stay(attic: Attic):
    await attic.execute(
        "INSERT INTO usage (at, tenant, role, provider, model, seconds, outcome) "
        "SELECT now() - make_interval(days => age), 'default', 'r', 'p', 'm', 1, 'answered' "
        "FROM unnest(ARRAY[0, 31, 800]) AS age"
    )
    assert (await attic.retention().preview()).usage == 1
    assert (await attic.retention().prune()).usage == 1
    assert (await attic.retention(keep_usage_days=0.000001).prune()).usage == 1
    assert len(await attic.execute("SELECT 1 FROM usage")) == 1


async def test_checkpoints_that_have_lost_their_task_are_cleared_away_and_those_of_others_are_not(attic: Attic):
    task = await attic.done()
    await attic.execute('UPDATE checkpoints SET checkpoint = checkpoint || \'{"ts": "2020-01-01T00:00:00+00:00"}\'')
    await attic.execute(
        "INSERT INTO checkpoints SELECT 'somebody else', checkpoint_ns, checkpoint_id, NULL, type, checkpoint, "
        "metadata FROM checkpoints"
    )
    await attic.execute("DELETE FROM tasks WHERE task_id = %s", task.task_id)
    await attic.retention().prune()
    assert not {"checkpoints", "checkpoint_blobs", "checkpoint_writes"} & await attic.traces(task)
    assert await attic.execute("SELECT 1 FROM checkpoints WHERE thread_id = 'somebody else'")


async def test_many_tasks_go_in_small_batches(attic: Attic):
    task = await attic.done()
    await attic.age(task, LONG_AGO)
    await attic.execute(
        "INSERT INTO tasks (task_id, tenant, origin, description, context, status, created_at, finished_at) "
        "SELECT 'task ' || n, 'default', 'test', 'x', '{}', 'completed', now() - interval '401 days', "
        "now() - interval '400 days' FROM generate_series(1, 250) AS n"
    )
    assert (await attic.retention().prune()).tasks == 251


async def test_of_a_task_that_has_ended_in_whatever_way_one_checkpoint_is_left_with_what_belongs_to_it(attic: Attic):
    done = await attic.done()
    attic.toolbox.risky.add("say")
    cancelled, failed = await attic.submit(), await attic.submit()
    worker = attic.worker(analyst=[analysis("t1")], planner=[plan(("say", "hi"))])
    ended = [await worker.work_on(await worker.take(task)) for task in (cancelled, failed)]
    assert ended == ["waiting", "failed"]
    await attic.tasks.cancel(cancelled.task_id, "default")
    while await worker.tidy():
        pass
    for task in (done, cancelled, failed):
        assert (await attic.look(task)).ended
        rows = await attic.execute("SELECT checkpoint_ns FROM checkpoints WHERE thread_id = %s", task.task_id)
        assert len(rows) == len({row["checkpoint_ns"] for row in rows}) <= 2, "that of the desk that waited is one, too"
        left_over = await attic.execute(
            "SELECT channel FROM checkpoint_blobs AS blobs WHERE thread_id = %s AND NOT EXISTS ("
            "SELECT FROM checkpoints AS kept WHERE kept.thread_id = blobs.thread_id "
            "AND kept.checkpoint_ns = blobs.checkpoint_ns "
            "AND kept.checkpoint -> 'channel_versions' ->> blobs.channel = blobs.version) "
            "UNION ALL SELECT channel FROM checkpoint_writes AS writes WHERE thread_id = %s AND NOT EXISTS ("
            "SELECT FROM checkpoints AS kept WHERE kept.thread_id = writes.thread_id "
            "AND kept.checkpoint_id = writes.checkpoint_id)",
            task.task_id, task.task_id,
        )  # fmt: skip
        assert left_over == []


async def test_several_processes_may_prune_at_the_same_time(attic: Attic):
    for number in range(4):
        await attic.age(await attic.done(), LONG_AGO - 200 * (number % 2))
    pruned = await asyncio.gather(*(attic.retention().prune() for _ in range(3)))
    assert sum(one.tasks for one in pruned) == 2
    assert await attic.retention().preview() == Pruned()


async def audited(attic: Attic, task: Task, times: int = 1) -> None:
    for _ in range(times):
        await attic.database.run(
            "add_audit_entry", task_id=task.task_id, tenant="default", kind="granted", subtask_id="t1", step_id="s1",
            tool="say", who="policy", data={}, fact="",
        )  # fmt: skip


async def forgotten(attic: Attic, days: float) -> Task:
    """A task with an audit trail of three entries, forgotten so many days ago."""
    task = await attic.done()
    await audited(attic, task, 3)
    await attic.age(task, LONG_AGO)
    assert (await attic.retention().prune()).tasks == 1
    await attic.execute(
        "UPDATE forgotten_tasks SET forgotten_at = forgotten_at - make_interval(secs => 86400 * %s) WHERE task_id = %s",
        days, task.task_id,
    )  # fmt: skip
    return task


async def test_an_audit_trail_outlives_its_task_for_so_many_days_and_then_one_entry_says_that_it_was_pruned(
    attic: Attic,
):
    old, new = await forgotten(attic, 31), await forgotten(attic, 29)
    assert await attic.retention().prune() == Pruned()  # if nobody says otherwise, it stays for ever
    before = await read_trail(attic.database, old.task_id)

    retention = attic.retention(keep_audit_days=30)
    assert await retention.preview() == Pruned(trails=1)
    assert await retention.prune() == Pruned(trails=1)
    assert await retention.prune() == Pruned()

    trail = await read_trail(attic.database, old.task_id)
    [entry] = trail.entries
    assert (trail.flaws, entry.kind, entry.who, entry.number) == ([], "pruned", "retention", 4)
    assert (entry.data["entries"], entry.previous, entry.tenant) == (3, before.head, "default")
    assert await outlives(attic.database, old.task_id, "default")
    assert not await outlives(attic.database, old.task_id, "another")
    kept = await read_trail(attic.database, new.task_id)
    assert (len(kept.entries), kept.flaws) == (3, [])

    await audited(attic, old)  # somebody revokes a permit that was given there
    assert [entry.number for entry in (await read_trail(attic.database, old.task_id)).entries] == [4, 5]
    assert (await read_trail(attic.database, old.task_id)).intact


async def test_a_pruned_trail_is_told_from_one_that_was_tampered_with(attic: Attic):
    task = await forgotten(attic, 31)
    await attic.retention(keep_audit_days=30).prune()
    await audited(attic, task)

    async def forge(command: str) -> Sequence[str]:
        async with attic.database.pool.connection() as connection, connection.transaction(force_rollback=True):
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(command.encode())
            rows = await (await connection.execute(statement("read_audit"), {"task_id": task.task_id})).fetchall()
            return AuditTrail.of(task.task_id, rows).flaws

    assert await forge("UPDATE audit SET tool = ''") == ["entry 5 is not what was written"]
    assert await forge("UPDATE audit SET data = '{\"entries\": 2}' WHERE number = 4") == [
        "after entry 0 comes entry 4: what was between them is missing",
        "entry 4 is not what was written",
    ]
    assert await forge("DELETE FROM audit WHERE number = 4") == [
        "after entry 0 comes entry 5: what was between them is missing"
    ]
    assert await forge("UPDATE audit SET previous = '' WHERE number = 4") == ["entry 4 is not what was written"]


async def test_no_entry_goes_whose_task_is_there_or_whose_chain_does_not_say_so(attic: Attic):
    gone, there = await forgotten(attic, 0), await attic.done()
    await audited(attic, there)
    await attic.execute("INSERT INTO audit (task_id, tenant, kind) VALUES (%s, 'default', 'pruned')", there.task_id)
    for task in (gone, there):
        with pytest.raises(Exception, match="append-only"):
            await attic.execute("DELETE FROM audit WHERE task_id = %s", task.task_id)
