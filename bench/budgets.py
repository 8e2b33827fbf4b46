"""What it takes to hold money for a call and to settle it, beside a ledger of a million calls, on the embedded server.

    python -m bench.budgets [--calls 1000000] [--rounds 500]

The server keeps its usual care: every reservation and every settlement is on the disk before it counts.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from intelligent_office.database.pool import Database
from intelligent_office.models.candidates import parse
from intelligent_office.models.prices import price_of
from intelligent_office.models.quotes import Quote
from intelligent_office.models.spending import WAYS, Spending
from intelligent_office.models.usage import DatabaseUsage, ModelCall
from intelligent_office.settings import Settings
from intelligent_office.telemetry.scope import Scope, working_for

CALL = ModelCall(
    role="planner",
    provider="openai",
    model="gpt-4o",
    cost_usd=Decimal("0.003"),
    seconds=1.0,
    attempt=1,
    outcome="answered",
)
FILL = """
INSERT INTO usage (at, task_id, tenant, role, provider, model, input_tokens, output_tokens, cost_usd, seconds, outcome)
SELECT now() - make_interval(secs => number * 5), 'task-' || number / 20, 'tenant-' || number %% 10,
       (ARRAY['analyst', 'planner', 'validator', 'reviewer', 'ai_tool'])[1 + number %% 5], 'openai', 'gpt-4o',
       1000, 100, 0.0035, 2, CASE WHEN number %% 50 = 0 THEN 'timed_out' ELSE 'answered' END
FROM generate_series(1, %s) AS number
"""


async def measure(calls: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="office-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        settings = Settings(home=Path(folder), _env_file=None)
        async with Database(settings) as database:
            async with database.pool.connection() as connection:
                await connection.execute(FILL, (calls,))
                await connection.execute("VACUUM ANALYZE usage")
            await one_by_one(database, rounds)
            await at_once(database, rounds)
            await report(database)


def quote() -> Quote:
    price = price_of(parse("openai:gpt-4o"), Settings(_env_file=None))
    return Quote(
        role="planner", provider="openai", model="gpt-4o", attempt=1, price=price, input_tokens=2000, most_tokens=8000
    )


async def one_by_one(database: Database, rounds: int) -> None:
    usage, wanted = DatabaseUsage(database, 1e6), quote()
    reserving, settling = [], []
    for number in range(rounds):
        with working_for(Scope(f"new-{number // 20}", "tenant-1", max_cost_usd=100.0)):
            began = time.perf_counter()
            held = await usage.reserve(wanted, 60.0)
            then = time.perf_counter()
            await usage.record(replace(CALL, attempt=1), held)
            settling.append(time.perf_counter() - then)
            reserving.append(then - began)
    for name, seconds in (("reserve", reserving), ("settle", settling)):
        ranks = statistics.quantiles(seconds, n=100)
        print(f"{name:8} p50 {ranks[49] * 1000:.2f} ms   p95 {ranks[94] * 1000:.2f} ms")


async def at_once(database: Database, rounds: int) -> None:
    """All of one tenant: they follow one another at its row."""
    usage, wanted, places = DatabaseUsage(database, 1e6), quote(), asyncio.Semaphore(64)

    async def call() -> None:
        async with places:
            await usage.record(CALL, await usage.reserve(wanted, 60.0))

    began = time.perf_counter()
    with working_for(Scope("busy", "tenant-2")):
        await asyncio.gather(*(call() for _ in range(rounds)))
    print(f"64 calls of one tenant at once: {rounds / (time.perf_counter() - began):.0f} a second")


async def report(database: Database) -> None:
    spending = Spending(database)
    for by in WAYS:
        began = time.perf_counter()
        await spending.report(by, tenant="tenant-1")
        print(f"report of a tenant's calls by {by}: {(time.perf_counter() - began) * 1000:.0f} ms")
    began = time.perf_counter()
    await spending.budget("tenant-1")
    print(f"a tenant's month to date: {(time.perf_counter() - began) * 1000:.1f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=500)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.calls, chosen.rounds))
