"""What calls cost, and where it is written down."""

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.models.candidates import Candidate, parse
from intelligent_office.models.prices import Tokens, cost
from intelligent_office.models.usage import DatabaseUsage, ModelCall
from intelligent_office.telemetry.scope import Scope, working_for

CALL = ModelCall(
    role="planner",
    provider="google",
    model="gemini-2.5-pro",
    input_tokens=100,
    output_tokens=20,
    cached_tokens=50,
    cost_usd=0.25,
    seconds=1.5,
    attempt=2,
    outcome="answered",
)


@pytest.mark.parametrize(
    "name",
    [
        *("google:gemini-2.5-pro", "google:gemini-2.5-flash", "openai:gpt-4o", "openai:gpt-4o-mini"),
        "mistral:mistral-small-latest",
    ],
)
def test_every_default_model_has_a_price(name):
    assert (cost(parse(name), Tokens(1_000_000, 0)) or 0) > 0
    assert (cost(parse(name), Tokens(0, 1_000_000)) or 0) > 0


def test_tokens_from_the_cache_cost_less():
    model = parse("google:gemini-2.5-pro")
    assert (cost(model, Tokens(1000, 0, 800)) or 0) < (cost(model, Tokens(1000, 0, 0)) or 0)


def test_a_model_on_ones_own_machine_costs_nothing():
    assert cost(Candidate("ollama", "any"), Tokens(1000, 1000)) == 0


def test_an_unknown_price_is_not_a_price_of_zero():
    assert cost(parse("openai:nobody-knows-it"), Tokens(1000, 1000)) is None
    assert cost(parse("openai:gpt-4o"), Tokens(1000, 1000), "http://127.0.0.1:8000/v1") is None


def test_an_endpoint_with_published_prices_has_them():
    priced = cost(parse("openai:llama-3.3-70b-versatile"), Tokens(1000, 1000), "https://api.groq.com/openai/v1")
    assert (priced or 0) > 0


async def test_a_call_is_written_down_for_its_task_and_tenant(database: Database):
    with working_for(Scope(task_id="t-1", tenant="acme")):
        await DatabaseUsage(database).record(CALL)
    async with database.pool.connection() as connection:
        row = await (await connection.execute("SELECT * FROM usage")).fetchone()
    assert row is not None
    kept = {name: row[name] for name in ("task_id", "tenant", *CALL.__dataclass_fields__)}
    assert kept == {"task_id": "t-1", "tenant": "acme", **vars(CALL)}


async def test_a_call_outside_any_task_is_written_down_too(database: Database):
    await DatabaseUsage(database).record(CALL)
    async with database.pool.connection() as connection:
        row = await (await connection.execute("SELECT task_id, tenant FROM usage")).fetchone()
    assert row == {"task_id": None, "tenant": "default"}
