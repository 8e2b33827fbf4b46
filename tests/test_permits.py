"""A human's yes that holds for more than one call: what fits, what it permits, and how long."""

from typing import Any

import pytest

from intelligent_office.approvals import fitting
from intelligent_office.claims import Claims
from intelligent_office.contracts import HumanRequest
from intelligent_office.errors import InvalidAnswer
from intelligent_office.permits import permits_for
from intelligent_office.tasks import TaskRequest, Tasks


def asking(*names: str, **config: Any) -> HumanRequest:
    scopes = {"scopes": ["call", "same", "tool"], **config}
    return {
        "action_requests": [{"name": name, "args": {"text": name}, "description": ""} for name in names],
        "review_configs": [{"action_name": name, "allowed_decisions": ["approve"], **scopes} for name in names],  # type: ignore[typeddict-item]
    }


async def answered(database, settings, *decisions):
    """A task whose question about `echo` and `shout` is answered."""
    tasks = Tasks(database, settings)
    task = await tasks.submit(TaskRequest(description="Risky"), tenant="acme", origin="test")
    claim = await Claims(database, settings).take(task.task_id, "acme", "w")
    await claim.wait_for_human([{"interrupt_id": "i1", "request": asking("echo", "shout")}])
    await tasks.answer(task.task_id, "acme", {"decisions": list(decisions)}, approval_id=None, by="ann")
    return task.task_id


@pytest.mark.parametrize("scope", [{}, {"scope": "call"}, {"scope": "same"}, {"scope": "tool", "minutes": 5}])
def test_a_yes_may_hold_for_more_than_one_call(scope):
    answer = {"decisions": [{"type": "approve", **scope}]}
    assert fitting(asking("echo"), answer) == answer


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        ({"scope": "world"}, "a scope of call, same, tool"),
        ({"scope": ["tool"]}, "a scope of"),
        ({"minutes": 5}, "go with a scope"),
        ({"scope": "tool", "minutes": 0}, "between 0 and 10080"),
        ({"scope": "tool", "minutes": float("inf")}, "between 0 and 10080"),
        ({"scope": "tool", "minutes": True}, "between 0 and 10080"),
        ({"scope": "tool", "minutes": "5"}, "between 0 and 10080"),
    ],
)
def test_a_scope_that_makes_no_sense_is_refused(scope, reason):
    with pytest.raises(InvalidAnswer, match=reason):
        fitting(asking("echo"), {"decisions": [{"type": "approve", **scope}]})


def test_where_no_scopes_are_offered_a_yes_holds_for_the_call_alone():
    with pytest.raises(InvalidAnswer, match="a scope of call"):
        fitting(asking("review", scopes=["call"]), {"decisions": [{"type": "approve", "scope": "tool"}]})


async def test_a_yes_to_a_tool_permits_its_calls_in_this_task_and_in_no_other(database, settings):
    task_id = await answered(database, settings, {"type": "approve", "scope": "tool"}, {"type": "approve"})
    [permit] = await permits_for(database, task_id, "acme")
    assert (permit["tool"], permit["inputs"], permit["scope"], permit["by"]) == (
        "echo",
        {"text": "echo"},
        "tool",
        "ann",
    )
    assert await permits_for(database, task_id, "other") == []
    assert await permits_for(database, await answered(database, settings, *[{"type": "approve"}] * 2), "acme") == []


async def test_a_permit_expires(database, settings):
    yes = {"type": "approve", "scope": "same"}
    task_id = await answered(database, settings, {**yes, "minutes": 1}, {**yes, "minutes": 3})
    async with database.pool.connection() as connection:
        await connection.execute("UPDATE approvals SET answered_at = answered_at - interval '2 minutes'")
    assert [permit["tool"] for permit in await permits_for(database, task_id, "acme")] == ["shout"]
