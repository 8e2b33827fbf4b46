import asyncio

import pytest

from intelligent_office.database.pool import Statements
from intelligent_office.errors import LostClaim, Missing, TaskBusy, TaskEnded, TaskWaits, TurnAwaited
from intelligent_office.task_requests import TaskRequest
from intelligent_office.workers.claims import Claims, EventDraft
from tests.records import OUTCOME, QUESTION
from tests.sql import query


async def submit(tasks, *, tenant="acme", priority=5):
    request = TaskRequest(description="Work", priority=priority)
    return (await tasks.submit(request, tenant=tenant, origin="test")).task_id


async def abandon(database):
    """Every worker was heard of for the last time a while ago."""
    await query(database, "UPDATE tasks SET lease_until = now() - interval '1 second'")


async def test_an_empty_queue_has_no_next_task(claims):
    assert await claims.next("w") is None


async def test_urgent_tasks_go_first_and_older_ones_before_younger_ones(tasks, claims):
    ordinary, later, urgent = await submit(tasks), await submit(tasks), await submit(tasks, priority=9)
    assert [(await claims.next("w")).task.task_id for _ in range(3)] == [urgent, ordinary, later]


async def test_among_equally_urgent_tasks_the_tenant_that_is_worked_for_least_goes_first(database, tasks, claims):
    """One tenant's thousand tasks do not starve another's one."""
    await query(
        database,
        "INSERT INTO tasks (task_id, tenant, origin, description, context)"
        " SELECT 't' || n, 'many', 'test', '', '{}' FROM generate_series(1, 1000) AS n",
    )
    await submit(tasks, tenant="few")
    await submit(tasks, tenant="few", priority=9)
    turns = [(await claims.next("w")).task for _ in range(5)]
    assert [(task.tenant, task.priority) for task in turns] == [
        ("few", 9), ("many", 5), ("many", 5), ("few", 5), ("many", 5),
    ]  # fmt: skip


async def test_a_tenants_limit_holds_however_many_workers_claim_at_once(database, settings, tasks):
    settings = settings.model_copy(update={"tenant_concurrency": 3})
    await query(database, "INSERT INTO tenants (tenant, concurrency) VALUES ('wide', 5), ('shut', 0)")
    for tenant in ("narrow", "wide", "shut"):
        for _ in range(10):
            await submit(tasks, tenant=tenant)
    taken = await asyncio.gather(*(Claims(database, settings).next(f"w{number}") for number in range(40)))
    tenants = [claim.task.tenant for claim in taken if claim]
    assert {tenant: tenants.count(tenant) for tenant in set(tenants)} == {"narrow": 3, "wide": 5}
    (queued, *_) = await query(database, "SELECT task_id FROM tasks WHERE tenant = 'narrow' AND status = 'queued'")
    with pytest.raises(TurnAwaited, match="narrow"):
        await Claims(database, settings).take(queued["task_id"], "narrow", "me")
    await next(claim for claim in taken if claim and claim.task.tenant == "narrow").release()
    follower = await Claims(database, settings).next("w")
    assert follower
    assert follower.task.tenant == "narrow"


async def test_each_queued_task_has_one_wake_up_and_a_claimed_one_has_none(database, tasks, claims):
    task_id = await submit(tasks, priority=7)
    (job,) = await query(database, "SELECT * FROM procrastinate_jobs")
    assert (job["queue_name"], job["task_name"], job["priority"], job["args"]) == (
        "tasks", "work", 7, {"task_id": task_id},
    )  # fmt: skip
    claim = await claims.next("w")
    assert await query(database, "SELECT * FROM procrastinate_jobs") == []
    await claim.release()
    assert len(await query(database, "SELECT * FROM procrastinate_jobs")) == 1


async def test_workers_are_woken_again_for_a_few_tasks_of_each_tenant_that_has_room(database, tasks, claims):
    await query(database, "INSERT INTO tenants (tenant, concurrency) VALUES ('narrow', 2)")
    for _ in range(30):
        await submit(tasks, tenant="narrow")
        await submit(tasks, tenant="wide")
    await query(database, "DELETE FROM procrastinate_jobs")
    assert await query(database, "SELECT wake_again(NULL) AS n") == [{"n": 22}]
    assert await query(database, "SELECT wake_again(NULL) AS n") == [{"n": 0}]


async def test_finding_the_next_task_among_ten_thousand_takes_no_longer_than_among_few(database, tasks, claims):
    """Whatever the machine: the plan reads one index entry of each tenant, and never the queue."""
    await submit(tasks)
    await query(
        database,
        "INSERT INTO tasks (task_id, tenant, origin, description, context, priority)"
        " SELECT 't' || n, 'tenant ' || n % 10, 'test', '', '{}', n % 10 FROM generate_series(1, 10000) AS n",
    )
    await query(database, "ANALYZE tasks")
    async with database.pool.connection() as connection, connection.transaction():
        for _ in range(10):
            assert await Statements(connection).one("claim_next", worker="w", lease_seconds=15.0, concurrency=None)
        assert await read(connection) < 5000


async def read(connection):
    """Entries of indexes and rows of tasks that were read in this transaction."""
    cursor = await connection.execute(
        "SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid))"
        " + pg_stat_get_xact_tuples_returned('tasks'::regclass) AS n FROM pg_index WHERE indrelid = 'tasks'::regclass"
    )
    return (await cursor.fetchone())["n"]


async def test_a_claimed_task_is_running_under_its_workers_name(tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("w1")
    task = await tasks.get(task_id, "acme")
    assert (task.status, task.worker, task.claims, claim.token) == ("running", "w1", 1, 1)
    assert task.started_at is not None


async def test_two_workers_never_get_the_same_task(tasks, claims):
    submitted = {await submit(tasks) for _ in range(40)}

    taken = [claim.task.task_id for claim in await asyncio.gather(*(claims.next("w") for _ in range(60))) if claim]

    assert len(taken) == 40
    assert set(taken) == submitted


async def test_two_workers_that_want_one_abandoned_task_do_not_both_get_it(database, tasks, claims):
    await submit(tasks)
    await claims.next("dead")
    await abandon(database)
    taken = await asyncio.gather(*(claims.next("w") for _ in range(20)))
    assert sum(claim is not None for claim in taken) == 1


async def test_a_task_left_behind_goes_to_another_worker(database, tasks, claims):
    task_id = await submit(tasks)
    first = await claims.next("dead")
    assert await claims.next("w2") is None
    await abandon(database)

    second = await claims.next("w2")

    assert second.task.task_id == task_id
    assert (second.token, second.task.claims) == (first.token + 1, 2)
    assert second.task.started_at == first.task.started_at


async def test_a_late_write_with_an_old_token_is_refused(database, tasks, claims):
    task_id = await submit(tasks)
    late = await claims.next("slow")
    await abandon(database)
    await claims.next("w2")
    for write in (
        late.record([EventDraft("step.finished")], progress=1.0),
        late.renew(),
        late.wait_for_human([QUESTION]),
        late.finish("completed", OUTCOME),
        late.release(),
    ):
        with pytest.raises(LostClaim, match=task_id):
            await write
    task = await tasks.get(task_id, "acme")
    assert (task.status, task.progress) == ("running", 0)
    assert [event.kind for event in await tasks.events(task_id, "acme")] == ["task.accepted", "task.abandoned"]
    assert await tasks.approvals(task_id, "acme") == []


async def test_a_worker_whose_lease_ran_out_goes_on_if_nobody_came(database, tasks, claims):
    await submit(tasks)
    claim = await claims.next("w")
    await abandon(database)
    assert await claim.renew() is False
    assert await claims.next("w2") is None


async def test_writing_and_renewing_extend_the_lease(database, tasks, claims):
    await submit(tasks)
    claim = await claims.next("w")
    for write in (claim.record, claim.renew):
        await abandon(database)
        await (write([EventDraft("x")]) if write == claim.record else write())
        assert await claims.next("w2") is None


async def test_events_are_numbered_without_gaps_by_several_writers(tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("w")
    await asyncio.gather(*(claim.record([EventDraft("step.finished")] * 3) for _ in range(20)))
    events = await tasks.events(task_id, "acme")
    assert [event.number for event in events] == list(range(1, 62))


async def test_an_event_keeps_what_the_worker_said(tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("w")
    await claim.record([EventDraft("plan.made", "planner", "s1", {"steps": [1]}), EventDraft("plan.checked")])
    first, second = await tasks.events(task_id, "acme", after=1)
    assert (first.kind, first.role, first.subtask, first.data) == ("plan.made", "planner", "s1", {"steps": [1]})
    assert (second.kind, second.role, second.subtask, second.data) == ("plan.checked", "", "", {})


async def test_text_that_postgres_refuses_does_not_stop_the_work(tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("w")
    await claim.record([EventDraft("step.finished", data={"text": "a\0b", "value": float("inf")})], step="x\0")
    (event,) = await tasks.events(task_id, "acme", after=1)
    assert event.data == {"text": "a\ufffdb", "value": None}
    await claim.finish("completed", {**OUTCOME, "answer": "\0"})
    assert (await tasks.get(task_id, "acme")).outcome["answer"] == "\ufffd"


async def test_progress_never_goes_back_and_never_passes_one(tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("w")
    seen = []
    for progress in (0.5, 0.25, None, 7.0):
        await claim.record([], step=f"after {progress}", progress=progress)
        seen.append((await tasks.get(task_id, "acme")).progress)
    assert seen == [0.5, 0.5, 0.5, 1.0]


async def test_a_step_stays_until_another_is_told(tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("w")
    await claim.record([], step="planner")
    await claim.record([EventDraft("x")])
    assert (await tasks.get(task_id, "acme")).step == "planner"


async def test_worked_seconds_count_the_hands_of_workers_and_no_waiting(database, tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("w")
    await query(database, "UPDATE tasks SET renewed_at = now() - interval '1000 seconds'")
    await claim.release()
    await query(database, "UPDATE tasks SET renewed_at = now() - interval '1 hour'")
    claim = await claims.next("w")
    await query(database, "UPDATE tasks SET renewed_at = now() - interval '500 seconds'")
    await claim.renew()
    await claim.finish("completed", OUTCOME)
    assert (await tasks.get(task_id, "acme")).worked_seconds == pytest.approx(1500, abs=100)


async def test_a_released_task_is_the_next_one_again(tasks, claims):
    task_id = await submit(tasks)
    await (await claims.next("w")).release()
    assert (await claims.next("w2")).task.task_id == task_id


async def test_a_finished_task_has_its_outcome_and_last_event(tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("w")
    await claim.finish("completed", OUTCOME)

    task = await tasks.get(task_id, "acme")
    assert (task.status, task.progress, task.outcome) == ("completed", 1, OUTCOME)
    assert task.finished_at is not None
    assert (await tasks.events(task_id, "acme"))[-1].data == OUTCOME
    with pytest.raises(LostClaim):
        await claim.record([EventDraft("step.finished")])
    assert await claims.next("w") is None


async def test_what_was_untold_when_a_task_ends_is_told_before_its_end(tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("w")
    await claim.record([EventDraft("role.finished", "planner")], step="planner")
    untold = [EventDraft("role.finished", "reviewer", "t1", {"n": 1}), EventDraft("role.finished", "archivist")]
    await claim.finish("completed", OUTCOME, untold)

    told = (await tasks.events(task_id, "acme"))[1:]
    assert [(event.number, event.kind, event.role) for event in told] == [
        (2, "role.finished", "planner"),
        (3, "role.finished", "reviewer"),
        (4, "role.finished", "archivist"),
        (5, "task.finished", ""),
    ]
    assert (told[1].subtask, told[1].data) == ("t1", {"n": 1})
    task = await tasks.get(task_id, "acme")
    assert (task.step, task.last_event) == ("archivist", 5)


async def test_a_task_cancelled_under_its_worker_is_lost_to_it(database, tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("slow")
    await abandon(database)
    await tasks.cancel(task_id, "acme")
    with pytest.raises(LostClaim):
        await claim.finish("completed", OUTCOME)
    assert (await tasks.get(task_id, "acme")).status == "cancelled"


async def test_who_was_told_that_a_task_would_be_cancelled_was_told_the_truth(tasks, claims):
    """However late that was: the task may be about to be completed."""
    task_ids = [await submit(tasks) for _ in range(30)]

    async def cancelled(task_id: str) -> bool:
        try:
            await tasks.cancel(task_id, "acme")
        except TaskEnded:
            return False
        return True

    told = [EventDraft("role.finished", "archivist")]
    for task_id in task_ids:
        claim = await claims.take(task_id, "acme", "w")
        ended, promised = await asyncio.gather(claim.finish("completed", OUTCOME, told), cancelled(task_id))
        task = await tasks.get(task_id, "acme")
        assert (task.status, ended) == (("cancelled",) * 2 if promised else ("completed",) * 2)
        assert task.outcome["answer"] == OUTCOME["answer"]
        kinds = [event.kind for event in await tasks.events(task_id, "acme")]
        assert kinds.count("role.finished") == kinds.count("task.finished") == 1
    claim = await claims.take(await submit(tasks), "acme", "w")
    await tasks.cancel(claim.task.task_id, "acme")
    assert await claim.finish("completed", OUTCOME, told) == "cancelled"


async def test_a_waiting_task_is_nobodys(tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("w")
    (approval,) = await claim.wait_for_human([QUESTION])
    assert (approval.task_id, approval.interrupt_id, approval.request) == (task_id, "i1", QUESTION["request"])
    assert await claims.next("w2") is None
    with pytest.raises(LostClaim):
        await claim.renew()


async def test_a_task_that_somebody_wants_cancelled_does_not_wait_for_an_answer(tasks, claims):
    task_id = await submit(tasks)
    claim = await claims.next("w")
    await tasks.cancel(task_id, "acme")
    await claim.wait_for_human([QUESTION])
    assert (await tasks.get(task_id, "acme")).status == "queued"


async def test_waiting_for_nothing_is_a_mistake(tasks, claims):
    await submit(tasks)
    claim = await claims.next("w")
    with pytest.raises(ValueError, match="nothing"):
        await claim.wait_for_human([])
    assert await claim.renew() is False


# One particular task


async def test_a_free_task_can_be_taken_by_name(tasks, claims):
    await submit(tasks, priority=9)
    task_id = await submit(tasks)
    claim = await claims.take(task_id, "acme", "me")
    assert (claim.task.task_id, claim.task.worker, claim.task.status) == (task_id, "me", "running")


async def test_a_task_that_is_worked_on_cannot_be_taken(settings, tasks, claims):
    task_id = await submit(tasks)
    await claims.next("busy bee")
    with pytest.raises(TaskBusy, match="busy bee") as told:
        await claims.take(task_id, "acme", "me")
    seconds = told.value.facts["seconds"]
    assert isinstance(seconds, float)
    assert 0 < seconds <= settings.lease_seconds


async def test_an_abandoned_task_can_be_taken(database, tasks, claims):
    task_id = await submit(tasks)
    await claims.next("dead")
    await abandon(database)
    assert (await claims.take(task_id, "acme", "me")).token == 2


async def test_a_task_that_waits_says_for_how_many_answers(tasks, claims):
    task_id = await submit(tasks)
    await (await claims.next("w")).wait_for_human([QUESTION, {**QUESTION, "interrupt_id": "i2"}])
    with pytest.raises(TaskWaits, match="2 open"):
        await claims.take(task_id, "acme", "me")


async def test_a_task_that_has_ended_cannot_be_taken(tasks, claims):
    task_id = await submit(tasks)
    await tasks.cancel(task_id, "acme")
    with pytest.raises(TaskEnded):
        await claims.take(task_id, "acme", "me")


async def test_the_task_of_another_tenant_cannot_be_taken(tasks, claims):
    task_id = await submit(tasks, tenant="other")
    with pytest.raises(Missing):
        await claims.take(task_id, "acme", "me")


async def test_one_of_many_who_take_a_task_gets_it(tasks, claims):
    task_id = await submit(tasks)
    takers = [claims.take(task_id, "acme", f"w{number}") for number in range(20)]
    results = await asyncio.gather(*takers, return_exceptions=True)
    assert sum(isinstance(result, TaskBusy) for result in results) == 19
