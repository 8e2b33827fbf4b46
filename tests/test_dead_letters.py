"""Tasks that failed: what is kept of them, and how they are done again."""

import asyncio
from typing import Any

import pytest

from graph import office
from graph.reopening import reopen
from intelligent_office.archive.stored import StoredArchive
from intelligent_office.checkpoints import saver_of
from intelligent_office.context import Context
from intelligent_office.database.pool import Database
from intelligent_office.dead_letters import DeadLetters, Reprocessing
from intelligent_office.errors import (
    BudgetExceeded,
    InvalidRequest,
    LetterClosed,
    Missing,
    NoCheckpoint,
    TaskBusy,
    Unavailable,
)
from intelligent_office.records import Task
from intelligent_office.services import Services
from intelligent_office.settings import Settings
from intelligent_office.task_requests import Constraints, TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.workers.claims import Claims
from intelligent_office.workers.worker import Worker
from tests.fakes import ScriptedModels, ScriptedToolbox

APPROVED = {"verdict": "APPROVED"}
FROM_START = Reprocessing.model_validate({"from": "start"})
HOUR = 3600.0


def analysis(*names: str, **dependencies: list[str]) -> dict[str, Any]:
    parts = [
        {"subtask_id": name, "objective": f"do {name}", "dependencies": dependencies.get(name, [])} for name in names
    ]
    return {"subtasks": parts}


def plan(tool: str, text: str) -> dict[str, Any]:
    return {"steps": [{"step_id": "s1", "action": tool, "inputs": {"text": text}}]}


class Firm:
    """A database with tasks, real dead letters, and workers whose models are scripted."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.tasks = Tasks(database, settings)
        self.letters = DeadLetters(database, self.tasks)
        self.broken = {"press"}
        """Tools that do not work for now."""
        self.toolbox = ScriptedToolbox(say=self._tool("say"), press=self._tool("press"))

    async def submit(self, *, tenant: str = "acme", **changes: Any) -> Task:
        return await self.tasks.submit(TaskRequest(description="do it", **changes), tenant=tenant, origin="test")

    async def work_on(self, task: Task, **answers: Any) -> Task:
        models = ScriptedModels(reviewer=[APPROVED] * 9, **answers)
        archive = StoredArchive(self.database, models)
        worker = Worker(self.settings, self.database, Services(models, self.toolbox, archive))
        await worker.work_on(await worker.take(task))
        await worker.tidy()
        return await self.tasks.get(task.task_id, task.tenant)

    async def fail(self, **changes: Any) -> Task:
        """A task of two parts of which the second has failed."""
        task = await self.submit(constraints=Constraints(max_iterations=1), **changes)
        script = {"analyst": [analysis("t1", "t2", t2=["t1"])], "planner": [plan("say", "hi"), plan("press", "it")]}
        task = await self.work_on(task, **script)
        assert task.status == "failed"
        return task

    async def reprocess(self, task: Task, **request: Any) -> Task:
        wish = Reprocessing.model_validate(request)
        return await self.letters.reprocess(task.task_id, task.tenant, wish, by="ann", origin="test")

    async def execute(self, command: str, *parameters: Any) -> None:
        async with self.database.pool.connection() as connection:
            await connection.execute(command, parameters)

    def _tool(self, name: str) -> Any:
        async def work(inputs: dict[str, Any]) -> str:
            if name in self.broken:
                raise ValueError(f"{name} is broken")
            return str(inputs["text"])

        return work


@pytest.fixture
async def firm(settings: Settings, database: Database) -> Firm:
    return Firm(database, settings)


# What is kept


async def test_a_failed_task_leaves_its_state_its_class_its_history_and_the_tool_that_failed(firm: Firm):
    task = await firm.fail()
    remains = await firm.letters.show(task.task_id, "acme")
    letter = remains.letter
    assert (letter.status, letter.error_class, letter.tools) == ("open", "StepFailed", ["press"])
    assert "press is broken" in letter.reason
    assert letter.description == "do it"
    assert {name: part["status"] for name, part in letter.state["subtasks"].items()} == {
        "t1": "approved",
        "t2": "failed",
    }
    assert [objection["subtask_id"] for objection in letter.history] == ["t2"]
    assert remains.checkpoint is not None
    assert remains.checkpoint.step is not None


async def test_a_tenant_is_shown_its_own_dead_letters_only(firm: Firm):
    task, other = await firm.fail(), await firm.fail(tenant="globex")
    assert [letter.task_id for letter in await firm.letters.list("acme")] == [task.task_id]
    assert [letter.task_id for letter in await firm.letters.list(None)] == [other.task_id, task.task_id]
    for attempt in (
        firm.letters.show(task.task_id, "globex"),
        firm.letters.discard(task.task_id, "globex", by="ann"),
        firm.letters.reprocess(task.task_id, "globex", Reprocessing(), by="ann", origin="test"),
    ):
        with pytest.raises(Missing):
            await attempt


async def test_dead_letters_are_found_by_class_tool_and_page(firm: Firm):
    tasks = [await firm.fail() for _ in range(3)]
    newest_first = [task.task_id for task in reversed(tasks)]

    async def found(**choices: Any) -> list[str]:
        return [letter.task_id for letter in await firm.letters.list("acme", **choices)]

    assert await found(error_class="StepFailed", tool="press") == newest_first
    assert await found(error_class="TimeUsedUp") == await found(tool="say") == await found(status="discarded") == []
    first = await firm.letters.list("acme", limit=2)
    assert [letter.task_id for letter in first] == newest_first[:2]
    assert await found(before=first[-1].letter_id) == newest_first[2:]


async def test_a_task_that_is_still_being_ended_is_not_listed_and_not_decided_about(firm: Firm):
    task = await firm.fail()
    await firm.execute("UPDATE tasks SET status = 'running', finished_at = NULL WHERE task_id = %s", task.task_id)
    assert await firm.letters.list("acme") == []
    with pytest.raises(TaskBusy):
        await firm.reprocess(task)


async def test_a_task_that_did_not_fail_has_no_dead_letter(firm: Firm):
    task = await firm.submit()
    with pytest.raises(Missing):
        await firm.letters.show(task.task_id, "acme")
    with pytest.raises(Missing):
        await firm.reprocess(task)


# From the failed point


async def test_a_task_goes_on_where_it_failed_and_what_was_finished_is_not_done_again(firm: Firm):
    task = await firm.fail()
    assert [call for call, _ in firm.toolbox.calls] == ["say", "press"]
    firm.broken.clear()
    again = await firm.reprocess(task)
    assert (again.task_id, again.status, again.outcome) == (task.task_id, "queued", None)

    done = await firm.work_on(again, planner=[plan("press", "it")])
    assert (done.status, done.progress) == ("completed", 1.0)
    assert done.outcome
    assert done.outcome["answer"] == "do t1\nhi\n\ndo t2\nit"
    assert [call for call, _ in firm.toolbox.calls] == ["say", "press", "press"]
    letter = (await firm.letters.show(task.task_id, "acme")).letter
    assert (letter.status, letter.closed_by, letter.successor) == ("reprocessed", "ann", None)


async def test_a_finished_step_of_the_failed_part_comes_from_the_ledger(firm: Firm):
    steps = [
        {"step_id": "s1", "action": "say", "inputs": {"text": "once"}},
        {"step_id": "s2", "action": "press", "inputs": {"text": "${s1}"}, "dependencies": ["s1"]},
    ]
    task = await firm.submit(constraints=Constraints(max_iterations=1))
    task = await firm.work_on(task, analyst=[analysis("t1")], planner=[{"steps": steps}])
    assert task.status == "failed"
    firm.broken.clear()
    done = await firm.work_on(await firm.reprocess(task), planner=[{"steps": steps}])
    assert done.status == "completed"
    assert [call for call, _ in firm.toolbox.calls] == ["say", "press", "press"]


async def test_a_task_that_the_analyst_could_not_split_is_split_anew(firm: Firm):
    task = await firm.work_on(await firm.submit(), analyst=[])
    assert (await firm.letters.show(task.task_id, "acme")).letter.error_class == "ModelError"
    done = await firm.work_on(await firm.reprocess(task), analyst=[analysis("t1")], planner=[plan("say", "hi")])
    assert done.status == "completed"


async def test_a_task_that_came_upon_a_bug_goes_on_at_the_role_that_had_it(firm: Firm):
    task = await firm.submit()
    broken = {"analyst": [analysis("t1")], "planner": [KeyError("a bug")]}
    task = await firm.work_on(task, **broken)
    assert (await firm.letters.show(task.task_id, "acme")).letter.error_class == "KeyError"
    done = await firm.work_on(await firm.reprocess(task), planner=[plan("say", "hi")])
    assert done.status == "completed"


async def test_a_task_whose_time_is_used_up_goes_on_with_more_time_and_not_without(firm: Firm):
    task = await firm.fail()
    await firm.execute("UPDATE tasks SET worked_seconds = 60 WHERE task_id = %s", task.task_id)
    with pytest.raises(InvalidRequest, match="larger `max_duration`"):
        await firm.reprocess(task, constraints={"max_duration": 60})
    firm.broken.clear()
    done = await firm.work_on(
        await firm.reprocess(task, constraints={"max_duration": 600}), planner=[plan("say", "it")]
    )
    assert done.status == "completed"


async def run_out_of_money(firm: Firm, task: Task) -> None:
    await firm.work_on(task, analyst=[analysis("t1")], planner=[BudgetExceeded(reason="nothing left")])


async def run_out_of_time(firm: Firm, task: Task) -> None:
    async def hang(inputs: dict[str, Any]) -> str:
        loop = asyncio.get_running_loop()
        clock = loop.time
        loop.time = lambda: clock() + HOUR  # type: ignore[method-assign] # so it is here that the time runs out
        await asyncio.Event().wait()
        return "never"

    well = firm.toolbox.tools["say"]
    firm.toolbox.tools["say"] = hang
    await firm.work_on(task, analyst=[analysis("t1")], planner=[plan("say", "hi")])
    firm.toolbox.tools["say"] = well


async def kill_workers(firm: Firm, task: Task) -> None:
    await firm.work_on(
        task, analyst=[analysis("t1")], planner=[Unavailable(part="the database", reason="it was restarted")]
    )
    for _ in range(firm.settings.crashes):
        await Claims(firm.database, firm.settings).take(task.task_id, task.tenant, "killed")
        await firm.execute("UPDATE tasks SET lease_until = now() WHERE task_id = %s", task.task_id)
    await firm.work_on(task)


@pytest.mark.parametrize(
    ("end", "error_class", "changes"),
    [
        (run_out_of_money, "BudgetExceeded", {"max_cost_usd": 2.0}),
        (run_out_of_time, "TimeUsedUp", {"max_duration": 2 * HOUR}),
        (kill_workers, "Poison", {}),
    ],
    ids=["money", "time", "poison"],
)
async def test_a_task_that_was_stopped_in_the_middle_goes_on_with_other_limits(firm: Firm, end, error_class, changes):
    task = await firm.submit(constraints=Constraints(max_duration=HOUR, max_cost_usd=1.0))
    await end(firm, task)
    assert (await firm.letters.show(task.task_id, "acme")).letter.error_class == error_class
    done = await firm.work_on(await firm.reprocess(task, constraints=changes), planner=[plan("say", "hi")])
    assert (done.status, done.crashes) == ("completed", 0)
    assert firm.toolbox.calls.count(("say", {"text": "hi"})) == 1 + (end is run_out_of_time)
    assert [tally.recovered for tally in await firm.letters.statistics("acme") if tally.by == "total"] == [1]


async def test_a_reprocessed_task_may_be_planned_as_often_as_it_is_now_allowed_to(firm: Firm):
    task = await firm.fail()
    again = await firm.reprocess(task, constraints={"max_iterations": 2})
    assert again.context["max_iterations"] == 2
    failed = await firm.work_on(again, planner=[plan("press", "it"), plan("press", "that")])
    assert failed.status == "failed"
    assert [call for call, _ in firm.toolbox.calls].count("press") == 3


async def test_a_task_that_fails_again_has_a_second_dead_letter(firm: Firm):
    task = await firm.fail()
    failed = await firm.work_on(await firm.reprocess(task), planner=[plan("press", "it")])
    assert failed.status == "failed"
    assert [letter.status for letter in await firm.letters.list("acme", status=None)] == ["open", "reprocessed"]
    firm.broken.clear()
    done = await firm.work_on(await firm.reprocess(task), planner=[plan("press", "it")])
    assert done.status == "completed"
    assert await firm.letters.list("acme") == []


async def test_a_worker_that_dies_at_the_end_of_a_second_failure_does_not_begin_a_third_try(firm: Firm):
    task = await firm.fail()
    failed = await firm.work_on(await firm.reprocess(task), planner=[plan("press", "it")])
    calls = len(firm.toolbox.calls)
    await firm.execute(
        "UPDATE tasks SET status = 'queued', outcome = NULL, finished_at = NULL WHERE task_id = %s", task.task_id
    )
    assert (await firm.work_on(failed)).status == "failed"
    assert len(firm.toolbox.calls) == calls


async def test_a_worker_that_dies_as_soon_as_the_task_is_taken_up_again_leaves_it_to_the_next(firm: Firm):
    task = await firm.fail()
    firm.broken.clear()
    again = await firm.reprocess(task)
    models = ScriptedModels()
    services = Services(models, firm.toolbox, StoredArchive(firm.database, models))
    graph = office.build(services).compile(checkpointer=saver_of(firm.database, task.task_id))
    snapshot = await graph.aget_state({"configurable": {"thread_id": task.task_id}})
    assert (await reopen(graph, snapshot, Context(**again.context))).next == ("manager",), "and here it is killed"

    done = await firm.work_on(again, planner=[plan("press", "it")])
    assert done.status == "completed"
    assert [call for call, _ in firm.toolbox.calls] == ["say", "press", "press"]


async def test_what_a_human_refused_is_asked_again(firm: Firm):
    firm.broken.clear()
    firm.toolbox.risky.add("press")
    script = {"gatekeeper": [{"decision": "ask", "reason": "who knows"}] * 2}
    task = await firm.submit(constraints=Constraints(max_iterations=1))
    task = await firm.work_on(task, analyst=[analysis("t1")], planner=[plan("press", "it")], **script)
    refusal = {"decisions": [{"type": "reject", "message": "not today"}]}
    await firm.tasks.answer(task.task_id, "acme", refusal, by="ann")
    task = await firm.work_on(task, **script)
    assert task.status == "failed"

    waiting = await firm.work_on(await firm.reprocess(task), planner=[plan("press", "it")], **script)
    assert waiting.status == "waiting"
    await firm.tasks.answer(task.task_id, "acme", {"decisions": [{"type": "approve"}]}, by="ann")
    done = await firm.work_on(waiting)
    assert (done.status, [call for call, _ in firm.toolbox.calls]) == ("completed", ["press"])


async def test_a_task_without_a_checkpoint_says_so_and_can_be_done_from_the_start(firm: Firm):
    task = await firm.fail()
    await firm.execute("DELETE FROM checkpoints")
    assert (await firm.letters.show(task.task_id, "acme")).checkpoint is None
    with pytest.raises(NoCheckpoint, match="from the start"):
        await firm.reprocess(task)
    assert (await firm.reprocess(task, **{"from": "start"})).status == "queued"


async def test_what_failed_for_the_same_reason_is_done_again_together(firm: Firm):
    tasks = [await firm.fail() for _ in range(3)]
    lost, other, stranger = (
        tasks[0],
        await firm.work_on(await firm.submit(), analyst=[]),
        await firm.fail(tenant="globex"),
    )
    await firm.execute("DELETE FROM checkpoints WHERE thread_id = %s", lost.task_id)
    queued, refused = await firm.letters.reprocess_all(
        "acme", Reprocessing(), error_class="StepFailed", tool="press", by="ann", origin="test"
    )
    assert {task.task_id for task in queued} == {task.task_id for task in tasks[1:]}
    assert [(one.task_id, "from the start" in one.reason) for one in refused] == [(lost.task_id, True)]
    left = {letter.task_id for letter in await firm.letters.list(None)}
    assert left == {lost.task_id, other.task_id, stranger.task_id}
    queued, refused = await firm.letters.reprocess_all(None, FROM_START, limit=2, by="ann", origin="test")
    assert ({task.tenant for task in queued}, refused) == ({"acme", "globex"}, [])


async def test_of_many_who_want_a_task_done_again_one_is_heard(firm: Firm):
    task = await firm.fail()
    wishes = [Reprocessing(), FROM_START] * 5
    outcomes = await asyncio.gather(
        *(firm.letters.reprocess(task.task_id, "acme", wish, by="ann", origin="test") for wish in wishes),
        firm.letters.discard(task.task_id, "acme", by="ann"),
        return_exceptions=True,
    )
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
    assert all(isinstance(outcome, LetterClosed) for outcome in outcomes if isinstance(outcome, BaseException))
    async with firm.database.pool.connection() as connection:
        assert (await connection.execute("SELECT FROM tasks")).rowcount <= 2


# From the start, or not at all


async def test_a_task_done_again_from_the_start_is_a_new_one_that_names_the_old(firm: Firm):
    task = await firm.fail(priority=8, success_criteria=["mentions 'hi'"])
    firm.broken.clear()
    again = await firm.reprocess(task, **{"from": "start"}, constraints={"max_iterations": 2, "allowed_tools": ["say"]})
    assert again.task_id != task.task_id
    assert (again.predecessor, again.tenant, again.description) == (task.task_id, "acme", "do it")
    assert (again.priority, again.origin, again.status) == (8, "test", "queued")
    assert again.context == {**task.context, "max_iterations": 2, "allowed_tools": ["say"]}
    letter = (await firm.letters.show(task.task_id, "acme")).letter
    assert (letter.status, letter.successor) == ("reprocessed", again.task_id)
    assert (await firm.tasks.get(task.task_id, "acme")).status == "failed"
    with pytest.raises(LetterClosed, match=f"reprocessed by ann as task {again.task_id}"):
        await firm.reprocess(task)

    done = await firm.work_on(again, analyst=[analysis("t1")], planner=[plan("say", "hi")])
    assert done.status == "completed"
    assert [call for call, _ in firm.toolbox.calls] == ["say", "press", "say"]


async def test_a_task_done_again_from_the_start_may_read_the_files_that_were_handed_in(firm: Firm):
    task = await firm.fail()
    await firm.execute(
        "INSERT INTO attachments (tenant, attachment_id, name, media_type, size, content)"
        " VALUES ('acme', 'a1', 'a.txt', 'text/plain', 1, 'x')"
    )
    await firm.execute("INSERT INTO task_attachments VALUES (%s, 'acme', 'a1')", task.task_id)
    again = await firm.reprocess(task, **{"from": "start"})
    async with firm.database.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT attachment_id FROM task_attachments WHERE task_id = %s", (again.task_id,)
        )
        assert await cursor.fetchall() == [{"attachment_id": "a1"}]


async def test_a_discarded_letter_is_closed_and_its_task_stays_failed(firm: Firm):
    task = await firm.fail()
    remains = await firm.letters.discard(task.task_id, "acme", by="ann")
    assert (remains.letter.status, remains.letter.closed_by) == ("discarded", "ann")
    assert (await firm.tasks.get(task.task_id, "acme")).status == "failed"
    assert await firm.letters.list("acme") == []
    for attempt in (firm.reprocess(task), firm.letters.discard(task.task_id, "acme", by="bob")):
        with pytest.raises(LetterClosed, match="discarded by ann"):
            await attempt


@pytest.mark.parametrize(
    "fields",
    [
        {"from": "middle"},
        {"since": "start", "who": "me"},
        {"constraints": {"max_duration": 0}},
        {"constraints": {"max_iterations": 21}},
        {"constraints": {"max_cost_usd": -1}},
        {"constraints": {"model": "x"}},
    ],
)
def test_a_wish_that_cannot_be_meant_is_refused(fields: dict[str, Any]):
    with pytest.raises(ValueError, match="validation error"):
        Reprocessing.model_validate(fields)


# Figures


async def test_the_figures_count_failures_by_class_tool_and_day_and_what_became_of_them(firm: Firm):
    recovered, discarded, left, stranger = (
        await firm.fail(),
        await firm.fail(),
        await firm.work_on(await firm.submit(), analyst=[]),
        await firm.fail(tenant="globex"),
    )
    await firm.letters.discard(discarded.task_id, "acme", by="ann")
    firm.broken.clear()
    await firm.work_on(await firm.reprocess(recovered), planner=[plan("press", "it")])
    await firm.execute("UPDATE dead_letters SET at = now()")  # also where midnight came in between
    await firm.execute("UPDATE dead_letters SET at = at - interval '2 days' WHERE task_id = %s", left.task_id)

    found = {(tally.by, tally.key): tally for tally in await firm.letters.statistics("acme")}
    total = found["total", ""]
    assert (total.letters, total.open, total.reprocessed, total.discarded, total.recovered) == (3, 1, 1, 1, 1)
    assert found["error_class", "StepFailed"].letters == found["tool", "press"].letters == 2
    assert found["error_class", "ModelError"].letters == found["tool", ""].letters == 1
    assert [tally.letters for (by, _), tally in found.items() if by == "day"] == [2, 1]
    recent = {(tally.by, tally.key): tally.letters for tally in await firm.letters.statistics(None, days=1)}
    assert (recent["total", ""], stranger.status) == (3, "failed")
