"""The limit of steps: each call counts once, however often it is made, and no race gets past it."""

import asyncio
from dataclasses import replace

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox import step_limit
from intelligent_office.toolbox.step_limit import StepLimit

SCOPE = ToolScope(task_id="t", max_steps=2)


def call(key: str) -> ToolScope:
    return replace(SCOPE, idempotency_key=key)


async def written_down(database: Database, key: str) -> None:
    async with database.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO tool_calls (task_id, idempotency_key, tenant, step_id, tool, inputs, status) "
            "VALUES ('t', %s, 'default', 's', 'say', '{}', 'failed')",
            (key,),
        )


async def test_one_call_too_many_is_refused_and_the_same_one_is_no_other(database: Database):
    limit = StepLimit(database)
    for key in ("a", "b", "a"):
        await limit.begin(call(key))
    with pytest.raises(ToolError, match="2 steps"):
        await limit.begin(call("c"))


async def test_what_the_ledger_holds_counts_also_in_a_process_that_has_just_begun(database: Database):
    await written_down(database, "a")
    await written_down(database, "b")
    limit = StepLimit(database)
    await limit.begin(call("b"))
    with pytest.raises(ToolError):
        await limit.begin(call("c"))


async def test_a_call_that_never_came_to_be_counts_no_more(database: Database):
    limit = StepLimit(database)
    for key in ("a", "b", "c", "d"):
        await limit.begin(call(key))
        limit.give_up(call(key))


async def test_a_call_that_is_given_up_counts_if_the_ledger_has_it(database: Database):
    """Those under way beside it count as before."""
    limit = StepLimit(database)
    await limit.begin(call("a"))
    await limit.begin(call("b"))
    await written_down(database, "b")
    limit.give_up(call("b"))
    with pytest.raises(ToolError):
        await limit.begin(call("c"))


async def test_what_another_worker_did_between_two_plans_counts_and_the_ledger_is_read_once_for_each(
    database: Database,
):
    read: list[str] = []

    class Counted:
        async def all(self, statement: str, **parameters: object) -> object:
            read.append(statement)
            return await database.all(statement, **parameters)

    limit = StepLimit(Counted())  # type: ignore[arg-type]
    for key in ("a", "a", "b", "a"):
        await limit.begin(replace(call(key), max_steps=3, run="first"))
    await written_down(database, "x")
    with pytest.raises(ToolError):
        await limit.begin(replace(call("c"), max_steps=3, run="second"))
    assert read == ["called_keys"] * 2


async def test_only_so_many_tasks_are_kept_in_mind(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(step_limit, "REMEMBERED_TASKS", 2)
    limit = StepLimit(database)
    for task in ("t1", "t2", "t3"):
        await limit.begin(replace(call("a"), task_id=task))
    assert [*limit._taken] == ["t2", "t3"]


async def test_of_calls_at_the_same_time_only_so_many_get_through(database: Database):
    limit = StepLimit(database)
    begun = await asyncio.gather(*(limit.begin(call(f"{n}")) for n in range(9)), return_exceptions=True)
    assert [type(one) for one in begun].count(ToolError) == 7


async def test_a_task_without_a_limit_is_not_counted(database: Database):
    limit = StepLimit(database)
    for number in range(99):
        await limit.begin(replace(call(f"{number}"), max_steps=None))
    limit.give_up(call("1"))
