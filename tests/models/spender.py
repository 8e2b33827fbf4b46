"""A process that spends money: it asks one question many times at once, and prints how each ended.

python -m tests.models.spender DATABASE_URL MODEL_URL TASK BUDGET TIMES
"""

import asyncio
import sys
from collections import Counter
from typing import Any

from intelligent_office.contracts import Answer
from intelligent_office.database.pool import Database
from intelligent_office.errors import BudgetExceeded
from intelligent_office.models.router import ModelRouter
from intelligent_office.models.usage import DatabaseUsage
from intelligent_office.settings import Settings
from intelligent_office.telemetry.scope import Scope, working_for
from tests.models.asking import ask

OUTPUT_TOKENS = 300
"""The longest answer, for 0.30 USD."""


def dear(database_url: str, url: str, **changes: Any) -> Settings:
    """Settings under which every token that is written costs a tenth of a cent, and reading costs nothing."""
    return Settings(
        _env_file=None,
        **{
            "database_url": database_url,
            "openai_base_url": url,
            "openai_model": "any",
            "model_output_tokens": OUTPUT_TOKENS,
            "unknown_price_input_usd": 0,
            "unknown_price_output_usd": 1000,
            **changes,
        },
    )


async def spend(settings: Settings, database: Database, scope: Scope, times: int) -> Counter[str]:
    """How so many questions ended, asked at the same time."""
    models = ModelRouter(settings, DatabaseUsage(database, settings.tenant_budget_usd), pause_seconds=0.001)

    async def once() -> str:
        try:
            await ask(models, "ai_tool", Answer)
        except BudgetExceeded:
            return "refused"
        return "answered"

    try:
        with working_for(scope):
            return Counter(await asyncio.gather(*(once() for _ in range(times))))
    finally:
        await models.close()


async def main(database_url: str, url: str, task_id: str, budget: str, times: str) -> None:
    settings = dear(database_url, url)
    async with Database(settings) as database:
        print("ready", flush=True)
        ended = await spend(settings, database, Scope(task_id, max_cost_usd=float(budget)), int(times))
    print(ended["answered"], ended["refused"], flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
