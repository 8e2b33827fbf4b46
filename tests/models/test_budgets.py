"""Money is held before a call and settled after it, whatever becomes of the call or of its process."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from intelligent_office.contracts import Analysis, Answer
from intelligent_office.database.pool import Database
from intelligent_office.errors import BudgetExceeded
from intelligent_office.models.candidates import parse
from intelligent_office.models.prices import price_of
from intelligent_office.models.quotes import ENOUGH_TOKENS, Quote, tokens_in, usd
from intelligent_office.models.router import ModelRouter
from intelligent_office.models.usage import DatabaseUsage, ModelCall, Unaffordable
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.telemetry.scope import Scope, working_for
from tests.models.asking import ask
from tests.models.spender import OUTPUT_TOKENS, dear, spend
from tests.models.wire import Fault, Hang, Raw, Reply, Server, serve

ROOT = Path(__file__).parents[2]
GOOD = '{"text": "Deep and blue."}'
LONG = Reply(GOOD, output_tokens=OUTPUT_TOKENS)
"""Costs 0.30 USD, which is what is held for it."""
QUOTE = Quote(
    role="planner",
    provider="openai",
    model="gpt-4o",
    attempt=1,
    price=price_of(parse("openai:gpt-4o"), Settings(_env_file=None)),
    input_tokens=4000,
    most_tokens=8000,
)
"""From 0.02024 to 0.09 USD: a quarter of a cent for a thousand tokens read, a cent for a thousand written."""
CALL = ModelCall(role="planner", provider="openai", model="gpt-4o", seconds=1.0, attempt=1, outcome="answered")


def of(database_url: str, server: Server, **changes: Any) -> Settings:
    return dear(database_url, server.url, **changes)


async def rows(database: Database, query: str = "SELECT * FROM usage ORDER BY usage_id") -> list[dict[str, Any]]:
    async with database.pool.connection() as connection:
        return await (await connection.execute(query)).fetchall()


async def execute(database: Database, statement: str) -> None:
    async with database.pool.connection() as connection:
        await connection.execute(statement)


async def total(database: Database) -> Decimal:
    """What is booked; the tenants' totals and the ledger's rows must always agree."""
    booked = "SELECT coalesce(sum(booked_usd), 0) FROM budgets"
    [row] = await rows(database, f"SELECT ({booked}) AS booked, coalesce(sum(cost_usd), 0) AS rows FROM usage")
    assert row["rows"] == row["booked"]
    found: Decimal = row["rows"]
    return found


@asynccontextmanager
async def spender(*arguments: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process that spends, ready to begin."""
    command = [sys.executable, "-m", "tests.models.spender", *map(str, arguments)]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, cwd=ROOT)
    assert process.stdout
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_sixty_four_calls_at_once_never_spend_more_than_the_budget_for_ten(database, database_url):
    async with serve("openai", LONG) as server:
        ended = await spend(of(database_url, server), database, Scope("t", max_cost_usd=3.0), 64)
        assert len(server.requests) == ended["answered"]
    assert ended == {"answered": 10, "refused": 54}
    assert await total(database) == 3


async def test_two_processes_share_one_budget(database, database_url):
    async with serve("openai", LONG) as server, spender(database_url, server.url, "t", 3.0, 20) as other:
        ended = await spend(of(database_url, server), database, Scope("t", max_cost_usd=3.0), 20)
        said, _ = await other.communicate()
    answered, refused = map(int, said.split())
    assert ended["answered"] + answered == 10
    assert ended["refused"] + refused == 30
    assert await total(database) == 3


async def test_tasks_of_a_tenant_share_the_tenants_month(database, database_url):
    async with serve("openai", LONG) as server:
        chosen = of(database_url, server, tenant_budget_usd=0.75)
        ends = await asyncio.gather(
            *(spend(chosen, database, Scope(name, tenant="acme"), 2) for name in "abc"),
            spend(chosen, database, Scope("d", tenant="other"), 2),
        )
    assert sum(end["answered"] for end in ends[:3]) == 2
    assert ends[3]["answered"] == 2


async def test_a_tenant_may_have_a_budget_of_its_own(database, database_url):
    await execute(database, "INSERT INTO budgets (tenant, monthly_usd, month) VALUES ('rich', 1.3, '2020-01-01')")
    async with serve("openai", LONG) as server:
        chosen = of(database_url, server, tenant_budget_usd=0.5)
        rich = await spend(chosen, database, Scope("a", tenant="rich"), 6)
        usual = await spend(chosen, database, Scope("b"), 6)
    assert (rich["answered"], usual["answered"]) == (4, 1)


async def test_a_call_waits_for_money_that_others_only_hold(database, database_url):
    """Together the calls would be held for more than the budget, and cost much less."""
    short = Reply(GOOD, input_tokens=10, output_tokens=1)
    async with serve("openai", short) as server:
        ended = await spend(of(database_url, server), database, Scope("t", max_cost_usd=1.0), 8)
    assert ended == {"answered": 8}


async def test_a_call_that_is_cancelled_gives_the_money_back(database, database_url):
    async with serve("openai", Hang()) as server:
        spending = asyncio.create_task(spend(of(database_url, server), database, Scope("t", max_cost_usd=1.0), 1))
        await server.asked.wait()
        assert await total(database) == Decimal("0.3")
        spending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await spending
    [row] = await rows(database)
    assert (row["outcome"], row["cost_usd"]) == ("cancelled", 0)
    assert await total(database) == 0


async def test_who_is_cancelled_while_asking_for_money_holds_none(database):
    """Wherever the cancellation falls: before the statement, in it, or after it."""
    usage = DatabaseUsage(database)
    for turns in count(step=20):
        asking = asyncio.create_task(usage.reserve(QUOTE, 60.0))
        for _ in range(turns):
            await asyncio.sleep(0)
        if asking.done():
            await usage.record(CALL, asking.result())
            break
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert [row["outcome"] for row in await rows(database)] == ["answered"]
    assert await total(database) == 0


async def test_a_killed_process_holds_money_no_longer_than_its_call_could_take(database, database_url):
    async with serve("openai", Hang()) as server, spender(database_url, server.url, "t", 3.0, 1) as process:
        await server.asked.wait()
        process.kill()
        await process.wait()
    limits = "at + interval '90 seconds' AS first, clock_timestamp() + interval '90 seconds' AS last"
    [row] = await rows(database, f"SELECT *, {limits} FROM usage")
    assert row["outcome"] == "pending"
    assert row["first"] <= row["expires_at"] <= row["last"]
    await execute(database, "UPDATE usage SET expires_at = clock_timestamp()")
    async with serve("openai", LONG) as server:
        ended = await spend(of(database_url, server), database, Scope("t", max_cost_usd=3.0), 12)
    assert ended["answered"] == 9, "of the budget for ten calls one is lost"
    assert [row["outcome"] for row in await rows(database)].count("lost") == 1
    assert await total(database) == 3


async def test_a_call_that_comes_back_after_it_was_given_up_is_booked_as_what_it_cost(database):
    usage = DatabaseUsage(database)
    with working_for(Scope("t", max_cost_usd=1.0)):
        late = await usage.reserve(QUOTE, 60.0)
        await execute(database, "UPDATE usage SET expires_at = clock_timestamp()")
        await usage.reserve(QUOTE, 60.0)
        assert [row["outcome"] for row in await rows(database)] == ["lost", "pending"]
        await usage.record(replace(CALL, cost_usd=Decimal("0.01")), late)
    assert [row["outcome"] for row in await rows(database)] == ["answered", "pending"]
    assert await total(database) == Decimal("0.10")


async def test_a_new_month_begins_with_nothing_spent(database):
    usage = DatabaseUsage(database, 0.10)
    held = await usage.reserve(QUOTE, 60.0)
    with pytest.raises(Unaffordable, match=r"month of \$0\.10 is used up: \$0\.00 spent, \$0\.09 held"):
        await usage.reserve(QUOTE, 0.0)
    await execute(database, "UPDATE usage SET at = at - interval '31 days'")
    await execute(database, "UPDATE budgets SET month = month - interval '31 days', warned = true")
    assert await usage.reserve(QUOTE, 60.0)
    await usage.record(replace(CALL, cost_usd=Decimal("0.05")), held)
    [account] = await rows(database, "SELECT * FROM budgets")
    assert (account["booked_usd"], account["warned"]) == (Decimal("0.09"), False), "last month's call is last month's"


async def test_cents_add_up_exactly(database):
    usage = DatabaseUsage(database)
    for _ in range(30):
        await usage.record(replace(CALL, cost_usd=Decimal("0.1")))
    with working_for(Scope("t")):
        for _ in range(3):
            held = await usage.reserve(QUOTE, 60.0)
            await usage.record(replace(CALL, cost_usd=Decimal("0.000000075")), held)
    assert await total(database) == Decimal("3.000000225")


async def test_where_money_is_short_the_answer_may_be_shorter_but_not_useless(database):
    usage = DatabaseUsage(database)
    for budget, tokens in [(1.0, 8000), (0.05, 4000), (0.03, 2000), (0.02024, ENOUGH_TOKENS)]:
        with working_for(Scope(f"t-{budget}", max_cost_usd=budget)):
            held = await usage.reserve(QUOTE, 60.0)
        assert held
        assert held.tokens == tokens
    with working_for(Scope("poor", max_cost_usd=0.02)), pytest.raises(Unaffordable) as refusal:
        await usage.reserve(QUOTE, 60.0)
    assert str(refusal.value) == (
        "The task's budget of $0.02 is used up: $0.00 spent, $0.0202 needed for openai:gpt-4o. "
        "What is finished is kept, and `office resume poor --budget USD` goes on with a larger one."
    )


@pytest.mark.parametrize(
    ("speech", "model", "limit"),
    [
        ("openai", "openai:gpt-4o", lambda body: body.get("max_completion_tokens", body.get("max_tokens"))),
        ("google", "google:gemini-2.5-pro", lambda body: body["generationConfig"]["maxOutputTokens"]),
        ("mistral", "mistral:mistral-small-latest", lambda body: body["max_tokens"]),
    ],
)
async def test_the_provider_is_told_how_long_the_answer_may_be(speech, model, limit, database, database_url):
    async with serve(speech, Reply(GOOD)) as server:
        known: Any = {f"{speech}_api_key": "sk-123456", f"{speech}_base_url": server.url}
        chosen = Settings(database_url=database_url, model_output_tokens=777, model=model, _env_file=None, **known)
        assert await spend(chosen, database, Scope("t"), 1) == {"answered": 1}
        assert limit(server.requests[0].body) == 777


TOO_LONG = """This model's maximum context length is 8192 tokens. However, you requested 11192 tokens (3000 in the
messages, 8192 in the completion). Please reduce the length of the messages or completion."""


@pytest.mark.parametrize(
    ("complaint", "refusals", "limits"),
    [
        ("max_tokens is too large: 8192. This model supports at most 4096 completion tokens.", 1, [8192, 4096, 4096]),
        (TOO_LONG, 2, [8192, 4096, 1024, 1024]),
        ("Unrecognized request argument supplied: max_completion_tokens", 3, [8192, 4096, 1024, None, None]),
    ],
)
async def test_a_server_that_refuses_the_longest_answer_is_asked_for_a_shorter_one(
    complaint, refusals, limits, database, database_url
):
    async with serve("openai", *[Fault(400, complaint)] * refusals, Reply(GOOD)) as server:
        models = ModelRouter(of(database_url, server, model_output_tokens=8192), DatabaseUsage(database))
        for _ in range(2):
            await ask(models, "ai_tool", Answer)
        await models.close()
        told = [
            request.body.get("max_completion_tokens", request.body.get("max_tokens")) for request in server.requests
        ]
    assert told == limits


async def test_a_model_that_is_too_dear_is_passed_over_for_a_cheaper_one(database, database_url):
    async with serve("google", Reply(GOOD)) as dear_one, serve("openai", Reply(GOOD)) as cheap:
        chosen = Settings(
            database_url=database_url,
            google_api_key="sk-123456",
            google_base_url=dear_one.url,
            openai_base_url=cheap.url,
            openai_model="tiny",
            unknown_price_input_usd=0.1,
            unknown_price_output_usd=0.1,
            _env_file=None,
        )
        models = ModelRouter(chosen, DatabaseUsage(database))
        with working_for(Scope("t", max_cost_usd=0.005)):
            await ask(models, "planner", Answer)
        await models.close()
        assert (len(dear_one.requests), len(cheap.requests)) == (0, 1)


async def test_a_budget_of_nothing_leaves_what_costs_nothing_and_the_rules(database, database_url):
    async with serve("openai", Reply(GOOD)) as paid, serve("ollama", Reply(GOOD)) as free:
        scope = Scope("t", max_cost_usd=0.0)
        models = ModelRouter(of(database_url, paid), DatabaseUsage(database))
        with working_for(scope):
            assert not models.connected("analyst")
            found = await models.ask("analyst", Analysis, request="what is 15 * 23?", tools=[], attachments=[])
        assert found["subtasks"], "by the rules"
        await models.close()
        assert await spend(of(database_url, paid, ollama_url=free.url), database, scope, 1) == {"answered": 1}
        assert (len(paid.requests), len(free.requests)) == (0, 1)


async def test_a_server_that_does_not_count_is_charged_for_what_was_said(database, database_url):
    answer = {"choices": [{"index": 0, "message": {"role": "assistant", "content": GOOD}, "finish_reason": "stop"}]}
    async with serve("openai", Reply(GOOD)) as server:
        server.script[:] = [Raw(json.dumps({"id": "1", "object": "chat.completion", "model": "m", **answer}).encode())]
        await spend(of(database_url, server, unknown_price_input_usd=1000), database, Scope("t"), 1)
    [row] = await rows(database)
    assert row["output_tokens"] == tokens_in(GOOD)
    assert row["cost_usd"] == (row["input_tokens"] + row["output_tokens"]) * Decimal("0.001") > 0


async def test_four_fifths_of_a_budget_are_told_once(database, settings):
    tasks = Tasks(database, settings)
    task = await tasks.submit(TaskRequest(description="x"), tenant="default", origin="test")
    usage = DatabaseUsage(database, 1.25)
    with working_for(Scope(task.task_id, max_cost_usd=1.0)):
        for _ in range(19):
            held = await usage.reserve(QUOTE, 60.0)
            await usage.record(replace(CALL, cost_usd=Decimal("0.05")), held)
    told = [event for event in await tasks.events(task.task_id, "default") if event.kind == "budget.warned"]
    assert [event.data for event in told] == [{"budget": "task", "limit_usd": 1.0, "spent_usd": 0.8}]

    with working_for(Scope(task.task_id, max_cost_usd=1.1)):
        for _ in range(2):
            held = await usage.reserve(QUOTE, 60.0)
            await usage.record(replace(CALL, cost_usd=Decimal("0.05")), held)
    told = [event for event in await tasks.events(task.task_id, "default") if event.kind == "budget.warned"][1:]
    assert [event.data for event in told] == [
        {"budget": "task", "limit_usd": 1.1, "spent_usd": 1.0},
        {"budget": "tenant", "limit_usd": 1.25, "spent_usd": 1.0},
    ]


async def test_no_budget_is_refused_for_want_of_a_task(database):
    assert await DatabaseUsage(database).reserve(QUOTE, 60.0)
    with pytest.raises(Unaffordable, match="tenant default"):
        await DatabaseUsage(database, 0.0).reserve(QUOTE, 60.0)


async def test_a_role_is_told_that_there_is_no_money(database, database_url):
    async with serve("openai", LONG) as server:
        models = ModelRouter(of(database_url, server), DatabaseUsage(database))
        with working_for(Scope("t-1", max_cost_usd=0.1)), pytest.raises(BudgetExceeded, match="office resume t-1"):
            await ask(models, "ai_tool", Answer)
        await models.close()


async def test_holding_and_settling_money_never_reads_the_whole_ledger(database):
    await execute(
        database,
        """INSERT INTO usage (task_id, tenant, role, provider, model, seconds, outcome)
           SELECT 'task-' || number, 'default', '', '', '', 0, 'answered' FROM generate_series(1, 20000) AS number""",
    )
    await execute(database, "ANALYZE usage")
    scans = "SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'usage'"
    async with database.pool.connection() as connection, connection.transaction():
        reserve = "SELECT usage_id FROM reserve_usage('t', 'default', '', '', '', 1, 'default', 1, 2, 60, 9, 99)"
        row = await (await connection.execute(reserve)).fetchone()
        assert row
        settle = "SELECT FROM settle_usage(%s, 'default', 1, 10, 10, 0, 1, 'answered', NULL, 9, 99)"
        await connection.execute(settle, (row["usage_id"],))
        read = await (await connection.execute(scans)).fetchone()
    assert read
    assert read["seq_scan"] == 0
    assert read["idx_scan"] > 0


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0, "$0.00"),
        (0.05, "$0.05"),
        (0.048, "$0.048"),
        (0.00412, "$0.0041"),
        (12.5, "$12.50"),
        (0.00000075, "$0.00000075"),
    ],
)
def test_amounts_are_written_for_people(amount, written):
    assert usd(Decimal(str(amount))) == written
