"""What calls cost, and where it is written down."""

from dataclasses import replace
from decimal import Decimal

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.models.candidates import Candidate, parse
from intelligent_office.models.prices import Tokens, price_of
from intelligent_office.models.usage import DatabaseUsage, ModelCall
from intelligent_office.settings import Settings
from intelligent_office.telemetry.scope import Scope, working_for

SETTINGS = Settings(_env_file=None)

CALL = ModelCall(
    role="planner",
    provider="google",
    model="gemini-2.5-pro",
    input_tokens=100,
    output_tokens=20,
    cached_tokens=50,
    cost_usd=Decimal("0.25"),
    price_source="published",
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
def test_every_default_model_has_a_published_price(name):
    price = price_of(parse(name), SETTINGS)
    assert price.source == "published"
    assert all(usd > 0 for usd in price.per_million)


def test_tokens_from_the_cache_cost_less():
    price = price_of(parse("google:gemini-2.5-pro"), SETTINGS)
    assert price.cost(Tokens(1000, 0, 800)) < price.cost(Tokens(1000, 0, 0))


def test_prices_are_exact():
    price = price_of(parse("openai:gpt-4o-mini"), SETTINGS)
    assert price.cost(Tokens(1, 1)) == Decimal("0.00000075")


def test_a_model_on_ones_own_machine_costs_nothing():
    price = price_of(Candidate("ollama", "any", speaks="ollama"), SETTINGS)
    assert (price.source, price.cost(Tokens(1000, 1000))) == ("free", Decimal(0))


@pytest.mark.parametrize(
    "candidate",
    [
        parse("openai:nobody-knows-it"),
        parse("nobody:gpt-4o"),
        Candidate("openai", "gpt-4o", speaks="openai", base_url="http://127.0.0.1:8000/v1"),
    ],
    ids=str,
)
def test_what_nobody_has_published_a_price_for_costs_what_the_settings_say(candidate):
    price = price_of(candidate, Settings(unknown_price_input_usd=2, unknown_price_output_usd=8, _env_file=None))
    assert (price.source, price.per_million) == ("default", (Decimal(2), Decimal(8)))


def test_an_endpoint_with_published_prices_has_them():
    groq = Candidate("own", "llama-3.3-70b-versatile", speaks="openai", base_url="https://api.groq.com/openai/v1")
    assert price_of(groq, SETTINGS).source == "published"


def test_a_configured_price_wins_also_if_it_is_nothing():
    cheap = replace(parse("openai:gpt-4o"), input_usd_per_million=0.1, output_usd_per_million=0.3)
    assert price_of(cheap, SETTINGS).cost(Tokens(1_000_000, 1_000_000)) == Decimal("0.4")
    given = replace(cheap, input_usd_per_million=0.0, output_usd_per_million=0.0)
    assert price_of(given, SETTINGS).source == "override"
    assert not any(price_of(given, SETTINGS).per_million)


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
