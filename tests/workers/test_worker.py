"""The worker against a real database: what it finishes, what it leaves to others, and what stops it."""

import asyncio
from typing import Any

import pytest

from intelligent_office.errors import TaskBusy, Unavailable
from intelligent_office.records import Task
from tests.firm import PATIENCE, Firm, analysis, plan


async def test_a_task_is_worked_on_to_its_end_and_told_event_by_event(firm: Firm):
    task = await firm.submit()
    worker = firm.worker(planner=[plan(("say", "hi"))])
    assert await worker.work_on(await worker.take(task)) == "completed"
    done = await firm.look(task)
    assert (done.status, done.progress) == ("completed", 1.0)
    assert done.outcome is not None
    assert done.outcome["answer"] == "hi"
    events = await firm.tasks.events(task.task_id, "default")
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert [event.role for event in events if event.kind == "role.finished"] == [
        "receptionist", "analyst", "manager", "planner", "validator", "broker", "executor", "reviewer", "manager",
        "archivist",
    ]  # fmt: skip
    assert {event.subtask for event in events if event.role == "reviewer"} == {"t1"}
    assert [event.kind for event in events if event.kind.startswith("step.")] == ["step.started", "step.finished"]


async def test_only_the_last_checkpoint_of_a_finished_task_is_kept(firm: Firm):
    task = await firm.submit()
    worker = firm.worker(planner=[plan(("say", "hi"))])
    await worker.work_on(await worker.take(task))
    assert await firm.checkpoints(task) > 1
    assert await worker.tidy() == 1
    assert await firm.checkpoints(task) == 1
    assert await worker.tidy() == 0


async def test_the_checkpoints_of_a_task_that_goes_on_are_left_alone(firm: Firm):
    firm.toolbox.risky.add("say")
    task = await firm.submit()
    worker = firm.worker(planner=[plan(("say", "hi"))])
    await worker.work_on(await worker.take(task))
    before = await firm.checkpoints(task)
    assert await worker.tidy() == 0
    assert await firm.checkpoints(task) == before


async def test_a_task_that_asks_a_human_waits_and_is_finished_by_whoever_comes_after_the_answer(firm: Firm):
    firm.toolbox.risky.add("say")
    task = await firm.submit()
    first = firm.worker("first", planner=[plan(("say", "hi"))])
    assert await first.work_on(await first.take(task)) == "waiting"
    [approval] = await firm.tasks.approvals(task.task_id, "default")
    assert approval.request["action_requests"][0]["args"] == {"text": "hi"}
    assert firm.toolbox.calls == []
    answer = {"decisions": [{"type": "approve"}]}
    await firm.tasks.answer(task.task_id, "default", answer, by="tester")
    second = firm.worker("second")
    assert await second.work_on(await second.take(task)) == "completed"
    assert firm.toolbox.calls == [("say", {"text": "hi"})]


async def test_a_dead_workers_task_goes_on_without_repeating_a_finished_step(firm: Firm):
    reached = asyncio.Event()

    async def hang(inputs: dict[str, Any]) -> str:
        reached.set()
        if len(firm.toolbox.calls) < 3:
            await asyncio.Event().wait()
        return "at last"

    firm.toolbox.tools["hang"] = hang
    task = await firm.submit()
    first = firm.worker("first", planner=[plan(("say", "once"), ("hang", ""))])
    claim = await first.take(task)

    async def say_nothing() -> None:
        raise Unavailable(part="the database", reason="the dead do not speak")

    claim.renew = claim.release = say_nothing  # type: ignore[method-assign, assignment]
    dying = asyncio.create_task(first.work_on(claim))
    await reached.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    second = firm.worker("second")
    with pytest.raises(TaskBusy):
        await second.take(task)
    await firm.let_the_lease_run_out(task)
    assert await second.work_on(await second.take(task)) == "completed"
    assert [text["text"] for tool, text in firm.toolbox.calls if tool == "say"] == ["once"]


async def test_a_worker_that_has_to_go_gives_its_task_back_or_ends_it_if_somebody_wants_it_cancelled(firm: Firm):
    reached = asyncio.Event()

    async def hang(inputs: dict[str, Any]) -> str:
        reached.set()
        await asyncio.Event().wait()
        return "never"

    firm.toolbox.tools["hang"] = hang
    for cancelled in (False, True):
        task = await firm.submit()
        worker = firm.worker(planner=[plan(("hang", ""))])
        working = asyncio.create_task(worker.work_on(await worker.take(task)))
        await reached.wait()
        reached.clear()
        if cancelled:
            await firm.query("UPDATE tasks SET cancel_requested = true WHERE status = 'running'")
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        assert (await firm.look(task)).status == ("cancelled" if cancelled else "queued")


async def test_a_task_over_which_three_workers_have_died_is_buried_unread_if_that_kills_too(firm: Firm):
    task = await firm.submit()
    worker = firm.worker()
    for _ in range(3):
        await worker.take(task)
        await firm.let_the_lease_run_out(task)
    last = await worker.take(task)
    assert last.task.crashes == 3
    await firm.let_the_lease_run_out(task)
    assert await worker.work_on(await worker.take(task)) == "failed"
    done = await firm.look(task)
    assert done.outcome is not None
    assert done.outcome["error_class"] == "Poison"
    assert "4 workers in a row died" in done.outcome["reason"]
    assert firm.archive.buried[task.task_id]["state"] == {"request": "do it"}


async def test_the_death_of_a_worker_with_two_tasks_counts_half_for_each(firm: Firm):
    tasks = [await firm.submit(), await firm.submit()]
    worker = firm.worker()

    async def die() -> None:
        for task in tasks:
            await worker.take(task)
        for task in tasks:
            await firm.let_the_lease_run_out(task)
        await firm.query("SELECT requeue_abandoned()")

    async def end(task: Task) -> str:
        able = firm.worker(planner=[plan(("say", "hi"))])
        return await able.work_on(await able.take(task))

    for _ in range(5):
        await die()
    first = await firm.look(tasks[0])
    assert (first.crashes, first.crashes_alone) == (5, 0)
    assert await end(tasks[0]) == "completed"
    tasks = [tasks[1], await firm.submit()]
    await die()
    assert [await end(task) for task in tasks] == ["failed", "completed"]


async def test_a_worker_that_lost_its_lease_stops_and_changes_nothing(firm: Firm):
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(inputs: dict[str, Any]) -> str:
        reached.set()
        await go_on.wait()
        return "late"

    firm.toolbox.tools["slow"] = slow
    task = await firm.submit()
    first = firm.worker("first", planner=[plan(("slow", ""))])
    late = asyncio.create_task(first.work_on(await first.take(task)))
    await reached.wait()
    await firm.give_to("second", task)
    go_on.set()
    assert await late == "lost"
    now = await firm.look(task)
    assert (now.status, now.worker, now.outcome) == ("running", "second", None)


async def test_a_cancelled_task_stops_in_the_middle_of_its_step(firm: Firm):
    reached, stopped = asyncio.Event(), asyncio.Event()

    async def hang(inputs: dict[str, Any]) -> str:
        reached.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return "never"

    firm.toolbox.tools["hang"] = hang
    task = await firm.submit()
    worker = firm.worker(planner=[plan(("hang", ""))])
    working = asyncio.create_task(worker.work_on(await worker.take(task)))
    await reached.wait()
    await firm.tasks.cancel(task.task_id, "default")
    assert await working == "cancelled"
    assert stopped.is_set()
    assert (await firm.look(task)).status == "cancelled"


async def test_a_task_out_of_time_fails_and_is_buried_with_what_was_known(firm: Firm):
    reached = asyncio.Event()

    async def hang(inputs: dict[str, Any]) -> str:
        reached.set()
        await asyncio.Event().wait()
        return "never"

    firm.toolbox.tools["hang"] = hang
    task = await firm.submit(constraints={"max_duration": 3600})
    first = firm.worker("first", planner=[plan(("hang", ""))])
    working = asyncio.create_task(first.work_on(await first.take(task)))
    await reached.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await firm.query("UPDATE tasks SET worked_seconds = 3599.5")
    second = firm.worker("second")
    assert await second.work_on(await second.take(task)) == "failed"
    done = await firm.look(task)
    assert done.outcome is not None
    assert "3600 s" in done.outcome["reason"]
    assert firm.archive.buried[task.task_id]["error_class"] == "TimeUsedUp"
    assert "t1" in firm.archive.buried[task.task_id]["state"]["subtasks"]


async def test_a_mistake_in_the_office_fails_the_task_once_and_says_so(firm: Firm):
    async def recall(tenant: str, objective: str, *, limit: int = 3) -> list[Any]:
        raise KeyError("a bug")

    firm.archive.recall = recall  # type: ignore[method-assign]
    task = await firm.submit()
    worker = firm.worker(planner=[])
    assert await worker.work_on(await worker.take(task)) == "failed"
    assert firm.archive.buried[task.task_id]["error_class"] == "KeyError"


async def test_a_bell_that_rings_while_the_task_ends_does_not_take_the_result_away(firm: Firm):
    """The lease is renewed only while the graph runs: a finished task has none to lose."""
    task = await firm.submit()
    worker = firm.worker(planner=[plan(("say", "hi"))])
    claim = await worker.take(task)
    finish = claim.finish

    async def finish_while_it_rings(*end: Any) -> Any:
        ended = await finish(*end)
        async with firm.database.pool.connection() as connection:
            with firm.database.bell("office_cancel", task.task_id) as bell:
                await connection.execute("SELECT pg_notify('office_cancel', %s)", (task.task_id,))
                assert await bell.wait(PATIENCE)
        return ended

    claim.finish = finish_while_it_rings  # type: ignore[method-assign, assignment]
    assert await worker.work_on(claim) == "completed"


async def test_progress_never_goes_back(firm: Firm):
    task = await firm.submit()
    worker = firm.worker(
        analyst=[analysis("t1", "t2")],
        planner=[plan(("say", "one")), plan(("say", "two")), plan(("say", "more"))],
        reviewer=[{"verdict": "REVISE", "finding": "short"}, {"verdict": "APPROVED"}, {"verdict": "APPROVED"}],
    )
    seen: list[float] = []
    claim = await worker.take(task)
    record = claim.record

    async def noting(events: Any, *, step: Any = None, progress: Any = None) -> bool:
        asked = await record(events, step=step, progress=progress)
        seen.append((await firm.look(task)).progress)
        return asked

    claim.record = noting  # type: ignore[method-assign]
    assert await worker.work_on(claim) == "completed"
    assert seen == sorted(seen)
    assert len(set(seen)) > 4


async def test_answers_reach_the_graph_in_whatever_order_they_come(firm: Firm):
    firm.toolbox.risky.add("say")
    task = await firm.submit()
    script: Any = {
        "analyst": [analysis("t1", "t2")],
        "planner": [plan(("say", "one")), plan(("say", "two"))],
        "reviewer": [{"verdict": "APPROVED"}] * 2,
    }
    worker = firm.worker(**script)
    assert await worker.work_on(await worker.take(task)) == "waiting"
    approvals = await firm.tasks.approvals(task.task_id, "default")
    assert len(approvals) == 2
    for number, approval in enumerate(reversed(approvals), 1):
        answer = {"decisions": [{"type": "approve"}]}
        await firm.tasks.answer(task.task_id, "default", answer, approval_id=approval.approval_id, by="tester")
        ended = await worker.work_on(await worker.take(task))
        assert ended == ("waiting" if number == 1 else "completed")
    assert sorted(inputs["text"] for _, inputs in firm.toolbox.calls) == ["one", "two"]


async def test_a_human_may_edit_a_number_that_no_checkpoint_can_hold(firm: Firm):
    firm.toolbox.risky.add("say")
    task = await firm.submit()
    worker = firm.worker(planner=[plan(("say", "hi"))])
    assert await worker.work_on(await worker.take(task)) == "waiting"
    edit = {"type": "edit", "edited_action": {"name": "say", "args": {"text": 10**30}}}
    await firm.tasks.answer(task.task_id, "default", {"decisions": [edit]}, by="tester")
    assert await worker.work_on(await worker.take(task)) == "completed"


async def test_who_goes_on_with_a_plan_tells_nothing_again_that_was_done_and_told_before(firm: Firm):
    """Planned again, it is told again: then it stands in another plan."""
    hanging = asyncio.Event()

    async def hang(inputs: dict[str, Any]) -> str:
        hanging.set()
        await asyncio.Event().wait() if len(firm.toolbox.calls) == 2 else None
        return "at last"

    firm.toolbox.tools["hang"] = hang
    task = await firm.submit()
    steps = plan(("say", "hi"), ("hang", ""))
    first = firm.worker("first", planner=[steps])
    working = asyncio.create_task(first.work_on(await first.take(task)))
    await hanging.wait()
    await firm.until("SELECT count(*) = 3 AS yes FROM events WHERE kind LIKE 'step.%'")
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    reviews: list[Any] = [{"verdict": "REVISE", "reasons": ["once more"]}, {"verdict": "APPROVED"}]
    second = firm.worker("second", planner=[steps], reviewer=reviews)
    assert await second.work_on(await second.take(task)) == "completed"
    told = [
        f"{event.kind} {event.data['step_id']}"
        for event in await firm.tasks.events(task.task_id, "default")
        if event.kind.startswith("step.")
    ]
    done = [f"step.{what} {step}" for step in ("s1", "s2") for what in ("started", "finished")]
    assert told == [*done[:3], *done[2:], *done]


async def test_of_a_killed_worker_the_time_until_its_next_sign_of_life_counts_as_work(firm: Firm):
    task = await firm.submit()
    worker = firm.worker()
    for times in (1, 2):
        await worker.take(task)
        await firm.let_the_lease_run_out(task)
        await firm.query("SELECT requeue_abandoned(NULL, 20)")
        assert (await firm.look(task)).worked_seconds == 5.0 * times


async def test_a_task_cancelled_while_it_asks_a_human_is_cancelled_by_whoever_takes_it_next(firm: Firm):
    firm.toolbox.risky.add("say")
    task = await firm.submit()
    worker = firm.worker(planner=[plan(("say", "hi"))])
    claim = await worker.take(task)
    wait_for_human = claim.wait_for_human

    async def cancelled_first(questions: Any) -> Any:
        await firm.tasks.cancel(task.task_id, "default")
        return await wait_for_human(questions)

    claim.wait_for_human = cancelled_first  # type: ignore[method-assign]
    await worker.work_on(claim)
    assert await worker.work_on(await worker.take(task)) == "cancelled"


async def test_time_that_earlier_workers_have_used_counts(firm: Firm):
    task = await firm.submit(constraints={"max_duration": 60})
    async with firm.database.pool.connection() as connection:
        await connection.execute("UPDATE tasks SET worked_seconds = 60 WHERE task_id = %s", (task.task_id,))
    worker = firm.worker(planner=[plan(("say", "hi"))])
    assert await worker.work_on(await worker.take(task)) == "failed"
    assert firm.archive.buried[task.task_id]["error_class"] == "TimeUsedUp"
    assert firm.toolbox.calls == []


async def test_a_task_whose_checkpoint_cannot_be_read_fails_and_is_not_tried_for_ever(firm: Firm):
    firm.toolbox.risky.add("say")
    task = await firm.submit()
    worker = firm.worker(planner=[plan(("say", "hi"))])
    assert await worker.work_on(await worker.take(task)) == "waiting"
    async with firm.database.pool.connection() as connection:
        await connection.execute("UPDATE checkpoint_blobs SET blob = 'rubbish', type = 'unheard of'")
    await firm.tasks.answer(task.task_id, "default", {"decisions": [{"type": "approve"}]}, by="tester")
    assert await worker.work_on(await worker.take(task)) == "failed"
    assert firm.archive.buried[task.task_id]["state"] == {"request": "do it"}
