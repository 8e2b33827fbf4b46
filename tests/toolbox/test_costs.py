"""What tools cost: held before a call, booked after it, and part of every budget."""

import asyncio
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from tenacity import wait_none

from intelligent_office.errors import BudgetExceeded, ToolError
from intelligent_office.models.spending import Spending
from intelligent_office.models.tool_bills import ToolBills
from intelligent_office.models.usage import DatabaseUsage
from intelligent_office.telemetry.scope import Scope, working_for
from intelligent_office.toolbox.policy import Tool, ToolPolicy
from intelligent_office.toolbox.workshop import Workshop
from tests.toolbox.bench import SCOPE, Effects, a_step, press


def working(budget: float | None) -> AbstractContextManager[None]:
    """As a role of the task does."""
    return working_for(Scope(SCOPE.task_id, SCOPE.tenant, max_cost_usd=budget))


@pytest.fixture
def workshop(database, settings):
    """Makes workshops with one tool, at 10 cents a call."""

    def make(effects: Effects, *, idempotent: bool = False, monthly_usd: float | None = None) -> Workshop:
        policy = ToolPolicy(risk="safe", idempotent=idempotent, seconds=30, cost=0.1)
        purse = ToolBills(DatabaseUsage(database, monthly_usd))
        return Workshop(
            [Tool(definition=press(effects), policy=policy)], database, settings, purse=purse, backoff=wait_none()
        )

    return make


async def booked(database: Any) -> tuple[Any, Any]:
    """What the tenant has spent this month, and what is held."""
    budget = await Spending(database).budget(SCOPE.tenant)
    return budget.spent_usd, budget.held_usd


@pytest.mark.parametrize("idempotent", [False, True])
async def test_a_call_costs_what_is_declared_once_and_the_step_says_so(idempotent, workshop, database):
    shop = workshop(Effects(), idempotent=idempotent)
    with working(0.15):
        first = await shop.invoke(a_step(), {}, SCOPE)
        again = await shop.invoke(a_step(), {}, SCOPE)
    assert (first["cost_usd"], first["reused"], again["reused"]) == (0.1, False, True)
    assert await booked(database) == (Decimal("0.1"), 0)
    (line,) = (await Spending(database).report("model")).lines
    assert (line.key, line.calls, line.cost_usd) == ("tool:press", 1, Decimal("0.1"))
    usage = await database.one("task_usage", task_id=SCOPE.task_id, tenant=SCOPE.tenant)
    assert (usage["calls"], usage["cost_usd"]) == (0, 0.1)  # the calls are those of models


@pytest.mark.parametrize(("budget", "monthly_usd"), [(0.05, None), (None, 0.05), (0.0, None)])
async def test_a_call_without_money_is_not_made_and_can_be_made_when_there_is_some(
    budget, monthly_usd, workshop, database
):
    effects = Effects()
    with working(budget), pytest.raises(BudgetExceeded, match=r"\$0\.10 needed for tool:press"):
        await workshop(effects, monthly_usd=monthly_usd).invoke(a_step(), {}, SCOPE)
    assert (effects.done, await booked(database)) == ([], (0, 0))

    with working(1.0):
        later = await workshop(effects).invoke(a_step(), {}, SCOPE)
    assert (later["status"], effects.done) == ("succeeded", ["hello"])


async def test_a_call_that_certainly_failed_costs_nothing_and_one_in_doubt_costs_all(workshop, database):
    shop = workshop(Effects(ToolError(reason="no"), RuntimeError("who knows")))
    with working(None):
        failed = await shop.invoke(a_step(key="k1"), {}, SCOPE)
        assert (failed["status"], failed["cost_usd"], await booked(database)) == ("failed", 0.0, (0, 0))
        doubted = await shop.invoke(a_step(key="k2"), {}, SCOPE)
    assert (doubted["status"], doubted["cost_usd"]) == ("in_doubt", 0.1)
    assert await booked(database) == (Decimal("0.1"), 0)


async def test_money_is_held_while_a_call_is_made_and_one_that_is_cut_off_is_paid(workshop, database):
    effects = Effects()
    effects.go_on.clear()
    with working(None):
        calling = asyncio.create_task(workshop(effects).invoke(a_step(), {}, SCOPE))
        await effects.entered.wait()
        assert await booked(database) == (0, Decimal("0.1"))
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
    assert await booked(database) == (Decimal("0.1"), 0)


async def test_a_call_in_doubt_is_told_as_such_also_when_nothing_is_left_to_pay_another(workshop, database):
    effects = Effects(RuntimeError("who knows"))
    with working(0.1):
        await workshop(effects).invoke(a_step(), {}, SCOPE)
        again = await workshop(effects).invoke(a_step(), {}, SCOPE)
        assert (again["status"], effects.done, await booked(database)) == ("in_doubt", [], (Decimal("0.1"), 0))
        await workshop(effects).release(SCOPE.task_id, "k1")
        with pytest.raises(BudgetExceeded):
            await workshop(effects).invoke(a_step(), {}, SCOPE)
    (line,) = (await Spending(database).report("model")).lines
    assert (line.calls, line.failed) == (1, 0)


async def test_of_many_calls_at_once_only_as_many_are_made_as_can_be_paid(workshop, database):
    effects = Effects()
    shop = workshop(effects)
    with working(0.35):
        ended = await asyncio.gather(
            *(shop.invoke(a_step(key=f"k{place}"), {}, SCOPE) for place in range(6)), return_exceptions=True
        )
    assert sorted(type(one).__name__ for one in ended) == ["BudgetExceeded"] * 3 + ["dict"] * 3
    assert (len(effects.done), await booked(database)) == (3, (Decimal("0.3"), 0))


async def test_a_plan_is_unaffordable_by_what_it_has_not_done_yet(workshop):
    """The sentence has the calls, the sum, and what is left of which budget; a tool nobody knows has no price."""
    shop = workshop(Effects(), monthly_usd=0.25)
    steps = [a_step(key=f"k{place}", step_id=f"s{place}") for place in (1, 2, 3)]
    with working(0.15):
        assert await shop.unaffordable([steps[0], a_step("pull", key="k9")], SCOPE) == []
        (fault,) = await shop.unaffordable(steps[:2], SCOPE)
        assert fault == (
            "The calls of the plan cost $0.20 (`press` in step `s1` $0.10, `press` in step `s2` $0.10), "
            "and $0.15 of the task's budget is left. Plan fewer or cheaper calls."
        )
        await shop.invoke(steps[0], {}, SCOPE)
        assert "and $0.05 of the task's budget is left" in (await shop.unaffordable(steps[:2], SCOPE))[0]
    with working(None):
        assert await shop.unaffordable(steps[:2], SCOPE) == []
        (fault,) = await shop.unaffordable(steps, SCOPE)
        assert "$0.15 of the budget of the tenant acme for this month is left" in fault
