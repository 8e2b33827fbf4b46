"""What the models were used for: one record a call, answered or not."""

from dataclasses import asdict, dataclass
from typing import Protocol

from intelligent_office.database.pool import Database
from intelligent_office.models.failures import Outcome
from intelligent_office.telemetry.scope import current_scope


@dataclass(frozen=True, kw_only=True)
class ModelCall:
    """One request to one model."""

    role: str
    provider: str
    model: str
    input_tokens: int = 0
    """Those read from the provider's cache included."""
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float = 0.0
    seconds: float
    attempt: int
    """Counts the calls of this candidate for one question, from 1."""
    outcome: Outcome
    error: str | None = None


class UsageLog(Protocol):
    """Where the records go."""

    async def record(self, call: ModelCall) -> None:
        """Keep the record, for the task and the tenant of the current scope."""
        ...

    async def spent(self) -> float:
        """What the task of the current scope has cost so far, in USD."""
        ...


class DatabaseUsage:
    """Keeps a row a call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, call: ModelCall) -> None:
        scope = current_scope()
        await self._database.run("record_usage", task_id=scope.task_id or None, tenant=scope.tenant, **asdict(call))

    async def spent(self) -> float:
        row = await self._database.one("spent", task_id=current_scope().task_id)
        return float(row["usd"]) if row else 0.0
