"""Reports of what was spent: each call once, in every way of grouping."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.errors import InvalidRequest
from intelligent_office.models.spending import WAYS, Spending
from intelligent_office.models.usage import DatabaseUsage, ModelCall
from intelligent_office.telemetry.scope import Scope, working_for

CALL = ModelCall(
    role="planner",
    provider="openai",
    model="gpt-4o",
    input_tokens=100,
    output_tokens=10,
    cost_usd=Decimal("0.1"),
    price_source="published",
    seconds=2.0,
    attempt=1,
    outcome="answered",
)


@pytest.fixture
async def ledger(database: Database) -> Database:
    """Two tasks of acme, one of them approved, one of another tenant, and a call outside any task."""
    usage = DatabaseUsage(database)
    insert = (
        "INSERT INTO tasks (task_id, tenant, origin, description, context, status) VALUES (%s, %s, '', '', '{}', %s)"
    )
    async with database.pool.connection() as connection:
        for known in [
            ("good", "acme", "completed"),
            ("bad", "acme", "failed"),
            ("else", "b", "running"),
        ]:
            await connection.execute(insert, known)
    calls = [
        ("good", "acme", CALL),
        ("good", "acme", replace(CALL, role="reviewer", model="gpt-4o-mini", cost_usd=Decimal("0.05"))),
        ("good", "acme", replace(CALL, cost_usd=Decimal(0), seconds=0.0, outcome="cached")),
        ("bad", "acme", replace(CALL, price_source="default", seconds=4.0)),
        (
            "bad",
            "acme",
            replace(CALL, cost_usd=Decimal(0), input_tokens=0, output_tokens=0, outcome="timed_out", error="no"),
        ),
        ("else", "b", replace(CALL, cost_usd=Decimal(7))),
        ("", "b", replace(CALL, provider="ollama", model="q", cost_usd=Decimal(0), price_source="free")),
    ]
    for task_id, tenant, call in calls:
        with working_for(Scope(task_id, tenant)):
            await usage.record(call)
    async with database.pool.connection() as connection:  # whatever day it is, and also while it ends
        await connection.execute("UPDATE usage SET at = '2026-06-15T12:00:00Z'")
    return database


async def test_a_line_tells_calls_tokens_cost_failures_time_and_what_an_approved_task_costs(ledger):
    report = await Spending(ledger).report("tenant", tenant="acme")
    [line] = report.lines
    assert replace(report.total, key="acme") == line
    assert (line.key, line.calls, line.failed, line.cached, line.lost) == ("acme", 4, 1, 1, 0)
    assert (line.input_tokens, line.output_tokens) == (400, 40)
    assert (line.cost_usd, line.guessed_usd) == (Decimal("0.25"), Decimal("0.1"))
    assert (line.failed_share, line.seconds) == (0.25, 2.5)
    assert (line.approved_tasks, line.usd_per_approved_task) == (1, Decimal("0.25"))
    assert json.dumps(line.as_json())


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("tenant", ["b", "acme"]),
        ("model", ["openai:gpt-4o", "openai:gpt-4o-mini", "ollama:q"]),
        ("role", ["planner", "reviewer"]),
        ("task", ["else", "good", "bad", ""]),
        ("day", ["2026-06-15"]),
    ],
)
async def test_every_way_of_grouping_adds_up_to_the_same(by, keys, ledger):
    report = await Spending(ledger).report(by)
    assert [line.key for line in report.lines] == keys
    assert sum(line.cost_usd for line in report.lines) == report.total.cost_usd == Decimal("7.25")
    assert sum(line.calls for line in report.lines) == report.total.calls == 6


async def test_calls_under_way_are_not_told_and_dead_ones_are_lost(ledger):
    insert = """INSERT INTO usage (tenant, role, provider, model, seconds, outcome, cost_usd, expires_at)
                VALUES ('c', 'planner', 'openai', 'gpt-4o', 0, 'pending', 1, now() + make_interval(secs => %s))"""
    async with ledger.pool.connection() as connection:
        for seconds in (60, -60):
            await connection.execute(insert, (seconds,))
    total = (await Spending(ledger).report("model", tenant="c")).total
    assert (total.calls, total.failed, total.lost, total.seconds) == (1, 1, 1, None)
    assert total.cost_usd == total.guessed_usd == 1


async def test_a_time_begins_with_its_first_moment_and_ends_before_its_last(ledger):
    async with ledger.pool.connection() as connection:
        await connection.execute("UPDATE usage SET at = '2026-03-01T00:00:00Z' WHERE tenant = 'b'")
    spending, march = Spending(ledger), datetime(2026, 3, 1, tzinfo=UTC)
    assert (await spending.report("day", since=march, until=march + timedelta(days=1))).total.cost_usd == 7
    assert (await spending.report("day", since=march.replace(tzinfo=None))).lines[0].key == "2026-03-01"
    assert (await spending.report("day", until=march)).lines == []
    with pytest.raises(InvalidRequest, match="there is no time"):
        await spending.report("day", since=march, until=march)


async def test_lines_that_are_too_many_are_left_out_and_counted(ledger):
    report = await Spending(ledger).report("task", limit=1)
    assert ([line.key for line in report.lines], report.left_out) == (["else"], 3)
    assert report.total.cost_usd == Decimal("7.25")


@pytest.mark.parametrize("by", WAYS)
async def test_an_empty_ledger_has_no_lines_and_a_total_of_nothing(by, database):
    report = await Spending(database).report(by)
    assert not report.lines
    assert not any((report.left_out, report.total.calls, report.total.cost_usd))
    assert (report.total.failed_share, report.total.usd_per_approved_task) == (None, None)


async def test_a_tenants_own_budget_wins_over_the_usual_one_until_it_is_taken_back(ledger):
    spending = Spending(ledger, 50.0)
    usual = await spending.budget("b")
    assert [usual.monthly_usd, usual.spent_usd, usual.held_usd] == [50, 7, 0]
    assert not usual.own
    assert (await spending.set_budget("b", 80.5)).monthly_usd == Decimal("80.5")
    assert (await spending.set_budget("b", 0)).monthly_usd == 0
    assert await spending.set_budget("b", None) == usual
    assert (await spending.budget("nobody yet")).spent_usd == 0


@pytest.mark.parametrize("amount", [-1, float("nan"), float("inf"), 1e12])
async def test_a_budget_that_is_no_amount_is_refused(amount, database):
    with pytest.raises(InvalidRequest, match="amount"):
        await Spending(database).set_budget("acme", amount)
