"""The todo list: each tenant's own, with numbers that are given once."""

import asyncio
from typing import Any

import pytest

from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.policy import Tool
from intelligent_office.toolbox.registry import Registry
from tests.tools.calling import call
from tools.todo_store import POLICY, todo_store

ANN = ToolScope(task_id="t1", tenant="ann")
BOB = ToolScope(task_id="t2", tenant="bob")


@pytest.fixture
def todos(database):
    return todo_store(database)


async def test_a_todo_is_added_listed_completed_and_deleted(todos):
    assert await call(todos, ANN, operation="add", text=" buy milk ") == (
        "Added todo 1: buy milk",
        {"number": 1, "text": "buy milk"},
    )
    await call(todos, ANN, operation="add", text="call Bob")
    assert await call(todos, ANN, operation="complete", number=1) == (
        "Completed todo 1: buy milk",
        {"number": 1, "text": "buy milk"},
    )
    assert await call(todos, ANN, operation="list") == (
        "1. [x] buy milk\n2. [ ] call Bob",
        {
            "todos": [
                {"number": 1, "text": "buy milk", "done": True},
                {"number": 2, "text": "call Bob", "done": False},
            ]
        },
    )
    assert (await call(todos, ANN, operation="delete", number=1))[0] == "Deleted todo 1: buy milk"
    assert (await call(todos, ANN, operation="list"))[0] == "2. [ ] call Bob"


async def test_a_tenant_sees_and_changes_only_its_own(todos):
    await call(todos, ANN, operation="add", text="secret")

    assert await call(todos, BOB, operation="list") == ("The todo list is empty.", {"todos": []})
    assert (await call(todos, BOB, operation="add", text="mine"))[1]["number"] == 1
    await call(todos, BOB, operation="delete", number=1)
    assert (await call(todos, ANN, operation="list"))[0] == "1. [ ] secret"


async def test_todos_added_at_once_get_numbers_of_their_own(todos):
    added = await asyncio.gather(*[call(todos, ANN, operation="add", text=f"todo {n}") for n in range(40)])

    assert sorted(data["number"] for _, data in added) == list(range(1, 41))


async def test_the_number_of_a_deleted_todo_is_not_given_again(todos):
    for text in ("one", "two"):
        await call(todos, ANN, operation="add", text=text)
    await call(todos, ANN, operation="delete", number=2)

    assert (await call(todos, ANN, operation="add", text="three"))[1]["number"] == 3


@pytest.mark.parametrize("operation", ["complete", "delete"])
async def test_completing_or_deleting_twice_is_no_error(todos, operation):
    await call(todos, ANN, operation="add", text="one")
    await call(todos, ANN, operation=operation, number=1)

    assert (await call(todos, ANN, operation=operation, number=1))[1]["number"] == 1


@pytest.mark.parametrize(
    ("inputs", "told_as"),
    [
        ({"operation": "complete", "number": 7}, "There is no todo 7; there are 1."),
        ({"operation": "delete", "number": 7}, "There is no todo 7; there are 1."),
        ({"operation": "delete", "number": -1}, "There is no todo -1; there are 1."),
        ({"operation": "complete", "number": 10**30}, "There is no todo"),
        ({"operation": "add", "text": "x" * 2_001}, "may have 2000 characters; this one has 2001"),
    ],
)
async def test_what_cannot_be_done_is_told(todos, inputs: dict[str, Any], told_as):
    await call(todos, ANN, operation="add", text="one")
    with pytest.raises(ToolError) as failure:
        await call(todos, ANN, **inputs)

    assert told_as in str(failure.value)


async def test_a_todo_can_be_named_by_what_it_says(todos):
    for text in ("Buy  milk", "call Bob"):
        await call(todos, ANN, operation="add", text=text)

    assert (await call(todos, ANN, operation="complete", text="buy milk"))[0] == "Completed todo 1: Buy  milk"
    assert (await call(todos, ANN, operation="complete", text="buy milk"))[0] == "Completed todo 1: Buy  milk"
    assert (await call(todos, ANN, operation="delete", text="Call Bob"))[0] == "Deleted todo 2: call Bob"


async def test_of_several_todos_that_say_the_same_the_open_one_is_meant(todos):
    for _ in range(2):
        await call(todos, ANN, operation="add", text="buy milk")
    with pytest.raises(ToolError, match="Several todos say `buy milk`: 1, 2"):
        await call(todos, ANN, operation="complete", text="buy milk")
    await call(todos, ANN, operation="complete", number=1)

    assert (await call(todos, ANN, operation="complete", text="buy milk"))[1]["number"] == 2


async def test_a_todo_that_nobody_wrote_is_not_completed(todos):
    await call(todos, ANN, operation="add", text="buy milk")
    with pytest.raises(ToolError, match="No todo says `milk`; there are 1 `buy milk`"):
        await call(todos, ANN, operation="complete", text="milk")


async def test_a_deleted_todo_cannot_be_completed(todos):
    await call(todos, ANN, operation="add", text="one")
    await call(todos, ANN, operation="delete", number=1)

    with pytest.raises(ToolError, match="There is no todo 1: it was deleted; the list is empty"):
        await call(todos, ANN, operation="complete", number=1)


def test_only_adding_and_deleting_by_text_are_not_repeatable(todos):
    registry = Registry([Tool(definition=todos, policy=POLICY)])

    calls: list[tuple[str, dict[str, Any]]] = [(op, {"number": 1}) for op in ("add", "list", "complete", "delete")]
    calls += [(op, {"text": "x"}) for op in ("complete", "delete")]
    assert [registry.idempotent("todo_store", {"operation": op, **named}) for op, named in calls] == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]
    assert registry.risk("todo_store", {"operation": "delete"}) == "safe"


@pytest.mark.parametrize(
    ("inputs", "told_as"),
    [
        ({"operation": "add"}, "needs `text` to add"),
        ({"operation": "add", "text": "  "}, "needs `text` to add"),
        ({"operation": "complete"}, "needs the `number` of the entry to complete"),
        ({"operation": "delete", "text": " "}, "needs the `number` of the entry to delete, or its `text`"),
        ({"operation": "complete", "number": "two"}, "must be of type integer"),
    ],
)
def test_a_plan_with_a_call_that_misses_something_is_told_before_it_runs(todos, inputs, told_as):
    registry = Registry([Tool(definition=todos, policy=POLICY)])

    assert told_as in " ".join(registry.faults("todo_store", inputs))
