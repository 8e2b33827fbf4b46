"""A human's yes that holds for more than one call: what fits, what it permits, and how long."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intelligent_office.approvals import fitting
from intelligent_office.contracts import HumanRequest
from intelligent_office.database.audit import read_trail
from intelligent_office.errors import InvalidAnswer, InvalidRequest, Missing
from intelligent_office.permits import Permits, TenantPermit, end_of, in_force, permits_for
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.workers.claims import Claims


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
        ({"scope": "tool", "until": "2099-01-01"}, "`until`, which goes with the scope tenant"),
        ({"same": True}, "`same`, which goes with the scope tenant"),
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


def asking_for_all(*names: str) -> HumanRequest:
    return asking(*names, scopes=["call", "same", "tool", "tenant"], limits={"seconds": 60})


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("term", [{"minutes": 5}, {"until": in_days(30)}, {"until": in_days(1)[:10], "same": True}])
def test_a_yes_for_the_tenant_says_until_when(term):
    answer = {"decisions": [{"type": "approve", "scope": "tenant", **term}]}
    assert fitting(asking_for_all("echo"), answer) == answer


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        ({}, "either `until` or `minutes`"),
        ({"minutes": 5, "until": in_days(1)}, "either `until` or `minutes`"),
        ({"minutes": 0}, "between 0 and 527040"),
        ({"until": "tomorrow"}, "such as 2027-01-31"),
        ({"until": 5}, "such as 2027-01-31"),
        ({"until": "9999-12-31"}, "366 days at most|such as"),
        ({"until": in_days(-1)}, "in the future"),
        ({"until": in_days(400)}, "366 days at most"),
        ({"minutes": 5, "same": "yes"}, "`same` that is not true or false"),
    ],
)
def test_a_yes_for_the_tenant_without_a_sensible_end_is_refused(term, reason):
    with pytest.raises(InvalidAnswer, match=reason):
        fitting(asking_for_all("echo"), {"decisions": [{"type": "approve", "scope": "tenant", **term}]})


def test_a_day_counts_to_its_end_and_utc_where_no_zone_is_named():
    assert end_of("2027-01-31") == datetime(2027, 2, 1, tzinfo=UTC)
    assert end_of("2027-01-31T12:00:00") == datetime(2027, 1, 31, 12, tzinfo=UTC)
    assert end_of("2027-01-31T12:00:00+02:00") == datetime(2027, 1, 31, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "decision", [{"type": "approve"}, {"type": "edit", "edited_action": {"name": "echo", "args": {}}}]
)
def test_bounds_are_held_against_those_of_the_question(decision):
    request = asking("echo", limits={"seconds": 60}, allowed_decisions=["approve", "edit"])
    request["action_requests"][0]["bounds"] = {"network": "none", "seconds": 30}
    for bounds in ({"seconds": 60}, {"seconds": 1}):
        answer = {"decisions": [{**decision, "bounds": bounds}]}
        assert fitting(request, answer) == answer
    with pytest.raises(InvalidAnswer, match="60 at most"):
        fitting(request, {"decisions": [{**decision, "bounds": {"seconds": 61}}]})


def test_a_no_may_be_one_to_the_tool_as_a_whole_and_to_nothing_wider():
    request = asking("echo", allowed_decisions=["reject"])
    answer = {"decisions": [{"type": "reject", "scope": "tool"}]}
    assert fitting(request, answer) == answer
    with pytest.raises(InvalidAnswer, match="a scope of call, tool"):
        fitting(request, {"decisions": [{"type": "reject", "scope": "tenant"}]})


async def permitted(database, settings, **term: Any) -> tuple[str, TenantPermit]:
    """A task in which `echo` was allowed for the whole tenant, and the permit."""
    tasks = Tasks(database, settings)
    task = await tasks.submit(TaskRequest(description="Risky"), tenant="acme", origin="test")
    claim = await Claims(database, settings).take(task.task_id, "acme", "w")
    await claim.wait_for_human([{"interrupt_id": "i1", "request": asking_for_all("echo")}])
    yes = {"type": "approve", "scope": "tenant", **(term or {"minutes": 5})}
    await tasks.answer(task.task_id, "acme", {"decisions": [yes]}, approval_id=None, by="ann")
    return task.task_id, (await Permits(database).list("acme"))[0]


async def test_a_yes_for_the_tenant_holds_in_its_other_tasks_and_for_nobody_else(database, settings):
    task_id, kept = await permitted(database, settings, minutes=5, same=True, bounds={"seconds": 1})
    [permit] = await permits_for(database, "another task", "acme")
    assert permit == {
        "permit_id": kept.permit_id,
        "tool": "echo",
        "inputs": {"text": "echo"},
        "scope": "tenant",
        "same_inputs": True,
        "bounds": {"seconds": 1},
        "by": "ann",
        "until": kept.until.isoformat(timespec="seconds"),
    }
    assert await permits_for(database, task_id, "other") == []
    assert (kept.task_id, kept.granted_by, kept.in_force) == (task_id, "ann", True)
    assert await Permits(database).list("other", every=True) == []


async def test_a_revoked_permit_allows_nothing_and_is_kept_with_who_revoked_it(database, settings):
    task_id, kept = await permitted(database, settings)
    permits = Permits(database)
    with pytest.raises(Missing):
        await permits.revoke(kept.permit_id, "other", by="eve")
    assert await in_force(database, kept.permit_id, "acme")
    revoked = await permits.revoke(kept.permit_id, "acme", by="bob")
    again = await permits.revoke(kept.permit_id, "acme", by="carl")
    assert (revoked.revoked_by, revoked.in_force, again) == ("bob", False, revoked)
    assert not await in_force(database, kept.permit_id, "acme")
    assert await permits_for(database, task_id, "acme") == []
    assert (await permits.list("acme"), await permits.list("acme", every=True)) == ([], [revoked])


async def test_a_permit_for_the_tenant_expires(database, settings):
    _, kept = await permitted(database, settings, until=in_days(1))
    async with database.pool.connection() as connection:
        await connection.execute("UPDATE permits SET until = clock_timestamp() - interval '1 second'")
    assert await permits_for(database, "another task", "acme") == []
    assert not await in_force(database, kept.permit_id, "acme")
    assert [one.in_force for one in await Permits(database).list("acme", every=True)] == [False]


async def test_the_audit_trail_names_the_permit_when_it_is_given_and_when_it_is_revoked(database, settings):
    task_id, kept = await permitted(database, settings)
    await Permits(database).revoke(kept.permit_id, "acme", by="bob")
    trail = await read_trail(database, task_id)
    _, answered, revoked = trail.entries
    assert (answered.kind, answered.data["permit_id"]) == ("answered", kept.permit_id)
    assert (revoked.kind, revoked.who, revoked.data["permit_id"]) == ("revoked", "bob", kept.permit_id)
    assert trail.intact


async def test_a_permit_is_found_by_a_part_of_its_id(database, settings):
    _, kept = await permitted(database, settings)
    permits = Permits(database)
    assert await permits.find(kept.permit_id[-8:], "acme") == kept
    for text, fault in (("x" * 8, Missing), ("abc", InvalidRequest)):
        with pytest.raises(fault):
            await permits.find(text, "acme")


async def test_a_permit_expires(database, settings):
    yes = {"type": "approve", "scope": "same"}
    task_id = await answered(database, settings, {**yes, "minutes": 1}, {**yes, "minutes": 60})
    async with database.pool.connection() as connection:
        await connection.execute("UPDATE approvals SET answered_at = answered_at - interval '2 minutes'")
    assert [permit["tool"] for permit in await permits_for(database, task_id, "acme")] == ["shout"]
